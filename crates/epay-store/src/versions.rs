//! The version of each attempt, read without its events.

use epay_domain::{InvoiceId, Version};

use crate::row::{Damage, damaged};

/// How far an attempt has come: who remembers it sees what is new since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptVersion {
    /// The attempt.
    pub invoice: InvoiceId,
    /// Its newest version: each append and each claim makes one.
    pub version: Version,
    /// How many events it has.
    pub events: usize,
}

impl AttemptVersion {
    /// What `invoice, version, events` hold.
    pub(crate) fn read(invoice: &str, version: i64, events: i64) -> Result<AttemptVersion, Damage> {
        Ok(AttemptVersion {
            invoice: InvoiceId::new(invoice).map_err(damaged)?,
            version: Version(u64::try_from(version).map_err(damaged)?),
            events: usize::try_from(events).map_err(damaged)?,
        })
    }
}
