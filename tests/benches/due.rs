//! How long it takes to find what is due among a million payments, and to claim it.

use std::time::{Duration, Instant};

use epay_domain::{
    Command, Created, Event, EventKind, InvoiceId, Money, NewPayment, OrderId, PaymentStore, Queue,
    Schedule, TerminalId, Timestamp,
};
use epay_store::{InvoiceNumbers, SqliteStore};
use rusqlite::Connection;

use crate::row;

pub(crate) const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
pub(crate) const LEASE: Duration = Duration::from_secs(60);
pub(crate) const TURNS: usize = 41;
/// As many as one round takes.
pub(crate) const DUE: usize = 64;

pub(crate) fn rows() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("900000001").unwrap());
    let store = SqliteStore::create(&path, &numbers).unwrap();
    million(&path);
    pollster::block_on(async {
        for order in 0..DUE {
            open(&store, &format!("due-{order}")).await;
        }
        let mut times = Vec::new();
        for turn in 0..TURNS {
            // By now the leases of the turn before have passed.
            let now = NOW + LEASE * u32::try_from(turn + 1).unwrap();
            let (claimed, took) =
                timed(store.claim_due(Queue::UnknownChecks, &terminal(), now, DUE, LEASE)).await;
            assert_eq!(claimed.unwrap().len(), DUE);
            times.push(took);
        }
        times.sort_unstable();
        let most = u64::try_from(Duration::from_millis(10).as_nanos()).unwrap() * 1_000;
        row::alone(
            "claim 64 due of 1,000,000 payments, durably",
            times.get(TURNS / 2).copied().unwrap(),
            Some(most),
        );
    });
}

pub(crate) fn terminal() -> TerminalId {
    TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap()
}

pub(crate) async fn open(store: &dyn PaymentStore, order: &str) {
    let order = OrderId::new(order).unwrap();
    let amount = Money::tenge(5_000);
    let new = NewPayment { order, amount, terminal: terminal(), replay: None, tag: None };
    let Created::New(stored) = store.create(new, NOW, None).await.unwrap() else { unreachable!() };
    let asked = [Event { at: NOW, kind: EventKind::Asked(Command::Authorize) }];
    store
        .append(&stored, &asked, Schedule { next_check_at: Some(NOW), ..Schedule::default() })
        .await
        .unwrap();
}

/// Payments of the same terminal that nobody reads: half of them settled, half to be looked at an hour later.
fn million(path: &std::path::Path) {
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
        INSERT INTO attempts (invoice, order_name, terminal, ordered, currency, exponent, opened,
                              opening_checksum, version, events, next_check_at, check_class)
        SELECT printf('1%08d', i), 'order-' || i, ?1, '500000', 'KZT', 2, 0, 0, 1, 1,
               CASE i % 2 WHEN 0 THEN 1790003600000 + i END, i % 4 / 2 FROM n";
    Connection::open(path).unwrap().execute(sql, [terminal().as_str()]).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
pub(crate) async fn timed<T>(work: impl Future<Output = T>) -> (T, u64) {
    let start = Instant::now();
    let done = work.await;
    (done, u64::try_from(start.elapsed().as_nanos()).unwrap() * 1_000)
}
