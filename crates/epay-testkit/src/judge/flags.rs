//! Facts of one attempt's log that can't all be true were flagged, each by its evidence: they are up, or a
//! person or the machine has judged them.

use std::collections::BTreeSet;

use epay_domain::{Command, Contradiction, EventKind, Fact, Money, Observation, Origin};

use super::{Attempt, Kind, Verdict};

pub(super) fn judge(attempt: &Attempt, verdict: &mut Verdict) {
    let flagged = Flagged::of(attempt);
    let mut missing = |what: String| {
        verdict.complain(false, Kind::NotFlagged, attempt.invoice(), what);
    };
    let mut named = BTreeSet::new();
    let (mut taken, mut ours) = (false, false);
    let others = attempt.others();
    // There a payer may try several cards, each an operation of its own: two that went through are one
    // too many.
    let at_the_form = attempt.handed_over_until(attempt.events.len()).is_some();
    for seen in observations(attempt) {
        if let Some(other) = seen.invoice.as_ref().filter(|it| it.as_str() != attempt.invoice()) {
            let is_it = |it: &Contradiction| match it {
                Contradiction::OtherInvoice { named } => named == other,
                _ => false,
            };
            if !flagged.has(is_it) {
                missing(format!("an answer named invoice {other}"));
            }
            continue;
        }
        if seen.origin == Origin::Other {
            if !flagged.chosen && !flagged.has(|it| matches!(it, Contradiction::NotOurs { .. })) {
                missing("an answer was about another's operation".to_owned());
            }
            continue;
        }
        taken |= seen.fact == Fact::NumberTaken;
        ours |= seen.origin == Origin::Ours;
        named.extend(seen.transaction.clone().filter(|_| !at_the_form || went_through(&seen.fact)));
        // What is told of an operation that was not chosen, or has said that it is another's, is
        // nobody's.
        let counts = if flagged.chosen {
            seen.transaction.as_ref() == attempt.stored.payment.transaction()
        } else {
            !seen.transaction.as_ref().is_some_and(|id| others.contains(id))
        };
        let told = wrong_sum(attempt, seen).filter(|_| counts);
        let is_it = |it: &Contradiction| match it {
            Contradiction::WrongAmount { told: flagged, .. } => Some(*flagged) == told,
            _ => false,
        };
        if let Some(told) = told.filter(|_| !flagged.has(is_it)) {
            missing(format!("{told} is neither ordered nor asked for"));
        }
    }
    if taken && !ours && !flagged.has(|it| matches!(it, Contradiction::NumberTaken { .. })) {
        missing("the bank had the number before".to_owned());
    }
    named.retain(|id| !others.contains(id));
    let two = |it: &Contradiction| matches!(it, Contradiction::TwoTransactions { .. });
    if named.len() > 1 && !flagged.chosen && !flagged.has(two) {
        missing(format!("{} operations were named", named.len()));
    }
}

fn went_through(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Approved
            | Fact::Verified
            | Fact::Authorized
            | Fact::Voided(_)
            | Fact::Captured { .. }
    )
}

/// What is up, and what was judged.
struct Flagged {
    all: Vec<Contradiction>,
    /// Somebody has said which operation is ours.
    chosen: bool,
}

impl Flagged {
    fn of(attempt: &Attempt) -> Flagged {
        let mut all = attempt.stored.payment.contradictions();
        let mut chosen = false;
        for event in &attempt.events {
            match &event.kind {
                EventKind::Acknowledged(seen, _) => all.extend(seen.iter().cloned()),
                EventKind::Chosen { .. } => chosen = true,
                _ => {}
            }
        }
        Flagged { all, chosen }
    }

    fn has(&self, is_it: impl Fn(&Contradiction) -> bool) -> bool {
        self.all.iter().any(is_it)
    }
}

fn observations(attempt: &Attempt) -> impl Iterator<Item = &Observation> {
    attempt.events.iter().filter_map(|event| match &event.kind {
        EventKind::Observed(seen) => Some(seen),
        _ => None,
    })
}

impl Attempt {
    /// The operations that an answer says are another's.
    fn others(&self) -> BTreeSet<epay_domain::TransactionId> {
        let other = |seen: &&Observation| seen.origin == Origin::Other;
        observations(self).filter(other).filter_map(|seen| seen.transaction.clone()).collect()
    }
}

/// A captured sum that was neither ordered nor asked for, with the bonus or without it.
fn wrong_sum(attempt: &Attempt, seen: &Observation) -> Option<Money> {
    let Fact::Captured { captured: Some(card), .. } = seen.fact else { return None };
    let bonus = seen.amount.and_then(|amount| card.checked_add(amount.bonus));
    let asked = attempt.events.iter().filter_map(|event| match &event.kind {
        EventKind::Asked(Command::Capture(_, sum)) => Some(*sum),
        _ => None,
    });
    let mut ours = asked.chain([attempt.stored.payment.ordered()]);
    let is_ours = ours.any(|sum| sum == card || Some(sum) == bonus);
    (!is_ours && card.currency() == attempt.stored.payment.ordered().currency()).then_some(card)
}
