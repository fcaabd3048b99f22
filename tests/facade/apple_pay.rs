//! A token that the merchant opened is paid with once, whoever brings it, however often and for whatever order.

use bytes::Bytes;
use epay::apple_pay::{Expected, Refused, Stage, expected};
use epay::{
    ApplePayToken, Currency, ExpiryFormat, MemoryStore, Method, Money, PayError, PayErrorKind,
    PaymentRequest, Payments,
};
use epay_fakewallet::Wallet;
use epay_http::{TransportError, transport_fn};
use epay_testkit::fakebank::{self, Endpoint, cards};
use epay_tests::bench::{Alarm, Counter, MINUTE, PRICE, Shop, gateway_over, name};
use http::{Request, Response};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

fn request() -> PaymentRequest {
    PaymentRequest::new("Payment via ApplePay").unwrap().with_payer_name("Arman Ali").unwrap()
}

fn shop() -> Shop {
    Shop::one_stage().with(|it| it.with_apple_expiry(ExpiryFormat::Yymmdd))
}

#[tokio::test]
async fn what_the_token_held_reaches_the_bank() {
    let (shop, counter) = (shop(), Counter::default());
    let paid = shop
        .payments
        .pay_with("order", PRICE, counter.method(&counter.sheet(PRICE).mint(), PRICE), &request())
        .await
        .unwrap();
    assert_eq!(name(&paid), "paid");
    let methods = shop
        .bank
        .with_bank(|bank| bank.ledger().iter().map(|paid| paid.method).collect::<Vec<_>>());
    assert_eq!(methods, [fakebank::Method::ApplePayDecrypted]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_from_sixty_four_tasks_is_paid_with_once() {
    for same_order in [false, true] {
        let (shop, counter) = (shop(), Counter::default());
        let token = counter.sheet(PRICE).mint();
        let mut tasks = JoinSet::new();
        for task in 0..64 {
            let (payments, method) = (shop.payments.clone(), counter.method(&token, PRICE));
            let order = if same_order { "order".to_owned() } else { format!("order-{task}") };
            tasks.spawn(async move { payments.pay_with(&order, PRICE, method, &request()).await });
        }
        let outcomes = tasks.join_all().await;
        let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(accepted, if same_order { 64 } else { 1 });
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(error.kind(), PayErrorKind::Replayed);
        }
        shop.asked(Endpoint::Cryptopay, 1);
        assert_eq!(shop.ledger(), [(PRICE.minor(), 0)]);
    }
}

#[tokio::test]
async fn no_other_sum_is_paid_than_the_payer_agreed_to() {
    let (shop, counter) = (shop(), Counter::default());
    let token = counter.sheet(PRICE).mint();
    for sum in [Money::tiyn(PRICE.minor() + 1), Money::new(PRICE.minor(), Currency::USD)] {
        let refused = shop
            .payments
            .pay_with("order", sum, counter.method(&token, PRICE), &request())
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), PayErrorKind::NotAgreed);
    }
    let paid = shop
        .payments
        .pay_with("order", PRICE, counter.method(&token, PRICE), &request())
        .await
        .unwrap();
    assert_eq!(name(&paid), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
}

/// The bank's way of writing the expiry was not set, so nothing was asked, and the attempt is there.
#[tokio::test]
async fn a_fresh_token_for_another_sum_is_no_replay() {
    let counter = Counter::default();
    let not_set = Shop::one_stage().payments;
    let token = counter.sheet(PRICE).mint();
    let refused = not_set
        .pay_with("order", PRICE, counter.method(&token, PRICE), &request())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), PayErrorKind::AppleExpiryNotSet);
    let set = not_set.with_apple_expiry(ExpiryFormat::Yymmdd);
    let dearer = Money::tiyn(PRICE.minor() + 1);
    let method = counter.method(&counter.sheet(dearer).mint(), dearer);
    let paid = set.pay_with("order", dearer, method, &request()).await.unwrap();
    assert_eq!(name(&paid), "paid");
}

#[tokio::test]
async fn a_declined_token_is_not_tried_again() {
    let (shop, counter) = (shop(), Counter::default());
    let token = counter.sheet(PRICE).card(cards::INSUFFICIENT_FUNDS).mint();
    let declined = shop
        .payments
        .pay_with("order", PRICE, counter.method(&token, PRICE), &request())
        .await
        .unwrap();
    assert_eq!(name(&declined), "declined");
    let again = shop
        .payments
        .pay_with("order", PRICE, counter.method(&token, PRICE), &request())
        .await
        .unwrap_err();
    assert_eq!(again.kind(), PayErrorKind::Replayed);
    let fresh = shop
        .payments
        .pay_with("order", PRICE, counter.method(&counter.sheet(PRICE).mint(), PRICE), &request())
        .await
        .unwrap();
    assert_eq!(name(&fresh), "paid");
    shop.asked(Endpoint::Cryptopay, 2);
}

#[test]
fn what_the_bank_has_no_field_for_is_refused_before_it_is_asked() {
    let counter = Counter::default();
    let pay = || counter.sheet(PRICE);
    let order = expected(PRICE, None).unwrap();
    for (token, words) in [
        (pay().emv(b"chip data", None).mint(), "emv data"),
        (pay().card("4405639704015097").mint(), "wrong digit"),
        (pay().currency("978").mint(), "this currency"),
    ] {
        let payload = counter.open(&token);
        let order = Expected { currency: payload.currency(), ..order };
        let refused = Method::try_from(payload.expect(&order).unwrap()).unwrap_err();
        assert_eq!(refused.kind(), PayErrorKind::Seal);
        let source = refused.source().unwrap().to_string();
        assert!(source.contains(words), "{source}");
    }
}

#[test]
fn a_price_says_what_a_token_must_be_for() {
    let order = |money| expected(money, Some(b"order-17"));
    let data = Some(b"order-17".as_slice());
    let tenge = Expected { amount: 1_500_00, currency: 398, application_data: data };
    assert_eq!(order(Money::tenge(1_500)), Some(tenge));
    assert_eq!(
        order(Money::new(1, Currency::USD)),
        Some(Expected { amount: 1, currency: 840, application_data: data })
    );
    assert_eq!(order(Money::new(1, Currency::new("EUR", 2).unwrap())), None);
}

#[tokio::test]
async fn a_token_that_the_bank_opens_is_apples_fresh_and_brought_once_or_not_passed_on() {
    let (shop, counter) = (Shop::one_stage(), Counter::default());
    shop.clock.set_wall(counter.now());
    let shop = shop.with(|it| it.with_apple_pay_verifier(counter.verifier()));
    let token = || ApplePayToken::new(counter.sheet(PRICE).mint().json);
    let pay = |order: &'static str, token: ApplePayToken| {
        let payments = shop.payments.clone();
        async move { payments.pay_with(order, PRICE, token, &request()).await }
    };
    let not_passed_on = |refused: PayError, stage: Stage| {
        assert_eq!(refused.kind(), PayErrorKind::ApplePayToken);
        let source: &Refused = refused.source().unwrap().downcast_ref().unwrap();
        assert_eq!(source.stage(), stage);
        shop.asked(Endpoint::Cryptopay, 0);
    };
    let strangers = Wallet::new(2, counter.now().unix_millis() / 1_000);
    let strangers = strangers.pay(&strangers.merchant("merchant.kz.example.shop")).mint();
    not_passed_on(pay("a", ApplePayToken::new("{}".into())).await.unwrap_err(), Stage::Token);
    not_passed_on(pay("b", ApplePayToken::new(strangers.json)).await.unwrap_err(), Stage::Chain);
    // What a reader without regard to case would open instead of what was verified.
    let smuggled = counter.sheet(PRICE).mint().json.replacen('{', "{\"Data\":\"AAAA\",", 1);
    not_passed_on(pay("f", ApplePayToken::new(smuggled)).await.unwrap_err(), Stage::Token);
    let late = token();
    shop.wait(5 * MINUTE + 1);
    not_passed_on(pay("c", late).await.unwrap_err(), Stage::Time);
    // The attempt was not asked, and another token pays for it.
    shop.clock.set_wall(counter.now());
    let minted = counter.sheet(PRICE).mint();
    let good = || ApplePayToken::new(minted.json.clone());
    assert_eq!(name(&pay("d", good()).await.unwrap()), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
    assert_eq!(name(&pay("d", good()).await.unwrap()), "paid", "a second click");
    let replayed = pay("e", good()).await.unwrap_err();
    assert_eq!(replayed.kind(), PayErrorKind::Replayed);
    assert_eq!(name(&pay("c", token()).await.unwrap()), "paid");
    shop.asked(Endpoint::Cryptopay, 2);
}

#[tokio::test]
async fn at_the_real_bank_apples_signature_is_looked_for_unless_told_otherwise() {
    for (looked_for, calls) in [(true, 0), (false, 1)] {
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let transport = transport_fn(move |_: Request<Bytes>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Ok::<_, TransportError>(Response::new(Bytes::new())) }
        });
        let bank = gateway_over(transport, Alarm::Silent);
        let payments = Payments::new(bank, MemoryStore::default());
        let payments = if looked_for { payments } else { payments.with_apple_pay_verifier(None) };
        let token = ApplePayToken::new("{}".into());
        let refused = payments.pay_with("order", PRICE, token, &request()).await.unwrap_err();
        assert_eq!(refused.kind() == PayErrorKind::ApplePayToken, looked_for);
        assert_eq!(sent.load(Ordering::Relaxed), calls);
    }
}
