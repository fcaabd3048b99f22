//! What the log says of a payment is the payment: every event comes back from its record as it was, and so does the fold.

use core::time::Duration;

use epay_domain::*;
use epay_store::{decode, encode};
use epay_testkit::strategy;
use proptest::{option, prelude::*};

use crate::anything::{Told, moves, opened};

fn note() -> impl Strategy<Value = Note> {
    any::<String>().prop_filter_map("a note", |text| Note::new(&text))
}

fn close_reason() -> impl Strategy<Value = CloseReason> {
    let not_found_window =
        any::<Duration>().prop_map(|not_found_window| CloseReason::Abandoned { not_found_window });
    prop_oneof![Just(CloseReason::NeverAsked), Just(CloseReason::NeverConfirmed), not_found_window]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Authorize),
        Just(Command::Confirm),
        (strategy::step(), strategy::any_money())
            .prop_map(|(step, sum)| Command::Capture(step, sum)),
        strategy::step().prop_map(Command::Void),
        (strategy::step(), strategy::any_money())
            .prop_map(|(step, sum)| Command::Refund(step, sum)),
        close_reason().prop_map(Command::Close),
        (strategy::step(), note()).prop_map(|(step, note)| Command::GiveUp(step, note)),
        note().prop_map(Command::Acknowledge),
    ]
}

/// What the bank writes is taken as it comes, line ends and quotes included.
fn observation() -> impl Strategy<Value = Observation> {
    let challenge = (any::<String>(), any::<String>(), any::<String>())
        .prop_map(|(action, pa_req, md)| Fact::ThreeDsRequired(Challenge { action, pa_req, md }));
    let other = any::<String>().prop_map(|name| Fact::Other(StatusName::new(&name)));
    let odd = prop_oneof![challenge, other];
    (strategy::observation(), option::weighted(0.2, odd))
        .prop_map(|(seen, odd)| Observation { fact: odd.unwrap_or(seen.fact.clone()), ..seen })
}

fn event() -> impl Strategy<Value = Event> {
    let question = || {
        option::of(prop_oneof![
            Just(Question::Authorize),
            Just(Question::Confirm),
            strategy::step().prop_map(Question::Step)
        ])
    };
    let kind = prop_oneof![
        3 => command().prop_map(EventKind::Asked),
        1 => question().prop_map(EventKind::NotSent),
        1 => question().prop_map(EventKind::Unanswered),
        6 => observation().prop_map(EventKind::Observed),
        1 => close_reason().prop_map(EventKind::Closed),
        1 => (strategy::step(), note()).prop_map(|(step, note)| EventKind::GivenUp(step, note)),
        1 => note().prop_map(EventKind::Acknowledged),
        1 => any::<u64>().prop_map(EventKind::Notified),
    ];
    (any::<u64>(), kind).prop_map(|(at, kind)| Event { at: Timestamp::from_unix_millis(at), kind })
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn every_event_comes_back_as_it_was(event in event()) {
        let line = encode(&event).unwrap();
        prop_assert_eq!(line.lines().count(), 1, "a record is one line");
        prop_assert_eq!(decode(&line).unwrap(), event);
    }

    #[test]
    fn the_fold_of_the_records_is_the_payment(moves in moves()) {
        let told = Told::of(&moves);
        let records: Vec<String> = told.log.iter().map(|event| encode(event).unwrap()).collect();
        let read: Vec<Event> = records.iter().map(|line| decode(line).unwrap()).collect();
        prop_assert_eq!(&read, &told.log);
        prop_assert_eq!(read.iter().fold(opened(), Payment::apply), told.payment);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), event in event(), at in any::<prop::sample::Index>()) {
        let _ = decode(&text);
        let line = encode(&event).unwrap();
        let at = (0..=at.index(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
        let (before, after) = line.split_at(at);
        let _ = decode(&format!("{before}{text}{after}"));
    }
}
