//! Opening an attempt is judged on a consistent read of the order's present one, and written only
//! while that still holds.

use std::sync::Arc;

use epay_domain::{
    CreateRule, Created, DeadProof, InvoiceId, NewPayment, Payment, ReplayKey, StoreError,
    StoreErrorKind, Stored, Timestamp,
};
use tokio::{sync::oneshot, time};

use super::{
    Shared,
    batcher::Write,
    connection::{Pause, out_of_time},
    error::{Fault, PostgresError, PostgresErrorKind},
    open::Open,
    params::params,
    rows, sql,
};
use crate::row::{Opening, Row, damaged};

pub(super) async fn create(
    shared: Arc<Shared>,
    new: NewPayment,
    at: Timestamp,
    after: Option<DeadProof>,
) -> Result<Created, StoreError> {
    let timeout = shared.options.timeout;
    let mut attempt =
        Attempt { shared, new, at, after, number: None, is_taken: false, was_lost: false };
    let created = time::timeout(timeout, attempt.create()).await;
    created.unwrap_or_else(|_| Err(out_of_time().error().into()))
}

struct Attempt {
    shared: Arc<Shared>,
    new: NewPayment,
    at: Timestamp,
    after: Option<DeadProof>,
    /// What it is opened under. It is this call's alone, so whatever is found under it is its.
    number: Option<InvoiceId>,
    /// Whether somebody else has the number after all.
    is_taken: bool,
    /// Whether something may have been opened of which no answer came.
    was_lost: bool,
}

impl Attempt {
    async fn create(&mut self) -> Result<Created, StoreError> {
        let mut pause = Pause::default();
        loop {
            match self.judged().await {
                Ok(Some(created)) => {
                    self.give_back(&created).await;
                    return Ok(created);
                }
                // Somebody was faster.
                Ok(None) => {}
                Err(Refused::Fault(Fault::NotDone(_) | Fault::Lost(_))) => {
                    self.was_lost = true;
                    pause.wait().await;
                }
                Err(Refused::Fault(Fault::Taken(constraint))) => {
                    self.is_taken = constraint.starts_with("attempts");
                }
                Err(Refused::Fault(Fault::Refused(error))) => return Err(error.into()),
                Err(Refused::ByThePort(kind)) => return Err(StoreError::new(kind)),
            }
        }
    }

    /// Looks, judges and writes; `None` where what was seen was no longer so.
    async fn judged(&mut self) -> Result<Option<Created>, Refused> {
        // Most orders are new. The write finds out, so nothing is asked before it.
        let may_be_new = self.after.is_none() && self.number().await?.is_some();
        if may_be_new && let opened @ Some(_) = self.open(None).await? {
            return Ok(opened);
        }
        let (order, key) = (self.new.order.as_str(), self.new.replay.as_ref());
        let (row, owner) = present(&self.shared, order, key).await?;
        let present = row.as_ref().map(Row::stored).transpose().map_err(PostgresError::from)?;
        if let Some(present) = self.opened_before(present.as_ref()).await? {
            return Ok(Some(present));
        }
        let payment = present.as_ref().map(|present| &present.payment);
        let rule = CreateRule::judge(&self.new, payment, self.after.as_ref(), owner.as_ref());
        match (rule, present) {
            (CreateRule::Replayed, _) => Ok(Some(Created::Replayed)),
            (CreateRule::Existing { claims }, Some(present)) => {
                let given = !claims || self.give_key(&present).await?;
                Ok(given.then_some(Created::Existing(present)))
            }
            (_, present) => self.open(present).await,
        }
    }

    /// What this call has opened when its answer was lost.
    async fn opened_before(
        &mut self,
        present: Option<&Stored>,
    ) -> Result<Option<Created>, Refused> {
        let Some(present) = present else { return Ok(None) };
        if self.number.as_ref() == Some(present.payment.invoice()) {
            // It is there; and so that it stays there, no answer comes before this write is safe.
            let invoices = vec![present.payment.invoice().to_string()];
            self.shared.reader().write(sql::WHAT_WAS_WRITTEN, params![invoices, 0_i64]).await?;
            let is_new = present.version.0 == 0;
            let created = if is_new { Created::New } else { Created::Existing };
            return Ok(Some(created(present.clone())));
        }
        Ok(None)
    }

    async fn give_key(&self, present: &Stored) -> Result<bool, Refused> {
        let Some(key) = &self.new.replay else { return Ok(true) };
        let version = present.version.0.cast_signed();
        let params =
            params![present.payment.invoice().to_string(), version, key.as_bytes().to_vec()];
        let given = self.shared.reader().write(sql::GIVE_KEY, params).await?;
        Ok(!given.is_empty())
    }

    /// The number to open under; `None` when there are no more.
    async fn number(&mut self) -> Result<Option<InvoiceId>, Refused> {
        if std::mem::take(&mut self.is_taken) {
            self.number = None;
        }
        if self.number.is_none() {
            self.number = self.shared.next_number().await?;
        }
        Ok(self.number.clone())
    }

    /// So that a flood of second clicks uses up no numbers.
    async fn give_back(&mut self, created: &Created) {
        let is_unused = !self.was_lost && !matches!(created, Created::New(_));
        if is_unused && let Some(number) = self.number.take() {
            self.shared.numbers.lock().await.give_back(number);
        }
    }

    async fn open(&mut self, present: Option<Stored>) -> Result<Option<Created>, Refused> {
        let out = Refused::ByThePort(StoreErrorKind::OutOfInvoices);
        let number = self.number().await?.ok_or(out)?;
        let previous = present.as_ref().map(|present| present.payment.invoice().clone());
        let payment = Payment::open(number.clone(), self.new.amount, self.new.terminal.clone());
        let payment = payment.with_tag(self.new.tag);
        let (reply, answer) = oneshot::channel();
        let open = Open {
            opening: Opening::new(&number, &self.new, self.at, previous.as_ref()),
            onto: present.map(|present| present.version.0.cast_signed()),
            key: self.new.replay,
            keys: payment.list_keys(),
            reply,
        };
        // Where nobody is left to write, nobody answers.
        let _ = self.shared.batcher.send(Write::Open(open));
        let gone = |_| Fault::Refused(PostgresError::new(PostgresErrorKind::Failed));
        let opened = answer.await.map_err(gone)??;
        let stored = Stored::opened(self.new.order.clone(), payment, previous);
        Ok(opened.then_some(Created::New(stored)))
    }
}

/// An order's present attempt, and who has the key, at one moment.
pub(super) async fn present(
    shared: &Shared,
    order: &str,
    key: Option<&ReplayKey>,
) -> Result<(Option<Row>, Option<InvoiceId>), Fault> {
    let key = key.map(|key| key.as_bytes().to_vec());
    let found = shared.reader().query(sql::CURRENT, params![order.to_owned(), key]).await?;
    let damage = |why| Fault::Refused(damaged(why).into());
    let [found] = &*found else { return Err(damage("an order is not one row")) };
    let row = rows::attempt(found).map_err(Fault::Refused)?;
    if row.as_ref().is_some_and(|row| row.opening.order != order) {
        return Err(damage("an order has another's attempt"));
    }
    Ok((row, rows::owner(found).map_err(Fault::Refused)?))
}

enum Refused {
    ByThePort(StoreErrorKind),
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Refused {
        Refused::Fault(fault)
    }
}

impl From<PostgresError> for Refused {
    fn from(error: PostgresError) -> Refused {
        Refused::Fault(Fault::Refused(error))
    }
}
