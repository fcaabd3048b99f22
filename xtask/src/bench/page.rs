//! Writes the results of the bench as tables into the pages, each between its marks: all rows, and
//! a few for the front page.

use std::error::Error;

use xshell::Shell;

use super::Row;
use crate::marks;

const ALL: &str = "docs/performance.md";
const FRONT: &str = "README.md";
const MARKS: &str = "bench";

/// What a newcomer asks first: sealing, a payment, a check, the fake bank, and how often a payment allocates.
const FIRST: [&str; 5] = [
    "seal a card (rsa)",
    "a payment over hyper, 1 task (rsa)",
    "a status check over hyper, the log in memory",
    "a payment at the fake bank with 100000 booked before (rsa)",
    "allocations of a payment through the facade, the log in SQLite",
];

/// `measured` says when and on what.
pub(super) fn write(sh: &Shell, rows: &[Row], measured: &str) -> Result<(), Box<dyn Error>> {
    let first: Vec<&Row> =
        FIRST.iter().filter_map(|what| rows.iter().rfind(|row| row.what == *what)).collect();
    for (file, rows) in [(ALL, rows.iter().collect()), (FRONT, first)] {
        let page = sh.read_file(file)?;
        let table = table(&rows, measured);
        let page = marks::with(&page, MARKS, &table)
            .ok_or_else(|| format!("{file} has no marks `{MARKS}`"))?;
        sh.write_file(file, page)?;
    }
    Ok(())
}

fn table(rows: &[&Row], measured: &str) -> String {
    let head = format!("{measured}\n\n| | ours | floor | ours : floor | limit | the floor |\n");
    let line = |row: &&Row| {
        let [ours, floor, ratio] = &row.figures;
        let limit = row.limit();
        format!("| {} | {ours} | {floor} | {ratio} | {limit} | {} |\n", row.what, row.floor)
    };
    rows.iter().map(line).fold(head + "|---|---|---|---|---|---|\n", |table, row| table + &row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::row;

    #[test]
    fn a_table_stands_between_its_marks_and_nothing_else_is_touched() {
        let over = r#"{"what":"pay","floor":"raw","ours_ps":2000000,"floor_ps":1000000,
            "ratio_permille":2000,"most_permille":1500}"#;
        let row = row(over).unwrap();
        let page = "# Page\n<!-- bench -->\nold\n<!-- /bench -->\nend\n";
        assert_eq!(
            marks::with(page, MARKS, &table(&[&row], "Of today.")).unwrap(),
            "# Page\n<!-- bench -->\nOf today.\n\n\
             | | ours | floor | ours : floor | limit | the floor |\n|---|---|---|---|---|---|\n\
             | pay | 2000 ns | 1000 ns | 2.00 × | ≤ 1.50 × MISSED | raw |\n\
             <!-- /bench -->\nend\n"
        );
    }
}
