//! How long to wait for what, and when to look again. Guesses, all of them, so all of them can be set.

use epay_domain::{ClosedAs, Doubt, Flag, Payment, PaymentStatus, State, Timestamp, WaitsFor};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait before giving something up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a payer may take for the 3-D Secure challenge. After that the attempt is closed and never confirmed.
    pub payer: Duration,
    /// How long a capture or void without an answer may have had no effect before it counts as not done.
    pub step: Duration,
    /// How long the bank must have said that it does not know an invoice before the attempt counts as dead. Less than
    /// 24 hours lets the payer try again sooner, at the risk that the first attempt surfaces and both are held.
    pub not_found_window: Duration,
    /// How long it must have said so before a payer who chooses to may pay again by
    /// [`reopen`](crate::Payments::reopen). Until the first attempt surfaces and is given back, both may be held.
    /// `None` holds every order for the whole not-found window.
    pub reopen: Option<Duration>,
}

/// Thirty minutes for the payer, ten for a step, a day for the not-found window, and nobody pays again before that.
impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { payer: 30 * MINUTE, step: 10 * MINUTE, not_found_window: DAY, reopen: None }
    }
}

/// When the payment wants to be looked at next; `None` when its story is over.
///
/// Up to a fifth earlier than the wait says, so that payments that were interrupted together do not come together.
pub(crate) fn next_check(payment: &Payment, now: Timestamp) -> Option<Timestamp> {
    let wait = wait(payment, now)?;
    // Nothing here has to be unforeseeable, only different for each payment and each time.
    let mut hasher = DefaultHasher::new();
    (payment.invoice(), now).hash(&mut hasher);
    let earlier = wait / 5 * u32::try_from(hasher.finish() % 1_024).unwrap_or(0) / 1_024;
    Some(now + wait.saturating_sub(earlier))
}

/// How long a status check can wait. The wait grows with the age of the last question, from two seconds to fifteen minutes, and to an
/// hour after the first day. While something is unknown it never ends. An attempt that was closed stays under watch for
/// thirty days, and money that was taken for ninety: it may be given back in the bank's own portal.
fn wait(payment: &Payment, now: Timestamp) -> Option<Duration> {
    if let Some(pending) = payment.pending() {
        let age = now.since(pending.since);
        return Some(match (pending.waits_for, pending.doubt) {
            // Nothing changes by itself while the payer types; the status check is there to notice that they left.
            (WaitsFor::Payer, Doubt::No) => 5 * MINUTE,
            _ => growing(age),
        });
    }
    let last_ask = payment.steps().map(|(step, _)| step.since()).last().or(payment.asked_at())?;
    let age = now.since(last_ask);
    match payment.state() {
        State::New => None,
        // The bank may have it after all, and the sooner that is known the shorter the payer's money is held twice.
        State::Closed(ClosedAs::Abandoned) if age < 2 * DAY => Some(growing(age)),
        State::Closed(ClosedAs::NotExecuted | ClosedAs::Abandoned) => {
            (age < 30 * DAY).then_some(DAY)
        }
        _ if payment.flags().contains(Flag::LateSuccess) => Some(15 * MINUTE),
        _ if !payment.flags().is_empty() => Some(60 * MINUTE),
        // A bank that never booked a decline has no status to give for it.
        State::Declined if !payment.confirmed_by_status() => (age < DAY).then(|| growing(age)),
        // A reply alone may still be corrected by a status, and the shop ships on no less.
        _ if !payment.confirmed_by_status() => Some(growing(age)),
        // A hold lapses by itself.
        State::Authorized => Some(DAY),
        // A sum that is not told is not known, and what is not known is asked about for ever.
        State::Captured { captured: None, .. } | State::Captured { refunded: None, .. } => {
            Some(growing(age))
        }
        State::Captured { .. } if payment.status() == PaymentStatus::Paid && age < 90 * DAY => {
            Some(age.clamp(DAY, 30 * DAY))
        }
        _ => None,
    }
}

fn growing(age: Duration) -> Duration {
    if age > DAY { 60 * MINUTE } else { age.clamp(Duration::from_secs(2), 15 * MINUTE) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use epay_domain::{
        Challenge, CloseReason, Command, Decline, Event, EventKind, Fact, InvoiceId, Money,
        Observation, Question, Refunds, TerminalId,
    };

    const ASKED: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

    fn open() -> Payment {
        let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
        Payment::open(InvoiceId::new("100001").unwrap(), Money::kzt(100_00), terminal)
    }

    fn check(events: &[EventKind], age: Duration, wait: Option<Duration>) {
        let asked = Event { at: ASKED, kind: EventKind::Asked(Command::Authorize) };
        let payment = events.iter().fold(open().apply(&asked), |payment, kind| {
            payment.apply(&Event { at: ASKED, kind: kind.clone() })
        });
        let now = ASKED + age;
        assert_eq!(super::wait(&payment, now), wait, "{:?} after {age:?}", payment.status());
        let (look, latest) = (next_check(&payment, now), wait.map(|wait| now + wait));
        let earliest = wait.map(|wait| now + wait * 4 / 5);
        assert!(earliest <= look && look <= latest, "{look:?} is not just before {latest:?}");
    }

    fn seconds(s: u64) -> Duration {
        Duration::from_secs(s)
    }

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn half_an_hour_for_the_payer_ten_minutes_for_a_step_a_day_for_the_fence() {
        let expected = Timeouts {
            payer: seconds(1_800),
            step: seconds(600),
            not_found_window: seconds(86_400),
            reopen: None,
        };
        assert_eq!(Timeouts::default(), expected);
    }

    #[test]
    fn while_something_is_unknown_the_looks_thin_out_and_never_end() {
        let silence = [EventKind::Unanswered(Some(Question::Authorize))];
        check(&silence, seconds(0), Some(seconds(2)));
        check(&silence, seconds(60), Some(seconds(60)));
        check(&silence, seconds(7_200), Some(15 * MINUTE));
        check(&silence, DAY, Some(15 * MINUTE));
        check(&silence, DAY + MOMENT, Some(60 * MINUTE));
        check(&silence, 30 * DAY, Some(60 * MINUTE));
    }

    #[test]
    fn what_is_settled_by_a_status_is_seldom_looked_at_and_a_reply_often() {
        let captured =
            Fact::Captured { captured: Some(Money::kzt(100_00)), refunded: Refunds::NotTold };
        let settled = [EventKind::Observed(Observation::status(captured.clone()))];
        check(&settled, seconds(5), Some(DAY));
        check(&settled, 8 * DAY, Some(8 * DAY));
        check(&settled, 90 * DAY - MOMENT, Some(30 * DAY));
        check(&settled, 90 * DAY, None);
        let back = Fact::Captured {
            captured: Some(Money::kzt(100_00)),
            refunded: Refunds::Total(Money::kzt(100_00)),
        };
        check(&[EventKind::Observed(Observation::status(back))], seconds(5), None);
        check(
            &[EventKind::Observed(Observation::reply(captured.clone()))],
            seconds(5),
            Some(seconds(5)),
        );
        check(&[EventKind::Observed(Observation::reply(captured.clone()))], DAY, Some(15 * MINUTE));
        check(&[EventKind::Observed(Observation::reply(captured))], 90 * DAY, Some(60 * MINUTE));
        let declined =
            [EventKind::Observed(Observation::reply(Fact::Declined(Decline::from_code(484))))];
        check(&declined, seconds(1), Some(seconds(2)));
        check(&declined, DAY - MOMENT, Some(15 * MINUTE));
        check(&declined, DAY, None);
        check(&[EventKind::Observed(Observation::status(Fact::Authorized))], seconds(5), Some(DAY));
    }

    #[test]
    fn a_closed_attempt_is_watched_for_thirty_days() {
        let closed = [EventKind::Closed(CloseReason::Abandoned { not_found_window: DAY })];
        check(&closed, seconds(600), Some(10 * MINUTE));
        check(&closed, 2 * DAY - MOMENT, Some(60 * MINUTE));
        check(&closed, 2 * DAY, Some(DAY));
        check(&[EventKind::NotSent(Some(Question::Authorize))], seconds(600), Some(DAY));
        check(&closed, 30 * DAY - MOMENT, Some(DAY));
        check(&closed, 30 * DAY, None);
    }

    #[test]
    fn what_was_never_asked_is_never_looked_at() {
        assert_eq!(next_check(&open(), ASKED), None);
        let terminal = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").ok();
        let elsewhere = Observation { terminal, ..Observation::status(Fact::NotFound) };
        let flagged = open().apply(&Event { at: ASKED, kind: EventKind::Observed(elsewhere) });
        assert!(!flagged.flags().is_empty());
        assert_eq!(next_check(&flagged, ASKED), None);
    }

    #[test]
    fn a_payer_who_types_is_looked_after_every_five_minutes() {
        let text = |text: &str| text.to_owned();
        let challenge = Challenge {
            action: text("https://acs.example"),
            pa_req: text("eJz+"),
            md: text("bWQ="),
        };
        let shown = [EventKind::Observed(Observation::reply(Fact::ThreeDsRequired(challenge)))];
        check(&shown, seconds(1), Some(5 * MINUTE));
        check(&shown, seconds(1_200), Some(5 * MINUTE));
    }

    #[test]
    fn a_sum_that_is_not_told_is_asked_about_for_ever() {
        let sums = [(None, Refunds::NotTold), (Some(Money::kzt(100_00)), Refunds::SumNotTold)];
        for (captured, refunded) in sums {
            let untold =
                [EventKind::Observed(Observation::status(Fact::Captured { captured, refunded }))];
            check(&untold, seconds(600), Some(10 * MINUTE));
            check(&untold, 365 * DAY, Some(60 * MINUTE));
        }
    }

    #[test]
    fn payments_that_were_interrupted_together_do_not_come_together() {
        let at = |invoice: &str| {
            let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
            let payment =
                Payment::open(InvoiceId::new(invoice).unwrap(), Money::kzt(100_00), terminal);
            next_check(
                &payment.apply(&Event { at: ASKED, kind: EventKind::Asked(Command::Authorize) }),
                ASKED + MINUTE,
            )
        };
        let looks: std::collections::HashSet<_> =
            (100_001..100_101).map(|invoice| at(&invoice.to_string())).collect();
        assert!(looks.len() > 80, "a hundred status checks fall on {} moments", looks.len());
    }

    #[test]
    fn a_flag_keeps_the_looks_coming() {
        let late =
            Fact::Captured { captured: Some(Money::kzt(100_00)), refunded: Refunds::NotTold };
        let closed = EventKind::Closed(CloseReason::Abandoned { not_found_window: DAY });
        check(
            &[closed, EventKind::Observed(Observation::status(late))],
            3 * DAY,
            Some(15 * MINUTE),
        );
        let wrong =
            Fact::Captured { captured: Some(Money::kzt(99_00)), refunded: Refunds::NotTold };
        check(&[EventKind::Observed(Observation::status(wrong))], 3 * DAY, Some(60 * MINUTE));
    }
}
