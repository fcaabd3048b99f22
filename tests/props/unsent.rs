//! What was provably not sent can be asked again; what may have been sent never is.

use crate::anything::{Told, moves, wish};
use epay_domain::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What an ask of the bank leaves open, and whether the same may be asked again once it was not sent.
fn question(command: &Command) -> Option<(Question, bool)> {
    match command {
        Command::Authorize => Some((Question::Authorize, false)),
        Command::Confirm => Some((Question::Confirm, true)),
        Command::Capture(id, _)
        | Command::Void(id)
        | Command::Refund(id, _)
        | Command::RefundStated(id, ..) => Some((Question::Step(id.clone()), true)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(crate::config())]

    /// Of each question at most one ask is not proved unsent, and it is the last: an authorize that never left is none.
    #[test]
    fn of_each_question_at_most_one_ask_may_have_left(moves in moves()) {
        // How often each was asked, and up to which of these asks it was proved that none left.
        let mut handed_over = false;
        let mut asks: BTreeMap<Question, (u32, u32)> = BTreeMap::new();
        for event in &Told::of(&moves).log {
            match &event.kind {
                EventKind::Asked(command) => {
                    handed_over |= matches!(command, Command::HandOver { .. });
                    let Some((question, again)) = question(command) else { continue };
                    let pays = matches!(question, Question::Authorize | Question::Confirm);
                    prop_assert!(!(handed_over && pays), "{command:?} of a payer who was handed over");
                    let (asked, unsent) = asks.entry(question).or_default();
                    prop_assert!(*asked == *unsent, "asked again: {event:?}");
                    prop_assert!(again || *asked == 0, "authorized twice");
                    *asked += 1;
                }
                EventKind::NotSent { question: Some(question), ask } => {
                    if let Some((asked, unsent)) = asks.get_mut(question) {
                        *unsent = (*unsent).max((*ask).min(*asked));
                    }
                }
                _ => {}
            }
        }
    }

    /// A step or a confirm that was not sent is as if it was never asked: the same wish is granted again.
    #[test]
    fn what_was_not_sent_can_be_asked_again(start in moves(), wish in wish(), silences in 0..3_usize) {
        let Told { payment, now, .. } = Told::of(&start);
        let Some((_, true)) = question(&wish) else { return Ok(()) };
        let Ok(asked) = payment.decide(wish.clone(), now) else { return Ok(()) };
        let mut payment = payment.apply(&asked);
        for _ in 0..=silences {
            let event = payment.record_reply(Err(Delivery::NotSent), now);
            let unsent = payment.clone().apply(&event);
            let again = unsent.decide(wish.clone(), now);
            prop_assert!(again.is_ok(), "{wish:?}: {again:?}");
            // Whereas one that may have left is not asked again, by this name or as a confirm.
            let silence = payment.record_reply(Err(Delivery::MaybeSent), now);
            let silent = payment.clone().apply(&silence);
            prop_assert!(silent.decide(wish.clone(), now).is_err(), "{wish:?}");
            payment = unsent.apply(&again.unwrap());
        }
    }
}
