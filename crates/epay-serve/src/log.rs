//! The log of a shop, in a file or in a database, and what only the store itself can tell of it.

use crate::config::{Config, ConfigError, ShopConfig, StorePlace};
use crate::service::OpenError;
use epay::{InvoiceNumbers, PaymentStore, PostgresStore, SqliteStore, TerminalId};
use epay_domain::{StoreError, StoreLayer, Timestamp};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// Of a million numbers a tenth: the bank takes its time to give the next range.
pub(crate) const FEW_INVOICES: u64 = 100_000;

/// A log that is open. Clones are the same log.
#[derive(Clone, Debug)]
pub(crate) enum Log {
    File(Arc<SqliteStore>),
    Database(Arc<PostgresStore>),
}

/// Where a log is.
pub(crate) enum Place {
    File(PathBuf),
    /// Its URL.
    Database(String),
}

impl Place {
    pub(crate) fn of(config: &Config, shop: &ShopConfig) -> Result<Place, ConfigError> {
        let said = match &shop.store {
            StorePlace::Said(place) => place.clone(),
            StorePlace::Secret(source) => {
                let read = source.read(|path| config.path(path));
                read.map_err(|error| shop.wrong("store", error))?.expose().to_owned()
            }
        };
        let is_url = ["postgres://", "postgresql://"].iter().any(|it| said.starts_with(it));
        Ok(if is_url { Place::Database(said) } else { Place::File(config.path(&said)) })
    }

    /// The log that is there.
    pub(crate) async fn open(&self) -> Result<Log, Box<dyn Error + Send + Sync>> {
        Ok(match self {
            Place::File(path) => Log::File(SqliteStore::open(path)?.into()),
            Place::Database(url) => Log::Database(PostgresStore::connect(url).await?.into()),
        })
    }

    /// The same, and a new one where there is none.
    async fn open_or_create(
        &self,
        numbers: &InvoiceNumbers,
    ) -> Result<Log, Box<dyn Error + Send + Sync>> {
        Ok(match self {
            Place::File(path) => Log::File(SqliteStore::open_or_create(path, numbers)?.into()),
            Place::Database(url) => {
                Log::Database(PostgresStore::connect_or_create(url, numbers).await?.into())
            }
        })
    }
}

impl Log {
    /// Opens what the file names; a first invoice there makes it, where there is none.
    pub(crate) async fn open(config: &Config, shop: &ShopConfig) -> Result<Log, OpenError> {
        let place = Place::of(config, shop)?;
        let opened = match shop.first_invoice()?.map(InvoiceNumbers::starting_at) {
            None => place.open().await,
            Some(numbers) => place.open_or_create(&numbers).await,
        };
        opened.map_err(OpenError)
    }

    pub(crate) async fn invoices_left(&self) -> Result<u64, StoreError> {
        match self {
            Log::File(store) => store.invoices_left().await,
            Log::Database(store) => store.invoices_left().await,
        }
    }

    /// Since when the event that has waited longest could have been fetched.
    pub(crate) async fn event_waits_since(
        &self,
        terminal: &TerminalId,
    ) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Log::File(store) => store.notification_due_since(terminal).await,
            Log::Database(store) => store.notification_due_since(terminal).await,
        }
    }

    /// Whether other users of this machine may read it.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Log::File(store) if store.is_shared())
    }
}

impl StoreLayer for Log {
    fn inner(&self) -> &dyn PaymentStore {
        match self {
            Log::File(store) => store,
            Log::Database(store) => store,
        }
    }
}
