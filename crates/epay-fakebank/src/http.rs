//! The HTTP door: one request and one moment in, one answer out, with what the network is to do to it.

use std::fmt;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};

use crate::{
    bank::Bank,
    callbacks::Callback,
    faults::Endpoint,
    handlers::{self, Handled},
    reply,
    request::{Fields, Form},
    time::Millis,
    wire::End,
};

/// Where the OAuth host is mounted: the token call is `POST /oauth/oauth2/token`.
pub const OAUTH_BASE: &str = "/oauth";
/// Where the API host is mounted: a payment is `POST /api/payment/cryptopay`.
pub const API_BASE: &str = "/api";

/// What becomes of one request.
#[derive(Debug)]
pub struct Answer {
    /// What the client gets to see.
    pub delivery: Delivery,
    /// How many milliseconds late.
    pub delay: u64,
    /// What the bank sends to the merchant because of it.
    pub callbacks: Vec<Callback>,
}

/// How an answer reaches the client.
pub enum Delivery {
    /// All of it.
    Whole(Response<Bytes>),
    /// The head and the first so many bytes of the body; then the connection is cut.
    Truncated(Response<Bytes>, usize),
    /// Nothing: the connection is cut.
    Cut,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A body may be a token: only its status is shown.
        match self {
            Self::Whole(response) => write!(f, "Whole({})", response.status()),
            Self::Truncated(response, bytes) => {
                write!(f, "Truncated({}, {bytes})", response.status())
            }
            Self::Cut => f.write_str("Cut"),
        }
    }
}

impl Answer {
    /// The response, if all of it arrives.
    pub fn whole(self) -> Option<Response<Bytes>> {
        match self.delivery {
            Delivery::Whole(response) => Some(response),
            Delivery::Truncated(..) | Delivery::Cut => None,
        }
    }

    fn now(response: Response<Bytes>) -> Self {
        Self { delivery: Delivery::Whole(response), delay: 0, callbacks: Vec::new() }
    }
}

impl Bank {
    /// Answers one request of the bank's API: paths under [`OAUTH_BASE`] and [`API_BASE`], host and scheme ignored.
    pub fn answer(&mut self, request: &Request<Bytes>, now: Millis) -> Answer {
        let route = match Route::of(request.method(), request.uri().path()) {
            Ok(route) => route,
            Err(status) => {
                return Answer::now(reply::with_body(status, "text/plain", "no such page\n"));
            }
        };
        let subject = route.subject(request);
        let performed =
            self.perform(route.endpoint, &subject, now, |bank| route.handle(bank, request, now));
        let response = performed.value;
        if let (Some(entry), Some(response)) = (self.wire.last_mut(), &response) {
            entry.http_status = Some(response.status().as_u16());
        }
        let delivery = match (performed.end, response) {
            (End::Answered, Some(response)) => Delivery::Whole(response),
            (End::Truncated(bytes), Some(response)) => Delivery::Truncated(response, bytes),
            (End::ErrorAfterEffect, Some(_)) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Delivery::Whole(reply::with_body(status, "text/plain", "internal server error\n"))
            }
            _ => Delivery::Cut,
        };
        Answer { delivery, delay: performed.delay, callbacks: performed.callbacks }
    }
}

/// A known call and the id in its path.
struct Route<'a> {
    endpoint: Endpoint,
    id: &'a str,
}

impl<'a> Route<'a> {
    fn of(method: &Method, path: &'a str) -> Result<Self, StatusCode> {
        let (endpoint, id) = if let Some(rest) = path.strip_prefix(OAUTH_BASE) {
            match rest {
                "/oauth2/token" => (Endpoint::Token, ""),
                _ => return Err(StatusCode::NOT_FOUND),
            }
        } else {
            let rest = path.strip_prefix(API_BASE).ok_or(StatusCode::NOT_FOUND)?;
            let segments: Vec<&str> = rest.split('/').skip(1).collect();
            match *segments.as_slice() {
                ["public.rsa"] => (Endpoint::PublicKey, ""),
                ["payment", "cryptopay"] => (Endpoint::Cryptopay, ""),
                ["payment", "confirm"] => (Endpoint::Confirm, ""),
                ["operation", id, "charge"] => (Endpoint::Charge, id),
                ["operation", id, "cancel"] => (Endpoint::Cancel, id),
                ["operation", id, "refund"] => (Endpoint::Refund, id),
                ["check-status", "payment", "transaction", id] => (Endpoint::Status, id),
                _ => return Err(StatusCode::NOT_FOUND),
            }
        };
        let expected = match endpoint {
            Endpoint::PublicKey | Endpoint::Status => Method::GET,
            _ => Method::POST,
        };
        if *method == expected {
            Ok(Self { endpoint, id })
        } else {
            Err(StatusCode::METHOD_NOT_ALLOWED)
        }
    }

    /// What the wire log says the call is about.
    fn subject(&self, request: &Request<Bytes>) -> String {
        let named = match self.endpoint {
            Endpoint::Token => Form::of(request.headers(), request.body())
                .and_then(|form| form.get("invoiceid").map(str::to_owned)),
            Endpoint::Cryptopay => {
                Fields::of(request.body()).and_then(|fields| fields.text("invoiceid"))
            }
            Endpoint::Confirm => Fields::of(request.body()).and_then(|fields| fields.text("id")),
            _ => Some(self.id.to_owned()),
        };
        named.unwrap_or_default()
    }

    fn handle(&self, bank: &mut Bank, request: &Request<Bytes>, now: Millis) -> Response<Bytes> {
        let handled: Handled = match self.endpoint {
            Endpoint::Token => Ok(handlers::token(bank, request, now)),
            Endpoint::PublicKey => Ok(reply::with_body(
                StatusCode::OK,
                "application/octet-stream",
                bank.public_key_pem().to_owned(),
            )),
            Endpoint::Cryptopay => Ok(handlers::cryptopay(bank, request, now)),
            Endpoint::Confirm => handlers::confirm(bank, request, now),
            Endpoint::Charge => handlers::charge(bank, request, self.id, now),
            Endpoint::Cancel => handlers::cancel(bank, request, self.id, now),
            Endpoint::Refund => handlers::refund(bank, request, self.id, now),
            Endpoint::Status => handlers::status(bank, request, self.id, now),
        };
        handled.unwrap_or_else(|refusal| reply::refusal(&refusal))
    }
}
