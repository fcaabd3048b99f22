//! The HTTP door: one request and one moment in, one answer out, with what the network is to do to it.

use std::fmt;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::{
    bank::Bank, callbacks::Callback, faults::Endpoint, reply, route::Route, time::Millis, wire::End,
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
        let strict = self.settings.switches.strict;
        let route = Route::of(request.method(), request.uri().path());
        let route = match route.and_then(|route| route.documented(strict)) {
            Ok(route) => route,
            Err(refused) => {
                let refused = refused.answer();
                self.note(Endpoint::Other, "", now, End::Answered);
                self.answered_with(refused.status());
                return Answer::now(refused);
            }
        };
        let subject = route.subject(request);
        let performed =
            self.perform(route.endpoint, &subject, now, |bank| route.handle(bank, request, now));
        let response = performed.value;
        if let Some(response) = &response {
            self.answered_with(response.status());
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

    fn answered_with(&mut self, status: StatusCode) {
        if let Some(entry) = self.wire.last_mut() {
            entry.http_status = Some(status.as_u16());
        }
    }
}
