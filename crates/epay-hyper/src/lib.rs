//! The ready transport over [`hyper`](https://docs.rs/hyper) alone: less between the bank's bytes and you than reqwest.
//!
//! ```
//! use epay_http::Transport;
//! use epay_hyper::HyperTransport;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = HyperTransport::new()?; // or: HyperTransport::new()?.keep_connections(most, idle)
//! let request = http::Request::get("https://epay-api.homebank.kz/public.rsa").body(bytes::Bytes::new())?;
//! let response = transport.send(request).await?; // any status is an answer
//! println!("{}", response.status());
//! # Ok(())
//! # }
//! ```
//!
//! It keeps connections. A request that may move money goes only over one that has proven alive within the last second
//! ([`PROVEN_FOR`]), or over a new one, whose TLS resumes a session and sends nothing early. It knows no redirects, no
//! proxies, no cookies and no compression, and repeats nothing but what is marked [`SafeToRepeat`]. It runs inside tokio.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use epay_http::{SafeToRepeat, Transport, TransportError, TransportErrorKind};
use http::{HeaderValue, Request, Response, Uri, Version, header::HOST, uri::PathAndQuery};
use http_body_util::Full;
use rustls::ClientConfig;

use connect::Connect;
use connection::{Connection, now};
use pool::Pool;

mod connect;
mod connection;
mod pool;
#[cfg(test)]
mod tests;

/// For how long a connection counts as proven alive: since its handshake, or since the whole answer to a request that is
/// [`SafeToRepeat`]. A server that closes unused connections waits longer than that.
pub const PROVEN_FOR: Duration = Duration::from_secs(1);
/// How long a kept connection that is not proven may take for a request that is safe to repeat. Then it counts as dead,
/// and the request goes out once more on a new one, for which only the caller's deadline counts.
const SILENCE: Duration = Duration::from_secs(5);
/// How many connections to each host are kept, and for how long, unless others were set.
const KEPT: (usize, Duration) = (32, Duration::from_secs(30));

/// A [`Transport`] over hyper's connections. Clones share them.
#[derive(Clone)]
pub struct HyperTransport {
    connect: Connect,
    pool: Arc<Pool>,
}

impl HyperTransport {
    /// HTTP/1.1 over TLS 1.2 or 1.3 by `ring`, with the root certificates this machine trusts.
    ///
    /// Up to 32 connections to each host are kept, each for 30 seconds after its last answer.
    pub fn new() -> Result<HyperTransport, BuildError> {
        Ok(HyperTransport::with_tls(connect::tls().map_err(BuildError)?))
    }

    /// The same with TLS of your own: other root certificates, a client certificate. Early data stays off.
    pub fn with_tls(tls: ClientConfig) -> HyperTransport {
        let (most, idle) = KEPT;
        let (connect, pool) = (Connect::new(tls), Arc::new(Pool::new(most, idle)));
        HyperTransport { connect, pool }
    }

    /// Keeps up to `most` connections to each host for later requests, each for `idle` after its last answer; none if
    /// either is zero, and then each request has a connection of its own.
    ///
    /// Choose an `idle` below the server's own: what is [`SafeToRepeat`] is sent once more where a connection turns out to be
    /// dead, which takes time.
    #[must_use]
    pub fn keep_connections(self, most: usize, idle: Duration) -> HyperTransport {
        HyperTransport { pool: Arc::new(Pool::new(most, idle)), ..self }
    }

    async fn over(
        &self,
        connection: Connection,
        request: Request<Full<Bytes>>,
        is_safe: bool,
    ) -> Result<Response<Bytes>, TransportError> {
        let (answer, connection) = connection.exchange(request, is_safe).await?;
        self.pool.put(connection);
        Ok(answer)
    }
}

#[async_trait]
impl Transport for HyperTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let origin = origin(request.uri())?;
        let is_safe = SafeToRepeat::marks(&request);
        let request = in_origin_form(request)?;
        let at = now();
        if let Some(kept) = self.pool.take(&origin, is_safe, at) {
            // Money is sent once, whatever the time has become. And where a proven connection fails, it
            // is not for its age.
            if !is_safe || kept.is_proven(at) {
                return self.over(kept, request, is_safe).await;
            }
            let since = kept.since;
            let answer =
                tokio::time::timeout(SILENCE, self.over(kept, request.clone(), is_safe)).await;
            match answer {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) if error.kind() == TransportErrorKind::TooLarge => {
                    return Err(error);
                }
                _ => self.pool.drop_older(&origin, since),
            }
        }
        let opened = Connection::open(&self.connect, origin).await?;
        self.over(opened, request, is_safe).await
    }

    async fn prepare(&self, uri: &Uri) {
        let Ok(origin) = origin(uri) else { return };
        // Good for a while yet, because the request is still to come.
        let soon = now() + PROVEN_FOR / 2;
        if self.pool.keeps_none() || self.pool.has_proven(&origin, soon) {
            return;
        }
        if let Ok(opened) = Connection::open(&self.connect, origin).await {
            self.pool.put(opened);
        }
    }
}

/// The address without path and query.
fn origin(uri: &Uri) -> Result<Uri, TransportError> {
    let not_absolute = || TransportError::not_sent("the address of the request is not absolute");
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static("/"));
    if parts.authority.is_none() {
        return Err(not_absolute());
    }
    Uri::from_parts(parts).map_err(|_| not_absolute())
}

/// The request as HTTP/1.1 has it: path and query in the first line, the host in a header.
fn in_origin_form(mut request: Request<Bytes>) -> Result<Request<Full<Bytes>>, TransportError> {
    let uri = request.uri();
    let (host, default) = (uri.host().unwrap_or_default(), uri.scheme_str() == Some("https"));
    let default = if default { 443 } else { 80 };
    let host = match uri.port_u16() {
        Some(port) if port != default => HeaderValue::try_from(format!("{host}:{port}")),
        _ => HeaderValue::try_from(host),
    };
    let host = host.map_err(TransportError::not_sent)?;
    request.headers_mut().entry(HOST).or_insert(host);
    let target = request.uri().path_and_query().cloned();
    *request.uri_mut() = target.unwrap_or_else(|| PathAndQuery::from_static("/")).into();
    *request.version_mut() = Version::HTTP_11;
    Ok(request.map(Full::new))
}

/// Holds connections on which secrets may be in flight.
impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HyperTransport(..)")
    }
}

/// TLS could not be set up; the operator looks at the root certificates of the machine.
#[derive(Debug)]
pub struct BuildError(rustls::Error);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tls could not be set up")
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
