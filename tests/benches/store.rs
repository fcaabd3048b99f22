//! How many durable transitions a second: ours beside this disk's sync and beside bare rusqlite doing the same writes.
//!
//! A sync is waiting and no processor time, so here the wall clock is read; the works take turns like the others.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use epay_domain::{
    Agenda, Command, Created, Event, Fact, InvoiceId, Money, NewPayment, Observation, OrderId, PaymentStore,
    TerminalId, Timestamp, What,
};
use epay_store::{InvoiceNumbers, SqliteStore, encode};
use rusqlite::Connection;
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};

use crate::{measure::Pair, row};

const TURNS: usize = 9;
/// Transitions of one attempt: it is opened, asked for and answered.
const STORY: usize = 4;
const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

pub(crate) fn rows() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
    let store = Arc::new(SqliteStore::create(path("ours"), &numbers).unwrap());
    let mut sync = OpenOptions::new().create(true).append(true).open(path("sync")).unwrap();
    let (alone, together) = (Bare::new(&path("alone"), 1), Bare::new(&path("together"), 256));
    let mut named = 0..;
    let mut ours = |tasks| play(&runtime, &store, tasks, &mut named);

    let pair = turns(|| ours(1), || synced(&mut sync));
    row::beside("a durable transition, 1 task", "append + fdatasync", &pair, None);
    for (tasks, most) in [(16, None), (64, Some(250))] {
        let what = format!("a durable transition, {tasks} tasks");
        let pair = turns(|| ours(tasks), || synced(&mut sync));
        row::beside(&what, "append + fdatasync", &pair, None);
        let pair = turns(|| ours(tasks), || alone.play(&runtime, tasks));
        row::beside(&what, "bare rusqlite, a commit each", &pair, most);
        let pair = turns(|| ours(tasks), || together.play(&runtime, tasks));
        row::beside(&what, "bare rusqlite, group commit", &pair, most.map(|_| 1_250));
    }
}

/// How long `units` of it took.
struct Took {
    time: Duration,
    units: usize,
}

impl Took {
    fn each(&self) -> u64 {
        u64::try_from(self.time.as_nanos() * 1_000 / u128::try_from(self.units).unwrap()).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn timed(units: usize, work: impl FnOnce()) -> Took {
    let start = Instant::now();
    work();
    Took { time: start.elapsed(), units }
}

fn turns(mut ours: impl FnMut() -> Took, mut floor: impl FnMut() -> Took) -> Pair {
    let (mut of_ours, mut of_floor, mut permille) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let (ours, floor) = if turn % 2 == 0 {
            let ours = ours();
            (ours, floor())
        } else {
            let floor = floor();
            (ours(), floor)
        };
        permille.push(ours.each() * 1_000 / floor.each());
        of_ours.push(ours.each());
        of_floor.push(floor.each());
    }
    let middle = |mut values: Vec<u64>| {
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap()
    };
    Pair { ours: middle(of_ours), floor: middle(of_floor), permille: middle(permille) }
}

/// How many attempts a task opens in a turn, so that each turn takes about as long.
fn attempts(tasks: usize) -> usize {
    if tasks == 1 { 100 } else { 40 }
}

fn event(what: What) -> [Event; 1] {
    [Event { at: NOW, what }]
}

/// What happens to an attempt after it was opened.
fn story() -> [[Event; 1]; STORY - 1] {
    let seen = |fact| event(What::Observed(Observation::reply(fact)));
    [event(What::Asked(Command::Authorize)), seen(Fact::Approved), seen(Fact::Authorized)]
}

fn play(runtime: &Runtime, store: &Arc<SqliteStore>, tasks: usize, named: &mut impl Iterator<Item = u64>) -> Took {
    let count = attempts(tasks);
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    let mut works = Vec::new();
    for _ in 0..tasks {
        let (store, terminal) = (Arc::clone(store), terminal.clone());
        let orders: Vec<u64> = named.take(count).collect();
        works.push(async move {
            for order in orders {
                let order = OrderId::new(&format!("order-{order}")).unwrap();
                let new = NewPayment { order, amount: Money::kzt(5_000_00), terminal: terminal.clone(), replay: None };
                let Created::New(mut stored) = store.create(new, NOW, None).await.unwrap() else { unreachable!() };
                for events in story() {
                    let agenda = Agenda { look: Some(NOW), ..Agenda::default() };
                    stored = store.append(&stored, &events, agenda).await.unwrap();
                }
            }
        });
    }
    timed(tasks * count * STORY, || all(runtime, works))
}

fn all(runtime: &Runtime, works: Vec<impl Future<Output = ()> + Send + 'static>) {
    let works: Vec<_> = works.into_iter().map(|work| runtime.spawn(work)).collect();
    runtime.block_on(async {
        for work in works {
            work.await.unwrap();
        }
    });
}

fn synced(file: &mut File) -> Took {
    let line = encode(&story()[0][0]).unwrap();
    timed(200, || {
        for _ in 0..200 {
            file.write_all(line.as_bytes()).unwrap();
            file.sync_data().unwrap();
        }
    })
}

/// Nothing but the same number of rows, inserted and updated, by one thread.
struct Bare {
    jobs: mpsc::Sender<(usize, oneshot::Sender<()>)>,
}

impl Bare {
    fn new(path: &Path, most_together: usize) -> Bare {
        let conn = Connection::open(path).unwrap();
        conn.execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA synchronous = full;
             CREATE TABLE attempts (id INTEGER PRIMARY KEY, version INTEGER, due INTEGER, terminal TEXT);
             CREATE TABLE orders (name TEXT PRIMARY KEY, id INTEGER) WITHOUT ROWID;
             CREATE INDEX due ON attempts (terminal, due) WHERE due IS NOT NULL;
             CREATE TABLE events (id INTEGER, seq INTEGER, record TEXT, PRIMARY KEY (id, seq)) WITHOUT ROWID;",
        )
        .unwrap();
        let (jobs, queue) = mpsc::channel::<(usize, oneshot::Sender<()>)>();
        std::thread::spawn(move || {
            let record = encode(&story()[0][0]).unwrap();
            let mut id = 0;
            while let Ok(first) = queue.recv() {
                let mut together = vec![first];
                together.extend(queue.try_iter().take(most_together - 1));
                conn.execute_batch("BEGIN IMMEDIATE").unwrap();
                for (seq, _) in &together {
                    id += 1;
                    transition(&conn, id, *seq, &record);
                }
                conn.execute_batch("COMMIT").unwrap();
                for (_, reply) in together {
                    reply.send(()).unwrap();
                }
            }
        });
        Bare { jobs }
    }

    fn play(&self, runtime: &Runtime, tasks: usize) -> Took {
        let count = attempts(tasks) * STORY;
        let works = (0..tasks).map(|_| {
            let jobs = self.jobs.clone();
            async move {
                for seq in 0..count {
                    let (reply, answer) = oneshot::channel();
                    jobs.send((seq % STORY, reply)).unwrap();
                    answer.await.unwrap();
                }
            }
        });
        timed(tasks * count, || all(runtime, works.collect()))
    }
}

/// What ours writes: an attempt and its order first, an event and the attempt's state after that.
fn transition(conn: &Connection, id: i64, seq: usize, record: &str) {
    let prepared = |sql| conn.prepare_cached(sql).unwrap();
    if seq == 0 {
        let terminal = "67e34d63-102f-4bd1-898e-370781d0074d";
        prepared("INSERT INTO attempts VALUES (?1, 0, NULL, ?2)").execute((id, terminal)).unwrap();
        prepared("INSERT INTO orders VALUES (?1, ?2)").execute((format!("order-{id}"), id)).unwrap();
    } else {
        prepared("INSERT INTO events VALUES (?1, ?2, ?3)").execute((id, 1, record)).unwrap();
        prepared(
            "UPDATE attempts SET version = version + 1, due = 1790000000000 WHERE id = (SELECT max(id) FROM attempts)",
        )
        .execute([])
        .unwrap();
    }
}
