//! Databases with a new log in each.

use epay::{InvoiceId, InvoiceNumbers, PostgresStore};
use epay_store::{LeaseClock, PostgresOptions};
use epay_testkit::PostgresCluster;

/// A log in a database of its own.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) cluster: &'static PostgresCluster,
    pub(crate) url: String,
}

pub(crate) fn numbers() -> InvoiceNumbers {
    InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap())
}

/// What the suites ask for, who turn the clock by hand.
pub(crate) fn options() -> PostgresOptions {
    PostgresOptions::default().with_lease_clock(LeaseClock::Caller)
}

impl Place {
    /// `None` where no PostgreSQL is installed.
    pub(crate) async fn new() -> Option<Place> {
        let cluster = PostgresCluster::shared()?;
        let url = cluster.database().unwrap();
        PostgresStore::create(&url, &numbers()).await.unwrap();
        Some(Place { cluster, url })
    }

    /// The name of the database.
    pub(crate) fn database(&self) -> &str {
        self.url.rsplit_once('/').and_then(|(_, it)| it.split_once('?')).unwrap().0
    }

    pub(crate) async fn open(&self) -> PostgresStore {
        PostgresStore::connect_with(&self.url, options()).await.unwrap()
    }
}
