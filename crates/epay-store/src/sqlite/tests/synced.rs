//! What is on the disk before a call returns, and what waits for the next sync.

use std::{pin::pin, sync::mpsc};

use super::{
    together::{busy, queued},
    *,
};

fn pragma(store: &SqliteStore, name: &'static str) -> i64 {
    let value = |conn: &Connection| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    block_on(store.writer.call(move |conn| Ok(value(conn)?))).unwrap()
}

#[test]
fn a_sync_reaches_the_disk_and_the_log_is_written_ahead() {
    let home = Home::new();
    let store = home.create();
    assert_eq!(pragma(&store, "fullfsync"), 1);
    let mode = |conn: &Connection| {
        Ok(conn.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))?)
    };
    assert_eq!(block_on(store.writer.call(mode)).unwrap(), "wal");
    assert_eq!(block_on(store.reader.call(mode)).unwrap(), "wal");
}

const SYNCED: i64 = 2;
const NOT_YET: i64 = 1;

/// Notes, each time an attempt is written, whether its transaction waits for the disk.
fn note_syncs(store: &SqliteStore) {
    let note = |conn: &Connection| {
        conn.execute_batch("CREATE TEMP TABLE syncs (synchronous INTEGER)")?;
        for write in ["INSERT", "UPDATE"] {
            conn.execute_batch(&format!(
                "CREATE TEMP TRIGGER note_{write} AFTER {write} ON attempts \
                 BEGIN INSERT INTO syncs SELECT synchronous FROM pragma_synchronous; END"
            ))?;
        }
        Ok(())
    };
    block_on(store.writer.call(note)).unwrap();
}

/// What was noted since the last time.
fn noted(store: &SqliteStore) -> Vec<i64> {
    let take = |conn: &Connection| {
        let mut all = conn.prepare("DELETE FROM syncs RETURNING synchronous")?;
        let all = all.query_map([], |row| row.get(0))?;
        Ok(all.collect::<Result<_, _>>()?)
    };
    block_on(store.writer.call(take)).unwrap()
}

#[test]
fn what_was_asked_or_heard_is_on_the_disk_and_what_nobody_acts_on_waits_for_it() {
    let home = Home::new();
    let store = home.create();
    note_syncs(&store);
    let stored = create(&store, "order").unwrap();
    assert_eq!(noted(&store), [NOT_YET], "an attempt that nobody has asked for");
    append(&store, &stored).unwrap();
    assert_eq!(noted(&store), [SYNCED], "an event");
    let [claimed] = claim(&store, NOW).unwrap().try_into().unwrap();
    assert_eq!(noted(&store), [NOT_YET], "a claim");
    block_on(store.append(&claimed, &[], Schedule::default())).unwrap();
    assert_eq!(noted(&store), [SYNCED], "a check that is planned");
}

#[test]
fn who_writes_together_with_an_event_is_synced_with_it() {
    let home = Home::new();
    let store = home.create();
    note_syncs(&store);
    let stored = create(&store, "order").unwrap();
    noted(&store);
    busy!(store, go, holds);
    let events = [asked()];
    let mut first = pin!(store.create(new("another"), NOW, None));
    let mut second = pin!(store.append(&stored, &events, Schedule::default()));
    let mut third = pin!(store.create(new("a third"), NOW, None));
    queued(&mut first);
    queued(&mut second);
    queued(&mut third);
    go.send(()).unwrap();
    block_on(holds).unwrap();
    block_on(first).unwrap();
    block_on(second).unwrap();
    block_on(third).unwrap();
    assert_eq!(noted(&store), [SYNCED; 3]);
}
