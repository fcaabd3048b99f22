//! A payment is its questions to the bank and the answers; everything else is derived from these
//! two.

use crate::contradiction::Contradictions;
use crate::hand_over::HandedOver;
use crate::not_found_window::NotFoundWindow;
use crate::source_facts::SourceFacts;
use crate::status::{ClosedAs, PaymentStatus, Rank, State, prevailing};
use crate::{
    AttemptTag, Challenge, CloseReason, Decline, Details, InvoiceId, Money, PayerStep, Pending,
    Question, SavedCard, Source, Step, StepId, StepKind, StepStatus, TerminalId, Timestamp,
    TransactionId, WaitsFor,
};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// One attempt to take one payment under one invoice number.
///
/// [`decide`](Payment::decide) judges a wish, [`record_reply`](Payment::record_reply) takes what came
/// back, [`apply`](Payment::apply) alone moves it. Between the same wishes the bank's facts may come in
/// any order and number: the end is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    invoice: InvoiceId,
    pub(crate) ordered: Money,
    terminal: TerminalId,
    tag: Option<AttemptTag>,
    pub(crate) authorize: Option<Timestamp>,
    pub(crate) authorize_unsent: bool,
    /// The payer pays at the bank's pay form, and not by an ask of ours.
    pub(crate) handed_over: Option<HandedOver>,
    /// When it was asked last, how often, and the last of these asks that provably never left.
    pub(crate) confirm: Option<Timestamp>,
    pub(crate) confirms: u32,
    pub(crate) confirms_unsent: u32,
    pub(crate) steps: Vec<Step>,
    /// Shared: of most clones only the rest is changed.
    pub(crate) operations: BTreeMap<Option<TransactionId>, Arc<Operation>>,
    pub(crate) window: NotFoundWindow,
    pub(crate) heard_at: Option<Timestamp>,
    pub(crate) closed: Option<(ClosedAs, Timestamp)>,
    pub(crate) reopened: bool,
    /// A refund was asked for while the bank spoke of another whose sum it does not tell.
    pub(crate) refunded_elsewhere: bool,
    /// A refund was asked for after a status had told of some without their sum: that word says
    /// nothing of this one.
    pub(crate) untold_before: bool,
    pub(crate) number_taken: bool,
    pub(crate) challenged: bool,
    /// Contradictions of a single answer; those of pairs of facts are worked out when asked for, and
    /// so is how far the money went.
    pub(crate) raised: Contradictions,
    pub(crate) acknowledged: Contradictions,
    /// The operation that a person chose, and how far the money of each had gone then.
    pub(crate) chosen: Option<(TransactionId, BTreeMap<TransactionId, SourceFacts>)>,
}

/// What was told of one operation at the bank, or without naming one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) reply: SourceFacts,
    /// What follows from the steps that replies have accepted, and no person has taken back.
    pub(crate) done: SourceFacts,
    pub(crate) status: SourceFacts,
    pub(crate) reply_details: Details,
    pub(crate) status_details: Details,
    pub(crate) challenge: Option<Challenge>,
    /// At the bank's pay form, it failed while the payer could still try another card.
    pub(crate) failed_try: bool,
    /// It has said that it is another's, and that it is ours.
    pub(crate) told_other: bool,
    pub(crate) told_ours: bool,
}

impl Operation {
    /// What was ours once is not forgotten when it says that it is another's: that is a contradiction.
    pub(crate) fn is_foreign(&self) -> bool {
        self.told_other && !self.told_ours
    }

    /// Whether it is more than a try at the bank's pay form that has come to nothing so far.
    pub(crate) fn has_effect(&self) -> bool {
        self.told().into_iter().any(|told| told.approved || told.rank() > Rank::Declined)
    }

    /// Whether its answers show that the bank has it.
    pub(crate) fn is_named(&self, id: Option<&TransactionId>) -> bool {
        let told = |facts: &SourceFacts| {
            facts.approved || facts.awaiting.is_some() || facts.rank() != Rank::New
        };
        id.is_some() || self.challenge.is_some() || self.told().into_iter().any(told)
    }

    /// How far its money went: what was held, what was taken.
    pub(crate) fn money(&self) -> SourceFacts {
        let mut money = SourceFacts::default();
        for told in self.told() {
            money.authorized |= told.authorized;
            money.captured |= told.captured;
            money.captured_sums.extend(&told.captured_sums);
        }
        money
    }

    /// All that was told of it.
    pub(crate) fn told(&self) -> [&SourceFacts; 3] {
        [&self.reply, &self.done, &self.status]
    }

    pub(crate) fn of(&mut self, source: Source) -> (&mut SourceFacts, &mut Details) {
        match source {
            Source::Reply => (&mut self.reply, &mut self.reply_details),
            Source::Status => (&mut self.status, &mut self.status_details),
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
            handed_over: None,
            confirm: None,
            confirms: 0,
            confirms_unsent: 0,
            steps: Vec::new(),
            operations: BTreeMap::new(),
            window: NotFoundWindow::default(),
            heard_at: None,
            closed: None,
            reopened: false,
            refunded_elsewhere: false,
            untold_before: false,
            number_taken: false,
            challenged: false,
            raised: Contradictions::default(),
            acknowledged: Contradictions::default(),
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

    /// The ordered sum.
    pub fn ordered(&self) -> Money {
        self.ordered
    }

    /// The merchant's terminal.
    pub fn terminal(&self) -> &TerminalId {
        &self.terminal
    }

    /// The tag that tells this attempt's operation from all others, if it was opened with one.
    pub fn tag(&self) -> Option<AttemptTag> {
        self.tag
    }

    /// The bank's name for the operation: the one a person chose, else the one the status names, else
    /// the reply's. `None` while there is none, or are several.
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

    /// The answer to the step of this name, if it was asked.
    pub fn step(&self, id: &StepId) -> Option<(StepKind, StepStatus)> {
        self.steps().find(|(step, _)| step.id == *id).map(|(step, answer)| (step.kind, answer))
    }

    /// The state that the bank has confirmed.
    pub fn state(&self) -> State {
        match self.known() {
            Rank::New => self.closed().map_or(State::New, State::Closed),
            Rank::Declined => State::Declined,
            Rank::Verified => State::Verified,
            Rank::Authorized => State::Authorized,
            Rank::Voided => {
                let told = |source| self.told_by(source).filter_map(|facts| facts.voided).max();
                let voided = told(Source::Status).or_else(|| told(Source::Reply));
                voided.map_or(State::Authorized, State::Voided)
            }
            Rank::Captured => State::Captured {
                captured: self.captured(),
                refunded: self.refunded(self.given_back()),
            },
        }
    }

    /// The final decline, where there was one.
    pub fn decline(&self) -> Option<Decline> {
        let told = |source| self.told_by(source).filter_map(|facts| facts.declined).max();
        told(Source::Status).or_else(|| told(Source::Reply))
    }

    /// The details by which an accountant finds it; those of the status, else of the reply.
    pub fn details(&self) -> Details {
        let (mut replies, mut statuses) = (Details::default(), Details::default());
        for (_, operation) in self.counted() {
            replies.join(&operation.reply_details);
            statuses.join(&operation.status_details);
        }
        statuses.or(&replies)
    }

    /// The card that was paid with, where the bank has told a handle for it. It may tell one for a card
    /// that it was not asked to keep (`assumed`): offer the payer those alone that they wanted kept.
    pub fn saved_card(&self) -> Option<SavedCard> {
        let Details { card_id, card_mask: mask, .. } = self.details();
        card_id.map(|id| SavedCard { id, mask })
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
        known != Rank::New && self.rank(Source::Status) == known
    }

    /// Whether a status confirms what is known; or a person, who has looked into that none does.
    pub fn is_confirmed(&self) -> bool {
        let looked_into = || self.unshown_hold_step().is_some_and(|step| self.is_looked_into(step));
        self.confirmed_by_status() || looked_into()
    }

    /// The question that waits for an answer.
    pub fn pending(&self) -> Option<Pending> {
        let not_found_for = self.window.last.map(|_| self.window.counted);
        let pending = |question, since, waits_for, ask| {
            Some(Pending { question, since, waits_for, not_found_for, ask })
        };
        if self.known() == Rank::New {
            if self.closed().is_some() {
                return None;
            }
            if let Some(HandedOver { at, .. }) = self.handed_over {
                let payer = self.is_at_the_form();
                let waits_for = if payer { WaitsFor::Payer } else { WaitsFor::Bank };
                return pending(Question::HandOver, at, waits_for, 1);
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
        self.told(|facts| facts.awaiting).filter(|_| open && !self.awaits_confirm())
    }

    /// The challenge the payer has to answer, while it is awaited.
    pub fn challenge(&self) -> Option<&Challenge> {
        let awaited = self.pending().is_some_and(|pending| {
            pending.waits_for == WaitsFor::Payer && pending.question == Question::Authorize
        });
        self.told_challenge().filter(|_| awaited)
    }

    /// Whether an answer has ever come with a challenge, whoever's it was: so the log may hold one.
    pub fn was_challenged(&self) -> bool {
        self.challenged
    }

    pub(crate) fn told_challenge(&self) -> Option<&Challenge> {
        self.counted().filter_map(|(_, it)| it.challenge.as_ref()).max()
    }

    /// The status, which says what a shop does with it now.
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
        self.counted().any(|(id, operation)| operation.is_named(id.as_ref()))
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
        let known = prevailing(self.rank(Source::Reply), self.rank(Source::Status));
        // That one card failed is no end while another may go through.
        if known == Rank::Declined && self.has_open_try() { Rank::New } else { known }
    }

    pub(crate) fn is_approved(&self) -> bool {
        self.counted().any(|(_, operation)| operation.reply.approved || operation.status.approved)
    }

    fn rank(&self, source: Source) -> Rank {
        self.told_by(source).map(SourceFacts::rank).max().unwrap_or(Rank::New)
    }

    /// The greatest of what was told.
    pub(crate) fn told<T: Ord>(&self, what: impl Fn(&SourceFacts) -> Option<T>) -> Option<T> {
        let facts = self.told_by(Source::Reply).chain(self.told_by(Source::Status));
        facts.filter_map(what).max()
    }

    pub(crate) fn told_by(&self, source: Source) -> impl Iterator<Item = &SourceFacts> {
        self.counted().flat_map(move |(_, operation)| {
            let (told, done) = match source {
                Source::Reply => (&operation.reply, Some(&operation.done)),
                Source::Status => (&operation.status, None),
            };
            core::iter::once(told).chain(done)
        })
    }

    /// What both sources have told.
    pub(crate) fn facts(&self) -> SourceFacts {
        let mut both = SourceFacts::default();
        for (_, operation) in self.counted() {
            operation.told().into_iter().for_each(|told| both.join(told));
        }
        both
    }

    /// The operations that are this attempt's: the chosen one, or all that don't say otherwise; and
    /// what was told without naming one. Of several tries at the bank's pay form those that went through
    /// count, if any did.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (&Option<TransactionId>, &Operation)> {
        let went_through = self.handed_over.is_some()
            && self.operations.values().any(|it| !it.is_foreign() && it.has_effect());
        let all = self.operations.iter().map(|(id, operation)| (id, &**operation));
        all.filter(move |(id, operation)| match (id, &self.chosen) {
            (None, _) => true,
            (Some(id), Some((chosen, _))) => id == chosen,
            (Some(_), None) => !operation.is_foreign() && (!went_through || operation.has_effect()),
        })
    }

    /// All ids of operations that nothing says are another's, and that are more than a try at the bank's
    /// pay form.
    pub(crate) fn transactions(&self) -> BTreeSet<TransactionId> {
        let ours = self.operations.iter().filter(|(_, operation)| {
            !operation.is_foreign() && (self.handed_over.is_none() || operation.has_effect())
        });
        ours.filter_map(|(id, _)| id.clone()).collect()
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
