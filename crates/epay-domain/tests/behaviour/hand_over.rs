//! The payer pays at the bank's form: what the bank says while they still can is not its last word.

use crate::contradictions::check_up;
use crate::story::*;
use core::time::Duration;
use epay_domain::*;

const LIFE: Duration = Duration::from_secs(20 * 60);
/// When every story begins.
const START: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

/// Handed over, with a token that lives from then on.
fn handed_over() -> Vec<Line> {
    vec![ask(Command::HandOver { until: START + LIFE })]
}

/// The same once nobody can pay any more.
fn over() -> Vec<Line> {
    after(&handed_over(), &[wait(LIFE)])
}

fn of(id: &str, fact: Fact) -> Line {
    named(id, Observation::status(fact))
}

fn waits_for(story: &[Line]) -> WaitsFor {
    payment(story).pending().unwrap().waits_for
}

#[test]
fn it_waits_for_the_payer_and_is_asked_in_no_other_way() {
    let (payment, now) = told(&handed_over());
    assert_eq!(payment.status(), PaymentStatus::AwaitingPayer);
    assert_eq!(payment.asked_at(), Some(START));
    let answer = payment.answer(FulfilOn::Status);
    assert_eq!(answer.next_call, NextCall::HandOver);
    assert_eq!(answer.payer_charged, PayerCharged::NotKnownYet);
    for (wish, refusal) in [
        (Command::Authorize, Refusal::AlreadyAuthorized),
        (Command::Confirm, Refusal::NotAwaitingPayer),
        (NEVER_ASKED, Refusal::NotDead),
        (NEVER_CONFIRMED, Refusal::NotDead),
        (abandon(Duration::ZERO), Refusal::NotDead),
    ] {
        assert_eq!(payment.decide(wish, now), Err(refusal));
    }
    assert!(payment.decide(by_person(), now).is_ok());
}

#[test]
fn it_is_handed_over_again_and_never_for_less_time() {
    let hand =
        |minutes: u64| ask(Command::HandOver { until: START + Duration::from_secs(60 * minutes) });
    let again = payment(&after(&handed_over(), &[wait(LIFE), hand(45), hand(5)]));
    assert_eq!(again.handed_over_until(), Some(START + Duration::from_secs(45 * 60)));
    let pending = again.pending().unwrap();
    assert_eq!((pending.question, pending.since), (Question::HandOver, START + LIFE));
    assert_eq!(again.asked_at(), Some(START));
}

#[test]
fn what_was_asked_or_is_over_is_not_handed_over() {
    let wish = || Command::HandOver { until: START + LIFE };
    let elsewhere = |fact| after(&handed_over(), &[of("t1", fact)]);
    for (story, refusal) in [
        (asked(), Refusal::AlreadyAuthorized),
        (at_the_issuer(), Refusal::AlreadyAuthorized),
        (vec![ask(NEVER_ASKED)], Refusal::AlreadyAuthorized),
        (after(&handed_over(), &[ask(by_person())]), Refusal::AlreadyAuthorized),
        (elsewhere(captured(ORDERED)), Refusal::AlreadyAuthorized),
        (after(&over(), &[of("t1", declined())]), Refusal::AlreadyAuthorized),
    ] {
        let (payment, now) = told(&story);
        assert_eq!(payment.decide(wish(), now), Err(refusal), "{story:#?}");
    }
    let currency = Some(Currency::USD);
    let odd = seen(Observation { currency, ..Observation::status(Fact::InProgress) });
    let (contradicted, now) = told(&after(&handed_over(), &[odd]));
    assert_eq!(contradicted.decide(wish(), now), Err(Refusal::Contradicted));
    let nothing = Payment::open(
        contradicted.invoice().clone(),
        Money::tenge(0),
        contradicted.terminal().clone(),
    );
    assert_eq!(nothing.decide(wish(), now), Err(Refusal::Amount));
}

#[test]
fn a_card_that_failed_is_the_end_only_when_no_other_can_be_tried() {
    let tried = after(&handed_over(), &[of("t1", declined())]);
    check(&tried, PaymentStatus::AwaitingPayer);
    assert!(payment(&tried).dead().is_none() && payment(&tried).decline().is_none());
    let ended = after(&tried, &[wait(LIFE), of("t1", declined())]);
    check(&ended, PaymentStatus::Declined);
    assert!(payment(&ended).dead().is_some());
    // A number that is not final is none at any time.
    check(&after(&over(), &[of("t1", unsure())]), PaymentStatus::AwaitingPayer);
}

#[test]
fn a_second_card_that_went_through_is_the_payment() {
    for (fact, status) in
        [(captured(ORDERED), PaymentStatus::Paid), (Fact::Authorized, PaymentStatus::Held)]
    {
        let first = of("t1", declined());
        let page = of("t2", Fact::AwaitingPayer(PayerStep::Challenge));
        let second = of("t3", fact);
        for story in [
            [first.clone(), page.clone(), second.clone()],
            [second.clone(), first.clone(), page.clone()],
        ] {
            let story = after(&handed_over(), &story);
            check(&story, status);
            assert_eq!(payment(&story).transaction(), Some(&transaction("t3")));
            assert!(payment(&story).contradictions().is_empty());
        }
    }
}

#[test]
fn two_cards_that_went_through_are_two_transactions() {
    let both = [of("t1", captured(ORDERED)), of("t2", captured(ORDERED))];
    check_up(&after(&handed_over(), &both), &["two_transactions"]);
}

#[test]
fn money_after_the_last_word_is_a_contradiction_whichever_card_it_was() {
    for id in ["t1", "t2"] {
        let story = [of("t1", declined()), of(id, captured(ORDERED))];
        check_up(&after(&over(), &story), &["declined_yet_moved"]);
    }
}

#[test]
fn a_try_under_way_is_the_banks_turn_and_outlives_one_that_failed() {
    let page = || of("t1", Fact::AwaitingPayer(PayerStep::Challenge));
    let under_way = after(&handed_over(), &[page(), wait(LIFE), page()]);
    check(&under_way, PaymentStatus::Unknown);
    assert_eq!(waits_for(&under_way), WaitsFor::Bank);
    let (payment, now) = told(&under_way);
    assert_eq!(payment.decide(NEVER_CONFIRMED, now), Err(Refusal::NotDead));
    assert!(payment.challenge().is_none());
    let other_failed = after(&under_way, &[of("t2", declined())]);
    check(&other_failed, PaymentStatus::Unknown);
    check(&after(&other_failed, &[of("t1", declined())]), PaymentStatus::Declined);
    check(&after(&other_failed, &[of("t1", captured(ORDERED))]), PaymentStatus::Disputed);
}

#[test]
fn not_found_counts_only_from_when_the_token_is_over() {
    let counted = |story: &[Line]| payment(story).pending().unwrap().not_found_for;
    let early =
        after(&handed_over(), &[status(Fact::NotFound), wait(LIFE / 2), status(Fact::NotFound)]);
    assert_eq!(counted(&early), None);
    let late = after(&early, &[wait(LIFE / 2), status(Fact::NotFound)]);
    assert_eq!(counted(&late), Some(Duration::ZERO));
    let day = after(&over(), &not_found_for(24));
    let (closable, now) = told(&day);
    assert!(closable.decide(abandon(DAY), now).is_ok());
    let closed = after(&day, &[ask(abandon(DAY))]);
    check(&closed, PaymentStatus::Abandoned);
    check_up(&after(&closed, &[of("t1", captured(ORDERED))]), &["late_success"]);
    // Handed over again, it begins anew.
    let again = after(&day, &[ask(Command::HandOver { until: START + 2 * DAY })]);
    assert_eq!(counted(&again), None);
    // What the bank has named is not abandoned: not even a card that failed.
    let tried = after(&handed_over(), &[of("t1", declined()), wait(LIFE)]);
    let (tried, now) = told(&after(&tried, &not_found_for(24)));
    assert!(tried.decide(abandon(DAY), now).is_err());
}

#[test]
fn a_list_has_it_as_open_only_when_it_should_have_ended() {
    let keys = payment(&handed_over()).list_keys();
    assert_eq!(keys.status, PaymentStatus::AwaitingPayer);
    assert_eq!(keys.open_since, Some(START + LIFE + DAY));
    let under_way = after(&handed_over(), &[of("t1", Fact::InProgress)]);
    assert_eq!(payment(&under_way).list_keys().open_since, Some(START));
}
