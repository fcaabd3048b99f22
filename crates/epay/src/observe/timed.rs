//! A store whose calls are timed, by the machine's own clock: what is measured is the machine.

use async_trait::async_trait;
use epay_domain::{
    Count, Created, DeadProof, Event, InvoiceId, ListFilter, ListQuery, NewPayment, OrderId, Page,
    PaymentStore, Queue, Schedule, StoreError, Stored, TerminalId, Timestamp,
};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Timed<S>(pub(super) S);

#[async_trait]
#[deny(
    clippy::missing_trait_methods,
    reason = "a wrapper that forgets one would answer for the wrapped"
)]
impl<S: PaymentStore> PaymentStore for Timed<S> {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        timed("create", self.0.create(new, at, after)).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        timed("load", self.0.load(invoice)).await
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        timed("current", self.0.current(order)).await
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        timed("history", self.0.history(invoice)).await
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        timed("append", self.0.append(onto, events, schedule)).await
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        timed("claim_due", self.0.claim_due(queue, terminal, now, limit, lease)).await
    }

    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        timed("list", self.0.list(query)).await
    }

    async fn count(&self, filter: ListFilter) -> Result<Count, StoreError> {
        timed("count", self.0.count(filter)).await
    }
}

/// A call that is dropped half-way is not counted: nobody waited for it to its end.
async fn timed<T>(call: &'static str, work: impl Future<Output = T>) -> T {
    let began = now();
    let done = work.await;
    metrics::histogram!("epay_store_seconds", "call" => call)
        .record(now().saturating_duration_since(began));
    done
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures the machine and decides nothing, so no test has to hold it"
)]
fn now() -> Instant {
    Instant::now()
}
