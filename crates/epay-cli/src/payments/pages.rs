//! All attempts of a log, some at a time: a log may be larger than the memory. One that can't be
//! read is named, and holds up no other.

use std::collections::BTreeSet;

use epay::{InvoiceId, PaymentStore};
use epay_domain::{StoreError, Stored};

use super::Log;
use crate::{Failure, complain};

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

    /// The next attempts that can be read; `None` at the end.
    pub(crate) async fn next(
        &mut self,
        damaged: &mut Damaged,
    ) -> Result<Option<Vec<Stored>>, Failure> {
        let page = self.log.store.page(self.after.clone(), AT_ONCE).await;
        let page = page.map_err(|error| self.log.failure(error))?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        self.after = Some(last.clone());
        let read = page
            .into_iter()
            .filter_map(|(invoice, stored)| damaged.pass(self.log, &invoice, stored));
        Ok(Some(read.collect()))
    }
}

/// The attempts that could not be read; each is named once, on standard error.
#[derive(Default)]
pub(crate) struct Damaged(BTreeSet<InvoiceId>);

impl Damaged {
    /// What was read of this attempt, if it could be.
    pub(crate) fn pass<T>(
        &mut self,
        log: &Log,
        invoice: &InvoiceId,
        read: Result<T, StoreError>,
    ) -> Option<T> {
        let error = match read {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        if self.0.insert(invoice.clone()) {
            complain(&format!("invoice {invoice}: {}", log.failure(error)));
        }
        None
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
