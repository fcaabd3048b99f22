//! Checks the wire: each call that moves money was sent once for each question of our log, and none
//! without one.

use std::cmp::Ordering;

use epay_domain::{Command, EventKind, Question, StepId};
use epay_fakebank::Endpoint;

use super::{Account, Attempt, Books, Kind, Verdict};

const CALLS: [Endpoint; 5] =
    [Endpoint::Cryptopay, Endpoint::Confirm, Endpoint::Charge, Endpoint::Cancel, Endpoint::Refund];

pub(super) fn judge(books: &Books, invoice: &str, account: &Account<'_>, verdict: &mut Verdict) {
    let Some(attempt) = account.attempt else {
        if let Some(call) = account.calls.first() {
            let what = format!("{:?} was sent, and our log does not know of it", call.endpoint);
            verdict.complain(false, Kind::NotInLog, invoice, what);
        }
        return;
    };
    let asks = attempt.asks();
    for endpoint in CALLS {
        // A payer who was handed over ends 3-D Secure at the bank's form, without us.
        if endpoint == Endpoint::Confirm
            && attempt.handed_over_until(attempt.events.len()).is_some()
        {
            continue;
        }
        // Also what was cut before any effect: we can't know, so it must not be sent again either.
        let sent = account.calls.iter().filter(|call| call.endpoint == endpoint).count();
        let asked = asks.iter().filter(|asked| **asked == endpoint).count();
        let kind = match sent.cmp(&asked) {
            Ordering::Greater => Kind::SentAgain,
            Ordering::Less if books.all_arrive => Kind::NeverArrived,
            _ => continue,
        };
        let what = format!("{endpoint:?} was sent {sent} times, and {asked} asks may have left");
        verdict.complain(false, kind, invoice, what);
    }
}

/// How often a question was asked, and how often no byte of that left.
struct Asks<'a> {
    call: (Endpoint, Option<&'a StepId>),
    asked: u32,
    unsent: u32,
}

impl Attempt {
    /// The calls of the asks that may have left, one for each question: none is asked again that may have left before.
    pub fn asks(&self) -> Vec<Endpoint> {
        let mut all: Vec<Asks<'_>> = Vec::new();
        for event in &self.events {
            match &event.kind {
                EventKind::Asked(command) => {
                    let Some(call) = call(command) else { continue };
                    match all.iter_mut().find(|asks| asks.call == call) {
                        Some(asks) => asks.asked += 1,
                        None => all.push(Asks { call, asked: 1, unsent: 0 }),
                    }
                }
                EventKind::NotSent { question: Some(question), ask } => {
                    let asks = all.iter_mut().find(|asks| is_of(asks.call, question));
                    // Of each ask of a question it is said once.
                    if let Some(asks) = asks.filter(|asks| *ask <= asks.asked) {
                        asks.unsent += 1;
                    }
                }
                _ => {}
            }
        }
        all.iter().filter(|asks| asks.asked > asks.unsent).map(|asks| asks.call.0).collect()
    }
}

/// The call that asks it.
fn call(command: &Command) -> Option<(Endpoint, Option<&StepId>)> {
    match command {
        Command::Authorize => Some((Endpoint::Cryptopay, None)),
        Command::Confirm => Some((Endpoint::Confirm, None)),
        Command::Capture(step, _) => Some((Endpoint::Charge, Some(step))),
        Command::Void(step) => Some((Endpoint::Cancel, Some(step))),
        Command::Refund(step, _) | Command::RefundStated(step, ..) => {
            Some((Endpoint::Refund, Some(step)))
        }
        // No call of ours: the payer pays at the bank's form.
        Command::HandOver { .. }
        | Command::Close(_)
        | Command::GiveUp(..)
        | Command::Acknowledge(..)
        | Command::ChooseTransaction(..)
        | Command::Reopen(_) => None,
    }
}

fn is_of((endpoint, step): (Endpoint, Option<&StepId>), question: &Question) -> bool {
    match question {
        Question::HandOver => false,
        Question::Authorize => endpoint == Endpoint::Cryptopay,
        Question::Confirm => endpoint == Endpoint::Confirm,
        Question::Step(id) => step == Some(id),
    }
}
