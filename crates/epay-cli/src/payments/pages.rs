//! Reads a list of attempts page by page, because a log may be larger than the memory. An attempt
//! that can't be read is named, and the others are still listed.

use std::collections::BTreeSet;

use epay::{InvoiceId, PaymentStore};
use epay_domain::{ListQuery, Listed, StoreError};

use super::Log;
use crate::{Failure, complain};

const AT_ONCE: usize = 256;

/// Goes through a list, the newest first, as far as it is asked for.
pub(crate) struct Pages<'a> {
    log: &'a Log,
    query: ListQuery,
}

impl Pages<'_> {
    pub(crate) fn of(log: &Log, query: ListQuery) -> Pages<'_> {
        Pages { log, query }
    }

    /// The next attempts that can be read; `None` at the end.
    pub(crate) async fn next(
        &mut self,
        damaged: &mut Damaged,
    ) -> Result<Option<Vec<Listed>>, Failure> {
        let page = self.page(self.query.limit.min(AT_ONCE)).await?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        self.query.after = Some(last.clone());
        self.query.limit -= page.len().min(self.query.limit);
        let read = page
            .into_iter()
            .filter_map(|(invoice, listed)| damaged.pass(self.log, &invoice, listed));
        Ok(Some(read.collect()))
    }

    /// The attempt after which the list goes on, if it does.
    pub(crate) async fn goes_on_after(&self) -> Result<Option<&InvoiceId>, Failure> {
        let goes_on = !self.page(1).await?.is_empty();
        Ok(self.query.after.as_ref().filter(|_| goes_on))
    }

    async fn page(&self, limit: usize) -> Result<epay_domain::Page, Failure> {
        let page = self.log.store.list(ListQuery { limit, ..self.query.clone() }).await;
        page.map_err(|error| self.log.failure(error))
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
