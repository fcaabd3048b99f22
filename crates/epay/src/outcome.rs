//! After the ask, outcomes. Each answers three questions: was the payer charged, who acts, what to call next.

use crate::FulfilOn;
use epay_crypto::{Purpose, TagKey};
use epay_domain::{
    Challenge, ClosedAs, Decline, Flags, InvoiceId, Language, Money, OrderId, Payment,
    PaymentStatus, State, StepAnswer, Stored,
};
use epay_http::{Environment, FormError, Nonce, ThreeDsForm};
use std::fmt;
use std::sync::Arc;

/// What became of a payment, as far as it is known. Never an error: money may have moved.
#[derive(Debug)]
#[must_use = "an outcome tells whether to ship, to show a form, or to wait"]
pub enum Outcome {
    /// Taken: ship.
    Paid(Attempt),
    /// Held: capture it or void it.
    Held(Attempt),
    /// The payer has to answer a 3-D Secure challenge: show the form.
    AskPayer(PayerChallenge),
    /// Declined. The payer was not charged and may try again.
    Declined(Attempt, Decline),
    /// The payer was not charged, and this attempt never will be. They may try again.
    NotExecuted(Attempt),
    /// Held or taken before, and given back in full: do not ship.
    Reversed(Attempt),
    /// Nobody knows yet, or a person has to look. Do not pay again.
    Unknown(UnknownPayment),
}

/// What became of a capture, void or refund.
#[derive(Debug)]
#[must_use = "a step that is unknown must not be asked again under another name"]
pub enum StepOutcome {
    /// The bank did it.
    Done(Attempt),
    /// The bank refused it: nothing moved.
    Declined(Attempt, Decline),
    /// It had no effect: it never left, or the payment went another way, or the wait for it was given up.
    NotExecuted(Attempt),
    /// Nobody knows yet. The same name gives the answer later; do not ask under another name.
    Unknown(UnknownPayment),
}

/// Whether the payer was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayerCharged {
    /// No money was taken, or it was given back.
    No,
    /// The money is taken.
    Yes,
    /// The money is held, not taken.
    Held,
    /// Nobody knows.
    NotKnownYet,
}

/// Who does something next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsNext {
    /// The payer.
    Payer,
    /// The shop's program.
    Shop,
    /// A person at the merchant.
    Person,
    /// Nobody: time will tell, and the reconciler asks.
    Nobody,
}

impl Outcome {
    pub(crate) fn of(stored: Stored, fulfil_on: FulfilOn, context: &FormContext) -> Outcome {
        let status = stored.payment.status();
        let enough = fulfil_on == FulfilOn::Reply || stored.payment.confirmed_by_status();
        let attempt = Attempt::of(stored);
        match status {
            PaymentStatus::Paid if enough => Outcome::Paid(attempt),
            PaymentStatus::Paid => Outcome::Unknown(UnknownPayment(attempt)),
            PaymentStatus::Held => Outcome::Held(attempt),
            PaymentStatus::AwaitingPayer => match attempt.payment().challenge().cloned() {
                Some(challenge) => Outcome::AskPayer(PayerChallenge {
                    attempt,
                    challenge,
                    context: context.clone(),
                }),
                None => Outcome::Unknown(UnknownPayment(attempt)),
            },
            PaymentStatus::Declined => match attempt.payment().decline() {
                Some(decline) => Outcome::Declined(attempt, decline),
                None => Outcome::NotExecuted(attempt),
            },
            PaymentStatus::New | PaymentStatus::NotExecuted | PaymentStatus::Abandoned => {
                Outcome::NotExecuted(attempt)
            }
            PaymentStatus::Voided | PaymentStatus::Refunded | PaymentStatus::Verified => {
                Outcome::Reversed(attempt)
            }
            PaymentStatus::Unknown | PaymentStatus::Disputed => {
                Outcome::Unknown(UnknownPayment(attempt))
            }
        }
    }

    /// The attempt this is about.
    pub fn attempt(&self) -> &Attempt {
        match self {
            Outcome::Paid(attempt)
            | Outcome::Held(attempt)
            | Outcome::Declined(attempt, _)
            | Outcome::NotExecuted(attempt)
            | Outcome::Reversed(attempt) => attempt,
            Outcome::AskPayer(ask) => &ask.attempt,
            Outcome::Unknown(watch) => &watch.0,
        }
    }

    /// Whether the payer was charged.
    pub fn payer_charged(&self) -> PayerCharged {
        match self {
            Outcome::Paid(_) => PayerCharged::Yes,
            Outcome::Held(_) => PayerCharged::Held,
            Outcome::Unknown(_) => PayerCharged::NotKnownYet,
            Outcome::AskPayer(_)
            | Outcome::Declined(..)
            | Outcome::NotExecuted(_)
            | Outcome::Reversed(_) => PayerCharged::No,
        }
    }

    /// Who does something next.
    pub fn acts_next(&self) -> ActsNext {
        match self {
            Outcome::Paid(_) | Outcome::Held(_) => ActsNext::Shop,
            Outcome::AskPayer(_) | Outcome::Declined(..) | Outcome::NotExecuted(_) => {
                ActsNext::Payer
            }
            Outcome::Reversed(_) => ActsNext::Nobody,
            Outcome::Unknown(watch) if watch.flags().is_empty() => ActsNext::Nobody,
            Outcome::Unknown(_) => ActsNext::Person,
        }
    }

    /// What to call next.
    pub fn next_call(&self) -> &'static str {
        match self {
            Outcome::Paid(_) => "ship; refund gives money back",
            Outcome::Held(_) => "capture or void",
            Outcome::AskPayer(_) => "show the form, then confirm; abandon if the payer left",
            Outcome::Declined(..) | Outcome::NotExecuted(_) => {
                "pay, if the payer wants to try again"
            }
            Outcome::Reversed(_) => "nothing; a new order pays anew",
            Outcome::Unknown(watch) if watch.flags().is_empty() => {
                "check_status, or let reconcile do it; do not pay again"
            }
            Outcome::Unknown(_) => "a person compares with the bank, then acknowledge",
        }
    }
}

impl StepOutcome {
    pub(crate) fn of(stored: Stored, answer: Option<StepAnswer>) -> StepOutcome {
        let attempt = Attempt::of(stored);
        match answer {
            Some(StepAnswer::Accepted) => StepOutcome::Done(attempt),
            Some(StepAnswer::Refused(decline)) => StepOutcome::Declined(attempt, decline),
            Some(StepAnswer::NotSent | StepAnswer::GivenUp | StepAnswer::Superseded) => {
                StepOutcome::NotExecuted(attempt)
            }
            Some(StepAnswer::Open) | None => StepOutcome::Unknown(UnknownPayment(attempt)),
        }
    }

    /// The attempt this is about.
    pub fn attempt(&self) -> &Attempt {
        match self {
            StepOutcome::Done(attempt)
            | StepOutcome::Declined(attempt, _)
            | StepOutcome::NotExecuted(attempt) => attempt,
            StepOutcome::Unknown(watch) => &watch.0,
        }
    }
}

/// One attempt of one order, as it stood when the outcome was made.
#[derive(Clone, Debug)]
pub struct Attempt(Arc<Stored>);

impl Attempt {
    pub(crate) fn of(stored: Stored) -> Attempt {
        Attempt(Arc::new(stored))
    }

    /// The merchant's order.
    pub fn order(&self) -> &OrderId {
        &self.0.order
    }

    /// The bank's handle for this attempt.
    pub fn invoice(&self) -> &InvoiceId {
        self.0.payment.invoice()
    }

    /// Everything known about it.
    pub fn payment(&self) -> &Payment {
        &self.0.payment
    }

    /// What is taken and not given back; zero where nothing was taken or the sum is not known.
    pub fn net_captured(&self) -> Money {
        let zero = Money::zero(self.0.payment.ordered().currency());
        match self.0.payment.state() {
            State::Captured { .. } => self.0.payment.refundable().unwrap_or(zero),
            State::New
            | State::Declined
            | State::Verified
            | State::Authorized
            | State::Voided(_)
            | State::Closed(ClosedAs::NotExecuted | ClosedAs::Abandoned) => zero,
        }
    }
}

/// A payment nobody knows the end of yet.
#[derive(Clone, Debug)]
pub struct UnknownPayment(Attempt);

impl UnknownPayment {
    /// The attempt.
    pub fn attempt(&self) -> &Attempt {
        &self.0
    }

    /// What a person has to look at; empty when time alone will tell.
    pub fn flags(&self) -> Flags {
        self.0.payment().flags()
    }
}

/// What a challenge needs to become a form.
#[derive(Clone)]
pub(crate) struct FormContext {
    pub(crate) tags: Option<TagKey>,
    pub(crate) environment: Environment,
    pub(crate) language: Language,
}

/// A 3-D Secure challenge, ready to be shown.
pub struct PayerChallenge {
    attempt: Attempt,
    challenge: Challenge,
    context: FormContext,
}

impl PayerChallenge {
    /// The page that sends the payer's browser to the issuer and back to `return_url`, which may have a query of its own.
    ///
    /// The state that leads the return to its payment is an HMAC in the link (parameter `state`): no cookie, nothing
    /// stored. Hand it to [`Payments::confirm`](crate::Payments::confirm).
    pub fn form(&self, return_url: &str) -> Result<ThreeDsForm, FormError> {
        let separator = if return_url.contains('?') { '&' } else { '?' };
        let term_url = format!("{return_url}{separator}state={}", self.state());
        let FormContext { environment, language, .. } = &self.context;
        ThreeDsForm::new(&self.challenge, &term_url, *language, environment, Nonce::random()?)
    }

    /// The value of the parameter `state`.
    pub fn state(&self) -> String {
        let payment = self.attempt.payment();
        let tag = self.context.tags.as_ref().map(|tags| tag(tags, payment)).unwrap_or_default();
        format!("{}.{tag}", payment.invoice())
    }

    /// The attempt.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }
}

fn tag(tags: &TagKey, payment: &Payment) -> String {
    tags.tag(Purpose::ReturnState, payment.terminal(), payment.invoice())
}

/// Shows the attempt, not the challenge.
impl fmt::Debug for PayerChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PayerChallenge").field(self.attempt.invoice()).finish()
    }
}
