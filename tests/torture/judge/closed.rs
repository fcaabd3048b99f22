//! An attempt that was ended without the bank's word has its proof in the same log.

use std::time::Duration;

use epay_domain::{
    CloseReason, ClosedAs, Command, EventKind, Fact, Question, Source, State, Timestamp,
};

use super::{Attempt, Verdict, Wrong};

pub(super) fn judge(attempt: &Attempt, verdict: &mut Verdict) {
    let mut seen = Seen::default();
    let mut closed = false;
    for event in &attempt.events {
        if let EventKind::Closed(reason) = event.kind {
            closed = true;
            if let Err(missing) = seen.proves(reason) {
                verdict.wrong(
                    Wrong::NoProof,
                    attempt.invoice(),
                    format!("{reason:?}, and {missing}"),
                );
            }
        }
        if closed && matches!(event.kind, EventKind::Asked(Command::Authorize | Command::Confirm)) {
            verdict.wrong(Wrong::NoProof, attempt.invoice(), "ended, and asked for after that");
        }
        seen.sees(&event.kind, event.at);
    }
    let ended = attempt.stored.payment.state() == State::Closed(ClosedAs::NotExecuted);
    if ended && !closed && !seen.not_sent {
        verdict.wrong(
            Wrong::NoProof,
            attempt.invoice(),
            "not executed, and nothing shows that it was not sent",
        );
    }
}

/// What the log has told so far.
#[derive(Default)]
struct Seen {
    asked: Option<Question>,
    challenged: bool,
    not_sent: bool,
    /// Since when, and until when, the bank has said without a break that it does not know the invoice.
    not_found: Option<(Timestamp, Timestamp)>,
}

impl Seen {
    fn sees(&mut self, what: &EventKind, at: Timestamp) {
        match what {
            EventKind::Asked(Command::Authorize) => {
                (self.asked, self.not_found) = (Some(Question::Authorize), None)
            }
            EventKind::Asked(Command::Confirm) => {
                (self.asked, self.not_found) = (Some(Question::Confirm), None)
            }
            EventKind::NotSent(Some(Question::Authorize | Question::Confirm)) => {
                self.not_sent = true
            }
            EventKind::Unanswered(question) if *question == self.asked => self.not_found = None,
            EventKind::Observed(seen) => {
                self.challenged |= matches!(seen.fact, Fact::ThreeDsRequired(_));
                self.not_found = match (&seen.fact, seen.source, self.not_found) {
                    (Fact::NotFound, Source::Status, Some((since, last))) => {
                        Some((since, last.max(at)))
                    }
                    (Fact::NotFound, Source::Status, None) => Some((at, at)),
                    _ => None,
                };
            }
            _ => {}
        }
    }

    fn proves(&self, reason: CloseReason) -> Result<(), &'static str> {
        let lasted = |(since, last): (Timestamp, Timestamp)| last.since(since);
        match reason {
            CloseReason::NeverAsked if self.asked.is_some() => Err("it was asked for"),
            CloseReason::NeverConfirmed if self.asked == Some(Question::Confirm) => {
                Err("it was confirmed")
            }
            CloseReason::NeverConfirmed if !self.challenged => Err("the payer was never asked"),
            CloseReason::Abandoned { not_found_window }
                if not_found_window < Duration::from_secs(24 * 3_600) =>
            {
                Err("the not-found window is no day")
            }
            CloseReason::Abandoned { not_found_window }
                if self.not_found.map(lasted).is_none_or(|lasted| lasted < not_found_window) =>
            {
                Err("the bank has not said for so long that it does not know it")
            }
            CloseReason::NeverAsked
            | CloseReason::NeverConfirmed
            | CloseReason::Abandoned { .. } => Ok(()),
        }
    }
}
