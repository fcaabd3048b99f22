//! Facts commute: from wherever a payment is, the order and the number of times they are heard do not matter.

use crate::anything::{Shown, Told, moves, observation};
use epay_domain::*;
use proptest::{collection::vec, prelude::*};

/// Everything that is read from a payment and must not depend on the order of facts.
#[derive(Debug, PartialEq)]
pub(crate) struct View {
    state: State,
    flags: Flags,
    status: PaymentStatus,
    steps: Vec<(StepId, StepAnswer)>,
    pending: Option<(Question, WaitsFor)>,
    refundable: Option<Money>,
    dead: Option<DeadProof>,
}

impl View {
    pub(crate) fn of(payment: &Payment) -> View {
        View {
            state: payment.state(),
            flags: payment.flags(),
            status: payment.status(),
            steps: payment.steps().map(|(step, answer)| (step.id().clone(), answer)).collect(),
            pending: payment.pending().map(|pending| (pending.question, pending.waits_for)),
            refundable: payment.refundable(),
            dead: payment.dead(),
        }
    }
}

/// The payment after these facts were heard in this order.
fn heard<'a>(
    start: &Payment,
    facts: impl IntoIterator<Item = &'a Observation>,
    now: Timestamp,
) -> Payment {
    facts.into_iter().fold(start.clone(), |payment, seen| {
        let event = payment.record_reply(Ok(seen.clone()), now);
        payment.apply(&event)
    })
}

fn show(facts: &[Observation]) -> String {
    facts.iter().map(|seen| format!("\n  {}", Shown(seen))).collect()
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn any_facts_in_any_order_with_repeats_end_the_same(
        start in moves(),
        facts in vec(observation(), 1..7),
        order in vec(any::<prop::sample::Index>(), 0..14),
    ) {
        let Told { payment, now, .. } = Told::of(&start);
        let straight = View::of(&heard(&payment, &facts, now));
        // Some of them, repeated and out of order, and then all of them the other way round.
        let mixed = order.iter().map(|index| index.get(&facts)).chain(facts.iter().rev());
        let mixed = View::of(&heard(&payment, mixed, now));
        prop_assert_eq!(straight, mixed, "{}", show(&facts));
    }
}
