//! What was erased is in no byte of the file, and what it was about is still told.

use epay_domain::{
    Challenge, CloseReason, Contradiction, Fact, Note, Observation, PaymentStatus, StepId,
};

use super::*;
use crate::record;

const SECRETS: [&str; 4] = ["acs.leak.example", "PaReqLeak", "MdLeak", "NoteLeak"];

fn seen(fact: Fact) -> Event {
    Event { at: NOW, kind: EventKind::Observed(Observation::status(fact)) }
}

fn challenged() -> Event {
    let long = "PaReqLeak".repeat(200);
    seen(Fact::ThreeDsRequired(Challenge {
        action: "https://acs.leak.example/pareq".to_owned(),
        pa_req: long,
        md: "MdLeak".to_owned(),
    }))
}

fn write(store: &SqliteStore, stored: &Stored, events: &[Event]) -> Stored {
    block_on(store.append(stored, events, due(NOW))).unwrap()
}

/// What an attempt holds, read anew.
fn history(store: &SqliteStore, stored: &Stored) -> Vec<Event> {
    block_on(store.history(stored.payment.invoice())).unwrap()
}

fn shown(events: &[Event]) -> usize {
    events.iter().filter(|event| record::without_challenge(event).is_some()).count()
}

/// How often a secret stands in the log or in what is beside it.
fn bytes(home: &Home) -> usize {
    let files = fs::read_dir(home.home.path()).unwrap();
    let files = files.map(|file| fs::read(file.unwrap().path()).unwrap());
    let count = |bytes: Vec<u8>| -> usize {
        let found = |secret: &&str| bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
        SECRETS.iter().filter(|secret| found(secret)).count()
    };
    files.map(count).sum()
}

#[test]
fn a_challenge_goes_by_itself_when_the_attempt_has_come_to_an_end() {
    let captured = || Fact::Captured { captured: None, refunded: epay_domain::Refunds::NotTold };
    for (end, is_kept) in [
        (seen(Fact::AwaitingPayer(epay_domain::PayerStep::Challenge)), true),
        (Event { at: NOW, kind: EventKind::Asked(Command::Confirm) }, true),
        (seen(Fact::Authorized), false),
        (seen(captured()), false),
        (seen(Fact::Declined(epay_domain::Decline::by_status(454))), false),
        (Event { at: NOW, kind: EventKind::Closed(CloseReason::NeverConfirmed) }, false),
    ] {
        let home = Home::new();
        let store = home.create();
        let stored = write(&store, &create(&store, "order").unwrap(), &[asked(), challenged()]);
        assert_eq!(shown(&history(&store, &stored)), 1, "a reloaded page shows the same form");
        let stored = write(&store, &stored, std::slice::from_ref(&end));
        assert_eq!(shown(&history(&store, &stored)), usize::from(is_kept), "{end:?}");
        let read = block_on(store.load(stored.payment.invoice())).unwrap();
        assert_eq!(read, Some(stored), "what was answered is what is read");
    }
}

#[test]
fn a_challenge_that_is_told_after_the_end_is_not_kept() {
    let home = Home::new();
    let store = home.create();
    let stored = create(&store, "order").unwrap();
    let stored = write(&store, &stored, &[asked(), seen(Fact::Authorized)]);
    let stored = write(&store, &stored, &[challenged()]);
    assert_eq!((history(&store, &stored).len(), shown(&history(&store, &stored))), (3, 0));
}

#[test]
fn what_was_erased_stands_in_no_byte_of_the_file() {
    let note = || Note::new("NoteLeak: the payer has called").unwrap();
    let home = Home::new();
    let store = home.create();
    // So many that SQLite has moved them about between its pages.
    let mut opened: Vec<Stored> = (0..60)
        .map(|order| {
            let stored = create(&store, &format!("order-{order}")).unwrap();
            write(&store, &stored, &[asked(), challenged()])
        })
        .collect();
    for stored in &mut opened {
        let noted = EventKind::Acknowledged(vec![Contradiction::VoidedYetCaptured], note());
        let given_up = EventKind::GivenUp(StepId::new("refund").unwrap(), note());
        let noted = [noted, given_up].map(|kind| Event { at: NOW, kind });
        *stored = write(&store, stored, &noted);
        *stored = write(&store, stored, &[seen(Fact::Authorized)]);
    }
    assert_ne!(bytes(&home), 0, "the notes at least are there");
    let before = opened.iter().map(|stored| history(&store, stored)).collect::<Vec<_>>();

    let mut last = opened[59].clone();
    let invoice = last.payment.invoice().clone();
    assert_eq!(store.erase(&Erasure::Attempt(invoice)).unwrap(), 2, "its two notes");
    assert_eq!(store.erase(&Erasure::OpenedBefore(NOW)).unwrap(), 0, "none is older");
    let after = NOW + Duration::from_millis(1);
    assert_eq!(store.erase(&Erasure::OpenedBefore(after)).unwrap(), 118, "the notes of the others");
    assert_eq!(bytes(&home), 0);

    for (stored, before) in opened.iter().zip(before) {
        let erased =
            before.iter().map(|event| record::without_notes(event).unwrap_or(event.clone()));
        assert_eq!(history(&store, stored), erased.collect::<Vec<_>>());
        let read = block_on(store.load(stored.payment.invoice())).unwrap().unwrap();
        assert_eq!(read.payment.status(), PaymentStatus::Held);
        assert_eq!(&read, stored, "nobody else's version has changed");
    }
    last = append(&store, &last).unwrap();
    drop(store);
    assert_eq!(bytes(&home), 0);
    let store = SqliteStore::open(home.path()).unwrap();
    assert_eq!(block_on(store.load(last.payment.invoice())).unwrap(), Some(last));
}

#[test]
fn what_the_payer_still_has_to_answer_stays_until_the_attempt_is_closed() {
    let home = Home::new();
    let store = home.create();
    let stored = write(&store, &create(&store, "order").unwrap(), &[asked(), challenged()]);
    let which = Erasure::Attempt(stored.payment.invoice().clone());
    assert_eq!(store.erase(&which).unwrap(), 0);
    assert!(block_on(store.current(&stored.order)).unwrap().unwrap().payment.challenge().is_some());
    // Nobody knows what became of the confirm, but the form is not shown while that is so.
    let confirmed = Event { at: NOW, kind: EventKind::Asked(Command::Confirm) };
    let stored = write(&store, &stored, &[confirmed]);
    assert_eq!(store.erase(&which).unwrap(), 1);
    assert_eq!((bytes(&home), shown(&history(&store, &stored))), (0, 0));
}

#[test]
fn a_damaged_record_is_left_as_it_is() {
    let home = Home::new();
    let store = home.create();
    let stored = write(&store, &create(&store, "order").unwrap(), &[asked(), challenged()]);
    let conn = home.past_the_store();
    conn.execute_batch("DROP TRIGGER events_are_not_changed").unwrap();
    conn.execute("UPDATE events SET checksum = checksum + 1 WHERE place = 1", []).unwrap();
    assert_eq!(store.erase(&Erasure::Attempt(stored.payment.invoice().clone())).unwrap(), 0);
    failed(block_on(store.load(stored.payment.invoice())), SqliteErrorKind::Damaged);
}
