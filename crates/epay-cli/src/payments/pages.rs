//! All attempts of a log, some at a time: a log may be larger than the memory.

use epay::{InvoiceId, PaymentStore, domain::Stored};

use super::Log;
use crate::Failure;

const AT_ONCE: usize = 256;

/// Goes through the log in the order of the invoice numbers as text.
pub(crate) struct Pages<'a> {
    log: &'a Log,
    after: Option<InvoiceId>,
}

impl Pages<'_> {
    pub(crate) fn of(log: &Log) -> Pages<'_> {
        Pages { log, after: None }
    }

    /// The next attempts; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Vec<Stored>, Failure> {
        let page = self
            .log
            .store
            .page(self.after.clone(), AT_ONCE)
            .await
            .map_err(|error| self.log.failure(error))?;
        self.after = page.last().map(|stored| stored.payment.invoice().clone());
        Ok(page)
    }
}
