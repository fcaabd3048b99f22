//! One connection to one host, which knows when it was last proven alive; a failure on it says whether a byte has left.

use bytes::Bytes;
use epay_http::{ReadBody, TransportError};
use http::{Request, Response, Uri};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{
    TrySendError,
    http1::{self, SendRequest},
};
use tokio::time::Instant;

use crate::{PROVEN_FOR, connect::Connect};

pub(crate) struct Connection {
    /// Scheme, host and port.
    pub(crate) origin: Uri,
    requests: SendRequest<Full<Bytes>>,
    /// When it was made, or brought its last answer.
    pub(crate) since: Instant,
    /// Whether that proves it alive to a request that may move money: it is new, or the request that was answered was
    /// safe to repeat.
    is_proof: bool,
}

impl Connection {
    /// Nothing of a request is in it yet, so whatever fails here was not sent.
    pub(crate) async fn open(connect: &Connect, origin: Uri) -> Result<Connection, TransportError> {
        let socket = connect.to(origin.clone()).await.map_err(TransportError::not_sent)?;
        let (mut requests, driver) =
            http1::handshake(socket).await.map_err(TransportError::not_sent)?;
        // Ends when either side closes; whoever waits for an answer then is told why.
        tokio::spawn(async move { drop(driver.await) });
        requests.ready().await.map_err(TransportError::not_sent)?;
        Ok(Connection { origin, requests, since: now(), is_proof: true })
    }

    /// Whether a request that may move money may be written to it: nothing else says that a server still listens.
    pub(crate) fn is_proven(&self, at: Instant) -> bool {
        self.is_proof && at.saturating_duration_since(self.since) <= PROVEN_FOR
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.requests.is_ready()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    /// Sends `request` once. The connection can be used again after an answer, and only then.
    pub(crate) async fn exchange(
        mut self,
        request: Request<Full<Bytes>>,
        is_safe: bool,
    ) -> Result<(Response<Bytes>, Connection), TransportError> {
        let answer = self.requests.try_send_request(request).await.map_err(failed)?;
        let (head, mut pieces) = answer.into_parts();
        let mut body = ReadBody::new(pieces.size_hint().exact())?;
        while let Some(frame) = pieces.frame().await {
            // What is no data is a trailer, which nobody here asks for.
            if let Ok(piece) = frame.map_err(TransportError::interrupted)?.into_data() {
                body.push(&piece)?;
            }
        }
        let answer = Response::from_parts(head, body.finish()?);
        Ok((answer, Connection { since: now(), is_proof: is_safe, ..self }))
    }
}

/// hyper hands a request back that it had not begun to write. Whatever it keeps may have left.
fn failed(mut error: TrySendError<Request<Full<Bytes>>>) -> TransportError {
    if error.take_message().is_some() {
        TransportError::not_sent(error.into_error())
    } else {
        TransportError::interrupted(error.into_error())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the age of a connection is no fact about a payment, and tests stop tokio's clock"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
