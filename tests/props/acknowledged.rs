//! What is acknowledged is what was shown, no more and no less, whatever is heard before it is written and after.

use crate::anything::{Move, Told, moves, note, observation};
use epay_domain::*;
use proptest::{collection::vec, prelude::*};

/// `all` without what was shown.
fn without(all: &[Contradiction], shown: &[Contradiction]) -> Vec<Contradiction> {
    all.iter().filter(|it| !shown.contains(it)).cloned().collect()
}

fn is_a_choice(it: &Contradiction) -> bool {
    matches!(it, Contradiction::TwoTransactions { .. })
}

proptest! {
    #![proptest_config(crate::config())]

    /// The same events with and without the acknowledgement: at each moment exactly what was shown is missing.
    #[test]
    fn exactly_what_was_shown_is_acknowledged(
        start in moves(),
        seen in vec(any::<bool>(), 16),
        between in vec(observation(), 0..4),
        later in vec(observation(), 0..6),
    ) {
        let Told { payment, now, .. } = Told::of(&start);
        let up = payment.contradictions().into_iter().filter(|it| !is_a_choice(it));
        let shown: Vec<_> = up.zip(seen).filter_map(|(it, seen)| seen.then_some(it)).collect();
        let hear = |payment: Payment, seen: &Observation| {
            let event = payment.record_reply(Ok(seen.clone()), now);
            payment.apply(&event)
        };
        let mut without_it = between.iter().fold(payment, hear);
        let wish = Command::Acknowledge(shown.clone(), note());
        let Ok(event) = without_it.decide(wish, now) else {
            let still_up = without_it.contradictions().iter().any(|it| shown.contains(it));
            prop_assert!(!still_up, "{shown:?}");
            return Ok(());
        };
        let still = |it: &&Contradiction| without_it.contradictions().contains(it);
        let covered: Vec<_> = shown.iter().filter(still).cloned().collect();
        let mut with_it = without_it.clone().apply(&event);
        for seen in [None].into_iter().chain(later.iter().map(Some)) {
            if let Some(seen) = seen {
                (without_it, with_it) = (hear(without_it, seen), hear(with_it, seen));
            }
            let expected = without(&without_it.contradictions(), &covered);
            prop_assert_eq!(expected, with_it.contradictions(), "{:?}", covered);
        }
    }

    /// Whatever was acknowledged before: a sum or an operation that is not ours and was never told is up when it is told.
    #[test]
    fn evidence_that_was_never_shown_is_up(start in moves(), sum in 1..200_00_u64, total in 1..500_00_u64) {
        let mut told = Told::of(&start);
        told.go(&Move::Show);
        told.go(&Move::Acknowledge);
        let before = told.payment.clone();
        if before.is_contradicted() {
            return Ok(());
        }
        let hear = |seen: Observation| {
            let event = before.record_reply(Ok(seen), told.now);
            before.clone().apply(&event)
        };
        let sums = |sum, refunded| {
            let captured = Some(Money::tiyn(sum));
            Observation::status(Fact::Captured { captured, refunded })
        };
        let heard_before = |is: &dyn Fn(&Observation) -> bool| {
            told.log.iter().any(|event| matches!(&event.kind, EventKind::Observed(seen) if is(seen)))
        };
        let told_before = heard_before(&|seen| match seen.fact {
            Fact::Captured { captured: Some(card), .. } => {
                let bonus = seen.amount.map_or(0, |amount| amount.bonus.minor());
                card.minor() == sum || card.minor().saturating_add(bonus) == sum
            }
            _ => seen.amount.is_some_and(|amount| amount.card.minor() == sum),
        });
        let ours = sum == before.ordered().minor()
            || before.steps().any(|(step, _)| step.kind() == StepKind::Capture(Money::tiyn(sum)));
        if !told_before && !ours {
            prop_assert!(hear(sums(sum, Refunds::NotTold)).is_contradicted(), "captured {sum}");
        }
        let captured = before.ordered().minor();
        let given_back = hear(sums(captured, Refunds::Total(Money::tiyn(total))));
        let told_before = heard_before(&|seen| matches!(seen.fact,
            Fact::Captured { refunded: Refunds::Total(told), .. } if told.minor() >= total));
        if let State::Captured { captured: Some(captured), .. } = given_back.state()
            && total > captured.minor() && !told_before {
            prop_assert!(given_back.is_contradicted(), "{total} refunded");
        }
        let says_how_far = |it: &Contradiction| {
            matches!(it.name(), "late_success" | "wrong_amount" | "other_terminal" | "other_currency")
        };
        let looked = told.log.iter().any(|event| match &event.kind {
            EventKind::Acknowledged(shown, _) => shown.iter().any(says_how_far),
            _ => false,
        });
        let taken = heard_before(&|seen| {
            matches!(seen.fact, Fact::Captured { .. } | Fact::StepAccepted(_))
        });
        let capturing = before.steps().any(|(step, _)| matches!(step.kind(), StepKind::Capture(_)));
        if looked && !taken && !capturing {
            let seen = sums(before.ordered().minor(), Refunds::NotTold);
            prop_assert!(hear(seen).is_contradicted(), "taken, and shown as held at most");
        }
        let fresh = TransactionId::new("t9").ok();
        // At the bank's form a payer may try several cards: two that went through are one too many.
        let form = before.handed_over_until().is_some();
        if before.transaction().is_some() && !(form && before.state() == State::New) {
            let fact = if form { Fact::Authorized } else { Fact::InProgress };
            let seen = Observation { transaction: fresh, ..Observation::status(fact) };
            prop_assert!(hear(seen).is_contradicted(), "another operation");
        }
    }
}
