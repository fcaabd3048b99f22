//! Wishes may be refused, each for one reason, and a refused wish changes nothing.

use crate::story::*;
use epay_domain::*;

#[track_caller]
fn check_refused(story: &[Line], wish: Command, refusal: Refusal) {
    let (payment, now) = told(story);
    let before = payment.clone();
    assert_eq!(payment.decide(wish, now), Err(refusal), "{story:#?}");
    assert_eq!(payment, before);
}

#[track_caller]
fn check_granted(story: &[Line], wish: Command) {
    let (payment, now) = told(story);
    assert!(payment.decide(wish, now).is_ok(), "{story:#?}");
}

#[test]
fn authorize_is_asked_once_in_the_life_of_an_invoice() {
    check_granted(&[], Command::Authorize);
    check_granted(&[status(Fact::NotFound)], Command::Authorize);
    for story in [
        asked(),
        after(&asked(), &[lost()]),
        after(&asked(), &[unsent()]),
        after(&asked(), &[reply(declined())]),
        after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]),
        after(&after(&asked(), &not_found_for(24)), &[ask(abandon(DAY))]),
        held(),
        paid(),
    ] {
        check_refused(&story, Command::Authorize, Refusal::AlreadyAuthorized);
    }
}

#[test]
fn an_invoice_the_bank_knows_is_not_authorized_even_if_our_log_is_empty() {
    let named = Observation {
        transaction: TransactionId::new("t1").ok(),
        ..Observation::status(Fact::InProgress)
    };
    for line in [
        seen(named),
        status(Fact::Approved),
        status(challenge()),
        status(Fact::Authorized),
        status(declined()),
    ] {
        check_refused(&[line], Command::Authorize, Refusal::AlreadyAuthorized);
    }
}

#[test]
fn confirm_needs_a_payers_answer_that_was_not_yet_handed_in() {
    check_granted(&at_the_issuer(), Command::Confirm);
    for story in [
        vec![],
        asked(),
        held(),
        after(&at_the_issuer(), &[ask(Command::Confirm)]),
        after(&at_the_issuer(), &[ask(Command::Confirm), lost()]),
        after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]),
        after(&at_the_issuer(), &[status(Fact::Authorized)]),
        after(&at_the_issuer(), &[status(declined())]),
    ] {
        check_refused(&story, Command::Confirm, Refusal::NotAwaitingPayer);
    }
}

#[test]
fn no_step_over_nothing_reaches_the_bank() {
    let nothing = Money::zero(Currency::KZT);
    check_refused(&held(), capture("c1", nothing), Refusal::Amount);
    check_refused(&paid(), refund("r1", nothing), Refusal::BelowLeastRefund(LEAST_REFUND));
    // What is told may be zero all the same.
    check(&after(&paid(), &[status(refunded(ORDERED, nothing))]), PaymentStatus::Paid);
}

#[test]
fn capture_and_void_need_a_hold() {
    check_granted(&held(), capture("c1", ORDERED));
    check_granted(&held(), capture("c1", Money::tiyn(1)));
    check_granted(&held(), void("v1"));
    let gone = after(&held(), &[status(Fact::Voided(VoidReason::Lapsed))]);
    for story in [vec![], paid(), gone, after(&asked(), &[reply(declined())])] {
        check_refused(&story, capture("c1", ORDERED), Refusal::NotHeld);
        check_refused(&story, void("v1"), Refusal::NotHeld);
    }
}

#[test]
fn a_capture_is_more_than_nothing_and_no_more_than_the_order() {
    for sum in [Money::tiyn(0), Money::tiyn(100_01), Money::new(100_00, Currency::USD)] {
        check_refused(&held(), capture("c1", sum), Refusal::Amount);
    }
}

#[test]
fn a_refund_is_within_what_is_left_and_no_less_than_the_bank_gives_back() {
    check_granted(&paid(), refund("r1", ORDERED));
    check_granted(&paid(), refund("r1", LEAST_REFUND));
    check_refused(
        &paid(),
        refund("r1", Money::tiyn(9_99)),
        Refusal::BelowLeastRefund(LEAST_REFUND),
    );
    check_refused(&paid(), refund("r1", Money::tiyn(100_01)), Refusal::Amount);
    check_refused(&paid(), refund("r1", Money::new(5, Currency::USD)), Refusal::Amount);
    let part = after(&paid(), &[status(refunded(ORDERED, Money::tiyn(70_00)))]);
    check_granted(&part, refund("r1", Money::tiyn(30_00)));
    check_refused(&part, refund("r1", Money::tiyn(30_01)), Refusal::Amount);
    let untold = Fact::Captured { captured: Some(ORDERED), refunded: Refunds::SumNotTold };
    check_refused(&after(&paid(), &[status(untold)]), refund("r1", ORDERED), Refusal::SumUnknown);
    for story in [vec![], held(), after(&held(), &[status(Fact::Voided(VoidReason::Requested))])] {
        check_refused(&story, refund("r1", ORDERED), Refusal::NotCaptured);
    }
}

#[test]
fn another_currency_has_no_least_refund_but_nothing_is_still_nothing() {
    let dollars = |cents| Money::new(cents, Currency::USD);
    let payment =
        Payment::open(opened().invoice().clone(), dollars(10), opened().terminal().clone());
    let now = Timestamp::default();
    let heard = payment.record_reply(Ok(Observation::status(captured(dollars(10)))), now);
    let payment = payment.apply(&heard);
    assert!(payment.decide(refund("r1", dollars(1)), now).is_ok());
    assert_eq!(payment.decide(refund("r1", dollars(0)), now), Err(Refusal::Amount));
}

#[test]
fn one_question_at_a_time() {
    for open in [capture("c1", ORDERED), void("v1")] {
        let story = after(&held(), &[ask(open), lost()]);
        for wish in [capture("c2", ORDERED), void("v2"), refund("r2", ORDERED)] {
            check_refused(&story, wish, Refusal::Unanswered);
        }
    }
    let story = after(&paid(), &[ask(refund("r1", Money::tiyn(10_00))), lost()]);
    check_refused(&story, refund("r2", Money::tiyn(10_00)), Refusal::Unanswered);
    for wish in [capture("c1", ORDERED), void("v1"), refund("r1", ORDERED)] {
        check_refused(&asked(), wish, Refusal::Unanswered);
    }
}

#[test]
fn a_steps_name_is_used_once() {
    let done = after(&paid(), &[ask(refund("r1", Money::tiyn(10_00))), reply(accepted("r1"))]);
    check_refused(&done, refund("r1", Money::tiyn(10_00)), Refusal::StepUsed);
    let pending = after(&held(), &[ask(capture("s1", ORDERED))]);
    check_refused(&pending, void("s1"), Refusal::StepUsed);
    let never_left = after(&held(), &[ask(capture("s1", ORDERED)), unsent()]);
    check_granted(&never_left, capture("s1", ORDERED));
    check_granted(&never_left, capture("s2", ORDERED));
    check_refused(&never_left, capture("s1", Money::tenge(60)), Refusal::StepUsed);
    check_refused(&never_left, void("s1"), Refusal::StepUsed);
}

#[test]
fn only_what_waits_can_be_given_up_and_only_what_is_up_acknowledged() {
    let pending = after(&held(), &[ask(capture("c1", ORDERED)), lost()]);
    check_granted(&pending, give_up("c1"));
    check_refused(&pending, give_up("c2"), Refusal::NothingToEnd);
    check_refused(
        &after(&pending, &[status(captured(ORDERED))]),
        give_up("c1"),
        Refusal::NothingToEnd,
    );
    check_refused(&asked(), give_up("c1"), Refusal::NothingToEnd);
    let moved = Moved { charged: PayerCharged::Yes, sum: Some(ORDERED) };
    let decline = Decline::from_code(484);
    let seen = vec![Contradiction::DeclinedYetMoved { decline, moved }];
    let acknowledge = || Command::Acknowledge(seen.clone(), note());
    check_refused(&paid(), acknowledge(), Refusal::NothingToEnd);
    check_granted(&after(&paid(), &[status(declined())]), acknowledge());
    let nothing = Command::Acknowledge(Vec::new(), note());
    check_refused(&after(&paid(), &[status(declined())]), nothing, Refusal::NothingToEnd);
}

#[test]
fn every_refusal_says_something_else() {
    let all = [
        Refusal::AlreadyAuthorized,
        Refusal::Unanswered,
        Refusal::NotHeld,
        Refusal::NotCaptured,
        Refusal::NotAwaitingPayer,
        Refusal::Contradicted,
        Refusal::TransactionUnclear,
        Refusal::SumKnown,
        Refusal::StepUsed,
        Refusal::TooManySteps,
        Refusal::Amount,
        Refusal::BelowLeastRefund(LEAST_REFUND),
        Refusal::SumUnknown,
        Refusal::NotDead,
        Refusal::NothingToEnd,
    ];
    let words: std::collections::BTreeSet<String> = all.iter().map(Refusal::to_string).collect();
    assert_eq!(words.len(), all.len());
    assert_eq!(
        Refusal::BelowLeastRefund(LEAST_REFUND).to_string(),
        "the bank gives back no less than 10.00 KZT"
    );
}

#[test]
fn a_payment_takes_so_many_captures_and_refunds_and_a_void_always() {
    let steps = |asked: fn(&str) -> Command, answer: fn(&str) -> Fact| {
        let names = (1..=MOST_STEPS).map(|number| format!("s{number}"));
        names.flat_map(move |name| [ask(asked(&name)), reply(answer(&name))])
    };
    let refunds = steps(|name| refund(name, LEAST_REFUND), |name| refused(name, 484));
    let refunds = after(&paid(), &refunds.collect::<Vec<_>>());
    check_refused(&refunds, refund("one-more", LEAST_REFUND), Refusal::TooManySteps);
    check_refused(&refunds, refund("s1", LEAST_REFUND), Refusal::StepUsed);

    let captures = steps(|name| capture(name, ORDERED), |name| refused(name, 484));
    let captures = after(&held(), &captures.collect::<Vec<_>>());
    check_refused(&captures, capture("one-more", ORDERED), Refusal::TooManySteps);
    check_granted(&captures, void("v1"));

    let unsent = after(&refunds[..refunds.len() - 1], &[unsent()]);
    let last = format!("s{MOST_STEPS}");
    check_granted(&unsent, refund(&last, LEAST_REFUND));
}

#[test]
fn a_note_has_a_limit() {
    assert_eq!(Note::new(&"x".repeat(500)).map(|note| note.as_str().len()), Ok(500));
    assert_eq!(Note::new(&"x".repeat(501)), Err(InvalidId::Note));
    assert_eq!(Note::new("why").unwrap().to_string(), "why");
}
