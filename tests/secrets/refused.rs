//! What is refused is not repeated: no error shows the text it was made of.

use crate::planted::{self, needles, tags};
use crate::scan::none_in;
use crate::sinks::error;
use bytes::Bytes;
use epay::{
    CardNumber, Cvc, Environment, Expiry, InvoiceId, KeyTrust, Language, MemoryStore, Money,
    OrderId, Payment, Payments, PostLink, ReqwestTransport, TagKey, TerminalId, ThreeDsForm,
    Transport,
};
use epay_crypto::{Eci, PublicKey, SpkiPin};
use epay_domain::{
    Challenge, Currency, Gateway, PaymentRequest, SealedMethod, StepId, ThreeDsAnswer,
    TransactionId,
};
use epay_http::{Nonce, TransportError, read_three_ds_return, transport_fn};
use epay_hyper::HyperTransport;
use epay_testkit::ManualClock;
use http::{Request, Response};
use pollster::block_on;
use std::error::Error;

const TERMINAL: &str = epay_testkit::fakebank::SANDBOX_TERMINAL;

/// Every secret, as whoever mistypes it hands it in.
fn secrets() -> [&'static str; 8] {
    [
        planted::PAN,
        planted::CVC,
        "11/38",
        planted::HOLDER,
        planted::APPLE_CRYPTOGRAM,
        planted::CLIENT_SECRET,
        planted::PA_RES,
        planted::MD,
    ]
}

fn refused<T, E: Error + 'static>(result: Result<T, E>) -> String {
    result.err().map(|refusal| error(&refusal)).unwrap_or_default()
}

#[test]
fn no_constructor_repeats_what_it_refuses() {
    let mut shown = String::new();
    for secret in secrets() {
        let wrong = format!("{secret}\u{7f}");
        let long = wrong.repeat(300);
        let url = format!("https://{}:{}@bank.example/", planted::PHONE, planted::PAN);
        shown += &[
            refused(CardNumber::new(&wrong)),
            refused(CardNumber::new("4444333322221112")),
            refused(Cvc::new(&wrong)),
            refused(Expiry::parse_mmyy(&wrong)),
            refused(Expiry::parse_yymmdd(&wrong)),
            refused(Eci::new(&wrong)),
            refused(InvoiceId::new(&wrong)),
            refused(OrderId::new(&long)),
            refused(StepId::new(&wrong)),
            refused(TerminalId::new(&wrong)),
            refused(TransactionId::new(&wrong)),
            refused(Currency::new(secret, 2)),
            refused(PaymentRequest::new(&long)),
            refused(PaymentRequest::new("x").and_then(|request| request.with_phone(&wrong))),
            refused(PaymentRequest::new("x").and_then(|request| request.with_email(&wrong))),
            refused(
                PaymentRequest::new("x")
                    .and_then(|request| request.with_post_links(&wrong, &wrong)),
            ),
            refused(Environment::custom(&url, &url, KeyTrust::FirstUse)),
            refused(Environment::custom(&wrong, &wrong, KeyTrust::FirstUse)),
            refused(wrong.parse::<SpkiPin>()),
            refused(TagKey::new(*b"too short")),
            refused(PublicKey::parse(wrong.as_bytes())),
            refused(PublicKey::parse(format!("-----BEGIN PUBLIC KEY-----\n{wrong}\n").as_bytes())),
            refused(PostLink::read(wrong.as_bytes())),
            refused(PostLink::read(format!(r#"{{"invoiceId":"{secret}"}}"#).as_bytes())),
            refused(PostLink::read(
                format!(r#"{{"invoiceId":1,"invoiceID":"{secret}"}}"#).as_bytes(),
            )),
            refused(read_three_ds_return(format!("PaRes={secret}").as_bytes())),
            refused(read_three_ds_return(format!("MD=a&MD={secret}").as_bytes())),
            refused(form(&format!("http://{secret}.example/"), &wrong)),
            refused(form("https://acs.example/", &wrong)),
        ]
        .concat();
    }
    none_in("a refusal", &shown, &needles());
}

fn form(action: &str, pa_req: &str) -> Result<ThreeDsForm, epay_http::FormError> {
    let challenge = Challenge {
        action: action.to_owned(),
        pa_req: pa_req.to_owned(),
        md: planted::MD.to_owned(),
    };
    let environment = Environment::production(KeyTrust::FirstUse);
    ThreeDsForm::new(
        &challenge,
        "https://shop.example/",
        Language::Russian,
        &environment,
        Nonce::from_bits(1),
    )
}

/// Bodies in which a secret stands where the reader fails.
fn bodies(secret: &str) -> Vec<String> {
    let quoted = serde_json::to_string(secret).unwrap();
    vec![
        secret.to_owned(),
        format!("<html>{secret}"),
        format!("<a href='/payform/?code={secret}'>"),
        format!(r#"{{"code":{quoted}}}"#),
        format!(r#"{{"id":{quoted}}}"#),
        format!(r#"{{"invoiceID":{quoted}}}"#),
        format!(r#"{{"amount":{quoted}}}"#),
        format!(r#"{{"currency":{quoted}}}"#),
        format!(r#"{{"status":{quoted},"status":1}}"#),
        format!(r#"{{"secure3D":{quoted}}}"#),
        format!(r#"{{"resultCode":{quoted}}}"#),
        format!(r#"{{{quoted}:"#),
        format!(r#"{{"access_token":{quoted}"#),
        format!(r#"{{"access_token":"{}\n"}}"#, "line"),
    ]
}

#[test]
fn no_gateway_repeats_what_it_was_answered() {
    let mut shown = String::new();
    for secret in secrets() {
        for body in bodies(secret) {
            for (status, token_too) in
                [(200, false), (400, false), (401, false), (500, false), (200, true), (302, true)]
            {
                shown += &answered(&body, status, token_too);
            }
        }
    }
    none_in("a gateway's error", &shown, &needles());
}

fn answered(body: &str, status: u16, token_too: bool) -> String {
    let body = Bytes::from(body.to_owned());
    let transport = transport_fn(move |request: Request<Bytes>| {
        let is_token = request.uri().path() == "/oauth2/token" && !token_too;
        let answer = if is_token { Bytes::from(r#"{"access_token":"T"}"#) } else { body.clone() };
        async move {
            Ok(Response::builder()
                .status(if is_token { 200 } else { status })
                .body(answer)
                .unwrap())
        }
    });
    let environment = Environment::production(KeyTrust::FirstUse);
    let gateway = planted::gateway(transport, environment, TERMINAL).with_tags(tags());
    let payment = Payment::open(
        InvoiceId::new("100000017").unwrap(),
        Money::tiyn(1_00),
        TerminalId::new(TERMINAL).unwrap(),
    );
    let sealed = || SealedMethod::card(planted::APPLE_CRYPTOGRAM.to_owned());
    let answer = ThreeDsAnswer::new(planted::PA_RES.into(), planted::MD.into());
    let mut shown = block_on(async {
        [
            refused(gateway.authorize(&payment, sealed(), &planted::request()).await),
            refused(gateway.confirm(&payment, answer).await),
            refused(gateway.status(&payment).await),
        ]
        .concat()
    });
    let shop = Payments::with_clock(gateway, MemoryStore::default(), ManualClock::default())
        .with_tags(tags());
    shown += &refused(block_on(shop.pay_with(
        "order",
        Money::tiyn(1_00),
        planted::card(planted::PAN),
        &planted::request(),
    )));
    shown
}

/// A client's own error may print the address, and the address a sum and a name.
#[tokio::test]
async fn no_transport_shows_where_it_went() {
    let transports: [Box<dyn Transport>; 2] =
        [Box::new(ReqwestTransport::new().unwrap()), Box::new(HyperTransport::new().unwrap())];
    for transport in transports {
        let query = format!("http://127.0.0.1:1/refund?externalID={}", planted::PAN);
        let request = Request::post(query).header("authorization", planted::CLIENT_SECRET);
        let request = request.body(Bytes::from(planted::APPLE_CRYPTOGRAM)).unwrap();
        let failure: TransportError = transport.send(request).await.unwrap_err();
        none_in("a transport's error", &error(&failure), &needles());
    }
}
