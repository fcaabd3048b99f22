//! What was answered is there after the store has been opened anew, and the store then keeps every
//! other rule too.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use epay_domain::{
    CheckClass, Created, DeadProof, Event, InvoiceId, ListQuery, NewPayment, OrderId, Page,
    PaymentStore, Queue, ReplayKey, Schedule, StoreError, Stored, TerminalId, Timestamp,
};

use super::{Store, asked, at, claims::LEASE, new, open, terminal};

/// Judges a store that outlives its process: whatever ended just after an answer, the answer holds.
///
/// `make` makes a new and empty log, and says where; `open` opens the log that is there, as another
/// process would. First what was answered has to be there after a restart; then the whole suite
/// runs with a restart before every call. Panics with what is wrong. Needs a tokio runtime, best
/// one with several threads.
pub async fn durable_store<P, M, O, S>(make: M, open: O)
where
    P: Send + Sync + 'static,
    M: AsyncFn() -> P,
    O: Fn(&P) -> S + Clone + Send + Sync + 'static,
    S: PaymentStore + 'static,
{
    what_was_answered_survives_a_restart(&make().await, &open).await;
    super::store(async || Restarted { place: make().await, open: open.clone() }).await;
}

async fn what_was_answered_survives_a_restart<P, S: PaymentStore + 'static>(
    place: &P,
    open_at: &impl Fn(&P) -> S,
) {
    let restart = || -> Store { Arc::new(open_at(place)) };
    let key = |key: u8| Some(ReplayKey::new([key; 32]));
    let store = restart();
    let keyed = store.create(NewPayment { replay: key(1), ..new("order-17") }, at(0), None).await;
    let Ok(Created::New(opened)) = keyed else { panic!("a new order is not opened") };
    let schedule = Schedule {
        next_check_at: Some(at(10)),
        check_class: CheckClass::Settled,
        next_notify_at: Some(at(20)),
        last_check_at: Some(at(3)),
    };
    let written = store.append(&opened, &[asked()], schedule).await.expect("nobody else writes");
    drop(store);

    let store = restart();
    let seen = store.load(opened.payment.invoice()).await.expect("a read works");
    assert_eq!(
        seen.as_ref(),
        Some(&written),
        "what an append has answered is gone after a restart"
    );
    let history = store.history(opened.payment.invoice()).await.expect("a read works");
    assert_eq!(history, [asked()], "the history is gone after a restart");
    let next = open(&store, "order-19").await;
    assert_ne!(
        next.payment.invoice(),
        opened.payment.invoice(),
        "an invoice number is given again after a restart"
    );
    let again = store.create(NewPayment { replay: key(1), ..new("order-18") }, at(0), None).await;
    assert!(matches!(again, Ok(Created::Replayed)), "a replay key is free again after a restart");
    let claimed = store
        .claim_due(Queue::SettledChecks, &terminal(), at(10), 10, LEASE)
        .await
        .expect("a claim works");
    assert_eq!(claimed.len(), 1, "what is due is forgotten after a restart");
    drop(store);

    let store = restart();
    let held = store
        .claim_due(Queue::SettledChecks, &terminal(), at(10), 10, LEASE)
        .await
        .expect("a claim works");
    assert_eq!(held, [], "a lease is forgotten after a restart");
}

/// A process that dies after every call: nothing is left but what is at the place.
struct Restarted<P, O> {
    place: P,
    open: O,
}

impl<P, O> std::fmt::Debug for Restarted<P, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Restarted")
    }
}

impl<P, S: PaymentStore, O: Fn(&P) -> S> Restarted<P, O> {
    fn next(&self) -> S {
        (self.open)(&self.place)
    }
}

#[async_trait]
impl<P, S, O> PaymentStore for Restarted<P, O>
where
    P: Send + Sync,
    S: PaymentStore,
    O: Fn(&P) -> S + Send + Sync,
{
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        self.next().create(new, at, after).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        self.next().load(invoice).await
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        self.next().current(order).await
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        self.next().history(invoice).await
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        self.next().append(onto, events, schedule).await
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        self.next().claim_due(queue, terminal, now, limit, lease).await
    }

    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        self.next().list(query).await
    }
}
