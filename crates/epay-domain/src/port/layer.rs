//! A store before another store: what a wrapper does not change is forwarded, once and here.

use super::{Created, NewPayment, Page, PaymentStore, Queue, Schedule, StoreError, Stored};
use crate::{DeadProof, Event, InvoiceId, OrderId, TerminalId, Timestamp};
use alloc::boxed::Box;
use alloc::vec::Vec;
use async_trait::async_trait;
use core::fmt::Debug;
use core::time::Duration;

/// A wrapper around a [`PaymentStore`], which is a `PaymentStore` by it: override the calls that it
/// changes, all others go to [`inner`](StoreLayer::inner).
///
/// # Contract
/// That of [`PaymentStore`], whatever the wrapper does.
#[async_trait]
pub trait StoreLayer: Debug + Send + Sync {
    /// The store behind this one.
    fn inner(&self) -> &dyn PaymentStore;

    /// See [`PaymentStore::create`].
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        self.inner().create(new, at, after).await
    }

    /// See [`PaymentStore::load`].
    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        self.inner().load(invoice).await
    }

    /// See [`PaymentStore::current`].
    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        self.inner().current(order).await
    }

    /// See [`PaymentStore::history`].
    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        self.inner().history(invoice).await
    }

    /// See [`PaymentStore::append`].
    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        self.inner().append(onto, events, schedule).await
    }

    /// See [`PaymentStore::claim_due`].
    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        self.inner().claim_due(queue, terminal, now, limit, lease).await
    }

    /// See [`PaymentStore::page`].
    async fn page(&self, after: Option<InvoiceId>, limit: usize) -> Result<Page, StoreError> {
        self.inner().page(after, limit).await
    }
}

#[async_trait]
#[deny(
    clippy::missing_trait_methods,
    reason = "a call that is forgotten would not reach the layer"
)]
impl<L: StoreLayer> PaymentStore for L {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        StoreLayer::create(self, new, at, after).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        StoreLayer::load(self, invoice).await
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        StoreLayer::current(self, order).await
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        StoreLayer::history(self, invoice).await
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        StoreLayer::append(self, onto, events, schedule).await
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        StoreLayer::claim_due(self, queue, terminal, now, limit, lease).await
    }

    async fn page(&self, after: Option<InvoiceId>, limit: usize) -> Result<Page, StoreError> {
        StoreLayer::page(self, after, limit).await
    }
}
