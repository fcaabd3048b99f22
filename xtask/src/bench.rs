//! `bench` measures on both backends and prints one table of ratios to floors; a missed limit is a failure.

use std::error::Error;

use serde_json::{Value, json};
use xshell::{Shell, cmd};

use crate::{
    growth,
    run::{Outcome, Run, Verdict},
};

mod page;

pub(crate) fn bench(run: &Run) -> Verdict {
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    let scale: &[&str] = if run.scale { &["--", "scale"] } else { &[] };
    for flags in [&[][..], &["--features", "aws-lc"]] {
        let benches = ["--bench", "floors", "--bench", "allocations"];
        let said =
            cmd!(run.sh, "cargo bench --quiet -p epay-tests {benches...} {flags...} {scale...}")
                .read()?;
        for line in said.lines() {
            rows.push(row(line)?);
            values.push(serde_json::from_str(line)?);
        }
    }
    let (day, machine) = (cmd!(run.sh, "date -u +%F").read()?, machine(&run.sh));
    if run.json {
        println!("{}", json!({ "day": day, "machine": machine, "rows": values }));
    } else {
        print!("{}", table(&rows));
    }
    if let Some(picture) = growth::draw(&values).filter(|_| run.scale) {
        run.sh.write_file(growth::FILE, picture)?;
    }
    if run.bless {
        page::write(&run.sh, &rows, &format!("Of {day}, {machine}."))?;
    }
    match rows.iter().filter(|row| row.is_missed()).count() {
        0 => Ok(Outcome::Passed),
        missed => Err(format!("{missed} of {} limits are missed", limits(&rows)).into()),
    }
}

fn limits(rows: &[Row]) -> usize {
    rows.iter().filter(|row| row.limit.is_some()).count()
}

/// What it was measured on.
fn machine(sh: &Shell) -> String {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let about = sh.read_file("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cores} cores of {}", model.map_or("an unknown processor", |(_, model)| model))
}

struct Row {
    what: String,
    /// What is measured, what its floor is, and how many times the floor that makes it.
    figures: [String; 3],
    limit: Option<Limit>,
    floor: String,
}

struct Limit {
    is: u64,
    most: u64,
    shown: fn(u64) -> String,
}

/// Reads one line of tests/benches.
fn row(line: &str) -> Result<Row, Box<dyn Error>> {
    let row: Value = serde_json::from_str(line)?;
    let number = |name: &str| row.get(name).and_then(Value::as_u64);
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let ratio = number("ratio_permille");
    let kinds = [
        (ratio, "most_permille", times as fn(u64) -> String),
        (number("ours_ps"), "most_ps", time),
        (number("allocations"), "most", |count| count.to_string()),
    ];
    let limits = kinds
        .into_iter()
        .filter_map(|(is, most, shown)| Some(Limit { is: is?, most: number(most)?, shown }));
    let ours = number("ours_ps").map(time).or(number("allocations").map(|it| it.to_string()));
    Ok(Row {
        what: text("what").ok_or("a row of the bench has no `what`")?,
        figures: [
            ours.ok_or("a row of the bench has no figure")?,
            number("floor_ps").map(time).unwrap_or_default(),
            ratio.map(times).unwrap_or_default(),
        ],
        limit: limits.into_iter().next(),
        floor: text("floor").unwrap_or_default(),
    })
}

impl Row {
    fn is_missed(&self) -> bool {
        self.limit.as_ref().is_some_and(Limit::is_missed)
    }

    fn limit(&self) -> String {
        let shown = |limit: &Limit| {
            let ends = if limit.is_missed() { "MISSED" } else { "ok" };
            format!("≤ {} {ends}", (limit.shown)(limit.most))
        };
        self.limit.as_ref().map(shown).unwrap_or_default()
    }
}

impl Limit {
    fn is_missed(&self) -> bool {
        self.is > self.most
    }
}

fn times(permille: u64) -> String {
    let hundredths = (permille + 5) / 10;
    format!("{}.{:02} ×", hundredths / 100, hundredths % 100)
}

fn time(picoseconds: u64) -> String {
    match picoseconds {
        0..10_000_000 => format!("{} ns", picoseconds / 1_000),
        10_000_000..1_000_000_000 => {
            format!("{}.{} µs", picoseconds / 1_000_000, picoseconds / 100_000 % 10)
        }
        _ => format!("{}.{:02} ms", picoseconds / 1_000_000_000, picoseconds / 10_000_000 % 100),
    }
}

const HEAD: &str = "processor time, or allocations, of";

fn table(rows: &[Row]) -> String {
    let wide =
        rows.iter().map(|row| row.what.chars().count()).max().unwrap_or_default().max(HEAD.len());
    let line = |what: &str, figures: [&str; 3], limit: &str, floor: &str| {
        let [ours, least, ratio] = figures;
        format!("{what:<wide$} {ours:>9} {least:>9} {ratio:>7}  {limit:<15} {floor}")
            .trim_end()
            .to_owned()
            + "\n"
    };
    let head = line(HEAD, ["ours", "floor", "ratio"], "limit", "the floor");
    let line = |row: &Row| {
        line(&row.what, row.figures.each_ref().map(String::as_str), &row.limit(), &row.floor)
    };
    rows.iter().fold(head, |table, row| table + &line(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(lines: &[&str]) -> String {
        table(&lines.iter().map(|line| row(line).unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn a_row_says_how_far_it_is_from_its_floor_and_whether_that_is_near_enough() {
        let seal = r#"{"what":"seal (rsa)","floor":"raw","ours_ps":219450000,"floor_ps":209000000,
            "ratio_permille":1050,"most_permille":1050}"#;
        let over = r#"{"what":"seal (rsa)","floor":"raw","ours_ps":2000000000,"floor_ps":1234567890,
            "ratio_permille":1615,"most_permille":1050}"#;
        let apply = r#"{"what":"apply","ours_ps":51900,"most_ps":51899}"#;
        let decide = r#"{"what":"decide","ours_ps":89999,"most_ps":null}"#;
        let pay = r#"{"what":"pay","allocations":61,"most":60}"#;
        assert_eq!(
            printed(&[seal, over, apply, decide, pay]),
            "processor time, or allocations, of      ours     floor   ratio  limit           the floor\n\
             seal (rsa)                          219.4 µs  209.0 µs  1.05 ×  ≤ 1.05 × ok     raw\n\
             seal (rsa)                           2.00 ms   1.23 ms  1.62 ×  ≤ 1.05 × MISSED raw\n\
             apply                                  51 ns                    ≤ 51 ns MISSED\n\
             decide                                 89 ns\n\
             pay                                       61                    ≤ 60 MISSED\n"
        );
    }

    #[test]
    fn what_is_no_row_is_no_table() {
        for line in ["", "warning: something", r#"{"what":"seal"}"#] {
            assert!(row(line).is_err(), "{line:?}");
        }
    }
}
