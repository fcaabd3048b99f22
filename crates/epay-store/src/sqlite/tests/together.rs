//! Writes that wait while the file is synced are written together, and each is answered on its own.

use std::{
    pin::pin,
    sync::mpsc,
    task::{Context, Poll, Waker},
};

use super::*;

/// The end of a call's first step: it stands in the queue, and waits.
pub(super) fn queued<T>(call: &mut std::pin::Pin<&mut impl Future<Output = T>>) {
    assert!(matches!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

/// A writer that is busy until it is let go, so that what comes meanwhile waits together.
macro_rules! busy {
    ($store:ident, $go:ident, $holds:ident) => {
        let (started, has_started) = mpsc::channel();
        let ($go, may_go) = mpsc::channel::<()>();
        let mut $holds = pin!($store.writer.call(move |_| {
            started.send(()).unwrap();
            may_go.recv().unwrap();
            Ok(())
        }));
        queued(&mut $holds);
        has_started.recv().unwrap();
    };
}
pub(super) use busy;

#[test]
fn who_waits_writes_together_and_who_is_refused_is_refused_alone() {
    let home = Home::new();
    let store = home.create();
    let stored = create(&store, "order").unwrap();
    busy!(store, go, holds);
    let events = [asked()];
    let mut first = pin!(store.append(&stored, &events, Schedule::default()));
    let mut late = pin!(store.append(&stored, &events, Schedule::default()));
    let then = Stored { version: Version(1), ..stored.clone() };
    let mut second = pin!(store.append(&then, &events, Schedule::default()));
    let path = home.path();
    let mut counts = pin!(store.writer.call(move |conn| {
        let count = |conn: &Connection| {
            conn.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0))
        };
        Ok((count(conn)?, count(&Connection::open(&path)?)?))
    }));
    queued(&mut first);
    queued(&mut late);
    queued(&mut second);
    queued(&mut counts);
    go.send(()).unwrap();

    block_on(holds).unwrap();
    assert_eq!(block_on(first).unwrap().version, Version(1));
    assert_eq!(block_on(late).unwrap_err().kind(), StoreErrorKind::Conflict);
    assert_eq!(block_on(second).unwrap().version, Version(2));
    assert_eq!(
        block_on(counts).unwrap(),
        (2, 0),
        "the two before are in the same transaction, not yet on the disk"
    );
    assert_eq!(
        block_on(store.load(stored.payment.invoice())).unwrap().unwrap().version,
        Version(2)
    );
}

#[test]
fn a_call_that_meets_a_fault_of_the_file_takes_nobody_with_it() {
    let home = Home::new();
    let store = home.create();
    let stored = create(&store, "order").unwrap();
    busy!(store, go, holds);
    let events = [asked()];
    let mut first = pin!(store.append(&stored, &events, Schedule::default()));
    let mut fails = pin!(store.writer.call(|conn| {
        conn.execute("UPDATE attempts SET version = 99", [])?;
        Err::<(), _>(SqliteError::new(SqliteErrorKind::Damaged).into())
    }));
    let mut breaks = pin!(store.writer.call(|conn| {
        conn.execute("ROLLBACK", [])?;
        Err::<(), _>(SqliteError::new(SqliteErrorKind::Full).into())
    }));
    let mut late = pin!(store.append(&stored, &events, Schedule::default()));
    queued(&mut first);
    queued(&mut fails);
    queued(&mut breaks);
    queued(&mut late);
    go.send(()).unwrap();
    block_on(holds).unwrap();
    assert_eq!(block_on(first).unwrap().version, Version(1));
    failed(block_on(fails), SqliteErrorKind::Damaged);
    failed(block_on(breaks), SqliteErrorKind::Full);
    assert_eq!(block_on(late).unwrap_err().kind(), StoreErrorKind::Conflict);
    let history = block_on(store.history(stored.payment.invoice())).unwrap();
    assert_eq!(history, events, "what was done again is written once");
}

#[test]
fn when_the_transaction_itself_fails_everybody_in_it_is_told() {
    let home = Home::new();
    let store = home.create();
    let stored = create(&store, "order").unwrap();
    busy!(store, go, holds);
    let events = [asked()];
    let mut first = pin!(store.append(&stored, &events, Schedule::default()));
    // It would be a conflict with the first, which is then undone: so it must not be told of one.
    let mut second = pin!(store.append(&stored, &events, Schedule::default()));
    // A COMMIT that finds no transaction fails as one does on a disk that is full.
    let mut breaks = pin!(store.writer.call(|conn| Ok(conn.execute("ROLLBACK", [])?)));
    queued(&mut first);
    queued(&mut second);
    queued(&mut breaks);
    go.send(()).unwrap();
    block_on(holds).unwrap();
    failed(block_on(first), SqliteErrorKind::Failed);
    failed(block_on(second), SqliteErrorKind::Failed);
    failed(block_on(breaks), SqliteErrorKind::Failed);
    let invoice = stored.payment.invoice();
    assert_eq!(block_on(store.load(invoice)).unwrap(), Some(stored.clone()), "nothing was written");
    assert!(append(&store, &stored).is_ok(), "and the store goes on");
}

#[test]
fn a_call_nobody_waits_for_is_done_all_the_same() {
    let home = Home::new();
    let store = home.create();
    let stored = create(&store, "order").unwrap();
    {
        let events = [asked()];
        let mut call = pin!(store.append(&stored, &events, Schedule::default()));
        let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    drop(store);
    let store = SqliteStore::open(home.path()).unwrap();
    assert_eq!(
        block_on(store.load(stored.payment.invoice())).unwrap().unwrap().version,
        Version(1)
    );
}
