//! Where a payment stands: each status is reached by facts, and doubt is never read as an end.

use crate::story::*;
use epay_domain::*;

#[test]
fn each_standing_has_its_story() {
    check(&[], PaymentStatus::New);
    check(&asked(), PaymentStatus::Unknown);
    check(&after(&asked(), &[lost()]), PaymentStatus::Unknown);
    check(&at_the_issuer(), PaymentStatus::AwaitingPayer);
    check(&held(), PaymentStatus::Held);
    check(&paid(), PaymentStatus::Paid);
    check(&after(&paid(), &[status(refunded(ORDERED, ORDERED))]), PaymentStatus::Refunded);
    check(&after(&held(), &[status(Fact::Voided(VoidReason::Lapsed))]), PaymentStatus::Voided);
    check(&after(&asked(), &[reply(declined())]), PaymentStatus::Declined);
    check(&after(&asked(), &[reply(Fact::Verified)]), PaymentStatus::Verified);
    check(&after(&asked(), &[unsent()]), PaymentStatus::NotExecuted);
    let abandoned =
        [lost(), status(Fact::NotFound), wait(DAY), status(Fact::NotFound), ask(abandon(DAY))];
    check(&after(&asked(), &abandoned), PaymentStatus::Abandoned);
    check(&after(&paid(), &[status(declined())]), PaymentStatus::Disputed);
}

#[test]
fn what_is_no_answer_leaves_it_unknown() {
    for fact in [
        Fact::Approved,
        Fact::InProgress,
        Fact::NotFound,
        Fact::Other(StatusName::new("ODD")),
        unsure(),
    ] {
        for line in [reply(fact.clone()), status(fact.clone())] {
            check(&after(&asked(), &[line]), PaymentStatus::Unknown);
        }
    }
}

#[test]
fn a_not_found_never_ends_the_question() {
    let story = after(&asked(), &[lost(), status(Fact::NotFound)]);
    let pending = payment(&story).pending().unwrap();
    assert_eq!(pending.question, Question::Authorize);
    assert!(matches!(pending.doubt, Doubt::NotFound { since, last } if since == last));
    check(&after(&story, &[status(Fact::Authorized)]), PaymentStatus::Held);
}

#[test]
fn an_approval_waits_for_a_status_to_tell_the_stage() {
    let approved = after(&asked(), &[reply(Fact::Approved)]);
    assert_eq!(payment(&approved).state(), State::New);
    check(&after(&approved, &[status(Fact::Authorized)]), PaymentStatus::Held);
    check(&after(&approved, &[status(captured(ORDERED))]), PaymentStatus::Paid);
}

#[test]
fn three_d_secure_waits_for_the_payer_and_then_for_the_bank() {
    let shown = payment(&at_the_issuer());
    assert_eq!(shown.pending().unwrap().waits_for, WaitsFor::Payer);
    assert_eq!(shown.challenge().unwrap().md, "m");

    let confirming = after(&at_the_issuer(), &[ask(Command::Confirm)]);
    let confirmed = payment(&confirming);
    assert_eq!(confirmed.pending().unwrap().question, Question::Confirm);
    assert_eq!(confirmed.pending().unwrap().waits_for, WaitsFor::Bank);
    assert_eq!(confirmed.challenge(), None);

    check(&after(&confirming, &[lost(), status(Fact::Authorized)]), PaymentStatus::Held);
    check(&after(&confirming, &[reply(declined())]), PaymentStatus::Declined);
    check(&after(&confirming, &[unsent()]), PaymentStatus::NotExecuted);
}

#[test]
fn a_capture_whose_sum_nobody_told_is_not_paid() {
    let untold = Fact::Captured { captured: None, refunded: Refunds::NotTold };
    let story = after(&asked(), &[status(untold)]);
    check(&story, PaymentStatus::Unknown);
    check(&after(&story, &[status(captured(ORDERED))]), PaymentStatus::Paid);
}

#[test]
fn a_refund_whose_sum_nobody_told_is_neither_paid_nor_refunded() {
    let untold = Fact::Captured { captured: Some(ORDERED), refunded: Refunds::SumNotTold };
    let story = after(&paid(), &[status(untold)]);
    check(&story, PaymentStatus::Unknown);
    assert_eq!(
        payment(&story).state(),
        State::Captured { captured: Some(ORDERED), refunded: None }
    );
    check(&after(&story, &[status(refunded(ORDERED, Money::kzt(40_00)))]), PaymentStatus::Paid);
}

#[test]
fn it_is_paid_until_all_of_it_is_given_back() {
    check(&after(&paid(), &[status(refunded(ORDERED, Money::kzt(99_99)))]), PaymentStatus::Paid);
    check(&after(&paid(), &[status(refunded(ORDERED, ORDERED))]), PaymentStatus::Refunded);
}

#[test]
fn a_silence_belongs_to_its_own_question() {
    let late_silence = late(EventKind::Unanswered(Some(Question::Authorize)));
    let confirming = after(&at_the_issuer(), &[ask(Command::Confirm), late_silence]);
    assert_eq!(payment(&confirming).pending().unwrap().doubt, Doubt::No);
    let unanswered = after(&at_the_issuer(), &[ask(Command::Confirm), lost()]);
    assert_eq!(payment(&unanswered).pending().unwrap().doubt, Doubt::Unanswered);
}

#[test]
fn pending_says_since_when() {
    let (asked_at, later) = (told(&[]).1, told(&[wait(HOUR)]).1);
    assert_eq!(payment(&asked()).pending().unwrap().since, asked_at);
    let confirming = after(&at_the_issuer(), &[wait(HOUR), ask(Command::Confirm)]);
    assert_eq!(payment(&confirming).pending().unwrap().since, later);
    let capturing = after(&held(), &[wait(HOUR), ask(capture("c1", ORDERED))]);
    assert_eq!(payment(&capturing).pending().unwrap().since, later);
}

#[test]
fn it_tells_when_it_was_asked_and_whether_the_status_has_confirmed_it() {
    assert_eq!(opened().asked_at(), None);
    assert_eq!(payment(&after(&asked(), &[wait(HOUR), lost()])).asked_at(), Some(told(&[]).1));
    for (story, confirmed) in [
        (vec![], false),
        (asked(), false),
        (after(&asked(), &[status(Fact::NotFound)]), false),
        (held(), false),
        (after(&held(), &[status(Fact::Authorized)]), true),
        (after(&paid(), &[status(Fact::Authorized)]), false),
        (after(&held(), &[status(captured(ORDERED))]), true),
        (after(&paid(), &[status(declined())]), true),
    ] {
        assert_eq!(payment(&story).confirmed_by_status(), confirmed, "{story:#?}");
    }
}

#[test]
fn every_standing_says_something_else() {
    use PaymentStatus::*;
    let all = [
        New,
        AwaitingPayer,
        Unknown,
        Held,
        Paid,
        Refunded,
        Voided,
        Declined,
        Verified,
        NotExecuted,
        Abandoned,
        Disputed,
    ];
    let words: std::collections::BTreeSet<String> =
        all.iter().map(PaymentStatus::to_string).collect();
    assert_eq!(words.len(), all.len());
    assert_eq!(AwaitingPayer.to_string(), "awaiting payer");
}
