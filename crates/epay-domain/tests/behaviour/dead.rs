//! When is an attempt dead? Only with proof, for only then may the order be tried again.

use crate::story::*;
use core::time::Duration;
use epay_domain::*;

#[track_caller]
fn check_dead(story: &[Line], dead: bool) {
    let payment = payment(story);
    let proof = payment.dead();
    assert_eq!(proof.is_some(), dead, "{story:#?}");
    assert!(proof.is_none_or(|proof| proof.invoice() == payment.invoice()));
}

#[track_caller]
fn check_may_close(story: &[Line], closing: Command, may: bool) {
    let (payment, now) = told(story);
    let expected = if may { Ok(()) } else { Err(Refusal::NotDead) };
    assert_eq!(payment.decide(closing, now).map(|_| ()), expected, "{story:#?}");
}

#[test]
fn what_is_dead() {
    check_dead(&after(&asked(), &[unsent()]), true);
    check_dead(&after(&asked(), &[reply(declined())]), true);
    check_dead(&after(&asked(), &[status(declined())]), true);
    check_dead(&after(&held(), &[status(Fact::Voided(VoidReason::Lapsed))]), true);
    check_dead(&after(&held(), &[ask(void("v1")), reply(accepted("v1"))]), true);
    check_dead(&after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]), true);
    check_dead(&after(&at_the_issuer(), &[ask(Command::Confirm), unsent()]), true);
    check_dead(
        &after(
            &asked(),
            &[lost(), status(Fact::NotFound), wait(DAY), status(Fact::NotFound), ask(abandon(DAY))],
        ),
        true,
    );
}

#[test]
fn what_is_not() {
    for story in [vec![], asked(), at_the_issuer(), held(), paid()] {
        check_dead(&story, false);
    }
    for doubt in [
        lost(),
        reply(unsure()),
        reply(Fact::Approved),
        status(Fact::NotFound),
        status(Fact::InProgress),
    ] {
        check_dead(&after(&asked(), &[doubt]), false);
    }
    check_dead(&after(&paid(), &[status(refunded(ORDERED, ORDERED))]), false);
    check_dead(&after(&held(), &[ask(void("v1")), lost()]), false);
}

#[test]
fn nothing_flagged_is_dead() {
    check_dead(&after(&asked(), &[reply(declined()), status(Fact::Authorized)]), false);
    check_dead(&after(&asked(), &[reply(captured(ORDERED)), status(declined())]), false);
    check_dead(&after(&at_the_issuer(), &[ask(NEVER_CONFIRMED), reply(Fact::Approved)]), false);
    let other = Observation {
        invoice: InvoiceId::new("999999").ok(),
        ..Observation::status(Fact::NotFound)
    };
    let odd = after(&asked(), &[reply(declined()), seen(other)]);
    check_dead(&odd, false);
    check_dead(&after(&odd, &[ask(Command::Acknowledge(note()))]), true);
}

#[test]
fn nothing_with_an_open_question_is_dead() {
    let refunding = after(&paid(), &[ask(refund("r1", ORDERED)), lost(), status(declined())]);
    let acknowledged = after(&refunding, &[ask(Command::Acknowledge(note()))]);
    check_dead(&acknowledged, false);
    check_dead(&after(&acknowledged, &[ask(give_up("r1"))]), true);
}

#[test]
fn money_is_never_acknowledged_away() {
    let late = after(&at_the_issuer(), &[ask(NEVER_CONFIRMED), status(Fact::Authorized)]);
    check_dead(&late, false);
    let acknowledged = after(&late, &[ask(Command::Acknowledge(note()))]);
    check_dead(&acknowledged, false);
    check(&acknowledged, PaymentStatus::Held);
    check(&after(&acknowledged, &[ask(void("v1")), reply(accepted("v1"))]), PaymentStatus::Voided);
}

#[test]
fn never_confirmed_ends_the_wait_for_the_payer_and_forbids_confirming() {
    check_may_close(&at_the_issuer(), NEVER_CONFIRMED, true);
    for story in [vec![], asked(), after(&at_the_issuer(), &[ask(Command::Confirm)]), held()] {
        check_may_close(&story, NEVER_CONFIRMED, false);
    }
    let (closed, now) = told(&after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]));
    assert_eq!(closed.state(), State::Closed(ClosedAs::NotExecuted));
    assert_eq!(closed.pending(), None);
    assert_eq!(closed.challenge(), None);
    assert_eq!(closed.decide(Command::Confirm, now), Err(Refusal::NotAwaitingPayer));
    assert_eq!(closed.decide(NEVER_CONFIRMED, now), Err(Refusal::NotDead));
}

#[test]
fn never_asked_ends_what_was_not_begun_and_forbids_beginning() {
    check_may_close(&[], NEVER_ASKED, true);
    check_may_close(&[status(Fact::NotFound)], NEVER_ASKED, true);
    let named = Observation {
        transaction: TransactionId::new("t1").ok(),
        ..Observation::status(Fact::InProgress)
    };
    for story in
        [asked(), vec![seen(named)], vec![status(Fact::Approved)], held(), vec![status(declined())]]
    {
        check_may_close(&story, NEVER_ASKED, false);
    }
    let (closed, now) = told(&[ask(NEVER_ASKED)]);
    check_dead(&[ask(NEVER_ASKED)], true);
    check(&[ask(NEVER_ASKED)], PaymentStatus::NotExecuted);
    assert_eq!(closed.decide(Command::Authorize, now), Err(Refusal::AlreadyAuthorized));
    assert_eq!(closed.decide(NEVER_ASKED, now), Err(Refusal::NotDead));
}

#[test]
fn abandoned_needs_not_found_for_the_whole_fence() {
    let minute = Duration::from_secs(60);
    let not_found = || status(Fact::NotFound);
    let unheard = after(&asked(), &[lost(), not_found()]);
    check_may_close(&after(&unheard, &[wait(DAY), not_found()]), abandon(DAY), true);
    check_may_close(&after(&unheard, &[wait(DAY - minute), not_found()]), abandon(DAY), false);
    check_may_close(
        &after(&unheard, &[wait(HOUR), not_found(), wait(DAY - HOUR), not_found()]),
        abandon(DAY),
        true,
    );
    check_may_close(&after(&asked(), &[lost(), wait(DAY), not_found()]), abandon(DAY), false);
    check_may_close(
        &after(&asked(), &[lost(), reply(Fact::NotFound), wait(DAY), reply(Fact::NotFound)]),
        abandon(DAY),
        false,
    );
}

#[test]
fn one_not_found_long_ago_is_no_fence() {
    let unheard = after(&asked(), &[lost(), status(Fact::NotFound), wait(DAY)]);
    check_may_close(&unheard, abandon(DAY), false);
    check_may_close(&after(&unheard, &[status(Fact::NotFound)]), abandon(DAY), true);
}

#[test]
fn a_late_not_found_does_not_shorten_what_was_heard() {
    let outwaited = after(&asked(), &[status(Fact::NotFound), wait(DAY), status(Fact::NotFound)]);
    let (payment, now) = told(&outwaited);
    let early = Event {
        at: told(&[wait(HOUR)]).1,
        kind: EventKind::Observed(Observation::status(Fact::NotFound)),
    };
    assert!(payment.apply(&early).decide(abandon(DAY), now).is_ok());
}

#[test]
fn any_other_word_breaks_the_fence() {
    for word in [
        lost(),
        status(Fact::InProgress),
        status(Fact::Other(StatusName::new("ODD"))),
        reply(unsure()),
    ] {
        let not_found = || status(Fact::NotFound);
        let broken = after(&asked(), &[lost(), not_found(), wait(DAY), not_found(), word]);
        check_may_close(&broken, abandon(DAY), false);
        check_may_close(
            &after(&broken, &[not_found(), wait(HOUR), not_found()]),
            abandon(DAY),
            false,
        );
        check_may_close(
            &after(&broken, &[not_found(), wait(DAY), not_found()]),
            abandon(DAY),
            true,
        );
    }
}

#[test]
fn the_fence_starts_after_the_ask_it_is_about() {
    let not_found = || status(Fact::NotFound);
    let early = after(&[not_found(), wait(DAY)], &asked());
    check_may_close(&early, abandon(DAY), false);
    check_may_close(&after(&early, &[not_found()]), abandon(DAY), false);
    let confirming =
        after(&at_the_issuer(), &[not_found(), wait(DAY), not_found(), ask(Command::Confirm)]);
    check_may_close(&confirming, abandon(DAY), false);
    check_may_close(
        &after(&confirming, &[not_found(), wait(DAY), not_found()]),
        abandon(DAY),
        true,
    );
}

#[test]
fn only_the_payment_is_abandoned_never_a_step() {
    let capturing = after(
        &held(),
        &[
            ask(capture("c1", ORDERED)),
            lost(),
            status(Fact::NotFound),
            wait(DAY),
            status(Fact::NotFound),
        ],
    );
    check_may_close(&capturing, abandon(DAY), false);
    check_may_close(
        &after(&held(), &[status(Fact::NotFound), wait(DAY), status(Fact::NotFound)]),
        abandon(DAY),
        false,
    );
}

#[test]
fn proof_that_nothing_left_is_void_once_the_bank_has_named_the_payment() {
    let named = Observation {
        transaction: TransactionId::new("t1").ok(),
        ..Observation::status(Fact::InProgress)
    };
    let never_left = late(EventKind::NotSent(Some(Question::Authorize)));
    for word in [seen(named), reply(Fact::Approved), reply(challenge())] {
        check_dead(&after(&asked(), &[word, never_left.clone()]), false);
    }
    check_dead(&after(&asked(), &[status(Fact::NotFound), never_left]), true);
}

#[test]
fn not_sent_of_nothing_ends_nothing() {
    check_dead(&[unsent()], false);
    check(&[unsent()], PaymentStatus::New);
    check(&after(&held(), &[unsent()]), PaymentStatus::Held);
    check(&after(&paid(), &[lost()]), PaymentStatus::Paid);
}
