//! A request is sent again only while no byte of it can have left, and then at most twice.

use std::{
    error::Error,
    fmt,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use bytes::Bytes;
use epay_domain::{Delivery, GatewayError, GatewayErrorKind, InvoiceId, StatusError};
use http::{Request, Response, StatusCode, Uri};
use tracing::{Instrument, Span, field::Empty, info_span};

use crate::{
    MAX_RESPONSE_BYTES, Transport, TransportError, TransportErrorKind, codec::AnswerError,
    endpoint::EncodeError,
};

/// One try and two more.
const TRIES: u32 = 3;

/// Whether a byte of the money-moving request can have left by now; outlives the call that a deadline drops.
#[derive(Default)]
pub(crate) struct SentFlag(AtomicBool);

impl SentFlag {
    pub(crate) fn delivery(&self) -> Delivery {
        if self.0.load(Relaxed) { Delivery::MaybeSent } else { Delivery::NotSent }
    }
}

/// The transport with the little we add to it.
pub(crate) struct RetryingTransport(Box<dyn Transport>);

impl RetryingTransport {
    pub(crate) fn new(transport: impl Transport + 'static) -> RetryingTransport {
        RetryingTransport(Box::new(transport))
    }

    /// Has a connection ready for an ask that is about to follow.
    pub(crate) async fn prepare(&self, uri: &Uri) {
        self.0.prepare(uri).await;
    }

    /// One call. Its span says which, for which invoice, how far it got and with which HTTP status, and nothing else. How
    /// long it took is the life of the span, which every subscriber measures by itself.
    pub(crate) async fn call(
        &self,
        endpoint: &'static str,
        invoice: Option<&InvoiceId>,
        request: Request<Bytes>,
        sent: &SentFlag,
    ) -> Result<Response<Bytes>, CallError> {
        let invoice = invoice.map(tracing::field::display);
        let span = info_span!("epay_call", endpoint, invoice, delivery = Empty, status = Empty);
        let answer = self.send(request, sent).instrument(span.clone()).await;
        note(&span, &answer);
        Ok(answer?)
    }

    async fn send(
        &self,
        request: Request<Bytes>,
        sent: &SentFlag,
    ) -> Result<Response<Bytes>, TransportError> {
        let mut tries = 1;
        loop {
            sent.0.store(true, Relaxed);
            match self.0.send(request.clone()).await {
                Err(error) if error.kind() == TransportErrorKind::NotSent => {
                    sent.0.store(false, Relaxed);
                    if tries == TRIES {
                        return Err(error);
                    }
                    tries += 1;
                }
                // A transport of somebody else's may have forgotten rule 8.
                Ok(response) if response.body().len() > MAX_RESPONSE_BYTES => {
                    return Err(TransportError::too_large());
                }
                answer => return answer,
            }
        }
    }
}

fn note(span: &Span, answer: &Result<Response<Bytes>, TransportError>) {
    match answer {
        Ok(response) => {
            span.record("delivery", "answered").record("status", response.status().as_u16())
        }
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
pub(crate) struct CallError {
    kind: GatewayErrorKind,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl CallError {
    /// The call was dropped.
    pub(crate) fn deadline() -> CallError {
        CallError { kind: GatewayErrorKind::Deadline, cause: None }
    }

    /// An answer that can't be used; the cause says with which HTTP status it came, and which part.
    pub(crate) fn answered(status: StatusCode, error: AnswerError) -> CallError {
        let kind = error.kind();
        let cause = match error {
            AnswerError::Status(_) | AnswerError::Credentials(_) => error.into(),
            part => Answered { status: status.as_u16(), part }.into(),
        };
        CallError { kind, cause: Some(cause) }
    }

    /// The error of an ask that got as far as `delivery`.
    pub(crate) fn of_ask(self, delivery: Delivery) -> GatewayError {
        let error = GatewayError::new(delivery, self.kind);
        match self.cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }

    /// The error of a status check.
    pub(crate) fn of_status_check(self) -> StatusError {
        let error = StatusError::new(self.kind);
        match self.cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }
}

/// An answer with a part that can't be used.
#[derive(Debug)]
struct Answered {
    status: u16,
    part: AnswerError,
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an answer with http status {} can't be used", self.status)
    }
}

impl Error for Answered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.part)
    }
}

impl From<EncodeError> for CallError {
    fn from(error: EncodeError) -> CallError {
        CallError { kind: GatewayErrorKind::Request, cause: Some(error.into()) }
    }
}

impl From<TransportError> for CallError {
    fn from(error: TransportError) -> CallError {
        let is_answered = error.kind() == TransportErrorKind::TooLarge;
        let kind =
            if is_answered { GatewayErrorKind::Answer } else { GatewayErrorKind::Connection };
        CallError { kind, cause: Some(error.into()) }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fmt::Debug,
        sync::{Arc, Mutex},
    };

    use pollster::block_on;
    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span::{Attributes, Id, Record},
    };

    use super::*;
    use crate::{
        endpoint::cancel,
        fixture::{answer, environment, invoice, named_payment, token},
        transport_fn,
    };

    /// Keeps everything that anybody could log of a call.
    #[derive(Clone, Default)]
    struct Trace(Arc<Mutex<String>>);

    impl Visit for Trace {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            *self.0.lock().unwrap() += &format!("{field}={value:?} ");
        }
    }

    impl Subscriber for Trace {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, span: &Attributes<'_>) -> Id {
            *self.0.lock().unwrap() += &format!("{}: ", span.metadata().name());
            span.record(&mut self.clone());
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, values: &Record<'_>) {
            values.record(&mut self.clone());
        }
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[track_caller]
    fn check(
        answer: impl Fn() -> Result<Response<Bytes>, TransportError> + Send + Sync + 'static,
        traced: &str,
    ) {
        let (answer, sent) = (Arc::new(answer), Mutex::new(0));
        let transport = RetryingTransport::new(transport_fn(move |_| {
            *sent.lock().unwrap() += 1;
            assert!(*sent.lock().unwrap() <= 3, "tried without end");
            let answer = Arc::clone(&answer);
            async move { answer() }
        }));
        let trace = Trace::default();
        let request = cancel::encode(&environment(), &token(), &named_payment()).unwrap();
        tracing::subscriber::with_default(trace.clone(), || {
            let _ =
                block_on(transport.call("cancel", Some(&invoice()), request, &SentFlag::default()));
        });
        assert_eq!(*trace.0.lock().unwrap(), traced);
    }

    #[test]
    fn a_span_says_which_call_for_whom_and_how_far_it_got_and_nothing_else() {
        let call = "epay_call: endpoint=\"cancel\" invoice=163637162556226";
        check(|| Ok(answer(503, "body")), &format!("{call} delivery=\"answered\" status=503 "));
        check(|| Err(TransportError::not_sent("x")), &format!("{call} delivery=\"not_sent\" "));
        check(
            || Err(TransportError::interrupted("x")),
            &format!("{call} delivery=\"maybe_sent\" "),
        );
    }

    #[test]
    fn an_error_tells_its_kind_and_leaves_the_cause_to_its_source() {
        let error = CallError::from(EncodeError::NoTransaction);
        assert_eq!(error.to_string(), GatewayErrorKind::Request.to_string());
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("the bank has not named the operation yet")
        );
        assert!(CallError::deadline().source().is_none());
    }
}
