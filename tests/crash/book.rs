//! What the shop was told, as its own books have it: they outlive every process, and compare with the bank at once.

use std::error::Error;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use epay::{
    InvoiceId, Money, Notification, NotificationHandler, NotificationKind, OrderId, Payment,
    PaymentStatus,
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
    pub(crate) net_captured: Option<Money>,
    /// Whether the bank's books said the same when the shop was told, and nothing was contradicted.
    pub(crate) was_true: bool,
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
        let (kind, attempt) = (notification.kind(), notification.attempt());
        self.write(id, attempt.order(), attempt.payment(), kind, attempt.net_captured());
    }

    pub(crate) fn write(
        &self,
        id: String,
        order: &OrderId,
        payment: &Payment,
        kind: NotificationKind,
        net_captured: Option<Money>,
    ) {
        let (order, invoice) = (order.clone(), payment.invoice().clone());
        let booked = self.bank.with_bank(|bank| {
            bank.ledger().iter().rfind(|booked| booked.invoice == invoice.as_str()).cloned()
        });
        let contradicted = payment.is_contradicted();
        let was_true = match kind {
            NotificationKind::NeedsAttention => {
                contradicted || payment.status() == PaymentStatus::Unknown
            }
            _ => !contradicted && is_so(kind, booked.as_ref()),
        };
        let told = Told { id, order, invoice, kind, net_captured, was_true };
        self.told.lock().unwrap().push(told);
    }
}

/// Whether the bank's books say it, too.
fn is_so(kind: NotificationKind, booked: Option<&Operation>) -> bool {
    let status = booked.map(|booked| booked.status);
    let taken = matches!(status, Some(Status::Charge | Status::Refund));
    let captured = booked.map_or(0, |booked| booked.captured.minor());
    let refunded = booked.map_or(0, |booked| booked.refunded().minor());
    match kind {
        NotificationKind::Held => status == Some(Status::Auth),
        NotificationKind::Captured => taken && refunded < captured,
        NotificationKind::Refunded => taken && refunded > 0,
        NotificationKind::Voided => matches!(status, Some(Status::Cancel | Status::CancelOld)),
        NotificationKind::Declined => matches!(status, Some(Status::Reject | Status::Failed)),
        NotificationKind::NotExecuted => !matches!(status, Some(Status::Charge | Status::Auth)),
        _ => false,
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
