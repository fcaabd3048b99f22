//! When is an attempt dead? Only with proof, for only then may the order be tried again.

use crate::story::*;
use epay_domain::*;

#[track_caller]
fn check_dead(story: &[Line], dead: bool) {
    let payment = payment(story);
    let proof = payment.dead();
    assert_eq!(proof.is_some(), dead, "{story:#?}");
    assert!(proof.is_none_or(|proof| proof.invoice() == payment.invoice()));
}

#[test]
fn what_is_dead() {
    check_dead(&after(&asked(), &[unsent()]), true);
    check_dead(&after(&asked(), &[reply(declined())]), true);
    check_dead(&after(&asked(), &[status(declined())]), true);
    check_dead(&after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]), true);
    check_dead(&after(&asked(), &[lost(), ask(by_person())]), true);
    check_dead(&after(&after(&asked(), &not_found_for(24)), &[ask(abandon(DAY))]), true);
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
    check_dead(&after(&at_the_issuer(), &[ask(Command::Confirm), unsent()]), false);
    check_dead(&after(&held(), &[ask(void("v1")), lost()]), false);
}

#[test]
fn nothing_contradicted_is_dead() {
    check_dead(&after(&asked(), &[reply(declined()), status(Fact::Authorized)]), false);
    check_dead(&after(&asked(), &[reply(captured(ORDERED)), status(declined())]), false);
    check_dead(&after(&at_the_issuer(), &[ask(NEVER_CONFIRMED), reply(Fact::Approved)]), false);
    let other = Observation {
        invoice: Some(BankText::new("999999")),
        ..Observation::status(Fact::NotFound)
    };
    let odd = after(&asked(), &[reply(declined()), seen(other)]);
    check_dead(&odd, false);
    check_dead(&after(&odd, &[acknowledged()]), true);
}

#[test]
fn nothing_with_an_open_question_is_dead() {
    let refunding = after(&paid(), &[ask(refund("r1", ORDERED)), lost(), status(declined())]);
    let acknowledged = after(&refunding, &[acknowledged()]);
    check_dead(&acknowledged, false);
    check_dead(&after(&acknowledged, &[ask(give_up("r1"))]), true);
}

#[test]
fn money_is_never_acknowledged_away() {
    let late = after(&at_the_issuer(), &[ask(NEVER_CONFIRMED), status(Fact::Authorized)]);
    check_dead(&late, false);
    let acknowledged = after(&late, &[acknowledged()]);
    check_dead(&acknowledged, false);
    check(&acknowledged, PaymentStatus::Held);
    check(&after(&acknowledged, &[ask(void("v1")), reply(accepted("v1"))]), PaymentStatus::Voided);
}

#[test]
fn proof_that_nothing_left_is_void_once_the_bank_has_named_the_payment() {
    let named = Observation {
        transaction: TransactionId::new("t1").ok(),
        ..Observation::status(Fact::InProgress)
    };
    let never_left = late_not_sent(Question::Authorize, 1);
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

#[test]
fn what_was_given_back_is_dead_only_once_the_shop_has_reopened_the_order() {
    let reopen = || ask(Command::Reopen(note()));
    for given_back in [
        after(&held(), &[status(Fact::Voided(VoidReason::Lapsed))]),
        after(
            &held(),
            &[ask(void("v1")), reply(accepted("v1")), status(Fact::Voided(VoidReason::Requested))],
        ),
        after(&paid(), &[status(refunded(ORDERED, ORDERED))]),
        after(&asked(), &[status(Fact::Verified)]),
    ] {
        check_dead(&given_back, false);
        check_dead(&after(&given_back, &[reopen()]), true);
        let late = after(&given_back, &[reopen(), status(declined())]);
        check_dead(&late, false);
    }
    for story in [
        vec![],
        asked(),
        held(),
        paid(),
        after(&asked(), &[reply(declined())]),
        after(&paid(), &[ask(refund("r1", ORDERED)), lost()]),
        after(&paid(), &[status(refunded(ORDERED, ORDERED)), status(declined())]),
    ] {
        let (payment, now) = told(&story);
        assert_eq!(payment.decide(Command::Reopen(note()), now), Err(Refusal::NotDead));
    }
}
