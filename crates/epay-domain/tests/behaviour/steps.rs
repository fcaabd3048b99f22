//! Is the question answered? Each capture, void and refund is answered by its own word or by what the bank shows.

use crate::story::*;
use epay_domain::*;

const TEN: Money = Money::tiyn(10_00);
const TWENTY: Money = Money::tiyn(20_00);
const PART: Money = Money::tiyn(60_00);

/// What became of each step, in the order asked, and how much is known to be given back.
#[track_caller]
fn check_steps(story: &[Line], answers: &[(&str, StepStatus)], given_back: u64) {
    let payment = payment(story);
    let found: Vec<(&str, StepStatus)> =
        payment.steps().map(|(step, answer)| (step.id().as_str(), answer)).collect();
    assert_eq!(found, answers, "{story:#?}");
    for (name, answer) in answers {
        assert_eq!(payment.step(&step(name)).map(|(_, answer)| answer), Some(*answer));
    }
    let refunded = match payment.state() {
        State::Captured { refunded, .. } => refunded,
        _ => Some(Money::tiyn(0)),
    };
    assert_eq!(refunded, Some(Money::tiyn(given_back)), "{story:#?}");
    let open = answers.iter().any(|(_, answer)| *answer == StepStatus::Open);
    assert_eq!(payment.pending().is_some(), open, "{story:#?}");
}

use StepStatus::{Accepted, GivenUp, NotSent, Open, Refused, Superseded};

fn funds() -> StepStatus {
    Refused(Decline::from_code(484))
}

#[test]
fn a_capture_is_answered_by_its_word_or_by_the_money() {
    let capturing = after(&held(), &[ask(capture("c1", PART))]);
    for (then, answer) in [
        (lost(), Open),
        (status(Fact::Authorized), Open),
        (status(Fact::NotFound), Open),
        (reply(Fact::Approved), Open),
        (reply(accepted("other")), Open),
        (reply(accepted("c1")), Accepted),
        (status(captured(PART)), Accepted),
        (status(Fact::Captured { captured: None, refunded: Refunds::NotTold }), Accepted),
        (status(captured(ORDERED)), Superseded),
        (status(Fact::Voided(VoidReason::Lapsed)), Superseded),
        (status(declined()), Superseded),
        (reply(refused("c1", 484)), funds()),
        (reply(refused("c1", 477)), Open),
        (unsent(), NotSent),
    ] {
        check_steps(&after(&capturing, &[then]), &[("c1", answer)], 0);
    }
}

#[test]
fn a_void_is_answered_by_its_word_or_by_the_hold() {
    let voiding = after(&held(), &[ask(void("v1"))]);
    for (then, answer) in [
        (lost(), Open),
        (status(Fact::Authorized), Open),
        (reply(accepted("v1")), Accepted),
        (status(Fact::Voided(VoidReason::Requested)), Accepted),
        (status(Fact::Voided(VoidReason::Lapsed)), Accepted),
        (status(captured(ORDERED)), Superseded),
        (status(declined()), Superseded),
        (reply(refused("v1", 487)), Refused(Decline::from_code(487))),
        (unsent(), NotSent),
    ] {
        check_steps(&after(&voiding, &[then]), &[("v1", answer)], 0);
    }
    assert_eq!(
        payment(&after(&voiding, &[reply(accepted("v1"))])).state(),
        State::Voided(VoidReason::Requested)
    );
}

#[test]
fn a_refund_is_answered_by_its_word_or_by_a_total_that_covers_it() {
    let refunding = after(&paid(), &[ask(refund("r1", TEN))]);
    for (then, answer, given_back) in [
        (lost(), Open, 0),
        (status(captured(ORDERED)), Open, 0),
        (reply(captured(ORDERED)), Open, 0),
        (status(refunded(ORDERED, Money::tiyn(9_99))), Open, 9_99),
        (status(refunded(ORDERED, TEN)), Accepted, 10_00),
        (status(refunded(ORDERED, TWENTY)), Accepted, 20_00),
        (reply(accepted("r1")), Accepted, 10_00),
        (reply(refused("r1", 3141)), Refused(Decline::from_code(3141)), 0),
        (reply(refused("r1", 454)), Open, 0),
        (unsent(), NotSent, 0),
    ] {
        check_steps(&after(&refunding, &[then]), &[("r1", answer)], given_back);
    }
    let untold = Fact::Captured { captured: Some(ORDERED), refunded: Refunds::SumNotTold };
    assert!(payment(&after(&refunding, &[status(untold)])).pending().is_some());
}

#[test]
fn an_accepted_step_counts_once_however_often_it_is_told() {
    let story = after(
        &paid(),
        &[
            ask(refund("r1", TEN)),
            reply(accepted("r1")),
            reply(accepted("r1")),
            status(refunded(ORDERED, TEN)),
            reply(accepted("r1")),
        ],
    );
    check_steps(&story, &[("r1", Accepted)], 10_00);
}

#[test]
fn two_refunds_add_up_whichever_way_they_are_told() {
    let first = after(&paid(), &[ask(refund("r1", TEN)), reply(accepted("r1"))]);
    let second = after(&first, &[ask(refund("r2", TWENTY))]);
    check_steps(&second, &[("r1", Accepted), ("r2", Open)], 10_00);
    // A late total of the first alone does not answer the second.
    check_steps(
        &after(&second, &[status(refunded(ORDERED, TEN))]),
        &[("r1", Accepted), ("r2", Open)],
        10_00,
    );
    check_steps(
        &after(&second, &[status(refunded(ORDERED, TWENTY))]),
        &[("r1", Accepted), ("r2", Open)],
        20_00,
    );
    for word in [reply(accepted("r2")), status(refunded(ORDERED, Money::tiyn(30_00)))] {
        check_steps(&after(&second, &[word]), &[("r1", Accepted), ("r2", Accepted)], 30_00);
    }
}

#[test]
fn a_refund_made_elsewhere_is_the_baseline_of_the_next_one() {
    let elsewhere = after(&paid(), &[status(refunded(ORDERED, TWENTY)), ask(refund("r1", TEN))]);
    check_steps(&after(&elsewhere, &[status(refunded(ORDERED, TWENTY))]), &[("r1", Open)], 20_00);
    check_steps(&after(&elsewhere, &[reply(accepted("r1"))]), &[("r1", Accepted)], 30_00);
    check_steps(
        &after(&elsewhere, &[status(refunded(ORDERED, Money::tiyn(30_00)))]),
        &[("r1", Accepted)],
        30_00,
    );
}

#[test]
fn refunds_made_elsewhere_and_by_us_add_up() {
    let elsewhere = after(
        &paid(),
        &[status(refunded(ORDERED, TWENTY)), ask(refund("r1", TEN)), reply(accepted("r1"))],
    );
    check_steps(&elsewhere, &[("r1", Accepted)], 30_00);
    let again = after(&elsewhere, &[ask(refund("r2", TWENTY)), reply(accepted("r2"))]);
    check_steps(&again, &[("r1", Accepted), ("r2", Accepted)], 50_00);
}

#[test]
fn what_was_given_up_and_done_after_all_adds_up() {
    let story = after(
        &paid(),
        &[ask(refund("r1", TEN)), lost(), ask(give_up("r1")), ask(refund("r2", TWENTY))],
    );
    let both = after(&story, &[reply(accepted("r2")), reply(accepted("r1"))]);
    check_steps(&both, &[("r1", Accepted), ("r2", Accepted)], 30_00);
}

#[test]
fn what_was_given_up_counts_again_when_the_bank_speaks() {
    let given_up = after(&paid(), &[ask(refund("r1", TEN)), lost(), ask(give_up("r1"))]);
    check_steps(&given_up, &[("r1", GivenUp)], 0);
    check_steps(&after(&given_up, &[reply(accepted("r1"))]), &[("r1", Accepted)], 10_00);
    check_steps(&after(&given_up, &[status(refunded(ORDERED, TEN))]), &[("r1", Accepted)], 10_00);
    check_steps(&after(&given_up, &[reply(refused("r1", 484))]), &[("r1", funds())], 0);
    let never_left = late_not_sent(Question::Step(step("r1")), 1);
    check_steps(&after(&given_up, &[never_left]), &[("r1", NotSent)], 0);

    let capture_given_up = after(&held(), &[ask(capture("c1", PART)), lost(), ask(give_up("c1"))]);
    check(&capture_given_up, PaymentStatus::Held);
    check_steps(&after(&capture_given_up, &[status(captured(PART))]), &[("c1", Accepted)], 0);
}

#[test]
fn one_refund_at_the_bank_never_answers_two_of_ours() {
    let story = after(
        &paid(),
        &[ask(refund("r1", TEN)), lost(), ask(give_up("r1")), ask(refund("r2", TEN)), lost()],
    );
    check_steps(
        &after(&story, &[status(refunded(ORDERED, TEN))]),
        &[("r1", GivenUp), ("r2", Open)],
        10_00,
    );
    check_steps(
        &after(&story, &[status(refunded(ORDERED, TWENTY))]),
        &[("r1", Accepted), ("r2", Accepted)],
        20_00,
    );
    // The bank's word about the second leaves nothing in the total for the first.
    let second_only = after(&story, &[status(refunded(ORDERED, TEN)), reply(accepted("r2"))]);
    check_steps(&second_only, &[("r1", GivenUp), ("r2", Accepted)], 10_00);
    // And with the first refused or never sent, the total is about the second.
    let first_refused = after(&story, &[reply(refused("r1", 484)), status(refunded(ORDERED, TEN))]);
    check_steps(&first_refused, &[("r1", funds()), ("r2", Accepted)], 10_00);
}

#[test]
fn a_larger_refund_is_not_taken_for_the_smaller_one_that_was_given_up() {
    let given_up = after(&paid(), &[ask(refund("r1", TEN)), lost(), ask(give_up("r1"))]);
    let all = after(&given_up, &[ask(refund("r2", ORDERED)), lost()]);
    let shown = after(&all, &[status(refunded(ORDERED, ORDERED))]);
    check_steps(&shown, &[("r1", GivenUp), ("r2", Open)], 100_00);
}

#[test]
fn a_refund_that_was_shown_before_the_next_was_asked_stays_done() {
    let given_up = after(&paid(), &[ask(refund("r1", TEN)), lost(), ask(give_up("r1"))]);
    let shown = after(&given_up, &[status(refunded(ORDERED, TEN)), ask(refund("r2", TWENTY))]);
    check_steps(&shown, &[("r1", Accepted), ("r2", Open)], 10_00);
    let second = after(&shown, &[reply(accepted("r2"))]);
    check_steps(&second, &[("r1", Accepted), ("r2", Accepted)], 30_00);
}

#[test]
fn a_refund_that_was_given_up_is_shown_done_where_the_next_was_refused() {
    let given_up = after(&paid(), &[ask(refund("r1", TEN)), lost(), ask(give_up("r1"))]);
    let next = after(&given_up, &[ask(refund("r2", TEN)), reply(refused("r2", 484))]);
    let shown = after(&next, &[status(refunded(ORDERED, TEN))]);
    check_steps(&shown, &[("r1", Accepted), ("r2", funds())], 10_00);
}

#[test]
fn a_refund_that_waits_is_not_shown_done_by_what_another_process_was_told_is_done() {
    let both = [ask(refund("r1", TEN)), late(EventKind::Asked(refund("r2", TEN)))];
    let second = after(&after(&paid(), &both), &[reply(accepted("r2"))]);
    let shown = after(&second, &[status(refunded(ORDERED, TEN))]);
    check_steps(&shown, &[("r1", Open), ("r2", Accepted)], 10_00);
    let shown = after(&second, &[status(refunded(ORDERED, TWENTY))]);
    check_steps(&shown, &[("r1", Accepted), ("r2", Accepted)], 20_00);
    // Nor is either where nobody was told anything of one.
    let shown = after(&after(&paid(), &both), &[status(refunded(ORDERED, TEN))]);
    check_steps(&shown, &[("r1", Open), ("r2", Open)], 10_00);
}

#[test]
fn a_refund_that_was_given_up_is_not_shown_done_by_two_that_were_done_after_it() {
    let given_up = after(&paid(), &[ask(refund("r1", TEN)), lost(), ask(give_up("r1"))]);
    let two = ["r2", "r3"].map(|name| [ask(refund(name, TWENTY)), reply(accepted(name))]);
    let done = after(&given_up, &two.concat());
    let shown = after(&done, &[status(refunded(ORDERED, Money::tenge(40)))]);
    check_steps(&shown, &[("r1", GivenUp), ("r2", Accepted), ("r3", Accepted)], 40_00);
    let shown = after(&done, &[status(refunded(ORDERED, Money::tenge(50)))]);
    check_steps(&shown, &[("r1", Accepted), ("r2", Accepted), ("r3", Accepted)], 50_00);
}

#[test]
fn a_refund_that_never_left_and_is_asked_again_comes_after_what_was_asked_meanwhile() {
    let gone = after(&paid(), &[ask(refund("r1", TEN)), unsent()]);
    let given_up = after(&gone, &[ask(refund("r2", TEN)), lost(), ask(give_up("r2"))]);
    let again = after(&given_up, &[ask(refund("r1", TEN)), lost()]);
    let shown = after(&again, &[status(refunded(ORDERED, TEN))]);
    check_steps(&shown, &[("r2", GivenUp), ("r1", Open)], 10_00);
    let shown = after(&again, &[status(refunded(ORDERED, TWENTY))]);
    check_steps(&shown, &[("r2", Accepted), ("r1", Accepted)], 20_00);
}

#[test]
fn one_capture_at_the_bank_never_answers_two_captures_of_different_sums() {
    let again = [ask(give_up("c1")), ask(capture("c2", Money::tiyn(80_00))), lost()];
    let story = after(&after(&held(), &[ask(capture("c1", PART)), lost()]), &again);
    check_steps(
        &after(&story, &[status(captured(PART))]),
        &[("c1", Accepted), ("c2", Superseded)],
        0,
    );
    check_steps(
        &after(&story, &[status(captured(Money::tiyn(80_00)))]),
        &[("c1", Superseded), ("c2", Accepted)],
        0,
    );
    assert!(payment(&after(&story, &[status(captured(PART))])).contradictions().is_empty());
}

#[test]
fn the_banks_word_about_a_step_outlives_any_other() {
    let refunding = after(&paid(), &[ask(refund("r1", TEN))]);
    let never_left = late_not_sent(Question::Step(step("r1")), 1);
    let gave_up = late(EventKind::GivenUp(step("r1"), note()));
    for before in [never_left.clone(), gave_up, reply(refused("r1", 484))] {
        check_steps(
            &after(&refunding, &[before.clone(), reply(accepted("r1"))]),
            &[("r1", Accepted)],
            10_00,
        );
        check_steps(
            &after(&refunding, &[reply(accepted("r1")), before]),
            &[("r1", Accepted)],
            10_00,
        );
    }
    check_steps(
        &after(&refunding, &[reply(refused("r1", 484)), never_left]),
        &[("r1", funds())],
        0,
    );
}

#[test]
fn a_late_not_sent_or_silence_ends_only_its_own_step() {
    let start =
        [ask(refund("r1", TEN)), lost(), ask(give_up("r1")), ask(refund("r2", TWENTY)), lost()];
    let never_left = late_not_sent(Question::Step(step("r1")), 1);
    let story = after(&after(&paid(), &start), &[never_left]);
    check_steps(&story, &[("r1", NotSent), ("r2", Open)], 0);
    assert_eq!(payment(&story).pending().unwrap().question, Question::Step(step("r2")));

    let fresh = after(
        &paid(),
        &[ask(refund("r1", TEN)), lost(), ask(give_up("r1")), ask(refund("r2", TWENTY))],
    );
    let old_silence = late(EventKind::Unanswered(Some(Question::Step(step("r1")))));
    let not_found = after(&fresh, &not_found_for(1));
    for (silence, counted) in [
        (old_silence, Some(HOUR)),
        (late(EventKind::Unanswered(Some(Question::Step(step("r2"))))), None),
    ] {
        let pending = payment(&after(&not_found, &[silence])).pending().unwrap();
        assert_eq!(pending.not_found_for, counted);
    }
}

#[test]
fn a_refused_step_leaves_the_state_and_lets_the_next_one_through() {
    let story = after(&held(), &[ask(capture("c1", ORDERED)), reply(refused("c1", 487))]);
    check(&story, PaymentStatus::Held);
    check(&after(&story, &[ask(void("v1")), reply(accepted("v1"))]), PaymentStatus::Voided);
}

#[test]
fn a_step_is_pending_and_a_payment_unknown_until_it_is_answered() {
    let refunding = after(&paid(), &[ask(refund("r1", TEN)), lost()]);
    check(&refunding, PaymentStatus::Unknown);
    check(&after(&refunding, &[status(captured(ORDERED))]), PaymentStatus::Unknown);
    check(&after(&refunding, &[ask(give_up("r1"))]), PaymentStatus::Paid);
    let asked = payment(&refunding);
    let (step, _) = asked.steps().next().unwrap();
    assert_eq!((step.id().as_str(), step.kind()), ("r1", StepKind::Refund(TEN)));
}

#[test]
fn a_step_accepted_before_its_money_was_seen_proves_the_money() {
    // A capture that was accepted means taken; an accepted refund means it was taken once.
    let capturing = after(&held(), &[ask(capture("c1", PART)), reply(accepted("c1"))]);
    check(&capturing, PaymentStatus::Paid);
    check(
        &after(&capturing, &[ask(refund("r1", PART)), reply(accepted("r1"))]),
        PaymentStatus::Refunded,
    );
}

#[test]
fn money_is_given_back_by_a_status_or_by_a_person_who_looked_and_not_by_a_reply_alone() {
    let void = after(&held(), &[ask(void("v1")), reply(accepted("v1"))]);
    let released = status(Fact::Voided(VoidReason::Requested));
    let refund = after(&paid(), &[ask(refund("r1", ORDERED)), reply(accepted("r1"))]);
    let not_shown = after(&refund, &[status(captured(ORDERED)), ask(give_up("r1"))]);
    for (story, by_status) in [
        (held(), false),
        (void.clone(), false),
        (after(&void, &[released]), true),
        (refund.clone(), false),
        (after(&refund, &[status(refunded(ORDERED, ORDERED))]), true),
        (not_shown.clone(), false),
        (after(&not_shown, &[acknowledged()]), true),
    ] {
        assert_eq!(payment(&story).given_back_by_status(), by_status, "{story:#?}");
    }
}

#[test]
fn the_refund_that_was_accepted_is_awaited_and_not_a_later_one_that_was_refused() {
    let first = [ask(refund("r1", ORDERED)), lost(), ask(give_up("r1"))];
    let second = [ask(refund("r2", ORDERED)), reply(refused("r2", 484)), reply(accepted("r1"))];
    let story = after(&after(&paid(), &first), &second);
    check(&story, PaymentStatus::Refunded);
    let (payment, now) = told(&story);
    assert!(payment.decide(give_up("r1"), now).is_ok());
    assert_eq!(payment.decide(give_up("r2"), now), Err(Refusal::NothingToEnd));
}
