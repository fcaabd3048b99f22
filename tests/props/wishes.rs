//! Wishes are judged and never done twice; the log is the payment.

use crate::anything::{Move, Told, moves, opened, wish};
use epay_domain::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_refused_wish_changes_nothing_and_a_granted_one_only_when_applied(start in moves(), wish in wish()) {
        let mut told = Told::of(&start);
        let before = (told.payment.clone(), told.log.len());
        let refused = told.payment.decide(wish.clone(), told.now).is_err();
        prop_assert_eq!(&told.payment, &before.0);
        told.go(&Move::Wish(wish));
        prop_assert_eq!(told.log.len() - before.1, usize::from(!refused));
        prop_assert!(!refused || told.payment == before.0);
    }

    #[test]
    fn replay_equals_the_payment_from_any_prefix(moves in moves(), cut in any::<prop::sample::Index>()) {
        let told = Told::of(&moves);
        let replay = |from: Payment, log: &[Event]| log.iter().fold(from, Payment::apply);
        let (head, tail) = told.log.split_at(cut.index(told.log.len() + 1));
        prop_assert_eq!(&replay(replay(opened(), head), tail), &told.payment);
    }

    #[test]
    fn an_invoice_is_authorized_once_and_confirmed_once_and_each_step_is_asked_once(moves in moves()) {
        let told = Told::of(&moves);
        let asked = |event: &&Event| matches!(event.kind, EventKind::Asked(_));
        let mut names = BTreeSet::new();
        for event in told.log.iter().filter(asked) {
            let name = match &event.kind {
                EventKind::Asked(Command::Capture(id, _) | Command::Void(id) | Command::Refund(id, _)) => id.to_string(),
                other => format!("{other:?}"),
            };
            prop_assert!(names.insert(name), "asked twice: {event:?}");
        }
    }

    #[test]
    fn nothing_is_asked_of_the_bank_while_an_answer_is_out(moves in moves()) {
        let mut told = Told::of(&[]);
        for this in &moves {
            let waits = told.payment.pending();
            let asked = told.log.len();
            told.go(this);
            if let Some(Event { kind: EventKind::Asked(wish), .. }) = told.log.get(asked) {
                let by_the_payer = waits.as_ref().is_some_and(|pending| pending.waits_for == WaitsFor::Payer);
                prop_assert!(waits.is_none() || (by_the_payer && *wish == Command::Confirm), "{wish:?} while {waits:?}");
            }
        }
    }

    #[test]
    fn what_is_dead_can_never_be_asked_to_take_money(start in moves(), wish in wish()) {
        let told = Told::of(&start);
        if told.payment.dead().is_some() {
            let takes = matches!(wish, Command::Authorize | Command::Confirm | Command::Capture(..));
            prop_assert!(!takes || told.payment.decide(wish, told.now).is_err());
            prop_assert!(told.payment.flags().is_empty());
            prop_assert_eq!(told.payment.pending(), None);
        }
    }
}
