//! The one door for facts and the one mover: `record_reply` refuses nothing, `apply` is total, replay
//! is a fold.

use crate::hand_over::HandedOver;
use crate::not_found_window::NotFoundWindow;
use crate::source_facts::SourceFacts;
use crate::status::ClosedAs;
use crate::step::Unshown;
use crate::{
    CloseReason, Command, Contradiction, Currency, Delivery, Event, EventKind, Fact, Money, Moved,
    Observation, Origin, Payment, Question, Refunds, Source, Step, StepId, StepKind, StepStatus,
    Timestamp, TransactionId, VoidReason,
};
use alloc::sync::Arc;
use alloc::vec::Vec;

impl Payment {
    /// Turns whatever came back from the call just made into one event: an answer, a silence, or
    /// proof that nothing left.
    ///
    /// `reply` is the answer to what is pending: to a money-moving call, or to a status query that
    /// succeeded. A status query that *failed* says nothing about the payment and has no place here;
    /// its error type cannot become a [`Delivery`].
    pub fn record_reply(&self, reply: Result<Observation, Delivery>, at: Timestamp) -> Event {
        let pending = || self.pending();
        let kind = match reply {
            Ok(observation) => EventKind::Observed(observation),
            Err(Delivery::NotSent) => {
                let (question, ask) = pending().map(|it| (it.question, it.ask)).unzip();
                EventKind::NotSent { question, ask: ask.unwrap_or_default() }
            }
            Err(Delivery::MaybeSent) => EventKind::Unanswered(pending().map(|it| it.question)),
        };
        Event { at, kind }
    }

    /// Moves the payment by one event. Total: every event has an effect on every payment, be it none.
    #[must_use = "the payment is moved nowhere else than in what this returns"]
    pub fn apply(mut self, event: &Event) -> Payment {
        match &event.kind {
            EventKind::Asked(command) => self.asked(command, event.at),
            EventKind::NotSent { question, ask } => self.not_sent(question.as_ref(), *ask),
            EventKind::Unanswered(question) => {
                // A silence starts the window anew: what was not found while the call was on its way
                // may still arrive.
                if question.is_some() && self.pending().map(|it| it.question) == *question {
                    self.window = NotFoundWindow::default();
                }
            }
            EventKind::Observed(observation) => self.observed(observation, event.at),
            EventKind::Closed(reason) => {
                let how = match reason {
                    CloseReason::NeverAsked | CloseReason::NeverConfirmed => ClosedAs::NotExecuted,
                    CloseReason::Abandoned { .. } | CloseReason::ByPerson(_) => ClosedAs::Abandoned,
                };
                self.closed.get_or_insert((how, event.at));
            }
            EventKind::GivenUp(id, _) => self.give_up(id),
            EventKind::Acknowledged(seen, _) => {
                let moved = self.moved();
                let shown = seen.iter().map(|it| it.clone().shown_while(moved));
                shown.for_each(|it| self.acknowledged.insert(it));
            }
            EventKind::Chosen { transaction, among, .. } => {
                let gone = |id: &TransactionId| {
                    let operation = self.operations.get(&Some(id.clone()));
                    (id.clone(), operation.map(|it| it.money()).unwrap_or_default())
                };
                self.chosen = Some((transaction.clone(), among.iter().map(gone).collect()));
            }
            EventKind::Reopened(_) => self.reopened = true,
            EventKind::Notified { .. } => {}
        }
        self
    }

    fn asked(&mut self, command: &Command, at: Timestamp) {
        let (id, kind) = match command {
            Command::Authorize => {
                if self.authorize.is_none() {
                    // Not found before we asked is no news: the window starts with the ask.
                    (self.authorize, self.window) = (Some(at), NotFoundWindow::default());
                }
                return;
            }
            Command::HandOver { until } => {
                let before = self.handed_over.map(|it| it.until);
                if before.is_some() || self.authorize.is_none() {
                    self.authorize.get_or_insert(at);
                    let until = before.max(Some(*until)).unwrap_or(*until);
                    self.handed_over = Some(HandedOver { at, until });
                    self.window = NotFoundWindow::default();
                }
                return;
            }
            Command::Confirm => {
                if !self.awaits_confirm() {
                    (self.confirm, self.window) = (Some(at), NotFoundWindow::default());
                    self.confirms = self.confirms.saturating_add(1);
                }
                return;
            }
            Command::Capture(id, sum) => (id, StepKind::Capture(*sum)),
            Command::Void(id) => (id, StepKind::Void),
            Command::Refund(id, sum) | Command::RefundStated(id, sum, _) => {
                (id, StepKind::Refund(*sum))
            }
            Command::Close(_)
            | Command::GiveUp(..)
            | Command::Acknowledge(..)
            | Command::ChooseTransaction(..)
            | Command::Reopen(_) => return,
        };
        let asked = self.steps.iter().rposition(|step| step.id == *id);
        let again = |step: &Step| step.is_unsent() && step.answer <= StepStatus::GivenUp;
        if asked.and_then(|at| self.steps.get(at)).is_some_and(|step| !again(step)) {
            return;
        }
        let zero = Money::zero(self.ordered().currency());
        let mut refunded_before = zero;
        if matches!(kind, StepKind::Refund(_)) {
            let given_back = self.given_back();
            refunded_before = given_back.map_or(zero, |(least, _)| least);
            self.refunded_elsewhere |= self.refunded(given_back).is_none();
            self.untold_before |= self.refund_untold_by_status();
        }
        // What is asked again comes after all that was asked meanwhile.
        let asks = asked.map_or(0, |at| self.steps.remove(at).asks);
        self.steps.push(Step {
            id: id.clone(),
            kind,
            since: at,
            refunded_before,
            answer: StepStatus::Open,
            asks: asks.saturating_add(1),
            unsent: 0,
            unshown: Unshown::Awaited,
        });
        self.window = NotFoundWindow::default();
        if let StepKind::Capture(sum) = kind {
            // It is asked only when what is up was looked into: that the hold is then captured is
            // what was wished, and no news.
            for told in [Some(sum), None] {
                let of = self.transaction();
                let seen = self.acknowledged.iter().filter_map(|it| it.after_capture(of, told));
                let seen: Vec<_> = seen.collect();
                seen.into_iter().for_each(|it| self.acknowledged.insert(it));
            }
        }
    }

    /// Nothing left, so this ask never was: an invoice that was not sent is dead, a step or a
    /// confirm may be asked again.
    fn not_sent(&mut self, question: Option<&Question>, ask: u32) {
        match question {
            Some(Question::Authorize) => self.authorize_unsent = true,
            // No call of ours goes with it.
            Some(Question::HandOver) | None => {}
            Some(Question::Confirm) => {
                self.confirms_unsent = self.confirms_unsent.max(ask.min(self.confirms));
            }
            Some(Question::Step(id)) => {
                if let Some(step) = self.steps.iter_mut().rfind(|step| step.id == *id) {
                    step.unsent = step.unsent.max(ask.min(step.asks));
                }
            }
        }
    }

    fn give_up(&mut self, id: &StepId) {
        let Some(step) = self.steps.iter().find(|step| step.id == *id) else { return };
        let shown = step.is_taken_back_next().then(|| self.not_shown(step));
        let Some(step) = self.steps.iter_mut().find(|step| step.id == *id) else { return };
        step.give_up();
        let Some(shown) = shown else { return };
        // What was looked into was this step; another that is accepted is to be looked into again.
        self.acknowledged.remove(&shown);
        let accepted = |void: bool| {
            let mut steps = self.steps.iter().filter(|it| it.said() == StepStatus::Accepted);
            steps.any(|it| (it.kind == StepKind::Void) == void)
        };
        let (captured, voided) = (accepted(false), accepted(true));
        for operation in self.operations.values_mut().map(Arc::make_mut) {
            operation.done.captured &= captured;
            operation.done.voided = operation.done.voided.filter(|_| voided);
        }
    }

    fn answer_step(&mut self, id: &StepId, answer: StepStatus) -> Option<StepKind> {
        let step = self.steps.iter_mut().rfind(|step| step.id == *id)?;
        step.answer = step.answer.max(answer);
        Some(step.kind)
    }

    fn observed(&mut self, seen: &Observation, at: Timestamp) {
        self.challenged |= matches!(seen.fact, Fact::ThreeDsRequired(_));
        let invoice = seen.invoice.as_ref();
        if let Some(named) = invoice.filter(|it| it.as_str() != self.invoice().as_str()) {
            self.raised.insert(Contradiction::OtherInvoice { named: named.clone() });
            return;
        }
        self.heard_at = Some(at);
        if seen.origin == Origin::Other {
            let transaction = seen.transaction.clone();
            self.raised.insert(Contradiction::NotOurs { transaction });
            // What names no operation can't be chosen later, so it is not kept.
            if seen.transaction.is_none() {
                return;
            }
        }
        self.check_identity(seen);
        let may_pay = self.handed_over.is_some_and(|it| at < it.until);
        self.learn(seen, may_pay);
        self.window = match (&seen.fact, seen.source, seen.origin) {
            (_, _, Origin::Other) => self.window,
            // A payer who can still pay at the bank's form has not paid yet: that is no news.
            (Fact::NotFound, Source::Status, _) if may_pay => NotFoundWindow::default(),
            (Fact::NotFound, Source::Status, _) => {
                let mut window = self.window;
                window.answered(at, seen.elapsed);
                window
            }
            _ => NotFoundWindow::default(),
        };
    }

    fn check_identity(&mut self, seen: &Observation) {
        if let Some(named) = seen.terminal.as_ref().filter(|it| *it != self.terminal()) {
            let (named, moved) = (named.clone(), Moved::UNTOLD);
            self.raised.insert(Contradiction::OtherTerminal { named, moved });
        }
        let ours = self.ordered().currency();
        for named in seen.currencies().filter(|named| *named != ours) {
            let moved = Moved::UNTOLD;
            self.raised.insert(Contradiction::OtherCurrency { named, moved });
        }
        // After a capture the bank's sum is about the capture, and `Captured` carries it.
        let about_the_order = matches!(
            seen.fact,
            Fact::Approved | Fact::ThreeDsRequired(_) | Fact::AwaitingPayer(_) | Fact::Authorized
        ) && seen.origin != Origin::Other;
        let wrong = seen.amount.filter(|amount| about_the_order && !amount.is(self.ordered()));
        if let Some(amount) = wrong {
            let (told, moved) = (amount.card, Moved::UNTOLD);
            self.raised.insert(Contradiction::WrongAmount { told, moved });
        }
    }

    /// While the payer `may_pay` at the bank's form, that one card failed is not the end.
    fn learn(&mut self, seen: &Observation, may_pay: bool) {
        let ours = self.ordered().currency();
        let mut facts = SourceFacts { spoke: true, ..SourceFacts::default() };
        let (mut done, mut captured_sum) = (SourceFacts::default(), None);
        let mut failed_try = false;
        match &seen.fact {
            Fact::InProgress | Fact::NotFound | Fact::Other(_) | Fact::ThreeDsRequired(_) => {}
            Fact::NumberTaken => self.number_taken = true,
            Fact::Approved => facts.approved = true,
            Fact::AwaitingPayer(step) => facts.awaiting = Some(*step),
            Fact::Declined(decline) => {
                facts.declined = Some(*decline).filter(|it| it.is_final() && !may_pay);
                failed_try = self.handed_over.is_some() && facts.declined.is_none();
            }
            Fact::Verified => facts.verified = true,
            Fact::Authorized => facts.authorized = true,
            Fact::Voided(reason) => facts.voided = Some(*reason),
            Fact::Captured { captured, refunded } => {
                // With a bonus the bank tells the card's part; the whole is what we ordered or asked
                // to capture. Whether a capture was refused since plays no part, or the order of the
                // two facts would matter.
                let whole = captured.map(|card| {
                    let with_bonus = seen.amount.and_then(|it| card.checked_add(it.bonus));
                    with_bonus.filter(|sum| self.is_a_sum_of_ours(*sum)).unwrap_or(card)
                });
                facts.captured = true;
                captured_sum = whole.filter(|sum| sum.currency() == ours).map(|sum| sum.minor());
                let foreign = whole.filter(|sum| sum.currency() != ours);
                if let Some(told) = foreign.filter(|_| seen.origin != Origin::Other) {
                    let moved = Moved::UNTOLD;
                    self.raised.insert(Contradiction::WrongAmount { told, moved });
                }
                learn_refunds(&mut facts, *refunded, ours);
            }
            Fact::StepRefused(..) | Fact::StepAccepted(_) if seen.origin == Origin::Other => {}
            Fact::StepRefused(id, decline) => {
                if decline.is_final() {
                    self.answer_step(id, StepStatus::Refused(*decline));
                }
            }
            Fact::StepAccepted(id) => {
                let kind = self.answer_step(id, StepStatus::Accepted);
                let not_done = |step: &Step| step.id == *id && step.unshown == Unshown::NotDone;
                match kind.filter(|_| !self.steps.iter().any(not_done)) {
                    Some(StepKind::Capture(_) | StepKind::Refund(_)) => done.captured = true,
                    Some(StepKind::Void) => done.voided = Some(VoidReason::Requested),
                    None => {}
                }
            }
        }
        let operation = self.operations.entry(seen.transaction.clone()).or_default();
        let operation = Arc::make_mut(operation);
        operation.told_other |= seen.origin == Origin::Other;
        operation.told_ours |= seen.origin == Origin::Ours;
        operation.failed_try |= failed_try;
        if let Fact::ThreeDsRequired(challenge) = &seen.fact {
            operation.challenge = operation.challenge.take().max(Some(challenge.clone()));
        }
        operation.done.join(&done);
        let (known, details) = operation.of(seen.source);
        known.join(&facts);
        known.captured_sums.extend(captured_sum);
        details.join(&seen.details);
    }
}

/// The refund facts of a `Captured`, learnt by one source.
fn learn_refunds(facts: &mut SourceFacts, refunds: Refunds, ours: Currency) {
    match refunds {
        Refunds::NotTold => {}
        Refunds::Total(total) if total.currency() == ours => facts.refunded = Some(total.minor()),
        Refunds::SumNotTold | Refunds::Total(_) => facts.refund_sum_untold = true,
    }
}
