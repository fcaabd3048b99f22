//! Each outcome says whether the payer was charged, who acts, and what to call next.

use crate::{PRICE, Shop, card, name};
use epay::{ActsNext, Outcome, PayerCharged};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking, cards};

#[track_caller]
fn check(outcome: &Outcome, expected: &str, charged: PayerCharged, acts: ActsNext, call: &str) {
    assert_eq!(name(outcome), expected);
    assert_eq!(
        (outcome.payer_charged(), outcome.acts_next(), outcome.next_call()),
        (charged, acts, call)
    );
}

#[tokio::test]
async fn money_that_is_taken_held_or_given_back() {
    let (one, two) = (Shop::one_stage(), Shop::two_stage());
    check(
        &one.pay("order").await,
        "paid",
        PayerCharged::Yes,
        ActsNext::Shop,
        "ship; refund gives money back",
    );
    check(&two.pay("order").await, "held", PayerCharged::Held, ActsNext::Shop, "capture or void");
    let _ = two.payments.void("order", "void-1").await.unwrap();
    let reversed = two.payments.status("order").await.unwrap();
    check(
        &reversed,
        "reversed",
        PayerCharged::No,
        ActsNext::Nobody,
        "nothing; a new order pays anew",
    );
}

#[tokio::test]
async fn a_payer_who_may_try_again_or_has_a_question_to_answer() {
    let shop = Shop::one_stage();
    let again = "pay, if the payer wants to try again";
    let declined =
        shop.payments.pay("declined", PRICE, card(cards::INSUFFICIENT_FUNDS)).await.unwrap();
    check(&declined, "declined", PayerCharged::No, ActsNext::Payer, again);
    let asks = shop.payments.pay("asks", PRICE, card(cards::THREE_DS)).await.unwrap();
    let form = "show the form, then confirm; abandon if the payer left";
    check(&asks, "ask payer", PayerCharged::No, ActsNext::Payer, form);
    shop.bank.disconnect(true);
    check(&shop.pay("unsent").await, "not executed", PayerCharged::No, ActsNext::Payer, again);
}

#[tokio::test]
async fn what_time_will_tell_and_what_only_a_person_can() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
    let wait = "check_status, or let reconcile do it; do not pay again";
    check(&shop.pay("lost").await, "unknown", PayerCharged::NotKnownYet, ActsNext::Nobody, wait);
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(1_00)));
    let person = "a person compares with the bank, then acknowledge";
    check(&shop.pay("wrong").await, "unknown", PayerCharged::NotKnownYet, ActsNext::Person, person);
}
