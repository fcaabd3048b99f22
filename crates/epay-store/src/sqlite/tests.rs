//! The file's faults are told by name, and nothing is half written.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use epay_domain::{AttemptTag, Command, EventKind, Money, ReplayKey, StoreErrorKind, Version};
use pollster::block_on;
use rusqlite::{Connection, StatementStatus, params};
use tempfile::TempDir;

use super::*;

mod copies;
mod damage;
mod due;
mod erased;
mod lists;
mod numbers;
#[cfg(unix)]
mod rights;
mod synced;
mod together;

const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

struct Home {
    home: TempDir,
}

impl Home {
    fn new() -> Home {
        Home { home: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("log")
    }

    fn create(&self) -> SqliteStore {
        self.create_with(SqliteOptions::default())
    }

    fn create_with(&self, options: SqliteOptions) -> SqliteStore {
        SqliteStore::create_with(self.path(), &starting_at("100000001"), options).unwrap()
    }

    /// Past the store, as another program would.
    fn past_the_store(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

fn starting_at(first: &str) -> InvoiceNumbers {
    InvoiceNumbers::starting_at(InvoiceId::new(first).unwrap())
}

fn terminal() -> TerminalId {
    TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap()
}

fn new(order: &str) -> NewPayment {
    let order = OrderId::new(order).unwrap();
    NewPayment {
        order,
        amount: Money::new(u64::MAX, epay_domain::Currency::KZT),
        terminal: terminal(),
        replay: None,
        tag: Some(AttemptTag::new([7; 16])),
    }
}

fn create(store: &SqliteStore, order: &str) -> Result<Stored, StoreError> {
    match block_on(store.create(new(order), NOW, None))? {
        Created::New(stored) | Created::Existing(stored) => Ok(stored),
        Created::Replayed => panic!("no key was given"),
    }
}

fn asked() -> Event {
    Event { at: NOW, kind: EventKind::Asked(Command::Authorize) }
}

fn due(next_check_at: Timestamp) -> Schedule {
    Schedule { next_check_at: Some(next_check_at), ..Schedule::default() }
}

fn append(store: &SqliteStore, stored: &Stored) -> Result<Stored, StoreError> {
    block_on(store.append(stored, &[asked()], due(NOW)))
}

fn claim(store: &SqliteStore, at: Timestamp) -> Result<Vec<Stored>, StoreError> {
    block_on(store.claim_due(Queue::UnknownChecks, &terminal(), at, 10, Duration::from_secs(1)))
}

#[track_caller]
fn failed<T: fmt::Debug>(outcome: Result<T, StoreError>, kind: SqliteErrorKind) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed);
    assert_eq!(
        error.source().and_then(|source| source.downcast_ref()).map(SqliteError::kind),
        Some(kind),
        "{error:?}"
    );
}

#[track_caller]
fn not_opened(opened: Result<SqliteStore, SqliteError>, kind: SqliteErrorKind) {
    assert_eq!(opened.map_err(|error| error.kind()).err(), Some(kind));
}

#[test]
fn a_log_is_made_once_and_never_by_opening_it() {
    let home = Home::new();
    not_opened(SqliteStore::open(home.path()), SqliteErrorKind::Missing);
    assert!(!home.path().exists(), "opening made a file");
    drop(home.create());
    not_opened(
        SqliteStore::create(home.path(), &starting_at("100000001")),
        SqliteErrorKind::AlreadyThere,
    );
    assert!(SqliteStore::open(home.path()).is_ok());
    let other = SqliteStore::open_or_create(home.path(), &starting_at("200000001")).unwrap();
    let given = create(&other, "order").unwrap().payment.invoice().to_string();
    assert_eq!(given, "100000001", "the log that is there keeps its numbers");
    not_opened(SqliteStore::open(home.home.path()), SqliteErrorKind::NotALog);
}

#[test]
fn what_a_crash_in_the_middle_of_making_it_leaves_is_made_again() {
    let home = Home::new();
    fs::write(home.path(), "").unwrap();
    not_opened(SqliteStore::open(home.path()), SqliteErrorKind::Missing);
    let store = SqliteStore::open_or_create(home.path(), &starting_at("100000001")).unwrap();
    assert!(create(&store, "order").is_ok());
}

#[test]
fn another_file_is_left_alone() {
    let home = Home::new();
    let text = "a text, and no database at all; ".repeat(100);
    fs::write(home.path(), &text).unwrap();
    not_opened(SqliteStore::open(home.path()), SqliteErrorKind::NotALog);
    not_opened(
        SqliteStore::create(home.path(), &starting_at("100000001")),
        SqliteErrorKind::NotALog,
    );
    assert_eq!(fs::read_to_string(home.path()).unwrap(), text);
    fs::remove_file(home.path()).unwrap();
    home.past_the_store().execute_batch("CREATE TABLE attempts (a)").unwrap();
    not_opened(SqliteStore::open(home.path()), SqliteErrorKind::NotALog);
    not_opened(
        SqliteStore::create(home.path(), &starting_at("100000001")),
        SqliteErrorKind::NotALog,
    );
}

#[test]
fn a_newer_schema_is_refused() {
    let home = Home::new();
    drop(home.create());
    home.past_the_store().pragma_update(None, "user_version", 3).unwrap();
    not_opened(SqliteStore::open(home.path()), SqliteErrorKind::NewerSchema);
}

#[test]
fn a_locked_file_is_locked_and_nothing_was_written() {
    let home = Home::new();
    let store = home.create_with(SqliteOptions::default().with_busy_timeout(Duration::ZERO));
    let stored = create(&store, "order").unwrap();
    let other = home.past_the_store();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    failed(append(&store, &stored), SqliteErrorKind::Locked);
    failed(create(&store, "another"), SqliteErrorKind::Locked);
    failed(claim(&store, NOW), SqliteErrorKind::Locked);
    assert_eq!(
        block_on(store.load(stored.payment.invoice())).unwrap(),
        Some(stored.clone()),
        "reading waits for nobody"
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(append(&store, &stored).unwrap().version, Version(1), "afterwards all is well");
}

#[test]
fn a_full_disk_is_full_and_what_was_answered_is_kept() {
    let home = Home::new();
    let store = home.create_with(SqliteOptions::default().with_most_pages(20));
    let mut stored = create(&store, "order").unwrap();
    let full = loop {
        match append(&store, &stored) {
            Ok(next) => stored = next,
            Err(error) => break Err::<(), _>(error),
        }
    };
    failed(full, SqliteErrorKind::Full);
    let invoice = stored.payment.invoice().clone();
    assert_eq!(block_on(store.load(&invoice)).unwrap(), Some(stored.clone()));
    drop(store);
    // Room was made, and nobody has to help it further.
    let store = SqliteStore::open(home.path()).unwrap();
    assert_eq!(block_on(store.load(&invoice)).unwrap(), Some(stored.clone()));
    assert!(append(&store, &stored).is_ok());
}

#[test]
fn a_file_that_may_be_read_only_is_read_only() {
    let home = Home::new();
    let store = home.create();
    let stored = create(&store, "order").unwrap();
    block_on(store.writer.call(|conn| Ok(conn.pragma_update(None, "query_only", true)?))).unwrap();
    failed(append(&store, &stored), SqliteErrorKind::ReadOnly);
    failed(create(&store, "another"), SqliteErrorKind::ReadOnly);
    drop(store);
    assert!(
        append(&SqliteStore::open(home.path()).unwrap(), &stored).is_ok(),
        "afterwards all is well"
    );
}

#[test]
fn a_file_that_was_deleted_or_moved_takes_no_write() {
    type Take = fn(&Path);
    let takes: [Take; 4] = [
        |path| fs::remove_file(path).unwrap(),
        |path| fs::rename(path, path.with_extension("old")).unwrap(),
        |path| fs::remove_file(path.with_file_name("log-wal")).unwrap(),
        |path| {
            fs::rename(path, path.with_extension("old")).unwrap();
            fs::copy(path.with_extension("old"), path).unwrap();
        },
    ];
    for take in takes {
        let home = Home::new();
        let store = home.create();
        let stored = create(&store, "order").unwrap();
        take(&home.path());
        failed(append(&store, &stored), SqliteErrorKind::Gone);
        failed(create(&store, "another"), SqliteErrorKind::Gone);
        failed(block_on(store.load(stored.payment.invoice())), SqliteErrorKind::Gone);
        failed(claim(&store, NOW), SqliteErrorKind::Gone);
    }
}

#[test]
fn the_log_only_grows() {
    let home = Home::new();
    let store = home.create();
    append(&store, &create(&store, "order").unwrap()).unwrap();
    let other = home.past_the_store();
    for change in ["UPDATE events SET record = ''", "DELETE FROM events"] {
        assert!(
            other.execute(change, []).unwrap_err().to_string().contains("the log only grows"),
            "{change}"
        );
    }
}

#[test]
fn whatever_is_changed_in_a_row_is_damage() {
    for (change, damaged) in [
        ("UPDATE events SET record = replace(record, '1790000000000', '1790000000001')", true),
        ("UPDATE events SET version = 3 WHERE version = 1", true),
        ("UPDATE events SET place = 1", true),
        (
            "UPDATE events SET invoice = '100000002' WHERE invoice = '100000001' AND version = 2",
            true,
        ),
        ("DELETE FROM events WHERE version = 2", true),
        ("UPDATE attempts SET ordered = '1'", true),
        ("UPDATE attempts SET currency = 'USD'", true),
        ("UPDATE attempts SET order_name = 'another'", true),
        ("UPDATE attempts SET opened = opened + 1", true),
        ("UPDATE attempts SET tag = NULL", true),
        ("UPDATE attempts SET tag = replace(tag, '7', '8')", true),
        ("UPDATE attempts SET check_class = 2", true),
        ("UPDATE attempts SET check_class = 1", false),
        ("UPDATE attempts SET next_check_at = -1", true),
        ("UPDATE attempts SET next_check_at = 1", false),
    ] {
        let home = Home::new();
        let store = home.create();
        let stored =
            append(&store, &append(&store, &create(&store, "order").unwrap()).unwrap()).unwrap();
        let conn = home.past_the_store();
        conn.execute_batch(
            "DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted",
        )
        .unwrap();
        conn.execute_batch(change).unwrap();
        let read = block_on(store.current(&stored.order));
        if damaged {
            failed(read, SqliteErrorKind::Damaged);
        } else {
            assert_eq!(read.unwrap().map(|read| read.payment), Some(stored.payment), "{change}");
        }
    }
}

#[test]
fn a_list_shows_a_damaged_attempt_beside_whole_ones() {
    let home = Home::new();
    let store = home.create();
    let opened =
        ["a", "b", "c"].map(|order| append(&store, &create(&store, order).unwrap()).unwrap());
    let change = "UPDATE attempts SET currency = 'USD' WHERE order_name = 'b'";
    home.past_the_store().execute(change, []).unwrap();
    let page = block_on(store.list(ListQuery::newest(10))).unwrap();
    assert_eq!(page.len(), opened.len());
    for ((invoice, read), written) in page.into_iter().rev().zip(opened) {
        assert_eq!(&invoice, written.payment.invoice());
        match written.order.as_str() {
            "b" => failed(read, SqliteErrorKind::Damaged),
            _ => assert_eq!(read.unwrap().stored, written),
        }
    }
}

#[test]
fn a_time_at_the_end_of_time_was_planned_by_a_clock_that_was_ahead() {
    let home = Home::new();
    let store = home.create();
    let stored = create(&store, "order").unwrap();
    let end = Timestamp::from_unix_millis(u64::MAX);
    block_on(store.append(&stored, &[asked()], due(end))).unwrap();
    assert_eq!(claim(&store, NOW).unwrap().len(), 1);
    assert_eq!(claim(&store, end).unwrap().len(), 1);
}
