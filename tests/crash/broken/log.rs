//! A log that breaks one sentence of its contract.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use epay::{InvoiceId, OrderId, Payment, PaymentStatus, PaymentStore, TerminalId};
use epay_domain::{
    Created, DeadProof, Event, EventKind, ListQuery, Listed, NewPayment, Page, Queue, Schedule,
    State, StoreError, StoreErrorKind, Stored, Timestamp, Version,
};

use super::Undelivered;
use crate::book::Book;
use crate::planted::Bug;

/// How many status checks the schedule has that gives up.
const LOOKS: u32 = 4;

#[derive(Debug)]
pub(crate) struct BrokenLog {
    inner: Arc<dyn PaymentStore>,
    bug: Bug,
    behind: Mutex<Option<(Stored, Vec<Event>, Schedule)>>,
    looks: Mutex<BTreeMap<InvoiceId, u32>>,
    delivers: Option<(Undelivered, Book)>,
}

impl BrokenLog {
    pub(crate) fn new(inner: Arc<dyn PaymentStore>, bug: Bug) -> BrokenLog {
        BrokenLog { inner, bug, behind: Mutex::default(), looks: Mutex::default(), delivers: None }
    }

    /// Delivers what its handler has only noted, once that is marked as told.
    pub(crate) fn delivering(self, undelivered: Undelivered, book: Book) -> BrokenLog {
        BrokenLog { delivers: Some((undelivered, book)), ..self }
    }

    /// Writes what was answered and not written. It is too late to tell anybody that it failed.
    async fn catch_up(&self) {
        let behind = self.behind.lock().unwrap().take();
        if let Some((onto, events, schedule)) = behind {
            let _ = self.inner.append(&onto, &events, schedule).await;
        }
    }

    fn writes_behind(&self, events: &[Event]) -> bool {
        match self.bug {
            Bug::AnsweredBeforeWritten => true,
            Bug::IntentNotWrittenFirst => {
                events.iter().any(|event| matches!(event.kind, EventKind::Asked(_)))
            }
            _ => false,
        }
    }

    /// The last of the names that an order has had here, and how many that makes.
    async fn name(&self, order: &OrderId) -> Result<(OrderId, u32), StoreError> {
        let mut count = 1;
        while self.inner.current(&named(order, count + 1)).await?.is_some() {
            count += 1;
        }
        Ok((named(order, count), count))
    }

    fn renames(&self) -> bool {
        matches!(self.bug, Bug::AttemptWithoutProof | Bug::VolatileOrderName)
    }
}

fn named(order: &OrderId, count: u32) -> OrderId {
    if count == 1 { order.clone() } else { OrderId::new(&format!("{order}~{count}")).unwrap() }
}

/// Under the name that the shop knows.
fn renamed(stored: Stored) -> Stored {
    let order = stored.order.as_str().split('~').next().unwrap_or_default();
    Stored { order: OrderId::new(order).unwrap(), ..stored }
}

#[async_trait]
impl PaymentStore for BrokenLog {
    async fn create(
        &self,
        mut new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        self.catch_up().await;
        if self.bug == Bug::ReplayKeyForgotten {
            new.replay = None;
        }
        if self.renames() {
            let order = new.order.clone();
            let (name, count) = self.name(&order).await?;
            new.order = name;
            let present =
                self.inner.current(&new.order).await?.map(|stored| stored.payment.status());
            let again = match self.bug {
                Bug::VolatileOrderName => present.is_some(),
                _ => present == Some(PaymentStatus::Unknown),
            };
            if again {
                new.order = named(&order, count + 1);
            }
        }
        Ok(match self.inner.create(new, at, after).await? {
            Created::New(stored) => Created::New(renamed(stored)),
            Created::Existing(stored) => Created::Existing(renamed(stored)),
            Created::Replayed => Created::Replayed,
        })
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        self.catch_up().await;
        Ok(self.inner.load(invoice).await?.map(renamed))
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        self.catch_up().await;
        let order = if self.renames() { self.name(order).await?.0 } else { order.clone() };
        Ok(self.inner.current(&order).await?.map(renamed))
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        self.catch_up().await;
        self.inner.history(invoice).await
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        mut schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        self.catch_up().await;
        let mut events = events.to_vec();
        if self.writes_behind(&events) {
            let payment = events.iter().fold(onto.payment.clone(), Payment::apply);
            *self.behind.lock().unwrap() = Some((onto.clone(), events, schedule));
            return Ok(Stored {
                version: Version(onto.version.0 + 1),
                payment,
                schedule,
                ..onto.clone()
            });
        }
        if self.bug == Bug::ScheduleGivesUp && schedule.last_check_at != onto.schedule.last_check_at
        {
            let mut looks = self.looks.lock().unwrap();
            let looks = looks.entry(onto.payment.invoice().clone()).or_default();
            *looks += 1;
            schedule.next_check_at = schedule.next_check_at.filter(|_| *looks < LOOKS);
        }
        if self.bug == Bug::FailedForEver
            && matches!(onto.payment.state(), State::Declined | State::Closed(_))
        {
            events.retain(|event| !matches!(event.kind, EventKind::Observed(_)));
            schedule.next_check_at = None;
        }
        let written = match self.inner.append(onto, &events, schedule).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {
                let now = self
                    .inner
                    .load(onto.payment.invoice())
                    .await?
                    .ok_or(StoreErrorKind::NoSuchInvoice);
                let now = now.map_err(StoreError::new)?;
                let onto_anything = match self.bug {
                    Bug::NoCompareAndSwap => true,
                    Bug::LeaseWithoutFencing => now.payment == onto.payment,
                    _ => false,
                };
                if !onto_anything {
                    return Err(error);
                }
                self.inner.append(&now, &events, schedule).await?
            }
            written => written?,
        };
        if let Some((undelivered, book)) = &self.delivers
            && self.bug == Bug::MarkedBeforeDelivered
            && events.iter().any(|event| matches!(event.kind, EventKind::Notified { .. }))
        {
            undelivered
                .lock()
                .unwrap()
                .drain(..)
                .for_each(|notification| book.enter(notification.id(), &notification));
        }
        Ok(renamed(written))
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        self.catch_up().await;
        Ok(self
            .inner
            .claim_due(queue, terminal, now, limit, lease)
            .await?
            .into_iter()
            .map(renamed)
            .collect())
    }

    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        self.catch_up().await;
        let page = self.inner.list(query).await?.into_iter();
        let renamed = |it: Listed| Listed { stored: renamed(it.stored), ..it };
        Ok(page.map(|(invoice, listed)| (invoice, listed.map(renamed))).collect())
    }
}
