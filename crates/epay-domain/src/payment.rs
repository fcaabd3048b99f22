//! A payment is what we asked and what we heard; everything else is read from these two.

use crate::contradiction::insert;
use crate::not_found_window::NotFoundWindow;
use crate::source_facts::SourceFacts;
use crate::status::{ClosedAs, PaymentStatus, Rank, State, prevailing};
use crate::step::KnownFacts;
use crate::{
    AttemptTag, Challenge, CloseReason, Contradiction, Decline, Details, InvoiceId, Money,
    PayerStep, Pending, Question, Source, Step, StepId, StepKind, StepStatus, TerminalId,
    Timestamp, TransactionId, WaitsFor,
};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

/// After so long of "not found" an operation that the bank has named is a person's to look into.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// One attempt to take one payment under one invoice number.
///
/// [`decide`](Payment::decide) judges a wish, [`record_reply`](Payment::record_reply) takes whatever
/// came back, and [`apply`](Payment::apply) is the only thing that moves it. Between the same wishes
/// the bank's facts may come in any order and any number of times: the end is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    invoice: InvoiceId,
    ordered: Money,
    terminal: TerminalId,
    tag: Option<AttemptTag>,
    pub(crate) authorize: Option<Timestamp>,
    pub(crate) authorize_unsent: bool,
    /// When it was asked last, how often, and the last of these asks that provably never left.
    pub(crate) confirm: Option<Timestamp>,
    pub(crate) confirms: u32,
    pub(crate) confirms_unsent: u32,
    pub(crate) steps: Vec<Step>,
    pub(crate) operations: BTreeMap<Option<TransactionId>, Operation>,
    pub(crate) window: NotFoundWindow,
    pub(crate) heard_at: Option<Timestamp>,
    pub(crate) closed: Option<(ClosedAs, Timestamp)>,
    pub(crate) reopened: bool,
    pub(crate) ours_told: bool,
    pub(crate) number_taken: bool,
    /// Contradictions of a single answer; those of pairs of facts are worked out when asked for.
    pub(crate) raised: Vec<Contradiction>,
    pub(crate) acknowledged: Vec<Contradiction>,
    pub(crate) chosen: Option<(TransactionId, BTreeSet<TransactionId>)>,
}

/// What was told of one operation at the bank, or without naming one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) reply: SourceFacts,
    pub(crate) status: SourceFacts,
    pub(crate) challenge: Option<Challenge>,
    /// It has said that it is another's.
    pub(crate) foreign: bool,
}

impl Operation {
    pub(crate) fn facts_from(&mut self, source: Source) -> &mut SourceFacts {
        match source {
            Source::Reply => &mut self.reply,
            Source::Status => &mut self.status,
        }
    }
}

impl Payment {
    /// A payment nobody has asked the bank for yet.
    pub fn open(invoice: InvoiceId, ordered: Money, terminal: TerminalId) -> Payment {
        Payment {
            invoice,
            ordered,
            terminal,
            tag: None,
            authorize: None,
            authorize_unsent: false,
            confirm: None,
            confirms: 0,
            confirms_unsent: 0,
            steps: Vec::new(),
            operations: BTreeMap::new(),
            window: NotFoundWindow::default(),
            heard_at: None,
            closed: None,
            reopened: false,
            ours_told: false,
            number_taken: false,
            raised: Vec::new(),
            acknowledged: Vec::new(),
            chosen: None,
        }
    }

    /// With a tag of its own, by which the bank's answers can say that they are about it.
    #[must_use]
    pub fn with_tag(mut self, tag: Option<AttemptTag>) -> Payment {
        self.tag = tag;
        self
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

    /// What tells this attempt's operation from all others, where it was opened with one.
    pub fn tag(&self) -> Option<AttemptTag> {
        self.tag
    }

    /// The bank's name for the operation: the one that a person chose, else the one that the status
    /// names, else the one that the reply names. `None` while there is none, or are several.
    /// Capture, void and refund need it.
    pub fn transaction(&self) -> Option<&TransactionId> {
        if let Some((chosen, _)) = &self.chosen {
            return Some(chosen);
        }
        let named_by = |spoke: fn(&Operation) -> bool| {
            let mut ids =
                self.counted().filter(move |(_, it)| spoke(it)).filter_map(|(id, _)| id.as_ref());
            (ids.next(), ids.next())
        };
        match named_by(|it| it.status.spoke) {
            (Some(id), None) => Some(id),
            (Some(_), Some(_)) => None,
            (None, _) => match named_by(|it| it.reply.spoke) {
                (Some(id), None) => Some(id),
                _ => None,
            },
        }
    }

    /// The captures, voids and refunds that were asked, each with its answer.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, StepStatus)> {
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
    pub fn step(&self, id: &StepId) -> Option<(StepKind, StepStatus)> {
        self.steps().find(|(step, _)| step.id == *id).map(|(step, answer)| (step.kind, answer))
    }

    /// What the bank has confirmed.
    pub fn state(&self) -> State {
        match self.known() {
            Rank::New => self.closed().map_or(State::New, State::Closed),
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
        self.of(Source::Status).declined.or(self.of(Source::Reply).declined)
    }

    /// What an accountant finds it by; the status' word, else the reply's.
    pub fn details(&self) -> Details {
        self.of(Source::Status).details.or(&self.of(Source::Reply).details)
    }

    /// When the bank was asked to authorize, if it was.
    pub fn asked_at(&self) -> Option<Timestamp> {
        self.authorize
    }

    /// When we stopped waiting for it, if we did.
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed.map(|(_, at)| at)
    }

    /// Whether something is known that was not known `before`, beside that it was checked again.
    pub fn has_learnt_since(&self, before: &Payment) -> bool {
        let checked = Payment { window: self.window, heard_at: self.heard_at, ..before.clone() };
        checked != *self
    }

    /// When something was last heard of it from the bank, as the log has it.
    pub fn heard_at(&self) -> Option<Timestamp> {
        self.heard_at
    }

    /// Whether what is known rests on a status, and not on a reply alone.
    pub fn confirmed_by_status(&self) -> bool {
        let known = self.known();
        known != Rank::New && self.of(Source::Status).rank() == known
    }

    /// What waits for an answer.
    pub fn pending(&self) -> Option<Pending> {
        let not_found_for = self.window.last.map(|_| self.window.counted);
        let pending = |question, since, waits_for, ask| {
            Some(Pending { question, since, waits_for, not_found_for, ask })
        };
        if self.known() == Rank::New {
            if self.closed().is_some() {
                return None;
            }
            return match (self.confirm.filter(|_| self.awaits_confirm()), self.authorize?) {
                (Some(since), _) => {
                    pending(Question::Confirm, since, WaitsFor::Bank, self.confirms)
                }
                (None, since) => {
                    let payer = self.told_challenge().is_some();
                    let waits_for = if payer { WaitsFor::Payer } else { WaitsFor::Bank };
                    pending(Question::Authorize, since, waits_for, 1)
                }
            };
        }
        let open = self.steps().filter(|(_, answer)| *answer == StepStatus::Open);
        let step = open.map(|(step, _)| step).last()?;
        pending(Question::Step(step.id.clone()), step.since, WaitsFor::Bank, step.asks)
    }

    /// What the bank has said that it waits for the payer to do, while that is not over.
    pub fn payer_step(&self) -> Option<PayerStep> {
        let open = self.known() == Rank::New && self.closed().is_none();
        self.facts().awaiting.filter(|_| open && !self.awaits_confirm())
    }

    /// The challenge the payer has to answer, while it is awaited.
    pub fn challenge(&self) -> Option<&Challenge> {
        let awaited = self.pending().is_some_and(|pending| pending.waits_for == WaitsFor::Payer);
        self.told_challenge().filter(|_| awaited)
    }

    fn told_challenge(&self) -> Option<&Challenge> {
        self.counted().filter_map(|(_, it)| it.challenge.as_ref()).max()
    }

    /// What a shop does with it now.
    pub fn status(&self) -> PaymentStatus {
        if self.is_contradicted() {
            return PaymentStatus::Disputed;
        }
        match self.pending().map(|pending| pending.waits_for) {
            Some(WaitsFor::Payer) => return PaymentStatus::AwaitingPayer,
            Some(WaitsFor::Bank) => return PaymentStatus::Unknown,
            None => {}
        }
        match self.state() {
            // Known to the bank although this log never asked: not to be asked again.
            State::New if self.bank_named_it() => PaymentStatus::Unknown,
            State::New => PaymentStatus::New,
            State::Declined => PaymentStatus::Declined,
            State::Verified => PaymentStatus::Verified,
            State::Authorized => PaymentStatus::Held,
            State::Voided(_) => PaymentStatus::Voided,
            State::Captured { .. } if self.is_given_back() => PaymentStatus::Refunded,
            State::Captured { captured: Some(_), refunded: Some(_) } => PaymentStatus::Paid,
            State::Captured { .. } => PaymentStatus::Unknown,
            State::Closed(ClosedAs::NotExecuted) => PaymentStatus::NotExecuted,
            State::Closed(ClosedAs::Abandoned) => PaymentStatus::Abandoned,
        }
    }

    /// The contradictions that are open: seen, and not yet acknowledged or settled by a choice.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut open = self.all_contradictions();
        open.retain(|it| !self.acknowledged.contains(it));
        if let Some(two) = self.unjudged_transactions() {
            open.push(Contradiction::TwoTransactions { ids: two });
        }
        open
    }

    /// Whether a contradiction is open.
    pub fn is_contradicted(&self) -> bool {
        !self.contradictions().is_empty()
    }

    /// How much could still be given back; `None` while a sum is not known or nothing was taken.
    pub fn refundable(&self) -> Option<Money> {
        match self.state() {
            State::Captured { captured, refunded } => captured?.checked_sub(refunded?),
            _ => None,
        }
    }

    /// Proof that this attempt has no money and never will, so that the order may be tried again
    /// under a new invoice: it was declined or closed, or it was given back and the shop has
    /// [reopened](crate::Command::Reopen) the order.
    pub fn dead(&self) -> Option<DeadProof> {
        let over = match self.state() {
            State::Declined | State::Closed(_) => true,
            _ => self.reopened && self.is_given_back(),
        };
        (over && !self.is_contradicted() && self.pending().is_none())
            .then(|| DeadProof { invoice: self.invoice.clone() })
    }

    /// Whether it had money, or a verified card, and has none. Where nobody tells what was taken, that
    /// is what was ordered.
    pub(crate) fn is_given_back(&self) -> bool {
        match self.state() {
            State::Voided(_) | State::Verified => true,
            State::Captured { captured, refunded: Some(refunded) } => {
                refunded.covers(captured.unwrap_or(self.ordered)) == Some(true)
            }
            _ => false,
        }
    }

    /// Whether `reason` is true now.
    pub(crate) fn may_close(&self, reason: &CloseReason) -> bool {
        if let CloseReason::ByPerson(_) = reason {
            return self.state() == State::New;
        }
        let Some(pending) = self.pending() else {
            let unasked = self.state() == State::New && !self.bank_named_it();
            return unasked && *reason == CloseReason::NeverAsked;
        };
        let asks_for_money = !matches!(pending.question, Question::Step(_));
        match reason {
            CloseReason::NeverAsked | CloseReason::ByPerson(_) => false,
            CloseReason::NeverConfirmed => {
                let challenged = self.payer_step() == Some(PayerStep::Challenge);
                pending.question == Question::Authorize
                    && (pending.waits_for == WaitsFor::Payer || challenged)
            }
            CloseReason::Abandoned { not_found_window } => {
                let long_enough = pending.not_found_for >= Some(*not_found_window);
                asks_for_money && long_enough && !self.bank_named_it()
            }
        }
    }

    /// Whether an answer has shown that the bank has an operation of this attempt.
    pub(crate) fn bank_named_it(&self) -> bool {
        let facts = self.facts();
        let named = self.counted().any(|(id, _)| id.is_some());
        let told = facts.approved || facts.awaiting.is_some() || facts.rank() != Rank::New;
        named || self.told_challenge().is_some() || told
    }

    pub(crate) fn closed(&self) -> Option<ClosedAs> {
        // An answer that named the payment proves the claim wrong; then only the bank can end it.
        let unsent = self.authorize_unsent && !self.bank_named_it();
        self.closed.map(|(how, _)| how).or(unsent.then_some(ClosedAs::NotExecuted))
    }

    pub(crate) fn awaits_confirm(&self) -> bool {
        self.confirms > self.confirms_unsent
    }

    pub(crate) fn known(&self) -> Rank {
        prevailing(self.of(Source::Reply).rank(), self.of(Source::Status).rank())
    }

    /// What both sources have told.
    pub(crate) fn facts(&self) -> SourceFacts {
        let mut both = self.of(Source::Reply);
        both.join(&self.of(Source::Status));
        both
    }

    /// What one source has told of the operations that count.
    fn of(&self, source: Source) -> SourceFacts {
        let mut facts = SourceFacts::default();
        for (_, operation) in self.counted() {
            facts.join(match source {
                Source::Reply => &operation.reply,
                Source::Status => &operation.status,
            });
        }
        facts
    }

    /// The operations that are this attempt's: the chosen one, or all that don't say otherwise; and
    /// what was told without naming one.
    fn counted(&self) -> impl Iterator<Item = (&Option<TransactionId>, &Operation)> {
        self.operations.iter().filter(|(id, operation)| match (id, &self.chosen) {
            (None, _) => true,
            (Some(id), Some((chosen, _))) => id == chosen,
            (Some(_), None) => !operation.foreign,
        })
    }

    /// All ids of operations that nothing says are another's.
    pub(crate) fn transactions(&self) -> BTreeSet<TransactionId> {
        let ours = self.operations.iter().filter(|(_, operation)| !operation.foreign);
        ours.filter_map(|(id, _)| id.clone()).collect()
    }

    fn unjudged_transactions(&self) -> Option<Vec<TransactionId>> {
        let mut ids = self.transactions();
        ids.extend(self.chosen.iter().map(|(chosen, _)| chosen.clone()));
        let judged = self.chosen.as_ref().is_some_and(|(_, among)| ids.is_subset(among));
        (ids.len() > 1 && !judged).then(|| ids.into_iter().collect())
    }

    fn sum(&self, minor: u64) -> Money {
        Money::new(minor, self.ordered.currency())
    }

    /// Whether this is what was ordered, or what we ever asked to capture.
    pub(crate) fn is_a_sum_of_ours(&self, sum: Money) -> bool {
        sum == self.ordered || self.steps.iter().any(|step| step.kind == StepKind::Capture(sum))
    }

    /// The sums a capture may honestly have: what we asked to capture, or else what was ordered.
    fn captures_asked(&self) -> impl Iterator<Item = Money> {
        let asked = |step: &Step| match step.kind {
            StepKind::Capture(sum) if step.may_count() => Some(sum),
            _ => None,
        };
        let ordered =
            (!self.steps.iter().any(|step| asked(step).is_some())).then_some(self.ordered);
        self.steps.iter().filter_map(asked).chain(ordered)
    }

    /// The refund total that proves the step at `at` done: it has to cover the step's sum and
    /// everything else that may be in it, namely what was given back before, the earlier steps whose
    /// answer we do not have, and the later ones the bank has accepted. So one refund at the bank
    /// never answers two steps of ours.
    fn refund_due(&self, at: usize) -> Option<Money> {
        let step = self.steps.get(at)?;
        let zero = Money::zero(self.ordered.currency());
        let sum_of = |step: &Step| if let StepKind::Refund(sum) = step.kind { sum } else { zero };
        let total = |sum: Option<Money>, step: &Step| sum?.checked_add(sum_of(step));
        let earlier = self.steps.iter().take(at);
        let earlier = earlier.filter(|step| step.may_count()).fold(Some(zero), total)?;
        let before =
            if earlier.covers(step.refunded_before)? { earlier } else { step.refunded_before };
        let later = self.steps.iter().skip(at.checked_add(1)?);
        let later = later.filter(|step| step.answer == StepStatus::Accepted);
        later.fold(before.checked_add(sum_of(step)), total)
    }

    /// The captured sum the bank has told: the status' word, else the reply's.
    fn captured_told(&self) -> Option<Money> {
        let told = |source| self.of(source).captured_sums.last().copied();
        told(Source::Status).or_else(|| told(Source::Reply)).map(|sum| self.sum(sum))
    }

    /// The told sum, else what the bank accepted to capture.
    fn captured(&self) -> Option<Money> {
        self.captured_told().or_else(|| {
            let accepted = self.steps.iter().filter(|step| step.answer == StepStatus::Accepted);
            let sum = |step: &Step| match step.kind {
                StepKind::Capture(sum) => Some(sum),
                _ => None,
            };
            accepted.filter_map(sum).next_back()
        })
    }

    /// The larger of what the bank has told and what it has accepted step by step.
    pub(crate) fn refunded(&self) -> Option<Money> {
        let facts = self.facts();
        let zero = Money::zero(self.ordered.currency());
        let (mut total, mut furthest) = (zero, zero);
        for (step, answer) in self.steps() {
            let (StepKind::Refund(sum), StepStatus::Accepted) = (step.kind, answer) else {
                continue;
            };
            let after = step.refunded_before.checked_add(sum)?;
            total = total.checked_add(sum)?;
            furthest = if after.covers(furthest)? { after } else { furthest };
        }
        let told = facts.refunded.unwrap_or(zero);
        let known = [total, furthest, told].into_iter().max_by_key(Money::minor)?;
        (!(facts.refund_sum_untold && known.is_zero())).then_some(known)
    }

    /// What a refund of a stated sum may be at most, where the bank does not tell how much it took.
    pub(crate) fn refundable_stated(&self) -> Option<Money> {
        let untold = matches!(
            self.state(),
            State::Captured { captured: None, .. } | State::Captured { refunded: None, .. }
        );
        let done = self.refunded().unwrap_or(Money::zero(self.ordered.currency()));
        let left = self.ordered.checked_sub(done);
        left.filter(|_| untold)
    }

    fn all_contradictions(&self) -> Vec<Contradiction> {
        let facts = self.facts();
        let mut all = self.raised.clone();
        let mut raise = |when: bool, it: Contradiction| {
            if when {
                insert(&mut all, it);
            }
        };
        let moved = facts.verified || facts.authorized || facts.voided.is_some() || facts.captured;
        if let Some(decline) = facts.declined {
            raise(moved, Contradiction::DeclinedYetMoved { decline });
        }
        raise(facts.voided.is_some() && facts.captured, Contradiction::VoidedYetCaptured);
        let success = facts.approved || facts.authorized || facts.captured;
        let late = self.closed().is_some() && success;
        let transaction = || self.transaction().cloned();
        if late {
            raise(true, Contradiction::LateSuccess { transaction: transaction() });
        }
        for told in facts.captured_sums.iter().map(|sum| self.sum(*sum)) {
            let ours = self.captures_asked().any(|sum| sum == told);
            raise(!ours, Contradiction::WrongAmount { told });
        }
        if let (Some(low), Some(high)) = (facts.captured_sums.first(), facts.captured_sums.last()) {
            let (low, high) = (self.sum(*low), self.sum(*high));
            raise(low != high, Contradiction::TwoCapturedSums { low, high });
        }
        if let State::Captured { captured, refunded: Some(total) } = self.state() {
            let captured = captured.unwrap_or(self.ordered);
            let over = captured.covers(total) != Some(true);
            raise(over, Contradiction::OverRefunded { captured, total });
        }
        let sent = self.authorize_unsent && self.bank_named_it();
        raise(sent, Contradiction::SentAfterAll { question: Question::Authorize });
        let sent = self.confirms > 0 && !self.awaits_confirm() && success;
        raise(sent, Contradiction::SentAfterAll { question: Question::Confirm });
        for step in self.steps.iter().filter(|step| step.is_unsent()) {
            let question = || Question::Step(step.id.clone());
            raise(self.has_effect_of(step), Contradiction::SentAfterAll { question: question() });
        }
        raise(self.number_taken && !self.ours_told, Contradiction::NumberTaken);
        raise(self.is_forgotten(), Contradiction::NotFoundThoughNamed);
        if let Some((chosen, _)) = &self.chosen {
            let chosen = Some(chosen.clone());
            all.retain(|it| *it != Contradiction::NotOurs { transaction: chosen.clone() });
        }
        all
    }

    /// Whether what a step asked for has happened, although no ask of it ever left.
    pub(crate) fn has_effect_of(&self, step: &Step) -> bool {
        if step.answer == StepStatus::Accepted {
            return true;
        }
        let facts = self.facts();
        match step.kind {
            StepKind::Capture(sum) => {
                facts.captured_sums.iter().eq([&sum.minor()])
                    && !self.steps.iter().any(|other| {
                        matches!(other.kind, StepKind::Capture(_)) && other.may_count()
                    })
            }
            StepKind::Void => {
                let asked = |other: &Step| other.kind == StepKind::Void && other.may_count();
                facts.voided == Some(crate::VoidReason::Requested) && !self.steps.iter().any(asked)
            }
            StepKind::Refund(sum) => {
                // More was given back than all that may have left accounts for.
                let zero = Money::zero(self.ordered.currency());
                let mut counted = self.steps.iter().filter(|other| other.may_count());
                let sent =
                    counted.try_fold(step.refunded_before, |total, other| match other.kind {
                        StepKind::Refund(sum) if other.since >= step.since => {
                            total.checked_add(sum)
                        }
                        _ => Some(total),
                    });
                let due = sent.and_then(|sent| sent.checked_add(sum));
                let told = facts.refunded.unwrap_or(zero);
                due.is_some_and(|due| told.covers(due) == Some(true))
            }
        }
    }

    /// The bank has named it, nothing is known of money, and for an hour the bank has not known it.
    fn is_forgotten(&self) -> bool {
        let pending = self.pending().filter(|it| !matches!(it.question, Question::Step(_)));
        pending.is_some_and(|it| it.not_found_for >= Some(FORGOTTEN)) && self.bank_named_it()
    }
}

/// Proof that an attempt is dead. Only [`Payment::dead`] makes one; a store takes it to open the next
/// attempt.
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
