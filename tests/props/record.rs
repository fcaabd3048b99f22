//! What the log says of a payment is the payment: every event comes back from its record as it was, and so does the fold.

use core::time::Duration;

use epay_domain::*;
use epay_store::{decode, encode};
use epay_testkit::strategy;
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::anything::{Told, moves, opened};

fn note() -> impl Strategy<Value = Note> {
    "[ -~А-яӘәҚқ№]{0,60}".prop_map(|text| Note::new(&text).unwrap())
}

fn text() -> impl Strategy<Value = BankText> {
    any::<String>().prop_map(|text| BankText::new(&text))
}

fn close_reason() -> impl Strategy<Value = CloseReason> {
    // In whole milliseconds, as the log keeps it.
    let not_found_window = any::<u64>().prop_map(|millis| {
        let not_found_window = Duration::from_millis(millis);
        CloseReason::Abandoned { not_found_window }
    });
    prop_oneof![
        Just(CloseReason::NeverAsked),
        Just(CloseReason::NeverConfirmed),
        not_found_window,
        note().prop_map(CloseReason::ByPerson),
    ]
}

fn question() -> impl Strategy<Value = Question> {
    prop_oneof![
        Just(Question::Authorize),
        Just(Question::HandOver),
        Just(Question::Confirm),
        strategy::step().prop_map(Question::Step)
    ]
}

fn contradiction() -> impl Strategy<Value = Contradiction> {
    use Contradiction as It;
    let two = || (strategy::any_money(), strategy::any_money());
    let transaction = || option::of(strategy::transaction());
    let charged = || {
        prop::sample::select(vec![
            PayerCharged::No,
            PayerCharged::Yes,
            PayerCharged::Held,
            PayerCharged::NotKnownYet,
        ])
    };
    let moved = || {
        (charged(), option::of(strategy::any_money()))
            .prop_map(|(charged, sum)| Moved { charged, sum })
    };
    prop_oneof![
        text().prop_map(|named| It::OtherInvoice { named }),
        (strategy::terminal(), moved())
            .prop_map(|(named, moved)| It::OtherTerminal { named, moved }),
        (strategy::currency(), moved())
            .prop_map(|(named, moved)| It::OtherCurrency { named, moved }),
        vec(strategy::transaction(), 0..4).prop_map(|ids| It::TwoTransactions { ids }),
        transaction().prop_map(|transaction| It::NotOurs { transaction }),
        moved().prop_map(|moved| It::NumberTaken { moved }),
        (strategy::any_money(), moved()).prop_map(|(told, moved)| It::WrongAmount { told, moved }),
        (strategy::decline(), moved())
            .prop_map(|(decline, moved)| It::DeclinedYetMoved { decline, moved }),
        Just(It::VoidedYetCaptured),
        two().prop_map(|(low, high)| It::TwoCapturedSums { low, high }),
        two().prop_map(|(captured, total)| It::OverRefunded { captured, total }),
        (
            select(vec![StepKind::Capture as fn(Money) -> _, StepKind::Refund, |_| StepKind::Void]),
            two()
        )
            .prop_map(|(kind, (sum, shown))| It::StepNotShown { accepted: kind(sum), shown }),
        (transaction(), moved())
            .prop_map(|(transaction, moved)| It::LateSuccess { transaction, moved }),
        (question(), moved()).prop_map(|(question, moved)| It::SentAfterAll { question, moved }),
        Just(It::NotFoundThoughNamed),
    ]
}

fn shown() -> impl Strategy<Value = Vec<Contradiction>> {
    vec(contradiction(), 0..3)
}

fn command() -> impl Strategy<Value = Command> {
    let step_and_sum = || (strategy::step(), strategy::any_money());
    prop_oneof![
        Just(Command::Authorize),
        any::<u64>().prop_map(|at| Command::HandOver { until: Timestamp::from_unix_millis(at) }),
        Just(Command::Confirm),
        step_and_sum().prop_map(|(step, sum)| Command::Capture(step, sum)),
        strategy::step().prop_map(Command::Void),
        step_and_sum().prop_map(|(step, sum)| Command::Refund(step, sum)),
        (step_and_sum(), note())
            .prop_map(|((step, sum), note)| Command::RefundStated(step, sum, note)),
        close_reason().prop_map(Command::Close),
        (strategy::step(), note()).prop_map(|(step, note)| Command::GiveUp(step, note)),
        (shown(), note()).prop_map(|(shown, note)| Command::Acknowledge(shown, note)),
        (strategy::transaction(), note())
            .prop_map(|(transaction, note)| Command::ChooseTransaction(transaction, note)),
        note().prop_map(Command::Reopen),
    ]
}

/// What the bank writes is taken as it comes, line ends and quotes included.
fn observation() -> impl Strategy<Value = Observation> {
    let challenge = (any::<String>(), any::<String>(), any::<String>())
        .prop_map(|(action, pa_req, md)| Fact::ThreeDsRequired(Challenge { action, pa_req, md }));
    let other = text().prop_map(Fact::Other);
    let odd = prop_oneof![challenge, other];
    // In whole milliseconds, as the log keeps it.
    let elapsed = option::of(any::<u32>().prop_map(|ms| Duration::from_millis(ms.into())));
    (strategy::observation(), option::weighted(0.2, odd), option::weighted(0.2, text()), elapsed)
        .prop_map(|(seen, odd, named, elapsed)| Observation {
            fact: odd.unwrap_or(seen.fact.clone()),
            invoice: named.or(seen.invoice.clone()),
            elapsed,
            ..seen
        })
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![
        3 => command().prop_map(EventKind::Asked),
        1 => (option::of(question()), any::<u32>())
            .prop_map(|(question, ask)| EventKind::NotSent { question, ask }),
        1 => option::of(question()).prop_map(EventKind::Unanswered),
        6 => observation().prop_map(EventKind::Observed),
        1 => close_reason().prop_map(EventKind::Closed),
        1 => (strategy::step(), note()).prop_map(|(step, note)| EventKind::GivenUp(step, note)),
        1 => (shown(), note()).prop_map(|(shown, note)| EventKind::Acknowledged(shown, note)),
        1 => (strategy::transaction(), vec(strategy::transaction(), 0..3), note())
            .prop_map(|(transaction, among, note)| EventKind::Chosen { transaction, among, note }),
        1 => note().prop_map(EventKind::Reopened),
        1 => (select(&NotificationKind::ALL[..]), any::<u64>())
            .prop_map(|(kind, through)| EventKind::Notified { kind, through }),
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
