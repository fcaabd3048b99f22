//! Callbacks and flags: a hint makes us look and moves nothing; a contradiction waits for a person.

use crate::{PRICE, Shop, card, name};
use epay::domain::Clock;
use epay::domain::{Flag, InvoiceId};
use epay::http::Authenticity;
use epay::{ActsNext, Hint, HintOutcome, Money, Outcome, PayErrorKind};
use epay_testkit::fakebank::{Amount, Endpoint, FaultKind, Millis, Misbooking, cards};

fn hint(invoice: &InvoiceId, authenticity: Authenticity) -> Hint {
    Hint { invoice: invoice.clone(), authenticity }
}

#[tokio::test]
async fn a_hint_makes_us_look_at_most_once_a_second() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let unknown = shop.pay("order").await;
    shop.wait(1);
    let hint = hint(unknown.attempt().invoice(), Authenticity::Forged);
    assert_eq!(shop.payments.hint(&hint).await.unwrap(), HintOutcome::Due);
    assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1);
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
    let before = shop.bank.calls(Endpoint::Status);
    for _ in 0..1_000 {
        assert_eq!(shop.payments.hint(&hint).await.unwrap(), HintOutcome::Due);
        shop.payments.reconcile().await.unwrap();
    }
    shop.asked(Endpoint::Status, before);
    shop.wait(1);
    assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1, "a flood of hints is one look");
    assert_eq!(shop.payments.reconcile().await.unwrap().checked, 0);
}

#[tokio::test]
async fn whatever_a_hint_says_only_the_status_moves_the_payment() {
    for authenticity in [Authenticity::Proven, Authenticity::Unproven, Authenticity::Forged] {
        let shop = Shop::one_stage();
        let declined =
            shop.payments.pay("order", PRICE, card(cards::INSUFFICIENT_FUNDS)).await.unwrap();
        let hint = hint(declined.attempt().invoice(), authenticity);
        assert_eq!(shop.payments.hint(&hint).await.unwrap(), HintOutcome::Due);
        assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1);
        assert_eq!(name(&shop.payments.status("order").await.unwrap()), "declined");
    }
}

#[tokio::test]
async fn a_hint_about_nobodys_invoice_asks_the_bank_nothing() {
    let shop = Shop::one_stage();
    let hint = hint(&InvoiceId::new("999999").unwrap(), Authenticity::Unproven);
    assert_eq!(shop.payments.hint(&hint).await.unwrap(), HintOutcome::NotOurs);
    shop.payments.reconcile().await.unwrap();
    shop.asked(Endpoint::Status, 0);
}

#[tokio::test]
async fn a_hint_about_what_was_settled_finds_a_refund_in_the_banks_portal() {
    let shop = Shop::one_stage();
    let paid = shop.pay("order").await;
    let hint = hint(paid.attempt().invoice(), Authenticity::Unproven);
    let transaction = paid.attempt().payment().transaction().unwrap().clone();
    let by_a_person = Amount::parse("1000.00");
    let now = Millis(shop.bank.clock().now().unix_millis());
    shop.bank
        .with_bank(|bank| bank.refund(None, transaction.as_str(), by_a_person, None, now))
        .unwrap();
    shop.wait(1);
    assert_eq!(shop.payments.hint(&hint).await.unwrap(), HintOutcome::Due);
    shop.payments.reconcile().await.unwrap();
    assert_eq!(
        shop.payments.status("order").await.unwrap().attempt().net_captured(),
        Money::kzt(4_000_00)
    );
}

#[tokio::test]
async fn another_sum_waits_for_a_person() {
    // The reply told the right sum and the status another; or the reply was lost and there is only the other one.
    for (reply, flag) in
        [(None, Flag::TwoCapturedSums), (Some(FaultKind::CutAfterEffect), Flag::WrongAmount)]
    {
        let shop = Shop::one_stage();
        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(1_00)));
        reply.into_iter().for_each(|what| shop.bank.inject_fault(Endpoint::Cryptopay, what));
        let outcome = shop.pay("order").await;
        let Outcome::Unknown(watch) = &outcome else { panic!("{outcome:?}") };
        assert_eq!(watch.flags().iter().collect::<Vec<_>>(), [flag]);
        assert_eq!(outcome.acts_next(), ActsNext::Person);
        let again = shop.pay("order").await;
        assert_eq!(name(&again), "unknown");
        shop.asked(Endpoint::Cryptopay, 1);

        let seen =
            shop.payments.acknowledge("order", "the bank corrects it, ticket 17").await.unwrap();
        assert!(seen.attempt().payment().flags().is_empty());
        let error = shop.payments.acknowledge("order", "again").await.unwrap_err();
        assert!(matches!(error.kind(), PayErrorKind::Refused(_)), "nothing is left to acknowledge");
    }
}

#[tokio::test]
async fn a_hint_that_comes_while_somebody_looks_is_looked_after_too() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let unknown = shop.pay("order").await;
    let hint = hint(unknown.attempt().invoice(), Authenticity::Unproven);
    shop.wait(10);
    let before = shop.bank.calls(Endpoint::Status);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::Delay(100));
    let looking = tokio::spawn({
        let payments = shop.payments.clone();
        async move { payments.reconcile().await.unwrap() }
    });
    while shop.bank.calls(Endpoint::Status) == before || shop.bank.clock().sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..1_000 {
        assert_eq!(shop.payments.hint(&hint).await.unwrap(), HintOutcome::Due);
    }
    shop.bank.clock().advance(std::time::Duration::from_millis(100));
    assert_eq!(looking.await.unwrap().checked, 1);
    shop.wait(1);
    assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1, "it was about something later");
}

#[tokio::test]
async fn a_flood_of_hints_about_what_the_bank_does_not_know_hardly_grows_the_log() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
    let unknown = shop.pay("order").await;
    let invoice = unknown.attempt().invoice().clone();
    let hint = hint(&invoice, Authenticity::Forged);
    for _ in 0..2_000 {
        shop.wait(1);
        assert_eq!(shop.payments.hint(&hint).await.unwrap(), HintOutcome::Due);
        assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1);
    }
    let events = shop.payments.history(&invoice).await.unwrap();
    assert!(events.len() < 200, "{} events", events.len());
    let last = events.last().unwrap().at;
    let ago = epay::domain::Clock::now(&shop.bank.clock()).since(last);
    assert!(ago.as_secs() <= 2_000 / 30, "the log says so of {ago:?} ago");
}
