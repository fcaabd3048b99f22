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

fn print(row: &Value) {
    println!("{row}");
}
