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
