//! Which event ends which wait, and which does not.

use super::*;
use epay_domain::{
    BankText, Challenge, Event, EventKind, InvoiceId, Money, Refunds, StepId, TerminalId,
};

const ASKED: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

fn open() -> Payment {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    Payment::open(InvoiceId::new("100001").unwrap(), Money::tenge(100), terminal)
}

fn after(kinds: &[EventKind]) -> Payment {
    let asked = EventKind::Asked(Command::Authorize);
    let events = [asked].into_iter().chain(kinds.iter().cloned());
    events.fold(open(), |payment, kind| payment.apply(&Event { at: ASKED, kind }))
}

fn seen(fact: Fact) -> Observation {
    Observation::status(fact)
}

fn told(fact: Fact) -> EventKind {
    EventKind::Observed(seen(fact))
}

fn challenge() -> EventKind {
    let text = |text: &str| text.to_owned();
    let (action, pa_req, md) = (text("https://acs.example"), text("eJz+"), text("bWQ="));
    EventKind::Observed(Observation::reply(Fact::ThreeDsRequired(Challenge { action, pa_req, md })))
}

/// What would end the wait, by a word.
fn ends(payment: &Payment, fresh: Fact, waited: Duration) -> &'static str {
    ends_by(payment, &seen(fresh), waited)
}

fn ends_by(payment: &Payment, fresh: &Observation, waited: Duration) -> &'static str {
    match Timeouts::default().ends(payment, fresh, ASKED + waited) {
        None => "nothing",
        Some(Command::Close(CloseReason::NeverConfirmed)) => "never confirmed",
        // Refused by the payment until the bank has not known it for so long.
        Some(Command::Close(CloseReason::Abandoned { not_found_window })) => {
            assert_eq!(not_found_window, DAY);
            "abandoned"
        }
        Some(Command::GiveUp(..)) => "given up",
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn the_defaults_are_half_an_hour_ten_minutes_a_day_and_nobody_pays_again_before() {
    let it = Timeouts::default();
    let s = Duration::from_secs;
    assert_eq!((it.payer, it.step, it.not_found_window), (s(1_800), s(600), s(86_400)));
    assert_eq!((it.reopen, it.request, it.attention), (None, s(120), s(3_600)));
    assert_eq!(it.handler, s(30));
}

#[test]
fn time_ends_the_wait_for_a_payer_who_was_to_see_a_page_and_for_no_other() {
    let page = after(&[challenge()]);
    let three_d = Fact::AwaitingPayer(PayerStep::Challenge);
    let fingerprint = Fact::AwaitingPayer(PayerStep::Fingerprint);
    let lost_page = after(&[told(three_d.clone())]);
    let device = after(&[told(fingerprint.clone())]);
    let silent = after(&[]);
    let (early, late) = (30 * MINUTE - Duration::from_millis(1), 30 * MINUTE);
    for (payment, fresh, waited, expected) in [
        (&page, Fact::InProgress, early, "nothing"),
        (&page, Fact::InProgress, late, "never confirmed"),
        (&page, Fact::NotFound, late, "never confirmed"),
        (&page, three_d.clone(), late, "never confirmed"),
        (&page, Fact::Authorized, late, "abandoned"),
        (&lost_page, three_d.clone(), early, "abandoned"),
        (&lost_page, three_d, late, "never confirmed"),
        (&lost_page, Fact::InProgress, late, "abandoned"),
        (&lost_page, fingerprint.clone(), late, "abandoned"),
        (&device, fingerprint, 365 * DAY, "abandoned"),
        (&silent, Fact::NotFound, late, "abandoned"),
    ] {
        assert_eq!(ends(payment, fresh.clone(), waited), expected, "{fresh:?} after {waited:?}");
    }
    // "Abandoned" is only a wish: what the bank has named does not allow it.
    let abandon = Command::Close(CloseReason::Abandoned { not_found_window: Duration::ZERO });
    assert!(device.decide(abandon.clone(), ASKED + DAY).is_err());
    assert!(lost_page.decide(abandon, ASKED + DAY).is_err());
}

#[test]
fn a_hold_that_is_still_held_ends_a_capture_and_a_void_but_no_refund() {
    let step = |kind: fn(StepId) -> Command| {
        after(&[told(Fact::Authorized), EventKind::Asked(kind(StepId::new("step").unwrap()))])
    };
    let capture = step(|id| Command::Capture(id, Money::tenge(100)));
    let void = step(Command::Void);
    let taken = Fact::Captured { captured: Some(Money::tenge(100)), refunded: Refunds::NotTold };
    let refund = after(&[
        told(taken),
        EventKind::Asked(Command::Refund(StepId::new("step").unwrap(), Money::tenge(100))),
    ]);
    for (payment, fresh, waited, expected) in [
        (&capture, Fact::Authorized, 9 * MINUTE, "nothing"),
        (&capture, Fact::Authorized, 10 * MINUTE, "given up"),
        (&capture, Fact::InProgress, DAY, "nothing"),
        (&void, Fact::Authorized, 10 * MINUTE, "given up"),
        (&refund, Fact::Authorized, 365 * DAY, "nothing"),
        (&refund, Fact::NotFound, 365 * DAY, "nothing"),
    ] {
        assert_eq!(ends(payment, fresh.clone(), waited), expected, "{fresh:?} after {waited:?}");
    }
}

#[test]
fn a_full_refund_that_no_status_shows_is_given_up_after_the_time_of_a_step() {
    let step = StepId::new("step").unwrap();
    let sum = Money::tenge(100);
    let taken = |refunded| Fact::Captured { captured: Some(sum), refunded };
    let accepted = EventKind::Observed(Observation::reply(Fact::StepAccepted(step.clone())));
    let refund = [told(taken(Refunds::NotTold)), EventKind::Asked(Command::Refund(step, sum))];
    let refunded = after(&[refund.as_slice(), &[accepted]].concat());
    let fresh = taken(Refunds::NotTold);
    assert_eq!(ends(&refunded, fresh.clone(), 10 * MINUTE - Duration::from_millis(1)), "nothing");
    assert_eq!(ends(&refunded, fresh.clone(), 10 * MINUTE), "given up");
    assert_eq!(ends(&after(&refund), fresh.clone(), DAY), "nothing", "no reply has accepted it");
    let shown = refunded.apply(&Event { at: ASKED, kind: told(taken(Refunds::Total(sum))) });
    assert_eq!(ends(&shown, fresh, DAY), "nothing");
}

#[test]
fn an_answer_about_somebody_elses_payment_ends_nothing() {
    let page = after(&[challenge()]);
    let named =
        |number| Observation { invoice: Some(BankText::new(number)), ..seen(Fact::NotFound) };
    let from = |origin| Observation { origin, ..seen(Fact::NotFound) };
    for (fresh, expected) in [
        (named("100001"), "never confirmed"),
        (named("100002"), "nothing"),
        (from(Origin::Ours), "never confirmed"),
        (from(Origin::Other), "nothing"),
    ] {
        assert_eq!(ends_by(&page, &fresh, DAY), expected, "{fresh:?}");
    }
}

#[test]
fn a_step_that_a_reply_has_accepted_is_awaited_for_as_long_whatever_else_waits() {
    let id = || StepId::new("step").unwrap();
    let done = EventKind::Observed(Observation::reply(Fact::StepAccepted(id())));
    let accepted = |wish| after(&[told(Fact::Authorized), EventKind::Asked(wish), done.clone()]);
    for payment in
        [accepted(Command::Capture(id(), Money::tenge(60))), accepted(Command::Void(id()))]
    {
        for fresh in [Fact::Authorized, Fact::NotFound, Fact::InProgress] {
            assert_eq!(ends(&payment, fresh.clone(), 9 * MINUTE), "nothing", "{fresh:?}");
            assert_eq!(ends(&payment, fresh.clone(), 10 * MINUTE), "given up", "{fresh:?}");
        }
    }
    let refund = Command::Refund(StepId::new("refund").unwrap(), Money::tenge(60));
    let refunding = accepted(Command::Capture(id(), Money::tenge(60)));
    let asked = Event { at: ASKED, kind: EventKind::Asked(refund) };
    assert_eq!(ends(&refunding.apply(&asked), Fact::Authorized, 10 * MINUTE), "given up");
}

#[test]
fn what_waits_for_nothing_is_ended_by_nothing() {
    assert_eq!(ends(&open(), Fact::NotFound, 365 * DAY), "nothing");
    assert_eq!(ends(&after(&[told(Fact::Authorized)]), Fact::Authorized, 365 * DAY), "nothing");
}

#[test]
fn the_check_that_completes_a_window_is_noticed_once() {
    let mut timeouts = Timeouts::default();
    for (reopen, before, now, expected) in [
        (None, 0, 24, true),
        (None, 23, 24, true),
        (None, 24, 25, false),
        (None, 1, 2, false),
        (Some(2), 1, 2, true),
        (Some(2), 2, 3, false),
    ] {
        timeouts.reopen = reopen.map(|hours| hours * HOUR);
        assert_eq!(timeouts.completes(before * HOUR, now * HOUR), expected, "{reopen:?} {now}");
    }
}

#[test]
fn somebody_is_told_when_the_time_is_up_and_it_is_looked_daily_until_then() {
    let long = Timeouts { attention: 3 * DAY, ..Timeouts::default() };
    for (timeouts, unknown, after) in [
        (Timeouts::default(), Duration::ZERO, HOUR),
        (Timeouts::default(), 59 * MINUTE, MINUTE),
        (Timeouts::default(), DAY, Duration::ZERO),
        (long, Duration::ZERO, DAY),
        (long, 2 * DAY + HOUR, 23 * HOUR),
    ] {
        let expected = Duration::ZERO;
        assert_eq!(timeouts.attention_after(unknown, expected), after, "{unknown:?}");
    }
    // What was expected to be unknown for two days.
    let day = Timeouts::default().attention_after(DAY + 2 * HOUR, 2 * DAY);
    assert_eq!(day, 23 * HOUR);
}
