//! Two logs of one terminal, each with a counter of its own: their invoice numbers differ, the last six digits do not.

use std::time::Duration;

use async_trait::async_trait;
use epay::{InvoiceId, OrderId, PaymentStore, TerminalId};
use epay_domain::{
    Created, DeadProof, Event, ListQuery, NewPayment, Page, Queue, Schedule, StoreError, Stored,
    Timestamp,
};

use crate::log::Log;

#[derive(Debug)]
pub(crate) struct TwoCounters {
    pub(crate) first: Log,
    pub(crate) second: Log,
}

impl TwoCounters {
    /// Orders are shared out by the parity of their last digit.
    fn of_order(&self, order: &OrderId) -> &Log {
        let even = order.as_str().bytes().last().is_some_and(|digit| digit % 2 == 0);
        if even { &self.second } else { &self.first }
    }

    fn of_invoice(&self, invoice: &InvoiceId) -> &Log {
        if invoice.as_str().starts_with('1') { &self.first } else { &self.second }
    }
}

#[async_trait]
impl PaymentStore for TwoCounters {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        self.of_order(&new.order).create(new, at, after).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        self.of_invoice(invoice).load(invoice).await
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        self.of_order(order).current(order).await
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        self.of_invoice(invoice).history(invoice).await
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        self.of_invoice(onto.payment.invoice()).append(onto, events, schedule).await
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut due = self.first.claim_due(queue, terminal, now, limit, lease).await?;
        due.extend(self.second.claim_due(queue, terminal, now, limit, lease).await?);
        Ok(due)
    }

    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        let mut page = self.first.list(query.clone()).await?;
        page.extend(self.second.list(query).await?);
        Ok(page)
    }
}
