//! The payer's detour: shown, brought back, abandoned, forged.

use epay::{Outcome, PayErrorKind, PayerChallenge, ThreeDsAnswer};
use epay_domain::Challenge;
use epay_testkit::fakebank::{Endpoint, FaultKind, PayerChoice, cards};
use epay_tests::bench::{
    Call, DAY, MINUTE, PRICE, Reply, Shop, card, name, three_ds_answer, timeouts,
};
use std::time::Duration;

async fn challenged(shop: &Shop) -> PayerChallenge {
    match shop.payments.pay("order", PRICE, card(cards::THREE_DS)).await.unwrap() {
        Outcome::AskPayer(challenge) => challenge,
        other => panic!("{other:?}"),
    }
}

fn challenge(ask: &PayerChallenge) -> &Challenge {
    ask.attempt().payment().challenge().unwrap()
}

pub(crate) fn answer(shop: &Shop, ask: &PayerChallenge, choice: PayerChoice) -> ThreeDsAnswer {
    shop.bank.payer_answers(challenge(ask), choice).unwrap()
}

#[tokio::test]
async fn the_payer_answers_and_the_status_decides() {
    for (choice, expected) in [(PayerChoice::Approve, "paid"), (PayerChoice::Decline, "declined")] {
        let shop = Shop::one_stage();
        let ask = challenged(&shop).await;
        let outcome =
            shop.payments.confirm(&ask.state(), answer(&shop, &ask, choice)).await.unwrap();
        assert_eq!(name(&outcome), expected);
        shop.asked(Endpoint::Confirm, 1);
    }
}

#[tokio::test]
async fn the_form_leads_back_to_the_payment() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    for (url, link) in [
        ("https://shop.example/3ds", "/3ds?state="),
        ("https://shop.example/3ds?a=1", "a=1&#38;state="),
    ] {
        let form = ask.form(url).unwrap();
        assert!(form.html().contains(&format!("{link}{}", ask.state())), "{}", form.html());
    }
    // A page loaded again shows the same challenge, and asks the bank for nothing.
    let again = challenged(&shop).await;
    assert_eq!(challenge(&again), challenge(&ask));
    assert_eq!(again.state(), ask.state());
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn a_challenge_in_a_log_is_the_attempt_and_nothing_more() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    assert_eq!(format!("{ask:?}"), format!("PayerChallenge({:?})", ask.attempt().invoice()));
}

#[tokio::test]
async fn a_return_that_is_not_this_payments_moves_nothing() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    let state = ask.state();
    let [invoice, asked_at, tag] = state.split('.').collect::<Vec<_>>()[..] else {
        panic!("{state}")
    };
    let later = format!("{}9", &asked_at[..asked_at.len() - 1]);
    assert_ne!(later, asked_at);
    let good = || answer(&shop, &ask, PayerChoice::Approve);
    let other_md = ThreeDsAnswer::new(good().pa_res().into(), "other".into());
    for (state, answer) in [
        (format!("{invoice}.{asked_at}.{}", "A".repeat(43)), good()),
        (format!("{invoice}.{asked_at}."), good()),
        (format!("{invoice}.{later}.{tag}"), good()),
        (format!("{invoice}.{tag}"), good()),
        (format!("100000099.{asked_at}.{tag}"), good()),
        (invoice.to_owned(), good()),
        (String::new(), good()),
        (ask.state(), other_md),
    ] {
        let error = shop.payments.confirm(&state, answer).await.unwrap_err();
        assert_eq!(error.kind(), PayErrorKind::ForeignReturn, "{state}");
    }
    shop.asked(Endpoint::Confirm, 0);
    assert_eq!(name(&shop.payments.confirm(&ask.state(), good()).await.unwrap()), "paid");
}

#[tokio::test]
async fn returns_that_come_twice_or_at_once_confirm_once() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    let returns = (0..8).map(|_| {
        let (payments, state) = (shop.payments.clone(), ask.state());
        let answer = answer(&shop, &ask, PayerChoice::Approve);
        tokio::spawn(async move { payments.confirm(&state, answer).await.unwrap() })
    });
    for one in returns.collect::<Vec<_>>() {
        let _ = one.await.unwrap();
    }
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "paid");
    shop.asked(Endpoint::Confirm, 1);
    assert!(shop.bank.calls(Endpoint::Status) <= 3, "a reloaded page does not flood the bank");
}

#[tokio::test]
async fn a_confirm_that_was_lost_is_found_by_one_check() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    shop.bank.inject_fault(Endpoint::Confirm, FaultKind::CutAfterEffect);
    let outcome = shop
        .payments
        .confirm(&ask.state(), answer(&shop, &ask, PayerChoice::Approve))
        .await
        .unwrap();
    assert_eq!(name(&outcome), "paid");
    shop.asked(Endpoint::Confirm, 1);
}

#[tokio::test]
async fn a_payer_who_left_pays_with_a_new_attempt_and_comes_back_too_late() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    let late = answer(&shop, &ask, PayerChoice::Approve);
    assert_eq!(name(&shop.payments.abandon("order").await.unwrap()), "not executed");
    assert_eq!(name(&shop.pay("order").await), "paid");
    assert_eq!(name(&shop.payments.confirm(&ask.state(), late).await.unwrap()), "not executed");
    shop.asked(Endpoint::Confirm, 0);
    assert_eq!(shop.ledger(), [(0, 0), (PRICE.minor(), 0)]);
}

#[tokio::test]
async fn the_wait_for_the_payer_ends() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    shop.wait(29 * 60);
    let _ = shop.payments.reconcile().await.unwrap();
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "ask payer");
    shop.wait(7 * 60);
    let _ = shop.payments.reconcile().await.unwrap();
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "not executed");
    let late = answer(&shop, &ask, PayerChoice::Approve);
    let outcome = shop.payments.confirm(&ask.state(), late).await.unwrap();
    assert_eq!(name(&outcome), "not executed");
    shop.asked(Endpoint::Confirm, 0);
}

#[tokio::test]
async fn only_a_payment_that_waits_for_its_payer_can_be_abandoned() {
    let shop = Shop::one_stage();
    let _ = shop.pay("order").await;
    let error = shop.payments.abandon("order").await.unwrap_err();
    assert!(matches!(error.kind(), PayErrorKind::Refused(_)), "{error}");
    assert_eq!(
        shop.payments.abandon("nobody's").await.unwrap_err().kind(),
        PayErrorKind::NoSuchAttempt
    );
}

#[tokio::test]
async fn a_page_that_comes_back_again_checks_and_not_beside_one_that_is_checking() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    let good = || answer(&shop, &ask, PayerChoice::Approve);
    let first = good();
    shop.bank.inject_fault(Endpoint::Confirm, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let again = [good(), good(), good()];
    assert_eq!(name(&shop.payments.confirm(&ask.state(), first).await.unwrap()), "unknown");
    shop.wait(1);
    let before = shop.bank.calls(Endpoint::Status);
    let [hanging, beside, later] = again;
    shop.bank.inject_fault(Endpoint::Status, FaultKind::Delay(10_000));
    let state = ask.state();
    let looking = async {
        while shop.bank.calls(Endpoint::Status) == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        outcome = shop.payments.confirm(&state, hanging) => panic!("the bank takes its time: {outcome:?}"),
        () = looking => {}
    }
    assert_eq!(name(&shop.payments.confirm(&state, beside).await.unwrap()), "unknown");
    shop.asked(Endpoint::Status, before + 1);
    shop.wait(1);
    assert_eq!(name(&shop.payments.confirm(&state, later).await.unwrap()), "paid");
    shop.asked(Endpoint::Status, before + 2);
    shop.asked(Endpoint::Confirm, 1);
}

#[tokio::test]
async fn a_confirm_that_never_left_can_be_handed_in_again() {
    let shop = Shop::scripted();
    let asks = shop.pay_and("order", Reply::challenge(), Reply::not_found()).await;
    let Outcome::AskPayer(asks) = &asks else { panic!("{asks:?}") };
    shop.bank.next(Call::Confirm, [Reply::NotSent, Reply::NotSent]);
    shop.bank.says(Call::Confirm, Reply::charged());
    // One failed call for a token: the payer has passed 3-D Secure, and their page says so again.
    for _ in 0..2 {
        let unsent = shop.payments.confirm(&asks.state(), three_ds_answer()).await.unwrap();
        assert_eq!(name(&unsent), "ask payer");
    }
    shop.bank.says(Call::Status, Reply::charged());
    let paid = shop.payments.confirm(&asks.state(), three_ds_answer()).await.unwrap();
    assert_eq!((name(&paid), shop.bank.calls(Call::Confirm)), ("paid", 3));
    let _ = shop.payments.confirm(&asks.state(), three_ds_answer()).await.unwrap();
    assert_eq!(shop.bank.calls(Call::Confirm), 3, "what has left is never handed in again");
}

#[tokio::test]
async fn a_confirm_that_may_have_left_is_never_handed_in_again() {
    let shop = Shop::scripted();
    let asks = shop.pay_and("order", Reply::challenge(), Reply::not_found()).await;
    let Outcome::AskPayer(asks) = &asks else { panic!("{asks:?}") };
    shop.bank.next(Call::Confirm, [Reply::NotSent, Reply::Lost]);
    for expected in ["ask payer", "unknown", "unknown", "unknown"] {
        let outcome = shop.payments.confirm(&asks.state(), three_ds_answer()).await.unwrap();
        assert_eq!(name(&outcome), expected);
    }
    assert_eq!(shop.bank.calls(Call::Confirm), 2);
}

#[tokio::test]
async fn a_return_link_outlives_the_process_that_made_it() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    let restarted = shop.another_process();
    let back = answer(&shop, &ask, PayerChoice::Approve);
    assert_eq!(name(&restarted.confirm(&ask.state(), back).await.unwrap()), "paid");
}

#[tokio::test]
async fn a_return_link_says_how_the_payment_stands_for_a_day_after_the_payers_time() {
    let shop = Shop::one_stage();
    let ask = challenged(&shop).await;
    let given = answer(&shop, &ask, PayerChoice::Approve);
    let answer = || ThreeDsAnswer::new(given.pa_res().into(), given.md().into());
    assert_eq!(name(&shop.payments.confirm(&ask.state(), answer()).await.unwrap()), "paid");
    shop.wait(DAY + 30 * MINUTE);
    assert_eq!(name(&shop.payments.confirm(&ask.state(), answer()).await.unwrap()), "paid");
    shop.wait(1);
    let expired = shop.payments.confirm(&ask.state(), answer()).await.unwrap_err();
    assert_eq!(expired.kind(), PayErrorKind::ReturnExpired);
    let foreign = format!("{}x", ask.state());
    let foreign = shop.payments.confirm(&foreign, answer()).await.unwrap_err();
    assert_eq!(foreign.kind(), PayErrorKind::ForeignReturn);
}

#[tokio::test]
async fn a_payer_who_has_for_ever_comes_back_whenever_they_like() {
    let shop = Shop::one_stage();
    let for_ever = timeouts(|it| it.payer = Duration::MAX);
    let shop = shop.with(|it| it.with_timeouts(for_ever));
    let ask = challenged(&shop).await;
    let given = answer(&shop, &ask, PayerChoice::Approve);
    shop.wait(DAY + 31 * MINUTE);
    let answer = ThreeDsAnswer::new(given.pa_res().into(), given.md().into());
    assert_eq!(name(&shop.payments.confirm(&ask.state(), answer).await.unwrap()), "paid");
}
