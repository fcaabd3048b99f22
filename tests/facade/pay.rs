//! Paying once, clicking twice, trying again.

use epay::{
    ApplePayToken, Card, CardNumber, Cvc, DecryptedApplePay, Expiry, ExpiryFormat, MemoryStore,
    Money, Outcome, PayErrorKind, PayerCharged, PaymentRequest, PaymentStatus, Payments, ReplayKey,
    Secret,
};
use epay_domain::{Fact, Refunds, Refusal, VoidReason};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, Method, ReplyShape, cards};
use epay_tests::bench::{Call, Reply, step_name};
use epay_tests::bench::{PRICE, Shop, card, name};

#[tokio::test]
async fn the_terminal_decides_whether_the_money_is_taken_or_held() {
    let (one, two) = (Shop::one_stage(), Shop::two_stage());
    let (paid, held) = (one.pay("order").await, two.pay("order").await);
    assert_eq!((name(&paid), paid.payer_charged()), ("paid", PayerCharged::Yes));
    assert_eq!((name(&held), held.payer_charged()), ("held", PayerCharged::Held));
    assert_eq!(paid.attempt().net_captured(), Some(PRICE));
    assert_eq!(held.attempt().net_captured(), Some(Money::tenge(0)));
    one.asked(Endpoint::Cryptopay, 1);
    one.asked(Endpoint::Status, 1);
}

#[tokio::test]
async fn a_200_that_does_not_tell_the_stage_is_asked_about() {
    let shop = Shop::two_stage();
    shop.bank.with_bank(|bank| bank.switches_mut().reply_shape = ReplyShape::Minimal);
    assert_eq!(name(&shop.pay("order").await), "held");
    shop.asked(Endpoint::Status, 1);
}

#[tokio::test]
async fn a_second_click_asks_for_nothing() {
    let shop = Shop::one_stage();
    let (first, second) = (shop.pay("order").await, shop.pay("order").await);
    assert_eq!(first.attempt().invoice(), second.attempt().invoice());
    assert_eq!(name(&second), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn many_clicks_at_once_are_one_payment() {
    let shop = Shop::one_stage();
    let clicks = (0..16).map(|_| {
        let payments = shop.payments.clone();
        tokio::spawn(
            async move { payments.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap() },
        )
    });
    let mut invoices = Vec::new();
    for click in clicks.collect::<Vec<_>>() {
        invoices.push(click.await.unwrap().attempt().invoice().clone());
    }
    invoices.dedup();
    assert_eq!(invoices.len(), 1);
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn a_declined_payer_tries_again_under_a_new_invoice() {
    let shop = Shop::one_stage();
    let first = shop.payments.pay("order", PRICE, card(cards::INSUFFICIENT_FUNDS)).await.unwrap();
    let Outcome::Declined(attempt, decline) = &first else { panic!("{first:?}") };
    assert_eq!((decline.code(), first.payer_charged()), (484, PayerCharged::No));
    let second = shop.pay("order").await;
    assert_eq!(name(&second), "paid");
    assert_ne!(second.attempt().invoice(), attempt.invoice());
    assert_eq!(shop.ledger(), [(0, 0), (PRICE.minor(), 0)]);
}

#[tokio::test]
async fn a_decline_that_is_not_final_is_no_answer() {
    let shop = Shop::one_stage();
    // 454: "may be held; ask for the status". The fake bank's status then says it was refused.
    let outcome = shop.payments.pay("order", PRICE, card(cards::NOT_FINAL)).await.unwrap();
    assert_eq!(name(&outcome), "declined");
    let history = shop.payments.history(outcome.attempt().invoice()).await.unwrap();
    assert_eq!(history.len(), 3, "asked, the reply that decided nothing, the status that did");
    shop.asked(Endpoint::Status, 1);
}

#[tokio::test]
async fn an_order_under_way_keeps_its_sum() {
    let shop = Shop::one_stage();
    let _ = shop.pay("order").await;
    let error =
        shop.payments.pay("order", Money::tenge(1), card(cards::VISA_OK)).await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::AmountChanged);
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn what_stops_before_the_ask_is_an_error_and_costs_nothing() {
    let shop = Shop::one_stage();
    let nameless = Card::new(
        CardNumber::new(cards::VISA_OK).unwrap(),
        Expiry::parse_mmyy("0127").unwrap(),
        Cvc::new("321").unwrap(),
    );
    let check = |result: Result<Outcome, epay::PayError>, kind| {
        assert_eq!(result.unwrap_err().kind(), kind)
    };
    check(shop.payments.pay("order", PRICE, nameless).await, PayErrorKind::NoHolder);
    check(shop.payments.pay("", PRICE, card(cards::VISA_OK)).await, PayErrorKind::Input);
    check(
        shop.payments.pay("order", PRICE, opened_apple_pay()).await,
        PayErrorKind::AppleExpiryNotSet,
    );
    shop.asked(Endpoint::Cryptopay, 0);
    // The attempt that was opened and never asked is still good, even for another sum.
    assert_eq!(
        name(&shop.payments.pay("order", Money::tenge(7), card(cards::VISA_OK)).await.unwrap()),
        "paid"
    );
}

#[tokio::test]
async fn an_attempt_that_was_opened_and_never_asked_is_used_or_abandoned() {
    for abandons in [false, true] {
        let shop = Shop::one_stage();
        let _ = shop.payments.pay("order", PRICE, opened_apple_pay()).await.unwrap_err();
        let opened = shop.payments.status("order").await.unwrap();
        assert_eq!(name(&opened), "not asked");
        if abandons {
            assert_eq!(name(&shop.payments.abandon("order").await.unwrap()), "not executed");
        }
        let paid = shop.pay("order").await;
        assert_eq!(name(&paid), "paid");
        assert_eq!(paid.attempt().invoice() == opened.attempt().invoice(), !abandons);
        shop.asked(Endpoint::Cryptopay, 1);
    }
}

#[tokio::test]
async fn nothing_left_the_house_so_the_next_click_is_a_new_attempt() {
    let shop = Shop::one_stage();
    shop.bank.disconnect(true);
    let first = shop.pay("order").await;
    assert_eq!((name(&first), first.payer_charged()), ("not executed", PayerCharged::No));
    shop.bank.disconnect(false);
    let second = shop.pay("order").await;
    assert_eq!(name(&second), "paid");
    assert_ne!(first.attempt().invoice(), second.attempt().invoice());
    shop.asked(Endpoint::Cryptopay, 1);
}

fn opened_apple_pay() -> DecryptedApplePay {
    let dpan = CardNumber::new(cards::MASTERCARD_OK).unwrap();
    let cryptogram = Secret::new("AgAAAAAABk4DWZ4C28yUQAAAAAA=");
    DecryptedApplePay::new(
        dpan,
        Expiry::parse_yymmdd("270131").unwrap(),
        cryptogram,
        None,
        ReplayKey::new([9; 32]),
        PRICE,
    )
}

#[tokio::test]
async fn apple_pay_goes_both_ways_and_over_the_wire() {
    let bank = FakeBank::start();
    let payments = Payments::with_clock(bank.http_gateway(), MemoryStore::default(), bank.clock())
        .with_apple_expiry(ExpiryFormat::Yymmdd);
    let request =
        PaymentRequest::new("Payment via ApplePay").unwrap().with_payer_name("Arman Ali").unwrap();
    let opened = payments.pay_with("opened", PRICE, opened_apple_pay(), &request).await.unwrap();
    let token = ApplePayToken::new(
        r#"{"version":"EC_v1","data":"AAAA","signature":"BBBB","header":{}}"#.into(),
    );
    let passed_on = payments.pay_with("passed-on", PRICE, token, &request).await.unwrap();
    assert_eq!((name(&opened), name(&passed_on)), ("paid", "paid"));
    let methods = bank.with_bank(|bank| {
        bank.ledger().iter().map(|operation| operation.method).collect::<Vec<_>>()
    });
    assert_eq!(methods, [Method::ApplePayDecrypted, Method::ApplePayToken]);
}

#[tokio::test]
async fn zero_is_no_sum() {
    let shop = Shop::scripted();
    let zero = shop.payments.pay("order", Money::tenge(0), epay_tests::bench::sealed()).await;
    assert_eq!(zero.unwrap_err().kind(), PayErrorKind::Amount);
    assert_eq!(
        shop.payments.status("order").await.unwrap_err().kind(),
        PayErrorKind::NoSuchAttempt
    );
    let _ = shop.pay_and("order", Reply::held(), Reply::held()).await;
    let capture = shop.payments.capture("order", "capture-1", Money::tenge(0)).await.unwrap_err();
    assert_eq!(capture.kind(), PayErrorKind::Refused(Refusal::Amount));
    shop.bank.says(Call::Status, Reply::charged());
    let _ = shop.payments.check_status("order").await.unwrap();
    let refund = shop.payments.refund("order", "refund-1", Money::tenge(0)).await.unwrap_err();
    assert!(matches!(refund.kind(), PayErrorKind::Refused(_)), "{refund}");
    assert_eq!((shop.bank.calls(Call::Capture), shop.bank.calls(Call::Refund)), (0, 0));
}

#[tokio::test]
async fn an_order_that_is_over_answers_with_its_outcome_until_the_shop_says_pay_again() {
    for (status, expected) in [
        (Reply::fact(Fact::Voided(VoidReason::Requested)), "voided"),
        (Reply::fact(Fact::Voided(VoidReason::Lapsed)), "voided"),
        (Reply::refunded(PRICE), "refunded"),
        (Reply::fact(Fact::Verified), "verified"),
    ] {
        let shop = Shop::scripted();
        let first = shop.pay_and("order", Reply::Lost, status).await;
        assert_eq!(name(&first), expected);
        // The page is submitted again, and again.
        for _ in 0..3 {
            assert_eq!(name(&shop.pay("order").await), expected);
        }
        assert_eq!(shop.bank.calls(Call::Authorize), 1, "{expected}");
        let reopened = shop.payments.pay_again("order", "the other card").await.unwrap();
        assert_eq!(name(&reopened), expected, "it is as it was, and may be paid again");
        let next = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
        assert_eq!(name(&next), "paid");
        assert_ne!(next.attempt().invoice(), first.attempt().invoice());
        assert_eq!(shop.bank.calls(Call::Authorize), 2);
    }
}

#[tokio::test]
async fn only_an_order_that_is_over_is_paid_again() {
    let shop = Shop::scripted();
    for (status, order) in
        [(Reply::charged(), "paid"), (Reply::held(), "held"), (Reply::not_found(), "unknown")]
    {
        let _ = shop.pay_and(order, Reply::Lost, status).await;
        let refused = shop.payments.pay_again(order, "why not").await.unwrap_err();
        assert_eq!(refused.kind(), PayErrorKind::Refused(Refusal::NotDead), "{order}");
    }
}

#[tokio::test]
async fn after_a_void_told_by_a_reply_alone_who_pays_again_waits_for_the_status() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::held(), Reply::held()).await;
    shop.bank.says(Call::Void, Reply::step_done());
    for (status, refusal) in
        [(Reply::Lost, Refusal::Unanswered), (Reply::held(), Refusal::Unanswered)]
    {
        shop.bank.says(Call::Status, status);
        assert_eq!(step_name(&shop.payments.void("order", "void-1").await.unwrap()), "done");
        let refused = shop.payments.pay_again("order", "the other card").await.unwrap_err();
        assert_eq!(refused.kind(), PayErrorKind::Refused(refusal));
        assert_eq!(name(&shop.pay("order").await), "voided");
    }
    shop.bank.says(Call::Status, Reply::fact(Fact::Voided(VoidReason::Requested)));
    let _ = shop.payments.pay_again("order", "the other card").await.unwrap();
    assert_eq!(name(&shop.pay_and("order", Reply::charged(), Reply::charged()).await), "paid");
    assert_eq!(shop.bank.calls(Call::Authorize), 2);
}

#[tokio::test]
async fn after_a_refund_told_by_a_reply_alone_who_pays_again_waits_for_the_status() {
    let shop = Shop::scripted();
    let not_given_back = Reply::refunded(Money::tenge(0));
    let _ = shop.pay_and("order", Reply::charged(), not_given_back.clone()).await;
    shop.bank.says(Call::Refund, Reply::step_done());
    let refunded = shop.payments.refund("order", "refund-1", PRICE).await.unwrap();
    assert_eq!(step_name(&refunded), "done");
    for status in [Reply::Lost, Reply::charged(), not_given_back] {
        shop.bank.says(Call::Status, status);
        let refused = shop.payments.pay_again("order", "the other card").await.unwrap_err();
        assert_eq!(refused.kind(), PayErrorKind::Refused(Refusal::Unanswered));
        assert_eq!(name(&shop.pay("order").await), "refunded");
    }
    shop.bank.says(Call::Status, Reply::refunded(PRICE));
    let _ = shop.payments.pay_again("order", "the other card").await.unwrap();
    assert_eq!(name(&shop.pay_and("order", Reply::charged(), Reply::charged()).await), "paid");
    assert_eq!(shop.bank.calls(Call::Authorize), 2);
}

#[tokio::test]
async fn a_refund_that_a_status_has_told_without_its_sum_says_nothing_of_a_later_one() {
    let untold = Reply::charged().changed(|seen| {
        let refunded = Refunds::SumNotTold;
        seen.fact = Fact::Captured { captured: Some(PRICE), refunded };
    });
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    shop.bank.says(Call::Refund, Reply::step_done()).says(Call::Status, untold.clone());
    let _ = shop.payments.refund("order", "refund-1", Money::tenge(1_000)).await.unwrap();
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "paid");
    let rest = shop.payments.refund("order", "refund-2", Money::tenge(4_000)).await.unwrap();
    assert_eq!(step_name(&rest), "done");
    for status in [Reply::Lost, untold.clone()] {
        shop.bank.says(Call::Status, status);
        let refused = shop.payments.pay_again("order", "the other card").await.unwrap_err();
        assert_eq!(refused.kind(), PayErrorKind::Refused(Refusal::Unanswered));
        assert_eq!(name(&shop.status("order").await), "refunded");
    }
    shop.bank.says(Call::Status, Reply::refunded(PRICE));
    let _ = shop.payments.pay_again("order", "the other card").await.unwrap();

    // Of a refund that was asked for before, it says that there is one.
    let _ = shop.pay_and("another", Reply::charged(), Reply::charged()).await;
    let _ = shop.payments.refund("another", "refund-1", PRICE).await.unwrap();
    shop.bank.says(Call::Status, untold);
    let _ = shop.payments.pay_again("another", "the other card").await.unwrap();
}

#[tokio::test]
async fn another_sum_for_an_order_that_is_over_needs_the_shops_word_too() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::Lost, Reply::refunded(PRICE)).await;
    let other = Money::tenge(7_000);
    let changed = shop.payments.pay("order", other, epay_tests::bench::sealed()).await.unwrap_err();
    assert_eq!(changed.kind(), PayErrorKind::AmountChanged);
    let _ = shop.payments.pay_again("order", "a larger basket").await.unwrap();
    shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
    let paid = shop.payments.pay("order", other, epay_tests::bench::sealed()).await.unwrap();
    assert_eq!((name(&paid), paid.attempt().net_captured()), ("paid", Some(other)));
}

#[tokio::test]
async fn an_order_that_was_reopened_and_then_surfaces_as_taken_is_no_second_payment() {
    let shop = Shop::scripted();
    let first =
        shop.pay_and("order", Reply::held(), Reply::fact(Fact::Voided(VoidReason::Lapsed))).await;
    let _ = shop.payments.pay_again("order", "the payer comes again").await.unwrap();
    shop.bank.says(Call::Status, Reply::charged());
    let _ = shop.payments.check_status("order").await.unwrap();
    assert_eq!(shop.payment(first.attempt().invoice()).await.status(), PaymentStatus::Disputed);
    assert_eq!(name(&shop.pay("order").await), "unknown");
    assert_eq!(shop.bank.calls(Call::Authorize), 1);
}
