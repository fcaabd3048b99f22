//! One row of the table: what was measured, beside which floor, and what it may be at the most.

use serde_json::{Value, json};

use crate::measure::Pair;

/// Without a floor the limit is a time, in picoseconds like all times here.
pub(crate) fn alone(what: &str, ours: u64, most: Option<u64>) {
    print(&json!({ "what": what, "ours_ps": ours, "most_ps": most }));
}

/// The limit is in thousandths of the floor.
pub(crate) fn beside(what: &str, floor: &str, pair: &Pair, most: Option<u64>) {
    print(&json!({
        "what": what,
        "ours_ps": pair.ours,
        "floor": floor,
        "floor_ps": pair.floor,
        "ratio_permille": pair.permille,
        "most_permille": most,
    }));
}

/// Beside the same in a log of a thousand payments: it takes as long in one of `size`.
pub(crate) fn grown(what: &str, size: u64, pair: &Pair) {
    print(&json!({
        "what": format!("{what}, of {size} payments"),
        "grows": what,
        "size": size,
        "ours_ps": pair.ours,
        "floor": "of 1000 payments",
        "floor_ps": pair.floor,
        "ratio_permille": pair.permille,
        "most_permille": 1_150,
    }));
}

fn print(row: &Value) {
    println!("{row}");
}
