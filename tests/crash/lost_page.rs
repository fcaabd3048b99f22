//! When the answer that named the page of 3-D Secure is lost, the order waits until the bank gives the payer up.

use std::time::Duration;

use epay::{Outcome, PayErrorKind};
use epay_testkit::fakebank::{Endpoint, FaultKind};

use crate::acts::the_bank_ends_old_challenges;
use crate::crash_points::CrashPoints;
use crate::flows::{FLOWS, Means, PRICE};
use crate::world::{World, request};

#[tokio::test]
async fn an_order_whose_page_was_lost_is_paid_anew_when_the_bank_has_given_up() {
    let flow = FLOWS.iter().find(|flow| flow.name == "3-D Secure, answered").unwrap();
    let world = World::new(flow, None);
    let payments = world.started(&CrashPoints::undisturbed()).payments;
    let pay = || {
        let card = world.method(Means::Card(epay_testkit::fakebank::cards::THREE_DS));
        async { payments.pay_with("order-17", PRICE, card, &request("order-17")).await.unwrap() }
    };
    world.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    assert!(matches!(pay().await, Outcome::Unknown(_)));
    // Nobody can be sent to the page, and nobody can say so: the bank knows the invoice and calls it unfinished.
    world.clock.timer.advance(Duration::from_secs(59 * 60));
    the_bank_ends_old_challenges(&world);
    let _ = payments.reconcile().await.unwrap();
    for refused in [payments.abandon("order-17").await, payments.reopen("order-17").await] {
        assert!(matches!(refused.unwrap_err().kind(), PayErrorKind::Refused(_)));
    }
    assert!(matches!(pay().await, Outcome::Unknown(_)));
    assert_eq!(world.bank.calls(Endpoint::Cryptopay), 1);

    world.clock.timer.advance(Duration::from_secs(60 * 60));
    the_bank_ends_old_challenges(&world);
    assert!(matches!(pay().await, Outcome::AskPayer(_)));
}
