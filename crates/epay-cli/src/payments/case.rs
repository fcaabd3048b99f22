//! One attempt with its history: what the bank has confirmed, what waits, and what was asked.

use epay::{Money, Payment};
use epay_domain::{
    ClosedAs, Event, Question, State, Step, StepKind, StepStatus, Stored, Timestamp, WaitsFor,
};

use super::{conflict::Conflict, when};
use crate::foreign;

/// An attempt with its history, judged at a time.
pub(crate) struct Case<'a> {
    pub(crate) stored: &'a Stored,
    pub(crate) history: &'a [Event],
    pub(crate) now: Timestamp,
    /// The order's present attempt, where that is another one.
    pub(crate) present: Option<&'a Stored>,
    /// The log, as a shell reads its name.
    pub(crate) log: &'a str,
}

impl Case<'_> {
    /// What the bank has confirmed, with its sums.
    pub(crate) fn known(&self) -> String {
        let payment = &self.stored.payment;
        let sum =
            |sum: Option<Money>| sum.map_or("a sum not told".to_owned(), |sum| sum.to_string());
        let state = match payment.state() {
            State::New => return "nothing yet".to_owned(),
            State::Closed(ClosedAs::NotExecuted) => {
                return "nothing; closed, never executed".to_owned();
            }
            State::Closed(ClosedAs::Abandoned) => return "nothing; closed, given up".to_owned(),
            State::Declined => payment
                .decline()
                .map_or("declined".to_owned(), |decline| format!("declined: {decline}")),
            State::Verified => "the card is verified".to_owned(),
            State::Authorized => "held".to_owned(),
            State::Voided(_) => "the hold is gone".to_owned(),
            State::Captured { captured, refunded } => {
                format!("taken {}, given back {}", sum(captured), sum(refunded))
            }
        };
        let by = match (payment.confirmed_by_status(), payment.is_confirmed()) {
            (true, _) => "a status",
            (false, true) => "a reply, which a person let stand",
            (false, false) => "a reply alone",
        };
        format!("{state} (by {by})")
    }

    /// What an accountant finds it by; `None` where the bank has not told it.
    pub(crate) fn details(&self) -> [(&'static str, Option<String>); 4] {
        let payment = &self.stored.payment;
        let details = payment.details();
        let text = |it: Option<epay_domain::BankText>| it.map(|text| foreign::text(text.as_str()));
        [
            ("operation", payment.transaction().map(ToString::to_string)),
            ("RRN", text(details.reference)),
            ("approval code", text(details.approval_code)),
            ("card", text(details.card_mask)),
        ]
    }

    /// The open question, how old it is, and for how long the bank has not known of it.
    pub(crate) fn pending(&self) -> Option<String> {
        let pending = self.stored.payment.pending()?;
        let question = match &pending.question {
            Question::Authorize => "the payment".to_owned(),
            Question::HandOver => "the payment at the bank's pay form".to_owned(),
            Question::Confirm => "the confirmation".to_owned(),
            Question::Step(step) => format!("step {step}"),
        };
        let whom = match pending.waits_for {
            WaitsFor::Bank => "the bank",
            WaitsFor::Payer => "the payer",
        };
        let age = when::age(self.now.since(pending.since));
        let not_found = pending.not_found_for.map_or(String::new(), |window| {
            format!("; the bank has answered for {} that it does not know it", when::age(window))
        });
        let since = when::utc(pending.since);
        Some(format!("{question} waits for {whom}, asked {since} ({age} ago){not_found}"))
    }

    /// What the order's present attempt is, where that is another one.
    pub(crate) fn present(&self) -> Option<String> {
        let present = &self.present?.payment;
        let status = crate::answer::of(present).status;
        Some(format!("its present attempt is invoice {}: {status}", present.invoice()))
    }

    /// What was asked of a hold or of taken money, each with its answer.
    pub(crate) fn steps(&self) -> Vec<String> {
        let payment = &self.stored.payment;
        let result = |step: &Step, answer| match payment.is_not_shown(step.id()) {
            true => "done, says a reply, and no status shows it".to_owned(),
            false => result(answer),
        };
        payment
            .steps()
            .map(|(step, answer)| {
                format!("{}: {}, {}", step.id(), wish(step), result(step, answer))
            })
            .collect()
    }

    pub(crate) fn conflicts(&self) -> Vec<Conflict> {
        let payment = &self.stored.payment;
        let (invoice, terminal) = (payment.invoice().clone(), payment.terminal().clone());
        let opened = Payment::open(invoice, payment.ordered(), terminal).with_tag(payment.tag());
        Conflict::all(&opened, self.history)
    }
}

fn wish(step: &Step) -> String {
    match step.kind() {
        StepKind::Capture(sum) => format!("capture {sum}"),
        StepKind::Void => "release the hold".to_owned(),
        StepKind::Refund(sum) => format!("give back {sum}"),
    }
}

fn result(answer: StepStatus) -> String {
    match answer {
        StepStatus::Open => "not known yet".to_owned(),
        StepStatus::GivenUp => "given up: it counts as not done".to_owned(),
        StepStatus::NotSent => "not done: it never left".to_owned(),
        StepStatus::Superseded => "not done: the payment went another way".to_owned(),
        StepStatus::Refused(decline) => format!("refused: {decline}"),
        StepStatus::Accepted => "done".to_owned(),
    }
}
