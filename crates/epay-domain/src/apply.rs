//! The one door for facts and the one mover: `record_reply` refuses nothing, `apply` is total, replay is a fold.

use crate::payment::learn_refunds;
use crate::state::ClosedAs;
use crate::{
    CloseReason, Command, Delivery, Doubt, Event, EventKind, Fact, Flag, Observation, Payment,
    Question, Source, Step, StepAnswer, StepId, StepKind, Timestamp,
};

impl Payment {
    /// Turns whatever came back from the call just made into one event: an answer, a silence, or proof that nothing left.
    ///
    /// `reply` is the answer to what is pending: to a money-moving call, or to a status query that succeeded. A status
    /// query that *failed* says nothing about the payment and has no place here; its error type cannot become a
    /// [`Delivery`].
    pub fn record_reply(&self, reply: Result<Observation, Delivery>, at: Timestamp) -> Event {
        let question = || self.pending().map(|pending| pending.question);
        let kind = match reply {
            Ok(observation) => EventKind::Observed(observation),
            Err(Delivery::NotSent) => EventKind::NotSent(question()),
            Err(Delivery::MaybeSent) => EventKind::Unanswered(question()),
        };
        Event { at, kind }
    }

    /// Moves the payment by one event. Total: every event has an effect on every payment, be it none.
    #[must_use = "the payment is moved nowhere else than in what this returns"]
    pub fn apply(mut self, event: &Event) -> Payment {
        match &event.kind {
            EventKind::Asked(command) => self.asked(command, event.at),
            EventKind::NotSent(question) => self.not_sent(question.as_ref()),
            EventKind::Unanswered(question) => {
                // A silence restarts the not-found window: what was not found while the call was on its way may still arrive.
                if question.is_some() && self.pending().map(|pending| pending.question) == *question
                {
                    self.doubt = Doubt::Unanswered;
                }
            }
            EventKind::Observed(observation) => self.observed(observation, event.at),
            EventKind::Closed(reason) => self.close(match reason {
                CloseReason::NeverAsked | CloseReason::NeverConfirmed => ClosedAs::NotExecuted,
                CloseReason::Abandoned { .. } => ClosedAs::Abandoned,
            }),
            EventKind::GivenUp(step, _) => {
                self.answer(step, StepAnswer::GivenUp);
            }
            EventKind::Acknowledged(_) => self.acknowledge_all(),
            EventKind::Notified(_) => {}
        }
        self
    }

    fn asked(&mut self, command: &Command, at: Timestamp) {
        let (id, kind) = match command {
            Command::Authorize => {
                if self.authorize.is_none() {
                    // Not found before we asked is nothing new: the not-found window starts with the ask.
                    (self.authorize, self.doubt) = (Some(at), Doubt::No);
                }
                return;
            }
            Command::Confirm => {
                if self.confirm.is_none() {
                    (self.confirm, self.doubt) = (Some(at), Doubt::No);
                }
                return;
            }
            Command::Capture(id, sum) => (id, StepKind::Capture(*sum)),
            Command::Void(id) => (id, StepKind::Void),
            Command::Refund(id, sum) => (id, StepKind::Refund(*sum)),
            Command::Close(_) | Command::GiveUp(..) | Command::Acknowledge(_) => return,
        };
        if self.steps.iter().all(|step| step.id != *id) {
            let refunded_before =
                self.refunded().unwrap_or(crate::Money::zero(self.ordered().currency()));
            let answer = StepAnswer::Open;
            self.steps.push(Step { id: id.clone(), kind, since: at, refunded_before, answer });
            self.doubt = Doubt::No;
        }
    }

    /// Nothing left, so the ask never was: an invoice that was not sent is dead, a step that was not sent is over.
    fn not_sent(&mut self, question: Option<&Question>) {
        match question {
            // An answer that named the payment proves the claim wrong; then only the bank can end it.
            Some(Question::Authorize) if !self.bank_knows() => {
                self.close(ClosedAs::NotExecuted);
            }
            // Confirm is asked once; the payer's answer is gone with the call, so this attempt can never be confirmed.
            Some(Question::Confirm) => self.close(ClosedAs::NotExecuted),
            Some(Question::Step(id)) => {
                self.answer(id, StepAnswer::NotSent);
            }
            Some(Question::Authorize) | None => {}
        }
    }

    fn close(&mut self, ended: ClosedAs) {
        self.closed.get_or_insert(ended);
    }

    fn answer(&mut self, id: &StepId, answer: StepAnswer) -> Option<StepKind> {
        let step = self.steps.iter_mut().find(|step| step.id == *id)?;
        step.answer = step.answer.max(answer);
        Some(step.kind)
    }

    fn observed(&mut self, seen: &Observation, at: Timestamp) {
        if seen.invoice.as_ref().is_some_and(|invoice| invoice != self.invoice()) {
            self.raised.raise(Flag::OtherInvoice, true);
            return;
        }
        self.check_identity(seen);
        self.learn(seen);
        self.doubt = match (&seen.fact, seen.source, self.doubt) {
            (Fact::NotFound, Source::Status, Doubt::NotFound { since, last }) => {
                Doubt::NotFound { since, last: last.max(at) }
            }
            (Fact::NotFound, Source::Status, _) => Doubt::NotFound { since: at, last: at },
            (_, _, Doubt::NotFound { .. }) => Doubt::Unanswered,
            (_, _, doubt) => doubt,
        };
    }

    fn check_identity(&mut self, seen: &Observation) {
        let other_terminal =
            seen.terminal.as_ref().is_some_and(|terminal| terminal != self.terminal());
        self.raised.raise(Flag::OtherTerminal, other_terminal);
        let ours = self.ordered().currency();
        self.raised.raise(Flag::OtherCurrency, seen.currencies().any(|currency| currency != ours));
        if let Some(transaction) = &seen.transaction {
            let known = self.transaction.get_or_insert_with(|| transaction.clone());
            self.raised.raise(Flag::OtherTransaction, known != transaction);
        }
        // After a capture the bank's sum is about the capture, and `Captured` carries it.
        let about_the_order = matches!(
            seen.fact,
            Fact::Approved | Fact::ThreeDsRequired(_) | Fact::Authorized | Fact::Verified
        );
        let wrong = about_the_order && seen.amount.is_some_and(|amount| !amount.is(self.ordered()));
        self.raised.raise(Flag::WrongAmount, wrong);
    }

    fn learn(&mut self, seen: &Observation) {
        match &seen.fact {
            Fact::InProgress | Fact::NotFound | Fact::Other(_) => {}
            Fact::Approved => self.facts_from(seen.source).approved = true,
            Fact::ThreeDsRequired(challenge) => {
                self.challenge.get_or_insert_with(|| challenge.clone());
            }
            Fact::Declined(decline) if !decline.is_final() => {}
            Fact::Declined(decline) => {
                let facts = self.facts_from(seen.source);
                facts.declined = facts.declined.max(Some(*decline));
            }
            Fact::Verified => self.facts_from(seen.source).verified = true,
            Fact::Authorized => self.facts_from(seen.source).authorized = true,
            Fact::Voided(why) => {
                let facts = self.facts_from(seen.source);
                facts.voided = facts.voided.max(Some(*why));
            }
            Fact::Captured { captured, refunded } => {
                let ours = self.ordered().currency();
                // With a bonus the bank tells the card's part; the whole is what we ordered or asked to capture. Whether a
                // capture was refused since plays no part, or the order of the two facts would matter.
                let whole = captured.map(|card| {
                    let with_bonus = seen.amount.and_then(|amount| card.checked_add(amount.bonus));
                    with_bonus.filter(|sum| self.is_a_sum_of_ours(*sum)).unwrap_or(card)
                });
                let facts = self.facts_from(seen.source);
                facts.taken = true;
                if let Some(sum) = whole.filter(|sum| sum.currency() == ours) {
                    facts.saw_captured(sum);
                }
                learn_refunds(facts, *refunded, ours);
            }
            Fact::StepRefused(id, decline) => {
                if decline.is_final() {
                    self.answer(id, StepAnswer::Refused(*decline));
                }
            }
            Fact::StepAccepted(id) => {
                let kind = self.answer(id, StepAnswer::Accepted);
                let facts = self.facts_from(seen.source);
                match kind {
                    Some(StepKind::Capture(_) | StepKind::Refund(_)) => facts.taken = true,
                    Some(StepKind::Void) => facts.voided = Some(crate::VoidReason::Requested),
                    None => {}
                }
            }
        }
    }
}
