//! One attempt as a person asks about it: was the payer charged, what is not known, who acts, and by which command.

use std::time::Duration;

use epay::{
    Payment, PaymentStatus,
    domain::{
        ClosedAs, Doubt, Event, Flag, Question, State, Step, StepAnswer, StepKind, Stored,
        Timestamp, WaitsFor,
    },
};
use epay_fakebank::{SANDBOX_TERMINAL, TWO_STAGE_TERMINAL};

use super::{conflict::Conflict, when};

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
    /// Whether the payer was charged, as far as the bank has said.
    pub(crate) fn charged(payment: &Payment) -> &'static str {
        let flags = payment.flags();
        let contradicted = [
            Flag::OtherInvoice,
            Flag::OtherTransaction,
            Flag::DeclinedYetMoved,
            Flag::VoidedYetCaptured,
        ];
        if contradicted.into_iter().any(|flag| flags.contains(flag)) {
            return "not known yet";
        }
        match payment.state() {
            State::Captured { captured: Some(captured), refunded: Some(refunded) }
                if captured == refunded =>
            {
                "no"
            }
            State::Captured { .. } => "yes",
            State::Authorized => "held",
            // Closed, and then a yes that does not say whether the money is held or taken.
            State::Closed(_) if flags.contains(Flag::LateSuccess) => "not known yet",
            State::New
                if payment.pending().is_some_and(|pending| pending.waits_for == WaitsFor::Bank) =>
            {
                "not known yet"
            }
            State::New
            | State::Declined
            | State::Verified
            | State::Voided(_)
            | State::Closed(_) => "no",
        }
    }

    /// What the bank has confirmed, with its sums.
    pub(crate) fn known(&self) -> String {
        let payment = &self.stored.payment;
        let sum = |sum: Option<epay::Money>| {
            sum.map_or("a sum not told".to_owned(), |sum| sum.to_string())
        };
        let state = match payment.state() {
            State::New => return "nothing yet".to_owned(),
            State::Closed(ClosedAs::NotExecuted) => {
                return "nothing; closed, never executed".to_owned();
            }
            State::Closed(ClosedAs::Abandoned) => {
                return "nothing; closed, the bank did not know it".to_owned();
            }
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
        let by = if payment.confirmed_by_status() { "a status" } else { "a reply alone" };
        format!("{state} (by {by})")
    }

    /// The open question, how old it is, and what makes it doubtful.
    pub(crate) fn pending(&self) -> Option<String> {
        let pending = self.stored.payment.pending()?;
        let question = match &pending.question {
            Question::Authorize => "the payment".to_owned(),
            Question::Confirm => "the confirmation".to_owned(),
            Question::Step(step) => format!("step {step}"),
        };
        let whom = match pending.waits_for {
            WaitsFor::Bank => "the bank",
            WaitsFor::Payer => "the payer",
        };
        let age = self.age(pending.since);
        let doubt = match pending.doubt {
            Doubt::No => String::new(),
            Doubt::Unanswered => "; the call brought no answer".to_owned(),
            Doubt::NotFound { since, last } => format!(
                "; the bank has not known it from {} to {} ({})",
                when::utc(since),
                when::utc(last),
                when::age(last.since(since))
            ),
        };
        Some(format!(
            "{question} waits for {whom}, asked {} ({age} ago){doubt}",
            when::utc(pending.since)
        ))
    }

    /// What the order's present attempt is, where that is another one.
    pub(crate) fn present(&self) -> Option<String> {
        let present = &self.present?.payment;
        Some(format!("its present attempt is invoice {}: {}", present.invoice(), present.status()))
    }

    /// What was asked of a hold or of taken money, each with its answer.
    pub(crate) fn steps(&self) -> Vec<String> {
        self.stored
            .payment
            .steps()
            .map(|(step, answer)| format!("{}: {}, {}", step.id(), wish(step), result(answer)))
            .collect()
    }

    pub(crate) fn conflicts(&self) -> Vec<Conflict> {
        let payment = &self.stored.payment;
        let opened =
            Payment::open(payment.invoice().clone(), payment.ordered(), payment.terminal().clone());
        Conflict::all(&opened, self.history)
    }

    /// Who does something next.
    pub(crate) fn acts(&self) -> &'static str {
        match self.stored.payment.status() {
            PaymentStatus::Disputed => "a person",
            PaymentStatus::Unknown => "nobody: status checks find it out",
            PaymentStatus::AwaitingPayer => "the payer",
            PaymentStatus::New => "the shop, or nobody if the payer has left",
            PaymentStatus::Held => "the shop: it captures or voids",
            PaymentStatus::Paid => "the shop: it ships",
            PaymentStatus::Declined | PaymentStatus::NotExecuted | PaymentStatus::Abandoned => {
                "the payer, if they want to try again"
            }
            PaymentStatus::Refunded | PaymentStatus::Voided | PaymentStatus::Verified => "nobody",
        }
    }

    /// The commands that come next, each with when to use it; empty when there is nothing to do here.
    pub(crate) fn next(&self) -> Vec<(&'static str, String)> {
        let (payment, log) = (&self.stored.payment, self.log);
        let invoice = payment.invoice();
        let resolve = format!("epay payments resolve {log} {invoice} --who NAME --why TEXT");
        let reconcile = format!("epay payments reconcile {log} {}", self.bank());
        let mut next = Vec::new();
        let flags = payment.flags();
        if flags.iter().eq([Flag::LateSuccess]) {
            next.push((
                "to let the library decide, once the next status check is due",
                format!("{reconcile} --late settle"),
            ));
        }
        if !flags.is_empty() {
            next.push(("once that is done", resolve.clone()));
        }
        if let Some(pending) = payment.pending() {
            next.push(("to look, once the next status check is due", reconcile));
            if let Question::Step(step) = pending.question {
                next.push((
                    "if the bank's portal says it did not happen",
                    format!("{resolve} --step {step}"),
                ));
            }
        }
        next
    }

    /// Which bank the terminal is of.
    fn bank(&self) -> &'static str {
        let published = [SANDBOX_TERMINAL, TWO_STAGE_TERMINAL];
        if published.contains(&self.stored.payment.terminal().as_str()) {
            "--bank URL"
        } else {
            "--production"
        }
    }

    fn age(&self, since: Timestamp) -> String {
        let age: Duration = self.now.since(since);
        when::age(age)
    }
}

fn wish(step: &Step) -> String {
    match step.kind() {
        StepKind::Capture(sum) => format!("capture {sum}"),
        StepKind::Void => "release the hold".to_owned(),
        StepKind::Refund(sum) => format!("give back {sum}"),
    }
}

fn result(answer: StepAnswer) -> String {
    match answer {
        StepAnswer::Open => "not known yet".to_owned(),
        StepAnswer::GivenUp => "given up: it counts as not done".to_owned(),
        StepAnswer::NotSent => "not done: it never left".to_owned(),
        StepAnswer::Superseded => "not done: the payment went another way".to_owned(),
        StepAnswer::Refused(decline) => format!("refused: {decline}"),
        StepAnswer::Accepted => "done".to_owned(),
    }
}
