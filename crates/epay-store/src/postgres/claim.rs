//! Claims: a payment that is due is given to one caller at a time, by a lease on one clock.

use std::time::Duration;

use epay_domain::{CLOCK_AHEAD, Queue, Stored, Timestamp};

use super::{
    Shared,
    connection::repeated,
    error::{Fault, PostgresError},
    options::LeaseClock,
    params::params,
    rows::column,
    sql,
};
use crate::row::{damaged, integer, millis};

/// The request.
pub(super) struct Claim {
    pub(super) queue: Queue,
    pub(super) terminal: String,
    pub(super) now: Timestamp,
    pub(super) limit: usize,
    pub(super) lease: Duration,
}

impl Claim {
    pub(super) async fn claim(&self, shared: &Shared) -> Result<Vec<Stored>, PostgresError> {
        let claimed = self.lease(shared).await?;
        let invoices: Vec<String> = claimed.iter().map(|(invoice, _)| invoice.clone()).collect();
        let mut loaded = shared.load_all(&invoices).await?;
        let (mut due, mut unreadable) = (Vec::with_capacity(claimed.len()), None);
        for (invoice, version) in claimed {
            let row = loaded.remove(&invoice);
            let row = row.unwrap_or_else(|| Err(damaged("an attempt is missing").into()));
            // Whoever has written since has ended the claim.
            let stored = row.and_then(|row| {
                let is_ours = row.version == version;
                Ok(is_ours.then(|| row.stored()).transpose()?)
            });
            match stored {
                Ok(stored) => due.extend(stored),
                Err(error) => unreadable = Some(error),
            }
        }
        match unreadable {
            Some(error) if due.is_empty() => Err(error),
            _ => Ok(due),
        }
    }

    /// Which attempts are claimed, and the versions that has made. Where the answer is lost, so is the
    /// claim, and its leases pass.
    async fn lease(&self, shared: &Shared) -> Result<Vec<(String, i64)>, PostgresError> {
        let length = |it: Duration| i64::try_from(it.as_millis()).unwrap_or(i64::MAX);
        let lease_begins = match shared.options.lease_clock {
            LeaseClock::Database => None,
            LeaseClock::Caller => Some(millis(self.now)),
        };
        let params = || {
            params![
                self.terminal.clone(),
                millis(self.now),
                integer(self.limit),
                millis(self.now + self.queue.horizon()),
                length(self.lease.saturating_add(CLOCK_AHEAD)),
                lease_begins,
                length(self.lease),
            ]
        };
        let statement = sql::claim(self.queue);
        let claimed =
            repeated(shared.options.timeout, false, || shared.reader().write(&statement, params()));
        let claimed = claimed.await.map_err(Fault::error)?;
        claimed.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?))).collect()
    }
}
