//! When the log's file fails, no money is asked for that the log does not know of; when it is well again, so is the shop.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use epay::{
    Card, CardNumber, Cvc, Expiry, InvoiceId, Money, Outcome, PayErrorKind, Payments, TagKey,
};
use epay_store::{InvoiceNumbers, SqliteError, SqliteErrorKind, SqliteOptions, SqliteStore};
use epay_testkit::{
    FakeBank,
    fakebank::{Endpoint, cards},
};
use rusqlite::Connection;
use std::error::Error;
use tempfile::TempDir;

struct Shop {
    bank: FakeBank,
    home: TempDir,
}

impl Shop {
    fn new() -> Shop {
        let shop = Shop { bank: FakeBank::start(), home: tempfile::tempdir().unwrap() };
        let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
        SqliteStore::create(shop.path(), &numbers).unwrap();
        shop
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("log")
    }

    fn started(&self) -> Payments {
        self.started_with(SqliteOptions::default().with_busy_timeout(Duration::ZERO))
    }

    fn started_with(&self, options: SqliteOptions) -> Payments {
        let store = SqliteStore::open_with(self.path(), options).unwrap();
        Payments::with_clock(self.bank.gateway(), store, self.bank.clock())
            .with_tags(TagKey::new([7; 32]).unwrap())
    }

    fn asked(&self) -> usize {
        self.bank.calls(Endpoint::Cryptopay)
    }
}

async fn pay(payments: &Payments, order: &str) -> Result<Outcome, epay::PayError> {
    let (number, expiry) =
        (CardNumber::new(cards::VISA_OK).unwrap(), Expiry::parse_mmyy("01/27").unwrap());
    let card = Card::new(number, expiry, Cvc::new("321").unwrap()).with_holder("ARMAN ALI");
    payments.pay(order, Money::tiyn(5_000_00), card).await
}

/// What is wrong with the file, as whoever reads the error learns it.
fn kind(error: &epay::PayError) -> Option<SqliteErrorKind> {
    assert_eq!(error.kind(), PayErrorKind::Store, "{error:?}");
    error.source()?.source()?.downcast_ref().map(SqliteError::kind)
}

#[tokio::test]
async fn while_another_program_holds_the_file_nothing_is_asked() {
    let shop = Shop::new();
    let payments = shop.started();
    let other = Connection::open(shop.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(kind(&pay(&payments, "order").await.unwrap_err()), Some(SqliteErrorKind::Locked));
    assert_eq!(shop.asked(), 0);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(
        matches!(pay(&payments, "order").await.unwrap(), Outcome::Paid(_)),
        "afterwards all is well"
    );
    assert_eq!(shop.asked(), 1);
}

#[tokio::test]
async fn on_a_full_disk_each_order_is_paid_with_its_intent_in_the_log_or_not_at_all() {
    let shop = Shop::new();
    let payments = shop.started_with(SqliteOptions::default().with_most_pages(24));
    let mut orders = 0;
    let full = loop {
        orders += 1;
        match pay(&payments, &format!("order-{orders}")).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(kind(&full), Some(SqliteErrorKind::Full));
    assert_eq!(
        shop.asked(),
        orders - 1,
        "whoever was asked for has an intent in the log, and the last has not"
    );
    drop(payments);
    // Room was made. Whatever could not be written down after its ask is found out by looking.
    let payments = shop.started();
    shop.bank.clock().advance(Duration::from_secs(5));
    payments.reconcile().await.unwrap();
    for order in 1..=orders {
        assert!(matches!(
            pay(&payments, &format!("order-{order}")).await.unwrap(),
            Outcome::Paid(_)
        ));
    }
    assert_eq!(shop.asked(), orders);
}

#[tokio::test]
async fn a_file_that_is_gone_stops_every_ask() {
    let shop = Shop::new();
    let payments = shop.started();
    assert!(matches!(pay(&payments, "order").await.unwrap(), Outcome::Paid(_)));
    let away = shop.path().with_extension("away");
    fs::rename(shop.path(), &away).unwrap();
    for order in ["order", "another"] {
        assert_eq!(kind(&pay(&payments, order).await.unwrap_err()), Some(SqliteErrorKind::Gone));
    }
    assert_eq!(shop.asked(), 1);
    // It is put back, and opened again: the same order is still the same payment.
    fs::rename(away, shop.path()).unwrap();
    drop(payments);
    assert!(matches!(pay(&shop.started(), "order").await.unwrap(), Outcome::Paid(_)));
    assert_eq!(shop.asked(), 1);
}

#[tokio::test]
async fn a_page_of_garbage_stops_the_ask_or_does_not_matter() {
    let shop = Shop::new();
    for order in 0..20 {
        assert!(matches!(
            pay(&shop.started(), &format!("order-{order}")).await.unwrap(),
            Outcome::Paid(_)
        ));
    }
    let (good, asked) = (fs::read(shop.path()).unwrap(), shop.asked());
    let pages = good.len() / 4_096;
    for page in 0..pages {
        let mut bad = good.clone();
        bad[page * 4_096..][..4_096].fill(0xA5);
        put(&shop.path(), &bad);
        let Ok(store) = SqliteStore::open(shop.path()) else { continue };
        let payments = Payments::with_clock(shop.bank.gateway(), store, shop.bank.clock());
        for order in 0..20 {
            match pay(&payments, &format!("order-{order}")).await {
                Ok(outcome) => {
                    assert!(matches!(outcome, Outcome::Paid(_)), "page {page}: {outcome:?}")
                }
                Err(error) => {
                    assert_eq!(kind(&error), Some(SqliteErrorKind::Damaged), "page {page}")
                }
            }
        }
    }
    assert!(pages > 8, "{pages} pages are no test");
    assert_eq!(shop.asked(), asked, "no order was paid for twice");
    put(&shop.path(), &good);
    assert!(
        matches!(pay(&shop.started(), "order-7").await.unwrap(), Outcome::Paid(_)),
        "a copy brought back is enough"
    );
}

/// As somebody does who brings a copy back: alone, without the write-ahead log of the damaged one.
fn put(path: &Path, bytes: &[u8]) {
    for beside in ["log-wal", "log-shm"] {
        let _ = fs::remove_file(path.with_file_name(beside));
    }
    fs::write(path, bytes).unwrap();
}
