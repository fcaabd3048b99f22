//! A transport that breaks one rule fails the suite, and the suite names that rule.

use std::{fmt, panic::resume_unwind, sync::Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use epay_http::{ReadBody, Transport, TransportError, TransportErrorKind};
use epay_testkit::conformance;
use http::{HeaderValue, Request, Response, header};
use reqwest::{Client, redirect, retry};

/// What somebody who wires up a client can easily get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    ChangesTheBody,
    TidiesTheTargetUp,
    DropsTheQuery,
    AddsAuthorization,
    ThrowsAtErrorStatus,
    FollowsRedirects,
    RetriesWhatBroke,
    RetriesWhatBrokeOnKeptConnections,
    RetriesWhatIsBusy,
    CallsWhatBrokeNotSent,
    SwallowsACut,
    CollectsFirst,
    CollectsWithoutBounds,
    ServesOneTaskAtATime,
    OutlivesItsFuture,
    ShowsHeaders,
    ShowsUrls,
    ObeysTheEnvironment,
}

/// An honest transport over reqwest but for one lie.
pub(super) struct Liar {
    lie: Option<Defect>,
    client: Client,
    last: Mutex<String>,
    turn: tokio::sync::Mutex<()>,
}

impl Liar {
    /// Each with a client of the same settings, which is made once, because that is slow.
    pub(super) fn many(lie: Option<Defect>) -> impl Fn() -> Liar {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let kept = usize::from(lie == Some(Defect::RetriesWhatBrokeOnKeptConnections));
        let mut client = Client::builder().retry(retry::never()).pool_max_idle_per_host(kept);
        if lie != Some(Defect::FollowsRedirects) {
            client = client.redirect(redirect::Policy::none());
        }
        if lie != Some(Defect::ObeysTheEnvironment) {
            client = client.no_proxy();
        }
        let client = client.build().unwrap();
        move || Liar {
            lie,
            client: client.clone(),
            last: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    fn tells(&self, lie: Defect) -> bool {
        self.lie == Some(lie)
    }

    fn falsified(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        if self.tells(Defect::ChangesTheBody) {
            *request.body_mut() = String::from_utf8_lossy(request.body()).into_owned().into();
        }
        if self.tells(Defect::TidiesTheTargetUp) {
            *request.uri_mut() = request.uri().to_string().replace("%2F", "/").parse().unwrap();
        }
        if self.tells(Defect::DropsTheQuery) {
            *request.uri_mut() =
                request.uri().to_string().split('?').next().unwrap().parse().unwrap();
        }
        if self.tells(Defect::AddsAuthorization) {
            let ours = HeaderValue::from_static("Basic eDp5");
            request.headers_mut().entry(header::AUTHORIZATION).or_insert(ours);
        }
        request
    }
}

#[async_trait]
impl Transport for Liar {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let headers = format!("{:?}", request.headers());
        let is_first = std::mem::replace(&mut *self.last.lock().unwrap(), headers).is_empty();
        let _turn = if self.tells(Defect::ServesOneTaskAtATime) {
            Some(self.turn.lock().await)
        } else {
            None
        };
        let request = self.falsified(request);
        let once = || exchange(self.client.clone(), self.lie, request.clone());
        if self.tells(Defect::OutlivesItsFuture) {
            return tokio::spawn(once()).await.unwrap();
        }
        let outcome = once().await;
        let broke =
            outcome.as_ref().is_err_and(|error| error.kind() == TransportErrorKind::Interrupted);
        let status = outcome.as_ref().map_or(0, |answer| answer.status().as_u16());
        match self.lie {
            Some(Defect::RetriesWhatBroke) if broke => once().await,
            Some(Defect::RetriesWhatBrokeOnKeptConnections) if broke && !is_first => once().await,
            Some(Defect::RetriesWhatIsBusy) if [429, 503].contains(&status) => once().await,
            Some(Defect::ThrowsAtErrorStatus) if status >= 400 => {
                Err(TransportError::interrupted("a bad status"))
            }
            _ => outcome,
        }
    }
}

impl fmt::Debug for Liar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tells(Defect::ShowsHeaders) {
            f.write_str(&self.last.lock().unwrap())
        } else {
            f.write_str("Liar")
        }
    }
}

async fn exchange(
    client: Client,
    lie: Option<Defect>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    let failed = |error| failed(lie, error);
    let mut answer = client.execute(request.try_into().map_err(failed)?).await.map_err(failed)?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    if let Some(Defect::CollectsFirst | Defect::CollectsWithoutBounds) = lie {
        let all = answer.bytes().await.map_err(failed)?;
        let too_large =
            lie == Some(Defect::CollectsFirst) && all.len() > epay_http::MAX_RESPONSE_BYTES;
        return if too_large {
            Err(TransportError::too_large())
        } else {
            Ok(response.map(|_| all))
        };
    }
    let swallows = lie == Some(Defect::SwallowsACut);
    let mut body = ReadBody::new(answer.content_length().filter(|_| !swallows))?;
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) => body.push(&piece)?,
            Ok(None) => break,
            Err(_) if swallows => break,
            Err(error) => return Err(failed(error)),
        }
    }
    let body = body.finish()?;
    Ok(response.map(|_| body))
}

/// `is_request` sounds like "before it was sent", and is also true of a connection that broke afterwards.
fn failed(lie: Option<Defect>, error: reqwest::Error) -> TransportError {
    let not_sent =
        error.is_connect() || (lie == Some(Defect::CallsWhatBrokeNotSent) && error.is_request());
    let error = if lie == Some(Defect::ShowsUrls) { error } else { error.without_url() };
    if not_sent { TransportError::not_sent(error) } else { TransportError::interrupted(error) }
}

/// What the suite says of it; nothing where it keeps the contract.
fn verdict(lie: Option<Defect>, clock_stands_still: bool) -> Option<String> {
    let judged = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(clock_stands_still)
            .build()
            .unwrap();
        runtime.block_on(conformance::transport(Liar::many(lie)));
    });
    let panic = judged.join().err()?;
    Some(panic.downcast::<String>().map_or_else(|other| resume_unwind(other), |said| *said))
}

#[track_caller]
fn check(lie: Defect, rule: u8, clock_stands_still: bool) {
    let said = verdict(Some(lie), clock_stands_still).unwrap_or_default();
    let expected = format!("the transport breaks rule {rule} of its contract: ");
    assert!(said.starts_with(&expected), "{lie:?} is no breach of {rule} to the suite: {said:?}");
}

#[test]
fn without_a_lie_it_passes() {
    assert_eq!(verdict(None, false), None);
}

#[test]
fn each_defect_is_named() {
    for (lie, rule) in [
        (Defect::ChangesTheBody, 1),
        (Defect::TidiesTheTargetUp, 1),
        (Defect::DropsTheQuery, 1),
        (Defect::AddsAuthorization, 2),
        (Defect::ThrowsAtErrorStatus, 3),
        (Defect::FollowsRedirects, 4),
        (Defect::RetriesWhatBroke, 5),
        (Defect::RetriesWhatBrokeOnKeptConnections, 5),
        (Defect::RetriesWhatIsBusy, 5),
        (Defect::CallsWhatBrokeNotSent, 6),
        (Defect::SwallowsACut, 7),
        (Defect::CollectsFirst, 8),
        (Defect::CollectsWithoutBounds, 8),
        (Defect::ShowsHeaders, 11),
        (Defect::ShowsUrls, 11),
    ] {
        check(lie, rule, false);
    }
}

/// Somebody waits forever; with the clock stopped, the suite's time-out ends at once.
#[test]
fn each_lie_that_waits_forever_is_named() {
    check(Defect::ServesOneTaskAtATime, 9, true);
    check(Defect::OutlivesItsFuture, 10, true);
}
