//! What a reply has accepted and no status shows is awaited, then a person's to look into, and they may
//! rule either way.

use crate::contradictions::check_up;
use crate::story::*;
use epay_domain::*;

const PART: Money = Money::tenge(60);

fn awaited(story: &[Line]) -> Option<StepId> {
    payment(story).step_awaited().map(|step| step.id().clone())
}

/// What asks for a step of a hold, what shows that it was done, its contradiction and how the payment
/// then stands.
fn of_a_hold() -> [(Command, Fact, &'static str, PaymentStatus); 3] {
    let released = Fact::Voided(VoidReason::Requested);
    let (capture_not_shown, paid) = ("capture_not_shown", PaymentStatus::Paid);
    [
        (capture("s1", ORDERED), captured(ORDERED), capture_not_shown, paid),
        (capture("s1", PART), captured(PART), capture_not_shown, paid),
        (void("s1"), released, "void_not_shown", PaymentStatus::Voided),
    ]
}

/// Held by a status, and the step that `wish` asks for accepted.
fn done(wish: &Command) -> Vec<Line> {
    let held = after(&asked(), &[status(Fact::Authorized)]);
    after(&held, &[ask(wish.clone()), reply(accepted("s1"))])
}

#[test]
fn a_capture_or_void_is_awaited_until_a_status_shows_it() {
    for (wish, shows, _, stands) in of_a_hold() {
        let done = done(&wish);
        for nothing in [Fact::Authorized, Fact::NotFound, Fact::InProgress] {
            let waiting = after(&done, &[status(nothing)]);
            check(&waiting, stands);
            assert!(!payment(&waiting).is_confirmed());
            assert_eq!(awaited(&waiting), Some(step("s1")));
        }
        let shown = after(&done, &[status(shows)]);
        check(&shown, stands);
        assert!(payment(&shown).confirmed_by_status());
        let (shown, now) = told(&shown);
        assert_eq!(shown.step_awaited(), None);
        assert_eq!(shown.decide(give_up("s1"), now), Err(Refusal::NothingToEnd));
    }
}

#[test]
fn it_is_up_once_the_wait_is_given_up_and_until_a_status_shows_it() {
    for (wish, shows, name, stands) in of_a_hold() {
        let waited = after(&done(&wish), &[status(Fact::Authorized), ask(give_up("s1"))]);
        check_up(&waited, &[name]);
        assert_eq!(awaited(&waited), None);
        assert_eq!(payment(&waited).payer_charged(), PayerCharged::NotKnownYet);
        assert!(payment(&waited).is_not_shown(&step("s1")));
        let (up, now) = told(&waited);
        for wish in [capture("s2", ORDERED), void("s2")] {
            assert_eq!(up.decide(wish, now), Err(Refusal::NotHeld));
        }
        let shown = after(&waited, &[status(shows)]);
        check(&shown, stands);
        assert!(!payment(&shown).is_not_shown(&step("s1")));
    }
}

#[test]
fn whoever_acknowledges_it_lets_the_reply_stand() {
    for (wish, _, _, stands) in of_a_hold() {
        let waited = after(&done(&wish), &[status(Fact::Authorized), ask(give_up("s1"))]);
        let looked = after(&waited, &[acknowledged()]);
        for story in [looked.clone(), after(&looked, &[status(Fact::Authorized)])] {
            check(&story, stands);
            assert!(payment(&story).is_confirmed() && !payment(&story).confirmed_by_status());
            assert!(!payment(&story).is_not_shown(&step("s1")));
        }
        assert_eq!(payment(&looked).given_back_by_status(), stands == PaymentStatus::Voided);
    }
}

#[test]
fn whoever_gives_it_up_then_says_that_it_was_not_done() {
    for (wish, shows, name, stands) in of_a_hold() {
        let waited = after(&done(&wish), &[status(Fact::Authorized), ask(give_up("s1"))]);
        for looked in [waited.clone(), after(&waited, &[acknowledged()])] {
            let ruled = after(&looked, &[ask(give_up("s1"))]);
            // The reply that was taken back counts no more, however often it comes.
            for story in [ruled.clone(), after(&ruled, &[reply(accepted("s1"))])] {
                check(&story, PaymentStatus::Held);
                let (held, now) = told(&story);
                assert_eq!(held.step(&step("s1")).unwrap().1, StepStatus::GivenUp);
                assert_eq!(held.decide(wish.clone(), now), Err(Refusal::StepUsed));
                check(&after(&story, &[status(shows.clone())]), stands);
            }
            let again = match &wish {
                Command::Capture(_, sum) => capture("s2", *sum),
                _ => void("s2"),
            };
            let again = after(&ruled, &[ask(again), reply(accepted("s2"))]);
            check(&again, stands);
            assert_eq!(awaited(&again), Some(step("s2")));
            check_up(&after(&again, &[ask(give_up("s2"))]), &[name]);
        }
    }
}

#[test]
fn a_step_that_never_left_and_was_accepted_is_not_asked_again_whatever_is_ruled() {
    let held = after(&asked(), &[status(Fact::Authorized)]);
    let story = after(&held, &[ask(void("s1")), unsent(), reply(accepted("s1"))]);
    let ruled = after(&story, &[ask(give_up("s1")), ask(give_up("s1"))]);
    let (ruled, now) = told(&ruled);
    assert!(ruled.decide(void("s1"), now).is_err());
}

#[test]
fn a_reply_that_another_reply_backs_is_not_taken_back_with_it() {
    let hold = after(&asked(), &[status(Fact::Authorized)]);
    let story = [
        ask(capture("s1", ORDERED)),
        lost(),
        ask(give_up("s1")),
        ask(capture("s2", ORDERED)),
        reply(accepted("s2")),
        reply(accepted("s1")),
        ask(give_up("s2")),
        ask(give_up("s2")),
    ];
    let story = after(&hold, &story);
    assert_eq!(awaited(&story), Some(step("s1")), "the first was accepted, too");
    check(&after(&story, &[ask(give_up("s1")), ask(give_up("s1"))]), PaymentStatus::Held);
}

#[test]
fn a_hold_that_lapses_although_a_reply_said_that_it_was_released_has_lapsed() {
    let lapsed = Fact::Voided(VoidReason::Lapsed);
    let story = after(&done(&void("s1")), &[status(lapsed)]);
    check(&story, PaymentStatus::Voided);
    assert_eq!(payment(&story).state(), State::Voided(VoidReason::Lapsed));
    assert_eq!(awaited(&story), None);
}

#[test]
fn a_refund_that_was_not_done_leaves_the_money_taken() {
    let all = after(&paid(), &[ask(refund("r1", ORDERED)), reply(accepted("r1"))]);
    let ruled = after(&all, &[status(captured(ORDERED)), ask(give_up("r1")), ask(give_up("r1"))]);
    check(&ruled, PaymentStatus::Paid);
    assert_eq!(payment(&ruled).refundable(), Some(ORDERED));
    let again = after(&ruled, &[ask(refund("r2", ORDERED)), reply(accepted("r2"))]);
    check(&again, PaymentStatus::Refunded);
    check_up(&after(&again, &[ask(give_up("r2"))]), &["refund_not_shown"]);
    check(&after(&again, &[status(refunded(ORDERED, ORDERED))]), PaymentStatus::Refunded);
}

#[test]
fn all_given_back_by_a_reply_and_shown_by_no_status_is_up_once_the_wait_is_given_up() {
    let untold = Fact::Captured { captured: Some(ORDERED), refunded: Refunds::SumNotTold };
    let some = refunded(ORDERED, Money::tenge(30));
    let all = after(&paid(), &[ask(refund("r1", ORDERED)), reply(accepted("r1"))]);
    for nothing in [captured(ORDERED), Fact::NotFound, some.clone()] {
        let waiting = after(&all, &[status(nothing)]);
        check_up(&waiting, &[]);
        assert_eq!(awaited(&waiting), Some(step("r1")));
        let waited = after(&waiting, &[ask(give_up("r1"))]);
        check_up(&waited, &["refund_not_shown"]);
        assert_eq!(payment(&waited).payer_charged(), PayerCharged::NotKnownYet);
        assert_eq!(awaited(&waited), None);
        // Whether a person has looked or not, what shows it ends it, and a part of it is news.
        let looked = after(&waited, &[acknowledged()]);
        check(&looked, PaymentStatus::Refunded);
        for shown in [refunded(ORDERED, ORDERED), untold.clone()] {
            check_up(&after(&waited, &[status(shown)]), &[]);
        }
        let more = status(refunded(ORDERED, Money::tenge(50)));
        check_up(&after(&looked, &[more]), &["refund_not_shown"]);
    }
    for shown in [refunded(ORDERED, ORDERED), untold] {
        let (shown, now) = told(&after(&all, &[status(shown)]));
        assert_eq!(shown.decide(give_up("r1"), now), Err(Refusal::NothingToEnd));
        assert!(shown.given_back_by_status());
    }
    let part = after(&paid(), &[ask(refund("r1", Money::tenge(99))), reply(accepted("r1"))]);
    assert_eq!(awaited(&part), None);
}
