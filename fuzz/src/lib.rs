//! What a fuzz target does with bytes: they answer a call in the bank's place, and what is made of them is judged.

pub mod apple_pay;
#[path = "../../tests/hostile/stage.rs"]
mod stage;

use bytes::Bytes;
use epay_crypto::KeyTrust;
use epay_domain::{
    Challenge, Delivery, Gateway, GatewayErrorKind, Language, PaymentRequest, SealedMethod,
    PaymentStatus,
};
use epay_http::{Environment, Nonce, ThreeDsForm, TransportError, transport_fn};
use http::{HeaderValue, Request, Response, header::LOCATION};
use std::sync::{Arc, Mutex};

use stage::Call;

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
pub fn look(data: &[u8]) {
    let Some(answer) = answer(data) else { return };
    let tried = Call::Status.tried(&answer);
    assert!(tried.heard.is_ok() || tried.stands == PaymentStatus::Unknown);
}

/// Whatever answers the call for a token: without one, nothing is asked, and that is known.
pub fn token(data: &[u8]) {
    let Some(token) = answer(data) else { return };
    let tried = Call::Void.tried_with(&token, &stage::answer(200, ""));
    match tried.heard {
        Ok(_) => assert_eq!(tried.sent, 1),
        Err((delivery, _)) => assert_eq!((tried.sent, delivery), (0, Some(Delivery::NotSent))),
    }
}

/// The body of a payment with this as Apple's token, if it was sent.
pub fn body_with(payment_data: &str) -> Option<Bytes> {
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
        (PaymentRequest::new("Order 17").unwrap(), stage::gateway_over(transport));
    let _ = pollster::block_on(gateway.authorize(&payment, method, &request));
    sent.lock().unwrap().take()
}

/// How often a page has a form, an input, a script, and a double quote.
pub const PARTS_OF_A_PAGE: [usize; 4] = [1, 3, 1, 38];

/// The page of a challenge whose four parts stand between zero bytes.
pub fn page(data: &[u8]) -> Option<String> {
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
