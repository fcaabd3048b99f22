//! The SQL of an attempt: its row, and what each call of the port does to it.

use std::time::Duration;

use epay_domain::{
    CLOCK_AHEAD, CreateRule, Created, DeadProof, InvoiceId, ListKeys, NewPayment, Payment, Queue,
    ReplayKey, Schedule, StoreErrorKind, Stored, TerminalId, Timestamp, Version,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    erase,
    error::{Refused, SqliteError},
    numbers,
};
use crate::row::{self, Opening, Place, Row, Written, damaged, integer, millis};

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

pub(super) const NOTIFICATION_DUE: &str = "SELECT next_notify_at FROM attempts \
     WHERE terminal = ?1 AND next_notify_at IS NOT NULL ORDER BY next_notify_at LIMIT 1";

/// When the first notification of the terminal is due.
pub(super) fn notification_due_since(
    conn: &Connection,
    terminal: &TerminalId,
) -> Result<Option<Timestamp>, Refused> {
    let mut due = conn.prepare_cached(NOTIFICATION_DUE)?;
    let due: Option<i64> = due.query_row([terminal.as_str()], |row| row.get(0)).optional()?;
    Ok(due.map(row::timestamp).transpose().map_err(SqliteError::from)?)
}

/// The columns that [`read`] reads.
macro_rules! columns {
    () => {
        "invoice, order_name, terminal, ordered, currency, exponent, opened, previous, tag, \
         opening_checksum, version, events, check_class, next_check_at, next_notify_at, \
         last_check_at, leased_until"
    };
}
pub(super) use columns;

pub(super) fn load(conn: &Connection, invoice: &str) -> Result<Option<Row>, Refused> {
    let row = conn
        .prepare_cached(concat!("SELECT ", columns!(), " FROM attempts WHERE invoice = ?1"))?
        .query_row([invoice], read)
        .optional()?;
    Ok(row.map(|row| with_records(conn, row)).transpose()?)
}

/// An attempt with the history that [`read`] leaves out.
pub(super) fn with_records(conn: &Connection, row: Row) -> Result<Row, SqliteError> {
    let records = records(conn, &row.opening.invoice)?;
    Ok(Row { records, ..row })
}

pub(super) fn read(row: &rusqlite::Row<'_>) -> Result<Row, rusqlite::Error> {
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

fn records(conn: &Connection, invoice: &str) -> Result<Vec<Written>, SqliteError> {
    let mut records = conn.prepare_cached(
        "SELECT version, place, record, checksum FROM events WHERE invoice = ?1 \
         ORDER BY version, place",
    )?;
    let records = records.query_map([invoice], record)?;
    Ok(records.collect::<Result<_, _>>()?)
}

/// What `version, place, record, checksum` hold.
pub(super) fn record(row: &rusqlite::Row<'_>) -> Result<Written, rusqlite::Error> {
    let place = Place { version: row.get(0)?, place: row.get(1)? };
    Ok(Written { place, record: row.get(2)?, checksum: row.get(3)? })
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
    let (status, open_since) = row::columns(payment.list_keys());
    let opening = Opening::new(&invoice, new, at, previous.as_ref());
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

/// The rows that an append writes.
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
    let (status, open_since) = row::columns(*keys);
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
            row::class(schedule.check_class),
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
