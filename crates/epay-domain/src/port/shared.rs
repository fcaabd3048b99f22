//! A log shared by several owners is still the log: `Arc<impl PaymentStore>` is a `PaymentStore`.

use super::{Created, NewPayment, PaymentStore, StoreError, Stored, Version};
use crate::{DeadProof, Event, InvoiceId, OrderId, TerminalId, Timestamp};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use async_trait::async_trait;
use core::time::Duration;

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "a wrapper that forgets one would answer for the wrapped")]
impl<S: PaymentStore + ?Sized> PaymentStore for Arc<S> {
    async fn create(&self, new: NewPayment, at: Timestamp, after: Option<DeadProof>) -> Result<Created, StoreError> {
        (**self).create(new, at, after).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        (**self).load(invoice).await
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        (**self).current(order).await
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        (**self).history(invoice).await
    }

    async fn append(
        &self,
        invoice: &InvoiceId,
        expected: Version,
        events: &[Event],
        due: Option<Timestamp>,
    ) -> Result<Stored, StoreError> {
        (**self).append(invoice, expected, events, due).await
    }

    async fn claim_due(
        &self,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        (**self).claim_due(terminal, now, limit, lease).await
    }
}
