//! Both ways to the bank see the same callbacks, delays and cable.

use std::sync::Arc;

use epay_crypto::{Card, CardNumber, Cvc, Expiry, TagKey};
use epay_domain::{
    Gateway, GatewayErrorKind, InvoiceId, Money, Payment, PaymentRequest, SealedMethod,
};
use epay_fakebank::cards;
use epay_http::{Authenticity, Bank as _, Claim, PostLink};

use super::*;

fn tags() -> TagKey {
    TagKey::new(*b"0123456789abcdef").unwrap()
}

fn gateways(bank: &FakeBank) -> [Box<dyn Gateway>; 2] {
    [Box::new(bank.gateway().with_tags(tags())), Box::new(bank.http_gateway().with_tags(tags()))]
}

fn payment(number: usize) -> Payment {
    let invoice = InvoiceId::new(&format!("{:09}", 100_000_017 + number)).unwrap();
    Payment::open(invoice, Money::tenge(5_000), FakeBank::one_stage())
}

async fn card(bank: &FakeBank, pan: &str) -> SealedMethod {
    let (expiry, cvc) = (Expiry::parse_mmyy("0127").unwrap(), Cvc::new("321").unwrap());
    let card = Card::new(CardNumber::new(pan).unwrap(), expiry, cvc);
    bank.gateway().bank_key().await.unwrap().seal_card(card, &FakeBank::one_stage()).unwrap()
}

fn order() -> PaymentRequest {
    let (good, bad) = ("http://127.0.0.1:3000/good", "http://127.0.0.1:3000/bad");
    PaymentRequest::new("Order")
        .unwrap()
        .with_payer_name("A B")
        .unwrap()
        .with_post_links(good, bad)
        .unwrap()
}

#[tokio::test]
async fn callbacks_wait_to_be_delivered_and_can_be_proven() {
    let bank = FakeBank::start();
    for (number, gateway) in gateways(&bank).iter().enumerate() {
        let payment = payment(number);
        gateway.authorize(&payment, card(&bank, cards::VISA_OK).await, &order()).await.unwrap();
        let sent = bank.take_callbacks();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].url, "http://127.0.0.1:3000/good");
        let read = PostLink::read(&sent[0].body).unwrap();
        assert_eq!(read.claim(), Claim::Approved);
        let hint = read.check(&tags(), payment.terminal());
        assert_eq!(
            (hint.invoice.as_ref(), hint.authenticity),
            (Some(payment.invoice()), Authenticity::Proven),
            "{gateway:?}"
        );
        assert!(bank.take_callbacks().is_empty());
    }
}

#[tokio::test]
async fn a_failure_is_posted_to_the_other_link() {
    let bank = FakeBank::start();
    for (number, gateway) in gateways(&bank).iter().enumerate() {
        let payment = payment(number);
        gateway
            .authorize(&payment, card(&bank, cards::INSUFFICIENT_FUNDS).await, &order())
            .await
            .unwrap();
        let sent = bank.take_callbacks();
        assert_eq!(sent[0].url, "http://127.0.0.1:3000/bad");
        let read = PostLink::read(&sent[0].body).unwrap();
        assert!(
            matches!(read.claim(), Claim::Failed(decline) if decline.code() == 484),
            "{gateway:?}"
        );
        assert_eq!(read.check(&tags(), payment.terminal()).authenticity, Authenticity::Unproven);
    }
}

#[tokio::test]
async fn a_jump_of_our_clock_is_none_of_the_banks() {
    let bank = FakeBank::start();
    let clock = bank.clock();
    clock.set_wall(Timestamp::default());
    clock.advance(Duration::from_secs(1));
    let payment = payment(0);
    let gateway = bank.gateway();
    gateway.authorize(&payment, card(&bank, cards::VISA_OK).await, &order()).await.unwrap();
    let booked = bank.with_bank(|bank| bank.ledger()[0].history[0].0);
    assert_eq!(booked, Millis(1_795_478_401_000));
    assert_eq!(clock.now(), Timestamp::from_unix_millis(1_000));
}

#[tokio::test]
async fn a_late_answer_comes_when_its_time_has_come() {
    let bank = FakeBank::start();
    for (number, gateway) in gateways(&bank).into_iter().enumerate() {
        let (payment, method) = (payment(number), card(&bank, cards::VISA_OK).await);
        bank.inject_fault(Endpoint::Cryptopay, FaultKind::Delay(5_000));
        let gateway: Arc<dyn Gateway> = gateway.into();
        let waiting =
            tokio::spawn(async move { gateway.authorize(&payment, method, &order()).await });
        while bank.clock().sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(bank.with_bank(|bank| bank.ledger().len()), number + 1);
        bank.clock().advance(Duration::from_secs(5));
        waiting.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn nothing_leaves_by_an_unplugged_cable_and_no_payment_by_anothers_gateway() {
    let bank = FakeBank::start();
    for (number, gateway) in gateways(&bank).iter().enumerate() {
        let payment = payment(number);
        bank.disconnect(true);
        let error = gateway
            .authorize(&payment, card(&bank, cards::VISA_OK).await, &order())
            .await
            .unwrap_err();
        assert_eq!(error.delivery(), epay_domain::Delivery::NotSent);
        assert_eq!(
            gateway.status(&payment).await.unwrap_err().kind(),
            GatewayErrorKind::Connection
        );
        bank.disconnect(false);
        let elsewhere =
            Payment::open(payment.invoice().clone(), payment.ordered(), FakeBank::two_stage());
        let error = gateway
            .authorize(&elsewhere, card(&bank, cards::VISA_OK).await, &order())
            .await
            .unwrap_err();
        assert_eq!(
            (error.delivery(), error.kind()),
            (epay_domain::Delivery::NotSent, GatewayErrorKind::Request)
        );
        assert_eq!(
            gateway.status(&elsewhere).await.unwrap_err().kind(),
            GatewayErrorKind::Request,
            "{gateway:?}"
        );
    }
    assert_eq!(bank.calls(Endpoint::Cryptopay), 0);
}
