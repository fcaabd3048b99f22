//! Each contradiction tells what we asked and what the bank said, whichever of the two came first.

use super::*;
use epay_domain::{
    BankAmount, BankText, CloseReason, Currency, Decline, InvoiceId, Money, Note, Refunds, StepId,
    TerminalId, Timestamp, TransactionId, VoidReason,
};

const PRICE: Money = Money::tenge(5_000);

fn opened() -> Payment {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    Payment::open(InvoiceId::new("100001").unwrap(), PRICE, terminal)
}

/// Whether the contradiction comes up with the last of `heard`, after a payment was asked for.
#[track_caller]
fn check(heard: Vec<EventKind>, name: &str, ours: &[&str], banks: &[&str]) {
    let kinds = [EventKind::Asked(Command::Authorize)].into_iter().chain(heard);
    let at = |hour: u64| Timestamp::from_unix_millis(1_795_478_400_000 + hour * 3_600_000);
    let history: Vec<Event> =
        kinds.zip(0..).map(|(kind, hour)| Event { at: at(hour), kind }).collect();
    let conflicts = Conflict::all(&opened(), &history);
    let found = conflicts.iter().find(|it| it.contradiction.name() == name);
    let found = found.unwrap_or_else(|| panic!("{name} is not up"));
    let short = |lines: &[String]| -> Vec<String> {
        lines
            .iter()
            .map(|line| line.replace("2026-11-24 0", "").replace(":00:00Z: ", " "))
            .collect()
    };
    assert_eq!(
        (short(&found.ours).as_slice(), short(&found.banks).as_slice()),
        (strings(ours).as_slice(), strings(banks).as_slice())
    );
    assert!(!found.advice().is_empty());
}

fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

fn reply(fact: Fact) -> EventKind {
    EventKind::Observed(Observation::reply(fact))
}

fn status(fact: Fact) -> EventKind {
    EventKind::Observed(Observation::status(fact))
}

fn taken(sum: Money) -> Fact {
    Fact::Captured { captured: Some(sum), refunded: Refunds::NotTold }
}

fn step() -> StepId {
    StepId::new("step-1").unwrap()
}

const ASKED: &str = "0 we asked for 5000.00 KZT";

#[test]
fn another_invoice_terminal_currency_or_operation() {
    let named = |change: fn(&mut Observation)| {
        let mut seen = Observation::status(Fact::InProgress);
        change(&mut seen);
        EventKind::Observed(seen)
    };
    check(
        vec![named(|seen| seen.invoice = Some(BankText::new("12-100002")))],
        "other_invoice",
        &["asked about invoice 100001"],
        &["1 its status said: in progress, about invoice 12-100002"],
    );
    check(
        vec![named(|seen| {
            seen.terminal = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").ok()
        })],
        "other_terminal",
        &["asked on terminal 67e34d63-102f-4bd1-898e-370781d0074d"],
        &["1 its status said: in progress, on terminal d9d7978c-d6ee-4ec0-8cda-165251a4bf16"],
    );
    check(
        vec![named(|seen| seen.currency = Some(Currency::USD))],
        "other_currency",
        &["ordered: 5000.00 KZT"],
        &["1 its status said: in progress, in USD"],
    );
    check(
        vec![
            named(|seen| seen.transaction = TransactionId::new("one").ok()),
            named(|seen| seen.transaction = TransactionId::new("one").ok()),
            named(|seen| seen.transaction = TransactionId::new("two").ok()),
        ],
        "two_transactions",
        &[ASKED],
        &[
            "1 its status said: in progress, operation one",
            "3 its status said: in progress, operation two",
        ],
    );
}

#[test]
fn a_number_or_an_operation_that_is_anothers_or_is_no_more() {
    let seen = |fact, origin| {
        let mut seen = Observation::status(fact);
        seen.transaction = TransactionId::new("one").ok();
        seen.origin = origin;
        seen
    };
    check(
        vec![reply(Fact::NumberTaken)],
        "number_taken",
        &[ASKED],
        &["1 the bank said: it had an operation under this number, or its last six digits, before"],
    );
    check(
        vec![EventKind::Observed(seen(taken(PRICE), Origin::Other))],
        "not_ours",
        &[ASKED],
        &["1 its status said: taken 5000.00 KZT, operation one, which says that it is another's"],
    );
    let named = EventKind::Observed(seen(Fact::InProgress, Origin::NotTold));
    check(
        vec![named, status(Fact::NotFound), status(Fact::NotFound)],
        "not_found_though_named",
        &[ASKED],
        &["1 its status said: in progress", "3 its status said: it knows no such invoice (yet)"],
    );
}

#[test]
fn a_sum_that_nobody_asked_for() {
    check(
        vec![reply(taken(Money::tenge(50)))],
        "wrong_amount",
        &["ordered: 5000.00 KZT"],
        &["1 the bank said: taken 50.00 KZT"],
    );
    let mut hold = Observation::status(Fact::Authorized);
    hold.amount = Some(BankAmount::card_only(Money::tenge(50)));
    check(
        vec![EventKind::Observed(hold), status(taken(PRICE))],
        "wrong_amount",
        &["ordered: 5000.00 KZT"],
        &[
            "1 its status said: held 50.00 KZT, for a sum of 50.00 KZT",
            "2 its status said: taken 5000.00 KZT",
        ],
    );
    let charge = EventKind::Asked(Command::Capture(step(), Money::tenge(3_000)));
    check(
        vec![reply(Fact::Authorized), charge, status(taken(Money::tenge(2_000)))],
        "wrong_amount",
        &["ordered: 5000.00 KZT", "2 we asked to capture 3000.00 KZT of the hold (step step-1)"],
        &["3 its status said: taken 2000.00 KZT"],
    );
}

#[test]
fn pairs_that_cannot_both_be_true_are_told_in_the_order_they_came() {
    let declined = || Fact::Declined(Decline::from_code(484));
    let (no, yes) = ("declined: 484 insufficient funds", "taken 5000.00 KZT");
    check(
        vec![reply(declined()), status(taken(PRICE))],
        "declined_yet_moved",
        &[ASKED],
        &[&format!("1 the bank said: {no}"), &format!("2 its status said: {yes}")],
    );
    check(
        vec![reply(taken(PRICE)), status(declined())],
        "declined_yet_moved",
        &[ASKED],
        &[&format!("1 the bank said: {yes}"), &format!("2 its status said: {no}")],
    );
    check(
        vec![
            reply(Fact::Authorized),
            EventKind::Asked(Command::Void(step())),
            reply(Fact::StepAccepted(step())),
            status(taken(PRICE)),
        ],
        "voided_yet_captured",
        &["ordered: 5000.00 KZT", "2 we asked to release the hold (step step-1)"],
        &["3 the bank said: done (step step-1)", &format!("4 its status said: {yes}")],
    );
    check(
        vec![status(Fact::Voided(VoidReason::Lapsed)), status(taken(PRICE))],
        "voided_yet_captured",
        &["ordered: 5000.00 KZT"],
        &["1 its status said: the hold has lapsed", &format!("2 its status said: {yes}")],
    );
}

#[test]
fn sums_that_do_not_fit_each_other() {
    check(
        vec![status(taken(PRICE)), status(taken(PRICE)), status(taken(Money::tenge(4_000)))],
        "two_captured_sums",
        &[ASKED],
        &["1 its status said: taken 5000.00 KZT", "3 its status said: taken 4000.00 KZT"],
    );
    let back = Fact::Captured { captured: None, refunded: Refunds::Total(Money::tenge(6_000)) };
    check(
        vec![status(taken(PRICE)), status(back)],
        "over_refunded",
        &["we asked for no refund"],
        &[
            "1 its status said: taken 5000.00 KZT",
            "2 its status said: taken, sum not told, given back 6000.00 KZT",
        ],
    );
}

#[test]
fn a_refund_that_no_status_shows() {
    let waited = Note::new("no status has shown it in the waiting time").unwrap();
    check(
        vec![
            status(taken(PRICE)),
            EventKind::Asked(Command::Refund(step(), PRICE)),
            reply(Fact::StepAccepted(step())),
            status(taken(PRICE)),
            EventKind::GivenUp(step(), waited),
        ],
        "refund_not_shown",
        &["2 we asked to give back 5000.00 KZT (step step-1)"],
        &["3 the bank said: done (step step-1)", "4 its status said: taken 5000.00 KZT"],
    );
}

#[test]
fn a_capture_or_void_that_no_status_shows() {
    for (wish, name, asked) in [
        (
            Command::Capture(step(), PRICE),
            "capture_not_shown",
            "2 we asked to capture 5000.00 KZT of the hold (step step-1)",
        ),
        (Command::Void(step()), "void_not_shown", "2 we asked to release the hold (step step-1)"),
    ] {
        check(
            vec![
                status(Fact::Authorized),
                EventKind::Asked(wish),
                reply(Fact::StepAccepted(step())),
                status(Fact::Authorized),
                EventKind::GivenUp(step(), Note::new("no status").unwrap()),
            ],
            name,
            &[asked],
            &["3 the bank said: done (step step-1)", "4 its status said: held"],
        );
    }
}

#[test]
fn a_late_success_tells_why_we_had_closed() {
    check(
        vec![
            EventKind::Unanswered(None),
            EventKind::Closed(CloseReason::NeverConfirmed),
            status(taken(PRICE)),
        ],
        "late_success",
        &[ASKED, "2 we closed the attempt: never confirmed, and now never will be"],
        &["3 its status said: taken 5000.00 KZT"],
    );
    let never_left = || EventKind::NotSent { question: Some(Question::Authorize), ask: 1 };
    check(
        vec![never_left(), status(taken(PRICE))],
        "sent_after_all",
        &[ASKED, "1 we heard that the ask never left"],
        &["2 its status said: taken 5000.00 KZT"],
    );
    check(
        vec![status(taken(PRICE)), never_left()],
        "sent_after_all",
        &[ASKED, "2 we heard that the ask never left"],
        &["1 its status said: taken 5000.00 KZT"],
    );
}

#[test]
fn what_a_person_has_acknowledged_is_told_no_more_and_new_evidence_is() {
    let wrong = Event { at: Timestamp::default(), kind: reply(taken(Money::tenge(50))) };
    let up = |history: &[Event]| Conflict::all(&opened(), history).len();
    assert_eq!(up(std::slice::from_ref(&wrong)), 1);
    let shown = Conflict::all(&opened(), std::slice::from_ref(&wrong));
    let shown = shown.into_iter().map(|it| it.contradiction).collect();
    let seen = EventKind::Acknowledged(shown, Note::new("Aida: agreed").unwrap());
    let seen = Event { at: Timestamp::default(), kind: seen };
    assert_eq!(up(&[wrong.clone(), seen.clone()]), 0);
    let more = Event { at: Timestamp::default(), kind: status(taken(Money::tenge(60))) };
    let told = "two sums, one that nobody asked for, and the first beside that";
    assert_eq!(up(&[wrong, seen, more]), 3, "{told}");
}
