//! The bank as the domain sees it: five asks that may move money, and one query that never does.

use crate::{
    Delivery, Money, Observation, Payment, PaymentRequest, SealedMethod, StepId, TerminalId,
    ThreeDsAnswer,
};
use alloc::boxed::Box;
use async_trait::async_trait;
use core::error::Error;
use core::fmt::{self, Debug};

/// The way to the bank.
///
/// # Contract
/// - Each ask reaches the bank at most once for each call. An ask may be repeated inside only while no byte of its
///   money-moving request has left.
/// - An answer that can be read is `Ok`, a decline included. Everything else is a [`GatewayError`] that says
///   [`Delivery::NotSent`] only with proof; a doubt is [`Delivery::MaybeSent`].
/// - A future dropped after its first poll counts as [`Delivery::MaybeSent`].
/// - `Ok` carries what the bank named (invoice, transaction, sum, currency) unchanged: judging is the payment's part.
/// - [`status`](Gateway::status) never moves money and may be repeated at will.
/// - `Debug` shows no secret.
#[async_trait]
pub trait Gateway: Debug + Send + Sync {
    /// The terminal that its credentials open. Payments of another are not asked for through it.
    fn terminal(&self) -> &TerminalId;

    /// Asks for the payment, after `Asked(Authorize)` was written.
    async fn authorize(
        &self,
        payment: &Payment,
        method: SealedMethod,
        request: &PaymentRequest,
    ) -> Result<Observation, GatewayError>;

    /// Hands in the payer's 3-D Secure answer, after `Asked(Confirm)` was written.
    async fn confirm(
        &self,
        payment: &Payment,
        answer: ThreeDsAnswer,
    ) -> Result<Observation, GatewayError>;

    /// Captures `amount` of a hold.
    async fn capture(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError>;

    /// Releases a hold.
    async fn void(&self, payment: &Payment, step: &StepId) -> Result<Observation, GatewayError>;

    /// Gives `amount` back.
    async fn refund(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError>;

    /// Asks what the bank knows of the payment's invoice.
    async fn status(&self, payment: &Payment) -> Result<Observation, StatusError>;
}

/// Why a money-moving ask brought no answer. What it means for the payment is its [`Delivery`].
#[derive(Debug)]
pub struct GatewayError {
    delivery: Delivery,
    kind: GatewayErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why a status query brought no answer. It teaches nothing about the payment, so it has no [`Delivery`].
#[derive(Debug)]
pub struct StatusError {
    kind: GatewayErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kind of failure, which says who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayErrorKind {
    /// The bank could not be reached, or the answer was cut off. Nobody acts; check again.
    Connection,
    /// The time set for the call ran out. Nobody acts; check again.
    Deadline,
    /// The bank refused our credentials, terminal or address. The merchant acts.
    Access,
    /// The bank said it cannot serve now. Nobody acts; check again.
    Unavailable,
    /// The answer could not be read, or was not the bank's. A developer looks.
    Answer,
    /// The call could not be made from what it was given. A developer looks.
    Request,
}

impl GatewayError {
    /// An error of `kind` for a call that got as far as `delivery`.
    pub fn new(delivery: Delivery, kind: GatewayErrorKind) -> GatewayError {
        GatewayError { delivery, kind, source: None }
    }

    /// With its cause. The cause must not hold a body, a header, a query or card data.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> GatewayError {
        self.source = Some(source.into());
        self
    }

    /// How far the call got.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// The party who acts.
    pub fn kind(&self) -> GatewayErrorKind {
        self.kind
    }
}

impl StatusError {
    /// An error of `kind`.
    pub fn new(kind: GatewayErrorKind) -> StatusError {
        StatusError { kind, source: None }
    }

    /// With its cause. The cause must not hold a body, a header, a query or card data.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> StatusError {
        self.source = Some(source.into());
        self
    }

    /// The party who acts.
    pub fn kind(&self) -> GatewayErrorKind {
        self.kind
    }
}

impl From<GatewayError> for Delivery {
    fn from(error: GatewayError) -> Delivery {
        error.delivery
    }
}

impl fmt::Display for GatewayErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GatewayErrorKind::Connection => {
                "the bank could not be reached or its answer was cut off"
            }
            GatewayErrorKind::Deadline => "the time set for the call ran out",
            GatewayErrorKind::Access => {
                "the bank refused the credentials, the terminal or the address"
            }
            GatewayErrorKind::Unavailable => "the bank said it cannot serve now",
            GatewayErrorKind::Answer => "the answer could not be read as the bank's",
            GatewayErrorKind::Request => "the call could not be made from what it was given",
        })
    }
}

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = match self.delivery {
            Delivery::NotSent => "not sent",
            Delivery::MaybeSent => "may have been sent",
        };
        write!(f, "{} ({sent})", self.kind)
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)
    }
}

impl Error for GatewayError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl Error for StatusError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_error_says_what_went_wrong_how_far_the_call_got_and_why() {
        let kind = GatewayErrorKind::Deadline;
        for (delivery, text) in [
            (Delivery::NotSent, "the time set for the call ran out (not sent)"),
            (Delivery::MaybeSent, "the time set for the call ran out (may have been sent)"),
        ] {
            let error = GatewayError::new(delivery, kind);
            assert_eq!((error.to_string().as_str(), error.source().is_none()), (text, true));
            assert_eq!(
                error.with_source("why").source().map(ToString::to_string).as_deref(),
                Some("why")
            );
        }
        let error = StatusError::new(kind);
        assert_eq!((error.to_string(), error.source().is_none()), (kind.to_string(), true));
        assert_eq!(
            error.with_source("why").source().map(ToString::to_string).as_deref(),
            Some("why")
        );
    }
}
