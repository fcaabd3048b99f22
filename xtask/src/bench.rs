//! `bench` measures on both backends and prints one table of ratios to floors; a missed limit is told, never a failure.

use std::error::Error;

use serde_json::Value;
use xshell::cmd;

use crate::{
    growth,
    run::{Outcome, Run, Verdict},
};

pub(crate) fn bench(run: &Run) -> Verdict {
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    let scale: &[&str] = if run.scale { &["--", "scale"] } else { &[] };
    for flags in [&[][..], &["--features", "aws-lc"]] {
        let said =
            cmd!(run.sh, "cargo bench --quiet -p epay-tests --bench floors {flags...} {scale...}")
                .read()?;
        for line in said.lines() {
            if run.json {
                println!("{line}");
            }
            rows.push(row(line)?);
            values.push(serde_json::from_str(line)?);
        }
    }
    if !run.json {
        print!("{}", table(&rows));
    }
    if let Some(picture) = growth::draw(&values).filter(|_| run.scale) {
        run.sh.write_file(growth::FILE, picture)?;
    }
    Ok(Outcome::Passed)
}

struct Row {
    what: String,
    /// What is measured, what its floor is, and how many times the floor that makes it.
    figures: [String; 3],
    limit: String,
    floor: String,
}

/// Reads one line of tests/benches.
fn row(line: &str) -> Result<Row, Box<dyn Error>> {
    let row: Value = serde_json::from_str(line)?;
    let number = |name: &str| row.get(name).and_then(Value::as_u64);
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let ours = number("ours_ps").ok_or("a row of the bench has no `ours_ps`")?;
    let ratio = number("ratio_permille");
    let limits = [
        (number("most_permille"), ratio, times as fn(u64) -> String),
        (number("most_ps"), Some(ours), time),
    ];
    let limit = limits.into_iter().find_map(|(most, is, shown)| Some((most?, is?, shown)));
    Ok(Row {
        what: text("what").ok_or("a row of the bench has no `what`")?,
        figures: [
            time(ours),
            number("floor_ps").map(time).unwrap_or_default(),
            ratio.map(times).unwrap_or_default(),
        ],
        limit: limit.map_or_else(String::new, |(most, is, shown)| {
            format!("≤ {} {}", shown(most), if is <= most { "ok" } else { "MISSED" })
        }),
        floor: text("floor").unwrap_or_default(),
    })
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

const HEAD: &str = "processor time of";

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
        line(&row.what, row.figures.each_ref().map(String::as_str), &row.limit, &row.floor)
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
        assert_eq!(
            printed(&[seal, over, apply, decide]),
            "processor time of      ours     floor   ratio  limit           the floor\n\
             seal (rsa)         219.4 µs  209.0 µs  1.05 ×  ≤ 1.05 × ok     raw\n\
             seal (rsa)          2.00 ms   1.23 ms  1.62 ×  ≤ 1.05 × MISSED raw\n\
             apply                 51 ns                    ≤ 51 ns MISSED\n\
             decide                89 ns\n"
        );
    }

    #[test]
    fn what_is_no_row_is_no_table() {
        for line in ["", "warning: something", r#"{"what":"seal"}"#] {
            assert!(row(line).is_err(), "{line:?}");
        }
    }
}
