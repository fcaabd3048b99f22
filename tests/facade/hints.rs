//! Callbacks: a hint makes us check and moves nothing.

use epay::{HintOutcome, InvoiceId, Money};
use epay_domain::Clock;
use epay_http::Authenticity;
use epay_testkit::fakebank::{Amount, Endpoint, FaultKind, Millis, cards};
use epay_tests::bench::{Call, PRICE, Reply, Shop, card, hint, name, step_name, stored};

#[tokio::test]
async fn a_hint_makes_us_check_at_most_once_a_second() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let unknown = shop.pay("order").await;
    shop.wait(1);
    let told = hint(unknown.attempt().invoice(), Authenticity::Forged);
    assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
    shop.wait(1);
    assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1);
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
    let before = shop.bank.calls(Endpoint::Status);
    let writes = shop.store.writes();
    for _ in 0..1_000 {
        assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
        shop.reconcile().await;
    }
    shop.asked(Endpoint::Status, before);
    assert_eq!(shop.store.writes(), writes + 1, "what is due already costs nothing");
    shop.wait(1);
    assert_eq!(shop.reconcile().await.checked, 1, "a flood of hints is one check");
    assert_eq!(shop.reconcile().await.checked, 0);
}

#[tokio::test]
async fn whatever_a_hint_says_only_the_status_moves_the_payment() {
    for authenticity in [Authenticity::Proven, Authenticity::Unproven, Authenticity::Forged] {
        let shop = Shop::one_stage();
        let declined =
            shop.payments.pay("order", PRICE, card(cards::INSUFFICIENT_FUNDS)).await.unwrap();
        let told = hint(declined.attempt().invoice(), authenticity);
        assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
        shop.wait(1);
        assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1);
        assert_eq!(name(&shop.payments.status("order").await.unwrap()), "declined");
    }
}

#[tokio::test]
async fn a_hint_about_nobodys_invoice_asks_the_bank_nothing() {
    let shop = Shop::one_stage();
    let unreadable = epay::Hint { invoice: None, authenticity: Authenticity::Unproven };
    assert_eq!(shop.payments.hint(&unreadable).await.unwrap(), HintOutcome::NotOurs);
    let told = hint(&InvoiceId::new("999999").unwrap(), Authenticity::Unproven);
    assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::NotOurs);
    shop.payments.reconcile().await.unwrap();
    shop.asked(Endpoint::Status, 0);
}

#[tokio::test]
async fn a_hint_about_what_was_settled_finds_a_refund_in_the_banks_portal() {
    let shop = Shop::one_stage();
    let paid = shop.pay("order").await;
    let told = hint(paid.attempt().invoice(), Authenticity::Unproven);
    let transaction = paid.attempt().payment().transaction().unwrap().clone();
    let by_a_person = Amount::parse("1000.00");
    let now = Millis(shop.bank.clock().now().unix_millis());
    shop.bank
        .with_bank(|bank| bank.refund(None, transaction.as_str(), by_a_person, None, now))
        .unwrap();
    shop.wait(1);
    assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
    shop.wait(1);
    shop.payments.reconcile().await.unwrap();
    assert_eq!(
        shop.payments.status("order").await.unwrap().attempt().net_captured(),
        Some(Money::tenge(4_000))
    );
}

#[tokio::test]
async fn a_hint_that_comes_during_a_check_is_checked_after_it() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let unknown = shop.pay("order").await;
    let told = hint(unknown.attempt().invoice(), Authenticity::Unproven);
    shop.wait(10);
    let before = shop.bank.calls(Endpoint::Status);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::Delay(100));
    let checking = tokio::spawn({
        let payments = shop.payments.clone();
        async move { payments.reconcile().await.unwrap() }
    });
    while shop.bank.calls(Endpoint::Status) == before || shop.bank.clock().sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..1_000 {
        assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
    }
    shop.bank.clock().advance(std::time::Duration::from_millis(100));
    assert_eq!(checking.await.unwrap().checked, 1);
    shop.wait(1);
    assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1, "it was about something later");
}

#[tokio::test]
async fn a_flood_of_hints_about_what_the_bank_does_not_know_hardly_grows_the_log() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
    let unknown = shop.pay("order").await;
    let invoice = unknown.attempt().invoice().clone();
    let told = hint(&invoice, Authenticity::Forged);
    let mut checked = 0;
    for _ in 0..2_000 {
        shop.wait(1);
        assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
        checked += shop.reconcile().await.checked;
    }
    assert!((900..=2_000).contains(&checked), "{checked}");
    let events = shop.logged(&invoice).await;
    assert!(events < 100, "{events} events");
}

#[tokio::test]
async fn a_hint_that_was_noted_is_not_erased_by_a_refund() {
    let shop = Shop::scripted();
    let paid = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    let invoice = paid.attempt().invoice();
    shop.wait(60);
    let noted = shop.payments.hint(&hint(invoice, Authenticity::Unproven)).await.unwrap();
    assert_eq!(noted, HintOutcome::Due);
    let due = stored(&*shop.store, "order").await.schedule.next_check_at.unwrap();
    shop.bank.says(Call::Refund, Reply::step_done());
    let refund = shop.payments.refund("order", "refund-1", Money::tenge(1_000)).await.unwrap();
    assert_eq!(step_name(&refund), "done");
    let after = stored(&*shop.store, "order").await.schedule.next_check_at.unwrap();
    assert!(after <= due, "{after:?}, and was {due:?}");
}

#[tokio::test]
async fn a_hint_that_finds_a_check_planned_is_not_lost_to_a_pages_check() {
    for (waited, authenticity) in [
        (1, Authenticity::Proven),
        (1, Authenticity::Unproven),
        (5, Authenticity::Proven),
        (5, Authenticity::Unproven),
    ] {
        let shop = Shop::one_stage();
        let invoice = shop.pay_unknown("order").await;
        shop.wait(waited);
        let before = shop.bank.calls(Endpoint::Status);
        shop.bank.inject_fault(Endpoint::Status, FaultKind::Delay(100));
        let page = tokio::spawn({
            let payments = shop.payments.clone();
            async move { payments.check_status("order").await.unwrap() }
        });
        while shop.bank.calls(Endpoint::Status) == before || shop.bank.clock().sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        let transaction = shop.booked(&invoice).id;
        let now = Millis(shop.bank.clock().now().unix_millis());
        let part = Amount::parse("1000.00");
        shop.bank.with_bank(|bank| bank.refund(None, &transaction, part, None, now)).unwrap();
        let told = hint(&invoice, authenticity);
        assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
        shop.bank.clock().advance(std::time::Duration::from_millis(100));
        let seen = page.await.unwrap();
        assert_eq!(seen.attempt().net_captured(), Some(PRICE), "it has asked before the refund");
        shop.wait(1);
        assert_eq!(shop.reconcile().await.checked, 1, "{waited} {authenticity:?}");
        assert_eq!(shop.status("order").await.attempt().net_captured(), Some(Money::tenge(4_000)));
    }
}

#[tokio::test]
async fn a_hint_that_finds_a_check_planned_is_not_lost_to_a_pages_check_that_fails() {
    let shop = Shop::one_stage();
    let invoice = shop.pay_unknown("order").await;
    shop.wait(1);
    let told = hint(&invoice, Authenticity::Proven);
    assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "unknown");
    shop.wait(1);
    assert_eq!(shop.reconcile().await.checked, 1);
    assert_eq!(name(&shop.status("order").await), "paid");
}
