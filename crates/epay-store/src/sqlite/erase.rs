//! What is personal or of a payer's session leaves the file: the challenge by itself once it is over,
//! the rest when somebody asks.

use std::path::Path;

use epay_domain::{Event, InvoiceId, Payment, PaymentStatus, State, Timestamp};
use rusqlite::{Connection, params};

use super::{
    attempt::{self, Place},
    error::{Refused, SqliteError, SqliteErrorKind},
    file::{self, SqliteOptions},
};
use crate::record;

/// From which attempts [`SqliteStore::erase`](super::SqliteStore::erase) takes what can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// This one, because somebody has asked.
    Attempt(InvoiceId),
    /// All that were opened before, because that is how long it is kept.
    OpenedBefore(Timestamp),
}

/// Whether the payer's form will not be shown again. While a person has to judge which operation is
/// ours, it may.
pub(super) fn is_challenge_over(payment: &Payment) -> bool {
    payment.state() != State::New && payment.status() != PaymentStatus::Disputed
}

/// Erases the challenges of this attempt, and says whether there were any.
pub(super) fn challenges(conn: &Connection, invoice: &str) -> Result<bool, Refused> {
    Ok(rewrite(conn, invoice, record::without_challenge)? > 0)
}

/// What may hold something, so that not everything is read.
const ERASABLE: &str = "instr(record, '\"erased\":true') = 0 \
     AND (instr(record, '\"three_ds_required\"') OR instr(record, '\"note\"'))";

/// A record that can't be read is left alone: it is damage for whoever reads it, and no reason not
/// to write.
fn rewrite(
    conn: &Connection,
    invoice: &str,
    erased: impl Fn(&Event) -> Option<Event>,
) -> Result<usize, SqliteError> {
    let mut records = conn.prepare_cached(&format!(
        "SELECT version, place, record, checksum FROM events WHERE invoice = ?1 AND {ERASABLE}"
    ))?;
    let records = records.query_map([invoice], |row| {
        let place = Place { version: row.get(0)?, place: row.get(1)? };
        Ok((place, row.get::<_, String>(2)?, row.get::<_, u32>(3)?))
    })?;
    let records = records.collect::<Result<Vec<_>, _>>()?;
    let mut update = conn.prepare_cached(
        "UPDATE events SET record = ?4, checksum = ?5 \
         WHERE invoice = ?1 AND version = ?2 AND place = ?3",
    )?;
    let mut count = 0;
    for (place, line, checksum) in records {
        let whole = place.checksum(invoice, &line) == checksum;
        let event = record::decode(&line).ok().filter(|_| whole);
        let Some(event) = event.as_ref().and_then(&erased) else { continue };
        let line = record::encode_erased(&event)?;
        let checksum = place.checksum(invoice, &line);
        count += update.execute(params![invoice, place.version, place.place, line, checksum])?;
    }
    Ok(count)
}

/// Erases what can be, and then writes the whole file anew: SQLite leaves copies of what it has
/// moved in the unused parts of its pages.
pub(super) fn erase(
    path: &Path,
    options: SqliteOptions,
    which: &Erasure,
) -> Result<usize, SqliteError> {
    let conn = file::open(path, options)?;
    let (clause, value) = match which {
        Erasure::Attempt(invoice) => ("invoice = ?1", invoice.as_str().to_owned().into()),
        Erasure::OpenedBefore(at) => {
            ("opened < ?1", rusqlite::types::Value::from(attempt::millis(*at)))
        }
    };
    let mut attempts = conn.prepare(&format!(
        "SELECT DISTINCT invoice FROM attempts JOIN events USING (invoice) \
         WHERE {clause} AND {ERASABLE}"
    ))?;
    let invoices = attempts.query_map([value], |row| row.get(0))?;
    let invoices = invoices.collect::<Result<Vec<String>, _>>()?;
    drop(attempts);
    let (mut count, mut failed) = (0, None);
    for invoice in invoices {
        // One transaction for each, so that a shop that is open waits for one attempt at most.
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let erased = one(&conn, &invoice);
        conn.execute_batch(if erased.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        // One that is damaged holds up no other.
        match erased {
            Ok(erased) => count += erased,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    conn.execute_batch("VACUUM")?;
    let blocked: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    let failed = failed.or(blocked.then(|| SqliteError::new(SqliteErrorKind::Locked)));
    failed.map_or(Ok(count), Err)
}

fn one(conn: &Connection, invoice: &str) -> Result<usize, SqliteError> {
    let read = attempt::load(conn, invoice).ok().flatten().and_then(|row| row.stored().ok());
    // What the payer still has to answer stays until they have, or somebody has closed the attempt.
    let awaited = read.is_some_and(|stored| stored.payment.challenge().is_some());
    rewrite(conn, invoice, |event| {
        let shown = record::without_challenge(event).filter(|_| !awaited);
        shown.or_else(|| record::without_notes(event))
    })
}
