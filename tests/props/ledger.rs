//! At rest our books say what the bank's ledger says, and the bank's wire log shows no money call that was made twice.

use crate::history::{Door, History, script};
use epay_domain::*;
use epay_testkit::fakebank::{Endpoint, RefundReport, Status};
use proptest::prelude::*;

/// What the ledger's status has to look like on our side.
fn agrees(history: &History) -> bool {
    let state = history.payment.state();
    let Some(booked) = &history.booked else {
        return matches!(state, State::New | State::Closed(ClosedAs::NotExecuted));
    };
    match booked.status {
        Status::New | Status::Fingerprint => state == State::New,
        Status::ThreeDs => matches!(state, State::New | State::Closed(ClosedAs::NotExecuted)),
        Status::Auth => state == State::Authorized,
        Status::Charge | Status::Refund => matches!(state, State::Captured { .. }),
        Status::Cancel => state == State::Voided(VoidReason::Requested),
        Status::CancelOld => state == State::Voided(VoidReason::Lapsed),
        Status::Reject | Status::Failed => state == State::Declined,
        Status::Verified => state == State::Verified,
    }
}

/// Whether the bank, as it is switched, tells how much it has given back.
fn tells_refunds(history: &History) -> bool {
    matches!(history.report, RefundReport::ChargeRemainder | RefundReport::RefundTotal)
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn at_rest_our_sums_are_the_ledgers(script in script()) {
        let history = script.play(Door::Counter);
        prop_assert!(agrees(&history), "{:?}\n{history}", history.payment.state());
        let (State::Captured { captured, refunded }, Some(booked)) = (history.payment.state(), &history.booked) else {
            return Ok(());
        };
        prop_assert_eq!(captured.map(|sum| sum.minor()), Some(booked.captured.minor()), "{}", history);
        prop_assert!(booked.captured <= booked.ordered && booked.refunded() <= booked.captured);
        let (ours, theirs) = (refunded.map(|sum| sum.minor()), booked.refunded().minor());
        if tells_refunds(&history) {
            prop_assert_eq!(ours, Some(theirs), "{}", history);
        } else {
            // What nobody told and a person gave up on is not counted; nothing is ever counted that was not done.
            prop_assert!(ours.is_none_or(|ours| ours <= theirs), "{ours:?} of {theirs}\n{history}");
        }
    }

}

proptest! {
    #![proptest_config(crate::config_of_one_in(50))]

    #[test]
    fn each_ask_reaches_the_bank_once_or_provably_not_at_all(script in script()) {
        let history = script.play(Door::Wire);
        for endpoint in [Endpoint::Cryptopay, Endpoint::Confirm, Endpoint::Charge, Endpoint::Cancel, Endpoint::Refund] {
            let arrived = history.wire.iter().filter(|call| call.endpoint == endpoint).count();
            let sent = history.asked().filter(|(asked, question, ask)| {
                *asked == endpoint && !history.proved_unsent(question, *ask)
            });
            prop_assert_eq!(arrived, sent.count(), "{:?}\n{}", endpoint, history);
        }
    }
}
