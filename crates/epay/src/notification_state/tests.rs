//! Which notifications are due, by the contents of the log.

use super::*;
use crate::timeouts::DAY;
use epay_domain::{
    Command, Decline, Fact, InvoiceId, Note, NotificationKind as Kind, Observation, Refunds,
    StepId, TerminalId, TransactionId, VoidReason,
};
use std::time::Duration;

const AT: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
const SUM: Money = Money::tenge(50);

fn open() -> Payment {
    let invoice = InvoiceId::new("100000017").unwrap();
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    Payment::open(invoice, SUM, terminal)
}

fn told(fact: Fact) -> EventKind {
    let transaction = TransactionId::new("op-1").ok();
    EventKind::Observed(Observation { transaction, ..Observation::status(fact) })
}

fn replied(fact: Fact) -> EventKind {
    let transaction = TransactionId::new("op-1").ok();
    EventKind::Observed(Observation { transaction, ..Observation::reply(fact) })
}

fn taken(refunded: u32) -> Fact {
    Fact::Captured { captured: Some(SUM), refunded: Refunds::Total(Money::tenge(refunded)) }
}

fn notified(kind: Kind, through: u64) -> EventKind {
    EventKind::Notified { kind, through }
}

fn asked() -> EventKind {
    EventKind::Asked(Command::Authorize)
}

impl Due {
    fn unsaid(&self) -> Vec<(Kind, u64)> {
        let unsaid = self.standing.iter().filter(|it| !it.said);
        unsaid.map(|it| (it.kind, it.number)).collect()
    }
}

fn fold(kinds: &[EventKind]) -> Payment {
    let events = kinds.iter().map(|kind| Event { at: AT, kind: kind.clone() });
    events.fold(open(), |payment, event| payment.apply(&event))
}

fn due_at(kinds: &[EventKind], fulfil_on: FulfilOn, waited: Duration) -> Due {
    let history: Vec<Event> = [asked()]
        .into_iter()
        .chain(kinds.iter().cloned())
        .map(|kind| Event { at: AT, kind })
        .collect();
    Due::of(open(), &history, fulfil_on, &Timeouts::default(), AT + waited)
}

/// What is due at once after the ask, which is event 1, and these events.
#[track_caller]
fn check(kinds: &[EventKind], expected: &[(Kind, u64)]) {
    assert_eq!(due_at(kinds, FulfilOn::Status, Duration::ZERO).unsaid(), expected, "{kinds:?}");
}

#[test]
fn the_present_is_told_under_the_number_of_the_event_that_made_it_so() {
    check(&[], &[]);
    check(&[told(Fact::NotFound)], &[]);
    check(&[told(Fact::Authorized)], &[(Kind::Held, 2)]);
    check(&[told(Fact::Authorized), told(taken(0))], &[(Kind::Captured, 3)]);
    let lapsed = told(Fact::Voided(VoidReason::Lapsed));
    check(&[told(Fact::Authorized), lapsed], &[(Kind::Voided, 3)]);
    check(&[told(Fact::Verified)], &[(Kind::Verified, 2)]);
    check(&[told(Fact::Declined(Decline::by_status(484)))], &[(Kind::Declined, 2)]);
    check(&[told(taken(20))], &[(Kind::Captured, 2), (Kind::Refunded, 2)]);
    check(&[told(taken(0)), told(taken(50))], &[(Kind::Refunded, 3)]);
}

#[test]
fn what_was_said_is_not_said_again_and_a_capture_once_whatever_is_set() {
    check(&[told(taken(0)), notified(Kind::Captured, 2)], &[]);
    let by_reply = [replied(taken(0)), notified(Kind::Captured, 2), told(taken(0))];
    for fulfil_on in [FulfilOn::Status, FulfilOn::Reply] {
        assert_eq!(due_at(&by_reply, fulfil_on, Duration::ZERO).unsaid(), []);
    }
    let refunds = [told(taken(0)), notified(Kind::Captured, 2), told(taken(20))];
    check(&refunds, &[(Kind::Refunded, 4)]);
    check(&[refunds.as_slice(), &[notified(Kind::Refunded, 4)]].concat(), &[]);
    let more = [refunds.as_slice(), &[notified(Kind::Refunded, 4), told(taken(30))]].concat();
    check(&more, &[(Kind::Refunded, 6)]);
}

#[test]
fn what_was_withheld_while_something_was_unknown_is_judged_anew() {
    let step = StepId::new("refund-1").unwrap();
    let refund = EventKind::Asked(Command::Refund(step.clone(), Money::tenge(20)));
    let unknown = [told(taken(0)), refund];
    let given_up = EventKind::GivenUp(step, Note::new("not done").unwrap());
    check(&unknown, &[]);
    check(&[unknown.as_slice(), std::slice::from_ref(&given_up)].concat(), &[(Kind::Captured, 2)]);
    let apply =
        |payment: Payment, kind: &EventKind| payment.apply(&Event { at: AT, kind: kind.clone() });
    let asked = apply(open(), &EventKind::Asked(Command::Authorize));
    let before = unknown.iter().fold(asked, apply);
    let after = apply(before.clone(), &given_up);
    let state = |payment| NotificationState::of(payment, FulfilOn::Status);
    assert!(state(&after).is_worth_telling_after(&state(&before)));
}

#[test]
fn what_was_delivered_and_not_written_down_comes_again_under_the_same_name() {
    let history = [told(taken(0)), told(taken(20)), told(taken(30))];
    check(&history[..1], &[(Kind::Captured, 2)]);
    check(&history, &[(Kind::Captured, 2), (Kind::Refunded, 4)]);
}

#[test]
fn a_reply_alone_is_told_only_where_it_is_enough() {
    let reply = [replied(taken(0))];
    check(&reply, &[]);
    assert_eq!(due_at(&reply, FulfilOn::Reply, Duration::ZERO).unsaid(), [(Kind::Captured, 2)]);
}

#[test]
fn a_void_by_a_reply_alone_is_told_only_where_that_is_enough() {
    let step = StepId::new("void-1").unwrap();
    let void = EventKind::Asked(Command::Void(step.clone()));
    let voided = [told(Fact::Authorized), void, replied(Fact::StepAccepted(step))];
    check(&voided, &[]);
    assert_eq!(due_at(&voided, FulfilOn::Reply, Duration::ZERO).unsaid(), [(Kind::Voided, 4)]);
}

#[test]
fn an_event_is_worth_telling_when_it_brings_news() {
    let wrong = |tenge| {
        let captured = Some(Money::tenge(tenge));
        told(Fact::Captured { captured, refunded: Refunds::NotTold })
    };
    let step = StepId::new("refund-1").unwrap();
    let note = || Note::new("looked").unwrap();
    let refund = EventKind::Asked(Command::Refund(step.clone(), Money::tenge(20)));
    let given_up = EventKind::GivenUp(step, note());
    let seen = fold(&[asked(), wrong(60)]).contradictions();
    let acknowledged = EventKind::Acknowledged(seen, note());
    for (before, event, is_news, begins_unknown) in [
        (vec![], asked(), false, true),
        (vec![asked()], told(Fact::NotFound), false, false),
        (vec![asked()], told(Fact::Authorized), true, false),
        (vec![asked()], replied(taken(0)), false, true),
        (vec![asked(), told(Fact::Authorized)], told(Fact::Authorized), false, false),
        (vec![asked(), told(Fact::Authorized)], told(taken(0)), true, false),
        (vec![asked(), told(taken(0))], told(taken(0)), false, false),
        (vec![asked(), told(taken(0))], refund.clone(), false, true),
        (vec![asked(), told(taken(0)), refund], given_up, true, false),
        (vec![asked(), told(taken(0))], wrong(60), true, false),
        (vec![asked(), wrong(60)], wrong(60), false, false),
        (vec![asked(), wrong(60)], wrong(70), true, false),
        (vec![asked(), wrong(60)], acknowledged, true, false),
    ] {
        let state = |payment: &Payment| NotificationState::of(payment, FulfilOn::Status);
        let payment = fold(&before);
        let after = payment.clone().apply(&Event { at: AT, kind: event.clone() });
        let (was, is) = (state(&payment), state(&after));
        assert_eq!(is.is_worth_telling_after(&was), is_news, "{before:?} {event:?}");
        assert_eq!(is.begins_unknown_after(&was), begins_unknown, "{before:?} {event:?}");
    }
}

#[test]
fn while_a_contradiction_is_open_it_alone_is_told_once_for_each_new_evidence() {
    let wrong = |tenge| {
        told(Fact::Captured { captured: Some(Money::tenge(tenge)), refunded: Refunds::NotTold })
    };
    check(&[told(taken(0)), wrong(60)], &[(Kind::NeedsAttention, 3)]);
    check(&[wrong(60), notified(Kind::NeedsAttention, 2), wrong(60)], &[]);
    let again = [wrong(60), notified(Kind::NeedsAttention, 2), wrong(70)];
    check(&again, &[(Kind::NeedsAttention, 4)]);
    let open = open();
    let seen = [Event { at: AT, kind: EventKind::Asked(Command::Authorize) }]
        .into_iter()
        .chain([Event { at: AT, kind: wrong(60) }])
        .fold(open, |payment, event| payment.apply(&event))
        .contradictions();
    let ruled = EventKind::Acknowledged(seen, Note::new("agreed").unwrap());
    check(&[wrong(60), notified(Kind::NeedsAttention, 2), ruled.clone()], &[(Kind::Captured, 2)]);
    check(&[notified(Kind::Captured, 9), wrong(60), ruled], &[]);
}

#[test]
fn what_stays_unknown_is_told_once_after_its_time() {
    let attention = Timeouts::default().attention;
    let moment = Duration::from_millis(1);
    let step = StepId::new("refund-1").unwrap();
    let refund = EventKind::Asked(Command::Refund(step, SUM));
    for (kinds, number) in [
        (vec![], 1),
        (vec![told(Fact::InProgress), told(Fact::NotFound)], 1),
        (vec![told(Fact::Captured { captured: None, refunded: Refunds::NotTold })], 2),
        (vec![told(taken(0)), notified(Kind::Captured, 2), refund], 4),
    ] {
        let early = due_at(&kinds, FulfilOn::Status, attention - moment);
        assert_eq!((early.unsaid().as_slice(), early.later), ([].as_slice(), Some(AT + attention)));
        let now = due_at(&kinds, FulfilOn::Status, attention);
        assert_eq!(
            (now.unsaid(), now.later),
            (vec![(Kind::NeedsAttention, number)], None),
            "{kinds:?}"
        );
        let said = [kinds.as_slice(), &[notified(Kind::NeedsAttention, number)]].concat();
        let after = due_at(&said, FulfilOn::Status, 100 * attention);
        assert_eq!((after.unsaid().as_slice(), after.later), ([].as_slice(), None), "{kinds:?}");
    }
}

#[test]
fn that_a_payer_left_the_banks_form_is_no_news_until_it_should_have_ended() {
    let (hour, life) = (Duration::from_secs(3_600), Duration::from_secs(20 * 60));
    let begun = EventKind::Asked(Command::HandOver { until: AT + life });
    let due = |kinds: &[EventKind], waited: Duration| {
        let kinds = [&begun].into_iter().chain(kinds).cloned();
        let history: Vec<Event> = kinds.map(|kind| Event { at: AT, kind }).collect();
        Due::of(open(), &history, FulfilOn::Status, &Timeouts::default(), AT + waited)
    };
    let expected = life + 24 * hour;
    let early = due(&[], 2 * hour);
    // It is looked again within a day, because nothing is planned further ahead.
    assert_eq!(
        (early.unsaid(), early.later),
        (vec![], Some(AT + 2 * hour + (expected - hour).min(DAY)))
    );
    assert_eq!(due(&[], expected + hour).unsaid(), [(Kind::NeedsAttention, 1)]);
    // What the bank has begun there and does not end is as unknown as anything.
    let under_way = told(Fact::InProgress);
    assert_eq!(due(std::slice::from_ref(&under_way), hour).unsaid(), [(Kind::NeedsAttention, 2)]);
    assert_eq!(due(&[under_way], hour / 2).later, Some(AT + hour));
}
