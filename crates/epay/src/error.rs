//! Before the ask, errors: whatever is here happened before the bank was asked for money, so the payer was not charged.

use epay_crypto::KeyError;
use epay_domain::{Refusal, StatusError, StoreError};
use std::error::Error;
use std::fmt;

/// Why a call stopped before it asked the bank for anything. The payer was not charged by it.
#[derive(Debug)]
pub struct PayError {
    kind: PayErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why the call stopped, which says who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayErrorKind {
    /// An order, step or description was malformed. A developer acts.
    Input,
    /// The order is already under way with another sum. The payer confirms the new sum under a new order.
    AmountChanged,
    /// The sum is zero. A developer acts.
    Amount,
    /// There is no attempt of this order or invoice. A developer acts.
    NoSuchAttempt,
    /// The attempt is on another terminal than the bank's credentials open. Use its own `Payments`.
    OtherTerminal,
    /// Too early: the bank may still be processing the request, or its status does not yet show what its reply has
    /// accepted. Decide later; see `Timeouts::request` and `Timeouts::step`.
    TooEarly,
    /// The bank did not answer the check that has to come first. Try again.
    NoAnswer,
    /// The payment does not allow it now. The reason says what to do first.
    Refused(Refusal),
    /// The browser's return does not belong to a payment that waits for it. Show the payer the order's state.
    ForeignReturn,
    /// The browser's return comes more than a day after the payer's time was over. Show the payer the order's state.
    ReturnExpired,
    /// The bank's public key could not be fetched, or is not trusted. The merchant acts; trying again is safe.
    Key,
    /// A card came without its holder's name, which the bank requires; see `Card::with_holder`. The payer types it.
    NoHolder,
    /// The method could not be sealed. The payer tries again.
    Seal,
    /// The Apple Pay token is for another sum than is to be paid: the payer agreed to something else. A developer acts.
    NotAgreed,
    /// A wallet's token was used before, for another attempt of this order or for another order. Somebody sent it
    /// twice, or the payer tries again: the sheet makes a new one.
    Replayed,
    /// The Apple Pay token that the bank was to open is not Apple's, or not fresh. The payer taps again; the source is for
    /// the merchant's log.
    ApplePayToken,
    /// The format in which the bank expects Apple Pay's expiry was not set; see `Payments::with_apple_expiry`.
    AppleExpiryNotSet,
    /// The log could not be written or read. Trying again is safe.
    Store,
    /// The bank did not answer about saved cards, or refused to. Trying again is safe.
    SavedCards,
    /// The bank gave no token for its pay form, or the form does not take the request, such as a payer's
    /// name that is not in Latin letters. Trying again is safe.
    PayForm,
    /// The system gave no random numbers for the attempt. Trying again is safe.
    Random,
}

impl PayError {
    pub(crate) fn new(kind: PayErrorKind) -> PayError {
        PayError { kind, source: None }
    }

    fn caused(kind: PayErrorKind, source: impl Error + Send + Sync + 'static) -> PayError {
        PayError { kind, source: Some(Box::new(source)) }
    }

    pub(crate) fn key(source: KeyError) -> PayError {
        PayError::caused(PayErrorKind::Key, source)
    }

    pub(crate) fn seal(source: impl Error + Send + Sync + 'static) -> PayError {
        PayError::caused(PayErrorKind::Seal, source)
    }

    #[cfg(feature = "applepay")]
    pub(crate) fn token(source: crate::apple_pay::Refused) -> PayError {
        PayError::caused(PayErrorKind::ApplePayToken, source)
    }

    pub(crate) fn input(source: impl Error + Send + Sync + 'static) -> PayError {
        PayError::caused(PayErrorKind::Input, source)
    }

    pub(crate) fn random(source: impl Error + Send + Sync + 'static) -> PayError {
        PayError::caused(PayErrorKind::Random, source)
    }

    pub(crate) fn store(source: StoreError) -> PayError {
        PayError::caused(PayErrorKind::Store, source)
    }

    pub(crate) fn cards(source: StatusError) -> PayError {
        PayError::caused(PayErrorKind::SavedCards, source)
    }

    pub(crate) fn pay_form(source: StatusError) -> PayError {
        PayError::caused(PayErrorKind::PayForm, source)
    }

    pub(crate) fn refused(refusal: Refusal) -> PayError {
        PayError::new(PayErrorKind::Refused(refusal))
    }

    /// Why the call stopped.
    pub fn kind(&self) -> PayErrorKind {
        self.kind
    }
}

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PayErrorKind::Input => "an order, a step or the request is malformed",
            PayErrorKind::AmountChanged => "the order is already under way with another sum",
            PayErrorKind::Amount => "the sum is zero",
            PayErrorKind::NoSuchAttempt => "there is no attempt of this order or invoice",
            PayErrorKind::OtherTerminal => "the attempt is on another terminal",
            PayErrorKind::TooEarly => "too early: the bank may still be processing it",
            PayErrorKind::NoAnswer => {
                "the bank did not answer the status check that must come first"
            }
            PayErrorKind::Refused(refusal) => return write!(f, "refused: {refusal}"),
            PayErrorKind::ForeignReturn => {
                "the browser's return belongs to no payment that waits for it"
            }
            PayErrorKind::ReturnExpired => "the browser's return comes too late",
            PayErrorKind::Key => "the bank's public key could not be fetched, or is not trusted",
            PayErrorKind::NoHolder => "the card's holder is missing",
            PayErrorKind::Seal => "the method could not be sealed",
            PayErrorKind::NotAgreed => "the apple pay token is for another sum",
            PayErrorKind::Replayed => "the wallet's token was used before",
            PayErrorKind::ApplePayToken => "the apple pay token is not apple's, or not fresh",
            PayErrorKind::AppleExpiryNotSet => "the format of apple pay's expiry was not set",
            PayErrorKind::Store => "the log could not be written or read",
            PayErrorKind::SavedCards => "the bank did not answer about saved cards, or refused to",
            PayErrorKind::PayForm => "the bank's pay form refused this request",
            PayErrorKind::Random => "the system gave no random numbers",
        })
    }
}

/// An error and its causes, outermost first, in one line for a log. The errors of these crates hold nothing that
/// was put in.
///
/// ```
/// # async fn example(shop: epay::Payments) {
/// if let Err(error) = shop.status("order-17").await {
///     eprintln!("{}", epay::with_causes(&error)); // the log could not be written or read: …
/// }
/// # }
/// ```
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Error for PayError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
