//! An attempt that was closed without the bank's word has the proof for that in the same log.

use std::{collections::BTreeSet, time::Duration};

use epay_domain::{
    CloseReason, ClosedAs, Command, EventKind, Fact, Origin, PayerStep, Question, Source, State,
    Timestamp, TransactionId,
};

use super::{Attempt, Kind, Verdict};

pub(super) fn judge(
    attempt: &Attempt,
    state: Option<State>,
    least_window: Duration,
    verdict: &mut Verdict,
) {
    let mut wrong = |what: String| verdict.complain(false, Kind::NoProof, attempt.invoice(), what);
    let mut seen = Seen::default();
    let mut closed = false;
    for event in &attempt.events {
        if let EventKind::Closed(reason) = &event.kind {
            closed = true;
            if let Err(missing) = seen.proves(reason, least_window) {
                wrong(format!("{reason:?}, and {missing}"));
            }
        }
        if closed
            && matches!(
                event.kind,
                EventKind::Asked(Command::Authorize | Command::Confirm | Command::HandOver { .. })
            )
        {
            wrong("ended, and asked for after that".to_owned());
        }
        // An answer about somebody else's payment says nothing of this one.
        let named = match &event.kind {
            EventKind::Observed(told) => told.invoice.as_ref(),
            _ => None,
        };
        if named.is_none_or(|named| named.as_str() == attempt.invoice()) {
            seen.sees(&event.kind, event.at);
        }
    }
    let ended = state == Some(State::Closed(ClosedAs::NotExecuted));
    if ended && !closed && !seen.not_sent {
        wrong("not executed, and nothing shows that it was not sent".to_owned());
    }
}

/// What the log has told so far.
#[derive(Default)]
struct Seen {
    asked: Option<Question>,
    /// An answer has named the page of 3-D Secure, or said that the bank waits for the payer there.
    challenged: bool,
    /// The operations that answers have named, and those of them that are another's.
    named: BTreeSet<TransactionId>,
    anothers: BTreeSet<TransactionId>,
    not_sent: bool,
    /// Until when the payer can pay at the bank's form.
    until: Option<Timestamp>,
    /// For how long, and until when, the bank has said without a break that it does not know the
    /// invoice. No gap between two answers counts more than two hours.
    not_found: Option<(Duration, Timestamp)>,
}

const LONGEST_GAP: Duration = Duration::from_secs(2 * 3_600);

impl Seen {
    fn sees(&mut self, what: &EventKind, at: Timestamp) {
        match what {
            EventKind::Asked(Command::Authorize) => {
                (self.asked, self.not_found) = (Some(Question::Authorize), None)
            }
            EventKind::Asked(Command::HandOver { until }) => {
                (self.asked, self.not_found) = (Some(Question::HandOver), None);
                self.until = self.until.max(Some(*until));
            }
            EventKind::Asked(Command::Confirm) => {
                (self.asked, self.not_found) = (Some(Question::Confirm), None)
            }
            EventKind::NotSent { question: Some(Question::Authorize), .. } => self.not_sent = true,
            // As if it was never asked: the payer is still at the page.
            EventKind::NotSent { question: Some(Question::Confirm), .. } => {
                self.asked = Some(Question::Authorize)
            }
            EventKind::Unanswered(question) if *question == self.asked => self.not_found = None,
            EventKind::Observed(seen) => {
                let page = Fact::AwaitingPayer(PayerStep::Challenge);
                self.challenged |=
                    matches!(seen.fact, Fact::ThreeDsRequired(_)) || seen.fact == page;
                let told = match seen.origin {
                    Origin::Other => &mut self.anothers,
                    _ => &mut self.named,
                };
                told.extend(seen.transaction.clone());
                let may_pay = self.until.is_some_and(|until| at < until);
                self.not_found = match (&seen.fact, seen.source, self.not_found) {
                    (Fact::NotFound, Source::Status, _) if may_pay => None,
                    (Fact::NotFound, Source::Status, Some((counted, last))) => {
                        let gap = at.since(last).min(LONGEST_GAP);
                        let gap = seen.elapsed.map_or(gap, |elapsed| gap.min(elapsed));
                        Some((counted + gap, at))
                    }
                    (Fact::NotFound, Source::Status, None) => Some((Duration::ZERO, at)),
                    (_, _, counted) if seen.origin == Origin::Other => counted,
                    _ => None,
                };
            }
            _ => {}
        }
    }

    fn proves(&self, reason: &CloseReason, least_window: Duration) -> Result<(), &'static str> {
        match reason {
            CloseReason::NeverAsked if self.asked.is_some() => Err("it was asked for"),
            CloseReason::NeverConfirmed if self.asked == Some(Question::Confirm) => {
                Err("it was confirmed")
            }
            CloseReason::NeverConfirmed if self.until.is_some() => {
                Err("the payer pays at the bank's form, without our confirm")
            }
            CloseReason::NeverConfirmed if !self.challenged => Err("the payer was never asked"),
            CloseReason::Abandoned { .. } if !self.named.is_subset(&self.anothers) => {
                Err("the bank has named it")
            }
            CloseReason::Abandoned { not_found_window } if *not_found_window < least_window => {
                Err("the not-found window is shorter than it was set to")
            }
            CloseReason::Abandoned { not_found_window }
                if self.not_found.is_none_or(|(counted, _)| counted < *not_found_window) =>
            {
                Err("the bank has not said for so long that it does not know it")
            }
            CloseReason::NeverAsked
            | CloseReason::NeverConfirmed
            | CloseReason::Abandoned { .. }
            | CloseReason::ByPerson(_) => Ok(()),
        }
    }
}
