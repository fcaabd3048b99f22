//! An acknowledgement covers exactly what was shown: what arrives in between, or later with other evidence, is up.

use crate::contradictions::check_up;
use crate::story::*;
use epay_domain::*;

const LESS: Money = Money::tenge(99);

fn status_of(fact: Fact) -> Observation {
    Observation::status(fact)
}

#[test]
fn the_same_evidence_stays_acknowledged_and_other_evidence_of_its_kind_comes_up() {
    let wrong_terminal = |uuid| {
        let terminal = TerminalId::new(uuid).ok();
        seen(Observation { terminal, ..status_of(Fact::Authorized) })
    };
    let other_invoice = |digits| {
        let invoice = Some(BankText::new(digits));
        seen(Observation { invoice, ..status_of(Fact::Authorized) })
    };
    let foreign =
        |id| named(id, Observation { origin: Origin::Other, ..status_of(Fact::Authorized) });
    let closed = after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]);
    let late = |id| named(id, status_of(Fact::Authorized));
    for (start, shown, other, up) in [
        // 50,000 refunded of 5,000, after a slip of one tenge.
        (
            paid(),
            status(refunded(ORDERED, Money::tenge(101))),
            status(refunded(ORDERED, Money::tenge(1_000))),
            vec!["over_refunded"],
        ),
        // A capture of 1.00 after an acknowledged 99.
        (
            asked(),
            status(captured(LESS)),
            status(captured(Money::tenge(1))),
            vec!["two_captured_sums", "wrong_amount"],
        ),
        (
            paid(),
            status(declined()),
            status(Fact::Declined(Decline::from_code(487))),
            vec!["declined_yet_moved"],
        ),
        (
            held(),
            wrong_terminal("00000000-0000-0000-0000-000000000000"),
            wrong_terminal("00000000-0000-0000-0000-000000000001"),
            vec!["other_terminal"],
        ),
        (held(), other_invoice("999999"), other_invoice("999998"), vec!["other_invoice"]),
        (held(), foreign("t1"), foreign("t2"), vec!["not_ours"]),
        (closed, status(Fact::Authorized), late("t1"), vec!["late_success"]),
    ] {
        let seen_by_a_person = after(&start, &[shown.clone(), acknowledged()]);
        check_up(&seen_by_a_person, &[]);
        check_up(&after(&seen_by_a_person, &[shown]), &[]);
        check_up(&after(&seen_by_a_person, &[other]), &up);
    }
}

/// An answer about operation `t1` that names another terminal, another currency, or another sum.
fn odd(fact: Fact) -> [(Line, &'static str); 3] {
    let seen = |change: fn(&mut Observation)| {
        let mut seen = status_of(fact.clone());
        change(&mut seen);
        named("t1", seen)
    };
    let elsewhere = |seen: &mut Observation| {
        seen.terminal = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    };
    [
        (seen(elsewhere), "other_terminal"),
        (seen(|seen| seen.currency = Some(Currency::USD)), "other_currency"),
        (seen(|seen| seen.amount = Some(BankAmount::card_only(LESS))), "wrong_amount"),
    ]
}

#[test]
fn what_went_no_further_than_it_was_shown_stays_acknowledged_and_what_went_further_is_up() {
    let untold = Fact::Captured { captured: None, refunded: Refunds::NotTold };
    let further = [Fact::Authorized, untold, captured(ORDERED)];
    let named = |fact| crate::story::named("t1", status_of(fact));
    let late = after(&at_the_issuer(), &[ask(NEVER_CONFIRMED), named(Fact::Approved)]);
    let sent = after(&asked(), &[unsent(), named(Fact::InProgress)]);
    let taken = after(&asked(), &[reply(Fact::NumberTaken), named(Fact::InProgress)]);
    let declined = after(&asked(), &[reply(declined()), named(Fact::Verified)]);
    let odd = odd(Fact::Approved).map(|(line, up)| (after(&asked(), &[line]), up));
    for (mut story, up) in [
        (late, "late_success"),
        (sent, "sent_after_all"),
        (taken, "number_taken"),
        (declined, "declined_yet_moved"),
    ]
    .into_iter()
    .chain(odd)
    {
        check_up(&story, &[up]);
        for fact in further.clone() {
            story.push(acknowledged());
            check_up(&story, &[]);
            story.push(named(fact));
            check_up(&story, &[up]);
        }
        // Given back is no further.
        story.push(acknowledged());
        let back = [ask(refund("r1", Money::tenge(10))), reply(accepted("r1"))];
        check_up(&after(&story, &back), &[]);
    }
}

#[test]
fn what_our_own_capture_takes_of_an_acknowledged_hold_is_no_news() {
    let part = Money::tenge(60);
    let closed = after(&at_the_issuer(), &[ask(NEVER_CONFIRMED), status(Fact::Authorized)]);
    let capturing = after(&closed, &[acknowledged(), ask(capture("c1", part))]);
    let untold = status(Fact::Captured { captured: None, refunded: Refunds::NotTold });
    for taken in [reply(accepted("c1")), status(captured(part)), untold] {
        check_up(&after(&capturing, &[taken]), &[]);
    }
    let all = after(&capturing, &[status(captured(ORDERED))]);
    check_up(&all, &["late_success", "wrong_amount"]);
    for (hold, up) in odd(Fact::Authorized) {
        let held = after(&asked(), &[hold, acknowledged()]);
        let capturing = after(&held, &[ask(capture("c1", part))]);
        for taken in [reply(accepted("c1")), named("t1", status_of(captured(part)))] {
            check_up(&after(&capturing, &[taken]), &[]);
        }
        check_up(&after(&held, &[named("t1", status_of(captured(ORDERED)))]), &[up]);
    }
    // A capture that was asked before does not tell what a person saw after.
    let declined = [ask(capture("c1", ORDERED)), lost(), status(declined()), acknowledged()];
    let story = after(&after(&held(), &declined), &[status(captured(ORDERED))]);
    check_up(&story, &["declined_yet_moved"]);
}

#[test]
fn what_does_not_say_how_far_the_money_had_gone_covers_as_far_as_it_had_gone_then() {
    // So the log has it of a terminal, a currency and a sum from before these said it.
    let untold = Moved { charged: PayerCharged::NotKnownYet, sum: None };
    let named_terminal = TerminalId::new("00000000-0000-0000-0000-000000000000").unwrap();
    let covers = |it: Contradiction| late(EventKind::Acknowledged(vec![it], note()));
    let acknowledgements = [
        covers(Contradiction::OtherTerminal { named: named_terminal, moved: untold }),
        covers(Contradiction::OtherCurrency { named: Currency::USD, moved: untold }),
        covers(Contradiction::WrongAmount { told: LESS, moved: untold }),
    ];
    for ((hold, up), covers) in odd(Fact::Authorized).into_iter().zip(acknowledgements) {
        let held = after(&asked(), &[hold, covers.clone()]);
        check_up(&held, &[]);
        let taken = after(&held, &[named("t1", status_of(captured(ORDERED)))]);
        check_up(&taken, &[up]);
        check_up(&after(&taken, &[covers]), &[]);
    }
}

#[test]
fn a_capture_covers_no_other_operation_and_none_that_was_not_seen_to_be_held() {
    let status = |id, fact| named(id, Observation::status(fact));
    let held = [status("t2", Fact::Authorized), choose("t2"), acknowledged()];
    let captured_twice = [
        ask(capture("c1", ORDERED)),
        status("t2", captured(ORDERED)),
        status("t1", captured(ORDERED)),
        choose("t1"),
    ];
    for first in [Fact::Approved, Fact::Authorized] {
        let first = [ask(NEVER_CONFIRMED), status("t1", first), acknowledged()];
        let story = after(&after(&at_the_issuer(), &first), &held);
        check_up(&after(&story, &captured_twice[..2]), &[]);
        check_up(&after(&story, &captured_twice), &["late_success"]);
    }
}

#[test]
fn a_choice_covers_the_money_of_the_others_as_far_as_it_had_gone() {
    let status = |id, fact| named(id, Observation::status(fact));
    let held = [status("t1", Fact::Authorized), status("t2", Fact::Authorized), choose("t2")];
    let story = after(&asked(), &held);
    check_up(&story, &[]);
    let ours = [ask(capture("c1", ORDERED)), status("t2", captured(ORDERED))];
    check_up(&after(&story, &ours), &[]);
    let theirs = after(&after(&story, &ours), &[status("t1", captured(ORDERED))]);
    check_up(&theirs, &["two_transactions"]);
    check_up(&after(&theirs, &[choose("t2")]), &[]);
    // Each stage is further than none, also where its sum is not told.
    let begun = [status("t1", Fact::InProgress), status("t2", Fact::Authorized), choose("t2")];
    let story = after(&asked(), &begun);
    check_up(&story, &[]);
    let untold = Fact::Captured { captured: None, refunded: Refunds::NotTold };
    for further in [Fact::Authorized, untold] {
        check_up(&after(&story, &[status("t1", further)]), &["two_transactions"]);
    }
}

#[test]
fn a_sum_between_two_that_were_acknowledged_comes_up() {
    let two = [status(captured(LESS)), status(captured(Money::tenge(1))), acknowledged()];
    let story = after(&asked(), &two);
    check_up(&story, &[]);
    check_up(&after(&story, &[status(captured(Money::tenge(50)))]), &["wrong_amount"]);
}

#[test]
fn what_arrived_between_showing_and_writing_is_up() {
    let shown = payment(&after(&asked(), &[status(captured(LESS))])).contradictions();
    let written = ask(Command::Acknowledge(shown, note()));
    for (arrived, up) in [
        (status(declined()), vec!["declined_yet_moved"]),
        (status(captured(Money::tenge(1))), vec!["two_captured_sums", "wrong_amount"]),
        (status(refunded(LESS, ORDERED)), vec!["over_refunded"]),
    ] {
        check_up(&after(&asked(), &[status(captured(LESS)), arrived, written.clone()]), &up);
    }
}

#[test]
fn what_was_never_up_cannot_be_acknowledged_beforehand() {
    let moved = Moved { charged: PayerCharged::Yes, sum: Some(ORDERED) };
    let early = Contradiction::WrongAmount { told: Money::tenge(1), moved };
    let (payment, now) = told(&after(&paid(), &[status(declined())]));
    let both = [payment.contradictions(), vec![early.clone()]].concat();
    let event = payment.decide(Command::Acknowledge(both, note()), now).unwrap();
    assert_eq!(event.kind, EventKind::Acknowledged(payment.contradictions(), note()));
    let only_early = Command::Acknowledge(vec![early], note());
    assert_eq!(payment.decide(only_early, now), Err(Refusal::NothingToEnd));
}

#[test]
fn an_acknowledged_sum_is_paid_and_known() {
    let story = after(&asked(), &[status(captured(LESS)), acknowledged()]);
    check(&story, PaymentStatus::Paid);
    assert_eq!(payment(&story).refundable(), Some(LESS));
}
