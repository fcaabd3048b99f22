//! Each outcome says whether the payer was charged, who acts, and what to call next.

use epay::{ActsNext, Money, NextCall, Outcome, PayerCharged, PaymentStatus};
use epay_domain::{Fact, PayerStep};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking, cards};
use epay_tests::bench::{Call, HOUR, MINUTE, PRICE, Reply, Shop, name, step_name};

#[track_caller]
fn check(outcome: &Outcome, expected: &str, charged: PayerCharged, acts: ActsNext, call: NextCall) {
    let answer = (outcome.payer_charged(), outcome.acts_next(), outcome.next_call());
    assert_eq!((name(outcome), answer), (expected, (charged, acts, call)));
    // There is one answer, and all who are asked give it.
    let told = outcome.attempt().answer();
    assert_eq!((told.payer_charged, told.acts_next, told.next_call), answer);
}

#[tokio::test]
async fn money_that_is_taken_held_or_given_back() {
    let (one, two) = (Shop::one_stage(), Shop::two_stage());
    let paid = one.pay("order").await;
    check(&paid, "paid", PayerCharged::Yes, ActsNext::Shop, NextCall::Ship);
    let held = two.pay("order").await;
    check(&held, "held", PayerCharged::Held, ActsNext::Shop, NextCall::CaptureOrVoid);
    let _ = two.payments.void("order", "void-1").await.unwrap();
    let voided = two.status("order").await;
    check(&voided, "voided", PayerCharged::No, ActsNext::Nobody, NextCall::PayAgain);
    let _ = one.payments.refund("order", "refund-1", PRICE).await.unwrap();
    let refunded = one.status("order").await;
    check(&refunded, "refunded", PayerCharged::No, ActsNext::Nobody, NextCall::PayAgain);
}

#[tokio::test]
async fn a_payer_who_may_try_again_or_has_a_question_to_answer() {
    let shop = Shop::one_stage();
    let declined = shop.pay_with("declined", cards::INSUFFICIENT_FUNDS).await;
    check(&declined, "declined", PayerCharged::No, ActsNext::Payer, NextCall::Pay);
    let asks = shop.pay_with("asks", cards::THREE_DS).await;
    check(&asks, "ask payer", PayerCharged::No, ActsNext::Payer, NextCall::ShowForm);
    shop.bank.disconnect(true);
    let unsent = shop.pay("unsent").await;
    check(&unsent, "not executed", PayerCharged::No, ActsNext::Payer, NextCall::Pay);
}

#[tokio::test]
async fn what_time_will_tell_and_what_only_a_person_can() {
    let shop = Shop::one_stage();
    let lost = shop.pay_lost("lost", FaultKind::CutBeforeEffect).await;
    let unknown = PayerCharged::NotKnownYet;
    check(&lost, "unknown", unknown, ActsNext::Nobody, NextCall::CheckStatus);
}

#[tokio::test]
async fn a_wrong_sum_was_charged_all_the_same() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(1_00)));
    let wrong = shop.pay("wrong").await;
    check(&wrong, "unknown", PayerCharged::Yes, ActsNext::Person, NextCall::Acknowledge);
}

#[tokio::test]
async fn two_operations_under_one_number_leave_open_what_was_charged_until_one_is_chosen() {
    let shop = Shop::scripted();
    let _ =
        shop.pay_and("order", Reply::charged().named("one"), Reply::charged().named("two")).await;
    // The status names the operation alone; the reply's is not forgotten.
    let two = shop.status("order").await;
    let unknown = PayerCharged::NotKnownYet;
    check(&two, "unknown", unknown, ActsNext::Person, NextCall::ChooseTransaction);
}

#[tokio::test]
async fn an_attempt_that_was_never_asked_is_not_one_that_never_will_be() {
    let shop = Shop::scripted();
    shop.store.plan([Some(epay_domain::StoreErrorKind::Failed)]);
    let _ = shop.payments.pay("order", PRICE, epay_tests::bench::sealed()).await.unwrap_err();
    let opened = shop.status("order").await;
    check(&opened, "not asked", PayerCharged::No, ActsNext::Shop, NextCall::Pay);
    let paid = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    assert_eq!((name(&paid), paid.attempt().invoice()), ("paid", opened.attempt().invoice()));
}

#[tokio::test]
async fn of_an_abandoned_attempt_nobody_knows_whether_the_payer_was_charged() {
    let shop = Shop::one_stage();
    let _ = shop.pay_lost("order", FaultKind::CutBeforeEffect).await;
    shop.pass(26 * HOUR).await;
    let abandoned = shop.status("order").await;
    assert_eq!(abandoned.attempt().payment().status(), PaymentStatus::Abandoned);
    let unknown = PayerCharged::NotKnownYet;
    check(&abandoned, "abandoned", unknown, ActsNext::Payer, NextCall::Pay);
}

#[tokio::test]
async fn a_part_capture_whose_answer_is_lost_while_the_bank_took_all_went_another_way() {
    let shop = Shop::scripted();
    let held = shop.pay_and("order", Reply::held(), Reply::held()).await;
    assert_eq!(name(&held), "held");
    shop.bank.says(Call::Capture, Reply::Lost).says(Call::Status, Reply::charged());
    let part = shop.payments.capture("order", "capture-1", Money::tenge(3_000)).await.unwrap();
    assert_eq!((step_name(&part), part.payer_charged()), ("superseded", PayerCharged::Yes));
    assert_eq!((part.acts_next(), part.next_call()), (ActsNext::Person, NextCall::Acknowledge));
}

#[tokio::test]
async fn a_step_answers_the_same_three_questions() {
    let shop = Shop::one_stage();
    let _ = shop.pay("order").await;
    let part = shop.payments.refund("order", "refund-1", Money::tenge(2_000)).await.unwrap();
    assert_eq!((part.payer_charged(), part.acts_next()), (PayerCharged::Yes, ActsNext::Shop));
    shop.bank.inject_fault(Endpoint::Refund, FaultKind::CutBeforeEffect);
    let lost = shop.payments.refund("order", "refund-2", Money::tenge(2_000)).await.unwrap();
    assert_eq!((step_name(&lost), lost.next_call()), ("unknown", NextCall::CheckStatus));
}

#[tokio::test]
async fn a_verification_is_no_reversal() {
    let shop = Shop::scripted();
    let verified =
        shop.pay_and("order", Reply::fact(Fact::Verified), Reply::fact(Fact::Verified)).await;
    check(&verified, "verified", PayerCharged::No, ActsNext::Nobody, NextCall::PayAgain);
}

#[tokio::test]
async fn a_page_that_was_lost_is_no_charge_that_is_known() {
    let shop = Shop::scripted();
    let lost = shop.pay_and("order", Reply::Lost, Reply::waits_for(PayerStep::Challenge)).await;
    assert_eq!((name(&lost), lost.payer_charged()), ("unknown", PayerCharged::NotKnownYet));
    shop.wait(40 * MINUTE);
    shop.reconcile().await;
    let closed = shop.status("order").await;
    check(&closed, "not executed", PayerCharged::No, ActsNext::Payer, NextCall::Pay);
}
