//! The operator: where a person's word about one attempt enters the log. No bank stands behind it, so nothing here moves money.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::{Intent, LogWriter};
use crate::observe;
use crate::outcome::Attempt;
use crate::{FulfilOn, Payments, Timeouts};
use epay_domain::{Clock, Command, InvoiceId, Note, PaymentStore, StepId};
use std::fmt;
use std::sync::Arc;

/// What a person rules about an attempt by its invoice number, the order's present one or an older one.
///
/// [`Payments::acknowledge`] and [`Payments::give_up`] do the same for an order's present attempt. A late success is
/// often an older one.
#[derive(Clone)]
pub struct Operator {
    store: Arc<dyn PaymentStore>,
    clock: Arc<dyn Clock>,
}

impl Operator {
    /// An operator on this log, by this clock.
    pub fn new(store: impl PaymentStore + 'static, clock: impl Clock + 'static) -> Operator {
        Operator { store: observe::store(store), clock: Arc::new(clock) }
    }

    /// A person's word that the flags raised so far were looked into: they block no more. The money stays as it is.
    pub async fn acknowledge(&self, invoice: &InvoiceId, note: &str) -> Result<Attempt, PayError> {
        self.rule(invoice, Command::Acknowledge(note_of(note)?)).await
    }

    /// A person's word that the step `step` did not happen. If it did after all, the bank's next word counts it.
    pub async fn give_up(
        &self,
        invoice: &InvoiceId,
        step: &str,
        note: &str,
    ) -> Result<Attempt, PayError> {
        let step = StepId::new(step).map_err(PayError::id)?;
        self.rule(invoice, Command::GiveUp(step, note_of(note)?)).await
    }

    async fn rule(&self, invoice: &InvoiceId, wish: Command) -> Result<Attempt, PayError> {
        // What a 200 is worth is the shop's to say. The lower price may put something on the shop's list that turns out
        // to be nothing new; the higher one could keep notifications from it.
        let (store, clock) = (&*self.store, &*self.clock);
        let writer =
            LogWriter { store, clock, fulfil_on: FulfilOn::Reply, timeouts: Timeouts::default() };
        match writer.intend(writer.reload(invoice).await?, &wish).await? {
            Intent::Written(stored) => Ok(Attempt::of(stored)),
            Intent::Refused(_, refusal) => Err(PayError::refused(refusal)),
        }
    }
}

impl Payments {
    /// An operator on the same log.
    pub fn operator(&self) -> Operator {
        Operator { store: self.store.clone(), clock: self.clock.clone() }
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("store", &self.store).finish_non_exhaustive()
    }
}

pub(crate) fn note_of(text: &str) -> Result<Note, PayError> {
    Note::new(text).ok_or(PayError::new(PayErrorKind::Input))
}
