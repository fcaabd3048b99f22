//! What was sent: each call that moves money left once for each ask in our log, and none without one.

use std::collections::{BTreeMap, HashMap};

use epay_domain::{Command, EventKind, Question};

use super::{Attempt, Books, Verdict, Wrong};

pub(super) fn judge(books: &Books, attempts: &HashMap<&str, &Attempt>, verdict: &mut Verdict) {
    let invoices: HashMap<&str, &str> = books
        .ledger
        .iter()
        .map(|operation| (operation.id.as_str(), operation.invoice.as_str()))
        .collect();
    let mut calls: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    // Also what was cut before any effect: we can't know, so it must not be sent again either.
    for call in &books.wire {
        if matches!(
            call.endpoint.as_str(),
            "cryptopay" | "confirm" | "charge" | "cancel" | "refund"
        ) {
            *calls.entry((&call.endpoint, &call.subject)).or_default() += 1;
        }
    }
    for ((endpoint, subject), sent) in calls {
        let invoice = if endpoint == "cryptopay" { Some(&subject) } else { invoices.get(subject) };
        let Some(attempt) = invoice.and_then(|invoice| attempts.get(*invoice)) else {
            verdict.wrong(
                Wrong::Lost,
                subject,
                format!("{endpoint} was sent, and our log does not know of it"),
            );
            continue;
        };
        let asked = asked(attempt, endpoint);
        if sent > asked {
            let what = format!(
                "{endpoint} was sent {sent} times, and our log has {asked} asks that may have left"
            );
            verdict.wrong(Wrong::SentAgain, attempt.invoice(), what);
        }
    }
    for operation in &books.ledger {
        let mut names: Vec<_> =
            operation.refunds.iter().map(|refund| refund.external_id.as_deref()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() < all {
            verdict.wrong(Wrong::SentAgain, &operation.invoice, "the bank has one refund twice");
        }
    }
}

/// The asks of this kind in our log, without those of which no byte left.
fn asked(attempt: &Attempt, endpoint: &str) -> usize {
    let mut asks: BTreeMap<Question, u32> = BTreeMap::new();
    let mut left = 0_usize;
    for event in &attempt.events {
        match &event.kind {
            EventKind::Asked(command) => {
                let Some((of, question)) = question(command) else { continue };
                *asks.entry(question).or_default() += 1;
                left += usize::from(of == endpoint);
            }
            // Of each ask of a question it is said once.
            EventKind::NotSent { question: Some(question), ask } => {
                let of = attempt.events.iter().find_map(|event| match &event.kind {
                    EventKind::Asked(command) => self::question(command)
                        .filter(|(_, asked)| asked == question)
                        .map(|(of, _)| of),
                    _ => None,
                });
                let was_asked = asks.get(question).is_some_and(|asks| asks >= ask);
                left -= usize::from(of == Some(endpoint) && was_asked);
            }
            _ => {}
        }
    }
    left
}

/// The call that asks it.
fn question(command: &Command) -> Option<(&'static str, Question)> {
    Some(match command {
        Command::Authorize => ("cryptopay", Question::Authorize),
        Command::Confirm => ("confirm", Question::Confirm),
        Command::Capture(step, _) => ("charge", Question::Step(step.clone())),
        Command::Void(step) => ("cancel", Question::Step(step.clone())),
        Command::Refund(step, _) | Command::RefundStated(step, ..) => {
            ("refund", Question::Step(step.clone()))
        }
        Command::Close(_)
        | Command::GiveUp(..)
        | Command::Acknowledge(..)
        | Command::ChooseTransaction(..)
        | Command::Reopen(_) => return None,
    })
}
