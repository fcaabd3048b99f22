//! What provably never left is as if never asked; what may have left is never asked again.

use crate::contradictions::check_up;
use crate::story::*;
use core::time::Duration;
use epay_domain::*;

const TEN: Money = Money::tenge(10);

fn refunding() -> Vec<Line> {
    after(&paid(), &[ask(refund("r1", TEN))])
}

fn r1() -> Question {
    Question::Step(step("r1"))
}

fn status_of(story: &[Line], name: &str) -> StepStatus {
    payment(story).step(&step(name)).unwrap().1
}

#[test]
fn a_step_that_never_left_keeps_its_name_for_the_same_kind_and_sum() {
    let unsent = after(&refunding(), &[unsent()]);
    assert_eq!(status_of(&unsent, "r1"), StepStatus::NotSent);
    check(&unsent, PaymentStatus::Paid);
    let again = after(&unsent, &[ask(refund("r1", TEN))]);
    assert_eq!(status_of(&again, "r1"), StepStatus::Open);
    assert_eq!(payment(&again).steps().count(), 1);
    assert_eq!(status_of(&after(&again, &[reply(accepted("r1"))]), "r1"), StepStatus::Accepted);
    assert_eq!(status_of(&after(&again, &[lost()]), "r1"), StepStatus::Open);

    let (payment, now) = told(&unsent);
    for other in [refund("r1", Money::tenge(20)), stated("r1", Money::tenge(20)), void("r1")] {
        assert_eq!(payment.decide(other, now), Err(Refusal::StepUsed));
    }
    // Whatever was given up and is then shown never to have left is free as well.
    let given_up = after(&refunding(), &[lost(), ask(give_up("r1")), late_not_sent(r1(), 1)]);
    assert!(told(&given_up).0.decide(refund("r1", TEN), now).is_ok());
}

#[test]
fn another_process_that_asks_late_asks_nothing_anew_but_what_never_left() {
    let late_ask = [wait(HOUR), late(EventKind::Asked(refund("r1", TEN)))];
    let since = |story: &[Line]| {
        let (payment, now) = told(story);
        let (step, status) = payment.steps().next().unwrap();
        (status, now.since(step.since()))
    };
    for (before, status) in [
        (vec![lost()], StepStatus::Open),
        (vec![lost(), ask(give_up("r1"))], StepStatus::GivenUp),
        (vec![reply(accepted("r1"))], StepStatus::Accepted),
        // Two processes heard of one ask, and the bank's word counts.
        (
            vec![reply(refused("r1", 484)), late_not_sent(r1(), 1)],
            StepStatus::Refused(Decline::from_code(484)),
        ),
    ] {
        let story = after(&after(&refunding(), &before), &late_ask);
        assert_eq!(since(&story), (status, HOUR), "{story:#?}");
    }
    let never_left = after(&after(&refunding(), &[unsent()]), &late_ask);
    assert_eq!(since(&never_left), (StepStatus::Open, core::time::Duration::ZERO));
}

#[test]
fn the_proof_about_one_ask_says_nothing_of_the_next() {
    let second = after(&refunding(), &[unsent(), ask(refund("r1", TEN))]);
    for late in [late_not_sent(r1(), 1), late_not_sent(r1(), 0)] {
        assert_eq!(status_of(&after(&second, &[late]), "r1"), StepStatus::Open);
    }
    assert_eq!(status_of(&after(&second, &[late_not_sent(r1(), 2)]), "r1"), StepStatus::NotSent);
    let (payment, now) = told(&after(&second, &[late_not_sent(r1(), 1), lost()]));
    assert_eq!(payment.decide(refund("r1", TEN), now), Err(Refusal::StepUsed));

    let confirming = after(&at_the_issuer(), &[ask(Command::Confirm), unsent()]);
    let again = after(&confirming, &[ask(Command::Confirm)]);
    let stale = after(&again, &[late_not_sent(Question::Confirm, 1)]);
    assert_eq!(payment_question(&stale), Some(Question::Confirm));
    // Proof about an ask that was never made is no proof of the first.
    let early = after(&refunding(), &[unsent(), late_not_sent(r1(), 7), ask(refund("r1", TEN))]);
    assert_eq!(status_of(&early, "r1"), StepStatus::Open);
}

fn payment_question(story: &[Line]) -> Option<Question> {
    payment(story).pending().map(|pending| pending.question)
}

#[test]
fn a_confirm_that_never_left_can_be_handed_in_again() {
    let unsent = after(&at_the_issuer(), &[ask(Command::Confirm), unsent()]);
    check(&unsent, PaymentStatus::AwaitingPayer);
    assert!(payment(&unsent).challenge().is_some());
    let again = after(&unsent, &[ask(Command::Confirm), lost()]);
    check(&again, PaymentStatus::Unknown);
    let (payment, now) = told(&again);
    assert_eq!(payment.decide(Command::Confirm, now), Err(Refusal::NotAwaitingPayer));
    check(&after(&unsent, &[ask(NEVER_CONFIRMED)]), PaymentStatus::NotExecuted);
}

#[test]
fn an_authorize_that_never_left_ends_its_number() {
    let unsent = after(&asked(), &[unsent()]);
    check(&unsent, PaymentStatus::NotExecuted);
    let (payment, now) = told(&unsent);
    assert_eq!(payment.decide(Command::Authorize, now), Err(Refusal::AlreadyAuthorized));
    assert!(payment.dead().is_some());
}

#[test]
fn an_effect_all_the_same_is_a_contradiction() {
    let requested = Fact::Voided(VoidReason::Requested);
    let part = Money::tenge(60);
    for (story, effect, status_then) in [
        (after(&asked(), &[unsent()]), Fact::Authorized, PaymentStatus::Held),
        (after(&asked(), &[unsent()]), Fact::Approved, PaymentStatus::Unknown),
        (
            after(&at_the_issuer(), &[ask(Command::Confirm), unsent()]),
            Fact::Authorized,
            PaymentStatus::Held,
        ),
        (
            after(&held(), &[ask(capture("c1", ORDERED)), unsent()]),
            captured(ORDERED),
            PaymentStatus::Paid,
        ),
        (after(&held(), &[ask(void("v1")), unsent()]), requested.clone(), PaymentStatus::Voided),
        (after(&refunding(), &[unsent()]), refunded(ORDERED, TEN), PaymentStatus::Paid),
        (after(&refunding(), &[unsent()]), accepted("r1"), PaymentStatus::Paid),
    ] {
        let up = after(&story, &[status(effect)]);
        check_up(&up, &["sent_after_all"]);
        assert_eq!(payment(&up).payer_charged(), PayerCharged::NotKnownYet);
        check(&after(&up, &[acknowledged()]), status_then);
    }
    // No effect of it: another sum, a lapse, somebody else's refund that is too small, another step of ours.
    for (story, fact) in [
        (after(&held(), &[ask(void("v1")), unsent()]), Fact::Voided(VoidReason::Lapsed)),
        (after(&refunding(), &[unsent()]), refunded(ORDERED, Money::tenge(9))),
        (
            after(&held(), &[ask(capture("c1", part)), unsent(), ask(capture("c2", part))]),
            captured(part),
        ),
        (after(&held(), &[ask(void("v1")), unsent(), ask(void("v2"))]), requested),
        (after(&refunding(), &[unsent(), ask(refund("r2", TEN)), lost()]), refunded(ORDERED, TEN)),
    ] {
        check_up(&after(&story, &[status(fact)]), &[]);
    }
}

#[test]
fn a_capture_that_was_accepted_all_the_same_accounts_for_its_sum() {
    let part = Money::tenge(60);
    let accepted = [ask(capture("c1", part)), unsent(), reply(accepted("c1"))];
    let told = after(&after(&held(), &accepted), &[status(captured(part))]);
    check_up(&told, &["sent_after_all"]);
}

#[test]
fn what_had_an_effect_is_not_asked_again_even_once_a_person_has_looked() {
    let effect = after(&refunding(), &[unsent(), status(refunded(ORDERED, TEN))]);
    let (up, now) = told(&effect);
    assert_eq!(up.decide(refund("r1", TEN), now), Err(Refusal::Contradicted));
    let (seen, now) = told(&after(&effect, &[acknowledged()]));
    assert_eq!(seen.decide(refund("r1", TEN), now), Err(Refusal::StepUsed));
    assert!(seen.decide(refund("r2", TEN), now).is_ok());
}

#[test]
fn a_refund_that_was_given_up_accounts_for_its_own_sum_and_not_for_a_later_one() {
    let given_up = after(&refunding(), &[lost(), ask(give_up("r1"))]);
    let second = after(&given_up, &[wait(HOUR), ask(refund("r2", TEN)), unsent()]);
    check_up(&after(&second, &[status(refunded(ORDERED, TEN))]), &[]);
    let both = status(refunded(ORDERED, Money::tenge(20)));
    check_up(&after(&second, &[both]), &["sent_after_all"]);
}

#[test]
fn what_was_given_up_before_an_ask_that_never_left_may_be_what_came_since() {
    let by_others = status(refunded(ORDERED, Money::tenge(30)));
    let given_up = [by_others, ask(refund("r1", TEN)), lost(), ask(give_up("r1"))];
    let second = after(&after(&paid(), &given_up), &[ask(refund("r2", TEN)), unsent()]);
    check_up(&after(&second, &[status(refunded(ORDERED, Money::tenge(40)))]), &[]);
    let both = status(refunded(ORDERED, Money::tenge(50)));
    check_up(&after(&second, &[both]), &["sent_after_all"]);
}

#[test]
fn what_was_given_back_before_an_ask_that_never_left_counts_once() {
    let twenty = Money::tenge(20);
    let by_others = [status(refunded(ORDERED, twenty)), ask(refund("r1", TEN)), unsent()];
    let ours = [ask(refund("r2", TEN)), reply(accepted("r2"))];
    let elsewhere = after(&after(&paid(), &by_others), &ours);
    check_up(&after(&elsewhere, &[status(refunded(ORDERED, Money::tenge(30)))]), &[]);
    let effect = status(refunded(ORDERED, Money::tenge(40)));
    check_up(&after(&elsewhere, &[effect]), &["sent_after_all"]);

    // What came before is told by the log, however the clock was set meanwhile.
    for clock in [wait(HOUR), wait(Duration::ZERO), clock_back(HOUR)] {
        let ours_first = [ask(refund("r0", TEN)), reply(accepted("r0")), clock];
        let then = [ask(refund("r1", TEN)), unsent()];
        let second = after(&after(&paid(), &ours_first), &then);
        check_up(&after(&second, &[status(refunded(ORDERED, TEN))]), &[]);
        check_up(&after(&second, &[status(refunded(ORDERED, twenty))]), &["sent_after_all"]);
    }
}

#[test]
fn what_was_given_back_after_an_ask_that_never_left_is_not_in_what_was_before() {
    let twenty = Money::tenge(20);
    for clock in [wait(HOUR), wait(Duration::ZERO), clock_back(HOUR)] {
        let by_others = [status(refunded(ORDERED, TEN)), ask(refund("r1", TEN)), unsent(), clock];
        let ours = [ask(refund("r2", TEN)), reply(accepted("r2"))];
        let story = after(&after(&paid(), &by_others), &ours);
        check_up(&after(&story, &[status(refunded(ORDERED, twenty))]), &[]);
        let effect = status(refunded(ORDERED, Money::tenge(30)));
        check_up(&after(&story, &[effect]), &["sent_after_all"]);
    }
}

#[test]
fn a_stated_refund_that_never_left_may_be_asked_again_after_a_capture_of_zero() {
    let captured =
        Fact::Captured { captured: Some(Money::tenge(0)), refunded: Refunds::SumNotTold };
    let story = after(&asked(), &[reply(captured), ask(stated("r1", TEN)), unsent()]);
    let (payment, now) = told(&story);
    assert!(payment.decide(stated("r1", TEN), now).is_ok());
}
