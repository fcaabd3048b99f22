//! A log in PostgreSQL for one run at a time: a run that has ended leaves its database to another.

use std::sync::Mutex;

use epay::{InvoiceNumbers, PostgresStore};
use epay_store::{LeaseClock, PostgresOptions};
use epay_testkit::PostgresCluster;

/// Databases that no run has at the moment, by their names.
static FREE: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[derive(Debug)]
pub(crate) struct Database {
    name: String,
    url: String,
}

impl Database {
    /// With a new log in it.
    pub(crate) fn new(numbers: &InvoiceNumbers) -> Database {
        let cluster = PostgresCluster::shared().unwrap();
        let free = FREE.lock().unwrap().pop();
        let url = match &free {
            Some(name) => cluster.url(name),
            None => cluster.database().unwrap(),
        };
        let name =
            url.rsplit_once('/').and_then(|(_, it)| it.split_once('?')).unwrap().0.to_owned();
        if free.is_some() {
            cluster
                .sql(&name, "SET client_min_messages = error; DROP SCHEMA epay CASCADE")
                .unwrap();
        }
        pollster::block_on(PostgresStore::create(&url, numbers)).unwrap();
        Database { name, url }
    }

    /// As a process opens it. The clock is turned by hand.
    pub(crate) fn open(&self) -> PostgresStore {
        let options = PostgresOptions::default().with_lease_clock(LeaseClock::Caller);
        pollster::block_on(PostgresStore::connect_with(&self.url, options)).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        FREE.lock().unwrap().push(std::mem::take(&mut self.name));
    }
}
