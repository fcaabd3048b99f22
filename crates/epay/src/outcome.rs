//! After the ask, outcomes. Each answers three questions: was the payer charged, who acts, what to call
//! next.

use epay_crypto::{Purpose, TagKey};
use epay_domain::{
    ActsNext, Answer, Challenge, Contradiction, Decline, FulfilOn, InvoiceId, Language, Money,
    NextCall, OrderId, PayerCharged, Payment, PaymentStatus, SavedCard, StepStatus, Stored,
};
use epay_http::{Environment, FormError, Nonce, ThreeDsForm};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why the outcome of an ask is not known: the call's error, or the log's.
pub(crate) type Cause = Arc<dyn Error + Send + Sync>;

/// What became of a payment, as far as it is known. Never an error: money may have moved. Exhaustive on
/// purpose: a shop that forgets one does not compile.
#[derive(Debug)]
#[must_use = "an outcome tells whether to ship, to show a form, or to wait"]
pub enum Outcome {
    /// Taken: ship.
    Paid(Attempt),
    /// Held: capture it or void it.
    Held(Attempt),
    /// The payer has to answer a 3-D Secure challenge: show the form.
    AskPayer(PayerChallenge),
    /// The payer was handed over to the bank's pay form, and has not paid there, or has left it: give it
    /// again by [`hand_over`](crate::Payments::hand_over).
    AtPayForm(Attempt),
    /// Declined. The payer was not charged and may try again.
    Declined(Attempt, Decline),
    /// The bank was not asked yet: a later `pay` uses this attempt.
    NotAsked(Attempt),
    /// The attempt was never carried out. The payer was not charged and may try again.
    NotExecuted(Attempt),
    /// Given up, by time or by a person, while the bank showed no payment. Whether the payer was charged is
    /// [not known](PayerCharged::NotKnownYet), so do not tell them that they were not. They may pay again: what
    /// turns up late is a [`LateSuccess`](crate::LateSuccess).
    Abandoned(Attempt),
    /// Held before, and released: do not ship.
    Voided(Attempt),
    /// Taken before, and given back in full: do not ship.
    Refunded(Attempt),
    /// The card was verified; no money moved.
    Verified(Attempt),
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
    /// It never left. It may be asked again under the same name.
    NotSent(Attempt),
    /// The wait for it was given up: a capture or void by time, a refund by a person. This name stays used.
    /// Where the bank has not done it after all, it may be asked under another name.
    GivenUp(Attempt),
    /// The payment went another way, such as a capture of another sum: see how it stands.
    Superseded(Attempt),
    /// Nobody knows yet. The same name gives the answer later; do not ask under another name.
    Unknown(UnknownPayment),
}

impl Outcome {
    pub(crate) fn of(
        attempt: Attempt,
        cause: Option<Cause>,
        context: impl FnOnce() -> FormContext,
    ) -> Outcome {
        let payment = attempt.payment();
        match (attempt.answer().status, payment.challenge().cloned(), payment.decline()) {
            (PaymentStatus::Paid, ..) => Outcome::Paid(attempt),
            (PaymentStatus::Held, ..) => Outcome::Held(attempt),
            (PaymentStatus::AwaitingPayer, Some(challenge), _) => {
                Outcome::AskPayer(PayerChallenge { attempt, challenge, context: context() })
            }
            (PaymentStatus::AwaitingPayer, ..) if payment.handed_over_until().is_some() => {
                Outcome::AtPayForm(attempt)
            }
            (PaymentStatus::Declined, _, Some(decline)) => Outcome::Declined(attempt, decline),
            (PaymentStatus::New, ..) => Outcome::NotAsked(attempt),
            (PaymentStatus::NotExecuted, ..) => Outcome::NotExecuted(attempt),
            (PaymentStatus::Abandoned, ..) => Outcome::Abandoned(attempt),
            (PaymentStatus::Voided, ..) => Outcome::Voided(attempt),
            (PaymentStatus::Refunded, ..) => Outcome::Refunded(attempt),
            (PaymentStatus::Verified, ..) => Outcome::Verified(attempt),
            _ => Outcome::Unknown(UnknownPayment { attempt, cause }),
        }
    }

    /// The attempt this is about.
    pub fn attempt(&self) -> &Attempt {
        match self {
            Outcome::Paid(attempt)
            | Outcome::Held(attempt)
            | Outcome::AtPayForm(attempt)
            | Outcome::Declined(attempt, _)
            | Outcome::NotAsked(attempt)
            | Outcome::NotExecuted(attempt)
            | Outcome::Abandoned(attempt)
            | Outcome::Voided(attempt)
            | Outcome::Refunded(attempt)
            | Outcome::Verified(attempt) => attempt,
            Outcome::AskPayer(ask) => &ask.attempt,
            Outcome::Unknown(unknown) => &unknown.attempt,
        }
    }

    /// Whether the payer was charged.
    pub fn payer_charged(&self) -> PayerCharged {
        self.attempt().answer().payer_charged
    }

    /// Who does something next.
    pub fn acts_next(&self) -> ActsNext {
        self.attempt().answer().acts_next
    }

    /// What to call next.
    pub fn next_call(&self) -> NextCall {
        self.attempt().answer().next_call
    }

    /// What the payer may read where it was declined or nobody knows yet, in plain words; the other outcomes are the shop's to
    /// tell.
    pub fn payer_text(&self, language: Language) -> Option<&'static str> {
        match self {
            Outcome::Declined(_, decline) => Some(decline.payer_text(language)),
            // As for a number that proves nothing.
            Outcome::Unknown(_) => Some(Decline::as_hint(0).payer_text(language)),
            _ => None,
        }
    }
}

impl StepOutcome {
    pub(crate) fn of(
        attempt: Attempt,
        answer: Option<StepStatus>,
        cause: Option<Cause>,
    ) -> StepOutcome {
        match answer {
            Some(StepStatus::Accepted) => StepOutcome::Done(attempt),
            Some(StepStatus::Refused(decline)) => StepOutcome::Declined(attempt, decline),
            Some(StepStatus::NotSent) => StepOutcome::NotSent(attempt),
            Some(StepStatus::GivenUp) => StepOutcome::GivenUp(attempt),
            Some(StepStatus::Superseded) => StepOutcome::Superseded(attempt),
            Some(StepStatus::Open) | None => {
                StepOutcome::Unknown(UnknownPayment { attempt, cause })
            }
        }
    }

    /// The attempt this is about.
    pub fn attempt(&self) -> &Attempt {
        match self {
            StepOutcome::Done(attempt)
            | StepOutcome::Declined(attempt, _)
            | StepOutcome::NotSent(attempt)
            | StepOutcome::GivenUp(attempt)
            | StepOutcome::Superseded(attempt) => attempt,
            StepOutcome::Unknown(unknown) => &unknown.attempt,
        }
    }

    /// Whether the payer was charged, after this.
    pub fn payer_charged(&self) -> PayerCharged {
        self.attempt().answer().payer_charged
    }

    /// Who does something next.
    pub fn acts_next(&self) -> ActsNext {
        self.attempt().answer().acts_next
    }

    /// What to call next.
    pub fn next_call(&self) -> NextCall {
        self.attempt().answer().next_call
    }
}

/// What became of a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HintOutcome {
    /// The payment is due for a check, durably, at the latest a second from now.
    Due,
    /// Too many such hints came in: the check that was planned stands, and nothing was written.
    Postponed,
    /// No payment of ours that the bank was ever asked about.
    NotOurs,
}

/// One attempt of one order, as it stood when the outcome was made.
#[derive(Clone)]
pub struct Attempt {
    stored: Arc<Stored>,
    fulfil_on: FulfilOn,
}

impl Attempt {
    pub(crate) fn of(stored: Stored, fulfil_on: FulfilOn) -> Attempt {
        Attempt { stored: Arc::new(stored), fulfil_on }
    }

    /// The merchant's order.
    pub fn order(&self) -> &OrderId {
        &self.stored.order
    }

    /// The bank's handle for this attempt.
    pub fn invoice(&self) -> &InvoiceId {
        self.stored.payment.invoice()
    }

    /// The card that was paid with, where the bank has told a handle for it; see
    /// [`Payment::saved_card`].
    pub fn saved_card(&self) -> Option<SavedCard> {
        self.stored.payment.saved_card()
    }

    /// Everything known about it.
    pub fn payment(&self) -> &Payment {
        &self.stored.payment
    }

    /// How it stands, whether the payer was charged, who acts next.
    pub fn answer(&self) -> Answer {
        self.stored.payment.answer(self.fulfil_on)
    }

    /// What is taken and not given back; `None` while that is not known.
    pub fn net_captured(&self) -> Option<Money> {
        let payment = self.payment();
        match payment.payer_charged() {
            PayerCharged::Yes => payment.refundable(),
            PayerCharged::No | PayerCharged::Held => {
                Some(Money::zero(payment.ordered().currency()))
            }
            PayerCharged::NotKnownYet => None,
        }
    }
}

/// Its invoice and status; [`payment`](Attempt::payment) shows all.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({} {})", self.invoice(), self.answer().status)
    }
}

/// A payment nobody knows the end of yet. `{}` says why in a line.
#[derive(Clone, Debug)]
pub struct UnknownPayment {
    attempt: Attempt,
    cause: Option<Cause>,
}

impl UnknownPayment {
    /// The attempt.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// What went wrong with the call, where this outcome is the answer to one. It holds no secret.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }

    /// What a person has to look at; empty when time alone will tell.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        self.attempt.payment().contradictions()
    }
}

impl fmt::Display for UnknownPayment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(contradiction) = self.contradictions().first() {
            return write!(f, "a person has to look: {contradiction}");
        }
        match &self.cause {
            Some(cause) => write!(f, "{cause}"),
            None => f.write_str("the bank has not said yet"),
        }
    }
}

/// What a challenge needs to become a form.
pub(crate) struct FormContext {
    pub(crate) tags: TagKey,
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

    /// The value of the parameter `state`: the invoice, when it was asked, and a signature of both.
    pub fn state(&self) -> String {
        let payment = self.attempt.payment();
        // When it was asked: the same however often the page is loaded.
        let asked_at = payment.asked_at().unwrap_or_default();
        let purpose = Purpose::ReturnState { asked_at };
        let tag = self.context.tags.tag(purpose, payment.terminal(), payment.invoice());
        format!("{}.{}.{tag}", payment.invoice(), asked_at.unix_millis())
    }

    /// The attempt.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }
}

/// Shows the attempt, not the challenge.
impl fmt::Debug for PayerChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PayerChallenge").field(self.attempt.invoice()).finish()
    }
}
