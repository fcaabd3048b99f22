//! Which attempt: the order's present one, or any by its invoice number.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::LogWriter;
use epay_domain::{InvoiceId, OrderId, Stored};

/// Names an attempt. An order's name (`&str`) is its present attempt; an invoice number is that one,
/// the present or an older, from any process that has the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptRef {
    /// The present attempt of this order.
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
        let found = match which {
            AttemptRef::Order(order) => {
                self.store.current(&OrderId::new(order).map_err(PayError::id)?).await
            }
            AttemptRef::Invoice(invoice) => self.store.load(invoice).await,
        };
        found.map_err(PayError::store)?.ok_or(PayError::new(PayErrorKind::NoSuchAttempt))
    }
}
