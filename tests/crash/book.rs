//! What the shop was told, as its own books have it: they outlive every process, and compare with the bank at once.

use std::error::Error;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use epay::domain::Flags;
use epay::{
    InvoiceId, Money, Notification, NotificationHandler, NotificationKind, OrderId, Payment,
};
use epay_testkit::{
    FakeBank,
    fakebank::{Operation, Status},
};

/// One notification, as often as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) order: OrderId,
    pub(crate) invoice: InvoiceId,
    pub(crate) kind: NotificationKind,
    pub(crate) kept: Money,
    pub(crate) flags: Flags,
    /// Whether the bank had really taken money for this invoice when the shop was told.
    pub(crate) was_taken: bool,
}

/// Clones are the same book.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    bank: FakeBank,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Book {
    pub(crate) fn new(bank: FakeBank) -> Book {
        Book { bank, told: Arc::default() }
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn enter(&self, id: String, notification: &Notification) {
        let attempt = notification.attempt();
        self.write(
            id,
            attempt.order(),
            attempt.payment(),
            notification.kind,
            attempt.net_captured(),
        );
    }

    pub(crate) fn write(
        &self,
        id: String,
        order: &OrderId,
        payment: &Payment,
        kind: NotificationKind,
        kept: Money,
    ) {
        let (order, invoice, flags) = (order.clone(), payment.invoice().clone(), payment.flags());
        let taken = |operation: &Operation| {
            operation.invoice == invoice.as_str()
                && matches!(operation.status, Status::Charge | Status::Refund)
        };
        let was_taken = self.bank.with_bank(|bank| bank.ledger().iter().any(taken));
        self.told.lock().unwrap().push(Told { id, order, invoice, kind, kept, flags, was_taken });
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
