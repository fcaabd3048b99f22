//! The payer pays at the bank's own form: whatever they do there is found out, and nothing is charged twice.

use std::time::Duration;

use futures_util::FutureExt;

use epay::{
    ActsNext, HandOver, NextCall, Outcome, PayErrorKind, PayForm, PayerCharged, PaymentRequest,
};
use epay_domain::{Clock, Fact};
use epay_testkit::fakebank::{Dedupe, Endpoint, FaultKind, PayerChoice, cards};
use epay_tests::bench::{
    Call, DAY, HOUR, MINUTE, PRICE, Reply, Shop, TOKEN_LIFE, card, kinds, name,
};

const LIFE: u64 = TOKEN_LIFE.as_secs();

fn links() -> PaymentRequest {
    PaymentRequest::new("Order 17").unwrap()
}

async fn form<B>(shop: &Shop<B>, order: &str) -> PayForm {
    match shop.payments.hand_over(order, PRICE, &links()).await.unwrap() {
        HandOver::Form(form) => form,
        HandOver::Outcome(outcome) => panic!("{outcome:?}"),
    }
}

async fn outcome<B>(shop: &Shop<B>, order: &str) -> Outcome {
    match shop.payments.hand_over(order, PRICE, &links()).await.unwrap() {
        HandOver::Outcome(outcome) => outcome,
        HandOver::Form(form) => panic!("{form:?}"),
    }
}

/// The payer types a card there.
fn pays(shop: &Shop, form: &PayForm, number: &str) -> String {
    shop.bank.pay_at_form(form.expose_params(), number).unwrap().unwrap()
}

#[tokio::test]
async fn what_was_paid_at_the_form_is_found_out_without_a_callback() {
    for (two_stage, end) in [(false, "paid"), (true, "held")] {
        let shop = if two_stage { Shop::two_stage() } else { Shop::one_stage() };
        let form = form(&shop, "order-17").await;
        let waits = shop.status("order-17").await;
        assert_eq!((name(&waits), waits.acts_next()), ("at pay form", ActsNext::Payer));
        assert_eq!(waits.next_call(), NextCall::HandOver);
        assert_eq!(waits.payer_charged(), PayerCharged::NotKnownYet);
        pays(&shop, &form, cards::VISA_OK);
        shop.wait(30);
        shop.reconcile().await;
        assert_eq!(name(&shop.status("order-17").await), end);
        assert_eq!(name(&outcome(&shop, "order-17").await), end);
        shop.asked(Endpoint::Cryptopay, 0);
        shop.asked(Endpoint::PayForm, 1);
    }
}

#[tokio::test]
async fn a_card_that_is_kept_at_the_form_pays_the_next_order() {
    let shop = Shop::one_stage();
    let request = links().with_account("payer-7").unwrap().with_saved_card(true);
    let handed_over = shop.payments.hand_over("order-17", PRICE, &request).await.unwrap();
    let HandOver::Form(form) = handed_over else { panic!("{handed_over:?}") };
    pays(&shop, &form, cards::VISA_OK);
    let paid = shop.payments.check_status("order-17").await.unwrap();
    let kept = paid.attempt().saved_card().unwrap().id;
    let [listed] = shop.payments.saved_cards("payer-7").await.unwrap().try_into().unwrap();
    assert_eq!(listed.id, kept);
    let next = shop.payments.pay("order-18", PRICE, kept).await.unwrap();
    assert_eq!(name(&next), "paid");
}

#[tokio::test]
async fn three_d_secure_at_the_form_needs_no_confirm_of_ours() {
    let shop = Shop::one_stage();
    let form = form(&shop, "order-17").await;
    let id = pays(&shop, &form, cards::THREE_DS);
    // Begun while the token lived, and ended after.
    shop.wait(LIFE + 10 * MINUTE);
    let under_way = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!(name(&under_way), "unknown");
    assert!(shop.payments.abandon("order-17").await.is_err());
    assert!(shop.bank.confirm_at_form(&id, PayerChoice::Approve));
    assert_eq!(name(&shop.payments.check_status("order-17").await.unwrap()), "paid");
    assert_eq!(shop.ledger(), [(PRICE.minor(), 0)]);
}

#[tokio::test]
async fn a_page_that_is_loaded_again_is_of_the_same_invoice() {
    let shop = Shop::one_stage();
    let first = form(&shop, "order-17").await;
    shop.wait(10 * MINUTE);
    let second = form(&shop, "order-17").await;
    assert_eq!(first.attempt().invoice(), second.attempt().invoice());
    assert_ne!(first.expose_params(), second.expose_params());
    assert!(
        !format!("{first:?}").contains("access_token")
            && first.expose_params().contains("access_token")
    );
    let until = |form: &PayForm| form.attempt().payment().handed_over_until().unwrap();
    assert_eq!(until(&second), until(&first) + Duration::from_secs(10 * MINUTE));
    // Whichever page they pay on, the other one does not take a card any more.
    pays(&shop, &first, cards::VISA_OK);
    assert!(shop.bank.pay_at_form(second.expose_params(), cards::VISA_OK).is_err());
    assert_eq!(name(&outcome(&shop, "order-17").await), "paid");
    assert_eq!(shop.ledger(), [(PRICE.minor(), 0)]);
}

#[tokio::test]
async fn while_it_lives_no_other_attempt_and_no_other_sum() {
    let shop = Shop::one_stage();
    let form = form(&shop, "order-17").await;
    let other = epay::Money::tenge(1);
    let changed = shop.payments.hand_over("order-17", other, &links()).await.unwrap_err();
    assert_eq!(changed.kind(), PayErrorKind::AmountChanged);
    let by_card = shop.payments.pay("order-17", PRICE, card(cards::VISA_OK)).await.unwrap();
    assert_eq!(name(&by_card), "at pay form");
    assert_eq!(by_card.attempt().invoice(), form.attempt().invoice());
    assert!(shop.payments.pay_again("order-17", "anew").await.is_err());
    assert!(shop.payments.abandon("order-17").await.is_err());
    assert!(shop.payments.reopen("order-17").await.is_err());
    shop.asked(Endpoint::Cryptopay, 0);
    // And an order that is paid by card is not handed over.
    let shop = Shop::one_stage();
    shop.pay_unknown("order-18").await;
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(name(&outcome(&shop, "order-18").await), "unknown");
    shop.asked(Endpoint::Token, 0);
}

#[tokio::test]
async fn a_card_that_failed_ends_it_only_when_the_token_is_over() {
    let shop = Shop::one_stage();
    let form_one = form(&shop, "order-17").await;
    pays(&shop, &form_one, cards::INSUFFICIENT_FUNDS);
    let waits = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!(name(&waits), "at pay form");
    assert!(waits.attempt().payment().dead().is_none());
    shop.wait(LIFE);
    let over = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!((name(&over), over.payer_charged()), ("declined", PayerCharged::No));
    // Then the order may be paid, under another number.
    let next = form(&shop, "order-17").await;
    assert_ne!(next.attempt().invoice(), form_one.attempt().invoice());
    pays(&shop, &next, cards::VISA_OK);
    assert_eq!(name(&outcome(&shop, "order-17").await), "paid");
    assert_eq!(shop.ledger().iter().map(|(taken, _)| taken).sum::<u64>(), PRICE.minor());
}

#[tokio::test]
async fn a_second_card_after_a_decline_is_the_same_attempt() {
    let shop = Shop::one_stage();
    shop.bank.with_bank(|bank| bank.switches_mut().dedupe = Dedupe::Off);
    let first = form(&shop, "order-17").await;
    pays(&shop, &first, cards::INSUFFICIENT_FUNDS);
    let _ = shop.payments.check_status("order-17").await.unwrap();
    let second = form(&shop, "order-17").await;
    let id = pays(&shop, &second, cards::VISA_OK);
    let paid = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!(name(&paid), "paid");
    assert_eq!(paid.attempt().payment().transaction().unwrap().as_str(), id);
    assert!(paid.attempt().payment().contradictions().is_empty());
    let refunded = shop.payments.refund("order-17", "refund-1", PRICE).await.unwrap();
    assert_eq!(refunded.payer_charged(), PayerCharged::No);
}

#[tokio::test]
async fn two_cards_that_both_went_through_are_for_a_person() {
    let shop = Shop::one_stage();
    shop.bank.with_bank(|bank| bank.switches_mut().dedupe = Dedupe::Off);
    let first = form(&shop, "order-17").await;
    let second = form(&shop, "order-17").await;
    pays(&shop, &first, cards::VISA_OK);
    assert_eq!(name(&shop.payments.check_status("order-17").await.unwrap()), "paid");
    pays(&shop, &second, cards::VISA_OK);
    let both = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!(kinds(&both.attempt().payment().contradictions()), ["two_transactions"]);
}

#[tokio::test]
async fn a_payer_who_left_is_closed_when_the_window_after_the_token_is_full() {
    let shop = Shop::one_stage();
    let form = form(&shop, "order-17").await;
    shop.pass(DAY).await;
    // What was not found while they could pay does not count.
    assert_eq!(name(&shop.status("order-17").await), "at pay form");
    let counted = shop.payment(form.attempt().invoice()).await.pending().unwrap().not_found_for;
    assert!(counted.unwrap() <= Duration::from_secs(DAY - LIFE), "{counted:?}");
    shop.pass(2 * HOUR).await;
    assert_eq!(name(&shop.status("order-17").await), "abandoned");
    // Its form is dead, and the order is paid another way.
    assert!(shop.bank.pay_at_form(form.expose_params(), cards::VISA_OK).is_err());
    assert_eq!(name(&shop.pay("order-17").await), "paid");
    assert_eq!(shop.ledger(), [(PRICE.minor(), 0)]);
}

#[tokio::test]
async fn what_was_paid_at_the_last_second_and_shown_late_is_found() {
    let shop = Shop::one_stage();
    let form = form(&shop, "order-17").await;
    shop.wait(LIFE - 1);
    shop.bank.inject_fault(Endpoint::PayForm, FaultKind::LateVisible(6 * HOUR * 1_000));
    pays(&shop, &form, cards::VISA_OK);
    shop.pass(5 * HOUR).await;
    assert_eq!(name(&shop.status("order-17").await), "at pay form");
    shop.pass(3 * HOUR).await;
    assert_eq!(name(&shop.status("order-17").await), "paid");
}

#[tokio::test]
async fn money_that_comes_after_the_close_is_a_late_success() {
    let shop = Shop::one_stage();
    let form = form(&shop, "order-17").await;
    shop.wait(LIFE - 1);
    shop.bank.inject_fault(Endpoint::PayForm, FaultKind::LateVisible(2 * DAY * 1_000));
    pays(&shop, &form, cards::VISA_OK);
    shop.pass(27 * HOUR).await;
    assert_eq!(name(&shop.status("order-17").await), "abandoned");
    let again = shop.pay("order-17").await;
    assert_eq!(name(&again), "paid");
    shop.pass(2 * DAY).await;
    // Both were taken, and the first was given back.
    assert_eq!(shop.booked(form.attempt().invoice()).refunded().minor(), PRICE.minor());
    assert_eq!(shop.booked(again.attempt().invoice()).refunded().minor(), 0);
}

#[tokio::test]
async fn a_person_ends_it_only_when_nobody_can_pay_any_more() {
    let shop = Shop::one_stage();
    let form = form(&shop, "order-17").await;
    shop.wait(10 * MINUTE);
    let early = shop.payments.close("order-17", "they called").await.unwrap_err();
    assert_eq!(early.kind(), PayErrorKind::TooEarly);
    // A clock that jumps shortens nothing.
    shop.clock.set_wall(shop.clock.now() + Duration::from_secs(DAY));
    let jumped = shop.payments.close("order-17", "they called").await.unwrap_err();
    assert_eq!(jumped.kind(), PayErrorKind::TooEarly);
    shop.wait(LIFE);
    shop.payments.close("order-17", "they called").await.unwrap();
    assert_eq!(name(&shop.status(form.attempt().order().as_str()).await), "abandoned");
}

#[tokio::test]
async fn a_clock_that_jumps_makes_no_decline_of_a_card_that_failed() {
    let shop = Shop::one_stage();
    shop.bank.with_bank(|bank| bank.switches_mut().dedupe = Dedupe::Off);
    let first = form(&shop, "order-17").await;
    pays(&shop, &first, cards::INSUFFICIENT_FUNDS);
    shop.clock.set_wall(shop.clock.now() + Duration::from_secs(HOUR));
    let waits = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!(name(&waits), "at pay form");
    // Another process has not seen the time pass either.
    let other = shop.another_process();
    assert_eq!(name(&other.check_status("order-17").await.unwrap()), "at pay form");
    shop.wait(LIFE);
    assert_eq!(name(&other.check_status("order-17").await.unwrap()), "declined");
}

#[tokio::test]
async fn without_a_token_nobody_was_handed_over() {
    let shop = Shop::one_stage();
    shop.bank.disconnect(true);
    let error = shop.payments.hand_over("order-17", PRICE, &links()).await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::PayForm);
    assert_eq!(name(&shop.status("order-17").await), "not asked");
    shop.bank.disconnect(false);
    let form = form(&shop, "order-17").await;
    // From then on there is no error: the payer may be paying by the form that they have.
    shop.bank.disconnect(true);
    let stands = outcome(&shop, "order-17").await;
    assert_eq!(
        (name(&stands), stands.attempt().invoice()),
        ("at pay form", form.attempt().invoice())
    );
    let zero = epay::Money::tenge(0);
    let error = shop.payments.hand_over("order-18", zero, &links()).await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::Amount);
}

#[tokio::test]
async fn a_caller_who_goes_before_the_token_comes_has_asked_for_nothing() {
    let shop = Shop::scripted();
    shop.bank.says(Call::PayForm, Reply::Hangs);
    let request = links();
    let waits = shop.payments.hand_over("order-17", PRICE, &request).now_or_never();
    assert!(waits.is_none());
    assert_eq!(name(&shop.status("order-17").await), "not asked");
    shop.bank.says(Call::PayForm, Reply::in_progress());
    let form = form(&shop, "order-17").await;
    assert!(form.attempt().payment().handed_over_until().is_some());
}

#[tokio::test]
async fn many_hand_overs_at_once_are_of_one_invoice() {
    let shop = Shop::one_stage();
    let request = links();
    let many = (0..8).map(|at| {
        let payments = if at % 2 == 0 { shop.payments.clone() } else { shop.another_process() };
        let request = &request;
        async move { payments.hand_over("order-17", PRICE, request).await.unwrap() }
    });
    let invoices = futures_util::future::join_all(many).await.into_iter().map(|it| match it {
        HandOver::Form(form) => form.attempt().invoice().clone(),
        HandOver::Outcome(outcome) => outcome.attempt().invoice().clone(),
    });
    let invoices: std::collections::BTreeSet<_> = invoices.collect();
    assert_eq!(invoices.len(), 1);
}

#[tokio::test]
async fn an_attempt_that_another_way_of_paying_has_taken_is_not_handed_over() {
    let shop = Shop::scripted();
    // Between the token and the log, somebody pays by card.
    let other = shop.another_process();
    shop.bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::not_found());
    let _ = other.pay("order-17", PRICE, epay_tests::bench::sealed()).await.unwrap();
    let stands = outcome(&shop, "order-17").await;
    assert_eq!(name(&stands), "unknown");
    shop.bank.says(Call::Status, Reply::charged());
    assert_eq!(name(&outcome(&shop, "order-17").await), "paid");
}

#[tokio::test]
async fn another_sum_than_was_handed_over_is_for_a_person() {
    let shop = Shop::scripted();
    shop.bank.says(Call::Status, Reply::not_found()).says(Call::PayForm, Reply::in_progress());
    let _ = form(&shop, "order-17").await;
    shop.bank.says(Call::Status, Reply::charged_of(epay::Money::tenge(1)));
    let paid = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!(kinds(&paid.attempt().payment().contradictions()), ["wrong_amount"]);
}

#[tokio::test]
async fn a_try_that_is_under_way_outlives_another_that_failed() {
    let shop = Shop::scripted();
    shop.bank.says(Call::PayForm, Reply::in_progress());
    shop.bank.says(Call::Status, Reply::fact(Fact::InProgress).named("op-a"));
    let _ = form(&shop, "order-17").await;
    let _ = shop.payments.check_status("order-17").await.unwrap();
    shop.wait(LIFE);
    shop.bank.says(Call::Status, Reply::declined(484).named("op-b"));
    let open = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!(name(&open), "unknown");
    shop.bank.says(Call::Status, Reply::declined(484).named("op-a"));
    assert_eq!(name(&shop.payments.check_status("order-17").await.unwrap()), "declined");
    // What is declined and takes money all the same is a contradiction, whichever card it was.
    shop.bank.says(Call::Status, Reply::charged().named("op-c"));
    let late = shop.payments.check_status("order-17").await.unwrap();
    assert_eq!(kinds(&late.attempt().payment().contradictions()), ["declined_yet_moved"]);
}
