//! A log shared by several owners is still the log: `Arc<impl PaymentStore>` is a `PaymentStore`.

use super::{Created, NewPayment, Page, PaymentStore, Queue, Schedule, StoreError, Stored};
use crate::{DeadProof, Event, InvoiceId, OrderId, TerminalId, Timestamp};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use async_trait::async_trait;
use core::time::Duration;

#[async_trait]
#[deny(
    clippy::missing_trait_methods,
    reason = "a wrapper that forgets one would answer for the wrapped"
)]
impl<S: PaymentStore + ?Sized> PaymentStore for Arc<S> {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
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
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        (**self).append(onto, events, schedule).await
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        (**self).claim_due(queue, terminal, now, limit, lease).await
    }

    async fn page(&self, after: Option<InvoiceId>, limit: usize) -> Result<Page, StoreError> {
        (**self).page(after, limit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Money, Payment, StoreErrorKind};
    use alloc::string::{String, ToString};
    use core::error::Error;
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};

    /// Answers every call with its name.
    #[derive(Debug)]
    struct Named;

    fn answer<T>(name: &str) -> Result<T, StoreError> {
        Err(StoreError::new(StoreErrorKind::Failed).with_source(name))
    }

    #[async_trait]
    impl PaymentStore for Named {
        async fn create(
            &self,
            _: NewPayment,
            _: Timestamp,
            _: Option<DeadProof>,
        ) -> Result<Created, StoreError> {
            answer("create")
        }

        async fn load(&self, _: &InvoiceId) -> Result<Option<Stored>, StoreError> {
            answer("load")
        }

        async fn current(&self, _: &OrderId) -> Result<Option<Stored>, StoreError> {
            answer("current")
        }

        async fn history(&self, _: &InvoiceId) -> Result<Vec<Event>, StoreError> {
            answer("history")
        }

        async fn append(&self, _: &Stored, _: &[Event], _: Schedule) -> Result<Stored, StoreError> {
            answer("append")
        }

        async fn claim_due(
            &self,
            _: Queue,
            _: &TerminalId,
            _: Timestamp,
            _: usize,
            _: Duration,
        ) -> Result<Vec<Stored>, StoreError> {
            answer("claim_due")
        }

        async fn page(&self, _: Option<InvoiceId>, _: usize) -> Result<Page, StoreError> {
            answer("page")
        }
    }

    /// The name in the answer of a call that never waits.
    fn said<T>(call: impl Future<Output = Result<T, StoreError>>) -> Option<String> {
        match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(error)) => error.source().map(ToString::to_string),
            Poll::Ready(Ok(_)) | Poll::Pending => None,
        }
    }

    #[test]
    fn every_call_is_answered_by_the_store_inside() {
        let shared: Arc<dyn PaymentStore> = Arc::new(Named);
        let (order, invoice) =
            (OrderId::new("order-17").unwrap(), InvoiceId::new("100000017").unwrap());
        let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
        let now = Timestamp::from_unix_millis(0);
        let new = NewPayment {
            order: order.clone(),
            amount: Money::tiyn(1),
            terminal: terminal.clone(),
            replay: None,
            tag: None,
        };
        assert_eq!(said(shared.create(new, now, None)).as_deref(), Some("create"));
        assert_eq!(said(shared.load(&invoice)).as_deref(), Some("load"));
        assert_eq!(said(shared.current(&order)).as_deref(), Some("current"));
        assert_eq!(said(shared.history(&invoice)).as_deref(), Some("history"));
        let payment = Payment::open(invoice.clone(), Money::tiyn(1), terminal.clone());
        let stored = Stored::opened(order, payment, None);
        assert_eq!(
            said(shared.append(&stored, &[], Schedule::default())).as_deref(),
            Some("append")
        );
        let claimed = shared.claim_due(Queue::UnknownChecks, &terminal, now, 1, Duration::ZERO);
        assert_eq!(said(claimed).as_deref(), Some("claim_due"));
        assert_eq!(said(shared.page(Some(invoice), 1)).as_deref(), Some("page"));
    }
}
