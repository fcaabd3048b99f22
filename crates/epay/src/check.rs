//! One status check: the bank's answer is written to the log, and what follows from it is done.

use crate::ask::{Ask, Asked};
use crate::late_success::{Verdict, judge};
use crate::log_writer::Intent;
use crate::{LateSuccess, Payments, observe, schedule};
use epay_domain::{
    Command, GatewayErrorKind, Note, Observation, Schedule, StatusError, StoreError, Stored,
};
use futures_util::future::{Either, select};
use std::pin::pin;

/// The result of a check.
pub(crate) struct Checked {
    pub(crate) stored: Stored,
    /// The bank's answer; `None` if it did not answer.
    pub(crate) seen: Option<Observation>,
}

impl Payments {
    /// The payment after a check; as it was where nothing could be learnt or written.
    pub(crate) async fn checked(&self, stored: Stored) -> Stored {
        let as_it_was = stored.clone();
        self.check(stored).await.map_or(as_it_was, |checked| checked.stored)
    }

    /// One status query, its answer written down with what it ends, and what follows from that.
    pub(crate) async fn check(&self, stored: Stored) -> Result<Checked, StoreError> {
        let ours = stored.payment.terminal() == self.bank.terminal();
        if stored.payment.asked_at().is_none() || !ours {
            return Ok(Checked { stored, seen: None });
        }
        // A status query is safe to drop; one that never ends must not hold a place for ever.
        let limit = pin!(self.log.clock.sleep(self.log.timeouts.request));
        let answer = match select(self.bank.status(&stored.payment), limit).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(StatusError::new(GatewayErrorKind::Deadline)),
        };
        observe::checked(&stored.payment, &answer);
        let Ok(seen) = answer else {
            return Ok(Checked { stored: self.postponed(stored).await, seen: None });
        };
        let event = stored.payment.record_reply(Ok(seen.clone()), self.log.now());
        let before = stored.clone();
        let stored = self.log.record(stored, event).await?;
        let stored = self.settle_late_success(&before, &seen, stored).await;
        Ok(Checked { stored, seen: Some(seen) })
    }

    /// A failed check teaches nothing; it only has to be tried again later, or as soon as it was planned
    /// anyway. Whoever wrote meanwhile has said when, and knows more.
    async fn postponed(&self, stored: Stored) -> Stored {
        let now = self.log.now();
        let next = schedule::next_check(&stored.payment, now, self.log.timeouts.payer);
        let stands = schedule::is_planned_by(&stored, now + schedule::PAUSE)
            && !schedule::is_in_hand(&stored, now);
        let planned = stored.schedule.next_check_at.filter(|_| stands);
        let next_check_at = next.map(|(at, _)| at).into_iter().chain(planned).min();
        let schedule = Schedule { next_check_at, last_check_at: Some(now), ..stored.schedule };
        match self.log.store.append(&stored, &[], schedule).await {
            Ok(stored) => stored,
            Err(_) => self.log.load(stored.payment.invoice()).await.unwrap_or(stored),
        }
    }

    async fn settle_late_success(
        &self,
        before: &Stored,
        seen: &Observation,
        stored: Stored,
    ) -> Stored {
        if self.late_success == LateSuccess::AskPerson || !stored.payment.is_contradicted() {
            return stored;
        }
        let Ok(Some(present)) = self.log.store.current(&stored.order).await else { return stored };
        let mut stored = stored;
        let mut verdict = judge(before, seen, &stored, &present);
        if let Verdict::GiveBack(step, undo) = verdict {
            let asked = self.ask(stored.clone(), Ask::Step(step, undo)).await;
            stored = asked.map_or(stored, Asked::into_stored);
            verdict = judge(before, seen, &stored, &present);
        }
        match verdict {
            Verdict::Settled(settled, note) => match Note::new(note) {
                Ok(note) => self.wish(stored, Command::Acknowledge(settled, note)).await,
                Err(_) => stored,
            },
            Verdict::Wait | Verdict::GiveBack(..) => stored,
        }
    }

    /// Writes a wish of the machine's own, or leaves the payment as it is.
    async fn wish(&self, stored: Stored, wish: Command) -> Stored {
        match self.log.intend(stored.clone(), &wish).await {
            Ok(Intent::Written(stored) | Intent::Refused(stored, _)) => stored,
            Err(_) => stored,
        }
    }
}
