//! The wire to the bank, with a crossing before and after everything that can be cut apart.
//!
//! The bank acts on whole requests: of a request that was cut it sees nothing, of a whole one everything.

use std::io::{Error, ErrorKind};

use async_trait::async_trait;
use bytes::Bytes;
use epay::Transport;
use epay::http::TransportError;
use epay_testkit::FakeBankTransport;
use http::{Request, Response};

use crate::trip::{Place, Then, Trip};

#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) bank: FakeBankTransport,
    pub(crate) trip: Trip,
    /// Somebody between us and the bank sends each payment twice, and answers with what the second brought.
    pub(crate) doubles: bool,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let call = name(request.uri().path());
        self.cross(call, "before its first byte", TransportError::not_sent).await?;
        if !request.body().is_empty() {
            self.cross(call, "after its head", TransportError::interrupted).await?;
            self.cross(call, "in its body", TransportError::interrupted).await?;
        }
        if self.doubles && call == "cryptopay" {
            let _ = self.bank.send(request.clone()).await;
        }
        let answer = self.bank.send(request).await?;
        self.cross(call, "sent, before the answer", TransportError::interrupted).await?;
        self.cross(call, "in the answer's head", TransportError::interrupted).await?;
        if !answer.body().is_empty() {
            self.cross(call, "in the answer's body", TransportError::interrupted).await?;
        }
        // All of it is here: a connection that is cut now is no loss, an end of the process is.
        let _ = self.cross(call, "answered, not yet handled", TransportError::interrupted).await;
        Ok(answer)
    }
}

impl Wire {
    async fn cross(
        &self,
        call: &'static str,
        at: &'static str,
        error: fn(Error) -> TransportError,
    ) -> Result<(), TransportError> {
        match self.trip.cross(Place { call, at, on_the_wire: true }).await {
            Then::GoOn => Ok(()),
            Then::BeCut => Err(error(Error::from(ErrorKind::ConnectionReset))),
            Then::SayNothing => {
                self.trip.silence().await;
                Ok(())
            }
        }
    }
}

fn name(path: &str) -> &'static str {
    let names = ["token", "public.rsa", "cryptopay", "confirm", "charge", "cancel", "refund", "check-status"];
    names.into_iter().find(|name| path.contains(name)).unwrap_or("?")
}
