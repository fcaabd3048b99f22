//! Writing into the log: a wish is judged anew on what somebody else wrote meanwhile, a fact is never
//! lost.

use crate::asks::Asks;
use crate::error::PayError;
use crate::notification_state::NotificationState;
use crate::schedule::is_unanswered;
use crate::timeouts::HOUR;
use crate::{Timeouts, observe, schedule};
use epay_domain::{
    CheckClass, Clock, Command, Decline, Event, EventKind, Fact, FulfilOn, InvoiceId, Payment,
    PaymentStore, Refusal, Schedule, Source, StoreError, StoreErrorKind, Stored, Timestamp,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a write is tried again when somebody else wrote first. Each try that fails means that
/// another one succeeded, so running out of tries takes as many writers at once.
pub(crate) const WRITE_TRIES: usize = 32;
/// How many payments a process remembers by the monotonic clock; of others the log's times count.
const MOST_MARKS: usize = 100_000;
/// A not-found is written at least so often, and else once the question is a tenth older: so neither a
/// flood of hints nor a bank that flaps grows the log by more than a few lines an hour.
const NOT_FOUND_AT_LEAST: Duration = HOUR;

/// The result of a wish.
pub(crate) enum Intent {
    /// It is in the log.
    Written(Stored),
    /// The payment does not allow it.
    Refused(Stored, Refusal),
}

/// The write that a payment's current state leads to.
pub(crate) enum Plan {
    Write(Vec<Event>, Schedule),
    Leave,
}

/// The writer of the log, with its clock. It has no bank: others ask and receive the answers.
#[derive(Clone)]
pub(crate) struct LogWriter {
    pub(crate) store: Arc<dyn PaymentStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) fulfil_on: FulfilOn,
    pub(crate) timeouts: Timeouts,
    /// When this process wrote the last not-found of a payment, by the monotonic clock.
    marks: Arc<Mutex<HashMap<InvoiceId, Duration>>>,
    /// The asks that this process vouches for.
    pub(crate) asks: Asks,
}

impl LogWriter {
    pub(crate) fn new(store: Arc<dyn PaymentStore>, clock: Arc<dyn Clock>) -> LogWriter {
        let (fulfil_on, timeouts) = (FulfilOn::default(), Timeouts::default());
        let (marks, asks) = Default::default();
        LogWriter { store, clock, fulfil_on, timeouts, marks, asks }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The one compare-and-retry loop: plans anew on what somebody else wrote meanwhile, which the
    /// plan is told. Answers with what is there now.
    pub(crate) async fn write(
        &self,
        mut stored: Stored,
        mut plan: impl FnMut(&Stored, bool) -> Plan + Send,
    ) -> Result<Stored, StoreError> {
        for contended in [false].into_iter().chain(std::iter::repeat_n(true, WRITE_TRIES)) {
            let Plan::Write(events, schedule) = plan(&stored, contended) else { return Ok(stored) };
            match self.store.append(&stored, &events, schedule).await {
                Ok(written) => {
                    observe::moved(&stored.payment, &written.payment);
                    return Ok(written);
                }
                Err(error) if error.kind() == StoreErrorKind::Conflict => {
                    stored = self.load(stored.payment.invoice()).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict))
    }

    /// Writes a wish down, if the payment allows it.
    pub(crate) async fn intend(&self, stored: Stored, wish: &Command) -> Result<Intent, PayError> {
        let mut refused = None;
        let written = self.write(stored, |stored, contended| {
            let event = match stored.payment.decide(wish.clone(), self.now()) {
                Ok(event) => event,
                Err(refusal) => {
                    refused = Some(refusal);
                    return Plan::Leave;
                }
            };
            let after = stored.payment.clone().apply(&event);
            let mut schedule = self.schedule(stored, &after, false, contended);
            // What a person did at the bank before they ruled is seen by a check, and not a day later.
            let ruled = matches!(wish, Command::Acknowledge(..) | Command::ChooseTransaction(..));
            if ruled && after.asked_at().is_some() {
                schedule.next_check_at = Some(self.now());
            }
            Plan::Write(vec![event], schedule)
        });
        let stored = written.await.map_err(PayError::store)?;
        if refused.is_none() && asks_the_bank(wish) {
            self.asks.made(&stored.payment, self.clock.monotonic());
        }
        Ok(match refused {
            None => Intent::Written(stored),
            Some(refusal) => Intent::Refused(stored, refusal),
        })
    }

    /// Adds a fact to the log, with what it ends; it is applied again to whatever somebody else wrote
    /// meanwhile.
    pub(crate) async fn record(&self, stored: Stored, event: Event) -> Result<Stored, StoreError> {
        let invoice = stored.payment.invoice().clone();
        let (event, not_found) = self.timed(&invoice, event);
        let seen = match &event.kind {
            EventKind::Observed(seen) if seen.source == Source::Status => Some(seen),
            _ => None,
        };
        let checked = seen.is_some();
        let mut kept = false;
        let planned = stored.schedule.next_check_at;
        let in_hand = schedule::is_in_hand(&stored, self.now());
        let written = self.write(stored, |stored, _| {
            // Whoever else wrote has planned a check of its own only where the plan is another; and a
            // hint that has found a check planned by now, and not in hand, has left it so.
            let soon = self.now() + schedule::PAUSE;
            let contended = stored.schedule.next_check_at != planned
                || checked && !in_hand && schedule::is_planned_by(stored, soon);
            let event = self.while_payable(&stored.payment, &event);
            let after = stored.payment.clone().apply(&event);
            let ends = seen.and_then(|seen| self.timeouts.ends(&after, seen, self.now()));
            let young = self.may_be_young(&after);
            let ends = ends.filter(|wish| !(young && matches!(wish, Command::GiveUp(..))));
            let ended = ends.and_then(|wish| after.decide(wish, self.now()).ok());
            // A check that teaches and ends nothing moves only the time of the next one.
            kept = !checked
                || ended.is_some()
                || self.is_worth_writing(&stored.payment, &after, &event);
            let after = ended.iter().fold(after, Payment::apply);
            // A first reply puts off the check that our own ask has planned. What is due by now may
            // be a hint's.
            let first = is_unanswered(stored) && stored.schedule.next_check_at > Some(self.now());
            let mut schedule = self.schedule(stored, &after, checked || first, contended);
            if checked {
                schedule.last_check_at = Some(self.now());
            }
            let events = kept.then_some(event).into_iter().chain(ended);
            Plan::Write(events.collect(), schedule)
        });
        let written = written.await?;
        if written.payment.pending().is_none() {
            self.asks.forget(&invoice);
        }
        if checked && (kept || !not_found) {
            self.mark(&invoice, not_found && written.payment.pending().is_some());
        }
        Ok(written)
    }

    /// A card that failed at the bank's pay form is not the end while the payer may try another, whatever
    /// the wall clock says.
    fn while_payable(&self, payment: &Payment, event: &Event) -> Event {
        let mut event = event.clone();
        if let EventKind::Observed(seen) = &mut event.kind
            && let Fact::Declined(decline) = seen.fact
            && self.may_be_payable(payment)
        {
            seen.fact = Fact::Declined(Decline::as_hint(decline.code()));
        }
        event
    }

    /// A not-found with the monotonic time since the one before, where this process has heard both.
    fn timed(&self, invoice: &InvoiceId, mut event: Event) -> (Event, bool) {
        let mut not_found = false;
        if let EventKind::Observed(seen) = &mut event.kind {
            not_found = seen.fact == Fact::NotFound && seen.source == Source::Status;
            let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
            let mark = marks.get(invoice).filter(|_| not_found);
            // Whole milliseconds, as the log keeps them.
            let elapsed = |mark: &Duration| {
                let millis = self.clock.monotonic().saturating_sub(*mark).as_millis();
                Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
            };
            seen.elapsed = mark.map(elapsed);
        }
        (event, not_found)
    }

    fn mark(&self, invoice: &InvoiceId, not_found: bool) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if not_found && marks.len() < MOST_MARKS {
            marks.insert(invoice.clone(), self.clock.monotonic());
        } else {
            marks.remove(invoice);
        }
    }

    fn is_worth_writing(&self, before: &Payment, after: &Payment, event: &Event) -> bool {
        if after.has_learnt_since(before) {
            return true;
        }
        let (Some(was), Some(is)) = (before.pending(), after.pending()) else { return false };
        match (was.not_found_for, is.not_found_for) {
            // What ends the window is written, so that it holds after a restart too.
            (Some(_), None) => true,
            (_, None) => false,
            (counted, Some(counts)) => {
                let age = event.at.since(is.since);
                let last = before.heard_at().unwrap_or(is.since);
                let due = (age / 10).min(NOT_FOUND_AT_LEAST);
                event.at.since(last) >= due
                    || self.timeouts.completes(counted.unwrap_or_default(), counts)
            }
        }
    }

    /// When the payment is to be taken up again once it has become `after`. Only what was `heard` may
    /// put the next check off: until then, and when somebody else has written meanwhile, an earlier
    /// time that is there may be a hint's, and stands.
    pub(crate) fn schedule(
        &self,
        before: &Stored,
        after: &Payment,
        heard: bool,
        contended: bool,
    ) -> Schedule {
        let now = self.now();
        let next = schedule::next_check(after, now, self.timeouts.payer);
        let wanted = before.schedule.next_check_at.filter(|_| contended || !heard);
        let overdue = now + self.timeouts.attention_after(Duration::ZERO, Duration::ZERO);
        // Whoever delivers may ship on the other evidence, as while a new version is rolled out: what is
        // news to either is planned, and judged when it is delivered.
        let was = NotificationState::of_both(&before.payment);
        let is = NotificationState::of_both(after);
        let planned = was.into_iter().zip(is).flat_map(|(was, is)| {
            let news = is.is_worth_telling_after(&was).then_some(now);
            news.into_iter().chain(is.begins_unknown_after(&was).then_some(overdue))
        });
        let notify = before.schedule.next_notify_at.into_iter().chain(planned);
        Schedule {
            next_check_at: next.map(|(at, _)| at).into_iter().chain(wanted).min(),
            // A story that is over is settled.
            check_class: next.map_or(CheckClass::Settled, |(_, class)| class),
            next_notify_at: notify.min(),
            last_check_at: before.schedule.last_check_at,
        }
    }

    pub(crate) async fn load(&self, invoice: &InvoiceId) -> Result<Stored, StoreError> {
        let stored = self.store.load(invoice).await?;
        stored.ok_or(StoreError::new(StoreErrorKind::NoSuchInvoice))
    }
}

fn asks_the_bank(wish: &Command) -> bool {
    match wish {
        Command::Authorize
        | Command::HandOver { .. }
        | Command::Confirm
        | Command::Capture(..)
        | Command::Void(_)
        | Command::Refund(..)
        | Command::RefundStated(..) => true,
        Command::Close(_)
        | Command::GiveUp(..)
        | Command::Acknowledge(..)
        | Command::ChooseTransaction(..)
        | Command::Reopen(_) => false,
    }
}
