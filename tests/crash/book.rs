//! What the shop and its payers were told, with what the bank had at that moment: it outlives every process.

use std::error::Error;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use epay::{Notification, NotificationHandler, NotificationKind, OrderId, Outcome, Payment};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::LedgerLine;
use epay_testkit::judge::{NotificationLine, Promise, Said};

/// Clones are the same book.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    bank: FakeBank,
    told: Arc<Mutex<Vec<NotificationLine>>>,
    promises: Arc<Mutex<Vec<Promise>>>,
}

impl Book {
    pub(crate) fn new(bank: FakeBank) -> Book {
        Book { bank, told: Arc::default(), promises: Arc::default() }
    }

    pub(crate) fn told(&self) -> Vec<NotificationLine> {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn promises(&self) -> Vec<Promise> {
        self.promises.lock().unwrap().clone()
    }

    pub(crate) fn enter(&self, id: String, notification: &Notification) {
        let attempt = notification.attempt();
        self.write(id, attempt.order(), attempt.payment(), notification.kind());
    }

    pub(crate) fn write(
        &self,
        id: String,
        order: &OrderId,
        payment: &Payment,
        kind: NotificationKind,
    ) {
        let line = NotificationLine::new(id, kind, order, payment, payment.status());
        let booked = self.booked(payment);
        self.told.lock().unwrap().push(NotificationLine { booked, ..line });
    }

    pub(crate) fn promised(&self, outcome: &Outcome) {
        let said = match outcome {
            Outcome::Paid(_) => Said::Paid,
            Outcome::Held(_) => Said::Held,
            Outcome::Declined(..) | Outcome::NotExecuted(_) => Said::NotCharged,
            _ => return,
        };
        let payment = outcome.attempt().payment();
        let (invoice, booked) = (payment.invoice().to_string(), self.booked(payment));
        self.promises.lock().unwrap().push(Promise { invoice, said, booked });
    }

    fn booked(&self, payment: &Payment) -> Option<Vec<LedgerLine>> {
        let invoice = payment.invoice().as_str();
        Some(self.bank.with_bank(|bank| {
            let booked = bank.ledger().iter().filter(|booked| booked.invoice == invoice);
            booked.map(LedgerLine::from).collect()
        }))
    }
}

#[async_trait]
impl NotificationHandler for Book {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.enter(notification.id(), notification);
        Ok(())
    }
}
