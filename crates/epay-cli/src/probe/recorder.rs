//! Records each call on the wire: method, path, HTTP status, and the parts of the answer that may
//! be kept.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use epay::{HyperTransport, Transport};
use epay_http::TransportError;
use http::{HeaderValue, Request, Response, Uri, header};

use super::scrub::{self, Seen};

/// One request with its answer.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) method: String,
    /// Without the query, which may have a token; operations are named by a uuid of the bank's, left out as well.
    pub(super) path: String,
    /// `None`: it was lost.
    pub(super) status: Option<u16>,
    /// What kind of body it has, in a word.
    pub(super) kind: &'static str,
    pub(super) seen: Seen,
}

/// How the next request is changed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Its token is taken off.
    NoToken,
    /// It gets the token of the payment before.
    UsedToken,
    /// A key of its body is written in another casing than on the bank's pages.
    OtherCasing,
}

/// A transport that notes. The token it keeps is shown to nobody.
pub(super) struct Recorder {
    inner: HyperTransport,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    exchanges: Vec<Exchange>,
    /// For the next request to a path that ends so.
    change: Option<(String, Change)>,
    used: Option<HeaderValue>,
    /// Every token that went out, to look for before something is written.
    tokens: Vec<HeaderValue>,
}

impl Recorder {
    pub(super) fn new(inner: HyperTransport) -> Recorder {
        Recorder { inner, state: Mutex::default() }
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.state().exchanges.clone()
    }

    /// The latest exchange under a path that holds `part`.
    pub(super) fn last(&self, part: &str) -> Option<Exchange> {
        self.state().exchanges.iter().rev().find(|exchange| exchange.path.contains(part)).cloned()
    }

    /// Changes the next request to a path that ends in `end`.
    pub(super) fn change(&self, end: &str, change: Change) {
        self.state().change = Some((end.to_owned(), change));
    }

    /// Whether a token that was used is told in `text`.
    pub(super) fn is_token_in(&self, text: &str) -> bool {
        let told = |token: &HeaderValue| {
            let token = token.to_str().unwrap_or_default();
            let token = token.rsplit(' ').next().unwrap_or_default();
            token.len() > 5 && text.contains(token)
        };
        self.state().tokens.iter().any(told)
    }

    fn changed(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        let mut state = self.state();
        let path = request.uri().path().to_owned();
        match state.change.take_if(|(end, _)| path.ends_with(end.as_str())) {
            Some((_, Change::OtherCasing)) => {
                let body = String::from_utf8_lossy(request.body());
                let body = body.replacen("\"description\"", "\"Description\"", 1);
                *request.body_mut() = body.into();
            }
            Some((_, change)) => {
                request.headers_mut().remove(header::AUTHORIZATION);
                if let (Change::UsedToken, Some(used)) = (change, &state.used) {
                    request.headers_mut().insert(header::AUTHORIZATION, used.clone());
                }
            }
            None => {}
        }
        if let Some(token) = request.headers().get(header::AUTHORIZATION).cloned() {
            if path.ends_with("/cryptopay") {
                state.used = Some(token.clone());
            }
            state.tokens.push(token);
        }
        request
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let request = self.changed(request);
        let (method, path) = (request.method().to_string(), path(request.uri()));
        let answer = self.inner.send(request).await;
        let (status, kind, seen) = match &answer {
            Ok(answer) => {
                (Some(answer.status().as_u16()), kind(answer), scrub::body(answer.body()))
            }
            Err(_) => (None, "lost", Seen::new()),
        };
        self.state().exchanges.push(Exchange { method, path, status, kind, seen });
        answer
    }

    async fn prepare(&self, uri: &Uri) {
        self.inner.prepare(uri).await;
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

/// The path, with `…` for what is no word or number of ours.
fn path(uri: &Uri) -> String {
    let part = |part: &str| {
        let is_word = part.chars().all(|c| c.is_ascii_alphabetic() || "-.2".contains(c));
        let is_invoice = part.len() <= 15 && part.chars().all(|c| c.is_ascii_digit());
        if is_word && part.len() <= 24 || is_invoice { part.to_owned() } else { "…".to_owned() }
    };
    uri.path().split('/').map(part).collect::<Vec<_>>().join("/")
}

fn kind(answer: &Response<Bytes>) -> &'static str {
    let body = answer.body().trim_ascii_start();
    match body.first() {
        _ if answer.headers().contains_key(header::LOCATION) => "a redirect",
        None => "empty",
        Some(b'{' | b'[') => "JSON",
        Some(b'<') => "a page",
        Some(_) => "text",
    }
}
