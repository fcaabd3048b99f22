//! Names an attempt: the order's present one, or any by its invoice number.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::LogWriter;
use epay_domain::{InvoiceId, OrderId, PaymentStatus, StoreError, Stored};

/// Names an attempt. An order's name (`&str`) is the attempt that counts: its newest, unless that one
/// is dead and an older one has come to life, such as by a late success. An invoice number is that
/// attempt, whichever it is, from any process that has the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptRef {
    /// The attempt of this order that counts.
    Order(String),
    /// The attempt of this invoice.
    Invoice(InvoiceId),
}

impl From<&str> for AttemptRef {
    fn from(order: &str) -> AttemptRef {
        AttemptRef::Order(order.to_owned())
    }
}

impl From<&OrderId> for AttemptRef {
    fn from(order: &OrderId) -> AttemptRef {
        AttemptRef::Order(order.as_str().to_owned())
    }
}

impl From<&InvoiceId> for AttemptRef {
    fn from(invoice: &InvoiceId) -> AttemptRef {
        AttemptRef::Invoice(invoice.clone())
    }
}

impl LogWriter {
    pub(crate) async fn find(&self, which: &AttemptRef) -> Result<Stored, PayError> {
        let order = match which {
            AttemptRef::Invoice(invoice) => {
                let found = self.store.load(invoice).await.map_err(PayError::store)?;
                return found.ok_or(PayError::new(PayErrorKind::NoSuchAttempt));
            }
            AttemptRef::Order(order) => OrderId::new(order).map_err(PayError::input)?,
        };
        let present = self.store.current(&order).await.map_err(PayError::store)?;
        let present = present.ok_or(PayError::new(PayErrorKind::NoSuchAttempt))?;
        self.that_counts(present).await.map_err(PayError::store)
    }

    /// The order's attempt that counts, where `present` is its newest.
    pub(crate) async fn that_counts(&self, present: Stored) -> Result<Stored, StoreError> {
        let unasked = present.payment.status() == PaymentStatus::New;
        if present.payment.dead().is_none() && !unasked {
            return Ok(present);
        }
        let older = self.before(&present).await?;
        // Each of them was dead when the next was opened.
        let alive = older.into_iter().find(|older| older.payment.dead().is_none());
        Ok(alive.unwrap_or(present))
    }

    /// The order's attempts before this one, newest first.
    pub(crate) async fn before(&self, stored: &Stored) -> Result<Vec<Stored>, StoreError> {
        let (mut all, mut next) = (Vec::new(), stored.previous.clone());
        while let Some(invoice) = next {
            let older = self.load(&invoice).await?;
            next = older.previous.clone();
            all.push(older);
        }
        Ok(all)
    }
}
