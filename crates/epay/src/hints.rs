//! Hints: after a callback or a browser's return a check is scheduled. Nothing else moves.

use crate::error::PayError;
use crate::log_writer::Plan;
use crate::schedule::{PAUSE, is_in_hand, is_planned_by, is_unanswered, may_check_at};
use crate::{HintOutcome, Outcome, Payments, observe};
use epay_domain::{Schedule, Stored, Timestamp};
use epay_http::{Authenticity, Hint};

impl Payments {
    /// Notes that a callback says something happened; [`reconcile`](Payments::reconcile) checks.
    /// Answer it with 200 as soon as this returns, and with 500 only on an error: then nothing was
    /// noted.
    ///
    /// The hint itself moves nothing, whatever it says and whoever sent it. While a check is due a
    /// hint writes nothing, and the bank is asked at most once a second about one payment. Each process
    /// takes ten unproven hints a second, and about settled payments five proven and one unproven.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments, tags: epay::TagKey, body: &[u8])
    /// # -> Result<(), Box<dyn std::error::Error>> {
    /// let hint = epay::PostLink::read(body)?.check(&tags, shop.terminal());
    /// shop.hint(&hint).await?; // then answer 200
    /// # Ok(()) }
    /// ```
    pub async fn hint(&self, hint: &Hint) -> Result<HintOutcome, PayError> {
        let noted = self.note(hint).await;
        observe::hinted(hint.authenticity, &noted);
        noted
    }

    async fn note(&self, hint: &Hint) -> Result<HintOutcome, PayError> {
        let Some(invoice) = &hint.invoice else { return Ok(HintOutcome::NotOurs) };
        let stored = self.log.store.load(invoice).await.map_err(PayError::store)?;
        let Some(stored) = stored.filter(|stored| stored.payment.asked_at().is_some()) else {
            return Ok(HintOutcome::NotOurs);
        };
        // One that is due is no cost, however often it is hinted at.
        if self.wanted(hint, &stored).is_none() {
            return Ok(HintOutcome::Due);
        }
        let (class, now) = (stored.schedule.check_class, self.log.clock.monotonic());
        if !self.hints.takes(class, hint.authenticity, now) {
            return Ok(HintOutcome::Postponed);
        }
        let written = self.log.write(stored, |stored, _| match self.wanted(hint, stored) {
            None => Plan::Leave,
            next_check_at => Plan::Write(vec![], Schedule { next_check_at, ..stored.schedule }),
        });
        written.await.map(|_| HintOutcome::Due).map_err(PayError::store)
    }

    /// When it is to be checked because of this hint; `None` where it is by then anyway.
    fn wanted(&self, hint: &Hint, stored: &Stored) -> Option<Timestamp> {
        let now = self.log.now();
        let earliest = may_check_at(stored, now);
        // Whoever can prove that it comes from the bank goes before whoever can't. The answer to an ask
        // puts off what is not due yet: until it is there, soon is not enough.
        let at_once = hint.authenticity == Authenticity::Proven || is_unanswered(stored);
        let wanted = if at_once { earliest } else { earliest.max(now + PAUSE) };
        // A check that is being made may have asked the bank before this happened.
        let stands = is_planned_by(stored, wanted) && !is_in_hand(stored, now);
        (!stands).then_some(wanted)
    }

    /// How the payment stands for a payer who has come back again: after a check, unless there was one
    /// just now. Of many pages that are loaded at once, one checks.
    pub(crate) async fn checked_for_a_payer(&self, stored: Stored) -> Outcome {
        let now = self.log.now();
        if may_check_at(&stored, now) > now {
            return self.outcome(stored, None);
        }
        let schedule = Schedule { last_check_at: Some(now), ..stored.schedule };
        match self.log.store.append(&stored, &[], schedule).await {
            Ok(stored) => {
                let checked = self.checked(stored).await;
                self.outcome(checked, None)
            }
            Err(_) => self.outcome(stored, None),
        }
    }
}
