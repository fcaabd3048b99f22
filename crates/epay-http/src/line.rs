//! A request is sent again only while no byte of it can have left, and then at most twice.

use std::{
    error::Error,
    fmt,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use bytes::Bytes;
use epay_domain::{Delivery, GatewayError, GatewayErrorKind, InvoiceId, StatusError};
use http::{Request, Response};
use tracing::{Instrument, Span, field::Empty, info_span};

use crate::{
    MAX_RESPONSE_BYTES, Transport, TransportError, TransportErrorKind, codec::AnswerError, endpoint::EncodeError,
};

/// One try and two more.
const TRIES: u32 = 3;

/// Whether a byte of the money-moving request can have left by now; outlives the call that a deadline drops.
#[derive(Default)]
pub(crate) struct Left(AtomicBool);

impl Left {
    pub(crate) fn delivery(&self) -> Delivery {
        if self.0.load(Relaxed) { Delivery::MaybeSent } else { Delivery::NotSent }
    }
}

/// The transport with the little we add to it.
pub(crate) struct Line(Box<dyn Transport>);

impl Line {
    pub(crate) fn new(transport: impl Transport + 'static) -> Line {
        Line(Box::new(transport))
    }

    /// One call. Its span says which, for which invoice, how far it got and with which HTTP status, and nothing else.
    pub(crate) async fn call(
        &self,
        endpoint: &'static str,
        invoice: Option<&InvoiceId>,
        request: Request<Bytes>,
        left: &Left,
    ) -> Result<Response<Bytes>, CallError> {
        let invoice = invoice.map(tracing::field::display);
        let span = info_span!("epay_call", endpoint, invoice, delivery = Empty, status = Empty);
        let answer = self.send(request, left).instrument(span.clone()).await;
        note(&span, &answer);
        Ok(answer?)
    }

    async fn send(&self, request: Request<Bytes>, left: &Left) -> Result<Response<Bytes>, TransportError> {
        let mut tries = 1;
        loop {
            left.0.store(true, Relaxed);
            match self.0.send(request.clone()).await {
                Err(error) if error.kind() == TransportErrorKind::NotSent => {
                    left.0.store(false, Relaxed);
                    if tries == TRIES {
                        return Err(error);
                    }
                    tries += 1;
                }
                // A transport of somebody else's may have forgotten its eighth sentence.
                Ok(response) if response.body().len() > MAX_RESPONSE_BYTES => return Err(TransportError::too_large()),
                answer => return answer,
            }
        }
    }
}

fn note(span: &Span, answer: &Result<Response<Bytes>, TransportError>) {
    match answer {
        Ok(response) => span.record("delivery", "answered").record("status", response.status().as_u16()),
        Err(error) => span.record(
            "delivery",
            match error.delivery() {
                Delivery::NotSent => "not_sent",
                Delivery::MaybeSent => "maybe_sent",
            },
        ),
    };
}

/// Why a call brought nothing that can be used.
#[derive(Debug)]
pub(crate) enum CallError {
    Encode(EncodeError),
    Transport(TransportError),
    Answer(AnswerError),
    Deadline,
}

impl CallError {
    fn kind(&self) -> GatewayErrorKind {
        match self {
            CallError::Encode(_) => GatewayErrorKind::Request,
            CallError::Transport(error) if error.kind() == TransportErrorKind::TooLarge => GatewayErrorKind::Answer,
            CallError::Transport(_) => GatewayErrorKind::Connection,
            CallError::Answer(error) => error.kind(),
            CallError::Deadline => GatewayErrorKind::Deadline,
        }
    }

    /// The error of an ask that got as far as `delivery`.
    pub(crate) fn of_ask(self, delivery: Delivery) -> GatewayError {
        let error = GatewayError::new(delivery, self.kind());
        match self.cause() {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }

    /// The error of a look.
    pub(crate) fn of_look(self) -> StatusError {
        let error = StatusError::new(self.kind());
        match self.cause() {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }

    fn cause(self) -> Option<Box<dyn Error + Send + Sync>> {
        match self {
            CallError::Encode(error) => Some(error.into()),
            CallError::Transport(error) => Some(error.into()),
            CallError::Answer(error) => Some(error.into()),
            CallError::Deadline => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            CallError::Encode(error) => Some(error),
            CallError::Transport(error) => Some(error),
            CallError::Answer(error) => Some(error),
            CallError::Deadline => None,
        }
    }
}

impl From<EncodeError> for CallError {
    fn from(error: EncodeError) -> CallError {
        CallError::Encode(error)
    }
}

impl From<TransportError> for CallError {
    fn from(error: TransportError) -> CallError {
        CallError::Transport(error)
    }
}

impl From<AnswerError> for CallError {
    fn from(error: AnswerError) -> CallError {
        CallError::Answer(error)
    }
}
