//! A person rules about one attempt by its invoice number, and the bank is asked nothing.

use crate::{PRICE, Shop, card, name};
use async_trait::async_trait;
use epay::domain::{Command, EventKind, Payment, StoreErrorKind};
use epay::{
    InvoiceId, MemoryStore, Money, Notification, NotificationHandler, NotificationKind,
    PayErrorKind, Payments, Timeouts,
};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking, cards};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn calls(shop: &Shop) -> usize {
    shop.bank.with_bank(|bank| bank.wire_log().len())
}

#[tokio::test]
async fn an_older_attempt_of_the_order_is_acknowledged_by_its_invoice() {
    let bank = FakeBank::start();
    let timeouts = Timeouts { reopen: Some(Duration::from_secs(60)), ..Timeouts::default() };
    let payments = Payments::with_clock(bank.gateway(), MemoryStore::default(), bank.clock())
        .with_timeouts(timeouts)
        .with_late_success(epay::LateSuccess::Flag);
    let shop = Shop { bank, payments };
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::LateVisible(300_000));
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::ErrorAfterEffect);
    let first = shop.pay("order").await.attempt().invoice().clone();
    shop.wait(90);
    assert_eq!(name(&shop.payments.reopen("order").await.unwrap()), "not executed");
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.wait(600);
    assert_eq!(shop.payments.reconcile().await.unwrap().flagged, 1, "the first attempt surfaced");

    // By the order, a person reaches the second attempt, which has no flag.
    let refused = shop.payments.acknowledge("order", "seen").await.unwrap_err();
    assert!(matches!(refused.kind(), PayErrorKind::Refused(_)), "{refused:?}");
    let before = calls(&shop);
    let ruled =
        shop.payments.operator().acknowledge(&first, "Aida: refunded in the portal").await.unwrap();
    assert_eq!((ruled.invoice(), ruled.payment().flags().is_empty()), (&first, true));
    assert_eq!(calls(&shop), before, "the bank was asked");
    let again = shop.payments.operator().acknowledge(&first, "Aida: again").await.unwrap_err();
    assert!(matches!(again.kind(), PayErrorKind::Refused(_)), "{again:?}");
}

/// Takes in all notifications, and keeps their kinds.
#[derive(Clone, Debug, Default)]
struct Heard(Arc<Mutex<Vec<NotificationKind>>>);

#[async_trait]
impl NotificationHandler for Heard {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.0.lock().unwrap().push(notification.kind);
        Ok(())
    }
}

#[tokio::test]
async fn what_a_flag_kept_from_the_shop_is_told_once_it_is_acknowledged() {
    let (bank, heard) = (FakeBank::start(), Heard::default());
    let payments = Payments::with_clock(bank.gateway(), MemoryStore::default(), bank.clock());
    let shop = Shop { payments: payments.with_notification_handler(heard.clone()), bank };
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(50_00)));
    let disputed = shop.pay("order").await;
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(*heard.0.lock().unwrap(), [NotificationKind::Flagged]);
    let _ = shop
        .payments
        .operator()
        .acknowledge(disputed.attempt().invoice(), "Aida: agreed")
        .await
        .unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(*heard.0.lock().unwrap(), [NotificationKind::Flagged, NotificationKind::Captured]);
}

#[tokio::test]
async fn the_wait_for_a_step_is_given_up_by_invoice() {
    let shop = Shop::two_stage();
    let held = shop.payments.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
    let invoice = held.attempt().invoice();
    shop.bank.inject_fault(Endpoint::Charge, FaultKind::CutBeforeEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let _ = shop.payments.capture("order", "capture-1", Money::kzt(10_00)).await.unwrap();
    let operator = shop.payments.operator();
    assert!(matches!(
        operator.give_up(invoice, "other", "no").await.unwrap_err().kind(),
        PayErrorKind::Refused(_)
    ));
    let ruled = operator.give_up(invoice, "capture-1", "Aida: the bank says no").await.unwrap();
    assert!(ruled.payment().pending().is_none());
    let history = shop.payments.history(invoice).await.unwrap();
    assert!(
        matches!(&history.last().unwrap().kind, EventKind::GivenUp(_, note) if note.as_str().starts_with("Aida"))
    );
    assert_eq!(fold(ruled.payment(), &history), *ruled.payment());
    assert_eq!(
        history
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Asked(Command::Capture(..))))
            .count(),
        1
    );
}

fn fold(like: &Payment, history: &[epay::domain::Event]) -> Payment {
    let opened = Payment::open(like.invoice().clone(), like.ordered(), like.terminal().clone());
    history.iter().fold(opened, Payment::apply)
}

#[tokio::test]
async fn an_invoice_that_is_not_in_the_log_is_an_error() {
    let shop = Shop::one_stage();
    let error = shop
        .payments
        .operator()
        .acknowledge(&InvoiceId::new("999999").unwrap(), "seen")
        .await
        .unwrap_err();
    let cause = std::error::Error::source(&error)
        .and_then(|cause| cause.downcast_ref::<epay::domain::StoreError>());
    assert_eq!(cause.map(epay::domain::StoreError::kind), Some(StoreErrorKind::NoSuchInvoice));
}
