//! Budgets fill by the monotonic clock and never beyond a second's worth.

use super::*;

#[test]
fn a_second_holds_so_many_and_a_jump_of_time_no_more() {
    let at = Duration::from_millis;
    let mut budget = Budget::new(4);
    assert_eq!(budget.left(at(7_000)), 4, "full at first");
    budget.spend(3);
    for (now, left) in [
        (7_000, 1),
        (7_249, 1),
        (7_250, 2),
        (7_499, 2),
        (7_500, 3),
        (9_000, 4),
        (99_000, 4),
        (1, 4),
    ] {
        assert_eq!(budget.left(at(now)), left, "at {now}");
    }
    budget.spend(9);
    assert!(!budget.take(at(1)), "a clock that went back gives nothing");
    assert_eq!(budget.next(), at(250));
    assert!(Budget::new(0).take(at(0)), "at least one a second");
}

#[test]
fn over_a_minute_it_gives_what_it_promises() {
    let mut budget = Budget::new(20);
    let taken = (0..60_000).filter(|ms| budget.take(Duration::from_millis(*ms))).count();
    assert_eq!(taken, 20 + 60 * 20 - 1);
}

#[test]
fn a_part_of_an_interval_counts_towards_the_next_but_a_full_second_gains_nothing() {
    let at = Duration::from_millis;
    let mut budget = Budget::new(4);
    assert_eq!(budget.left(at(0)), 4);
    budget.spend(3);
    for (now, left) in [(300, 2), (499, 2), (500, 3), (1_100, 4), (1_200, 4)] {
        assert_eq!(budget.left(at(now)), left, "at {now}");
    }
    // Full since 1,100, whether it was asked for since or not.
    budget.spend(1);
    for (now, left) in [(1_250, 3), (1_349, 3), (1_350, 4)] {
        assert_eq!(budget.left(at(now)), left, "at {now}");
    }
}

#[test]
fn a_genuine_hint_about_unknown_money_always_counts_and_each_other_kind_has_its_own_budget() {
    let hints = HintBudget::default();
    let taken = |class, authenticity| {
        (0..100).filter(|_| hints.takes(class, authenticity, Duration::ZERO)).count()
    };
    for (class, authenticity, most) in [
        (CheckClass::Settled, Authenticity::Unproven, 1),
        (CheckClass::Settled, Authenticity::Proven, 5),
        (CheckClass::Unknown, Authenticity::Unproven, 10),
        (CheckClass::Unknown, Authenticity::Proven, 100),
    ] {
        assert_eq!(taken(class, authenticity), most, "{class:?} {authenticity:?}");
    }
}
