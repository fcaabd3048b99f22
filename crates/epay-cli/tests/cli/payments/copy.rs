//! A log moves from a file into a database and back, byte by byte, also when it is cut short on the way.

use std::fs;

use epay::PostgresStore;
use epay_domain::{
    Command, Created, Event, EventKind, InvoiceId, NewPayment, OrderId, PaymentStore, Schedule,
    TerminalId, Timestamp,
};
use epay_store::{CopyErrorKind, CopyProgress, InvoiceNumbers, LogTables, SqliteStore, copy_log};
use epay_testkit::PostgresCluster;
use tokio::{runtime::Builder, sync::oneshot};

use super::shop::{LOG, PAID, PRICE, Shop};

const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
/// More than are copied together, twice.
const MANY: usize = 600;

/// Opens and asks for many payments, under numbers that hold no digits of a card.
async fn many(store: &SqliteStore) {
    let first = InvoiceId::new("100002000").unwrap();
    store.renumber(InvoiceNumbers::starting_at(first)).await.unwrap();
    let one = async |index| {
        let new = NewPayment {
            order: OrderId::new(&format!("of-many-1{index:03}")).unwrap(),
            amount: PRICE,
            terminal: TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap(),
            replay: None,
            tag: None,
        };
        let Created::New(opened) = store.create(new, NOW, None).await.unwrap() else { panic!() };
        let asked = Event { at: NOW, kind: EventKind::Asked(Command::Authorize) };
        let schedule = Schedule { next_check_at: Some(NOW), ..Schedule::default() };
        store.append(&opened, &[asked], schedule).await.unwrap();
    };
    for index in 0..MANY {
        one(index).await;
    }
}

/// Copies until the first attempts are there.
async fn cut_short(from: &dyn LogTables, to: &dyn LogTables) {
    let (cut, is_cut) = oneshot::channel();
    let mut cut = Some(cut);
    let mut progress = |_: CopyProgress| {
        if let Some(cut) = cut.take() {
            cut.send(()).unwrap();
        }
    };
    tokio::select! {
        biased;
        _ = is_cut => {}
        copied = copy_log(from, to, &mut progress) => panic!("{copied:?}"),
    }
}

/// Somebody writes to the attempt, as a shop does that was not stopped.
async fn touch(store: &dyn PaymentStore, invoice: &str) {
    let invoice = InvoiceId::new(invoice).unwrap();
    let stored = store.load(&invoice).await.unwrap().unwrap();
    store.append(&stored, &[], stored.schedule).await.unwrap();
}

#[tokio::test]
async fn a_log_moves_both_ways_and_goes_on_where_it_was_cut() {
    let Some(cluster) = PostgresCluster::shared() else { return };
    let shop = Shop::after_a_bad_week().await;
    many(&shop.store()).await;
    let exported = shop.epay(&["export", LOG]).with(0);
    let listed = shop.epay(&["list", LOG, "--needs-attention", "--json"]).told();
    let url = cluster.database().unwrap();
    fs::write(shop.home.path().join("url"), &url).unwrap();

    let none = InvoiceNumbers::none();
    let database = PostgresStore::create(&url, &none).await.unwrap();
    cut_short(&shop.store(), &database).await;
    assert_eq!(database.invoices_left().await.unwrap(), 0, "nobody takes payments with half a log");
    touch(&shop.store(), PAID).await;
    let copied = shop.epay(&["copy", LOG, "@url"]).with(0);
    let left = 998_001 - MANY;
    let expected = format!(
        "copied {} attempts from shop.db to @url, and compared them\n\
         @url gives out {left} invoice numbers, and shop.db none any more\n",
        MANY + 7
    );
    assert_eq!(copied, expected);
    assert_eq!(shop.epay(&["export", "@url"]).with(0), exported);
    assert_eq!(shop.epay(&["list", "@url", "--needs-attention", "--json"]).told(), listed);
    let again = shop.epay(&["copy", LOG, "@url"]).with(1);
    assert!(again.contains("there is a log that gives out invoice numbers. It is kept"), "{again}");

    let file = SqliteStore::create(shop.home.path().join("again.db"), &none).unwrap();
    cut_short(&database, &file).await;
    touch(&database, PAID).await;
    drop(file);
    shop.epay(&["copy", "@url", "again.db"]).with(0);
    assert_eq!(shop.epay(&["export", "again.db"]).with(0), exported);
    assert_eq!(database.invoices_left().await.unwrap(), 0);

    let other = Shop::after_a_bad_week().await;
    let copy = shop.home.path().join("other.db");
    other.store().backup(&copy).unwrap();
    let refused = shop.epay(&["copy", "again.db", "other.db"]).with(1);
    assert!(refused.contains("what is there is no copy of this log"), "{refused}");
}

#[tokio::test]
async fn who_writes_meanwhile_is_found_out() {
    let shop = Shop::after_a_bad_week().await;
    let (from, none) = (shop.store(), InvoiceNumbers::none());
    let to = SqliteStore::create(shop.home.path().join("to.db"), &none).unwrap();
    let mut progress = |at: CopyProgress| {
        if !at.compares {
            let elsewhere =
                || Builder::new_current_thread().build().unwrap().block_on(touch(&from, PAID));
            std::thread::scope(|scope| scope.spawn(elsewhere).join().unwrap());
        }
    };
    let error = copy_log(&from, &to, &mut progress).await.unwrap_err();
    assert_eq!(error.kind(), CopyErrorKind::Changed);
    assert_eq!(error.invoice(), Some(InvoiceId::new(PAID).unwrap()));
    assert_eq!(to.invoices_left().await.unwrap(), 0);
    assert!(from.invoices_left().await.unwrap() > 0, "the shop may go on with it");
    copy_log(&from, &to, &mut |_| {}).await.unwrap();
}

#[tokio::test]
async fn what_is_damaged_is_not_copied() {
    let shop = Shop::after_a_bad_week().await;
    drop(shop.store());
    let path = shop.home.path().join(LOG);
    let mut bytes = fs::read(&path).unwrap();
    let order = b"order-3";
    let places = (0..bytes.len() - order.len()).filter(|at| bytes[*at..].starts_with(order));
    // In the attempt, and in its order.
    for at in places.collect::<Vec<_>>() {
        bytes[at + 6] = b'X';
    }
    fs::write(&path, bytes).unwrap();
    let text = shop.epay(&["copy", LOG, "to.db"]).with(1);
    assert!(text.contains("100000004") && text.contains("does not fit its checksum"), "{text}");
}
