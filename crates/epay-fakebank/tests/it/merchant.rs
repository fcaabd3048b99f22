//! A merchant in twenty lines: seals cards, writes requests, reads answers. Shares nothing with the bank's own code.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use epay_fakebank::{Answer, Bank, Millis, SANDBOX_CLIENT, SANDBOX_SECRET};
use http::{Request, Response};
use rsa::{PublicKey, pkcs8::DecodePublicKey as _};
use serde_json::{Value, json};

pub(crate) const NOW: Millis = Millis(1_711_564_200_000);

pub(crate) fn seal(pem: &str, plain: &str) -> String {
    let public = PublicKey::from_public_key_pem(pem).unwrap();
    STANDARD.encode(public.pkcs1v15_encrypt(plain.as_bytes()).unwrap())
}

pub(crate) fn plain(pan: &str, expiry: &str, cvc: &str, terminal: &str) -> String {
    format!(r#"{{"hpan":"{pan}","expDate":"{expiry}","cvc":"{cvc}","terminalId":"{terminal}"}}"#)
}

pub(crate) fn card(bank: &Bank, pan: &str, terminal: &str) -> String {
    seal(bank.public_key_pem(), &plain(pan, "0127", "321", terminal))
}

pub(crate) fn post(path: &str, token: Option<&str>, body: impl Into<Bytes>) -> Request<Bytes> {
    call("POST", path, token, body)
}

pub(crate) fn call(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: impl Into<Bytes>,
) -> Request<Bytes> {
    let mut builder = Request::builder().method(method).uri(format!("http://bank.test{path}"));
    if let Some(token) = token {
        builder = builder.header("authorization", format!("Bearer {token}"));
    }
    builder.body(body.into()).unwrap()
}

pub(crate) fn whole(answer: Answer) -> Response<Bytes> {
    answer.whole().expect("a whole answer")
}

pub(crate) fn read(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or(Value::Null)
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) fn token_form(extra: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("grant_type", "client_credentials"),
        ("scope", "webapi usermanagement email_send verification statement statistics payment"),
        ("client_id", SANDBOX_CLIENT),
        ("client_secret", SANDBOX_SECRET),
    ];
    pairs.extend_from_slice(extra);
    form(&pairs)
}

/// A token bound to these fields.
pub(crate) fn token(bank: &mut Bank, extra: &[(&str, &str)]) -> String {
    let response = whole(bank.answer(&post("/oauth/oauth2/token", None, token_form(extra)), NOW));
    assert_eq!(response.status(), 200, "{response:?}");
    read(&response)["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn payment_token(
    bank: &mut Bank,
    invoice: &str,
    amount: &str,
    terminal: &str,
) -> String {
    token(
        bank,
        &[("invoiceID", invoice), ("amount", amount), ("currency", "KZT"), ("terminal", terminal)],
    )
}

pub(crate) fn service_token(bank: &mut Bank, terminal: &str) -> String {
    token(bank, &[("terminal", terminal)])
}

/// The body of a card payment; `amount` is written as it is, so that no float comes near it.
pub(crate) fn payment(invoice: &str, cryptogram: &str) -> Value {
    json!({
        "amount": "100", "currency": "KZT", "name": "Arman Ali", "cryptogram": cryptogram, "invoiceId": invoice,
        "description": "Order", "accountId": "uuid000001", "email": "jj@example.com", "phone": "77777777777",
        "cardSave": false,
    })
}

pub(crate) fn pay_with(bank: &mut Bank, invoice: &str, pan: &str, terminal: &str) -> Answer {
    let token = payment_token(bank, invoice, "100", terminal);
    let body = payment(invoice, &card(bank, pan, terminal)).to_string();
    bank.answer(&post("/api/payment/cryptopay", Some(&token), body), NOW)
}

pub(crate) fn status_of(bank: &mut Bank, invoice: &str, terminal: &str, now: Millis) -> Value {
    let token = token_at(bank, terminal, now);
    let path = format!("/api/check-status/payment/transaction/{invoice}");
    read(&whole(bank.answer(&call("GET", &path, Some(&token), ""), now)))
}

fn token_at(bank: &mut Bank, terminal: &str, now: Millis) -> String {
    let request = post("/oauth/oauth2/token", None, token_form(&[("terminal", terminal)]));
    read(&whole(bank.answer(&request, now)))["access_token"].as_str().unwrap().to_owned()
}
