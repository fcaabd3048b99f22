//! Somebody else wrote first, or the log failed: no fact is lost, nothing is asked twice, and a log that fails stops the ask.

use crate::{PRICE, card, name};
use async_trait::async_trait;
use epay::domain::{
    Created, DeadProof, Event, InvoiceId, NewPayment, OrderId, PaymentStore, Queue, Schedule,
    StoreError, StoreErrorKind, Stored, TerminalId, Timestamp,
};
use epay::http::Authenticity;
use epay::{Hint, HintOutcome, MemoryStore, Outcome, PayError, PayErrorKind, Payments};
use epay_testkit::fakebank::{Endpoint, FaultKind, cards};
use epay_testkit::{FakeBank, ManualClock};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A store whose writes fail as planned, the first by the first entry; after the plan they succeed.
#[derive(Debug)]
struct Planned(MemoryStore, Mutex<VecDeque<Option<StoreErrorKind>>>);

#[async_trait]
impl PaymentStore for Planned {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        self.0.create(new, at, after).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        self.0.load(invoice).await
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        self.0.current(order).await
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        self.0.history(invoice).await
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let planned = self.1.lock().unwrap().pop_front().flatten();
        match planned {
            Some(kind) => Err(StoreError::new(kind)),
            None => self.0.append(onto, events, schedule).await,
        }
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        self.0.claim_due(queue, terminal, now, limit, lease).await
    }

    async fn page(
        &self,
        after: Option<InvoiceId>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.0.page(after, limit).await
    }
}

/// Pays once by a store with this plan: what comes of it, and how often the bank was asked for the payment.
async fn pay(plan: &[Option<StoreErrorKind>]) -> (Result<Outcome, PayError>, usize) {
    let bank = FakeBank::start();
    let store = Planned(MemoryStore::default(), Mutex::new(plan.iter().copied().collect()));
    let payments = Payments::with_clock(bank.gateway(), store, bank.clock());
    let outcome = payments.pay("order", PRICE, card(cards::VISA_OK)).await;
    (outcome, bank.calls(Endpoint::Cryptopay))
}

#[tokio::test]
async fn who_comes_second_writes_again() {
    const CONFLICT: Option<StoreErrorKind> = Some(StoreErrorKind::Conflict);
    for plan in
        [&[CONFLICT][..], &[CONFLICT, CONFLICT], &[None, CONFLICT], &[None, CONFLICT, CONFLICT]]
    {
        let (outcome, asked) = pay(plan).await;
        assert_eq!((name(&outcome.unwrap()), asked), ("paid", 1), "{plan:?}");
    }
}

#[tokio::test]
async fn a_log_that_fails_stops_the_ask_and_after_it_makes_the_outcome_unknown() {
    const FAILED: Option<StoreErrorKind> = Some(StoreErrorKind::Failed);
    let (refused, asked) = pay(&[FAILED]).await;
    assert_eq!((refused.unwrap_err().kind(), asked), (PayErrorKind::Store, 0));
    let (outcome, asked) = pay(&[None, FAILED]).await;
    assert_eq!((name(&outcome.unwrap()), asked), ("unknown", 1));
}

#[tokio::test]
async fn what_cannot_be_written_down_of_one_payment_holds_up_no_other() {
    let bank = FakeBank::start();
    let store = Arc::new(Planned(MemoryStore::default(), Mutex::default()));
    let payments = Payments::with_clock(bank.gateway(), Arc::clone(&store), bank.clock());
    for order in ["first", "second", "third"] {
        bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
        bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
        assert_eq!(
            name(&payments.pay(order, PRICE, card(cards::VISA_OK)).await.unwrap()),
            "unknown"
        );
    }
    bank.clock().advance(Duration::from_secs(2));
    store.1.lock().unwrap().push_back(Some(StoreErrorKind::Failed));
    assert_eq!(payments.reconcile().await.unwrap().checked, 2);
    bank.clock().advance(Duration::from_secs(120));
    store.1.lock().unwrap().push_back(Some(StoreErrorKind::Failed));
    assert_eq!(
        payments.reconcile().await.unwrap_err().kind(),
        PayErrorKind::Store,
        "the only one that was due"
    );
    bank.clock().advance(Duration::from_secs(120));
    assert_eq!(
        payments.reconcile().await.unwrap().checked,
        1,
        "it comes again when its lease has passed"
    );
}

#[tokio::test]
async fn a_hint_is_noted_whoever_writes_meanwhile_and_an_error_says_that_it_is_not() {
    let bank = FakeBank::start();
    let store = Arc::new(Planned(MemoryStore::default(), Mutex::default()));
    let payments = Payments::with_clock(bank.gateway(), Arc::clone(&store), bank.clock());
    let paid = payments.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
    let hint =
        Hint { invoice: paid.attempt().invoice().clone(), authenticity: Authenticity::Unproven };
    bank.clock().advance(Duration::from_secs(2));
    store.1.lock().unwrap().push_back(Some(StoreErrorKind::Failed));
    assert_eq!(payments.hint(&hint).await.unwrap_err().kind(), PayErrorKind::Store);
    assert_eq!(payments.reconcile().await.unwrap().checked, 0);
    store.1.lock().unwrap().push_back(Some(StoreErrorKind::Conflict));
    assert_eq!(payments.hint(&hint).await.unwrap(), HintOutcome::Due);
    assert_eq!(payments.reconcile().await.unwrap().checked, 1);
}

#[tokio::test]
async fn a_hint_is_not_silenced_by_a_look_that_a_faster_clock_has_written() {
    let bank = FakeBank::start();
    let store = Arc::new(MemoryStore::default());
    let fast = Payments::with_clock(bank.gateway(), Arc::clone(&store), bank.clock());
    let paid = fast.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
    bank.clock().advance(Duration::from_secs(3_600));
    let _ = fast.check_status("order").await.unwrap();
    let slow = Payments::with_clock(bank.gateway(), store, ManualClock::default());
    let hint =
        Hint { invoice: paid.attempt().invoice().clone(), authenticity: Authenticity::Unproven };
    assert_eq!(slow.hint(&hint).await.unwrap(), HintOutcome::Due);
    assert_eq!(slow.reconcile().await.unwrap().checked, 1);
}
