//! There is always a way out: from wherever a payment is, a person's commands alone bring the order to where it can be
//! paid, refunded or is closed, although the bank never says another word.

use crate::anything::{Told, moves, note};
use epay_domain::*;
use proptest::prelude::*;

/// What a person at the merchant does about it next: one command for what is up, or waits.
fn way_out(payment: &Payment, pick: prop::sample::Index) -> Option<Command> {
    let up = payment.contradictions();
    let two = up.iter().find_map(|it| match it {
        Contradiction::TwoTransactions { ids } => Some(ids),
        _ => None,
    });
    if let Some(ids) = two {
        return Some(Command::ChooseTransaction(pick.get(ids).clone(), note()));
    }
    // Of a step that no status shows they say either that it was done or that it was not.
    let mut steps = payment.steps().map(|(step, _)| step.id().clone());
    let not_done = steps.find(|step| payment.is_not_shown(step)).filter(|_| pick.index(2) == 0);
    if let Some(step) = not_done.or_else(|| payment.step_awaited().map(|it| it.id().clone())) {
        return Some(Command::GiveUp(step, note()));
    }
    if !up.is_empty() {
        return Some(Command::Acknowledge(up, note()));
    }
    match (payment.status(), payment.pending().map(|pending| pending.question)) {
        (_, Some(Question::Step(step))) => Some(Command::GiveUp(step, note())),
        (PaymentStatus::Unknown | PaymentStatus::AwaitingPayer, _) => {
            let untold = matches!(payment.state(), State::Captured { .. });
            (!untold).then(|| Command::Close(CloseReason::ByPerson(note())))
        }
        _ => None,
    }
}

/// Whether the order can be paid now, or be given back, or be paid under another number.
fn is_out(payment: &Payment, now: Timestamp) -> bool {
    let id = || StepId::new("fresh").unwrap();
    let granted = |wish| payment.decide(wish, now).is_ok();
    match payment.status() {
        PaymentStatus::New => {
            granted(Command::Authorize) && granted(Command::Close(CloseReason::NeverAsked))
        }
        PaymentStatus::Held => {
            granted(Command::Void(id())) && granted(Command::Capture(id(), payment.ordered()))
        }
        PaymentStatus::Paid => {
            // Less than the bank gives back at all is left where it is.
            let left = payment.refundable().unwrap();
            let too_little = left.minor() < LEAST_REFUND.minor();
            too_little || granted(Command::Refund(id(), left))
        }
        PaymentStatus::Refunded | PaymentStatus::Voided | PaymentStatus::Verified => {
            let event = payment.decide(Command::Reopen(note()), now);
            event.is_ok_and(|event| payment.clone().apply(&event).dead().is_some())
        }
        PaymentStatus::Declined | PaymentStatus::NotExecuted | PaymentStatus::Abandoned => {
            payment.dead().is_some()
        }
        // Taken, and nobody tells how much: what a person states can be given back.
        PaymentStatus::Unknown => {
            let stated = |sum| granted(Command::RefundStated(id(), sum, note()));
            let sums = (LEAST_REFUND.minor()..=payment.ordered().minor()).step_by(5_00);
            let accepted = payment.steps().filter(|(_, answer)| *answer == StepStatus::Accepted);
            let ours = accepted.map(|(step, _)| match step.kind() {
                StepKind::Refund(sum) => sum.minor(),
                _ => 0,
            });
            let too_little = || match payment.state() {
                State::Captured { refunded, .. } => {
                    let back = refunded.map_or(ours.sum(), |sum| sum.minor());
                    payment.ordered().minor() - back < LEAST_REFUND.minor()
                }
                _ => false,
            };
            sums.map(Money::tiyn).any(stated) || too_little()
        }
        PaymentStatus::AwaitingPayer | PaymentStatus::Disputed => false,
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_persons_commands_alone_lead_out_of_anything(start in moves(), pick: prop::sample::Index) {
        let mut told = Told::of(&start);
        let mut way = Vec::new();
        while let Some(command) = way_out(&told.payment, pick) {
            let event = told.payment.decide(command.clone(), told.now);
            prop_assert!(event.is_ok(), "{command:?} is refused: {event:?} in {:#?}", told.payment);
            told.payment = told.payment.apply(&event.unwrap());
            way.push(command);
            // A choice, what that brings up, the wait, what its end brings up, and of each step that no
            // status shows that nobody waits and that it was not done: and no circle.
            prop_assert!(way.len() <= 10, "{way:#?}");
        }
        prop_assert!(told.payment.step_awaited().is_none(), "{:#?}", told.payment);
        prop_assert!(is_out(&told.payment, told.now), "after {way:#?}\n{:#?}", told.payment);
    }

    /// And a single command each is enough for a single thing that is up.
    #[test]
    fn whatever_is_up_is_lowered_by_its_command(start in moves()) {
        let Told { payment, now, .. } = Told::of(&start);
        for up in payment.contradictions() {
            let command = match &up {
                Contradiction::TwoTransactions { ids } => {
                    Command::ChooseTransaction(ids[0].clone(), note())
                }
                _ => Command::Acknowledge(vec![up.clone()], note()),
            };
            let event = payment.decide(command, now);
            prop_assert!(event.is_ok(), "{up:?}");
            let after = payment.clone().apply(&event.unwrap()).contradictions();
            prop_assert!(!after.contains(&up), "{up:?}");
        }
    }
}
