//! A person's decisions about one attempt, written to the log. An `Operator` has no bank, so nothing
//! it does moves money.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::{Intent, LogWriter};
use crate::outcome::Attempt;
use crate::{AttemptRef, Payments, observe};
use epay_domain::{
    Clock, CloseReason, Command, Contradiction, Note, PaymentStore, StepId, TransactionId,
};
use std::fmt;
use std::sync::Arc;

/// What a person rules: of a process that has the log and no bank, or of a shop by
/// [`Payments::operator`].
///
/// ```
/// # async fn example(log: epay::MemoryStore, clock: epay::TokioClock) -> Result<(), epay::PayError> {
/// let operator = epay::Operator::new(log, clock);
/// let shown = operator.attempt("order-17").await?.payment().contradictions();
/// operator.acknowledge("order-17", &shown, "the bank's portal shows one payment").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Operator {
    log: LogWriter,
}

impl Operator {
    /// The operator of this log, by this clock.
    pub fn new(store: impl PaymentStore + 'static, clock: impl Clock + 'static) -> Operator {
        Operator { log: LogWriter::new(observe::store(store), Arc::new(clock)) }
    }

    /// The attempt as it stands.
    pub async fn attempt(&self, which: impl Into<AttemptRef>) -> Result<Attempt, PayError> {
        let stored = self.log.find(&which.into()).await?;
        Ok(Attempt::of(stored, self.log.fulfil_on))
    }

    /// A person has looked into `shown`, exactly: they block no more. What came meanwhile, or comes
    /// later with other evidence, stays up. The money stays as it is. [`Operator`] opens with an
    /// example.
    pub async fn acknowledge(
        &self,
        which: impl Into<AttemptRef>,
        shown: &[Contradiction],
        note: &str,
    ) -> Result<Attempt, PayError> {
        self.rule(which.into(), |note| Command::Acknowledge(shown.to_vec(), note), note).await
    }

    /// Which of the operations that the bank has named is ours. The others teach nothing any more;
    /// when one is named later, or holds or takes more than it had, the choice is open again.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments, ours: epay::TransactionId) -> Result<(), epay::PayError> {
    /// let note = "the bank's support: the other one is of another shop";
    /// shop.operator().choose_transaction("order-17", &ours, note).await?;
    /// # Ok(()) }
    /// ```
    pub async fn choose_transaction(
        &self,
        which: impl Into<AttemptRef>,
        transaction: &TransactionId,
        note: &str,
    ) -> Result<Attempt, PayError> {
        let wish = |note| Command::ChooseTransaction(transaction.clone(), note);
        self.rule(which.into(), wish, note).await
    }

    /// The step `step` did not happen. If it did after all, the bank's next word counts it. Refused
    /// until its request is [old enough](crate::Timeouts::request): it may still be on its way.
    ///
    /// Of a step that a reply has accepted and no status shows, the first says that nobody waits for one
    /// any more; it is refused for the time that a status [may take](crate::Timeouts::step). Then that is
    /// a [contradiction](Contradiction::StepNotShown), and [`acknowledge`](Operator::acknowledge) lets the
    /// reply stand. Only while nobody waits does it say that the step was not done: it may then be asked
    /// for under another name.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// shop.operator().give_up("order-17", "refund-1", "the portal shows no refund").await?;
    /// # Ok(()) }
    /// ```
    pub async fn give_up(
        &self,
        which: impl Into<AttemptRef>,
        step: &str,
        note: &str,
    ) -> Result<Attempt, PayError> {
        let step = StepId::new(step).map_err(PayError::input)?;
        let which = which.into();
        let stored = self.log.find(&which).await?;
        self.log.is_old_enough(&stored).await?;
        if self.log.timeouts.awaits(&stored.payment, &step, self.log.now()) {
            return Err(PayError::new(PayErrorKind::TooEarly));
        }
        self.rule(which, |note| Command::GiveUp(step, note), note).await
    }

    /// Ends an attempt of which no money is known to have moved, **without asking the bank**: if its
    /// request is still on its way, the order can be paid twice. What surfaces is a late success. Use
    /// [`Payments::close`], which checks first, wherever the bank can be reached.
    pub async fn close_unchecked(
        &self,
        which: impl Into<AttemptRef>,
        note: &str,
    ) -> Result<Attempt, PayError> {
        self.rule(which.into(), |note| Command::Close(CloseReason::ByPerson(note)), note).await
    }

    async fn rule(
        &self,
        which: AttemptRef,
        wish: impl FnOnce(Note) -> Command,
        note: &str,
    ) -> Result<Attempt, PayError> {
        let wish = wish(Note::new(note).map_err(PayError::input)?);
        match self.log.intend(self.log.find(&which).await?, &wish).await? {
            Intent::Written(stored) => Ok(Attempt::of(stored, self.log.fulfil_on)),
            Intent::Refused(_, refusal) => Err(PayError::refused(refusal)),
        }
    }
}

impl Payments {
    /// The operator of the same log.
    pub fn operator(&self) -> Operator {
        Operator { log: self.log.clone() }
    }

    /// A person ends an attempt of which no money is known to have moved, in whatever state it is
    /// stuck. Refused until its request is [old enough](crate::Timeouts::request), by the time that this
    /// process has seen pass where the log does not have what came of it, and unless the bank answers
    /// a check made here. It stays under the closest watch; what surfaces is a late success.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// shop.close("order-17", "the bank's support sees no such payment").await?;
    /// # Ok(()) }
    /// ```
    pub async fn close(
        &self,
        which: impl Into<AttemptRef>,
        note: &str,
    ) -> Result<Attempt, PayError> {
        let stored = self.find_here(which).await?;
        self.log.is_old_enough(&stored).await?;
        let invoice = stored.payment.invoice().clone();
        if stored.payment.asked_at().is_some() {
            let checked = self.check(stored).await.map_err(PayError::store)?;
            checked.seen.ok_or(PayError::new(PayErrorKind::NoAnswer))?;
        }
        self.operator().close_unchecked(&invoice, note).await
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("store", &self.log.store).finish_non_exhaustive()
    }
}
