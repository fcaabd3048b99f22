//! Facts are joined, not obeyed: the furthest wins, and a late or lesser one moves nothing.

use crate::story::*;
use epay_domain::*;

const PART: Money = Money::tiyn(60_00);

#[track_caller]
fn check_state(story: &[Line], state: State) {
    assert_eq!(payment(story).state(), state, "{story:#?}");
}

fn taken(captured: Money, refunded: Money) -> State {
    State::Captured { captured: Some(captured), refunded: Some(refunded) }
}

#[test]
fn a_lesser_fact_is_late_not_false() {
    for late in
        [Fact::Authorized, Fact::Approved, Fact::InProgress, Fact::NotFound, challenge(), unsure()]
    {
        for line in [reply(late.clone()), status(late.clone())] {
            let story = after(&paid(), &[line]);
            check_state(&story, taken(ORDERED, Money::tiyn(0)));
            assert!(!payment(&story).is_contradicted(), "{late:?}");
            assert_eq!(payment(&story).pending(), None, "{late:?}");
        }
    }
    check_state(
        &after(&held(), &[status(Fact::Voided(VoidReason::Requested)), status(Fact::Authorized)]),
        State::Voided(VoidReason::Requested),
    );
}

#[test]
fn our_own_void_outweighs_a_lapse() {
    let both =
        [status(Fact::Voided(VoidReason::Lapsed)), status(Fact::Voided(VoidReason::Requested))];
    let reversed = [both[1].clone(), both[0].clone()];
    for order in [both, reversed] {
        check_state(&after(&held(), &order), State::Voided(VoidReason::Requested));
    }
    check_state(
        &after(&held(), &[status(Fact::Voided(VoidReason::Lapsed))]),
        State::Voided(VoidReason::Lapsed),
    );
}

#[test]
fn the_larger_refund_total_wins() {
    let (less, more) = (
        status(refunded(ORDERED, Money::tiyn(20_00))),
        status(refunded(ORDERED, Money::tiyn(50_00))),
    );
    for order in [[less.clone(), more.clone()], [more, less]] {
        check_state(&after(&paid(), &order), taken(ORDERED, Money::tiyn(50_00)));
    }
}

#[test]
fn where_a_reply_and_a_status_clash_the_status_holds() {
    for (said, shown, state) in [
        (captured(ORDERED), declined(), State::Declined),
        (declined(), captured(ORDERED), taken(ORDERED, Money::tiyn(0))),
        (Fact::Authorized, declined(), State::Declined),
        (
            captured(ORDERED),
            Fact::Voided(VoidReason::Requested),
            State::Voided(VoidReason::Requested),
        ),
        (Fact::Voided(VoidReason::Requested), captured(ORDERED), taken(ORDERED, Money::tiyn(0))),
    ] {
        for order in [
            [reply(said.clone()), status(shown.clone())],
            [status(shown.clone()), reply(said.clone())],
        ] {
            let story = after(&asked(), &order);
            check_state(&story, state);
            check(&story, PaymentStatus::Disputed);
        }
    }
}

#[test]
fn the_status_tells_the_sum_where_both_tell_one() {
    for order in [
        [reply(captured(ORDERED)), status(captured(Money::tiyn(90_00)))],
        [status(captured(Money::tiyn(90_00))), reply(captured(ORDERED))],
    ] {
        check_state(&after(&asked(), &order), taken(Money::tiyn(90_00), Money::tiyn(0)));
    }
}

#[test]
fn a_reply_tells_the_sum_the_status_keeps_quiet_about() {
    let quiet = status(Fact::Captured { captured: None, refunded: Refunds::NotTold });
    check_state(&after(&paid(), &[quiet]), taken(ORDERED, Money::tiyn(0)));
}

#[test]
fn an_accepted_capture_counts_with_the_sum_we_asked_for() {
    let story = after(&held(), &[ask(capture("c1", PART)), reply(accepted("c1"))]);
    check_state(&story, taken(PART, Money::tiyn(0)));
    check_state(&after(&story, &[status(captured(PART))]), taken(PART, Money::tiyn(0)));
    check(&story, PaymentStatus::Paid);
}

#[test]
fn the_bonus_part_completes_the_sum() {
    let split = |card, bonus| {
        let amount = BankAmount { card: Money::tiyn(card), bonus: Money::tiyn(bonus) };
        seen(Observation { amount: Some(amount), ..Observation::status(captured(amount.card)) })
    };
    check_state(&after(&asked(), &[split(90_00, 10_00)]), taken(ORDERED, Money::tiyn(0)));
    check(&after(&asked(), &[split(90_00, 10_00)]), PaymentStatus::Paid);
    check(&after(&asked(), &[split(90_00, 5_00)]), PaymentStatus::Disputed);
    // A sum that is nobody's is not made up from two parts: the card's part is what is known.
    check_state(&after(&asked(), &[split(90_00, 5_00)]), taken(Money::tiyn(90_00), Money::tiyn(0)));
    check_state(
        &after(&held(), &[ask(capture("c1", PART)), split(50_00, 10_00)]),
        taken(PART, Money::tiyn(0)),
    );

    let held_with_bonus = |bonus| Observation {
        amount: Some(BankAmount { card: Money::tiyn(90_00), bonus: Money::tiyn(bonus) }),
        ..Observation::status(Fact::Authorized)
    };
    check(&after(&asked(), &[seen(held_with_bonus(10_00))]), PaymentStatus::Held);
    check(&after(&asked(), &[seen(held_with_bonus(9_99))]), PaymentStatus::Disputed);
}

#[test]
fn the_bonus_part_completes_the_sum_whenever_the_capture_was_refused() {
    let split = Observation {
        amount: Some(BankAmount { card: Money::tiyn(50_00), bonus: Money::tiyn(10_00) }),
        ..Observation::status(captured(Money::tiyn(50_00)))
    };
    let refusal = reply(refused("c1", 487));
    for order in [[seen(split.clone()), refusal.clone()], [refusal, seen(split)]] {
        check_state(
            &after(&after(&held(), &[ask(capture("c1", PART))]), &order),
            taken(PART, Money::tiyn(0)),
        );
    }
}

#[test]
fn the_final_decline_is_told_and_the_hinted_one_is_not() {
    let story = after(&asked(), &[reply(declined())]);
    assert_eq!(payment(&story).decline(), Some(Decline::from_code(484)));
    assert_eq!(
        payment(&after(&story, &[status(Fact::Declined(Decline::from_code(487)))])).decline(),
        { Some(Decline::from_code(487)) }
    );
    assert_eq!(
        payment(&after(&asked(), &[reply(Fact::Declined(Decline::as_hint(484)))])).decline(),
        None
    );
}

#[test]
fn how_much_may_be_given_back_is_known_only_when_both_sums_are() {
    let refundable = |story: &[Line]| payment(story).refundable();
    assert_eq!(refundable(&held()), None);
    assert_eq!(refundable(&paid()), Some(ORDERED));
    assert_eq!(
        refundable(&after(&paid(), &[status(refunded(ORDERED, Money::tiyn(30_00)))])),
        Some(Money::tiyn(70_00))
    );
    let untold = Fact::Captured { captured: Some(ORDERED), refunded: Refunds::SumNotTold };
    assert_eq!(refundable(&after(&paid(), &[status(untold)])), None);
}

#[test]
fn what_an_accountant_looks_for_is_the_status_word_else_the_replys() {
    let details = |reference, approval_code| Details {
        reference: Some(BankText::new(reference)),
        approval_code: Option::map(approval_code, BankText::new),
        ..Details::default()
    };
    let said =
        Observation { details: details("1", Some("A")), ..Observation::reply(Fact::Approved) };
    let shown =
        Observation { details: details("2", None), ..Observation::status(Fact::Authorized) };
    assert_eq!(payment(&asked()).details(), Details::default());
    for order in [[said.clone(), shown.clone()], [shown, said]] {
        let [first, second] = order.map(seen);
        let payment = payment(&after(&asked(), &[first, second]));
        assert_eq!(payment.details(), details("2", Some("A")));
    }
}

#[test]
fn to_hear_the_same_again_is_to_learn_nothing_and_is_heard_all_the_same() {
    let (before, at) = told(&after(&asked(), &[status(Fact::NotFound)]));
    assert_eq!((opened().heard_at(), before.heard_at()), (None, Some(at)));
    let later = at + HOUR;
    let hear =
        |fact| before.clone().apply(&before.record_reply(Ok(Observation::status(fact)), later));
    let (same, more) = (hear(Fact::NotFound), hear(Fact::Authorized));
    assert_eq!((same.heard_at(), more.heard_at()), (Some(later), Some(later)));
    assert_ne!(same, before);
    assert!(!same.has_learnt_since(&before));
    assert!(more.has_learnt_since(&before));
}
