//! Each flag tells what we asked and what the bank said, whichever of the two came first.

use super::*;
use epay::{
    Currency, Decline, Money, StepId, TerminalId,
    domain::{CloseReason, Note, Refunds, Timestamp, TransactionId, VoidReason},
};

const PRICE: Money = Money::tenge(5_000);

fn opened() -> Payment {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    Payment::open(InvoiceId::new("100001").unwrap(), PRICE, terminal)
}

/// Whether the flag comes up with the last of `heard`, after a payment was asked for.
#[track_caller]
fn check(heard: Vec<EventKind>, flag: Flag, ours: &[&str], banks: &[&str]) {
    let kinds = [EventKind::Asked(Command::Authorize)].into_iter().chain(heard);
    let at = |second: u64| Timestamp::from_unix_millis(1_795_478_400_000 + second * 1_000);
    let history: Vec<Event> =
        kinds.zip(0..).map(|(kind, second)| Event { at: at(second), kind }).collect();
    let conflicts = Conflict::all(&opened(), &history);
    let found = conflicts.iter().find(|conflict| conflict.flag == flag);
    let found = found.unwrap_or_else(|| panic!("{flag:?} is not up"));
    let short = |lines: &[String]| -> Vec<String> {
        lines
            .iter()
            .map(|line| line.replace("2026-11-24 00:00:0", "").replace("Z: ", " "))
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
        vec![named(|seen| seen.invoice = InvoiceId::new("100002").ok())],
        Flag::OtherInvoice,
        &["asked about invoice 100001"],
        &["1 its status said: in progress, about invoice 100002"],
    );
    check(
        vec![named(|seen| {
            seen.terminal = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").ok()
        })],
        Flag::OtherTerminal,
        &["asked on terminal 67e34d63-102f-4bd1-898e-370781d0074d"],
        &["1 its status said: in progress, on terminal d9d7978c-d6ee-4ec0-8cda-165251a4bf16"],
    );
    check(
        vec![named(|seen| seen.currency = Some(Currency::USD))],
        Flag::OtherCurrency,
        &["ordered: 5000.00 KZT"],
        &["1 its status said: in progress, in USD"],
    );
    check(
        vec![
            named(|seen| seen.transaction = TransactionId::new("one").ok()),
            named(|seen| seen.transaction = TransactionId::new("one").ok()),
            named(|seen| seen.transaction = TransactionId::new("two").ok()),
        ],
        Flag::OtherTransaction,
        &[ASKED],
        &[
            "1 its status said: in progress, operation one",
            "3 its status said: in progress, operation two",
        ],
    );
}

#[test]
fn a_sum_that_nobody_asked_for() {
    check(
        vec![reply(taken(Money::tenge(50)))],
        Flag::WrongAmount,
        &["ordered: 5000.00 KZT"],
        &["1 the bank said: taken 50.00 KZT"],
    );
    let charge = EventKind::Asked(Command::Capture(step(), Money::tenge(3_000)));
    check(
        vec![reply(Fact::Authorized), charge, status(taken(Money::tenge(2_000)))],
        Flag::WrongAmount,
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
        Flag::DeclinedYetMoved,
        &[ASKED],
        &[&format!("1 the bank said: {no}"), &format!("2 its status said: {yes}")],
    );
    check(
        vec![reply(taken(PRICE)), status(declined())],
        Flag::DeclinedYetMoved,
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
        Flag::VoidedYetCaptured,
        &["ordered: 5000.00 KZT", "2 we asked to release the hold (step step-1)"],
        &["3 the bank said: done (step step-1)", &format!("4 its status said: {yes}")],
    );
    check(
        vec![status(Fact::Voided(VoidReason::Lapsed)), status(taken(PRICE))],
        Flag::VoidedYetCaptured,
        &["ordered: 5000.00 KZT"],
        &["1 its status said: the hold has lapsed", &format!("2 its status said: {yes}")],
    );
}

#[test]
fn sums_that_do_not_fit_each_other() {
    check(
        vec![status(taken(PRICE)), status(taken(PRICE)), status(taken(Money::tenge(4_000)))],
        Flag::TwoCapturedSums,
        &[ASKED],
        &["1 its status said: taken 5000.00 KZT", "3 its status said: taken 4000.00 KZT"],
    );
    let back = Fact::Captured { captured: None, refunded: Refunds::Total(Money::tenge(6_000)) };
    check(
        vec![status(taken(PRICE)), status(back)],
        Flag::OverRefunded,
        &["we asked for no refund"],
        &[
            "1 its status said: taken 5000.00 KZT",
            "2 its status said: taken, sum not told, given back 6000.00 KZT",
        ],
    );
}

#[test]
fn a_late_success_tells_why_we_had_closed() {
    check(
        vec![
            EventKind::Unanswered(None),
            EventKind::Closed(CloseReason::NeverConfirmed),
            status(taken(PRICE)),
        ],
        Flag::LateSuccess,
        &[ASKED, "2 we closed the attempt: never confirmed, and now never will be"],
        &["3 its status said: taken 5000.00 KZT"],
    );
    let never_left = EventKind::NotSent(Some(epay_domain::Question::Authorize));
    check(
        vec![never_left, status(taken(PRICE))],
        Flag::LateSuccess,
        &[ASKED, "1 we heard that the ask never left"],
        &["2 its status said: taken 5000.00 KZT"],
    );
}

#[test]
fn what_a_person_has_resolved_is_told_no_more() {
    let wrong = Event { at: Timestamp::default(), kind: reply(taken(Money::tenge(50))) };
    let resolved = Event {
        at: Timestamp::default(),
        kind: EventKind::Acknowledged(Note::new("Aida: agreed").unwrap()),
    };
    assert_eq!(Conflict::all(&opened(), std::slice::from_ref(&wrong)).len(), 1);
    assert_eq!(Conflict::all(&opened(), &[wrong, resolved]).len(), 0);
}
