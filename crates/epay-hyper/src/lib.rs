//! The ready transport over [`hyper`](https://docs.rs/hyper) alone: less between the bank's bytes and you than reqwest.
//!
//! ```
//! use epay_http::Transport;
//! use epay_hyper::HyperTransport;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = HyperTransport::new()?; // or: HyperTransport::new()?.keep_connections(8, idle)
//! let request = http::Request::get("https://epay-api.homebank.kz/public.rsa").body(bytes::Bytes::new())?;
//! let response = transport.send(request).await?; // any status is an answer
//! println!("{}", response.status());
//! # Ok(())
//! # }
//! ```
//!
//! It knows no redirects, no proxies, no cookies and no compression. The one thing that hyper's client does on its own,
//! repeating a request whose kept connection was closed, is off. It runs inside tokio.

use std::{error::Error, fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use epay_http::{ReadBody, Transport, TransportError};
use http::{Request, Response, Version};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{self, Client},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;

use connect::Connect;

mod connect;
#[cfg(test)]
mod tests;

/// A [`Transport`] over one hyper client. Clones share it.
#[derive(Clone)]
pub struct HyperTransport {
    client: Client<Connect, Full<Bytes>>,
    connect: Connect,
}

impl HyperTransport {
    /// HTTP/1.1 over TLS 1.2 or 1.3 by `ring`, with the root certificates this machine trusts.
    ///
    /// Each request has a connection of its own. That costs a handshake, and buys that no payment is left in doubt
    /// because the server closed a kept connection as it was written to.
    pub fn new() -> Result<HyperTransport, BuildError> {
        Ok(HyperTransport::with_tls(connect::tls().map_err(BuildError)?))
    }

    /// The same with TLS of your own: other root certificates, a client certificate.
    pub fn with_tls(tls: ClientConfig) -> HyperTransport {
        let connect = Connect::new(tls);
        HyperTransport {
            client: client().pool_max_idle_per_host(0).build(connect.clone()),
            connect,
        }
    }

    /// Keeps up to `most` connections to each host for later requests, each for `idle` after its last one.
    ///
    /// A request to a connection that the server closes at this moment is `interrupted`, and a payment so asked for has
    /// to be looked up. Choose an `idle` well below the server's own.
    #[must_use]
    pub fn keep_connections(self, most: usize, idle: Duration) -> HyperTransport {
        let client = client()
            .pool_max_idle_per_host(most)
            .pool_idle_timeout(idle)
            .build(self.connect.clone());
        HyperTransport { client, ..self }
    }
}

/// What every client of ours has in common.
fn client() -> legacy::Builder {
    let mut client = Client::builder(TokioExecutor::new());
    client.retry_canceled_requests(false).pool_timer(TokioTimer::new());
    client
}

#[async_trait]
impl Transport for HyperTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if request.uri().scheme().is_none() {
            return Err(TransportError::not_sent("the address of the request is not absolute"));
        }
        let mut request = request.map(Full::new);
        *request.version_mut() = Version::HTTP_11;
        let answer = self.client.request(request).await.map_err(failed)?;
        let (head, mut pieces) = answer.into_parts();
        let mut body = ReadBody::new(pieces.size_hint().exact())?;
        while let Some(frame) = pieces.frame().await {
            // What is no data is a trailer, which nobody here asks for.
            if let Ok(piece) = frame.map_err(TransportError::interrupted)?.into_data() {
                body.push(&piece)?;
            }
        }
        Ok(Response::from_parts(head, body.finish()?))
    }
}

/// Connecting ends before the request begins, so an error of that phase proves that nothing left. For the others hyper
/// knows sometimes, and does not always tell.
fn failed(error: legacy::Error) -> TransportError {
    if error.is_connect() {
        TransportError::not_sent(error)
    } else {
        TransportError::interrupted(error)
    }
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
