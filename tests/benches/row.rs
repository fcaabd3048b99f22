//! One row of the table: what was measured, beside which floor, and what it may be at the most.

use crate::{backend, measure::Pair};

/// Without a floor the limit is a time.
pub(crate) fn alone(what: &str, picoseconds: u64, most: Option<u64>) {
    print(what, picoseconds, &[("most_ps", most)], "");
}

/// The limit is in thousandths of the floor.
pub(crate) fn beside(what: &str, floor: &str, pair: &Pair, most: Option<u64>) {
    let more = [("floor_ps", Some(pair.floor)), ("ratio_permille", Some(pair.permille)), ("most_permille", most)];
    print(what, pair.ours, &more, floor);
}

fn print(what: &str, ours: u64, more: &[(&str, Option<u64>)], floor: &str) {
    let mut row = serde_json::json!({ "what": what, "backend": backend::NAME, "ours_ps": ours, "floor": floor });
    for (name, number) in more {
        row[*name] = (*number).into();
    }
    println!("{row}");
}
