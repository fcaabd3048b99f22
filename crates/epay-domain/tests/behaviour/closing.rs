//! Ending what does not end by itself: who may, when, and what they promise.

use crate::contradictions::check_up;
use crate::story::*;
use epay_domain::*;

#[track_caller]
fn check_may_close(story: &[Line], closing: Command, may: bool) {
    let (payment, now) = told(story);
    let expected = if may { Ok(()) } else { Err(Refusal::NotDead) };
    assert_eq!(payment.decide(closing, now).map(|_| ()), expected, "{story:#?}");
}

/// The bank says that it waits for the payer; the answer that named the page may be lost.
fn waits_for(step: PayerStep) -> Line {
    status(Fact::AwaitingPayer(step))
}

#[test]
fn never_confirmed_ends_the_wait_for_the_payer_and_forbids_confirming() {
    check_may_close(&at_the_issuer(), NEVER_CONFIRMED, true);
    for story in [vec![], asked(), after(&at_the_issuer(), &[ask(Command::Confirm)]), held()] {
        check_may_close(&story, NEVER_CONFIRMED, false);
    }
    let (closed, now) = told(&after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]));
    assert_eq!(closed.state(), State::Closed(ClosedAs::NotExecuted));
    assert_eq!((closed.pending(), closed.challenge()), (None, None));
    assert_eq!(closed.closed_at(), Some(now));
    assert_eq!(closed.decide(Command::Confirm, now), Err(Refusal::NotAwaitingPayer));
    assert_eq!(closed.decide(NEVER_CONFIRMED, now), Err(Refusal::NotDead));
}

#[test]
fn a_payer_whose_page_was_lost_is_waited_for_and_can_be_closed_as_never_confirmed() {
    let lost_page = after(&asked(), &[lost(), waits_for(PayerStep::Challenge)]);
    check(&lost_page, PaymentStatus::Unknown);
    let waiting = payment(&lost_page);
    assert_eq!(waiting.payer_step(), Some(PayerStep::Challenge));
    assert_eq!((waiting.state(), waiting.challenge()), (State::New, None));
    check_may_close(&lost_page, NEVER_CONFIRMED, true);
    let closed = after(&lost_page, &[ask(NEVER_CONFIRMED)]);
    check(&closed, PaymentStatus::NotExecuted);
    assert_eq!(payment(&closed).payer_step(), None);
    check_up(&after(&closed, &[waits_for(PayerStep::Challenge)]), &[]);
    check_up(&after(&closed, &[status(Fact::Authorized)]), &["late_success"]);
}

#[test]
fn a_fingerprint_may_go_on_without_us_and_only_a_person_ends_it() {
    let recognising = after(&asked(), &[lost(), waits_for(PayerStep::Fingerprint)]);
    assert_eq!(payment(&recognising).payer_step(), Some(PayerStep::Fingerprint));
    check_may_close(&recognising, NEVER_CONFIRMED, false);
    check_may_close(&after(&recognising, &not_found_for(48)), abandon(DAY), false);
    check_may_close(&recognising, by_person(), true);
    check_may_close(
        &after(&recognising, &[waits_for(PayerStep::Challenge)]),
        NEVER_CONFIRMED,
        true,
    );
}

#[test]
fn after_a_confirm_nobody_can_say_that_it_was_never_confirmed() {
    let confirmed =
        after(&at_the_issuer(), &[ask(Command::Confirm), lost(), waits_for(PayerStep::Challenge)]);
    assert_eq!(payment(&confirmed).payer_step(), None);
    check_may_close(&confirmed, NEVER_CONFIRMED, false);
    check_may_close(&confirmed, by_person(), true);
}

#[test]
fn never_asked_ends_what_was_not_begun_and_forbids_beginning() {
    check_may_close(&[], NEVER_ASKED, true);
    check_may_close(&[status(Fact::NotFound)], NEVER_ASKED, true);
    let named = named("t1", Observation::status(Fact::InProgress));
    for story in [asked(), vec![named], vec![status(Fact::Approved)], held()] {
        check_may_close(&story, NEVER_ASKED, false);
    }
    check_may_close(&[status(declined())], NEVER_ASKED, false);
    let (closed, now) = told(&[ask(NEVER_ASKED)]);
    check(&[ask(NEVER_ASKED)], PaymentStatus::NotExecuted);
    assert_eq!(closed.decide(Command::Authorize, now), Err(Refusal::AlreadyAuthorized));
    assert_eq!(closed.decide(NEVER_ASKED, now), Err(Refusal::NotDead));
}

#[test]
fn a_person_ends_anything_in_which_no_money_is_known_to_have_moved() {
    let named = || named("t1", Observation::status(Fact::InProgress));
    let odd = status(Fact::Other(BankText::new("ODD")));
    let disputed = after(&asked(), &[reply(Fact::NumberTaken)]);
    for story in [
        asked(),
        after(&asked(), &[lost()]),
        after(&asked(), &[named()]),
        after(&asked(), &[odd]),
        after(&asked(), &[waits_for(PayerStep::Challenge)]),
        at_the_issuer(),
        after(&at_the_issuer(), &[ask(Command::Confirm), lost()]),
        disputed,
        // Never asked by this log, and yet the bank knows it.
        vec![named()],
    ] {
        check_may_close(&story, by_person(), true);
        let ended = after(&story, &[ask(by_person())]);
        assert_eq!(payment(&ended).state(), State::Closed(ClosedAs::Abandoned));
        assert_eq!(payment(&ended).payer_charged(), PayerCharged::NotKnownYet);
        // What surfaces all the same is a late success.
        let late = after(&ended, &[status(Fact::Authorized)]);
        let late = payment(&late).contradictions();
        assert!(late.iter().any(|it| matches!(it, Contradiction::LateSuccess { .. })));
    }
    for story in [
        held(),
        paid(),
        after(&held(), &[ask(capture("c1", ORDERED)), lost()]),
        after(&paid(), &[status(refunded(ORDERED, ORDERED))]),
        after(&asked(), &[reply(declined())]),
        after(&asked(), &[unsent()]),
        after(&asked(), &[ask(by_person())]),
    ] {
        check_may_close(&story, by_person(), false);
    }
}
