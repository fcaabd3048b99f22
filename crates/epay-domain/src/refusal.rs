//! Why a wish was refused. A refused wish changes nothing and asks the bank nothing.

use crate::Money;
use core::fmt;

/// Why [`Payment::decide`](crate::Payment::decide) said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// This invoice was used before: a new attempt needs a new number.
    AlreadyAuthorized,
    /// An earlier ask has no answer yet.
    Unanswered,
    /// There is no hold to capture or to void.
    NotHeld,
    /// Nothing was taken that could be given back.
    NotCaptured,
    /// No payer's answer is awaited.
    NotAwaitingPayer,
    /// A contradiction is open.
    Contradicted,
    /// Several operations are known: a person chooses ours first.
    TransactionUnclear,
    /// How much was taken is known, so a sum need not be stated.
    SumKnown,
    /// The step's name was used before: this wish is that wish.
    StepUsed,
    /// It has [so many steps](crate::MOST_STEPS) that it takes no more captures and refunds.
    TooManySteps,
    /// Zero, another currency, or more than there is.
    Amount,
    /// Below the least sum the bank gives back.
    BelowLeastRefund(Money),
    /// How much is left is not known.
    SumUnknown,
    /// It is not yet, or no longer, certain that this attempt is dead.
    NotDead,
    /// There is no such question, contradiction or operation.
    NothingToEnd,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::AlreadyAuthorized => {
                "this invoice was used before; a new attempt needs a new one"
            }
            Refusal::Unanswered => "an earlier ask has no answer yet; check the status first",
            Refusal::NotHeld => "there is no hold to capture or to void",
            Refusal::NotCaptured => "nothing was taken that could be given back",
            Refusal::NotAwaitingPayer => "no payer's answer is awaited",
            Refusal::Contradicted => "a contradiction is open; a person acknowledges it first",
            Refusal::TransactionUnclear => {
                "several operations are known; a person chooses ours first"
            }
            Refusal::SumKnown => "how much was taken is known; no sum need be stated",
            Refusal::StepUsed => "the step's name was used before",
            Refusal::TooManySteps => {
                "it has too many steps for another capture or refund; use the bank's portal"
            }
            Refusal::Amount => "the amount is zero, of another currency, or more than there is",
            Refusal::BelowLeastRefund(least) => {
                return write!(f, "the bank gives back no less than {least}");
            }
            Refusal::SumUnknown => "how much is left is not known",
            Refusal::NotDead => "it is not certain that this attempt is dead",
            Refusal::NothingToEnd => "there is no such question, contradiction or operation",
        })
    }
}

impl core::error::Error for Refusal {}
