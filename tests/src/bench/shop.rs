//! One shop on one bank, with one log and one clock.

use crate::bench::{
    Call, MINUTE, PRICE, PlannedStore, Reply, ScriptedBank, VirtualClock, card, sealed,
};
use epay::{InvoiceId, Outcome, Payments, ReconcileReport};
use epay_domain::{Clock, Payment};
use epay_http::Bank;
use epay_testkit::fakebank::{Endpoint, FaultKind, Operation, Status, cards};
use epay_testkit::{FakeBank, ManualClock};
use std::sync::Arc;
use std::time::Duration;

/// One shop: its bank `B`, its log, its clock `C`.
#[derive(Clone, Debug)]
pub struct Shop<B = FakeBank, C = ManualClock> {
    /// The bank it pays at.
    pub bank: B,
    /// The facade.
    pub payments: Payments,
    /// Its log.
    pub store: Arc<PlannedStore>,
    /// Its time.
    pub clock: C,
}

impl<B, C: Clock + Clone + 'static> Shop<B, C> {
    fn open(bank: B, gateway: impl Bank + 'static, store: PlannedStore, clock: C) -> Shop<B, C> {
        let store = Arc::new(store);
        let payments = Payments::with_clock(gateway, Arc::clone(&store), clock.clone());
        Shop { bank, payments, store, clock }
    }

    /// With other settings.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(Payments) -> Payments) -> Shop<B, C> {
        self.payments = change(self.payments);
        self
    }

    /// One round of status checks.
    pub async fn reconcile(&self) -> ReconcileReport {
        self.payments.reconcile().await.unwrap()
    }

    /// One round of notifications; how many were taken in.
    pub async fn deliver(&self) -> usize {
        self.payments.deliver_notifications().await.unwrap()
    }

    /// How the order stands, without asking the bank.
    pub async fn status(&self, order: &str) -> Outcome {
        self.payments.status(order).await.unwrap()
    }

    /// The attempt of this invoice.
    pub async fn payment(&self, invoice: &InvoiceId) -> Payment {
        self.payments.status(invoice).await.unwrap().attempt().payment().clone()
    }

    /// How many events the log has of this invoice.
    pub async fn logged(&self, invoice: &InvoiceId) -> usize {
        self.payments.history(invoice).await.unwrap().len()
    }
}

impl<B> Shop<B, ManualClock> {
    /// Lets the time pass.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Lets the time pass as the reconciler does, in steps of five minutes.
    pub async fn pass(&self, seconds: u64) {
        for _ in 0..seconds / (5 * MINUTE) {
            self.wait(5 * MINUTE);
            self.reconcile().await;
        }
    }
}

impl Shop {
    /// On the fake bank's one-stage terminal.
    pub fn one_stage() -> Shop {
        Shop::on(PlannedStore::default(), false)
    }

    /// On the fake bank's two-stage terminal.
    pub fn two_stage() -> Shop {
        Shop::on(PlannedStore::default(), true)
    }

    /// On the fake bank, with this log.
    pub fn on(store: PlannedStore, two_stage: bool) -> Shop {
        let bank = FakeBank::start();
        let gateway = if two_stage { bank.two_stage_gateway() } else { bank.gateway() };
        let clock = bank.clock();
        Shop::open(bank, gateway, store, clock)
    }

    /// Another process on the same bank, log and clock, on the one-stage terminal.
    pub fn another_process(&self) -> Payments {
        let store = Arc::clone(&self.store);
        Payments::with_clock(self.bank.gateway(), store, self.clock.clone())
    }

    /// Pays the order with a card the bank approves.
    pub async fn pay(&self, order: &str) -> Outcome {
        self.pay_with(order, cards::VISA_OK).await
    }

    /// Pays the order with the card of this number.
    pub async fn pay_with(&self, order: &str, number: &str) -> Outcome {
        self.payments.pay(order, PRICE, card(number)).await.unwrap()
    }

    /// Pays, and the answer is lost this way.
    pub async fn pay_lost(&self, order: &str, how: FaultKind) -> Outcome {
        self.bank.inject_fault(Endpoint::Cryptopay, how);
        self.pay(order).await
    }

    /// Pays; the bank does it, answers nothing and knows nothing until a check that fails is over.
    pub async fn pay_unknown(&self, order: &str) -> InvoiceId {
        self.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
        self.pay_lost(order, FaultKind::CutAfterEffect).await.attempt().invoice().clone()
    }

    /// Pays, and the bank does it but shows it to nobody until `hidden` seconds have passed.
    pub async fn pay_hidden(&self, order: &str, hidden: u64) -> InvoiceId {
        self.bank.inject_fault(Endpoint::Cryptopay, FaultKind::LateVisible(hidden * 1_000));
        self.pay_lost(order, FaultKind::CutAfterEffect).await.attempt().invoice().clone()
    }

    /// How often the bank was asked.
    #[track_caller]
    pub fn asked(&self, endpoint: Endpoint, times: usize) {
        assert_eq!(self.bank.calls(endpoint), times, "{endpoint:?}");
    }

    /// Captured and refunded of every operation at the bank.
    pub fn ledger(&self) -> Vec<(u64, u64)> {
        let sums =
            |operation: &Operation| (operation.captured.minor(), operation.refunded().minor());
        self.bank.with_bank(|bank| bank.ledger().iter().map(sums).collect())
    }

    /// What the bank has of this invoice.
    pub fn booked(&self, invoice: &InvoiceId) -> Operation {
        self.bank.with_bank(|bank| bank.operation(invoice.as_str()).unwrap().clone())
    }

    /// What the bank says of this invoice.
    pub fn booked_as(&self, invoice: &InvoiceId) -> Status {
        self.booked(invoice).status
    }
}

impl Shop<ScriptedBank> {
    /// On a bank that answers what it is told to.
    pub fn scripted() -> Shop<ScriptedBank> {
        let clock = ManualClock::default();
        let bank = ScriptedBank::new(clock.clone());
        Shop::open(bank.clone(), bank, PlannedStore::default(), clock)
    }
}

impl Shop<ScriptedBank, VirtualClock> {
    /// On a bank that answers what it is told to, in tokio's paused time.
    pub fn virtual_time() -> Shop<ScriptedBank, VirtualClock> {
        let clock = VirtualClock::start();
        let bank = ScriptedBank::new(clock.clone());
        Shop::open(bank.clone(), bank, PlannedStore::default(), clock)
    }
}

impl<C: Clock + Clone + 'static> Shop<ScriptedBank, C> {
    /// Another process on the same bank, log and clock.
    pub fn another_process(&self) -> Payments {
        Payments::with_clock(self.bank.clone(), Arc::clone(&self.store), self.clock.clone())
    }

    /// Pays the order.
    pub async fn pay(&self, order: &str) -> Outcome {
        self.payments.pay(order, PRICE, sealed()).await.unwrap()
    }

    /// Pays the order, and the bank says this and keeps to it.
    pub async fn pay_and(&self, order: &str, reply: Reply, status: Reply) -> Outcome {
        self.bank.says(Call::Authorize, reply).says(Call::Status, status);
        self.pay(order).await
    }
}
