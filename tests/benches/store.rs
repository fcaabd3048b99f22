//! How many durable transitions a second: ours beside this disk's sync and beside bare rusqlite doing the same writes.
//!
//! A sync is waiting and no processor time, so here the wall clock is read; the works take turns like the others.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use epay_domain::{
    Command, Created, Event, EventKind, Fact, InvoiceId, Money, NewPayment, Observation, OrderId,
    PaymentStore, Schedule, TerminalId, Timestamp,
};
use epay_store::{InvoiceNumbers, SqliteStore, encode};
use rusqlite::Connection;
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};

use crate::{measure::Pair, row};

const TURNS: usize = 15;
/// Transitions of one attempt: it is opened, asked for and answered.
pub(crate) const STORY: usize = 4;
const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

pub(crate) fn rows() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
    let store: Arc<dyn PaymentStore> =
        Arc::new(SqliteStore::create(path("ours"), &numbers).unwrap());
    let mut sync = OpenOptions::new().create(true).append(true).open(path("sync")).unwrap();
    let (alone, together) = (Bare::new(&path("alone"), 1), Bare::new(&path("together"), 256));
    let mut named = 0..;
    let mut ours = |tasks| play(&runtime, &store, tasks, &mut named);

    let pair = turns(|| ours(1), || synced(&mut sync));
    row::beside(&transition(1), "append + fdatasync", &pair, Some(1_300));
    for (tasks, most) in [(1, None), (16, None), (64, Some(250))] {
        let what = transition(tasks);
        let pair = turns(|| ours(tasks), || alone.play(&runtime, tasks, FEW));
        row::beside(&what, "bare rusqlite, a commit each", &pair, most);
    }
    for (tasks, most) in [(16, None), (64, Some(1_200))] {
        let what = transition(tasks);
        let pair = turns(|| ours(tasks), || together.play(&runtime, tasks, attempts(tasks)));
        row::beside(&what, "bare rusqlite, group commit", &pair, most);
    }
}

fn transition(tasks: usize) -> String {
    format!("a durable transition, {tasks} task{}, by the clock", if tasks == 1 { "" } else { "s" })
}

/// How long `units` of it took.
pub(crate) struct Took {
    time: Duration,
    pub(crate) units: usize,
}

impl Took {
    pub(crate) fn each(&self) -> u64 {
        u64::try_from(self.time.as_nanos() * 1_000 / u128::try_from(self.units).unwrap()).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
pub(crate) fn timed(units: usize, work: impl FnOnce()) -> Took {
    let start = Instant::now();
    work();
    Took { time: start.elapsed(), units }
}

pub(crate) fn turns(mut ours: impl FnMut() -> Took, mut floor: impl FnMut() -> Took) -> Pair {
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
pub(crate) fn attempts(tasks: usize) -> usize {
    if tasks == 1 { 100 } else { 40 }
}

/// Attempts of a task where each transition has a sync of its own, which would take long.
const FEW: usize = 4;

fn event(kind: EventKind) -> [Event; 1] {
    [Event { at: NOW, kind }]
}

/// What happens to an attempt after it was opened.
pub(crate) fn story() -> [[Event; 1]; STORY - 1] {
    let seen = |fact| event(EventKind::Observed(Observation::reply(fact)));
    [event(EventKind::Asked(Command::Authorize)), seen(Fact::Approved), seen(Fact::Authorized)]
}

/// What the lists find an attempt by after so many of its events: its status, and since when it is open.
pub(crate) fn keys_after(events: usize) -> (&'static str, Option<i64>) {
    if events < STORY - 1 { ("unknown", Some(1_790_000_000_000)) } else { ("held", None) }
}

pub(crate) fn play(
    runtime: &Runtime,
    store: &Arc<dyn PaymentStore>,
    tasks: usize,
    named: &mut impl Iterator<Item = u64>,
) -> Took {
    play_some(runtime, store, tasks, attempts(tasks), named)
}

/// Each of the tasks opens so many attempts.
pub(crate) fn play_some(
    runtime: &Runtime,
    store: &Arc<dyn PaymentStore>,
    tasks: usize,
    count: usize,
    named: &mut impl Iterator<Item = u64>,
) -> Took {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    let mut works = Vec::new();
    for _ in 0..tasks {
        let (store, terminal) = (Arc::clone(store), terminal.clone());
        let orders: Vec<u64> = named.take(count).collect();
        works.push(async move {
            for order in orders {
                let order = OrderId::new(&format!("order-{order}")).unwrap();
                let new = NewPayment {
                    order,
                    amount: Money::tiyn(5_000_00),
                    terminal: terminal.clone(),
                    replay: None,
                    tag: None,
                };
                let Created::New(mut stored) = store.create(new, NOW, None).await.unwrap() else {
                    unreachable!()
                };
                for events in story() {
                    let schedule = Schedule { next_check_at: Some(NOW), ..Schedule::default() };
                    stored = store.append(&stored, &events, schedule).await.unwrap();
                }
            }
        });
    }
    timed(tasks * count * STORY, || all(runtime, works))
}

pub(crate) fn all(runtime: &Runtime, works: Vec<impl Future<Output = ()> + Send + 'static>) {
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

/// The same rows by the same tables, written by one thread, and nothing asked or judged.
struct Bare {
    jobs: mpsc::Sender<(Row, oneshot::Sender<()>)>,
    opened: Arc<AtomicU64>,
}

/// One transition of an attempt: it is opened, or an event is added.
struct Row {
    invoice: String,
    seq: usize,
    record: String,
}

impl Bare {
    fn new(path: &Path, most_together: usize) -> Bare {
        let conn = Connection::open(path).unwrap();
        conn.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full").unwrap();
        conn.execute_batch(include_str!("../../crates/epay-store/src/sqlite/schema.sql")).unwrap();
        conn.execute_batch(include_str!("../../crates/epay-store/src/sqlite/schema_2.sql"))
            .unwrap();
        conn.execute("INSERT INTO numbers VALUES (1, '100000001', '999999999')", []).unwrap();
        let (jobs, queue) = mpsc::channel::<(Row, oneshot::Sender<()>)>();
        std::thread::spawn(move || {
            while let Ok(first) = queue.recv() {
                let mut together = vec![first];
                together.extend(queue.try_iter().take(most_together - 1));
                conn.execute_batch("BEGIN IMMEDIATE").unwrap();
                for (row, _) in &together {
                    row.write(&conn);
                }
                conn.execute_batch("COMMIT").unwrap();
                for (_, reply) in together {
                    reply.send(()).unwrap();
                }
            }
        });
        Bare { jobs, opened: Arc::new(AtomicU64::new(100_000_001)) }
    }

    fn play(&self, runtime: &Runtime, tasks: usize, count: usize) -> Took {
        let works = (0..tasks).map(|_| {
            let (jobs, opened) = (self.jobs.clone(), Arc::clone(&self.opened));
            async move {
                for _ in 0..count {
                    let invoice = opened.fetch_add(1, Ordering::Relaxed).to_string();
                    let records = story().map(|[event]| encode(&event).unwrap());
                    for (seq, record) in [String::new()].into_iter().chain(records).enumerate() {
                        let (reply, answer) = oneshot::channel();
                        jobs.send((Row { invoice: invoice.clone(), seq, record }, reply)).unwrap();
                        answer.await.unwrap();
                    }
                }
            }
        });
        timed(tasks * count * STORY, || all(runtime, works.collect()))
    }
}

impl Row {
    /// An attempt, its order and the counter first, an event and the attempt's state after that.
    fn write(&self, conn: &Connection) {
        let prepared = |sql| conn.prepare_cached(sql).unwrap();
        let Row { invoice, seq, record } = self;
        if *seq == 0 {
            let (terminal, order) =
                ("67e34d63-102f-4bd1-898e-370781d0074d", format!("order-{invoice}"));
            prepared("UPDATE numbers SET next = ?1").execute([invoice]).unwrap();
            prepared(
                "INSERT INTO attempts VALUES (?1, ?2, ?3, '500000', 'KZT', 2, ?4, NULL, NULL, 1, 0, 0, NULL, \
                 0, NULL, NULL, NULL, 'new', NULL)",
            )
            .execute((invoice, &order, terminal, 1_790_000_000_000_i64))
            .unwrap();
            prepared("INSERT INTO orders VALUES (?1, ?2)").execute((order, invoice)).unwrap();
        } else {
            let append = "UPDATE attempts SET version = version + 1, events = events + 1, next_check_at = ?2, \
                status = ?3, open_since = ?4 WHERE invoice = ?1";
            let now = 1_790_000_000_000_i64;
            let (status, since) = keys_after(*seq);
            prepared(append).execute((invoice, now, status, since)).unwrap();
            let version = i64::try_from(*seq).unwrap();
            prepared("INSERT INTO events VALUES (?1, ?2, 0, ?3, 1)")
                .execute((invoice, version, record))
                .unwrap();
        }
    }
}
