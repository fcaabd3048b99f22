//! What becomes of lists and claims as the log grows: what goes by an index beside the same in a small log, and reading
//! all of it beside bare rusqlite reading the rows.
//!
//! With the word `scale` the log has a million payments.

use std::{path::Path, time::Duration};

use epay_domain::{
    Command, Created, Event, EventKind, Fact, InvoiceId, ListFilter, ListQuery, Money, NewPayment,
    NotificationKind, Observation, OrderId, PaymentStatus, PaymentStore, Queue, Refunds, Schedule,
    TerminalId, Timestamp,
};
use epay_store::{InvoiceNumbers, MemoryStore, SqliteStore};
use pollster::block_on;
use rusqlite::Connection;

use crate::{measure, row};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
const HOUR: Duration = Duration::from_secs(60 * 60);
const MOMENT: Duration = Duration::from_millis(1);
const SMALL: u64 = 1_000;
/// Of so many payments one is disputed.
const RARE: u64 = 200;
/// So many are in the small log, whatever is listed.
const LISTED: usize = 5;
/// How many write to a log at once, to fill it.
const WRITERS: u64 = 64;

pub(crate) fn rows() {
    let home = tempfile::tempdir().unwrap();
    let small = filled(&home.path().join("small"), SMALL);
    let size = if is_scale() { 1_000_000 } else { 10_000 };
    let path = home.path().join("large");
    let large = filled(&path, size);
    by_index(&large, &small, size);
    let bare = Connection::open(&path).unwrap();
    let (read, rows) = (|| read_all(&large, size), || read_rows(&bare, size));
    let pair = match is_scale() {
        true => measure::long_pair(size, read, rows),
        false => measure::pair(size, read, rows),
    };
    let what = format!("a payment read and folded, all of {size}");
    row::beside(&what, "bare rusqlite reading the rows", &pair, None);
    let (mut large, mut small) = (half_leased(size), half_leased(SMALL));
    let pair = measure::pair(1, || claim(&mut large), || claim(&mut small));
    row::beside(&format!("claim 64 of {size} in memory"), "of 1,000", &pair, None);
}

/// Whether large logs are asked for.
pub(crate) fn is_scale() -> bool {
    std::env::args().any(|word| word == "scale")
}

/// What goes by an index, beside the same in a log of a thousand.
pub(crate) fn by_index(large: &SqliteStore, small: &SqliteStore, size: u64) {
    for (name, filter) in [
        ("newest", ListFilter::All),
        ("newest disputed", ListFilter::Status(PaymentStatus::Disputed)),
        ("newest that need attention", ListFilter::NeedsAttention { open_since: NOW }),
    ] {
        let query = ListQuery { filter, ..ListQuery::newest(LISTED) };
        let list = |store: &SqliteStore| {
            assert_eq!(block_on(store.list(query.clone())).unwrap().len(), LISTED);
        };
        let pair = measure::pair(1, || list(large), || list(small));
        row::grown(&format!("list the {LISTED} {name}"), size, &pair);
    }
}

pub(crate) fn terminal() -> TerminalId {
    TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap()
}

/// A log with payments that were asked for and taken, but for those that are rare.
pub(crate) fn filled(path: &Path, size: u64) -> SqliteStore {
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
    let store = SqliteStore::create(path, &numbers).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                for order in (writer..size).step_by(usize::try_from(WRITERS).unwrap()) {
                    block_on(open(store, order, &story(order % RARE == 0)));
                }
            });
        }
    });
    store
}

fn story(disputed: bool) -> [Event; 4] {
    let sum = if disputed { Money::tiyn(1) } else { Money::tenge(5_000) };
    let taken = Fact::Captured { captured: Some(sum), refunded: Refunds::NotTold };
    [
        EventKind::Asked(Command::Authorize),
        EventKind::Observed(Observation::reply(Fact::Approved)),
        EventKind::Observed(Observation::status(taken)),
        EventKind::Notified { kind: NotificationKind::Captured, through: 3 },
    ]
    .map(|kind| Event { at: NOW, kind })
}

async fn open(store: &dyn PaymentStore, order: u64, events: &[Event]) {
    let order_name = OrderId::new(&format!("order-{order}")).unwrap();
    let amount = Money::tenge(5_000);
    let new =
        NewPayment { order: order_name, amount, terminal: terminal(), replay: None, tag: None };
    let opened = NOW + Duration::from_millis(order);
    let Created::New(stored) = store.create(new, opened, None).await.unwrap() else {
        unreachable!()
    };
    let schedule = Schedule { next_check_at: Some(opened), ..Schedule::default() };
    store.append(&stored, events, schedule).await.unwrap();
}

fn read_all(store: &SqliteStore, size: u64) {
    let (mut query, mut count) = (ListQuery::newest(256), 0);
    loop {
        let page = block_on(store.list(query.clone())).unwrap();
        let Some((last, _)) = page.last() else { break };
        query = query.after(last.clone());
        count += page.iter().filter(|(_, listed)| listed.is_ok()).count();
    }
    assert_eq!(u64::try_from(count).unwrap(), size);
}

/// As text, like another program would.
fn read_rows(conn: &Connection, size: u64) {
    let mut bytes = 0;
    for sql in [
        "SELECT invoice, order_name, terminal, ordered, currency FROM attempts ORDER BY invoice",
        "SELECT invoice, record FROM events ORDER BY invoice, version, place",
    ] {
        let mut statement = conn.prepare_cached(sql).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            bytes += (0..columns).map(|it| row.get::<_, String>(it).unwrap().len()).sum::<usize>();
        }
    }
    assert!(u64::try_from(bytes).unwrap() > size * 100);
}

/// A store in memory in which half of what is due is claimed for an hour, and the time of the next claim.
fn half_leased(size: u64) -> (MemoryStore, Timestamp) {
    let store = MemoryStore::default();
    let asked = [Event { at: NOW, kind: EventKind::Asked(Command::Authorize) }];
    let now = NOW + Duration::from_millis(size);
    block_on(async {
        for order in 0..size {
            open(&store, order, &asked).await;
        }
        let half = usize::try_from(size / 2).unwrap();
        store.claim_due(Queue::UnknownChecks, &terminal(), now, half, HOUR).await.unwrap();
    });
    (store, now)
}

/// By the next time these leases have passed.
fn claim((store, now): &mut (MemoryStore, Timestamp)) {
    let terminal = terminal();
    let claimed = store.claim_due(Queue::UnknownChecks, &terminal, *now, 64, MOMENT);
    assert_eq!(block_on(claimed).unwrap().len(), 64);
    *now = *now + MOMENT;
}
