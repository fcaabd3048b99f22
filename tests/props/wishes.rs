//! Wishes are judged and never done twice; the log is the payment.

use crate::anything::{Move, Told, moves, note, opened, wish};
use epay_domain::*;
use proptest::prelude::*;

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
    fn nothing_is_asked_of_the_bank_while_an_answer_is_out(moves in moves()) {
        let mut told = Told::of(&[]);
        for this in &moves {
            let waits = told.payment.pending();
            let asked = told.log.len();
            told.go(this);
            if let Some(Event { kind: EventKind::Asked(wish), .. }) = told.log.get(asked) {
                let by_the_payer = waits.as_ref().is_some_and(|pending| pending.waits_for == WaitsFor::Payer);
                let confirms = by_the_payer && *wish == Command::Confirm;
                // A payer who was handed over gets the form again.
                let form = waits.as_ref().is_some_and(|pending| pending.question == Question::HandOver);
                let again = form && matches!(wish, Command::HandOver { .. });
                prop_assert!(waits.is_none() || confirms || again, "{wish:?} while {waits:?}");
            }
        }
    }

    #[test]
    fn what_is_dead_can_never_be_asked_to_take_money(start in moves(), wish in wish()) {
        let told = Told::of(&start);
        if told.payment.dead().is_some() {
            let takes = matches!(
                wish,
                Command::Authorize | Command::HandOver { .. } | Command::Confirm | Command::Capture(..)
            );
            prop_assert!(!takes || told.payment.decide(wish, told.now).is_err());
            prop_assert!(told.payment.contradictions().is_empty());
            prop_assert_eq!(told.payment.pending(), None);
        }
    }

    #[test]
    fn what_is_to_be_called_next_is_granted(start in moves()) {
        let Told { payment, now, .. } = Told::of(&start);
        let granted = |wish| payment.decide(wish, now).is_ok();
        let id = || StepId::new("fresh").unwrap();
        let sum = payment.ordered();
        let answer = payment.answer(FulfilOn::Reply);
        let up = payment.contradictions();
        let ok = match answer.next_call {
            NextCall::Pay if answer.status == PaymentStatus::New => granted(Command::Authorize),
            NextCall::Pay => payment.dead().is_some(),
            NextCall::ShowForm => {
                let left = Command::Close(CloseReason::NeverConfirmed);
                payment.challenge().is_some() && granted(Command::Confirm) && granted(left)
            }
            NextCall::HandOver => granted(Command::HandOver { until: now }),
            NextCall::CaptureOrVoid => {
                granted(Command::Capture(id(), sum)) && granted(Command::Void(id()))
            }
            NextCall::Ship => {
                let left = payment.refundable().unwrap();
                left.minor() < LEAST_REFUND.minor() || granted(Command::Refund(id(), left))
            }
            NextCall::ChooseTransaction => up.iter().any(|it| match it {
                Contradiction::TwoTransactions { ids } => {
                    ids.iter().all(|id| granted(Command::ChooseTransaction(id.clone(), note())))
                }
                _ => false,
            }),
            NextCall::Acknowledge => granted(Command::Acknowledge(up, note())),
            NextCall::PayAgain => granted(Command::Reopen(note())),
            NextCall::CheckStatus => answer.status == PaymentStatus::Unknown,
            _ => false,
        };
        prop_assert!(ok, "{answer:?} of {payment:#?}");
        // What is not the next call is not spoken of, where it would be refused.
        let by_person = Command::Close(CloseReason::ByPerson(note()));
        let close = answer.next_call.to_string().contains("close");
        prop_assert!(!close || granted(by_person), "{answer:?} of {payment:#?}");
        // Nobody is told "not charged" of a payment that nobody knows anything about.
        if answer.payer_charged == PayerCharged::No && payment.state() == State::New {
            prop_assert!(answer.next_call != NextCall::CheckStatus, "{payment:#?}");
        }
    }
}
