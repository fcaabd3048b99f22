//! The ways in which a call fails, as a transport tells them.

use bytes::Bytes;
use epay_http::TransportError;
use http::Response;

/// One of them, with its name on the page.
#[derive(Clone, Debug)]
pub(super) struct Failure(&'static str, Meets);

#[derive(Clone, Debug)]
enum Meets {
    NotSent,
    Cut,
    TooLarge,
    Silence,
    Answer(u16, &'static str),
}

use Meets::{Answer, NotSent, Silence, TooLarge};

const HTML: &str = "<!doctype html><title>Bad Gateway</title>";

impl Failure {
    pub(super) fn name(&self) -> &'static str {
        self.0
    }

    /// The connection breaks.
    pub(super) fn cut() -> Failure {
        Failure("the connection breaks before the answer, or in it", Meets::Cut)
    }

    /// What a transport brings; `None` is a wait without end.
    pub(super) fn brings(&self) -> Option<Result<Response<Bytes>, TransportError>> {
        match self.1 {
            Meets::NotSent => Some(Err(TransportError::not_sent("connection refused"))),
            Meets::Cut => Some(Err(TransportError::interrupted("connection reset"))),
            Meets::TooLarge => Some(Err(TransportError::too_large())),
            Meets::Silence => None,
            Meets::Answer(status, body) => Some(Ok(answer(status, body))),
        }
    }
}

pub(super) fn answer(status: u16, body: &str) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
}

/// Whatever is called.
pub(super) fn of_any() -> Vec<Failure> {
    vec![
        Failure("no such host, connection refused, TLS fails", NotSent),
        Failure::cut(),
        Failure("no answer before the deadline", Silence),
        Failure("an answer over 256 KiB", TooLarge),
        Failure("200 with HTML", Answer(200, HTML)),
        Failure("200 with JSON that is cut", Answer(200, "{\"code\":0,\"id\":\"79438")),
        Failure("401", Answer(401, "")),
        Failure("403 with HTML", Answer(403, HTML)),
        Failure("404 with HTML", Answer(404, HTML)),
        Failure("405 with HTML", Answer(405, HTML)),
        Failure("429", Answer(429, "")),
        Failure("500", Answer(500, r#"{"code":500,"message":"error"}"#)),
        Failure("502 with HTML", Answer(502, HTML)),
    ]
}

/// The same, and the answers that only an ask gets.
pub(super) fn of_an_ask() -> Vec<Failure> {
    let refusals = [
        Failure(
            "400 with code 484, which is final",
            Answer(400, r#"{"code":484,"message":"Insufficient funds"}"#),
        ),
        Failure(
            "400 with code 454, which is not final",
            Answer(400, r#"{"code":454,"message":"ask for the status"}"#),
        ),
        Failure(
            "400 with code 477, done already, or the number is taken",
            Answer(400, r#"{"code":477,"message":"exists"}"#),
        ),
        Failure("400 with HTML", Answer(400, HTML)),
        Failure("a redirect to nowhere we know", Answer(302, "")),
    ];
    [of_any(), refusals.into()].concat()
}

/// Answers of the status, with the name of each.
pub(super) const LOOKS: [(&str, u16, &str); 11] = [
    (
        "`CHARGE`",
        200,
        r#"{"resultCode":"100","transaction":{"statusName":"CHARGE","amount":100,"currency":"KZT"}}"#,
    ),
    (
        "`CHARGE` of another sum",
        200,
        r#"{"resultCode":"100","transaction":{"statusName":"CHARGE","amount":99,"currency":"KZT"}}"#,
    ),
    (
        "`AUTH`",
        200,
        r#"{"resultCode":"100","transaction":{"statusName":"AUTH","amount":100,"currency":"KZT"}}"#,
    ),
    ("`REJECT` or `FAILED`", 200, r#"{"resultCode":"100","transaction":{"statusName":"REJECT"}}"#),
    ("`CANCEL`", 200, r#"{"resultCode":"100","transaction":{"statusName":"CANCEL"}}"#),
    (
        "`3D`: the page of 3-D Secure was lost",
        200,
        r#"{"resultCode":"100","transaction":{"statusName":"3D","amount":100,"currency":"KZT"}}"#,
    ),
    ("`FINGERPRINT`", 200, r#"{"resultCode":"100","transaction":{"statusName":"FINGERPRINT"}}"#),
    ("`NEW`", 200, r#"{"resultCode":"100","transaction":{"statusName":"NEW"}}"#),
    ("a status nobody knows", 200, r#"{"resultCode":"100","transaction":{"statusName":"FROZEN"}}"#),
    ("102, not found", 200, r#"{"resultCode":"102","transaction":null}"#),
    ("104, the terminal is refused", 200, r#"{"resultCode":"104","transaction":null}"#),
];
