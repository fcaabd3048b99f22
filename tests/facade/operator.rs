//! A person rules about one attempt by its order or its invoice number, and the bank is asked nothing.

use epay::{InvoiceId, LateSuccess, Money, NotificationKind, Operator, PayErrorKind};
use epay_domain::{Command, EventKind};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking};
use epay_tests::bench::{Heard, MINUTE, Shop, fold, name, shown, timeouts};
use std::sync::Arc;
use std::time::Duration;

fn calls(shop: &Shop) -> usize {
    shop.bank.with_bank(|bank| bank.wire_log().len())
}

#[tokio::test]
async fn an_older_attempt_of_the_order_is_acknowledged_by_its_invoice() {
    let reopen = Some(Duration::from_secs(MINUTE));
    let shop = Shop::one_stage().with(|it| {
        it.with_timeouts(timeouts(|it| it.reopen = reopen))
            .with_late_success(LateSuccess::AskPerson)
    });
    let first = shop.pay_hidden("order", 5 * MINUTE).await;
    shop.wait(30);
    shop.reconcile().await;
    shop.wait(90);
    assert_eq!(name(&shop.payments.reopen("order").await.unwrap()), "abandoned");
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.wait(10 * MINUTE);
    assert_eq!(shop.reconcile().await.contradicted, 1, "the first attempt surfaced");

    // By the order, a person reaches the second attempt, which has no contradiction.
    let open = shown(&shop.payments, &first).await;
    let refused = shop.payments.operator().acknowledge("order", &open, "seen").await.unwrap_err();
    assert!(matches!(refused.kind(), PayErrorKind::Refused(_)), "{refused:?}");
    // Any process that has the log will do.
    let operator = Operator::new(Arc::clone(&shop.store), shop.clock.clone());
    assert_eq!(operator.attempt(&first).await.unwrap().payment().contradictions(), open);
    let before = calls(&shop);
    let ruled = operator.acknowledge(&first, &open, "Aida: refunded in the portal").await.unwrap();
    assert_eq!((ruled.invoice(), ruled.payment().contradictions().is_empty()), (&first, true));
    assert_eq!(calls(&shop), before, "the bank was asked");
    let again = operator.acknowledge(&first, &open, "Aida: again").await.unwrap_err();
    assert!(matches!(again.kind(), PayErrorKind::Refused(_)), "{again:?}");
}

#[tokio::test]
async fn what_a_contradiction_kept_from_the_shop_is_told_once_it_is_acknowledged() {
    let heard = Heard::default();
    let shop = Shop::one_stage().with(|it| it.with_notification_handler(heard.clone()));
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(50_00)));
    let disputed = shop.pay("order").await;
    shop.deliver().await;
    assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention]);
    let open = shown(&shop.payments, "order").await;
    let operator = shop.payments.operator();
    let _ =
        operator.acknowledge(disputed.attempt().invoice(), &open, "Aida: agreed").await.unwrap();
    shop.deliver().await;
    assert_eq!(heard.kinds(), [NotificationKind::Captured]);
}

#[tokio::test]
async fn the_wait_for_a_step_is_given_up_by_invoice() {
    let shop = Shop::two_stage();
    let held = shop.pay("order").await;
    let invoice = held.attempt().invoice();
    shop.bank.inject_fault(Endpoint::Charge, FaultKind::CutBeforeEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let _ = shop.payments.capture("order", "capture-1", Money::tenge(10)).await.unwrap();
    let operator = shop.payments.operator();
    let early = operator.give_up(invoice, "capture-1", "no").await.unwrap_err();
    assert_eq!(early.kind(), PayErrorKind::TooEarly, "it may still be on its way");
    shop.wait(120);
    let other = operator.give_up(invoice, "other", "no").await.unwrap_err();
    assert!(matches!(other.kind(), PayErrorKind::Refused(_)));
    let ruled = operator.give_up(invoice, "capture-1", "Aida: the bank says no").await.unwrap();
    assert!(ruled.payment().pending().is_none());
    let history = shop.payments.history(invoice).await.unwrap();
    let last = &history.last().unwrap().kind;
    assert!(matches!(last, EventKind::GivenUp(_, note) if note.as_str().starts_with("Aida")));
    assert_eq!(fold(ruled.payment(), &history), *ruled.payment());
    let asked =
        history.iter().filter(|it| matches!(it.kind, EventKind::Asked(Command::Capture(..))));
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn an_attempt_that_is_not_in_the_log_is_an_error() {
    let shop = Shop::one_stage();
    let nobodys = InvoiceId::new("999999").unwrap();
    let error = shop.payments.operator().acknowledge(&nobodys, &[], "seen").await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::NoSuchAttempt);
    let error = shop.payments.operator().give_up("nobody's", "step", "seen").await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::NoSuchAttempt);
    let long = "x".repeat(501);
    let error = shop.payments.close("nobody's", &long).await.unwrap_err();
    assert!(matches!(error.kind(), PayErrorKind::Input | PayErrorKind::NoSuchAttempt));
}
