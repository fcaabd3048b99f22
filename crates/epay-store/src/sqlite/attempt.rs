//! What the tables say of an attempt, and what each call of the port does to them.

use std::time::Duration;

use epay_domain::{
    Created, Currency, DeadProof, Event, InvoiceId, Money, NewPayment, OrderId, Payment, ReplayKey, Standing,
    StoreErrorKind, Stored, TerminalId, Timestamp, Version,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::{
    error::{Refused, SqliteError, SqliteErrorKind},
    numbers,
};
use crate::record;

/// What is given to `claim_due`'s caller: those it asked for, the longest overdue first.
pub(super) const DUE: &str = "SELECT invoice FROM attempts \
     WHERE terminal = ?1 AND due <= ?2 AND (leased_until IS NULL OR leased_until <= ?2) \
     ORDER BY due, invoice LIMIT ?3";

/// An attempt as it stands in the tables. Reading the records is left to the caller's thread.
pub(super) struct Row {
    invoice: String,
    order: String,
    terminal: String,
    ordered: String,
    currency: String,
    exponent: u8,
    version: i64,
    records: Vec<String>,
}

impl Row {
    /// The fold of the records. What is not there whole is damage, never a shorter history.
    pub(super) fn stored(&self) -> Result<Stored, SqliteError> {
        let events = self.events()?;
        let damaged =
            |error: &dyn ToString| SqliteError::new(SqliteErrorKind::Damaged).with_source(Column(error.to_string()));
        let order = OrderId::new(&self.order).map_err(|error| damaged(&error))?;
        let invoice = InvoiceId::new(&self.invoice).map_err(|error| damaged(&error))?;
        let terminal = TerminalId::new(&self.terminal).map_err(|error| damaged(&error))?;
        let currency = Currency::new(&self.currency, self.exponent).map_err(|error| damaged(&error))?;
        let minor = self.ordered.parse().map_err(|_| damaged(&"a sum is digits"))?;
        let opened = Payment::open(invoice, Money::new(minor, currency), terminal);
        let version = Version(u64::try_from(self.version).map_err(|error| damaged(&error))?);
        Ok(Stored { order, version, payment: events.iter().fold(opened, Payment::apply) })
    }

    pub(super) fn events(&self) -> Result<Vec<Event>, SqliteError> {
        if i64::try_from(self.records.len()) != Ok(self.version) {
            return Err(SqliteError::new(SqliteErrorKind::Damaged));
        }
        Ok(self.records.iter().map(|line| record::decode(line)).collect::<Result<_, _>>()?)
    }
}

/// What a column should have been.
#[derive(Debug)]
struct Column(String);

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Column {}

pub(super) fn load(conn: &Connection, invoice: &str) -> Result<Option<Row>, Refused> {
    let row = conn
        .prepare_cached(
            "SELECT order_name, terminal, ordered, currency, exponent, version FROM attempts WHERE invoice = ?1",
        )?
        .query_row([invoice], |row| {
            Ok(Row {
                invoice: invoice.to_owned(),
                order: row.get(0)?,
                terminal: row.get(1)?,
                ordered: row.get(2)?,
                currency: row.get(3)?,
                exponent: row.get(4)?,
                version: row.get(5)?,
                records: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut row) = row else { return Ok(None) };
    let mut records = conn.prepare_cached("SELECT record FROM events WHERE invoice = ?1 ORDER BY seq")?;
    row.records = records.query_map([invoice], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Some(row))
}

pub(super) fn current(conn: &Connection, order: &str) -> Result<Option<Row>, Refused> {
    let invoice: Option<String> = conn
        .prepare_cached("SELECT invoice FROM orders WHERE name = ?1")?
        .query_row([order], |row| row.get(0))
        .optional()?;
    invoice.map(|invoice| present(conn, &invoice)).transpose()
}

/// An attempt that the tables speak of, so it has to be there.
fn present(conn: &Connection, invoice: &str) -> Result<Row, Refused> {
    load(conn, invoice)?.ok_or_else(|| SqliteError::new(SqliteErrorKind::Damaged).into())
}

pub(super) fn create(
    conn: &Connection,
    new: NewPayment,
    at: Timestamp,
    after: Option<&DeadProof>,
) -> Result<Created, Refused> {
    if let Some(present) = current(conn, new.order.as_str())? {
        let present = present.stored()?;
        let invoice = present.payment.invoice();
        if after.is_none_or(|proof| proof.invoice() != invoice) {
            let is_meant = present.payment.standing() == Standing::New && present.payment.ordered() == new.amount;
            let replayed = is_meant && !claims(conn, new.replay, invoice)?;
            return Ok(if replayed { Created::Replayed } else { Created::Existing(present) });
        }
    }
    let invoice = numbers::next(conn)?;
    if !claims(conn, new.replay, &invoice)? {
        return Ok(Created::Replayed);
    }
    numbers::give(conn, &invoice)?;
    let currency = new.amount.currency();
    conn.prepare_cached(
        "INSERT INTO attempts (invoice, order_name, terminal, ordered, currency, exponent, opened, version) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
    )?
    .execute(params![
        invoice.as_str(),
        new.order.as_str(),
        new.terminal.as_str(),
        new.amount.minor().to_string(),
        currency.code(),
        currency.exponent(),
        millis(at),
    ])?;
    conn.prepare_cached(
        "INSERT INTO orders (name, invoice) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET invoice = ?2",
    )?
    .execute([new.order.as_str(), invoice.as_str()])?;
    let payment = Payment::open(invoice, new.amount, new.terminal);
    Ok(Created::New(Stored { order: new.order, version: Version(0), payment }))
}

/// Whether the attempt of this invoice has the key, or gets it now.
fn claims(conn: &Connection, replay: Option<ReplayKey>, invoice: &InvoiceId) -> Result<bool, Refused> {
    let Some(key) = replay else { return Ok(true) };
    conn.prepare_cached("INSERT OR IGNORE INTO replays (key, invoice) VALUES (?1, ?2)")?
        .execute(params![key.as_bytes(), invoice.as_str()])?;
    let owner: String = conn
        .prepare_cached("SELECT invoice FROM replays WHERE key = ?1")?
        .query_row(params![key.as_bytes()], |row| row.get(0))?;
    Ok(owner == invoice.as_str())
}

pub(super) fn append(
    conn: &Connection,
    invoice: &str,
    expected: Version,
    records: &[String],
    due: Option<Timestamp>,
) -> Result<Row, Refused> {
    let version: Option<i64> = conn
        .prepare_cached("SELECT version FROM attempts WHERE invoice = ?1")?
        .query_row([invoice], |row| row.get(0))
        .optional()?;
    let Some(mut version) = version else { return Err(Refused::ByThePort(StoreErrorKind::NoSuchInvoice)) };
    if u64::try_from(version) != Ok(expected.0) {
        return Err(Refused::ByThePort(StoreErrorKind::Conflict));
    }
    let mut insert: CachedStatement<'_> =
        conn.prepare_cached("INSERT INTO events (invoice, seq, record) VALUES (?1, ?2, ?3)")?;
    for record in records {
        version = version.saturating_add(1);
        insert.execute(params![invoice, version, record])?;
    }
    conn.prepare_cached("UPDATE attempts SET version = ?2, due = ?3, leased_until = NULL WHERE invoice = ?1")?
        .execute(params![invoice, version, due.map(millis)])?;
    present(conn, invoice)
}

pub(super) fn claim_due(
    conn: &Connection,
    terminal: &str,
    now: Timestamp,
    limit: usize,
    lease: Duration,
) -> Result<Vec<Row>, Refused> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let due: Vec<String> = conn
        .prepare_cached(DUE)?
        .query_map(params![terminal, millis(now), limit], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut claim = conn.prepare_cached("UPDATE attempts SET leased_until = ?2 WHERE invoice = ?1")?;
    due.iter()
        .map(|invoice| {
            claim.execute(params![invoice, millis(now + lease)])?;
            present(conn, invoice)
        })
        .collect()
}

/// A time that an INTEGER has no room for is as good as never.
fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.unix_millis()).unwrap_or(i64::MAX)
}
