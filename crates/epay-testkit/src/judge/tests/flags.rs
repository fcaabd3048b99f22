//! What can't all be true is flagged, and an order is opened anew only after an end.

use epay_domain::{BankText, Decline, Note, Origin, TransactionId};

use super::{super::flags, *};
use crate::judge::Verdict;

fn seen(fact: Fact, change: impl FnOnce(&mut Observation)) -> EventKind {
    let mut seen = Observation::status(fact);
    change(&mut seen);
    EventKind::Observed(seen)
}

fn named(id: &str) -> EventKind {
    seen(Fact::Authorized, |seen| seen.transaction = TransactionId::new(id).ok())
}

fn taken(sum: u64) -> Fact {
    Fact::Captured { captured: Some(Money::tiyn(sum)), refunded: Refunds::NotTold }
}

fn of(id: &str, fact: Fact, origin: Origin) -> EventKind {
    seen(fact, |seen| (seen.transaction, seen.origin) = (TransactionId::new(id).ok(), origin))
}

/// Each is found in a log whose payment has not noticed it, and nothing in one whose payment has.
#[test]
fn what_can_t_all_be_true_is_flagged() {
    let other = |seen: &mut Observation| seen.invoice = Some(BankText::new("100002"));
    let anothers = |seen: &mut Observation| seen.origin = Origin::Other;
    let stories = [
        vec![seen(Fact::Authorized, other)],
        vec![seen(Fact::Authorized, anothers)],
        vec![told(Fact::NumberTaken)],
        vec![named("operation-1"), named("operation-2")],
        vec![told(taken(99_00))],
        // What an operation says that is another's concerns nobody, its sum neither.
        vec![
            of("operation-1", Fact::Authorized, Origin::Other),
            of("operation-1", taken(99_00), Origin::NotTold),
        ],
    ];
    for story in stories {
        let story = soon([EventKind::Asked(Command::Authorize)].into_iter().chain(story));
        let honest = attempt("100001", "order-1", &story);
        let blind = attempt("100001", "order-1", &[]);
        let blind = Attempt { events: honest.events.clone(), ..blind };
        for (attempt, count) in [(honest, 0), (blind, 1)] {
            let mut verdict = Verdict::default();
            flags::judge(&attempt, &mut verdict);
            assert_eq!(verdict.count(Kind::NotFlagged), count, "{story:?}: {verdict}");
        }
    }
}

/// A payer may try several cards at the bank's form; whoever sees no flag there is told of two that went through.
#[test]
fn of_several_cards_at_the_form_one_may_go_through() {
    let until = Timestamp::from_unix_millis(u64::MAX);
    let handed_over = EventKind::Asked(Command::HandOver { until });
    let card = |id, fact| of(id, fact, Origin::NotTold);
    let failed = || Fact::Declined(Decline::from_code(484));
    for (story, count) in [
        ([card("operation-1", failed()), card("operation-2", failed())], 0),
        ([card("operation-1", failed()), card("operation-2", Fact::Authorized)], 0),
        ([card("operation-1", taken(100_00)), card("operation-2", Fact::Authorized)], 1),
    ] {
        let honest =
            attempt("100001", "order-1", &soon([handed_over.clone()].into_iter().chain(story)));
        let blind = attempt("100001", "order-1", &[]);
        let blind = Attempt { events: honest.events.clone(), ..blind };
        for (attempt, count) in [(honest, 0), (blind, count)] {
            let mut verdict = Verdict::default();
            flags::judge(&attempt, &mut verdict);
            assert_eq!(verdict.count(Kind::NotFlagged), count, "{:?}: {verdict}", attempt.events);
        }
    }
}

#[test]
fn a_sum_of_ours_and_one_operation_are_no_reason_for_a_flag() {
    for story in [vec![told(taken(100_00))], vec![named("operation-1"), named("operation-1")]] {
        let mut verdict = Verdict::default();
        flags::judge(&attempt("100001", "order-1", &soon(story)), &mut verdict);
        assert_eq!(verdict, Verdict::default());
    }
}

#[test]
fn another_attempt_is_opened_only_after_an_end() {
    let asked = EventKind::Asked(Command::Authorize);
    let reopened = EventKind::Reopened(Note::new("the payer wants another").unwrap());
    let declined = told(Fact::Declined(Decline::from_code(484)));
    let stories = [
        (vec![], 1),
        (vec![told(Fact::Authorized)], 1),
        (vec![charged(100_00)], 1),
        (vec![charged(100_00), reopened], 0),
        (vec![declined], 0),
        (vec![not_sent(Question::Authorize)], 0),
    ];
    for (story, count) in stories {
        let story = soon([asked.clone()].into_iter().chain(story));
        let first = attempt("100001", "order-1", &story);
        let mut second = attempt("100002", "order-1", &[]);
        second.stored.previous = InvoiceId::new("100001").ok();
        let verdict = judged(&Books { log: vec![first, second], ..paid() });
        let opened = |it: &&Complaint| it.about == "100002" && it.kind == Kind::NoProof;
        assert_eq!(verdict.complaints.iter().filter(opened).count(), count, "{story:?}: {verdict}");
    }
}
