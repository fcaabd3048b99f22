//! The commands that an attempt allows a person now. The payment itself decides whether it allows
//! one.

use epay::{Contradiction, Payment, StepId, story};
use epay_domain::{CloseReason, Command, Note, Question};

use super::{bank::FAKE_TERMINALS, case::Case, explain::quoted};

/// A short name for exactly these contradictions of this attempt: `show` prints it, and
/// `acknowledge` takes it back. It has to be the same tomorrow.
pub(crate) fn token(payment: &Payment) -> String {
    let text = format!("{} {:?}", payment.invoice(), payment.contradictions());
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}

impl Case<'_> {
    /// Each with when to use it; empty when there is nothing to do here.
    pub(crate) fn ways_out(&self) -> Vec<(&'static str, String)> {
        let (payment, log, mut ways) = (&self.stored.payment, self.log, Vec::new());
        let Ok(note) = Note::new("") else { return ways };
        let may = |wish| payment.decide(wish, self.now).is_ok();
        let command = |name: &str, more: &str| {
            format!("epay payments {name} {log} {}{more} --note TEXT", payment.invoice())
        };
        let bank = bank_of(payment);
        let reconcile = format!("epay payments reconcile {log} {bank}");
        let contradictions = payment.contradictions();
        let late = |it: &Contradiction| matches!(it, Contradiction::LateSuccess { .. });
        if !contradictions.is_empty() && contradictions.iter().all(late) {
            let when = "to let the library decide, once the next status check is due";
            ways.push((when, format!("{reconcile} --late settle")));
        }
        for id in story::choices(&contradictions) {
            if may(Command::ChooseTransaction(id.clone(), note.clone())) {
                let when = "if this operation is the order's";
                ways.push((when, command("choose", &format!(" {id}"))));
            }
        }
        let taken = |it: &Contradiction| matches!(it, Contradiction::NumberTaken { .. });
        if contradictions.iter().any(taken) {
            let when = "so that the next payments get numbers that the bank has never seen";
            ways.push((when, format!("epay payments renumber {log} FIRST")));
        }
        if may(Command::Acknowledge(contradictions, note.clone())) {
            let shown = format!(" --shown {}", token(payment));
            ways.push(("once that is done", command("acknowledge", &shown)));
        }
        if may(Command::Reopen(note.clone())) {
            let order = quoted(self.stored.order.as_str());
            let again = format!("epay payments pay-again {log} {order} {bank} --note TEXT");
            ways.push(("to allow a new payment of the order", again));
        }
        if let Ok(step) = StepId::new("stated-1")
            && may(Command::RefundStated(step, payment.ordered(), note.clone()))
        {
            let when = "to refund what the bank's portal says was captured";
            ways.push((when, command("refund-stated", &format!(" STEP SUM {bank}"))));
        }
        let not_done = |step: &StepId| {
            let when = "if the bank's portal says it did not happen";
            (when, command("give-up", &format!(" {step}")))
        };
        for (step, _) in payment.steps().filter(|(step, _)| payment.is_not_shown(step.id())) {
            ways.push(not_done(step.id()));
        }
        let Some(pending) = payment.pending() else { return ways };
        ways.push(("to check, once the next status check is due", reconcile));
        if let Question::Step(step) = pending.question
            && may(Command::GiveUp(step.clone(), note.clone()))
        {
            ways.push(not_done(&step));
        }
        if may(Command::Close(CloseReason::ByPerson(note))) {
            let when = "if the bank says that this payment will not happen";
            ways.push((when, command("close", &format!(" {bank}"))));
        }
        ways
    }
}

/// How the bank of the payment's terminal is named.
fn bank_of(payment: &Payment) -> &'static str {
    let fake = FAKE_TERMINALS.contains(&payment.terminal().as_str());
    if fake { "--bank URL" } else { "--production" }
}
