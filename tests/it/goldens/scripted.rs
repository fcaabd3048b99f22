//! A bank that answers one call from a script, and keeps every request as text.

use bytes::Bytes;
use epay_crypto::{Secret, TagKey};
use epay_domain::*;
use epay_http::{Credentials, Environment, HttpGateway, TransportError, Wire, transport_fn};
use epay_testkit::ManualClock;
use std::sync::{Arc, Mutex};

/// As on the bank's page; the secret is ours.
pub(super) const TERMINAL: &str = "67e34d63-102f-4bd1-898e-370781d0074d";
pub(super) const TRANSACTION: &str = "7943816b-58a8-47f6-a11e-67b63c4228c7";
const CLIENT: &str = "test";
const SECRET: &str = "not+a/secret";

/// The requests so far, each as it stands on the wire.
#[derive(Clone, Default)]
pub(super) struct Tape(Arc<Mutex<Vec<String>>>);

impl Tape {
    /// What was sent, call after call.
    pub(super) fn text(&self) -> String {
        self.0.lock().unwrap().join("\n\n")
    }

    fn keep(&self, request: &http::Request<Bytes>) {
        let mut text = format!("{} {}\n", request.method(), request.uri());
        for (name, value) in request.headers() {
            text += &format!("{name}: {}\n", value.to_str().unwrap());
        }
        text += &format!("\n{}", str::from_utf8(request.body()).unwrap());
        self.0.lock().unwrap().push(text.trim_end().to_owned());
    }
}

/// A gateway whose every call but that for a token is answered with this status and body.
pub(super) fn gateway(wire: Wire, status: u16, body: &'static [u8]) -> (HttpGateway, Tape) {
    gateway_with_token(
        wire,
        br#"{"access_token":"DCEB8O_ZM5U7SO_T_U5EJQ","expires_in":"1200"}"#,
        status,
        body,
    )
}

pub(super) fn gateway_with_token(
    wire: Wire,
    token: &'static [u8],
    status: u16,
    body: &'static [u8],
) -> (HttpGateway, Tape) {
    let tape = Tape::default();
    let kept = tape.clone();
    let transport = transport_fn(move |request: http::Request<Bytes>| {
        kept.keep(&request);
        let (status, body) =
            if request.uri().path() == "/oauth2/token" { (200, token) } else { (status, body) };
        let response =
            http::Response::builder().status(status).body(Bytes::from_static(body)).unwrap();
        async move { Ok::<_, TransportError>(response) }
    });
    let environment = Environment::production(epay_crypto::KeyTrust::FirstUse);
    let credentials = Credentials::new(CLIENT, Secret::new(SECRET), terminal());
    let tags = TagKey::new([7; 32]).unwrap();
    let clock = Arc::new(ManualClock::default());
    let gateway = HttpGateway::new(transport, clock, environment, credentials);
    (gateway.with_wire(wire).with_tags(tags), tape)
}

pub(super) fn terminal() -> TerminalId {
    TerminalId::new(TERMINAL).unwrap()
}

/// A payment of this invoice that was asked for and not answered.
pub(super) fn asked(invoice: &str, ordered: Money) -> Payment {
    let payment = Payment::open(InvoiceId::new(invoice).unwrap(), ordered, terminal());
    let event = payment.decide(Command::Authorize, Timestamp::default()).unwrap();
    payment.apply(&event)
}

/// The same after the bank has named the operation.
pub(super) fn held(invoice: &str, ordered: Money) -> Payment {
    let payment = asked(invoice, ordered);
    let transaction = TransactionId::new(TRANSACTION).ok();
    let event = payment.record_reply(
        Ok(Observation { transaction, ..Observation::reply(Fact::Authorized) }),
        Timestamp::default(),
    );
    payment.apply(&event)
}

/// A cryptogram that is none: sealing is random, so its text stands in for it.
pub(super) fn card() -> SealedMethod {
    SealedMethod::card("c2VhbGVkIGJ5IG5vYm9keQ==".to_owned())
}
