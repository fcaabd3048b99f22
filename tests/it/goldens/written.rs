//! Every request we can make, byte for byte: `tests/data/written` is reviewed by a person and compared by this test.

use super::scripted::{Tape, asked, card, gateway, held};
use crate::blessed;
use epay_domain::*;
use epay_http::{AmountText, Bank as _, ChargeAmount, CryptogramKey, HttpGateway, Wire};
use pollster::block_on;

const INVOICE: &str = "163637162556226";
const ORDERED: Money = Money::tiyn(10_00);

/// The token call and the call it is for.
#[track_caller]
fn check(name: &str, wire: Wire, call: impl FnOnce(&HttpGateway)) {
    let (gateway, tape): (HttpGateway, Tape) = gateway(wire, 200, b"{}");
    call(&gateway);
    blessed::check(&format!("tests/data/written/{name}.http"), &format!("{}\n", tape.text()));
}

/// The payment of the page's sample.
fn request() -> PaymentRequest {
    PaymentRequest::new("Payment via ApplePay")
        .and_then(|request| request.with_payer_name("Arman Ali"))
        .and_then(|request| request.with_email("armanali@gmail.com"))
        .and_then(|request| request.with_phone("+77771232380"))
        .and_then(|request| {
            request.with_post_links("http://example/postLink", "http://example/failurePostLink")
        })
        .and_then(|request| {
            request.with_return_links("http://example/backLink", "http://example/failureBackLink")
        })
        .unwrap()
}

fn pay(gateway: &HttpGateway, method: SealedMethod, request: &PaymentRequest) {
    block_on(gateway.authorize(&asked(INVOICE, ORDERED), method, request)).unwrap();
}

fn apple_pay() -> SealedMethod {
    let (cryptogram, payment_cryptogram) =
        ("c2VhbGVkIGJ5IG5vYm9keQ==", "AF/TgtcAEDuHAo+T4yoOGgADFA==");
    SealedMethod::apple_pay(
        cryptogram.to_owned(),
        payment_cryptogram.to_owned(),
        Some("07".to_owned().into()),
    )
}

fn apple_pay_token() -> SealedMethod {
    let payment_data =
        r#"{"version":"EC_v1","data":"none","signature":"none","header":{"transactionId":"0a"}}"#;
    SealedMethod::apple_pay_token("c2VhbGVkIGJ5IG5vYm9keQ==".to_owned(), payment_data.to_owned())
}

fn google_pay_token() -> SealedMethod {
    let token = r#"{"signature":"none","protocolVersion":"ECv2","signedMessage":"none"}"#;
    SealedMethod::google_pay_token("c2VhbGVkIGJ5IG5vYm9keQ==".to_owned(), token.to_owned())
}

#[test]
fn a_payment_in_each_mode() {
    check("cryptopay-card", Wire::default(), |bank| pay(bank, card(), &request()));
    check("cryptopay-apple-pay", Wire::default(), |bank| pay(bank, apple_pay(), &request()));
    check("cryptopay-apple-pay-token", Wire::default(), |bank| {
        pay(bank, apple_pay_token(), &request())
    });
    check("cryptopay-google-pay-token", Wire::default(), |bank| {
        pay(bank, google_pay_token(), &request())
    });
}

#[test]
fn a_payment_with_nothing_but_what_it_must_have() {
    check("cryptopay-bare", Wire::default(), |bank| {
        pay(bank, card(), &PaymentRequest::new("Заказ \"17\"").unwrap())
    });
}

#[test]
fn the_other_ways_of_writing() {
    let mut wire = Wire::default();
    wire.cryptogram_key = CryptogramKey::Cyrillic;
    wire.amount_text = AmountText::AllDecimals;
    wire.send_eci = false;
    check("cryptopay-switched", wire, |bank| pay(bank, apple_pay(), &request()));
    let mut wire = Wire::default();
    wire.charge_amount = ChargeAmount::Body;
    let charge = |bank: &HttpGateway| {
        block_on(bank.capture(&held(INVOICE, ORDERED), &step(), Money::tiyn(6_50))).map(|_| ())
    };
    check("charge-body", wire, |bank| charge(bank).unwrap());
    check("charge", Wire::default(), |bank| charge(bank).unwrap());
}

#[test]
fn what_follows_a_payment() {
    let answer = || ThreeDsAnswer::new("eJz+/w==".into(), "MjAxYmQ5".into());
    let payment = held(INVOICE, ORDERED);
    check("confirm", Wire::default(), |bank| {
        block_on(bank.confirm(&payment, answer())).unwrap();
    });
    check("cancel", Wire::default(), |bank| {
        block_on(bank.void(&payment, &step())).unwrap();
    });
    check("refund", Wire::default(), |bank| {
        block_on(bank.refund(&payment, &step(), ORDERED)).unwrap();
    });
}

/// These two read what they are answered, and the script's `{}` tells nothing.
#[test]
fn the_looks_that_move_nothing() {
    check("status", Wire::default(), |bank| {
        assert!(block_on(bank.status(&held(INVOICE, ORDERED))).is_err())
    });
    check("public-key", Wire::default(), |bank| assert!(block_on(bank.bank_key()).is_err()));
}

fn step() -> StepId {
    StepId::new("refund-1").unwrap()
}
