//! The judge finds what it is there to find: books in which one thing is wrong, each.

mod flags;
mod money;
mod notifications;
mod proof;

use std::time::Duration;

use NotificationKind::{Captured, NotExecuted};
use epay_domain::{
    CloseReason, Command, Event, EventKind, Fact, InvoiceId, Money, NotificationKind, Observation,
    OrderId, Payment, PaymentStatus, Question, Refunds, Stored, TerminalId, Timestamp,
};
use epay_fakebank::{
    End, Endpoint, ExpiryForm, LedgerLine, Method, Millis, RefundLine, Status, WireEntry,
};

use super::{Attempt, Books, Complaint, Kind, NotificationLine, Promise, Said, judge as judged};

const TERMINAL: &str = "67e34d63-102f-4bd1-898e-370781d0074d";

const DAY: Duration = Duration::from_secs(24 * 3_600);
const START: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
const AMOUNT: Money = Money::tiyn(100_00);

fn attempt(invoice: &str, order: &str, story: &[(Duration, EventKind)]) -> Attempt {
    let terminal = TerminalId::new(TERMINAL).unwrap();
    let events: Vec<Event> =
        story.iter().map(|(at, kind)| Event { at: START + *at, kind: kind.clone() }).collect();
    let opened = Payment::open(InvoiceId::new(invoice).unwrap(), AMOUNT, terminal);
    let payment = events.iter().fold(opened, Payment::apply);
    let order = OrderId::new(order).unwrap();
    Attempt { stored: Stored::opened(order, payment, None), events }
}

fn notified(kind: NotificationKind, through: u64) -> EventKind {
    EventKind::Notified { kind, through }
}

fn not_sent(question: Question) -> EventKind {
    EventKind::NotSent { question: Some(question), ask: 1 }
}

fn told(fact: Fact) -> EventKind {
    EventKind::Observed(Observation::status(fact))
}

fn charged(refunded: u64) -> EventKind {
    told(Fact::Captured { captured: Some(AMOUNT), refunded: Refunds::Total(Money::tiyn(refunded)) })
}

fn soon(all: impl IntoIterator<Item = EventKind>) -> Vec<(Duration, EventKind)> {
    all.into_iter().map(|what| (Duration::ZERO, what)).collect()
}

fn operation(invoice: &str, history: &[(u64, Status)]) -> LedgerLine {
    let (_, status) = *history.last().unwrap();
    let taken = matches!(status, Status::Charge | Status::Refund);
    let captured = if taken { AMOUNT.minor() } else { 0 };
    LedgerLine {
        id: format!("operation-of-{invoice}"),
        invoice: invoice.to_owned(),
        terminal: TERMINAL.to_owned(),
        currency: "KZT".to_owned(),
        status,
        ordered: AMOUNT.minor(),
        held: AMOUNT.minor(),
        captured,
        refunds: Vec::new(),
        refunded: if status == Status::Refund { captured } else { 0 },
        card_mask: String::new(),
        method: Method::Card,
        expiry: ExpiryForm::FourDigits,
        reason_code: 0,
        history: history.iter().map(|(at, status)| (Millis(*at), *status)).collect(),
    }
}

fn refund(name: &str, amount: u64) -> RefundLine {
    RefundLine { amount, external_id: Some(name.to_owned()), at: Millis(9) }
}

fn call(endpoint: Endpoint, subject: &str) -> WireEntry {
    let (end, at) = (End::Answered, Millis(0));
    WireEntry { at, endpoint, subject: subject.to_owned(), end, http_status: None }
}

/// What came of the event of this number, and how the attempt stood then.
fn line(
    invoice: &str,
    through: u64,
    kind: NotificationKind,
    status: PaymentStatus,
    sums: Option<(u64, u64)>,
) -> NotificationLine {
    NotificationLine {
        id: format!("{invoice}-{through}-{kind}"),
        order: "order-1".to_owned(),
        invoice: invoice.to_owned(),
        kind,
        status,
        captured: sums.map(|(captured, _)| captured),
        refunded: sums.map(|(_, refunded)| refunded),
        booked: None,
    }
}

fn shipped(invoice: &str, through: u64) -> NotificationLine {
    line(invoice, through, Captured, PaymentStatus::Paid, Some((100_00, 0)))
}

fn promise(invoice: &str, said: Said) -> Promise {
    Promise { invoice: invoice.to_owned(), said, booked: None }
}

/// The shop's book.
fn told_to(books: &mut Books) -> &mut Vec<NotificationLine> {
    books.notifications.as_mut().unwrap()
}

/// One order, asked once, charged once, told once.
fn paid() -> Books {
    let story = [EventKind::Asked(Command::Authorize), charged(0), notified(Captured, 2)];
    Books {
        notifications: Some(vec![shipped("100001", 2); 2]),
        promises: vec![promise("100001", Said::Paid)],
        ..Books::of(
            vec![operation("100001", &[(1, Status::New), (2, Status::Charge)])],
            vec![call(Endpoint::Cryptopay, "100001"), call(Endpoint::Status, "100001")],
            vec![attempt("100001", "order-1", &soon(story))],
        )
    }
}

/// One attempt that ended by itself, and nothing at the bank.
fn ended(story: &[(Duration, EventKind)], told: u64) -> Books {
    let mut story = story.to_vec();
    story.push((Duration::ZERO, notified(NotExecuted, told)));
    Books {
        ledger: Vec::new(),
        wire: vec![call(Endpoint::Cryptopay, "100001")],
        log: vec![attempt("100001", "order-1", &story)],
        notifications: Some(vec![line(
            "100001",
            told,
            NotExecuted,
            PaymentStatus::NotExecuted,
            None,
        )]),
        promises: vec![promise("100001", Said::NotCharged)],
        ..paid()
    }
}

#[track_caller]
fn check(books: &Books, expected: &[Kind]) {
    check_apart(books, expected, &[]);
}

#[track_caller]
fn check_apart(books: &Books, expected: &[Kind], apart: &[Kind]) {
    let verdict = judged(books);
    let kinds = |all: &[Complaint]| all.iter().map(|it| it.kind).collect::<Vec<_>>();
    let found = (kinds(&verdict.complaints), kinds(&verdict.contradicted));
    assert_eq!(found, (expected.to_vec(), apart.to_vec()), "{verdict}");
}

#[track_caller]
fn check_with(change: impl FnOnce(&mut Books), expected: &[Kind]) {
    let mut books = paid();
    check(&books, &[]);
    change(&mut books);
    check(&books, expected);
}

/// Hour by hour the bank does not know it, from the first to the last of these.
fn not_found(hours: std::ops::RangeInclusive<u32>) -> Vec<(Duration, EventKind)> {
    let mut story = soon([EventKind::Asked(Command::Authorize)]);
    story.extend(hours.map(|hour| (DAY / 24 * hour, told(Fact::NotFound))));
    story
}

fn abandoned() -> EventKind {
    EventKind::Closed(CloseReason::Abandoned { not_found_window: DAY })
}
