//! The bank takes the money and its answer is lost: epay asks about it, and never again for it.

use std::sync::Arc;

use epay::Payments;
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, FaultKind, cards};
use epay_tests::bench::{PRICE, card};

use super::watched::{Story, WatchedLog, WatchedShop, WatchedWire};

pub(crate) async fn draw() -> String {
    let story = Story::new(
        "The answer to a payment is lost",
        &[("shop", ""), ("epay", ""), ("log", ""), ("bank", "")],
    );
    let bank = FakeBank::start();
    let log = WatchedLog { who: "epay", log: Arc::default(), story: story.clone(), claims: None };
    let payments =
        Payments::with_clock(WatchedWire::gateway("epay", &bank, &story), log, bank.clock())
            .with_notification_handler(WatchedShop(story.clone()));
    bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);

    story.ask(("shop", "epay"), "pay", "order-17");
    let outcome = payments.pay("order-17", PRICE, card(cards::VISA_OK)).await.unwrap();
    story.answer(("epay", "shop"), "Unknown", &format!("charged: {}", outcome.payer_charged()));

    story.tell(|it| it.later("five seconds later"));
    bank.clock().advance(std::time::Duration::from_secs(5));
    assert_eq!(payments.reconcile().await.unwrap().still_open, 0);
    assert_eq!(payments.deliver_notifications().await.unwrap(), 1);

    let (asked, booked) =
        (bank.calls(Endpoint::Cryptopay), bank.with_bank(|bank| bank.ledger().len()));
    assert_eq!((asked, booked), (1, 1));
    story.tell(|it| {
        it.moral(&format!(
            "The bank was asked to pay {asked} time, and took the money {booked} time.\n\
             After a call that may have moved money there are only status checks."
        ));
    });
    story.svg()
}
