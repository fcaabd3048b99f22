//! Which operation at the bank is ours is never decided by arrival, nor by a number that was used
//! before.

use epay::{Contradiction, Money, NotificationKind, PayErrorKind, PaymentStatus};
use epay_domain::{BankText, EventKind, Origin, Refusal};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, cards};
use epay_tests::bench::{Call, DAY, HOUR, Heard, PRICE, Reply, Shop, fold, name, shown, step_name};
use std::time::Duration;

#[tokio::test]
async fn a_refund_goes_to_the_operation_that_the_status_names_whichever_was_heard_first() {
    for (reply, status) in [("one", "two"), ("two", "one")] {
        let shop = Shop::scripted();
        let paid = shop
            .pay_and("order", Reply::charged().named(reply), Reply::charged().named(status))
            .await;
        let invoice = paid.attempt().invoice().clone();
        assert_eq!(shop.payment(&invoice).await.transaction().unwrap().as_str(), status);
        let refund = shop.payments.refund("order", "refund-1", Money::tenge(1_000)).await;
        let unclear = PayErrorKind::Refused(Refusal::TransactionUnclear);
        assert_eq!(refund.unwrap_err().kind(), unclear, "nobody has judged which is ours");
        assert_eq!(shop.bank.calls(Call::Refund), 0);

        // The same facts in the other order make the same payment.
        let history = shop.payments.history(&invoice).await.unwrap();
        let mut turned = history.clone();
        let observed: Vec<usize> = (0..turned.len())
            .filter(|at| matches!(turned[*at].kind, EventKind::Observed(_)))
            .collect();
        turned.swap(observed[0], observed[1]);
        let payment = shop.payment(&invoice).await;
        let other = fold(&payment, &turned);
        assert_eq!(other.transaction(), payment.transaction());
        assert_eq!(other.contradictions(), payment.contradictions());

        let ours = epay::TransactionId::new(status).unwrap();
        let _ = shop
            .payments
            .operator()
            .choose_transaction("order", &ours, "by the portal")
            .await
            .unwrap();
        shop.bank.says(Call::Refund, Reply::step_done().named("ignored"));
        shop.bank.says(Call::Status, Reply::refunded(Money::tenge(1_000)).named(status));
        let refund = shop.payments.refund("order", "refund-1", Money::tenge(1_000)).await.unwrap();
        assert_eq!(step_name(&refund), "done");
    }
}

#[tokio::test]
async fn a_status_about_another_invoice_ends_no_wait_of_ours() {
    let shop = Shop::scripted();
    let held = shop.pay_and("order", Reply::held(), Reply::held()).await;
    shop.bank.says(Call::Capture, Reply::Lost);
    let elsewhere = Reply::held().changed(|seen| seen.invoice = Some(BankText::new("999999")));
    shop.bank.says(Call::Status, elsewhere);
    let lost = shop.payments.capture("order", "capture-1", PRICE).await.unwrap();
    assert_eq!(step_name(&lost), "unknown");
    shop.pass(HOUR).await;
    let payment = shop.payment(held.attempt().invoice()).await;
    assert!(payment.pending().is_some(), "it was not about our capture");
    let kinds: Vec<_> = payment.contradictions().iter().map(Contradiction::name).collect();
    assert_eq!(kinds, ["other_invoice"]);
}

#[tokio::test]
async fn a_strangers_payment_under_a_reused_number_is_not_paid() {
    let heard = Heard::default();
    let shop = Shop::one_stage().with(|it| it.with_notification_handler(heard.clone()));
    // The log was restored from a copy: the bank has taken this number long ago.
    let first = epay::InvoiceId::new("100000001").unwrap();
    shop.bank.book_stranger(&FakeBank::one_stage(), &first, PRICE, Duration::from_secs(DAY));
    let outcome = shop.pay_with("order", cards::INSUFFICIENT_FUNDS).await;
    assert_eq!((name(&outcome), outcome.attempt().invoice()), ("unknown", &first));
    let open = shown(&shop.payments, "order").await;
    let kinds: Vec<_> = open.iter().map(Contradiction::name).collect();
    assert!(kinds.contains(&"number_taken"), "{kinds:?}");
    shop.pass(2 * HOUR).await;
    while shop.deliver().await > 0 {}
    assert!(!heard.kinds().contains(&NotificationKind::Captured));
    assert_ne!(shop.payment(&first).await.status(), PaymentStatus::Paid);
}

#[tokio::test]
async fn what_says_that_it_is_anothers_teaches_nothing_until_a_person_chooses_it() {
    let shop = Shop::scripted();
    let strangers = || Reply::charged().changed(|seen| seen.origin = Origin::Other);
    let unknown = shop.pay_and("order", Reply::Lost, strangers()).await;
    assert_eq!(name(&unknown), "unknown");
    let kinds: Vec<_> =
        shown(&shop.payments, "order").await.iter().map(Contradiction::name).collect();
    assert_eq!(kinds, ["not_ours"]);
    let id = epay::TransactionId::new("op-100000001").unwrap();
    let _ = shop
        .payments
        .operator()
        .choose_transaction("order", &id, "it is ours after all")
        .await
        .unwrap();
    assert_eq!(name(&shop.status("order").await), "paid");
}

#[tokio::test]
async fn a_number_whose_last_six_digits_were_used_says_why_and_a_person_can_close_it() {
    let shop = Shop::one_stage();
    // Another range, with the same last six digits.
    let other = epay::InvoiceId::new("200000001").unwrap();
    shop.bank.book_stranger(&FakeBank::one_stage(), &other, PRICE, Duration::from_secs(DAY));
    let outcome = shop.pay("order").await;
    assert_eq!(name(&outcome), "unknown");
    let kinds: Vec<_> =
        shown(&shop.payments, "order").await.iter().map(Contradiction::name).collect();
    assert_eq!(kinds, ["number_taken"]);
    assert!(outcome_says(&outcome).contains("last six digits"), "{}", outcome_says(&outcome));
    shop.wait(HOUR);
    let note = "the range was used by the old shop";
    let closed = shop.payments.close("order", note).await.unwrap();
    assert_eq!(closed.payment().pending(), None);
    let open = shown(&shop.payments, "order").await;
    if !open.is_empty() {
        let _ = shop.payments.operator().acknowledge("order", &open, note).await.unwrap();
    }
    let again = shop.pay("order").await;
    assert_ne!(again.attempt().invoice(), outcome.attempt().invoice());
    shop.asked(Endpoint::Cryptopay, 2);
    assert_eq!(name(&again), "paid", "the next number is free");
}

fn outcome_says(outcome: &epay::Outcome) -> String {
    match outcome {
        epay::Outcome::Unknown(unknown) => unknown.to_string(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn an_operation_that_names_no_invoice_of_ours_concerns_nobody_however_it_is_written() {
    // What we read may be other text than what we issue.
    let shop = Shop::scripted();
    let strange = Reply::charged().changed(|seen| seen.invoice = Some(BankText::new("0000017")));
    let unknown = shop.pay_and("order", Reply::Lost, strange).await;
    assert_eq!(name(&unknown), "unknown");
    let payment = shop.payment(unknown.attempt().invoice()).await;
    assert_eq!(payment.transaction(), None, "it taught us nothing");
}

#[tokio::test]
async fn what_accountants_match_by_is_in_the_log_and_outlives_a_restart() {
    let shop = Shop::scripted();
    let detailed = Reply::charged().changed(|seen| {
        seen.details.reference = Some(BankText::new("109916604120"));
        seen.details.approval_code = Some(BankText::new("123456"));
        seen.details.card_mask = Some(BankText::new("440564...5096"));
    });
    let paid = shop.pay_and("order", Reply::Lost, detailed).await;
    let payment = paid.attempt().payment();
    let history = shop.payments.history(paid.attempt().invoice()).await.unwrap();
    for details in [payment.details(), fold(payment, &history).details()] {
        assert_eq!(details.reference.unwrap().as_str(), "109916604120");
        assert_eq!(details.approval_code.unwrap().as_str(), "123456");
        assert_eq!(details.card_mask.unwrap().as_str(), "440564...5096");
    }
}
