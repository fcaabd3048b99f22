//! The judge of `cargo xtask torture` finds what it is there to find: books in which one thing is wrong, each.

use std::{collections::BTreeMap, time::Duration};

use NotificationKind::{Captured, Declined, Held, NeedsAttention, NotExecuted, Refunded, Voided};
use epay_domain::{
    Challenge, CloseReason, Command, Decline, Event, EventKind, Fact, InvoiceId, Money,
    NotificationKind, Observation, OrderId, PayerStep, Payment, PaymentStatus, Question, Refunds,
    StepId, Stored, TerminalId, Timestamp, VoidReason,
};

#[allow(dead_code, reason = "the conductor reads more of the books than the judge")]
#[path = "../torture/judge/mod.rs"]
mod judge;

use judge::{
    Attempt, Books, Call, NotificationLine, Operation, Promise, Refund, Wrong, judge as judged,
};

const DAY: Duration = Duration::from_secs(24 * 3_600);
const START: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
const AMOUNT: Money = Money::tiyn(100_00);

fn attempt(invoice: &str, order: &str, story: &[(Duration, EventKind)]) -> Attempt {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
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

fn operation(invoice: &str, history: &[(u64, &str)]) -> Operation {
    let (_, status) = *history.last().unwrap();
    let captured = if status == "CHARGE" || status == "REFUND" { AMOUNT.minor() } else { 0 };
    Operation {
        id: format!("operation-of-{invoice}"),
        invoice: invoice.to_owned(),
        status: status.to_owned(),
        captured,
        refunded: if status == "REFUND" { captured } else { 0 },
        refunds: Vec::new(),
        history: history.iter().map(|(at, status)| (*at, (*status).to_owned())).collect(),
    }
}

fn call(endpoint: &str, subject: &str) -> Call {
    Call {
        endpoint: endpoint.to_owned(),
        subject: subject.to_owned(),
        end: serde_json::Value::Null,
    }
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
        kind: kind.to_string(),
        status: status.to_string(),
        captured: sums.map(|(captured, _)| captured),
        refunded: sums.map(|(_, refunded)| refunded),
    }
}

fn shipped(invoice: &str, through: u64) -> NotificationLine {
    line(invoice, through, Captured, PaymentStatus::Paid, Some((100_00, 0)))
}

/// One order, asked once, charged once, told once.
fn paid() -> Books {
    Books {
        orders: BTreeMap::from([("order-1".to_owned(), AMOUNT.minor())]),
        ledger: vec![operation("100001", &[(1, "NEW"), (2, "CHARGE")])],
        wire: vec![call("cryptopay", "100001"), call("status", "100001"), call("status", "100001")],
        log: vec![attempt(
            "100001",
            "order-1",
            &soon([EventKind::Asked(Command::Authorize), charged(0), notified(Captured, 2)]),
        )],
        notifications: vec![shipped("100001", 2); 2],
        promises: vec![("100001".to_owned(), Promise::Paid)],
    }
}

/// One attempt that ended by itself, and nothing at the bank.
fn ended(story: &[(Duration, EventKind)], told: u64) -> Books {
    let mut story = story.to_vec();
    story.push((Duration::ZERO, notified(NotExecuted, told)));
    Books {
        ledger: Vec::new(),
        wire: vec![call("cryptopay", "100001")],
        log: vec![attempt("100001", "order-1", &story)],
        notifications: vec![line("100001", told, NotExecuted, PaymentStatus::NotExecuted, None)],
        promises: vec![("100001".to_owned(), Promise::NotCaptured)],
        ..paid()
    }
}

#[track_caller]
fn check(books: &Books, expected: &[Wrong]) {
    let verdict = judged(books);
    let found: Vec<Wrong> = verdict.findings.iter().map(|finding| finding.wrong).collect();
    let shown: Vec<String> = verdict.findings.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{shown:#?}");
}

#[track_caller]
fn check_with(change: impl FnOnce(&mut Books), expected: &[Wrong]) {
    let mut books = paid();
    check(&books, &[]);
    change(&mut books);
    check(&books, expected);
}

/// The order's second attempt, as the bank, the wire, our log and the shop have it.
fn second(
    books: &mut Books,
    history: &[(u64, &str)],
    known: EventKind,
    kind: NotificationKind,
    status: PaymentStatus,
) {
    let told = [EventKind::Asked(Command::Authorize), known, notified(kind, 2)];
    books.ledger.push(operation("100002", history));
    books.wire.push(call("cryptopay", "100002"));
    books.log.push(attempt("100002", "order-1", &soon(told)));
    let refunded = books.ledger[1].refunded;
    books.notifications.push(line("100002", 2, kind, status, Some((100_00, refunded))));
}

#[test]
fn a_second_charge_of_an_order_is_found() {
    // Twice the money, two at the same time, and "captured" told twice.
    let twice = |books: &mut Books| {
        second(books, &[(5, "CHARGE")], charged(0), Captured, PaymentStatus::Paid)
    };
    check_with(twice, &[Wrong::Double, Wrong::Double, Wrong::Notification]);
    // A hold counts, though nothing is taken by it.
    check_with(
        |books| second(books, &[(5, "AUTH")], told(Fact::Authorized), Held, PaymentStatus::Held),
        &[Wrong::Double],
    );
    // Gone by now, and yet it was there at the same time.
    let gone = told(Fact::Voided(VoidReason::Requested));
    check_with(
        |books| second(books, &[(5, "AUTH"), (9, "CANCEL")], gone, Voided, PaymentStatus::Voided),
        &[Wrong::Double],
    );
}

#[test]
fn one_after_the_other_is_no_second_charge() {
    let mut books = paid();
    books.ledger.insert(0, operation("100000", &[(0, "AUTH"), (1, "CANCEL")]));
    books.wire.push(call("cryptopay", "100000"));
    let story = soon([
        EventKind::Asked(Command::Authorize),
        told(Fact::Voided(VoidReason::Requested)),
        notified(Voided, 2),
    ]);
    books.log.insert(0, attempt("100000", "order-1", &story));
    books.notifications.push(line("100000", 2, Voided, PaymentStatus::Voided, None));
    check(&books, &[]);
}

#[test]
fn money_that_only_one_book_has_is_found() {
    check_with(|books| books.ledger.push(operation("100009", &[(3, "CHARGE")])), &[Wrong::Lost]);
    check_with(|books| books.ledger[0].captured = 99_00, &[Wrong::Lost]);
    check_with(|books| books.ledger.clear(), &[Wrong::Lost, Wrong::BrokenPromise]);
    check_with(|books| books.orders.clear(), &[Wrong::Lost]);
    check_with(
        |books| books.promises.push(("100009".to_owned(), Promise::NotCaptured)),
        &[Wrong::Lost],
    );
    check_with(|books| books.log[0].events.truncate(1), &[Wrong::Lost]);
}

#[test]
fn a_question_without_an_answer_is_found_and_what_a_person_looks_at_is_counted_apart() {
    let story = soon([
        EventKind::Asked(Command::Authorize),
        EventKind::Unanswered(Some(Question::Authorize)),
    ]);
    let mut books = ended(&story, 1);
    books.log = vec![attempt("100001", "order-1", &story)];
    books.notifications.clear();
    check(&books, &[Wrong::Unknown]);
    let mut story = soon([EventKind::Asked(Command::Authorize)]);
    story.extend((0..=24).map(|hour| (DAY / 24 * hour, told(Fact::NotFound))));
    let closed = EventKind::Closed(CloseReason::Abandoned { not_found_window: DAY });
    story.extend([closed, charged(0), notified(NeedsAttention, 28)].map(|kind| (DAY, kind)));
    let mut books = paid();
    books.log = vec![attempt("100001", "order-1", &story)];
    books.notifications = vec![line("100001", 28, NeedsAttention, PaymentStatus::Disputed, None)];
    check(&books, &[]);
    assert_eq!(judged(&books).contradicted.len(), 1);
}

#[test]
fn a_call_that_was_sent_again_is_found_even_if_it_was_cut() {
    check_with(|books| books.wire.push(call("cryptopay", "100001")), &[Wrong::SentAgain]);
    check_with(
        |books| books.wire.push(call("confirm", "operation-of-100001")),
        &[Wrong::SentAgain],
    );
    check_with(|books| books.wire.push(call("refund", "operation-of-100001")), &[Wrong::SentAgain]);
    check_with(|books| books.wire.push(call("cancel", "operation-of-somebody")), &[Wrong::Lost]);
    let twice = Refund { external_id: Some("refund-1".to_owned()) };
    check_with(|books| books.ledger[0].refunds = vec![twice.clone(), twice], &[Wrong::SentAgain]);
    let step = StepId::new("refund-1").unwrap();
    let ask = Command::Refund(step.clone(), Money::tiyn(10_00));
    let never = not_sent(Question::Step(step));
    let story = [
        EventKind::Asked(Command::Authorize),
        charged(0),
        notified(Captured, 2),
        EventKind::Asked(ask),
        never,
    ];
    check_with(
        |books| {
            books.log = vec![attempt("100001", "order-1", &soon(story))];
            check(books, &[]);
            books.wire.push(call("refund", "operation-of-100001"));
        },
        &[Wrong::SentAgain],
    );
}

#[test]
fn an_attempt_that_ended_without_its_proof_is_found() {
    let closed = EventKind::Closed(CloseReason::Abandoned { not_found_window: DAY });
    // Every hour an answer; the window is 24 of them.
    let absent = |hours: std::ops::RangeInclusive<u32>, odd: Option<(u32, EventKind)>| {
        let mut story = soon([
            EventKind::Asked(Command::Authorize),
            EventKind::Unanswered(Some(Question::Authorize)),
        ]);
        for hour in hours {
            let odd = odd.as_ref().filter(|(at, _)| *at == hour).map(|(_, kind)| kind.clone());
            story.push((DAY / 24 * hour, odd.unwrap_or(told(Fact::NotFound))));
        }
        story.push((DAY * 3, closed.clone()));
        let told = story.len() as u64;
        ended(&story, told)
    };
    check(&absent(0..=24, None), &[]);
    check(&absent(0..=23, None), &[Wrong::NoProof]);
    check(&absent(0..=24, Some((12, told(Fact::InProgress)))), &[Wrong::NoProof]);
    let silence = EventKind::Unanswered(Some(Question::Authorize));
    check(&absent(0..=24, Some((12, silence))), &[Wrong::NoProof]);
    // A gap counts two hours at most, and by the monotonic clock where one process made both.
    let answered = |elapsed: Duration| {
        let elapsed = Some(elapsed);
        EventKind::Observed(Observation { elapsed, ..Observation::status(Fact::NotFound) })
    };
    let jump = [(Duration::ZERO, told(Fact::NotFound)), (DAY, told(Fact::NotFound))];
    let slow = (DAY / 24, answered(Duration::from_secs(1)));
    for extra in [vec![], vec![slow]] {
        let mut story = soon([EventKind::Asked(Command::Authorize)]);
        story.extend(jump.clone());
        story.extend(extra);
        story.push((DAY * 3, closed.clone()));
        let told = story.len() as u64;
        check(&ended(&story, told), &[Wrong::NoProof]);
    }

    let challenge = Challenge {
        action: "https://acs.example".into(),
        pa_req: "eJz+".into(),
        md: "bWQ=".into(),
    };
    let shown = EventKind::Observed(Observation::reply(Fact::ThreeDsRequired(challenge)));
    let asked = || EventKind::Asked(Command::Authorize);
    let left = |story: Vec<EventKind>| {
        let story = soon(story);
        ended(&story, story.len() as u64)
    };
    let gone = || EventKind::Closed(CloseReason::NeverConfirmed);
    check(&left(vec![asked(), shown.clone(), gone()]), &[]);
    // The page itself was lost, and the bank waits for the payer.
    let waits = told(Fact::AwaitingPayer(PayerStep::Challenge));
    check(&left(vec![asked(), waits, gone()]), &[]);
    let fingerprint = told(Fact::AwaitingPayer(PayerStep::Fingerprint));
    check(&left(vec![asked(), fingerprint, gone()]), &[Wrong::NoProof]);
    // A confirm that never left is as if it was never asked.
    let unsent = [EventKind::Asked(Command::Confirm), not_sent(Question::Confirm)];
    check(&left([vec![asked(), shown.clone()], unsent.into(), vec![gone()]].concat()), &[]);
    check(&left(vec![asked(), gone()]), &[Wrong::NoProof]);
    check(
        &left(vec![asked(), shown.clone(), EventKind::Asked(Command::Confirm), gone()]),
        &[Wrong::NoProof],
    );
    check(&left(vec![asked(), EventKind::Closed(CloseReason::NeverAsked)]), &[Wrong::NoProof]);

    let mut never_sent = left(vec![asked(), not_sent(Question::Authorize)]);
    check(&never_sent, &[Wrong::SentAgain]);
    never_sent.wire.clear();
    check(&never_sent, &[]);
}

#[test]
fn a_notification_that_is_missing_or_says_something_else_is_found() {
    check_with(|books| books.notifications.clear(), &[Wrong::Notification]);
    let other = |books: &mut Books| books.notifications[1].order = "order-2".to_owned();
    check_with(other, &[Wrong::Notification]);
    check_with(
        |books| books.notifications.iter_mut().for_each(|line| line.captured = Some(1)),
        &[Wrong::Notification],
    );
    // The same money under two names.
    check_with(|books| books.notifications.push(shipped("100001", 3)), &[Wrong::Notification]);
    check_with(
        |books| {
            let declined = line("100009", 2, Declined, PaymentStatus::Declined, None);
            books.notifications.push(declined);
        },
        &[Wrong::Notification],
    );
    check_with(
        |books| books.log[0].stored.schedule.next_notify_at = Some(START),
        &[Wrong::Notification],
    );
    let twice = soon([
        EventKind::Asked(Command::Authorize),
        charged(0),
        notified(Captured, 2),
        notified(Captured, 1),
    ]);
    check_with(
        |books| {
            books.log = vec![attempt("100001", "order-1", &twice)];
            books.notifications.push(shipped("100001", 1));
        },
        &[Wrong::Notification, Wrong::Notification],
    );
}

#[test]
fn a_notification_that_was_not_true_when_it_came_is_found() {
    for status in [PaymentStatus::Disputed, PaymentStatus::Unknown, PaymentStatus::Refunded] {
        let untrue = |books: &mut Books| {
            books
                .notifications
                .push(NotificationLine { status: status.to_string(), ..shipped("100001", 2) });
        };
        check_with(untrue, &[Wrong::Notification]);
    }
    let given_back = |books: &mut Books| {
        books
            .notifications
            .push(NotificationLine { refunded: Some(100_00), ..shipped("100001", 2) });
    };
    check_with(given_back, &[Wrong::Notification, Wrong::Notification]);
    // What was true and was not written down, and is so no longer, is nobody's mistake.
    let before = |books: &mut Books| {
        books.notifications.push(line("100001", 1, Held, PaymentStatus::Held, None));
    };
    check_with(before, &[]);
}

#[test]
fn what_was_given_back_before_the_shop_heard_of_it_is_not_shipped() {
    let story =
        soon([EventKind::Asked(Command::Authorize), charged(100_00), notified(Refunded, 2)]);
    let mut books = paid();
    books.ledger = vec![operation("100001", &[(1, "CHARGE"), (2, "REFUND")])];
    books.log = vec![attempt("100001", "order-1", &story)];
    let sums = Some((100_00, 100_00));
    books.notifications = vec![line("100001", 2, Refunded, PaymentStatus::Refunded, sums)];
    check(&books, &[]);
}

#[test]
fn a_promise_that_was_not_kept_is_found() {
    check_with(
        |books| books.promises.push(("100001".to_owned(), Promise::NotCaptured)),
        &[Wrong::BrokenPromise],
    );
    let held =
        soon([EventKind::Asked(Command::Authorize), told(Fact::Authorized), notified(Held, 2)]);
    check_with(
        |books| {
            books.ledger = vec![operation("100001", &[(1, "AUTH")])];
            books.log = vec![attempt("100001", "order-1", &held)];
            books.notifications = vec![line("100001", 2, Held, PaymentStatus::Held, None)];
        },
        &[Wrong::BrokenPromise],
    );
    let refused = soon([
        EventKind::Asked(Command::Authorize),
        told(Fact::Declined(Decline::by_status(484))),
        notified(Declined, 2),
    ]);
    check_with(
        |books| {
            books.ledger = vec![operation("100001", &[(1, "REJECT")])];
            books.log = vec![attempt("100001", "order-1", &refused)];
            books.notifications = vec![line("100001", 2, Declined, PaymentStatus::Declined, None)];
            books.promises = vec![("100001".to_owned(), Promise::NotCaptured)];
        },
        &[],
    );
}
