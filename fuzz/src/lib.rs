//! What each fuzz target does with bytes, and what it says of what is made of them. The tests in `tests/hostile` are built
//! with it, and bring it the corpus.

pub mod apple_pay;

use bytes::Bytes;
use epay_crypto::{KeyTrust, PublicKey};
use epay_domain::{
    Challenge, Delivery, Event, Gateway, GatewayErrorKind, Language, Payment, PaymentRequest,
    PaymentStatus, SealedMethod,
};
use epay_http::{
    Environment, Nonce, PostLink, ThreeDsForm, TransportError, read_three_ds_return, transport_fn,
};
use epay_store::{decode, encode};
use epay_tests::{
    bench::{Alarm, gateway_over},
    stage::{self, Call},
};
use http::{HeaderValue, Request, Response, header::LOCATION};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// An answer: the first byte chooses its status, the rest is its body, or where it redirects to.
fn answer(data: &[u8]) -> Option<Response<Bytes>> {
    let (first, rest) = data.split_first()?;
    let status = match first % 8 {
        0..=2 => 200,
        3..=4 => 400,
        5 => 302,
        6 => 401,
        _ => 500,
    };
    let mut answer = stage::answer(status, rest.to_vec());
    if let (302, Ok(link)) = (status, HeaderValue::from_bytes(rest)) {
        answer.headers_mut().insert(LOCATION, link);
    }
    Some(answer)
}

/// Whatever answers a call that may move money: it was sent once, and no error says that it was not.
fn ask(call: Call, data: &[u8]) {
    let Some(answer) = answer(data) else { return };
    let tried = call.tried(&answer);
    assert_eq!(tried.sent, 1);
    if let Err((delivery, kind)) = tried.heard {
        assert_eq!((delivery, tried.stands), (Some(Delivery::MaybeSent), PaymentStatus::Unknown));
        assert!(!matches!(kind, GatewayErrorKind::Request | GatewayErrorKind::Connection));
    }
    let is_payment = matches!(call, Call::Authorize | Call::Confirm);
    assert!(
        !(is_payment && tried.stands == PaymentStatus::Declined && answer.status() != 400),
        "only a 400 is a no"
    );
    if answer.status() == 302 {
        assert!(
            matches!(tried.stands, PaymentStatus::Unknown | PaymentStatus::Disputed),
            "a redirect is a hint"
        );
    }
}

/// The answer to a payment.
pub fn cryptopay(data: &[u8]) {
    ask(Call::Authorize, data);
}

/// The answer, the redirect or the page after 3-D Secure.
pub fn confirm(data: &[u8]) {
    ask(Call::Confirm, data);
}

/// Three calls that are answered alike.
pub fn step(data: &[u8]) {
    [Call::Capture, Call::Void, Call::Refund].into_iter().for_each(|call| ask(call, data));
}

/// Whatever answers a status check: an error teaches nothing.
pub fn status(data: &[u8]) {
    let Some(answer) = answer(data) else { return };
    let tried = Call::Status.tried(&answer);
    assert!(tried.heard.is_ok() || tried.stands == PaymentStatus::Unknown);
}

/// Whatever answers the call for a token: without one, nothing is asked, and that is known.
pub fn oauth_token(data: &[u8]) {
    let Some(token) = answer(data) else { return };
    let tried = Call::Void.tried_with(&token, &stage::answer(200, ""));
    match tried.heard {
        Ok(_) => assert_eq!(tried.sent, 1),
        Err((delivery, _)) => assert_eq!((tried.sent, delivery), (0, Some(Delivery::NotSent))),
    }
}

/// Apple's token, as the shop hands it in: it is sent as it is, and the request stays JSON.
pub fn apple_pay_token(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Some(body) = body_with(text) else { return };
    let body: BTreeMap<&str, &RawValue> = serde_json::from_slice(&body).expect("we write JSON");
    assert_eq!(body["applePay"].get(), text.trim_matches([' ', '\t', '\r', '\n']));
    assert_eq!(
        (body["cryptogram"].get(), body["amount"].get(), body.len()),
        ("\"c2VhbGVk\"", "100", 10)
    );
}

/// The body of a payment with this as Apple's token, if it was sent.
fn body_with(payment_data: &str) -> Option<Bytes> {
    let sent = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&sent);
    let transport = transport_fn(move |request: Request<Bytes>| {
        let is_token = request.uri().path() == "/oauth2/token";
        if !is_token {
            *kept.lock().unwrap() = Some(request.into_body());
        }
        async move {
            Ok::<_, TransportError>(stage::answer(
                200,
                if is_token { r#"{"access_token":"T"}"# } else { "{}" },
            ))
        }
    });
    let method = SealedMethod::apple_pay_token("c2VhbGVk".to_owned(), payment_data.to_owned());
    let payment = Call::Authorize.unanswered();
    let (request, gateway) =
        (PaymentRequest::new("Order 17").unwrap(), gateway_over(transport, Alarm::Silent));
    let _ = pollster::block_on(gateway.authorize(&payment, method, &request));
    sent.lock().unwrap().take()
}

/// The bank's notification: what is read of it, another reader finds, too.
pub fn post_link(data: &[u8]) {
    if PostLink::read(data).is_ok() {
        let json = data.strip_prefix("\u{feff}".as_bytes()).unwrap_or(data);
        let other: BTreeMap<String, IgnoredAny> = serde_json::from_slice(json).expect("it is JSON");
        assert!(other.keys().any(|key| key.eq_ignore_ascii_case("invoiceId")));
    }
}

/// Lines of the log: what is read of one is read of it in any order, and whatever they tell together folds.
pub fn record(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let events: Vec<Event> = text.lines().filter_map(|line| decode(line).ok()).collect();
    for event in &events {
        let line = encode(event).expect("what was read can be written");
        let by_name: BTreeMap<&str, &RawValue> = serde_json::from_str(&line).expect("it is JSON");
        let sorted = serde_json::to_string(&by_name).expect("it was JSON");
        for line in [line.as_str(), &sorted] {
            assert_eq!(decode(line).expect("it was read before"), *event);
        }
    }
    let opened = Call::Authorize.unanswered();
    let opened =
        Payment::open(opened.invoice().clone(), opened.ordered(), opened.terminal().clone());
    let payment = events.iter().fold(opened, Payment::apply);
    let _ = (payment.status(), payment.payer_charged(), payment.list_keys());
}

/// A key file.
pub fn public_key(data: &[u8]) {
    if let Ok(key) = PublicKey::parse(data) {
        let again = PublicKey::parse(data).map(|again| again.spki_sha256());
        assert_eq!(again.ok(), Some(key.spki_sha256()));
    }
}

/// What the payer's browser brings back.
pub fn three_ds_return(data: &[u8]) {
    if let Ok(answer) = read_three_ds_return(data) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("PaRes", answer.pa_res()).append_pair("MD", answer.md());
        let again = read_three_ds_return(form.finish().as_bytes());
        // Written out, it may have become longer than is read.
        assert!(again.map_or(data.len() > 20_000, |again| again.pa_res() == answer.pa_res()
            && again.md() == answer.md()));
    }
}

/// The page of a challenge: whatever is on it, it has one form, three inputs and one script.
pub fn three_ds_form(data: &[u8]) {
    let Some(html) = page(data) else { return };
    let count = |part: &str| html.matches(part).count();
    assert_eq!(["<form", "<input", "<script", "\""].map(count), [1, 3, 1, 38]);
}

/// The page of a challenge whose four parts stand between zero bytes.
fn page(data: &[u8]) -> Option<String> {
    let mut parts =
        data.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned());
    let mut next = || parts.next().unwrap_or_default();
    let challenge = Challenge { action: format!("https://{}", next()), pa_req: next(), md: next() };
    let (environment, term_url) =
        (Environment::production(KeyTrust::FirstUse), format!("https://{}", next()));
    let form = ThreeDsForm::new(
        &challenge,
        &term_url,
        Language::English,
        &environment,
        Nonce::from_bits(1),
    );
    form.ok().map(|form| form.html().to_owned())
}
