//! The wire to the bank, with a crossing before and after everything that can be cut apart.
//!
//! The bank acts on whole requests: of a request that was cut it sees nothing, of a whole one everything. So for it there
//! is one place within a request and one within an answer; for us, whose transport tells no more than whether a byte
//! left, too.

use std::io::{Error, ErrorKind};
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use epay::Transport;
use epay_http::TransportError;
use epay_testkit::FakeBankTransport;
use http::{HeaderValue, Request, Response, header};

use crate::crash_points::{CrashPoints, How, Place, Then};

#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) bank: FakeBankTransport,
    pub(crate) crash_points: CrashPoints,
    /// Somebody between us and the bank sends each payment twice, the second time with a token of its own, and answers
    /// with what that brought.
    pub(crate) doubles: bool,
    pub(crate) last_token: Mutex<Option<Request<Bytes>>>,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let call = name(request.uri().path());
        if call == "token" {
            *self.last_token.lock().unwrap() = Some(request.clone());
        }
        let anything = How::ON_THE_WIRE;
        self.cross(call, "before its first byte", anything, TransportError::not_sent).await?;
        if !request.body().is_empty() {
            // The same as before it for whoever ends, waits or is overtaken here; a cut is told otherwise.
            self.cross(call, "in the request", &[How::Cut], TransportError::interrupted).await?;
        }
        let answer = match call {
            "cryptopay" if self.doubles => {
                let _ = self.bank.send(request.clone()).await;
                self.bank.send(self.with_another_token(request).await?).await?
            }
            _ => self.bank.send(request).await?,
        };
        self.cross(call, "in the answer", anything, TransportError::interrupted).await?;
        Ok(answer)
    }
}

impl Wire {
    async fn with_another_token(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<Request<Bytes>, TransportError> {
        let asks = self.last_token.lock().unwrap().clone().unwrap();
        let token: serde_json::Value =
            serde_json::from_slice(self.bank.send(asks).await?.body()).unwrap();
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, HeaderValue::from_str(&bearer).unwrap());
        Ok(request)
    }

    async fn cross(
        &self,
        call: &'static str,
        at: &'static str,
        can_happen: &'static [How],
        error: fn(Error) -> TransportError,
    ) -> Result<(), TransportError> {
        match self.crash_points.cross(Place { call, at, can_happen }).await {
            Then::GoOn => Ok(()),
            Then::BeCut => Err(error(Error::from(ErrorKind::ConnectionReset))),
            Then::SayNothing => {
                self.crash_points.silence().await;
                Ok(())
            }
        }
    }
}

fn name(path: &str) -> &'static str {
    let names = [
        "token",
        "public.rsa",
        "cryptopay",
        "confirm",
        "charge",
        "cancel",
        "refund",
        "check-status",
    ];
    names.into_iter().find(|name| path.contains(name)).unwrap_or("?")
}
