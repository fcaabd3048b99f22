//! Mocks of the bank, which is a gateway too, and of the store, for tests in which the number of calls is what matters; for all others a fake says more.
//!
//! ```
//! use epay_domain::*;
//! use epay_testkit::mock::MockBank;
//!
//! let mut bank = MockBank::new();
//! bank.expect_status().times(1).returning(|_| Ok(Observation::status(Fact::NotFound)));
//! bank.expect_refund().times(0);
//! # let payment = Payment::open(InvoiceId::new("100000017")?, Money::tiyn(1), TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?);
//! # let _ = std::pin::pin!(bank.status(&payment)).as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
//! # Ok::<(), InvalidId>(())
//! ```

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use epay_crypto::{KeyError, PublicKey, TagKey};
use epay_domain::{
    CardId, Count, Created, DeadProof, Event, Gateway, GatewayError, InvoiceId, ListFilter,
    ListQuery, Money, NewPayment, Observation, OrderId, Page, Payment, PaymentRequest,
    PaymentStore, Queue, SavedCard, Schedule, SealedMethod, StatusError, StepId, StoreError,
    Stored, TerminalId, ThreeDsAnswer, Timestamp,
};
use epay_http::{Bank, Environment, PayFormParams};

mockall::mock! {
    #[derive(Debug)]
    pub Bank {}

    #[async_trait]
    impl Gateway for Bank {
        fn terminal(&self) -> &TerminalId;
        async fn authorize(
            &self,
            payment: &Payment,
            method: SealedMethod,
            request: &PaymentRequest,
        ) -> Result<Observation, GatewayError>;
        async fn confirm(&self, payment: &Payment, answer: ThreeDsAnswer) -> Result<Observation, GatewayError>;
        async fn capture(&self, payment: &Payment, step: &StepId, amount: Money) -> Result<Observation, GatewayError>;
        async fn void(&self, payment: &Payment, step: &StepId) -> Result<Observation, GatewayError>;
        async fn refund(&self, payment: &Payment, step: &StepId, amount: Money) -> Result<Observation, GatewayError>;
        async fn status(&self, payment: &Payment) -> Result<Observation, StatusError>;
    }

    #[async_trait]
    impl Bank for Bank {
        fn environment(&self) -> &Environment;
        async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError>;
        fn tag_key(&self) -> TagKey;
        async fn pay_form(&self, payment: &Payment, request: &PaymentRequest) -> Result<PayFormParams, StatusError>;
        async fn saved_cards(&self, account: &str) -> Result<Vec<SavedCard>, StatusError>;
        async fn deactivate_card(&self, card: &CardId) -> Result<(), StatusError>;
    }
}

mockall::mock! {
    #[derive(Debug)]
    pub PaymentStore {}

    #[async_trait]
    impl PaymentStore for PaymentStore {
        async fn create(
            &self,
            new: NewPayment,
            at: Timestamp,
            after: Option<DeadProof>,
        ) -> Result<Created, StoreError>;
        async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError>;
        async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError>;
        async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError>;
        async fn append(&self, onto: &Stored, events: &[Event], schedule: Schedule) -> Result<Stored, StoreError>;
        async fn claim_due(
            &self,
            queue: Queue,
            terminal: &TerminalId,
            now: Timestamp,
            limit: usize,
            lease: Duration,
        ) -> Result<Vec<Stored>, StoreError>;
        async fn list(&self, query: ListQuery) -> Result<Page, StoreError>;
        async fn count(&self, filter: ListFilter) -> Result<Count, StoreError>;
    }
}
