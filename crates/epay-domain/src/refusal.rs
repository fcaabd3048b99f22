//! Why a wish was refused. A refused wish changes nothing and asks the bank nothing.

use crate::Money;
use core::fmt;

/// Why [`Payment::decide`](crate::Payment::decide) said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// This invoice was authorized before, or closed: a new attempt needs a new invoice number.
    AlreadyAuthorized,
    /// An earlier ask has no answer yet: look at the status first.
    Unanswered,
    /// There is no hold to capture or to void.
    NotHeld,
    /// Nothing was taken that could be given back.
    NotCaptured,
    /// Confirming needs a payer's answer that was asked for and not yet handed in.
    NotAwaitingPayer,
    /// A flag is up: a person acknowledges it first.
    Flagged,
    /// The step's name was used before: this wish is that wish.
    StepUsed,
    /// Zero, another currency, or more than there is.
    Amount,
    /// Below the least sum the bank gives back.
    BelowLeastRefund(Money),
    /// How much was taken or given back is not known, so neither is how much is left.
    SumUnknown,
    /// It is not yet, or no longer, certain that this attempt is dead.
    NotDead,
    /// Nothing waits and nothing is flagged.
    NothingToEnd,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::AlreadyAuthorized => {
                "this invoice was used before; a new attempt needs a new one"
            }
            Refusal::Unanswered => "an earlier ask has no answer yet; look at the status first",
            Refusal::NotHeld => "there is no hold to capture or to void",
            Refusal::NotCaptured => "nothing was taken that could be given back",
            Refusal::NotAwaitingPayer => "no payer's answer is awaited",
            Refusal::Flagged => "a flag is up; a person has to acknowledge it first",
            Refusal::StepUsed => "the step's name was used before",
            Refusal::Amount => "the amount is zero, of another currency, or more than there is",
            Refusal::BelowLeastRefund(least) => {
                return write!(f, "the bank gives back no less than {least}");
            }
            Refusal::SumUnknown => "how much is left is not known",
            Refusal::NotDead => "it is not certain that this attempt is dead",
            Refusal::NothingToEnd => "nothing waits and nothing is flagged",
        })
    }
}

impl core::error::Error for Refusal {}
