//! Two processes share a log: one is suspended with a claim, and may not write when it is back.

use std::sync::Arc;
use std::time::Duration;

use epay::{MemoryStore, Payments};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, FaultKind, cards};
use epay_tests::bench::{PRICE, card};

use super::watched::{Story, WatchedLog, WatchedWire};

/// Longer than a lease.
const SUSPENDED: u64 = 130;

pub(crate) async fn draw() -> String {
    let story = Story::new(
        "Two processes, one payment",
        &[("process A", ""), ("log", ""), ("bank", ""), ("process B", "")],
    );
    let (bank, log) = (FakeBank::start(), Arc::new(MemoryStore::default()));
    let clock = bank.clock();
    let process = |who| {
        let story = story.clone();
        let deadline = Duration::from_secs(10 * SUSPENDED);
        let gateway = WatchedWire::gateway(who, &bank, &story).with_deadline(deadline);
        let log = WatchedLog { who, log: Arc::clone(&log), story, claims: Some(false.into()) };
        Payments::with_clock(gateway, log, bank.clock())
    };
    // Whose answer, and the first check's too, is lost, as in the other picture.
    let unwatched = Payments::with_clock(bank.gateway(), Arc::clone(&log), bank.clock());
    bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let _unknown = unwatched.pay("order-17", PRICE, card(cards::VISA_OK)).await.unwrap();
    clock.advance(Duration::from_secs(5));

    let (a, b) = (process("process A"), process("process B"));
    story.tell(|it| it.note("log", "plain", "a payment is unknown\nand due for a check"));
    bank.inject_fault(Endpoint::Status, FaultKind::Delay(SUSPENDED * 1_000));
    let others = async {
        tokio::task::yield_now().await;
        assert_eq!(b.reconcile().await.unwrap().checked, 0, "A has it");
        story.tell(|it| {
            it.note("process A", "bad", "suspended");
            it.later("two minutes later the lease is over");
        });
        clock.advance(Duration::from_secs(121));
        assert_eq!(b.reconcile().await.unwrap().checked, 1);
        story.tell(|it| it.later("process A goes on where it stopped"));
        clock.advance(Duration::from_secs(SUSPENDED - 121));
    };
    let (first, ()) = tokio::join!(a.reconcile(), others);
    assert_eq!(first.unwrap().still_open, 0);
    story.tell(|it| {
        it.moral(
            "A claim makes a new version, and a write names the version it was made for.\n\
             Both may ask for the status, which moves nothing; one of them writes.",
        );
    });
    story.svg()
}
