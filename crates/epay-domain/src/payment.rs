//! A payment is what we asked and what we heard; everything else is read from these two.

use crate::pending::KnownFacts;
use crate::source_facts::SourceFacts;
use crate::state::{ClosedAs, PaymentStatus, Rank, State, prevailing};
use crate::{
    Challenge, CloseReason, Currency, Decline, Doubt, Flag, Flags, InvoiceId, Money, Pending,
    Question, Refunds, Source, Step, StepAnswer, StepId, StepKind, TerminalId, Timestamp,
    TransactionId, WaitsFor,
};
use alloc::vec::Vec;

/// One attempt to take one payment under one invoice number.
///
/// [`decide`](Payment::decide) judges a wish, [`record_reply`](Payment::record_reply) takes whatever came back, and
/// [`apply`](Payment::apply) is the only thing that moves it. The bank's facts may come in any order and any number of
/// times: the end is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    invoice: InvoiceId,
    ordered: Money,
    terminal: TerminalId,
    pub(crate) transaction: Option<TransactionId>,
    pub(crate) authorize: Option<Timestamp>,
    pub(crate) confirm: Option<Timestamp>,
    pub(crate) steps: Vec<Step>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) reply: SourceFacts,
    pub(crate) status: SourceFacts,
    pub(crate) doubt: Doubt,
    pub(crate) closed: Option<ClosedAs>,
    /// Flags about a single answer; those about pairs of facts are worked out when asked for.
    pub(crate) raised: Flags,
    pub(crate) acknowledged: Flags,
}

impl Payment {
    /// A payment nobody has asked the bank for yet.
    pub fn open(invoice: InvoiceId, ordered: Money, terminal: TerminalId) -> Payment {
        Payment {
            invoice,
            ordered,
            terminal,
            transaction: None,
            authorize: None,
            confirm: None,
            steps: Vec::new(),
            challenge: None,
            reply: SourceFacts::default(),
            status: SourceFacts::default(),
            doubt: Doubt::No,
            closed: None,
            raised: Flags::default(),
            acknowledged: Flags::default(),
        }
    }

    /// The bank's handle for this attempt.
    pub fn invoice(&self) -> &InvoiceId {
        &self.invoice
    }

    /// What is to be paid.
    pub fn ordered(&self) -> Money {
        self.ordered
    }

    /// The merchant's terminal.
    pub fn terminal(&self) -> &TerminalId {
        &self.terminal
    }

    /// The bank's name for the operation, once told. Capture, void and refund need it.
    pub fn transaction(&self) -> Option<&TransactionId> {
        self.transaction.as_ref()
    }

    /// The captures, voids and refunds that were asked, each with its answer.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, StepAnswer)> {
        let told = KnownFacts {
            rank: self.known(),
            captured: self.captured_told(),
            refunded: self.facts().refunded,
        };
        self.steps
            .iter()
            .enumerate()
            .map(move |(at, step)| (step, step.answer(told, self.refund_due(at))))
    }

    /// The answer to the step of this name, if it was asked.
    pub fn step(&self, id: &StepId) -> Option<(StepKind, StepAnswer)> {
        self.steps().find(|(step, _)| step.id == *id).map(|(step, answer)| (step.kind, answer))
    }

    /// What the bank has confirmed.
    pub fn state(&self) -> State {
        match self.known() {
            Rank::New => self.closed.map_or(State::New, State::Closed),
            Rank::Declined => State::Declined,
            Rank::Verified => State::Verified,
            Rank::Authorized => State::Authorized,
            Rank::Voided => self.facts().voided.map_or(State::Authorized, State::Voided),
            Rank::Captured => {
                State::Captured { captured: self.captured(), refunded: self.refunded() }
            }
        }
    }

    /// The final decline, where there was one.
    pub fn decline(&self) -> Option<Decline> {
        self.status.declined.or(self.reply.declined)
    }

    /// When the bank was asked to authorize, if it was.
    pub fn asked_at(&self) -> Option<Timestamp> {
        self.authorize
    }

    /// Whether what is known rests on a status, and not on a reply alone.
    pub fn confirmed_by_status(&self) -> bool {
        self.known() != Rank::New && self.status.rank() == self.known()
    }

    /// What waits for an answer.
    pub fn pending(&self) -> Option<Pending> {
        let pending =
            |question, since, waits_for| Pending { question, since, waits_for, doubt: self.doubt };
        if self.known() == Rank::New {
            return match (self.closed, self.confirm, self.authorize) {
                (Some(_), ..) => None,
                (None, Some(since), _) => Some(pending(Question::Confirm, since, WaitsFor::Bank)),
                (None, None, Some(since)) => {
                    let waits_for =
                        if self.challenge.is_some() { WaitsFor::Payer } else { WaitsFor::Bank };
                    Some(pending(Question::Authorize, since, waits_for))
                }
                (None, None, None) => None,
            };
        }
        let open = |(step, answer): &(&Step, StepAnswer)| {
            (*answer == StepAnswer::Open).then_some((*step).clone())
        };
        let step = self.steps().filter_map(|step| open(&step)).last()?;
        Some(pending(Question::Step(step.id), step.since, WaitsFor::Bank))
    }

    /// The challenge the payer has to answer, while it is awaited.
    pub fn challenge(&self) -> Option<&Challenge> {
        let awaited = self.pending().is_some_and(|pending| pending.waits_for == WaitsFor::Payer);
        self.challenge.as_ref().filter(|_| awaited)
    }

    /// What a shop does with it now.
    pub fn status(&self) -> PaymentStatus {
        if !self.flags().is_empty() {
            return PaymentStatus::Disputed;
        }
        match self.pending().map(|pending| pending.waits_for) {
            Some(WaitsFor::Payer) => return PaymentStatus::AwaitingPayer,
            Some(WaitsFor::Bank) => return PaymentStatus::Unknown,
            None => {}
        }
        match self.state() {
            State::New => PaymentStatus::New,
            State::Declined => PaymentStatus::Declined,
            State::Verified => PaymentStatus::Verified,
            State::Authorized => PaymentStatus::Held,
            State::Voided(_) => PaymentStatus::Voided,
            State::Captured { captured: Some(captured), refunded: Some(refunded) } => {
                if refunded.covers(captured) == Some(true) {
                    PaymentStatus::Refunded
                } else {
                    PaymentStatus::Paid
                }
            }
            State::Captured { .. } => PaymentStatus::Unknown,
            State::Closed(ClosedAs::NotExecuted) => PaymentStatus::NotExecuted,
            State::Closed(ClosedAs::Abandoned) => PaymentStatus::Abandoned,
        }
    }

    /// The flags that are up: raised and not yet acknowledged.
    pub fn flags(&self) -> Flags {
        self.all_flags().without(self.acknowledged)
    }

    /// How much could still be given back; `None` while a sum is not known or nothing was taken.
    pub fn refundable(&self) -> Option<Money> {
        match self.state() {
            State::Captured { captured, refunded } => captured?.checked_sub(refunded?),
            _ => None,
        }
    }

    /// Proof that this attempt took no money and never will, so that the order may be tried again under a new invoice.
    ///
    /// It rests on facts that no later wish can undo: a final decline, a hold that is gone, or a closed attempt.
    pub fn dead(&self) -> Option<DeadProof> {
        let dead = matches!(self.state(), State::Declined | State::Voided(_) | State::Closed(_));
        (dead && self.flags().is_empty() && self.pending().is_none())
            .then(|| DeadProof { invoice: self.invoice.clone() })
    }

    /// Whether `reason` is true now.
    pub(crate) fn may_close(&self, reason: CloseReason) -> bool {
        let Some(pending) = self.pending() else {
            return reason == CloseReason::NeverAsked
                && self.state() == State::New
                && !self.bank_knows();
        };
        match (reason, pending.question) {
            (CloseReason::NeverConfirmed, Question::Authorize) => {
                pending.waits_for == WaitsFor::Payer
            }
            (
                CloseReason::Abandoned { not_found_window },
                Question::Authorize | Question::Confirm,
            ) => {
                matches!(pending.doubt, Doubt::NotFound { since, last } if last.since(since) >= not_found_window)
            }
            _ => false,
        }
    }

    /// Whether an answer has shown that the bank has this invoice.
    pub(crate) fn bank_knows(&self) -> bool {
        self.transaction.is_some() || self.challenge.is_some() || self.facts().approved
    }

    pub(crate) fn known(&self) -> Rank {
        prevailing(self.reply.rank(), self.status.rank())
    }

    pub(crate) fn facts(&self) -> SourceFacts {
        self.reply.with(&self.status)
    }

    pub(crate) fn facts_from(&mut self, source: Source) -> &mut SourceFacts {
        match source {
            Source::Reply => &mut self.reply,
            Source::Status => &mut self.status,
        }
    }

    /// Whether this is what was ordered, or what we ever asked to capture.
    pub(crate) fn is_a_sum_of_ours(&self, sum: Money) -> bool {
        sum == self.ordered || self.steps.iter().any(|step| step.kind == StepKind::Capture(sum))
    }

    /// The sums a capture may honestly have: what we asked to capture, or else what was ordered.
    pub(crate) fn captures_asked(&self) -> impl Iterator<Item = Money> {
        let asked = |step: &Step| match step.kind {
            StepKind::Capture(sum) if step.may_count() => Some(sum),
            _ => None,
        };
        let ordered =
            (!self.steps.iter().any(|step| asked(step).is_some())).then_some(self.ordered);
        self.steps.iter().filter_map(asked).chain(ordered)
    }

    fn accepted(
        &self,
        kind: impl Fn(StepKind) -> Option<Money>,
    ) -> impl Iterator<Item = (&Step, Money)> {
        self.steps()
            .filter(|(_, answer)| *answer == StepAnswer::Accepted)
            .filter_map(move |(step, _)| kind(step.kind).map(|sum| (step, sum)))
    }

    /// The refund total that proves the step at `at` done: it has to cover the step's sum and everything else that may be
    /// in it, namely what was given back before, the earlier steps whose answer we do not have, and the later ones the
    /// bank has accepted. So one refund at the bank never answers two steps of ours.
    fn refund_due(&self, at: usize) -> Option<Money> {
        let step = self.steps.get(at)?;
        let zero = Money::zero(self.ordered.currency());
        let sum_of = |step: &Step| if let StepKind::Refund(sum) = step.kind { sum } else { zero };
        let total = |sum: Option<Money>, step: &Step| sum?.checked_add(sum_of(step));
        let earlier =
            self.steps.iter().take(at).filter(|step| step.may_count()).fold(Some(zero), total)?;
        let before =
            if earlier.covers(step.refunded_before)? { earlier } else { step.refunded_before };
        let later = self
            .steps
            .iter()
            .skip(at.checked_add(1)?)
            .filter(|step| step.answer == StepAnswer::Accepted);
        later.fold(before.checked_add(sum_of(step)), total)
    }

    /// The captured sum the bank has told: the status' word, else the reply's.
    fn captured_told(&self) -> Option<Money> {
        self.status.captured.or(self.reply.captured).map(|range| range.high)
    }

    /// The told sum, else what the bank accepted to capture.
    fn captured(&self) -> Option<Money> {
        let charge = |kind| if let StepKind::Capture(sum) = kind { Some(sum) } else { None };
        self.captured_told().or_else(|| {
            let explicit = |step: &&Step| step.answer == StepAnswer::Accepted;
            self.steps.iter().filter(explicit).filter_map(|step| charge(step.kind)).next_back()
        })
    }

    /// The larger of what the bank has told and what it has accepted step by step.
    pub(crate) fn refunded(&self) -> Option<Money> {
        let facts = self.facts();
        let zero = Money::zero(self.ordered.currency());
        let refund = |kind| if let StepKind::Refund(sum) = kind { Some(sum) } else { None };
        let sums =
            self.accepted(refund).try_fold((zero, zero), |(total, furthest), (step, sum)| {
                let after = step.refunded_before.checked_add(sum)?;
                Some((
                    total.checked_add(sum)?,
                    if after.covers(furthest)? { after } else { furthest },
                ))
            });
        let (total, furthest) = sums?;
        let told = facts.refunded.unwrap_or(zero);
        let known = [total, furthest, told].into_iter().max_by_key(Money::minor)?;
        (!(facts.refund_sum_untold && known.is_zero())).then_some(known)
    }

    fn all_flags(&self) -> Flags {
        let facts = self.facts();
        let mut flags = self.raised;
        let moved = facts.verified || facts.authorized || facts.voided.is_some() || facts.taken;
        flags.raise(Flag::DeclinedYetMoved, facts.declined.is_some() && moved);
        flags.raise(Flag::VoidedYetCaptured, facts.voided.is_some() && facts.taken);
        flags.raise(
            Flag::LateSuccess,
            self.closed.is_some() && (facts.approved || facts.authorized || facts.taken),
        );
        if let Some(told) = facts.captured {
            flags.raise(Flag::TwoCapturedSums, told.low != told.high);
            flags.raise(Flag::WrongAmount, !self.captures_asked().any(|sum| sum == told.high));
        }
        if let State::Captured { captured: Some(captured), refunded: Some(refunded) } = self.state()
        {
            flags.raise(Flag::OverRefunded, captured.covers(refunded) != Some(true));
        }
        flags
    }

    pub(crate) fn acknowledge_all(&mut self) {
        self.acknowledged = self.acknowledged.union(self.all_flags());
    }
}

/// Proof that an attempt is dead. Only [`Payment::dead`] makes one; a store takes it to open the next attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadProof {
    invoice: InvoiceId,
}

impl DeadProof {
    /// The dead attempt.
    pub fn invoice(&self) -> &InvoiceId {
        &self.invoice
    }
}

/// The refund facts of a `Captured`, learnt by one source.
pub(crate) fn learn_refunds(facts: &mut SourceFacts, refunds: Refunds, ours: Currency) {
    match refunds {
        Refunds::NotTold => {}
        Refunds::Total(total) if total.currency() == ours => facts.saw_refunded(total),
        Refunds::SumNotTold | Refunds::Total(_) => facts.refund_sum_untold = true,
    }
}
