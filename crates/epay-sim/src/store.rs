//! The store as one process sees it: slow, failing before or after the commit, and gone with the process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use epay::{InvoiceId, OrderId, PaymentStore, TerminalId};
use epay_domain::{
    Created, DeadProof, Event, ListQuery, NewPayment, Page, Queue, Schedule, StoreError,
    StoreErrorKind, Stored, Timestamp,
};
use pollster::block_on;

use crate::clock::MachineClock;
use crate::trace::Who;
use crate::world::{Struck, World};
use crate::{Fault, Site, answers, checks, hints, words, writes};

/// The way to the store that all processes share.
pub(crate) struct StoreLink {
    pub(crate) world: Arc<World>,
    pub(crate) machine: MachineClock,
    pub(crate) process: usize,
}

impl fmt::Debug for StoreLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreLink({})", self.process)
    }
}

impl StoreLink {
    /// Whether the commit that follows is to look failed.
    async fn begins(&self, site: Site, order: Option<usize>) -> Result<bool, StoreError> {
        self.machine.awake().await;
        if let Some(millis) = self.world.store_takes() {
            self.world.time.wait(millis).await;
            self.machine.awake().await;
        }
        let Some(order) = order else { return Ok(false) };
        let mut lost = false;
        for Struck { fault, millis } in self.world.strikes(site, order) {
            self.world.struck(fault, Some(order));
            match fault {
                Fault::StoreFailedBefore | Fault::StoreUnreadable => {
                    self.world.with(|inner| {
                        let of = inner.invoices.iter().filter(|(_, it)| **it == order);
                        let invoices: Vec<_> = of.map(|(invoice, _)| invoice.clone()).collect();
                        inner.checks.unsure(&invoices);
                    });
                    return Err(failed());
                }
                Fault::StoreFailedAfter => lost = true,
                Fault::StoreSlow => {
                    self.world.time.wait(millis).await;
                    self.machine.awake().await;
                }
                _ => {}
            }
        }
        Ok(lost)
    }

    fn order_of(&self, invoice: &InvoiceId) -> Option<usize> {
        self.world.order_of(invoice.as_str())
    }
}

fn failed() -> StoreError {
    StoreError::new(StoreErrorKind::Failed).with_source("the disk of this world is full")
}

/// The name of an order.
pub(crate) fn order_id(order: usize) -> Option<OrderId> {
    OrderId::new(&format!("order-{order}")).ok()
}

/// The number behind `order-`.
pub(crate) fn number_of(order: &OrderId) -> Option<usize> {
    order.as_str().strip_prefix("order-")?.parse().ok()
}

#[async_trait]
impl PaymentStore for StoreLink {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        let order = number_of(&new.order);
        let lost = self.begins(Site::Create, order).await?;
        let created = block_on(self.world.store.create(new, at, after))?;
        if let (Created::New(stored), Some(order)) = (&created, order) {
            self.world.is_opened(stored.payment.invoice(), order);
            self.world.with(|inner| inner.tally.payments += 1);
        }
        if lost { Err(failed()) } else { Ok(created) }
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        self.begins(Site::Load, self.order_of(invoice)).await?;
        block_on(self.world.store.load(invoice))
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        self.begins(Site::Load, number_of(order)).await?;
        block_on(self.world.store.current(order))
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        self.begins(Site::Load, self.order_of(invoice)).await?;
        block_on(self.world.store.history(invoice))
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let order = number_of(&onto.order);
        let lost = self.begins(Site::Append, order).await?;
        let stored = block_on(self.world.store.append(onto, events, schedule))?;
        for event in events {
            let invoice = stored.payment.invoice().as_str();
            let who = (Who::Process(self.process), Who::Shop);
            self.world.tell(order, who, &[invoice, words::kind(event)], || {
                format!("{invoice} {}", words::of(event))
            });
        }
        self.world.is_planned(&stored);
        let now = self.world.time.millis();
        self.world.with(|inner| inner.checks.written(&stored, now));
        hints::written(&self.world, order, &stored);
        answers::written(&self.world, order, onto, events);
        writes::judge(&self.world, order, onto, &stored, events);
        crate::sometimes::written(&self.world, onto, &stored, events);
        if lost { Err(failed()) } else { Ok(stored) }
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        self.begins(Site::Load, None).await?;
        let claimed = block_on(self.world.store.claim_due(queue, terminal, now, limit, lease))?;
        checks::claimed(&self.world, &self.machine, queue, &claimed);
        claimed.iter().for_each(|stored| self.world.is_planned(stored));
        Ok(claimed)
    }

    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        self.begins(Site::Load, None).await?;
        block_on(self.world.store.list(query))
    }
}
