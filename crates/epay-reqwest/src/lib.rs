//! A ready transport over [`reqwest`]: whatever reqwest does on its own that could send a payment twice is off.
//!
//! ```
//! use epay_http::Transport;
//! use epay_reqwest::ReqwestTransport;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = ReqwestTransport::new()?; // or: ReqwestTransport::build(|client| client.proxy(proxy.clone()))?
//! let request = http::Request::get("https://epay-api.homebank.kz/public.rsa").body(bytes::Bytes::new())?;
//! let response = transport.send(request).await?; // any status is an answer
//! println!("{}", response.status());
//! # Ok(())
//! # }
//! ```
//!
//! Requests marked [`SafeToRepeat`] use kept connections. Any other may move money and has a new connection, whose TLS
//! resumes a session and sends nothing early: reqwest does not say which connection a request goes over, so none can be
//! proven alive for it first. [`epay_hyper`](https://docs.rs/epay-hyper) does that.
//!
//! Off, and not to be switched on: following redirects, repeating requests, decompression, HTTP/2, `Referer`. Off unless
//! asked for in [`ReqwestTransport::build`]: proxies of the environment.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use epay_http::{ReadBody, SafeToRepeat, Transport, TransportError};
use reqwest::{Client, ClientBuilder, Url, redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;

/// Time to resolve, connect and agree on keys. It bounds the part of a call that is safe to repeat; the rest is
/// bounded by [`HttpGateway::with_deadline`](epay_http::HttpGateway::with_deadline).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many connections to each host are kept for what is safe to repeat, and for how long, unless others were set.
const KEPT: (usize, Duration) = (32, Duration::from_secs(30));

/// A [`Transport`] over reqwest. Clones share its connections.
#[derive(Clone)]
pub struct ReqwestTransport {
    /// For what is safe to repeat.
    keeping: Client,
    /// For what may move money: each request has a connection of its own.
    renewing: Client,
}

impl ReqwestTransport {
    /// HTTP/1.1 over TLS 1.2 or 1.3 by `ring`, with the root certificates this machine trusts.
    ///
    /// For requests that are safe to repeat up to 32 connections to each host are kept, each for 30 seconds.
    pub fn new() -> Result<ReqwestTransport, BuildError> {
        ReqwestTransport::build(|client| client)
    }

    /// The same with changes of your own: a proxy, a source address, TLS by `tls_backend_preconfigured`, the pool of
    /// what is safe to repeat. What keeps the [contract](Transport#contract) is set after yours.
    ///
    /// `change` is called twice, because what may move money has a client of its own, without a pool.
    pub fn build(
        change: impl Fn(ClientBuilder) -> ClientBuilder,
    ) -> Result<ReqwestTransport, BuildError> {
        let tls = tls()?;
        let (most, idle) = KEPT;
        let changed = || {
            let ours = Client::builder()
                // A copy resumes the sessions of the other.
                .tls_backend_preconfigured(tls.clone())
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_max_idle_per_host(most)
                .pool_idle_timeout(idle)
                .no_proxy();
            change(ours)
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .referer(false)
                .http1_only()
                // Another crate of the build may have switched these features of reqwest on.
                .no_gzip()
                .no_brotli()
                .no_zstd()
                .no_deflate()
        };
        Ok(ReqwestTransport {
            keeping: changed().build().map_err(BuildError::caused)?,
            renewing: changed().pool_max_idle_per_host(0).build().map_err(BuildError::caused)?,
        })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let client = if SafeToRepeat::marks(&request) { &self.keeping } else { &self.renewing };
        let target = request.uri().path_and_query().map(ToString::to_string);
        let request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::not_sent(error.without_url()))?;
        if Some(path_and_query(request.url())) != target {
            return Err(TransportError::not_sent(
                "reqwest would send another path or query than was asked",
            ));
        }
        let mut answer = client.execute(request).await.map_err(failed)?;
        let mut body = ReadBody::new(answer.content_length())?;
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            body.push(&piece)?;
        }
        let mut response = http::Response::new(body.finish()?);
        (*response.status_mut(), *response.version_mut()) = (answer.status(), answer.version());
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

/// Holds a client whose default headers may be the caller's secret.
impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport(..)")
    }
}

/// What goes on the wire; reqwest's URL type tidies some paths and queries up.
fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// Connecting ends before the request begins, so an error of that phase proves that nothing left. No other kind does:
/// reqwest has errors it names after the builder that can also come after an answer.
fn failed(error: reqwest::Error) -> TransportError {
    let before_the_request = error.is_connect();
    let error = error.without_url();
    if before_the_request {
        TransportError::not_sent(error)
    } else {
        TransportError::interrupted(error)
    }
}

/// A configuration of its own, so that no other user of rustls in the process is affected.
fn tls() -> Result<ClientConfig, BuildError> {
    let versions = || {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(BuildError::caused)
    };
    // A machine without root certificates can still talk to the fake bank on loopback. With the bank, the handshake
    // fails for want of a trusted issuer, which is before anything was sent.
    let without_roots =
        || Ok(versions()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    versions()?
        .with_platform_verifier()
        .map(|config| config.with_no_client_auth())
        .or_else(|_| without_roots())
}

/// The HTTP client could not be set up; the operator looks at what was changed in [`ReqwestTransport::build`].
#[derive(Debug)]
pub struct BuildError(Box<dyn Error + Send + Sync>);

impl BuildError {
    fn caused(error: impl Error + Send + Sync + 'static) -> BuildError {
        BuildError(error.into())
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the http client could not be set up")
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

#[cfg(test)]
mod tests;
