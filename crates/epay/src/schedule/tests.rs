//! When each kind of payment is checked again, and when it no longer is.

use super::*;
use crate::timeouts::HOUR;
use epay_domain::{
    Challenge, CloseReason, Command, Decline, Event, EventKind, Fact, InvoiceId, Money, Note,
    Observation, OrderId, PayerStep, Question, Refunds, Schedule, StepId, TerminalId,
    TransactionId, VoidReason,
};

const ASKED: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
const SUM: Money = Money::tenge(100);
/// How much time a payer has.
const PAYER: Duration = Duration::from_secs(30 * 60);
const MOMENT: Duration = Duration::from_millis(1);

fn open(invoice: &str) -> Payment {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    Payment::open(InvoiceId::new(invoice).unwrap(), SUM, terminal)
}

fn after(kinds: &[EventKind]) -> Payment {
    let asked = EventKind::Asked(Command::Authorize);
    let events = [asked].into_iter().chain(kinds.iter().cloned());
    events.fold(open("100001"), |payment, kind| payment.apply(&Event { at: ASKED, kind }))
}

fn told(fact: Fact) -> EventKind {
    let transaction = TransactionId::new("op-1").ok();
    EventKind::Observed(Observation { transaction, ..Observation::status(fact) })
}

fn replied(fact: Fact) -> EventKind {
    EventKind::Observed(Observation::reply(fact))
}

fn charged(captured: Option<Money>, refunded: Refunds) -> Fact {
    Fact::Captured { captured, refunded }
}

/// Each age, and how long the next check then waits at most; a fifth less at least.
#[track_caller]
fn check(kinds: &[EventKind], class: CheckClass, table: &[(Duration, Option<Duration>)]) {
    let payment = after(kinds);
    for (age, wait) in table {
        let now = ASKED + *age;
        let next = next_check(&payment, now, PAYER);
        let says = format!("{:?} after {age:?}: {next:?}", payment.status());
        match (next, wait) {
            (Some((at, in_class)), Some(wait)) => {
                assert!(now + *wait * 4 / 5 <= at && at <= now + *wait, "{says}, not {wait:?}");
                assert_eq!(in_class, class, "{says}");
            }
            (next, wait) => assert!(next.is_none() && wait.is_none(), "{says}, not {wait:?}"),
        }
    }
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn what_is_unknown_is_asked_about_for_ever_and_ever_more_seldom() {
    let growing = [
        (s(0), Some(s(2))),
        (s(60), Some(s(60))),
        (s(7_200), Some(15 * MINUTE)),
        (DAY, Some(15 * MINUTE)),
        (DAY + MOMENT, Some(60 * MINUTE)),
        (365 * DAY, Some(60 * MINUTE)),
    ];
    let step = StepId::new("refund-1").unwrap();
    for unknown in [
        vec![EventKind::Unanswered(Some(Question::Authorize))],
        vec![told(Fact::NotFound)],
        vec![replied(charged(Some(SUM), Refunds::NotTold))],
        vec![told(charged(None, Refunds::NotTold))],
        vec![told(charged(Some(SUM), Refunds::SumNotTold))],
        vec![
            told(charged(Some(SUM), Refunds::NotTold)),
            EventKind::Asked(Command::Refund(step, SUM)),
        ],
    ] {
        check(&unknown, CheckClass::Unknown, &growing);
    }
}

#[test]
fn what_a_status_has_settled_is_checked_seldom_and_with_an_end() {
    let over = [(s(5), Some(DAY)), (4 * DAY, Some(12 * DAY)), (30 * DAY, None)];
    check(&[told(Fact::Declined(Decline::by_status(484)))], CheckClass::Settled, &over);
    check(&[told(Fact::Voided(VoidReason::Lapsed))], CheckClass::Settled, &over);
    check(&[told(Fact::Verified)], CheckClass::Settled, &over);
    for refunded in [Refunds::NotTold, Refunds::Total(SUM)] {
        check(
            &[told(charged(Some(SUM), refunded))],
            CheckClass::Settled,
            &[
                (s(5), Some(DAY)),
                (4 * DAY, Some(12 * DAY)),
                (90 * DAY - MOMENT, Some(30 * DAY)),
                (90 * DAY, None),
            ],
        );
    }
    let held = [(s(5), Some(DAY)), (4 * DAY, Some(4 * DAY)), (30 * DAY, Some(7 * DAY))];
    check(&[told(Fact::Authorized)], CheckClass::Settled, &held);
}

#[test]
fn a_decline_by_a_reply_alone_is_asked_about_for_a_day() {
    let declined = [replied(Fact::Declined(Decline::from_code(484)))];
    let table = [(s(1), Some(s(2))), (12 * HOUR, Some(12 * HOUR)), (DAY, None)];
    check(&declined, CheckClass::Settled, &table);
}

#[test]
fn a_closed_attempt_is_watched_for_thirty_days_the_abandoned_closest() {
    let note = Note::new("nothing there").unwrap();
    let by_person = EventKind::Closed(CloseReason::ByPerson(note));
    let abandoned = EventKind::Closed(CloseReason::Abandoned { not_found_window: DAY });
    for closed in [abandoned, by_person] {
        let close = [(s(600), Some(10 * MINUTE)), (2 * DAY - MOMENT, Some(60 * MINUTE))];
        check(std::slice::from_ref(&closed), CheckClass::Unknown, &close);
        let after = [(2 * DAY, Some(DAY)), (30 * DAY - MOMENT, Some(DAY)), (30 * DAY, None)];
        check(std::slice::from_ref(&closed), CheckClass::Settled, &after);
    }
    let unsent = EventKind::NotSent { question: Some(Question::Authorize), ask: 1 };
    check(&[unsent], CheckClass::Settled, &[(s(600), Some(DAY)), (30 * DAY, None)]);
}

#[test]
fn a_payer_is_checked_once_when_their_time_is_over_and_then_ever_more_seldom() {
    let text = |text: &str| text.to_owned();
    let (action, pa_req, md) = (text("https://acs.example"), text("eJz+"), text("bWQ="));
    let page = replied(Fact::ThreeDsRequired(Challenge { action, pa_req, md }));
    let page_lost = told(Fact::AwaitingPayer(PayerStep::Challenge));
    for waits in [page.clone(), page_lost] {
        for (age, due) in
            [(s(1), PAYER), (s(1_200), PAYER), (PAYER, PAYER + MINUTE), (2 * PAYER, 3 * PAYER)]
        {
            let (at, class) =
                next_check(&after(std::slice::from_ref(&waits)), ASKED + age, PAYER).unwrap();
            assert!(ASKED + due <= at && at <= ASKED + due + MINUTE, "{age:?}: {at:?}");
            assert_eq!(class, CheckClass::Settled);
        }
    }
    // What may go on without us, or is not found, is asked about as whatever is unknown.
    let fingerprint = told(Fact::AwaitingPayer(PayerStep::Fingerprint));
    let lost = vec![page.clone(), told(Fact::NotFound)];
    for waits in [vec![fingerprint.clone()], vec![page, fingerprint], lost] {
        check(&waits, CheckClass::Unknown, &[(s(60), Some(s(60))), (2 * DAY, Some(60 * MINUTE))]);
    }
}

#[test]
fn a_late_success_and_a_contradiction_have_a_pace_of_their_own() {
    let closed = EventKind::Closed(CloseReason::Abandoned { not_found_window: DAY });
    let late = told(charged(Some(SUM), Refunds::NotTold));
    let fifteen = [(s(1), Some(15 * MINUTE)), (90 * DAY, Some(15 * MINUTE))];
    check(&[closed, late], CheckClass::Unknown, &fifteen);
    let wrong = told(charged(Some(Money::tenge(101)), Refunds::NotTold));
    let hourly = [(s(1), Some(60 * MINUTE)), (90 * DAY, Some(60 * MINUTE))];
    check(&[wrong], CheckClass::Unknown, &hourly);
}

#[test]
fn what_was_never_asked_is_never_checked() {
    assert_eq!(next_check(&open("100001"), ASKED, PAYER), None);
    let terminal = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").ok();
    let elsewhere = Observation { terminal, ..Observation::status(Fact::NotFound) };
    let event = Event { at: ASKED, kind: EventKind::Observed(elsewhere) };
    let contradicted = open("100001").apply(&event);
    assert!(contradicted.is_contradicted());
    assert_eq!(next_check(&contradicted, ASKED, PAYER), None);
}

#[test]
fn payments_that_were_interrupted_together_do_not_come_together() {
    let asked = Event { at: ASKED, kind: EventKind::Asked(Command::Authorize) };
    let at =
        |invoice: u32| next_check(&open(&invoice.to_string()).apply(&asked), ASKED + MINUTE, PAYER);
    let moments: std::collections::HashSet<_> =
        (100_001..100_101).map(|invoice| at(invoice).unwrap().0.unix_millis()).collect();
    assert!(moments.len() > 80, "a hundred checks fall on {} moments", moments.len());
}

#[test]
fn a_payers_check_is_late_by_a_fifth_of_the_wait_at_most() {
    let asked = Event { at: ASKED, kind: EventKind::Asked(Command::Authorize) };
    let three_d = told(Fact::AwaitingPayer(PayerStep::Challenge));
    let told = Event { at: ASKED, kind: three_d };
    for invoice in 100_001..100_101 {
        let payment = open(&invoice.to_string()).apply(&asked).apply(&told);
        let (at, _) = next_check(&payment, ASKED + (PAYER - MINUTE), PAYER).unwrap();
        assert!(ASKED + PAYER <= at && at <= ASKED + PAYER + MINUTE / 5, "{invoice}: {at:?}");
    }
}

#[test]
fn an_answer_is_the_first_while_nothing_was_heard_and_no_check_was_made() {
    let stored = |kinds: &[EventKind], last_check_at| {
        let opened = Stored::opened(OrderId::new("order-17").unwrap(), after(kinds), None);
        Stored { schedule: Schedule { last_check_at, ..Schedule::default() }, ..opened }
    };
    let heard = [replied(Fact::InProgress)];
    assert!(is_unanswered(&stored(&[], None)));
    assert!(!is_unanswered(&stored(&heard, None)));
    assert!(!is_unanswered(&stored(&[], Some(ASKED))), "a check without an answer");
    assert!(!is_unanswered(&stored(&heard, Some(ASKED))));
}

#[test]
fn a_payer_at_the_banks_form_is_looked_for_most_of_all_when_their_token_ends() {
    let life = 20 * MINUTE;
    let kind = EventKind::Asked(Command::HandOver { until: ASKED + life });
    let handed_over = open("100001").apply(&Event { at: ASKED, kind });
    let failed = told(Fact::Declined(Decline::by_status(484)));
    let tried = handed_over.clone().apply(&Event { at: ASKED, kind: failed });
    for payment in [handed_over, tried] {
        for (age, most) in [
            (s(0), s(2)),
            (5 * MINUTE, 5 * MINUTE),
            (life - MINUTE, MINUTE + JUST_AFTER),
            (life, JUST_AFTER),
            (life + MINUTE, MINUTE),
            (DAY, 60 * MINUTE),
            // By another's clock it may be as long ago, or yet to come.
            (365 * DAY, 60 * MINUTE),
        ] {
            let now = ASKED + age;
            let (at, class) = next_check(&payment, now, PAYER).unwrap();
            assert!(now + most * 4 / 5 <= at && at <= now + most, "{age:?}: {at:?}");
            assert_eq!(class, CheckClass::Unknown);
        }
    }
}
