//! Which operation is ours is never decided by arrival, and never by us.

use crate::contradictions::check_up;
use crate::story::*;
use epay_domain::*;

fn status_of(id: &str, fact: Fact) -> Line {
    named(id, Observation::status(fact))
}

fn reply_of(id: &str, fact: Fact) -> Line {
    named(id, Observation::reply(fact))
}

fn foreign(id: &str, fact: Fact) -> Line {
    named(id, Observation { origin: Origin::Other, ..Observation::status(fact) })
}

fn chosen(story: &[Line]) -> Option<String> {
    payment(story).transaction().map(ToString::to_string)
}

#[test]
fn one_name_is_ours_whoever_tells_it_and_of_two_none_is() {
    for (lines, expected) in [
        (vec![reply_of("t1", Fact::Authorized)], Some("t1")),
        (vec![status_of("t1", Fact::Authorized)], Some("t1")),
        (vec![status_of("t1", Fact::NotFound)], Some("t1")),
        (vec![reply_of("t1", Fact::Approved), status_of("t2", Fact::Authorized)], Some("t2")),
        (vec![status_of("t1", Fact::Authorized), status_of("t2", Fact::Authorized)], None),
        (vec![reply_of("t1", Fact::Authorized), reply_of("t2", Fact::Authorized)], None),
        (vec![status_of("t1", Fact::Authorized), foreign("t2", captured(ORDERED))], Some("t1")),
        (vec![foreign("t2", captured(ORDERED))], None),
    ] {
        let backward: Vec<Line> = lines.iter().rev().cloned().collect();
        for order in [lines, backward] {
            assert_eq!(chosen(&after(&asked(), &order)).as_deref(), expected, "{order:#?}");
        }
    }
}

#[test]
fn no_step_is_sent_while_two_are_known_and_unjudged() {
    let two =
        after(&asked(), &[status_of("t1", captured(ORDERED)), status_of("t2", captured(ORDERED))]);
    let hold =
        after(&asked(), &[status_of("t1", Fact::Authorized), status_of("t2", Fact::Authorized)]);
    for (story, wish) in [
        (&two, refund("r1", ORDERED)),
        (&two, stated("r1", ORDERED)),
        (&hold, void("v1")),
        (&hold, capture("c1", ORDERED)),
    ] {
        let (payment, now) = told(story);
        assert_eq!(payment.decide(wish.clone(), now), Err(Refusal::TransactionUnclear));
        let acknowledge = Command::Acknowledge(payment.contradictions(), note());
        assert_eq!(payment.decide(acknowledge, now), Err(Refusal::TransactionUnclear));
        let (payment, now) = told(&after(story, &[choose("t2")]));
        let granted = payment.decide(wish.clone(), now);
        assert_eq!(granted.is_ok(), !matches!(wish, Command::RefundStated(..)), "{granted:?}");
    }
}

#[test]
fn a_choice_decides_and_a_name_that_comes_later_is_up_again() {
    let two = after(&asked(), &[status_of("t1", declined()), status_of("t2", captured(ORDERED))]);
    check_up(&two, &["declined_yet_moved", "two_transactions"]);
    let first = after(&two, &[choose("t1")]);
    check_up(&first, &[]);
    check(&first, PaymentStatus::Declined);
    let second = after(&two, &[choose("t2")]);
    check(&second, PaymentStatus::Paid);
    assert_eq!(chosen(&second).as_deref(), Some("t2"));
    // A person may have been wrong.
    check(&after(&second, &[choose("t1")]), PaymentStatus::Declined);

    for id in ["t3", "t4"] {
        let later = after(&second, &[status_of(id, captured(ORDERED))]);
        check_up(&later, &["two_transactions"]);
        assert_eq!(chosen(&later).as_deref(), Some("t2"));
        check(&after(&later, &[choose("t2")]), PaymentStatus::Paid);
    }
    let third = after(&second, &[status_of("t3", Fact::Authorized), choose("t2")]);
    check_up(&after(&third, &[status_of("t4", Fact::Authorized)]), &["two_transactions"]);
}

#[test]
fn an_operation_that_says_it_is_anothers_teaches_nothing_until_it_is_chosen() {
    for fact in [captured(ORDERED), Fact::Authorized, declined(), Fact::Approved, challenge()] {
        let story = after(&asked(), &[foreign("t2", fact.clone())]);
        check_up(&story, &["not_ours"]);
        let payment = payment(&story);
        assert_eq!((payment.state(), payment.transaction()), (State::New, None), "{fact:?}");
        assert_eq!(payment.challenge(), None, "{fact:?}");
        assert_eq!(payment.payer_charged(), PayerCharged::NotKnownYet);
        check(&after(&story, &[acknowledged()]), PaymentStatus::Unknown);
    }
    let story = after(&asked(), &[foreign("t2", captured(ORDERED))]);
    check(&after(&story, &[choose("t2")]), PaymentStatus::Paid);
    // Acknowledged as another's, and chosen all the same; or chosen, and taken back.
    check(&after(&story, &[acknowledged(), choose("t2")]), PaymentStatus::Paid);
    let later = after(&story, &[choose("t2"), status_of("t1", Fact::InProgress)]);
    check_up(&later, &["two_transactions"]);
    let both = after(&story, &[status_of("t1", declined()), choose("t2"), choose("t1")]);
    check(&after(&both, &[acknowledged()]), PaymentStatus::Declined);
}

#[test]
fn another_s_word_ends_no_wait_of_ours() {
    let refunding = after(&paid(), &[ask(refund("r1", ORDERED)), lost()]);
    let story = after(&refunding, &[foreign("t2", accepted("r1"))]);
    assert_eq!(payment(&story).step(&step("r1")).unwrap().1, StepStatus::Open);
    let not_found = after(&after(&asked(), &not_found_for(2)), &[foreign("t2", declined())]);
    assert_eq!(payment(&not_found).pending().unwrap().not_found_for, Some(2 * HOUR));
    // And what names no operation can't be chosen.
    let nameless =
        seen(Observation { origin: Origin::Other, ..Observation::status(captured(ORDERED)) });
    let story = after(&asked(), &[nameless]);
    check_up(&story, &["not_ours"]);
    assert_eq!(payment(&story).state(), State::New);
}

#[test]
fn a_status_of_another_invoice_does_not_end_the_wait() {
    let other =
        Observation { invoice: Some(BankText::new("A-17")), ..Observation::status(declined()) };
    let story = after(&after(&asked(), &not_found_for(2)), &[seen(other)]);
    check_up(&story, &["other_invoice"]);
    assert_eq!(payment(&story).pending().unwrap().not_found_for, Some(2 * HOUR));
    let (payment, now) = told(&after(&story, &[acknowledged()]));
    assert!(payment.decide(abandon(2 * HOUR), now).is_ok());
}

#[test]
fn after_a_choice_the_payer_is_shown_the_form_of_the_chosen_one() {
    let form = |md: &str| {
        let (action, pa_req) = ("https://acs.example/".into(), "p".into());
        Fact::ThreeDsRequired(Challenge { action, pa_req, md: md.into() })
    };
    let two = after(&asked(), &[reply_of("t1", form("m1")), status_of("t2", form("m2"))]);
    for (id, md) in [("t1", "m1"), ("t2", "m2")] {
        assert_eq!(payment(&after(&two, &[choose(id)])).challenge().unwrap().md, md);
    }
}

#[test]
fn only_what_was_named_and_is_in_question_can_be_chosen() {
    let one = after(&asked(), &[status_of("t1", Fact::Authorized)]);
    let two = after(&one, &[status_of("t2", Fact::Authorized)]);
    for (story, id, granted) in
        [(&one, "t1", false), (&two, "t1", true), (&two, "t2", true), (&two, "t3", false)]
    {
        let (payment, now) = told(story);
        let choice = payment.decide(Command::ChooseTransaction(transaction(id), note()), now);
        assert_eq!(choice.err(), (!granted).then_some(Refusal::NothingToEnd), "{id}");
    }
}

#[test]
fn what_was_ours_stays_known_when_it_says_that_it_is_anothers() {
    let ours = Observation { origin: Origin::Ours, ..Observation::status(captured(ORDERED)) };
    let lines = [named("t1", ours), foreign("t1", captured(ORDERED))];
    for order in [lines.clone(), [lines[1].clone(), lines[0].clone()]] {
        let payment = payment(&after(&asked(), &order));
        assert_eq!(payment.payer_charged(), PayerCharged::Yes);
        assert_eq!(payment.status(), PaymentStatus::Disputed);
        let closed = payment
            .decide(Command::Close(CloseReason::ByPerson(note())), payment.heard_at().unwrap());
        assert_eq!(closed, Err(Refusal::NotDead));
    }
}
