//! A status check of a settled payment: found in the log, asked over a kept connection, and written down. The log is in
//! memory: what a transition on the disk costs is a row of its own.

use std::time::Duration;

use epay::{MemoryStore, Outcome, Payments};
use epay_domain::InvoiceId;
use epay_fakebank::cards;
use epay_hyper::HyperTransport;
use epay_testkit::ManualClock;
use tokio::runtime;

use crate::{measure, row, server::Server, shop};

const EACH: u64 = 16;

pub(crate) fn rows() {
    let server = Server::start();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let kept = HyperTransport::new().unwrap().keep_connections(1, Duration::from_secs(90));
    // The number that the server's answers are about.
    let log = MemoryStore::starting_at(InvoiceId::new("100000017").unwrap());
    // What is checked was made by this clock.
    let clock = ManualClock::default();
    let payments = Payments::with_clock(shop::gateway(kept, &server.address), log, clock);
    let (card, request) = (shop::card(cards::VISA_OK), shop::order());
    let held = payments.pay_with("order", shop::SUM, card, &request);
    assert!(matches!(runtime.block_on(held).unwrap(), Outcome::Held(_)));
    let checks = async || {
        for _ in 0..EACH {
            let checked = payments.check_status("order").await.unwrap();
            assert!(matches!(checked, Outcome::Held(_)));
        }
    };
    let took = measure::alone(EACH, || runtime.block_on(checks()));
    row::alone("a status check over hyper, the log in memory", took, Some(150_000_000));
}
