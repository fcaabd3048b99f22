//! What the tables say of an attempt, and what each call of the port does to them.

use std::time::Duration;

use epay_domain::{
    AttemptTag, CLOCK_AHEAD, CheckClass, CreateRule, Created, Currency, DeadProof, Event,
    InvoiceId, ListKeys, Listed, Money, NewPayment, OrderId, Payment, Queue, ReplayKey, Schedule,
    StoreErrorKind, Stored, TerminalId, Timestamp, Version,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    erase,
    error::{Refused, SqliteError, SqliteErrorKind},
    list, numbers,
};
use crate::record;

/// What `claim_due` gives from a queue: what is due and free, the longest overdue first.
pub(super) fn due(queue: Queue) -> String {
    let (class, due) = match queue {
        Queue::UnknownChecks => (" AND check_class = 0", "next_check_at"),
        Queue::SettledChecks => (" AND check_class = 1", "next_check_at"),
        Queue::Notifications => ("", "next_notify_at"),
    };
    // Two searches of one index, each in its order, which are merged as they are read.
    let search = |when: &str| {
        format!(
            "SELECT invoice, {due} FROM attempts WHERE terminal = ?1{class} AND {due} {when} \
             AND (leased_until IS NULL OR leased_until <= ?2 OR leased_until > ?6)"
        )
    };
    let (past, beyond) = (search("<= ?2"), search("> ?5"));
    format!("{past} UNION ALL {beyond} ORDER BY 2, 1 LIMIT ?3 OFFSET ?4")
}

/// An attempt as it stands in the tables. Reading the records is left to the caller's thread.
pub(super) struct Row {
    opening: Opening,
    checksum: u32,
    pub(super) version: i64,
    count: i64,
    class: i64,
    /// Next check, next notification, last check, leased until.
    times: [Option<i64>; 4],
    records: Vec<Written>,
}

/// Where a record stands in the history.
pub(super) struct Place {
    pub(super) version: i64,
    pub(super) place: i64,
}

impl Place {
    /// So that a flipped bit is damage and not another sum of money. A record that stands in
    /// another's place is, too.
    pub(super) fn checksum(&self, invoice: &str, record: &str) -> u32 {
        sum_of(&[invoice, &self.version.to_string(), &self.place.to_string(), record])
    }
}

/// A record as the tables hold it.
pub(super) struct Written {
    place: Place,
    record: String,
    checksum: u32,
}

/// The records of these events, as an append onto this version writes them.
pub(super) fn written(
    invoice: &str,
    onto: Version,
    events: &[Event],
) -> Result<Vec<Written>, SqliteError> {
    let version = i64::try_from(onto.0).unwrap_or(i64::MAX).saturating_add(1);
    let write = |(event, place)| {
        let (place, record) = (Place { version, place }, record::encode(event)?);
        Ok(Written { checksum: place.checksum(invoice, &record), place, record })
    };
    events.iter().zip(0..).map(write).collect()
}

/// What an attempt was opened with.
struct Opening {
    invoice: String,
    order: String,
    terminal: String,
    ordered: String,
    currency: String,
    exponent: u8,
    opened: i64,
    previous: Option<String>,
    tag: Option<String>,
}

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> Result<Row, rusqlite::Error> {
        Ok(Row {
            opening: Opening {
                invoice: row.get(0)?,
                order: row.get(1)?,
                terminal: row.get(2)?,
                ordered: row.get(3)?,
                currency: row.get(4)?,
                exponent: row.get(5)?,
                opened: row.get(6)?,
                previous: row.get(7)?,
                tag: row.get(8)?,
            },
            checksum: row.get(9)?,
            version: row.get(10)?,
            count: row.get(11)?,
            class: row.get(12)?,
            times: [row.get(13)?, row.get(14)?, row.get(15)?, row.get(16)?],
            records: Vec::new(),
        })
    }

    fn with_records(mut self, conn: &Connection) -> Result<Row, SqliteError> {
        let mut records = conn.prepare_cached(
            "SELECT version, place, record, checksum FROM events WHERE invoice = ?1 \
             ORDER BY version, place",
        )?;
        let records = records.query_map([&self.opening.invoice], |row| {
            let place = Place { version: row.get(0)?, place: row.get(1)? };
            Ok(Written { place, record: row.get(2)?, checksum: row.get(3)? })
        })?;
        self.records = records.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// The fold of the records. What is not there whole is damage, never a shorter history.
    pub(super) fn stored(&self) -> Result<Stored, SqliteError> {
        self.fold(&self.events()?)
    }

    /// The same with the events, for a list.
    pub(super) fn listed(&self) -> Result<Listed, SqliteError> {
        let events = self.events()?;
        let opened_at = u64::try_from(self.opening.opened).map_err(damaged)?;
        let opened_at = Timestamp::from_unix_millis(opened_at);
        Ok(Listed { opened_at, stored: self.fold(&events)?, events })
    }

    fn fold(&self, events: &[Event]) -> Result<Stored, SqliteError> {
        let Opening {
            invoice, order, terminal, ordered, currency, exponent, previous, tag, ..
        } = &self.opening;
        if self.opening.checksum() != self.checksum {
            return Err(damaged("the opening does not fit its checksum"));
        }
        let order = OrderId::new(order).map_err(damaged)?;
        let invoice = InvoiceId::new(invoice).map_err(damaged)?;
        let terminal = TerminalId::new(terminal).map_err(damaged)?;
        let currency = Currency::new(currency, *exponent).map_err(damaged)?;
        let minor = ordered.parse().map_err(|_| damaged("a sum is digits"))?;
        let tag = tag.as_deref().map(|tag| AttemptTag::parse(tag).ok_or(damaged("a tag")));
        let opened = Payment::open(invoice, Money::new(minor, currency), terminal);
        let opened = opened.with_tag(tag.transpose()?);
        let version = Version(u64::try_from(self.version).map_err(damaged)?);
        let time = |at: i64| u64::try_from(at).map(Timestamp::from_unix_millis).map_err(damaged);
        let [next_check_at, next_notify_at, last_check_at, leased_until] =
            self.times.map(|at| at.map(time).transpose());
        let schedule = Schedule {
            next_check_at: next_check_at?,
            check_class: match self.class {
                UNKNOWN => CheckClass::Unknown,
                SETTLED => CheckClass::Settled,
                _ => return Err(damaged("there is no such class of checks")),
            },
            next_notify_at: next_notify_at?,
            last_check_at: last_check_at?,
        };
        let payment = events.iter().fold(opened, Payment::apply);
        let previous = previous.as_deref().map(InvoiceId::new).transpose().map_err(damaged)?;
        Ok(Stored { order, version, payment, schedule, leased_until: leased_until?, previous })
    }

    pub(super) fn events(&self) -> Result<Vec<Event>, SqliteError> {
        if i64::try_from(self.records.len()) != Ok(self.count) {
            return Err(damaged("events are missing"));
        }
        let read = |Written { place, record, checksum }: &Written| {
            if place.checksum(&self.opening.invoice, record) != *checksum {
                return Err(damaged("a record does not fit its checksum"));
            }
            Ok(record::decode(record)?)
        };
        self.records.iter().map(read).collect()
    }
}

impl Opening {
    fn checksum(&self) -> u32 {
        let Opening { invoice, order, terminal, ordered, currency, exponent, .. } = self;
        let (exponent, opened) = (exponent.to_string(), self.opened.to_string());
        let [previous, tag] = [&self.previous, &self.tag].map(|it| it.as_deref().unwrap_or(""));
        sum_of(&[invoice, order, terminal, ordered, currency, &exponent, &opened, previous, tag])
    }
}

fn sum_of(parts: &[&str]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
        // No text here holds a zero, so no two lists of parts are the same bytes.
        hasher.update(&[0]);
    }
    hasher.finalize()
}

pub(super) fn damaged(why: impl ToString) -> SqliteError {
    SqliteError::new(SqliteErrorKind::Damaged).with_source(Column(why.to_string()))
}

/// What should have been there.
#[derive(Debug)]
struct Column(String);

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Column {}

const ATTEMPT: &str = "SELECT invoice, order_name, terminal, ordered, currency, exponent, opened, \
     previous, tag, opening_checksum, version, events, check_class, next_check_at, next_notify_at, \
     last_check_at, leased_until FROM attempts WHERE invoice = ?1";

pub(super) fn load(conn: &Connection, invoice: &str) -> Result<Option<Row>, Refused> {
    let row = conn.prepare_cached(ATTEMPT)?.query_row([invoice], Row::read).optional()?;
    Ok(row.map(|row| row.with_records(conn)).transpose()?)
}

pub(super) fn current(conn: &Connection, order: &str) -> Result<Option<Row>, Refused> {
    let invoice: Option<String> = conn
        .prepare_cached("SELECT invoice FROM orders WHERE name = ?1")?
        .query_row([order], |row| row.get(0))
        .optional()?;
    let Some(invoice) = invoice else { return Ok(None) };
    let row = present(conn, &invoice)?;
    if row.opening.order != order {
        return Err(damaged("an order has another's attempt").into());
    }
    Ok(Some(row))
}

/// An attempt that the tables speak of, so it has to be there.
pub(super) fn present(conn: &Connection, invoice: &str) -> Result<Row, Refused> {
    load(conn, invoice)?.ok_or_else(|| damaged("an attempt is missing").into())
}

pub(super) fn create(
    conn: &Connection,
    new: &NewPayment,
    at: Timestamp,
    after: Option<&DeadProof>,
) -> Result<Created, Refused> {
    let present = current(conn, new.order.as_str())?.map(|row| row.stored()).transpose()?;
    let payment = present.as_ref().map(|present| &present.payment);
    let owner = new.replay.map(|key| owner(conn, key)).transpose()?.flatten();
    let previous = match (CreateRule::judge(new, payment, after, owner.as_ref()), present) {
        (CreateRule::Replayed, _) => return Ok(Created::Replayed),
        (CreateRule::Existing { claims }, Some(present)) => {
            let key = new.replay.filter(|_| claims);
            give(conn, key, present.payment.invoice())?;
            return Ok(Created::Existing(present));
        }
        (_, present) => present.map(|present| present.payment.invoice().clone()),
    };
    let invoice = numbers::next(conn)?;
    numbers::give(conn, &invoice)?;
    give(conn, new.replay, &invoice)?;
    let payment =
        Payment::open(invoice.clone(), new.amount, new.terminal.clone()).with_tag(new.tag);
    let (status, open_since) = list::columns(payment.list_keys());
    let currency = new.amount.currency();
    let opening = Opening {
        invoice: invoice.to_string(),
        order: new.order.to_string(),
        terminal: new.terminal.to_string(),
        ordered: new.amount.minor().to_string(),
        currency: currency.code().to_owned(),
        exponent: currency.exponent(),
        opened: millis(at),
        previous: previous.as_ref().map(ToString::to_string),
        tag: new.tag.as_ref().map(ToString::to_string),
    };
    conn.prepare_cached(
        "INSERT INTO attempts (invoice, order_name, terminal, ordered, currency, exponent, opened, \
         previous, tag, opening_checksum, version, events, check_class, status, open_since) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, 0, ?11, ?12)",
    )?
    .execute(params![
        opening.invoice,
        opening.order,
        opening.terminal,
        opening.ordered,
        opening.currency,
        opening.exponent,
        opening.opened,
        opening.previous,
        opening.tag,
        opening.checksum(),
        status,
        open_since,
    ])?;
    conn.prepare_cached(
        "INSERT INTO orders (name, invoice) VALUES (?1, ?2) \
         ON CONFLICT (name) DO UPDATE SET invoice = ?2",
    )?
    .execute([opening.order, opening.invoice])?;
    Ok(Created::New(Stored::opened(new.order.clone(), payment, previous)))
}

/// The attempt that has the key.
fn owner(conn: &Connection, key: ReplayKey) -> Result<Option<InvoiceId>, Refused> {
    let owner: Option<String> = conn
        .prepare_cached("SELECT invoice FROM replays WHERE key = ?1")?
        .query_row(params![key.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(owner.as_deref().map(InvoiceId::new).transpose().map_err(damaged)?)
}

fn give(conn: &Connection, key: Option<ReplayKey>, to: &InvoiceId) -> Result<(), Refused> {
    let Some(key) = key else { return Ok(()) };
    conn.prepare_cached("INSERT INTO replays (key, invoice) VALUES (?1, ?2)")?
        .execute(params![key.as_bytes(), to.as_str()])?;
    Ok(())
}

/// What an append writes.
pub(super) struct Append {
    pub(super) records: Vec<Written>,
    pub(super) schedule: Schedule,
    /// Of what the events make of the attempt.
    pub(super) keys: ListKeys,
    /// Whether the challenge goes in the same write.
    pub(super) erases: bool,
}

/// If a challenge went, the attempt without it is given back.
pub(super) fn append(
    conn: &Connection,
    (invoice, onto): (&str, Version),
    append: &Append,
) -> Result<Option<Row>, Refused> {
    let Append { records, schedule, keys, erases } = append;
    let (status, open_since) = list::columns(*keys);
    // One statement finds the newest version, and makes the next: a writer who is late has written
    // nothing.
    let version = i64::try_from(onto.0).unwrap_or(-1);
    let moved = conn
        .prepare_cached(
            "UPDATE attempts SET version = ?2 + 1, events = events + ?3, next_check_at = ?4, \
             check_class = ?5, next_notify_at = ?6, last_check_at = ?7, leased_until = NULL, \
             status = ?8, open_since = ?9 \
             WHERE invoice = ?1 AND version = ?2",
        )?
        .execute(params![
            invoice,
            version,
            integer(records.len()),
            schedule.next_check_at.map(millis),
            match schedule.check_class {
                CheckClass::Unknown => UNKNOWN,
                CheckClass::Settled => SETTLED,
            },
            schedule.next_notify_at.map(millis),
            schedule.last_check_at.map(millis),
            status,
            open_since,
        ])?;
    if moved == 0 {
        let known =
            conn.prepare_cached("SELECT 1 FROM attempts WHERE invoice = ?1")?.exists([invoice])?;
        let why = if known { StoreErrorKind::Conflict } else { StoreErrorKind::NoSuchInvoice };
        return Err(Refused::ByThePort(why));
    }
    let mut insert = conn.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for Written { place, record, checksum } in records {
        insert.execute(params![invoice, place.version, place.place, record, checksum])?;
    }
    if *erases && erase::challenges(conn, invoice)? {
        return present(conn, invoice).map(Some);
    }
    Ok(None)
}

/// Claims what is due but for the first so many, and says which versions that has made. The
/// histories are read elsewhere: one that is damaged would take this transaction with it.
pub(super) fn claim_due(
    conn: &Connection,
    (queue, terminal): (Queue, &str),
    now: Timestamp,
    limit: usize,
    skip: usize,
    lease: Duration,
) -> Result<Vec<(String, i64)>, Refused> {
    let (horizon, longest) = (now + queue.horizon(), now + lease + CLOCK_AHEAD);
    let (limit, skip) = (integer(limit), integer(skip));
    let asked = params![terminal, millis(now), limit, skip, millis(horizon), millis(longest)];
    let due: Vec<String> = conn
        .prepare_cached(&due(queue))?
        .query_map(asked, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut claim = conn.prepare_cached(
        "UPDATE attempts SET leased_until = ?2, version = version + 1 WHERE invoice = ?1 \
         RETURNING version",
    )?;
    due.into_iter()
        .map(|invoice| {
            let version =
                claim.query_row(params![invoice, millis(now + lease)], |row| row.get(0))?;
            Ok((invoice, version))
        })
        .collect()
}

/// The classes of checks as a column holds them.
const UNKNOWN: i64 = 0;
const SETTLED: i64 = 1;

/// A time that an INTEGER has no room for is as good as never.
pub(super) fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.unix_millis()).unwrap_or(i64::MAX)
}

pub(super) fn integer(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
