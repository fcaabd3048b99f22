//! An order has one live attempt: another was opened only after something had ended the one before.

use std::collections::BTreeMap;

use epay_domain::{EventKind, Fact, Question};

use super::{Attempt, Kind, Verdict};

pub(super) fn judge(log: &[Attempt], verdict: &mut Verdict) {
    let all: BTreeMap<&str, &Attempt> = log.iter().map(|it| (it.invoice(), it)).collect();
    for attempt in log {
        let Some(before) = &attempt.stored.previous else { continue };
        if all.get(before.as_str()).is_some_and(|before| !ended(before)) {
            let what = format!("opened although nothing had ended {before}");
            verdict.complain(false, Kind::NoProof, attempt.invoice(), what);
        }
    }
}

/// Whether anything in its log lets the order be paid by another. What was taken or held and then given
/// back does not: that is the shop's to say. Nor does a card that failed while the payer could try another
/// at the bank's form.
fn ended(attempt: &Attempt) -> bool {
    attempt.events.iter().zip(0..).any(|(event, at)| match &event.kind {
        EventKind::Closed(_) | EventKind::Reopened(_) => true,
        EventKind::NotSent { question, .. } => *question == Some(Question::Authorize),
        EventKind::Observed(seen) => {
            let is_over = attempt.handed_over_until(at).is_none_or(|until| until <= event.at);
            is_over && matches!(seen.fact, Fact::Declined(decline) if decline.is_final())
        }
        _ => false,
    })
}
