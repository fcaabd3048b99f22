//! Look: whatever is not known is asked of the bank's status, again and again, and never of a call that moves money.

use crate::error::PayError;
use crate::patience::next_look;
use crate::payments::Intent;
use crate::{Outcome, Payments};
use epay_domain::{Closing, Command, Fact, Note, Question, StepKind, StoreError, Stored, WaitsFor};
use epay_http::Hint;
use std::time::Duration;

/// How many payments one sweep takes, and how long nobody else takes them.
const SWEEP: usize = 64;
const LEASE: Duration = Duration::from_secs(120);

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// How many payments were due and looked at.
    pub looked: usize,
    /// How many of them still wait for an answer.
    pub still_open: usize,
    /// How many of them a person has to look at.
    pub flagged: usize,
}

/// What became of a hint.
#[derive(Debug)]
#[must_use = "the hint may have settled the payment"]
pub enum FollowUp {
    /// The bank was asked, and this is how the payment stands.
    Looked(Outcome),
    /// The bank was asked about this invoice less than a second ago.
    TooSoon,
    /// No payment of ours; the bank was not asked.
    NotOurs,
}

impl Payments {
    /// Asks the bank how the order stands.
    pub async fn look(&self, order: &str) -> Result<Outcome, PayError> {
        let stored = self.current(order).await?;
        Ok(self.looked(stored).await)
    }

    /// Looks because a callback or a browser says something happened. The hint itself moves nothing, whatever it says
    /// and whoever sent it; a flood of hints asks the bank at most once a second for each invoice.
    pub async fn follow_up(&self, hint: &Hint) -> Result<FollowUp, PayError> {
        let Some(stored) = self.store.load(&hint.invoice).await.map_err(PayError::store)? else {
            return Ok(FollowUp::NotOurs);
        };
        if !self.probes.allows(&hint.invoice, self.now()) {
            return Ok(FollowUp::TooSoon);
        }
        Ok(FollowUp::Looked(self.looked(stored).await))
    }

    /// Looks at what is due on this terminal: one sweep. Call it from a timer; several machines may, each payment goes to one of them.
    pub async fn reconcile(&self) -> Result<Sweep, PayError> {
        let due =
            self.store.claim_due(self.bank.terminal(), self.now(), SWEEP, LEASE).await.map_err(PayError::store)?;
        let mut sweep = Sweep::default();
        for stored in due {
            let looked = self.look_at(stored).await.map_err(PayError::store)?;
            sweep.looked += 1;
            sweep.still_open += usize::from(looked.payment.pending().is_some());
            sweep.flagged += usize::from(!looked.payment.flags().is_empty());
        }
        Ok(sweep)
    }

    /// Sweeps for ever, waiting `pause` whenever nothing was due.
    pub async fn keep_reconciling(&self, pause: Duration) {
        loop {
            match self.reconcile().await {
                Ok(Sweep { looked, .. }) if looked > 0 => {}
                _ => self.clock.sleep(pause).await,
            }
        }
    }

    /// How the payment stands after one look, unless somebody made us look less than a second ago.
    pub(crate) async fn looked_at_most_once_a_second(&self, stored: Stored) -> Outcome {
        if self.probes.allows(stored.payment.invoice(), self.now()) {
            self.looked(stored).await
        } else {
            self.outcome(stored)
        }
    }

    pub(crate) async fn looked(&self, stored: Stored) -> Outcome {
        let looked = self.look_at(stored.clone()).await.unwrap_or(stored);
        self.outcome(looked)
    }

    /// One status query, its answer written down, and what follows from waiting too long.
    pub(crate) async fn look_at(&self, stored: Stored) -> Result<Stored, StoreError> {
        if stored.payment.asked_at().is_none() {
            return Ok(stored);
        }
        let Ok(seen) = self.bank.status(&stored.payment).await else {
            self.postpone(&stored).await;
            return Ok(self.after_waiting(stored, false).await);
        };
        let still_held = seen.fact == Fact::Authorized;
        let heard = stored.payment.hear(Ok(seen), self.now());
        let stored = self.record(stored, heard).await?;
        Ok(self.after_waiting(stored, still_held).await)
    }

    /// A failed look teaches nothing; it only has to be tried again later. Whoever wrote meanwhile has said when.
    async fn postpone(&self, stored: &Stored) {
        let due = next_look(&stored.payment, self.now());
        let _ = self.store.append(stored.payment.invoice(), stored.version, &[], due).await;
    }

    /// Ends what has been waited for long enough. A wish that is refused, or lost to another writer, comes again with
    /// the next look.
    async fn after_waiting(&self, stored: Stored, still_held: bool) -> Stored {
        let Some(wish) = self.end_of_patience(&stored, still_held) else { return stored };
        match self.intend(stored.clone(), &wish).await {
            Ok(Intent::Written(stored) | Intent::Refused(stored, _)) => stored,
            Err(_) => stored,
        }
    }

    fn end_of_patience(&self, stored: &Stored, still_held: bool) -> Option<Command> {
        let pending = stored.payment.pending()?;
        let waited = self.now().since(pending.since);
        match (pending.question, pending.waits_for) {
            (Question::Authorize, WaitsFor::Payer) if waited >= self.patience.payer => {
                Some(Command::Close(Closing::NeverConfirmed))
            }
            // Refused unless the bank has said "not found" for so long, from one look to another.
            (Question::Authorize | Question::Confirm, WaitsFor::Bank) => {
                Some(Command::Close(Closing::Abandoned { fence: self.patience.fence }))
            }
            // The bank guards a charge and a cancel by the state of the hold (assumed, A2): while it still says held,
            // neither has happened. A refund has no such guard, so only a sum or a person ends it.
            (Question::Step(step), _) if still_held && waited >= self.patience.step => {
                let (kind, _) = stored.payment.step(&step)?;
                let guarded = matches!(kind, StepKind::Charge(_) | StepKind::Cancel);
                let note = Note::new("the bank still says held after the waiting time")?;
                guarded.then_some(Command::GiveUp(step, note))
            }
            _ => None,
        }
    }
}
