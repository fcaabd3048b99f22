//! At rest our books say what the bank's ledger says, and the bank's wire log shows no money call that was made twice.

use crate::history::{Door, Script, script};
use epay_testkit::judge::{Kind, judge};
use proptest::prelude::*;

/// What is asked and was not answered, or flagged, is left to time or a person here, and all else has to agree.
fn agrees(script: &Script, door: Door) -> Result<(), TestCaseError> {
    let history = script.play(door);
    let verdict = judge(&history.books);
    let left = |kind| matches!(kind, Kind::Unknown | Kind::Contradicted);
    let wrong = verdict.complaints.iter().chain(&verdict.contradicted).find(|it| !left(it.kind));
    prop_assert!(wrong.is_none(), "{verdict}{history}");
    for booked in &history.books.ledger {
        prop_assert!(booked.captured <= booked.ordered && booked.refunded <= booked.captured);
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn at_rest_our_sums_are_the_ledgers(script in script()) {
        agrees(&script, Door::Counter)?;
    }
}

proptest! {
    #![proptest_config(crate::config_of_one_in(50))]

    #[test]
    fn each_ask_reaches_the_bank_once_or_provably_not_at_all(script in script()) {
        agrees(&script, Door::Wire)?;
    }
}
