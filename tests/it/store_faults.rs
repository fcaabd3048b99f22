//! When the log's file fails, no money is asked for that the log does not know of; when it is well again, so is the shop.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::file_shop::{FileShop, pay as pay_with};
use epay::{Outcome, PayError, PayErrorKind, Payments};
use epay_store::{SqliteError, SqliteErrorKind, SqliteOptions, SqliteStore};
use epay_testkit::fakebank::cards;
use rusqlite::Connection;

async fn pay(payments: &Payments, order: &str) -> Result<Outcome, PayError> {
    pay_with(payments, order, cards::VISA_OK).await
}

/// A process that waits for nobody who holds the file.
fn impatient(shop: &FileShop) -> Payments {
    shop.started_with(SqliteOptions::default().with_busy_timeout(Duration::ZERO))
}

/// What is wrong with the file, as whoever reads the error learns it.
fn kind(error: &PayError) -> Option<SqliteErrorKind> {
    assert_eq!(error.kind(), PayErrorKind::Store, "{error:?}");
    error.source()?.source()?.downcast_ref().map(SqliteError::kind)
}

#[tokio::test]
async fn while_another_program_holds_the_file_nothing_is_asked() {
    let shop = FileShop::new();
    let payments = impatient(&shop);
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
    let shop = FileShop::new();
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
    let payments = impatient(&shop);
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
    let shop = FileShop::new();
    let payments = impatient(&shop);
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
    assert!(matches!(pay(&impatient(&shop), "order").await.unwrap(), Outcome::Paid(_)));
    assert_eq!(shop.asked(), 1);
}

#[tokio::test]
async fn a_page_of_garbage_stops_the_ask_or_does_not_matter() {
    let shop = FileShop::new();
    for order in 0..20 {
        assert!(matches!(
            pay(&impatient(&shop), &format!("order-{order}")).await.unwrap(),
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
        let payments = shop.started_on(store);
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
        matches!(pay(&impatient(&shop), "order-7").await.unwrap(), Outcome::Paid(_)),
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
