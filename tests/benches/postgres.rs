//! How many durable transitions a second in PostgreSQL: ours beside the bare driver writing the same rows in the same
//! batches, and beside a statement for each; and how soon what is due is found among a million payments.
//!
//! A commit is waiting and no processor time, so here the wall clock is read. The server syncs, and what it uses of the
//! processor stands beside what we use.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use epay::{InvoiceId, InvoiceNumbers, PostgresStore};
use epay_domain::{PaymentStore, Queue};
use epay_store::{LeaseClock, PostgresOptions};
use epay_testkit::PostgresCluster;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Mutex, mpsc, oneshot},
};
use tokio_postgres::{
    Client, NoTls,
    types::{ToSql, Type},
};

use crate::{
    due::{self, DUE, LEASE, NOW},
    measure::Pair,
    row,
    store::{self, STORY, Took, all, play, story, turns},
};

const TASKS: usize = 64;
/// How many writes share a statement at most.
const MOST_TOGETHER: usize = 256;
/// How many connections write.
const WRITERS: usize = 2;
/// How many attempts of one task the slowest hundredth is looked for among.
const ALONE: usize = 400;
/// Linux counts a process's time in these.
const TICK: u64 = 10_000_000_000;

pub(crate) fn rows() {
    let Some(cluster) = PostgresCluster::with("").unwrap() else { return };
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let open = || {
        let url = cluster.database().unwrap();
        let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
        let numbers = numbers.repeating_last_six();
        let options = PostgresOptions::default().with_lease_clock(LeaseClock::Caller);
        let made = PostgresStore::create_with(&url, &numbers, options);
        (url.clone(), Arc::new(runtime.block_on(made).unwrap()))
    };
    let (_, log) = open();
    let log: Arc<dyn PaymentStore> = log;
    let bare = |most| runtime.block_on(Bare::new(&open().0, most));
    let (together, each) = (bare(MOST_TOGETHER), bare(1));
    let mut named = 0..;
    let what = format!("a transition in PostgreSQL, {TASKS} tasks, by the clock");
    let pair = turns(|| play(&runtime, &log, TASKS, &mut named), || together.play(&runtime, TASKS));
    row::beside(&what, "the bare driver, the same batches", &pair, Some(1_250));
    let pair = turns(|| play(&runtime, &log, TASKS, &mut named), || each.play(&runtime, TASKS));
    row::beside(&what, "the bare driver, a statement each", &pair, Some(333));

    let before = ticks(cluster.directory());
    let took = play(&runtime, &log, TASKS, &mut named);
    let after = ticks(cluster.directory());
    for (whose, before, after) in [("server", before.0, after.0), ("program", before.1, after.1)] {
        let each = (after - before) * TICK / u64::try_from(took.units).unwrap();
        row::alone(&format!("the same, processor time of the {whose}"), each, None);
    }
    let slowest = |mut once: Box<dyn FnMut() -> Took + '_>| {
        let mut times: Vec<_> = (0..ALONE).map(|_| once().each()).collect();
        times.sort_unstable();
        times.get(times.len() * 99 / 100).copied().unwrap()
    };
    let ours = slowest(Box::new(|| store::play_some(&runtime, &log, 1, 1, &mut named)));
    let floor = slowest(Box::new(|| together.play_some(&runtime, 1, 1)));
    let pair = Pair { ours, floor, permille: ours * 1_000 / floor };
    row::beside("99 of 100 attempts, alone, a transition", "the bare driver", &pair, Some(1_500));
    let (url, log) = open();
    let database = url.rsplit_once('/').and_then(|(_, it)| it.split_once('?')).unwrap().0;
    cluster.sql(database, MILLION).unwrap();
    runtime.block_on(claims(&log));
}

/// Payments of the same terminal that nobody reads: half of them settled, half to be looked at an hour later.
const MILLION: &str = "INSERT INTO epay.attempts (invoice, order_name, terminal, ordered, currency, exponent, \
     opened, opening_checksum, version, events, next_check_at, check_class, write_id) \
     SELECT '2' || lpad(i::text, 8, '0'), 'order-' || i, '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', \
     2, 0, 0, 1, 1, CASE i % 2 WHEN 0 THEN 1790003600000 + i END, i % 4 / 2, 0 FROM generate_series(1, 1000000) i; \
     ANALYZE epay.attempts";

async fn claims(log: &PostgresStore) {
    for order in 0..DUE {
        due::open(log, &format!("due-{order}")).await;
    }
    let (terminal, mut times) = (due::terminal(), Vec::new());
    for turn in 1..=due::TURNS {
        // By now the leases of the turn before have passed.
        let now = NOW + LEASE * u32::try_from(turn).unwrap();
        let claim = log.claim_due(Queue::UnknownChecks, &terminal, now, DUE, LEASE);
        let (claimed, took) = due::timed(claim).await;
        assert_eq!(claimed.unwrap().len(), DUE);
        times.push(took);
    }
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap();
    row::alone("claim 64 due of 1,000,000 payments in PostgreSQL", middle, Some(10_000_000_000));
}

/// What the server's processes, and this one, have used of the processor so far.
fn ticks(directory: &Path) -> (u64, u64) {
    let pid = fs::read_to_string(directory.join("data/postmaster.pid")).unwrap();
    let postmaster = pid.lines().next().unwrap().to_owned();
    let used = |stat: &str| -> Option<(String, u64)> {
        // What follows the name, which is in brackets: the state, the parent, and ten more before the times.
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let time = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(((*fields.get(1)?).to_owned(), time(11)? + time(12)?))
    };
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let stats = processes.filter_map(|it| fs::read_to_string(it.path().join("stat")).ok());
    let of_server =
        stats.filter_map(|stat| used(&stat)).filter(|(parent, _)| *parent == postmaster);
    let ours = used(&fs::read_to_string("/proc/self/stat").unwrap()).unwrap().1;
    (of_server.map(|(_, used)| used).sum(), ours)
}

/// The same rows by the same tables, and nothing asked or judged.
struct Bare {
    jobs: mpsc::UnboundedSender<(Row, oneshot::Sender<()>)>,
    /// Where each transition is a statement of its own, on its way with the others.
    alone: Option<Vec<Arc<Client>>>,
    opened: Arc<AtomicU64>,
}

/// One transition of an attempt: it is opened, or an event is added.
struct Row {
    invoice: String,
    version: i64,
    record: String,
}

const OPEN: &str = "WITH asked AS (SELECT * FROM unnest($1::text[]) AS t(invoice)), \
     named AS (INSERT INTO epay.orders (name, invoice) SELECT 'order-' || invoice, invoice FROM asked) \
     INSERT INTO epay.attempts (invoice, order_name, terminal, ordered, currency, exponent, opened, \
     opening_checksum, version, events, check_class, status, write_id) SELECT invoice, 'order-' || invoice, \
     '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000000000, 1, 0, 0, 0, 'new', 0 FROM asked";

const APPEND: &str = "WITH moved AS (UPDATE epay.attempts a SET version = a.version + 1, events = a.events + 1, \
     next_check_at = 1790000000000, status = t.status, open_since = t.open_since, write_id = 7 \
     FROM unnest($1::text[], $4::text[], $5::bigint[]) AS t(invoice, status, open_since) \
     WHERE a.invoice = t.invoice) \
     INSERT INTO epay.events (invoice, version, place, record, checksum, write_id) \
     SELECT invoice, version, 0, record, 1, 7 \
     FROM unnest($1::text[], $2::bigint[], $3::text[]) AS r(invoice, version, record)";

impl Bare {
    async fn new(url: &str, most_together: usize) -> Bare {
        let mut clients = Vec::new();
        for _ in 0..WRITERS {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(connection);
            clients.push(client);
        }
        let (jobs, queue) = mpsc::unbounded_channel();
        let opened = Arc::new(AtomicU64::new(100_000_001));
        if most_together == 1 {
            let alone = Some(clients.into_iter().map(Arc::new).collect());
            return Bare { jobs, alone, opened };
        }
        let queue = Arc::new(Mutex::new(queue));
        for client in clients {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move {
                let mut batch = Vec::new();
                while queue.lock().await.recv_many(&mut batch, most_together).await > 0 {
                    let (rows, replies): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
                    write(&client, &rows).await;
                    replies
                        .into_iter()
                        .for_each(|reply: oneshot::Sender<()>| reply.send(()).unwrap());
                }
            });
        }
        Bare { jobs, alone: None, opened }
    }

    fn play(&self, runtime: &Runtime, tasks: usize) -> Took {
        self.play_some(runtime, tasks, store::attempts(tasks))
    }

    fn play_some(&self, runtime: &Runtime, tasks: usize, count: usize) -> Took {
        let works = (0..tasks).map(|task| {
            let (jobs, opened) = (self.jobs.clone(), Arc::clone(&self.opened));
            let alone =
                self.alone.as_ref().and_then(|clients| clients.get(task % WRITERS)).cloned();
            async move {
                for _ in 0..count {
                    let invoice = opened.fetch_add(1, Ordering::Relaxed).to_string();
                    let records = story().map(|[event]| epay_store::encode(&event).unwrap());
                    for (version, record) in (0..).zip([String::new()].into_iter().chain(records)) {
                        let row = Row { invoice: invoice.clone(), version, record };
                        if let Some(client) = &alone {
                            write(client, &[row]).await;
                            continue;
                        }
                        let (reply, answer) = oneshot::channel();
                        jobs.send((row, reply)).unwrap();
                        answer.await.unwrap();
                    }
                }
            }
        });
        let works = works.collect();
        store::timed(tasks * count * STORY, || all(runtime, works))
    }
}

async fn write(client: &Client, rows: &[Row]) {
    let (opens, appends): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.version == 0);
    let invoices = |rows: &[&Row]| rows.iter().map(|row| row.invoice.clone()).collect::<Vec<_>>();
    let (opened, appended) = (invoices(&opens), invoices(&appends));
    let versions: Vec<_> = appends.iter().map(|row| row.version).collect();
    let records: Vec<_> = appends.iter().map(|row| row.record.as_str()).collect();
    let (status, since): (Vec<_>, Vec<_>) = versions
        .iter()
        .map(|version| store::keys_after(usize::try_from(*version).unwrap()))
        .unzip();
    let open = async {
        if !opens.is_empty() {
            let params: &[(&(dyn ToSql + Sync), Type)] = &[(&opened, Type::TEXT_ARRAY)];
            client.query_typed(OPEN, params).await.unwrap();
        }
    };
    let append = async {
        if !appends.is_empty() {
            let params: &[(&(dyn ToSql + Sync), Type)] = &[
                (&appended, Type::TEXT_ARRAY),
                (&versions, Type::INT8_ARRAY),
                (&records, Type::TEXT_ARRAY),
                (&status, Type::TEXT_ARRAY),
                (&since, Type::INT8_ARRAY),
            ];
            client.query_typed(APPEND, params).await.unwrap();
        }
    };
    tokio::join!(open, append);
}
