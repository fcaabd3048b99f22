//! Facts commute: from wherever a payment is, the order and the number of times they are heard make no difference to
//! anything that anybody can read. Apart from it: the not-found window, which is about time, and when it was heard last.

use crate::anything::{Shown, Told, moves, not_sent, observation};
use epay_domain::*;
use proptest::{collection::vec, prelude::*};

/// Everything that is read from a payment and must not depend on the order of facts.
#[derive(Debug, PartialEq)]
pub(crate) struct View {
    state: State,
    contradictions: Vec<Contradiction>,
    status: PaymentStatus,
    answers: [Answer; 2],
    transaction: Option<TransactionId>,
    details: Details,
    decline: Option<Decline>,
    steps: Vec<(StepId, StepStatus)>,
    pending: Option<(Question, Timestamp, WaitsFor)>,
    payer_step: Option<PayerStep>,
    challenge: Option<Challenge>,
    confirmed_by_status: bool,
    is_confirmed: bool,
    step_awaited: Option<StepId>,
    refundable: Option<Money>,
    dead: Option<DeadProof>,
    closed_at: Option<Timestamp>,
    handed_over_until: Option<Timestamp>,
}

impl View {
    pub(crate) fn of(payment: &Payment) -> View {
        let pending = payment.pending();
        View {
            state: payment.state(),
            contradictions: payment.contradictions(),
            status: payment.status(),
            answers: [FulfilOn::Status, FulfilOn::Reply].map(|on| payment.answer(on)),
            transaction: payment.transaction().cloned(),
            details: payment.details(),
            decline: payment.decline(),
            steps: payment.steps().map(|(step, answer)| (step.id().clone(), answer)).collect(),
            pending: pending.map(|it| (it.question, it.since, it.waits_for)),
            payer_step: payment.payer_step(),
            challenge: payment.challenge().cloned(),
            confirmed_by_status: payment.confirmed_by_status(),
            is_confirmed: payment.is_confirmed(),
            step_awaited: payment.step_awaited().map(|step| step.id().clone()),
            refundable: payment.refundable(),
            dead: payment.dead(),
            closed_at: payment.closed_at(),
            handed_over_until: payment.handed_over_until(),
        }
    }
}

/// What may be heard without having been asked for: an answer, or proof that an ask never left.
fn fact() -> impl Strategy<Value = EventKind> {
    prop_oneof![9 => observation().prop_map(EventKind::Observed), 1 => not_sent()]
}

/// The payment after these facts were heard in this order.
fn heard<'a>(
    start: &Payment,
    facts: impl IntoIterator<Item = &'a EventKind>,
    at: Timestamp,
) -> Payment {
    let hear =
        |payment: Payment, kind: &EventKind| payment.apply(&Event { at, kind: kind.clone() });
    facts.into_iter().fold(start.clone(), hear)
}

fn show(facts: &[EventKind]) -> String {
    let line = |fact: &EventKind| match fact {
        EventKind::Observed(seen) => format!("\n  {}", Shown(seen)),
        other => format!("\n  {other:?}"),
    };
    facts.iter().map(line).collect()
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn any_facts_in_any_order_with_repeats_end_the_same(
        start in moves(),
        facts in vec(fact(), 1..7),
        order in vec(any::<prop::sample::Index>(), 0..14),
    ) {
        let Told { payment, now, .. } = Told::of(&start);
        let straight = heard(&payment, &facts, now);
        // Some of them, repeated and out of order, and then all of them the other way round.
        let mixed = order.iter().map(|index| index.get(&facts)).chain(facts.iter().rev());
        let mixed = heard(&payment, mixed, now);
        prop_assert_eq!(View::of(&straight), View::of(&mixed), "{}", show(&facts));
        // And nothing that is not read yet.
        prop_assert!(!straight.has_learnt_since(&mixed), "{straight:#?}\n{mixed:#?}");
    }
}
