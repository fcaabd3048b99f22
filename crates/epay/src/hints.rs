//! Hints: a callback or a browser says that something happened, so a status check is put on the schedule. Nothing else moves.

use crate::error::PayError;
use crate::log_writer::WRITE_TRIES;
use crate::{Outcome, Payments, observe};
use epay_domain::{Schedule, StoreError, StoreErrorKind, Stored};
use epay_http::Hint;
use std::time::Duration;

/// How long the bank is left alone about one payment, however many hints come in.
const PAUSE: Duration = Duration::from_secs(1);

/// What became of a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintOutcome {
    /// The payment is due for a status check, durably, at the latest a second from now.
    Due,
    /// No payment of ours that the bank was ever asked about.
    NotOurs,
}

impl Payments {
    /// Notes that a callback says something happened; [`reconcile`](Payments::reconcile) looks. Answer it with 200 as soon
    /// as this returns, and with 500 only on an error: then nothing was noted.
    ///
    /// The hint itself moves nothing, whatever it says and whoever sent it. While a status check is due a hint writes nothing, so
    /// a flood of them costs a read each, and the bank is asked at most once a second.
    pub async fn hint(&self, hint: &Hint) -> Result<HintOutcome, PayError> {
        let noted = self.note(hint).await;
        observe::hinted(&noted);
        noted
    }

    async fn note(&self, hint: &Hint) -> Result<HintOutcome, PayError> {
        for _ in 0..WRITE_TRIES {
            let stored = self.store.load(&hint.invoice).await.map_err(PayError::store)?;
            let Some(stored) = stored.filter(|stored| stored.payment.asked_at().is_some()) else {
                return Ok(HintOutcome::NotOurs);
            };
            let soon = self.may_check_at(&stored);
            // A status check that is being made may have asked the bank before this happened, so it does not count.
            let in_hand = stored.leased_until.is_some_and(|until| until > self.now());
            if !in_hand && stored.schedule.next_check_at.is_some_and(|look| look <= soon) {
                return Ok(HintOutcome::Due);
            }
            match self
                .store
                .append(&stored, &[], Schedule { next_check_at: Some(soon), ..stored.schedule })
                .await
            {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                done => return done.map(|_| HintOutcome::Due).map_err(PayError::store),
            }
        }
        Err(PayError::store(StoreError::new(StoreErrorKind::Conflict)))
    }

    /// How the payment stands for a payer who has come back again: after a status check, unless there was one just now. Of many
    /// pages that are loaded at once, one looks.
    pub(crate) async fn checked_for_a_payer(&self, stored: Stored) -> Outcome {
        let now = self.now();
        if self.may_check_at(&stored) > now {
            return self.outcome(stored);
        }
        match self
            .store
            .append(&stored, &[], Schedule { last_check_at: Some(now), ..stored.schedule })
            .await
        {
            Ok(stored) => self.checked(stored).await,
            Err(_) => self.outcome(stored),
        }
    }

    /// Now, or when the last status check is long enough ago. A clock that went back makes that now: it silences nobody.
    fn may_check_at(&self, stored: &Stored) -> epay_domain::Timestamp {
        let now = self.now();
        match stored.schedule.last_check_at {
            Some(looked) if looked <= now => now.max(looked + PAUSE),
            _ => now,
        }
    }
}
