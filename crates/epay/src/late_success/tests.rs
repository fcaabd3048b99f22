//! What becomes of money that came late, as a table.

use super::*;
use epay_domain::{
    CloseReason, Command, Event, EventKind, InvoiceId, Money, OrderId, Refunds, TerminalId,
    Timestamp, TransactionId,
};
use std::time::Duration;

const AT: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
const SUM: Money = Money::tenge(50);

/// The attempt of `invoice` after these events; the first attempt of the order has none before it.
fn attempt(invoice: &str, previous: Option<&str>, kinds: &[EventKind]) -> Stored {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    let opened = Payment::open(InvoiceId::new(invoice).unwrap(), SUM, terminal);
    let asked = EventKind::Asked(Command::Authorize);
    let events = [asked].into_iter().chain(kinds.iter().cloned());
    let payment = events.fold(opened, |it, kind| it.apply(&Event { at: AT, kind }));
    let previous = previous.and_then(|number| InvoiceId::new(number).ok());
    Stored::opened(OrderId::new("order").unwrap(), payment, previous)
}

fn closed() -> EventKind {
    EventKind::Closed(CloseReason::Abandoned { not_found_window: Duration::ZERO })
}

fn seen(id: &str, fact: Fact) -> Observation {
    let amount = Some(epay_domain::BankAmount::card_only(SUM));
    let transaction = TransactionId::new(id).ok();
    Observation { transaction, amount, ..Observation::status(fact) }
}

fn taken(sum: Money) -> Fact {
    Fact::Captured { captured: Some(sum), refunded: Refunds::NotTold }
}

/// What is made of an attempt that was closed, told `first` and is told `second` now.
fn verdict(first: &[Observation], second: &Observation, present: Option<&Stored>) -> Verdict {
    let kinds: Vec<EventKind> =
        std::iter::once(closed()).chain(first.iter().cloned().map(EventKind::Observed)).collect();
    let before = attempt("100001", None, &kinds);
    let now = [kinds.as_slice(), &[EventKind::Observed(second.clone())]].concat();
    let stored = attempt("100001", None, &now);
    judge(&before, second, &stored, present.unwrap_or(&stored))
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Wait => "wait",
        Verdict::Settled(..) => "settled",
        Verdict::GiveBack(_, StepKind::Void) => "void",
        Verdict::GiveBack(_, StepKind::Refund(sum)) if *sum == SUM => "refund",
        Verdict::GiveBack(..) => "another step",
    }
}

#[test]
fn only_what_was_told_twice_alike_is_settled_by_the_machine() {
    let paid = attempt("100002", Some("100001"), &[EventKind::Observed(seen("two", taken(SUM)))]);
    let by_reply = Observation { source: epay_domain::Source::Reply, ..seen("two", taken(SUM)) };
    let unconfirmed = attempt("100002", Some("100001"), &[EventKind::Observed(by_reply)]);
    let held =
        attempt("100002", Some("100001"), &[EventKind::Observed(seen("two", Fact::Authorized))]);
    let other = Money::tenge(60);
    let back = Fact::Captured { captured: Some(SUM), refunded: Refunds::Total(Money::tenge(20)) };
    let replied = Observation { source: epay_domain::Source::Reply, ..seen("one", taken(SUM)) };
    let elsewhere = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").ok();
    let odd = Observation { terminal: elsewhere, ..seen("one", taken(SUM)) };
    for (first, second, present, expected) in [
        (vec![], seen("one", taken(SUM)), None, "wait"),
        (vec![replied], seen("one", taken(SUM)), None, "wait"),
        (vec![odd.clone()], odd.clone(), None, "wait"),
        (vec![odd.clone()], odd, Some(&paid), "wait"),
        (vec![seen("one", taken(SUM))], seen("one", taken(SUM)), None, "settled"),
        (vec![seen("one", taken(SUM))], seen("one", taken(SUM)), Some(&paid), "refund"),
        (vec![seen("one", Fact::Authorized)], seen("one", Fact::Authorized), Some(&paid), "void"),
        (vec![seen("one", taken(SUM))], seen("one", taken(SUM)), Some(&unconfirmed), "wait"),
        (vec![seen("one", taken(SUM))], seen("one", taken(SUM)), Some(&held), "wait"),
        (vec![seen("one", taken(SUM))], seen("other", taken(SUM)), Some(&paid), "wait"),
        (vec![seen("one", taken(SUM))], seen("one", taken(other)), Some(&paid), "wait"),
        (vec![seen("one", taken(other))], seen("one", taken(other)), Some(&paid), "wait"),
        (vec![seen("one", back.clone())], seen("one", back), Some(&paid), "wait"),
        (vec![seen("one", taken(SUM))], seen("one", Fact::NotFound), Some(&paid), "wait"),
    ] {
        let verdict = verdict(&first, &second, present);
        assert_eq!(name(&verdict), expected, "{first:?} {second:?}");
    }
}

#[test]
fn an_attempt_with_another_before_it_is_a_persons() {
    let kinds = [closed(), EventKind::Observed(seen("one", taken(SUM)))];
    let before = attempt("100002", Some("100001"), &kinds);
    let second = seen("one", taken(SUM));
    assert_eq!(judge(&before, &second, &before, &before), Verdict::Wait);
}

#[test]
fn it_settles_what_it_was_judged_by_and_gives_back_once() {
    let told = seen("one", taken(SUM));
    let Verdict::Settled(settled, _) = verdict(std::slice::from_ref(&told), &told, None) else {
        panic!()
    };
    assert!(matches!(settled[..], [Contradiction::LateSuccess { .. }]), "{settled:?}");

    let paid = attempt("100002", Some("100001"), &[EventKind::Observed(seen("two", taken(SUM)))]);
    let Verdict::GiveBack(step, kind) = verdict(std::slice::from_ref(&told), &told, Some(&paid))
    else {
        panic!()
    };
    assert_eq!((step.as_str(), kind), (STEP, StepKind::Refund(SUM)));
    let asked = EventKind::Asked(Command::Refund(step.clone(), SUM));
    let told_twice =
        [closed(), EventKind::Observed(told.clone()), EventKind::Observed(told.clone())];
    let under_way =
        attempt("100001", None, &[told_twice.as_slice(), std::slice::from_ref(&asked)].concat());
    assert_eq!(
        judge(&under_way, &told, &under_way, &paid),
        Verdict::Wait,
        "asked, and not answered"
    );
    let accepted = EventKind::Observed(Observation {
        transaction: TransactionId::new("one").ok(),
        ..Observation::reply(Fact::StepAccepted(step.clone()))
    });
    let after = |asked: EventKind| {
        attempt("100001", None, &[told_twice.as_slice(), &[asked, accepted.clone()]].concat())
    };
    let done = after(asked);
    assert_eq!(name(&judge(&done, &told, &done, &paid)), "settled");
    let part = after(EventKind::Asked(Command::Refund(step, Money::tenge(20))));
    assert_eq!(judge(&part, &told, &part, &paid), Verdict::Wait, "the rest is still with us");
}
