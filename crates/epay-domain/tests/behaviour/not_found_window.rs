//! "Not found" counts only while somebody checks, and never ends what the bank has named.

use crate::contradictions::check_up;
use crate::story::*;
use core::time::Duration;
use epay_domain::*;

const MINUTE: Duration = Duration::from_secs(60);
const TWO_HOURS: Duration = Duration::from_secs(2 * 3_600);

fn not_found() -> Line {
    status(Fact::NotFound)
}

/// Found not to be there, by a process that also heard the one before, so long ago by its monotonic clock.
fn not_found_after(elapsed: Duration) -> Line {
    seen(Observation { elapsed: Some(elapsed), ..Observation::status(Fact::NotFound) })
}

#[track_caller]
fn check_counted(story: &[Line], counted: Option<Duration>) {
    let story = after(&asked(), story);
    assert_eq!(payment(&story).pending().unwrap().not_found_for, counted, "{story:#?}");
}

#[track_caller]
fn check_abandons(story: &[Line], window: Duration, may: bool) {
    let (payment, now) = told(story);
    assert_eq!(payment.decide(abandon(window), now).is_ok(), may, "{story:#?}");
}

/// A moment before the story's beginning, or after it.
fn at(offset: i64, seen: Observation) -> Line {
    Line::At(offset, seen)
}

#[test]
fn each_gap_counts_for_what_was_checked_of_it() {
    for (story, counted) in [
        (vec![], None),
        (vec![not_found()], Some(Duration::ZERO)),
        (vec![not_found(), wait(HOUR)], Some(Duration::ZERO)),
        (vec![not_found(), wait(HOUR), not_found()], Some(HOUR)),
        (vec![not_found(), wait(HOUR), not_found(), wait(HOUR), not_found()], Some(2 * HOUR)),
        // Nobody checked for a day, or the clock jumped by one: two hours at most.
        (vec![not_found(), wait(DAY), not_found()], Some(TWO_HOURS)),
        // One process heard both, and its monotonic clock knows better than any date.
        (vec![not_found(), wait(DAY), not_found_after(MINUTE)], Some(MINUTE)),
        (vec![not_found(), wait(MINUTE), not_found_after(DAY)], Some(MINUTE)),
        (vec![not_found(), wait(DAY), not_found_after(DAY)], Some(TWO_HOURS)),
    ] {
        check_counted(&story, counted);
    }
}

#[test]
fn a_clock_that_went_back_adds_nothing_and_neither_does_its_return() {
    let status = || Observation::status(Fact::NotFound);
    let hour = 3_600_000;
    check_counted(&[at(hour, status()), at(0, status())], Some(Duration::ZERO));
    check_counted(&[at(hour, status()), at(0, status()), at(hour, status())], Some(Duration::ZERO));
    // Two processes whose clocks differ by an hour, turn about, a minute of real time apart.
    let turns: Vec<Line> = (0..48)
        .flat_map(|turn| [at(hour + turn * 60_000, status()), at(turn * 60_000, status())])
        .collect();
    check_counted(&turns, Some(47 * MINUTE));
}

#[test]
fn an_attempt_is_abandoned_after_the_whole_window_and_not_before() {
    for (hours, may) in [(0, false), (23, false), (24, true), (30, true)] {
        check_abandons(&after(&asked(), &not_found_for(hours)), DAY, may);
    }
    check_abandons(&asked(), Duration::ZERO, false);
    let by_replies = [reply(Fact::NotFound), wait(HOUR), reply(Fact::NotFound)];
    check_abandons(&after(&asked(), &by_replies), Duration::ZERO, false);
}

#[test]
fn a_jump_of_the_clock_does_not_close_an_attempt_after_two_seconds() {
    let jumped = after(&asked(), &[lost(), not_found(), wait(2 * DAY), not_found()]);
    check_abandons(&jumped, DAY, false);
    check_abandons(&jumped, TWO_HOURS, true);
}

#[test]
fn only_an_answer_that_knows_the_invoice_starts_the_window_anew() {
    let waited = after(&asked(), &not_found_for(3));
    let counted = |word| payment(&after(&waited, &[word])).pending().unwrap().not_found_for;
    for knows in [
        status(Fact::InProgress),
        status(Fact::Other(BankText::new("ODD"))),
        status(Fact::AwaitingPayer(PayerStep::Fingerprint)),
        reply(unsure()),
        // A silence of the ask itself: what was not found may still have been on its way.
        lost(),
    ] {
        assert_eq!(counted(knows), None);
    }
    let other =
        Observation { invoice: Some(BankText::new("1")), ..Observation::status(declined()) };
    let foreign = Observation { origin: Origin::Other, ..Observation::status(declined()) };
    for says_nothing in [
        seen(other),
        seen(foreign),
        late(EventKind::Unanswered(None)),
        late(EventKind::Unanswered(Some(Question::Confirm))),
    ] {
        assert_eq!(counted(says_nothing), Some(3 * HOUR));
    }
}

#[test]
fn the_window_starts_after_the_ask_it_is_about() {
    let early = after(&not_found_for(24), &asked());
    check_abandons(&early, Duration::ZERO, false);
    check_abandons(&after(&early, &not_found_for(24)), DAY, true);
}

#[test]
fn an_attempt_that_the_bank_has_named_is_contradicted_and_never_abandoned() {
    let named = named("t1", Observation::status(Fact::InProgress));
    let confirming = after(&at_the_issuer(), &[ask(Command::Confirm), lost()]);
    let mut stories = vec![confirming, at_the_issuer()];
    for word in [
        named,
        reply(Fact::Approved),
        status(Fact::AwaitingPayer(PayerStep::Challenge)),
        status(Fact::AwaitingPayer(PayerStep::Fingerprint)),
    ] {
        stories.push(after(&asked(), &[word]));
    }
    for story in stories {
        check_up(&after(&story, &[not_found(), wait(59 * MINUTE), not_found()]), &[]);
        let forgotten = after(&story, &not_found_for(24));
        check_up(&forgotten, &["not_found_though_named"]);
        check_abandons(&forgotten, DAY, false);
        check_abandons(&after(&forgotten, &[acknowledged()]), DAY, false);
        let (payment, now) = told(&forgotten);
        assert!(payment.decide(by_person(), now).is_ok());
    }
}

#[test]
fn only_the_payment_is_abandoned_never_a_step() {
    let capturing = after(&held(), &[ask(capture("c1", ORDERED)), lost()]);
    for story in [capturing, held()] {
        check_abandons(&after(&story, &not_found_for(24)), DAY, false);
    }
}
