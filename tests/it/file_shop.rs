//! A shop whose log is a file: a bank that goes on, and processes that come and go.

use epay::{InvoiceId, Outcome, PayError, Payments};
use epay_store::{InvoiceNumbers, SqliteOptions, SqliteStore};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::Endpoint;
use epay_tests::bench::{PRICE, card};
use std::path::PathBuf;
use tempfile::TempDir;

pub(crate) struct FileShop {
    pub(crate) bank: FakeBank,
    home: TempDir,
}

impl FileShop {
    pub(crate) fn new() -> FileShop {
        let shop = FileShop { bank: FakeBank::start(), home: tempfile::tempdir().unwrap() };
        let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
        SqliteStore::create(shop.path(), &numbers).unwrap();
        shop
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// Another process: nothing of the one before is left but the file.
    pub(crate) fn started(&self) -> Payments {
        self.started_with(SqliteOptions::default())
    }

    /// The same, with settings of its log.
    pub(crate) fn started_with(&self, options: SqliteOptions) -> Payments {
        self.started_on(SqliteStore::open_with(self.path(), options).unwrap())
    }

    /// The same on a log that is open.
    pub(crate) fn started_on(&self, store: SqliteStore) -> Payments {
        Payments::with_clock(self.bank.gateway(), store, self.bank.clock())
    }

    /// How often the bank was asked for a payment.
    pub(crate) fn asked(&self) -> usize {
        self.bank.calls(Endpoint::Cryptopay)
    }
}

/// Pays the order with the card of this number.
pub(crate) async fn pay(
    payments: &Payments,
    order: &str,
    number: &str,
) -> Result<Outcome, PayError> {
    payments.pay(order, PRICE, card(number)).await
}
