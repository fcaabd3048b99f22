//! The state machine is so cheap that nobody needs to keep a payment beside its log.

use std::hint::black_box;

use epay_domain::{
    Command, Event, EventKind, Fact, MOST_STEPS, Money, Note, Observation, Payment, Refunds,
};

use crate::{measure, row, shop};

const FLOOR: &str = "reading their records";

pub(crate) fn rows() {
    let opened = shop::opened("100000017");
    let events = story(&opened);
    let units = u64::try_from(events.len()).unwrap();
    let fold = |events: &[Event]| {
        drop(black_box(events.iter().fold(black_box(&opened).clone(), Payment::apply)))
    };
    let pair = measure::pair(units, || fold(&events), reading(&events));
    row::beside("apply, replaying a payment's log, each event", FLOOR, &pair, Some(300));
    for (then, most, long) in [("checked", 1_000, long(false)), ("given up", 3_000, long(true))] {
        let pair = measure::pair(1, || fold(&long), reading(&long));
        let what = format!("apply, 10,000 events: as many refunds as a payment takes, then {then}");
        row::beside(&what, FLOOR, &pair, Some(most));
    }

    let held = events.iter().take(2).fold(opened.clone(), Payment::apply);
    let wish = Command::Capture(shop::step("charge-1"), Money::tiyn(5_000_00));
    let decide = || drop(black_box(black_box(&held).decide(wish.clone(), shop::NOW)));
    row::alone("decide, a charge", measure::alone(1, decide), None);

    let seen = Observation::status(Fact::Authorized);
    let record = || drop(black_box(black_box(&held).record_reply(Ok(seen.clone()), shop::NOW)));
    row::alone("record a reply, a status", measure::alone(1, record), None);
}

fn reading(events: &[Event]) -> impl Fn() {
    let records: Vec<String> =
        events.iter().map(|event| epay_store::encode(event).unwrap()).collect();
    move || {
        for record in &records {
            drop(black_box(epay_store::decode(black_box(record)).unwrap()));
        }
    }
}

/// Held, charged, and half of it given back, each confirmed by a status.
fn story(opened: &Payment) -> Vec<Event> {
    let (sum, half) = (Money::tiyn(5_000_00), Money::tiyn(2_500_00));
    let charged = |refunded| Observation::status(Fact::Captured { captured: Some(sum), refunded });
    let (charge, refund) = (shop::step("charge-1"), shop::step("refund-1"));
    let lines = [
        (Some(Command::Authorize), Observation::reply(Fact::Authorized)),
        (None, Observation::status(Fact::Authorized)),
        (
            Some(Command::Capture(charge.clone(), sum)),
            Observation::reply(Fact::StepAccepted(charge)),
        ),
        (None, charged(Refunds::Total(Money::tiyn(0)))),
        (
            Some(Command::Refund(refund.clone(), half)),
            Observation::reply(Fact::StepAccepted(refund)),
        ),
        (None, charged(Refunds::Total(half))),
    ];
    let (mut payment, mut events) = (opened.clone(), Vec::new());
    for (wish, seen) in lines {
        let asked = wish.map(|wish| payment.decide(wish, shop::NOW).unwrap());
        for event in asked.into_iter().chain([payment.record_reply(Ok(seen), shop::NOW)]) {
            payment = payment.apply(&event);
            events.push(event);
        }
    }
    events
}

/// Taken, the smallest sum given back again and again, and after that each checked or given up in turn.
fn long(given_up: bool) -> Vec<Event> {
    let (sum, tiyn) = (Money::tiyn(5_000_00), Money::tiyn(1));
    let total = |refunded| Fact::Captured { captured: Some(sum), refunded };
    let status = EventKind::Observed(Observation::status(total(Refunds::SumNotTold)));
    let id = |number| shop::step(&format!("refund-{number}"));
    let refunds = (1..=MOST_STEPS).flat_map(|number| {
        let id = id(number);
        let accepted = Observation::reply(Fact::StepAccepted(id.clone()));
        [EventKind::Asked(Command::Refund(id, tiyn)), EventKind::Observed(accepted)]
    });
    let taken = Observation::reply(total(Refunds::NotTold));
    let asked = [EventKind::Asked(Command::Authorize), EventKind::Observed(taken)];
    let then = (1..=MOST_STEPS).cycle().map(|number| match given_up {
        true => EventKind::GivenUp(id(number), Note::new("not done").unwrap()),
        false => status.clone(),
    });
    let kinds = asked.into_iter().chain(refunds).chain(then);
    kinds.take(10_000).map(|kind| Event { at: shop::NOW, kind }).collect()
}
