//! A failed call says whether a byte of its request can have left, and nothing about what was in it.

use std::{error::Error, fmt};

use epay_domain::Delivery;

/// Why a request brought no answer.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// How far the request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No byte of it left.
    NotSent,
    /// It may have left, in whole or in part.
    Interrupted,
    /// It was answered with more than anybody may keep.
    TooLarge,
}

impl TransportError {
    /// No byte of the request can have left: the name did not resolve, the connection or its TLS was never made.
    ///
    /// The gateway sends such a request again. Unsure? Then it is [`interrupted`](TransportError::interrupted). `source`
    /// must not show a header, a body or a query.
    pub fn not_sent(source: impl Into<Box<dyn Error + Send + Sync>>) -> TransportError {
        TransportError { kind: TransportErrorKind::NotSent, source: Some(source.into()) }
    }

    /// Everything else: the connection broke, the answer was cut off, or nobody can tell.
    ///
    /// `source` must not show a header, a body or a query.
    pub fn interrupted(source: impl Into<Box<dyn Error + Send + Sync>>) -> TransportError {
        TransportError { kind: TransportErrorKind::Interrupted, source: Some(source.into()) }
    }

    /// The answer's body is over [`MAX_RESPONSE_BYTES`](crate::MAX_RESPONSE_BYTES).
    pub fn too_large() -> TransportError {
        TransportError { kind: TransportErrorKind::TooLarge, source: None }
    }

    /// How far the request got.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The same for whoever only has to know whether money may have moved.
    pub fn delivery(&self) -> Delivery {
        match self.kind {
            TransportErrorKind::NotSent => Delivery::NotSent,
            TransportErrorKind::Interrupted | TransportErrorKind::TooLarge => Delivery::MaybeSent,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::NotSent => "the request could not be sent",
            TransportErrorKind::Interrupted => {
                "the request may have been sent, and its answer did not come whole"
            }
            TransportErrorKind::TooLarge => "the answer is too large",
        })
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        error: &TransportError,
        told: (TransportErrorKind, Delivery, &str),
        source: Option<&str>,
    ) {
        assert_eq!((error.kind(), error.delivery(), error.to_string().as_str()), told);
        assert_eq!(error.source().map(ToString::to_string).as_deref(), source);
    }

    #[test]
    fn only_a_request_that_never_left_is_not_sent() {
        use Delivery::MaybeSent;
        use TransportErrorKind::{Interrupted, NotSent, TooLarge};
        let not_sent = (NotSent, Delivery::NotSent, "the request could not be sent");
        check(&TransportError::not_sent("refused"), not_sent, Some("refused"));
        let text = "the request may have been sent, and its answer did not come whole";
        check(&TransportError::interrupted("reset"), (Interrupted, MaybeSent, text), Some("reset"));
        check(&TransportError::too_large(), (TooLarge, MaybeSent, "the answer is too large"), None);
    }
}
