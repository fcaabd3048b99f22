//! A store that wraps another store: methods that the wrapper does not change are forwarded here,
//! once.

use super::{
    Count, Created, ListFilter, ListQuery, NewPayment, Page, PaymentStore, Queue, Schedule,
    StoreError, Stored,
};
use crate::{DeadProof, Event, InvoiceId, OrderId, TerminalId, Timestamp};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use async_trait::async_trait;
use core::fmt::Debug;
use core::time::Duration;

/// An item with `$first` and every call of [`PaymentStore`], each forwarded to `$store` by `$via`.
macro_rules! forwarded {
    ([$($item:tt)*] { $($first:tt)* } $this:ident => $store:expr, $via:ident) => {
        #[async_trait]
        $($item)* {
            $($first)*

            /// See [`PaymentStore::create`].
            async fn create(
                &self,
                new: NewPayment,
                at: Timestamp,
                after: Option<DeadProof>,
            ) -> Result<Created, StoreError> {
                let $this = self;
                $via::create($store, new, at, after).await
            }

            /// See [`PaymentStore::load`].
            async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
                let $this = self;
                $via::load($store, invoice).await
            }

            /// See [`PaymentStore::current`].
            async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
                let $this = self;
                $via::current($store, order).await
            }

            /// See [`PaymentStore::history`].
            async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
                let $this = self;
                $via::history($store, invoice).await
            }

            /// See [`PaymentStore::append`].
            async fn append(
                &self,
                onto: &Stored,
                events: &[Event],
                schedule: Schedule,
            ) -> Result<Stored, StoreError> {
                let $this = self;
                $via::append($store, onto, events, schedule).await
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
                let $this = self;
                $via::claim_due($store, queue, terminal, now, limit, lease).await
            }

            /// See [`PaymentStore::list`].
            async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
                let $this = self;
                $via::list($store, query).await
            }

            /// See [`PaymentStore::count`].
            async fn count(&self, filter: ListFilter) -> Result<Count, StoreError> {
                let $this = self;
                $via::count($store, filter).await
            }
        }
    };
}

forwarded! {
    [
        /// A wrapper around a [`PaymentStore`], which is a `PaymentStore` by it: override the calls that
        /// it changes, all others go to [`inner`](StoreLayer::inner).
        ///
        /// # Contract
        /// That of [`PaymentStore`], whatever the wrapper does.
        pub trait StoreLayer: Debug + Send + Sync
    ]
    {
        /// The store behind this one.
        fn inner(&self) -> &dyn PaymentStore;
    }
    layer => layer.inner(), PaymentStore
}

// A call that is forgotten would not reach the store behind.
forwarded! { [impl<L: StoreLayer> PaymentStore for L] {} layer => layer, StoreLayer }

// A log shared by several owners is still the log.
forwarded! { [impl<S: PaymentStore + ?Sized> PaymentStore for Arc<S>] {} shared => &**shared, PaymentStore }

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

        async fn list(&self, _: ListQuery) -> Result<Page, StoreError> {
            answer("list")
        }

        async fn count(&self, _: ListFilter) -> Result<Count, StoreError> {
            answer("count")
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
        assert_eq!(said(shared.list(ListQuery::newest(1))).as_deref(), Some("list"));
        assert_eq!(said(shared.count(ListFilter::Open)).as_deref(), Some("count"));
    }
}
