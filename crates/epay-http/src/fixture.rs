//! Common fixtures of this crate's tests: one shop, one payment, and the shape of a request as
//! text.

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{
    AttemptTag, Command, Fact, InvoiceId, Money, Observation, Payment, SealedMethod, StepId,
    TerminalId, Timestamp, TransactionId,
};
use http::{Request, Response};

use crate::{Credentials, Environment};

pub(crate) const TERMINAL: &str = "67e34d63-102f-4bd1-898e-370781d0074d";
pub(crate) const INVOICE: &str = "163637162556226";
pub(crate) const TRANSACTION: &str = "7943816b-58a8-47f6-a11e-67b63c4228c7";
pub(crate) const SECRET: &str = "hush+hush";

pub(crate) fn environment() -> Environment {
    Environment::fake_bank("http://127.0.0.1:8080/oauth", "http://127.0.0.1:8080/api").unwrap()
}

pub(crate) fn terminal() -> TerminalId {
    TerminalId::new(TERMINAL).unwrap()
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new("test", Secret::new(SECRET), terminal())
}

pub(crate) fn token() -> Secret {
    Secret::new("DCEB8O_ZM5U7SO_T_U5EJQ")
}

pub(crate) fn tag() -> AttemptTag {
    AttemptTag::new([7; 16])
}

pub(crate) fn step() -> StepId {
    StepId::new("step-1").unwrap()
}

pub(crate) fn invoice() -> InvoiceId {
    InvoiceId::new(INVOICE).unwrap()
}

/// 100 tenge, not asked for yet.
pub(crate) fn payment() -> Payment {
    Payment::open(invoice(), Money::tenge(100), terminal())
}

/// The same after the bank has named the operation.
pub(crate) fn named_payment() -> Payment {
    let at = Timestamp::from_unix_millis(0);
    let payment = payment();
    let asked = payment.decide(Command::Authorize, at).unwrap();
    let transaction = TransactionId::new(TRANSACTION).ok();
    let heard = payment
        .record_reply(Ok(Observation { transaction, ..Observation::reply(Fact::Authorized) }), at);
    payment.apply(&asked).apply(&heard)
}

pub(crate) fn card() -> SealedMethod {
    SealedMethod::card("c2VhbGVk+w==".to_owned())
}

pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).body(body.into()).unwrap()
}

/// A request as it goes over the wire, and whether its token would be printed.
pub(crate) fn written(request: &Request<Bytes>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        assert_eq!(value.is_sensitive(), name == "authorization", "{name}");
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    text + "\n" + str::from_utf8(request.body()).unwrap()
}
