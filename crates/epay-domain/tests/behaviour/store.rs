//! What every store asks the domain: what `create` does, and which payments a claim takes.

use crate::story::*;
use core::time::Duration;
use epay_domain::*;

const MILLISECOND: Duration = Duration::from_millis(1);
const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
const LEASE: Duration = Duration::from_secs(60);

fn before(moment: Timestamp, by: Duration) -> Timestamp {
    let by = u64::try_from(by.as_millis()).unwrap();
    Timestamp::from_unix_millis(moment.unix_millis() - by)
}

fn stored(story: &[Line]) -> Stored {
    Stored::opened(OrderId::new("order-17").unwrap(), payment(story), None)
}

#[test]
fn an_attempt_is_opened_only_where_there_is_none_or_a_dead_one() {
    let key = ReplayKey::new([7; 32]);
    let (own, other) = (opened().invoice().clone(), InvoiceId::new("100000018").unwrap());
    let (fresh, alive) = (opened(), payment(&paid()));
    let dead = payment(&after(&asked(), &[reply(declined())]));
    let proof = dead.dead();
    let revived = payment(&after(&asked(), &[reply(declined()), status(captured(ORDERED))]));
    let claims = |claims| CreateRule::Existing { claims };
    for (present, after, amount, replay, owner, expected) in [
        (None, None, ORDERED, None, None, CreateRule::Open),
        (None, None, ORDERED, Some(key), None, CreateRule::Open),
        (None, None, ORDERED, Some(key), Some(&other), CreateRule::Replayed),
        (Some(&dead), proof.as_ref(), ORDERED, Some(key), None, CreateRule::Open),
        (Some(&dead), proof.as_ref(), ORDERED, Some(key), Some(&own), CreateRule::Replayed),
        (Some(&dead), None, ORDERED, Some(key), None, claims(false)),
        (Some(&revived), proof.as_ref(), ORDERED, Some(key), None, claims(false)),
        (Some(&alive), proof.as_ref(), ORDERED, Some(key), None, claims(false)),
        (Some(&alive), None, ORDERED, Some(key), Some(&other), claims(false)),
        (Some(&fresh), None, ORDERED, Some(key), None, claims(true)),
        (Some(&fresh), None, ORDERED, None, None, claims(false)),
        (Some(&fresh), None, ORDERED, Some(key), Some(&own), claims(false)),
        (Some(&fresh), None, ORDERED, Some(key), Some(&other), CreateRule::Replayed),
        (Some(&fresh), None, Money::tenge(99), Some(key), None, claims(false)),
        (Some(&fresh), None, Money::tenge(99), Some(key), Some(&other), claims(false)),
    ] {
        let (order, terminal) = (OrderId::new("order-17").unwrap(), opened().terminal().clone());
        let new = NewPayment { order, amount, terminal, replay, tag: None };
        let rule = CreateRule::judge(&new, present, after, owner);
        assert_eq!(
            rule,
            expected,
            "{:?} {after:?} {amount} {owner:?}",
            present.map(Payment::status)
        );
    }
}

#[test]
fn a_claim_takes_what_is_due_and_free_and_believes_no_clock_that_was_far_ahead() {
    let at = |next, class| Schedule {
        next_check_at: Some(next),
        check_class: class,
        ..Schedule::default()
    };
    let news = |next| Schedule { next_notify_at: Some(next), ..Schedule::default() };
    for (queue, plan, horizon) in [
        (Queue::UnknownChecks, &(|it| at(it, CheckClass::Unknown)) as &dyn Fn(_) -> _, 3 * HOUR),
        (Queue::SettledChecks, &|it| at(it, CheckClass::Settled), 30 * DAY + 2 * HOUR),
        (Queue::Notifications, &news, DAY + 2 * HOUR),
    ] {
        let other = [Queue::UnknownChecks, Queue::SettledChecks, Queue::Notifications];
        let other = other.into_iter().filter(|it| *it != queue);
        for (next, due) in [
            (before(NOW, DAY), true),
            (NOW, true),
            (NOW + MILLISECOND, false),
            (NOW + horizon, false),
            (NOW + horizon + MILLISECOND, true),
        ] {
            let stored = Stored { schedule: plan(next), ..stored(&asked()) };
            assert_eq!(stored.is_claimable(queue, NOW, LEASE), due, "{queue:?} {next}");
            let elsewhere = other.clone().any(|it| stored.is_claimable(it, NOW, LEASE));
            assert!(!elsewhere, "{queue:?} {next}");
        }
        let longest = NOW + LEASE + CLOCK_AHEAD;
        for (leased_until, free) in [
            (NOW, true),
            (NOW + MILLISECOND, false),
            (longest, false),
            (longest + MILLISECOND, true),
        ] {
            let leased_until = Some(leased_until);
            let due = Stored { schedule: plan(NOW), leased_until, ..stored(&asked()) };
            assert_eq!(due.is_claimable(queue, NOW, LEASE), free, "until {leased_until:?}");
            let early = Stored { schedule: plan(NOW + MILLISECOND), ..due };
            assert!(!early.is_claimable(queue, NOW, LEASE), "until {leased_until:?}");
        }
    }
    assert!(!stored(&asked()).is_claimable(Queue::UnknownChecks, NOW, LEASE), "nothing is planned");
}

#[test]
fn an_append_moves_the_payment_counts_the_version_and_ends_the_lease() {
    let previous = InvoiceId::new("100000016").ok();
    let leased = Stored { leased_until: Some(NOW), previous, ..stored(&[]) };
    let asked = Event { at: NOW, kind: EventKind::Asked(Command::Authorize) };
    let schedule = Schedule { next_notify_at: Some(NOW), ..Schedule::default() };
    let appended = leased.appended(core::slice::from_ref(&asked), schedule);
    let payment = opened().apply(&asked);
    assert_eq!(leased.version, Version(0));
    let expected =
        Stored { version: Version(1), payment, schedule, leased_until: None, ..leased.clone() };
    assert_eq!(appended, expected);
}
