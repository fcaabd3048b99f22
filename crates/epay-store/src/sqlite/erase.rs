//! Erases personal data and a payer's session data from the file: the challenge by itself once it
//! is over, the rest on request.

use std::path::Path;

use epay_domain::Event;
use rusqlite::{Connection, params};

use super::{
    attempt,
    error::{Refused, SqliteError, SqliteErrorKind},
    file::{self, SqliteOptions},
};
use crate::{
    erasure::{self, Erasure},
    record,
    row::{Written, millis},
};

/// Erases the challenges of this attempt, and says whether there were any.
pub(super) fn challenges(conn: &Connection, invoice: &str) -> Result<bool, Refused> {
    Ok(rewrite(conn, invoice, record::without_challenge)? > 0)
}

/// What may hold something, so that not everything is read.
const ERASABLE: &str = "instr(record, '\"erased\":true') = 0 \
     AND (instr(record, '\"three_ds_required\"') OR instr(record, '\"note\"'))";

fn rewrite(
    conn: &Connection,
    invoice: &str,
    erased: impl Fn(&Event) -> Option<Event>,
) -> Result<usize, SqliteError> {
    let mut records = conn.prepare_cached(&format!(
        "SELECT version, place, record, checksum FROM events WHERE invoice = ?1 AND {ERASABLE}"
    ))?;
    let records = records.query_map([invoice], attempt::record)?;
    let records = records.collect::<Result<Vec<_>, _>>()?;
    let mut update = conn.prepare_cached(
        "UPDATE events SET record = ?4, checksum = ?5 \
         WHERE invoice = ?1 AND version = ?2 AND place = ?3",
    )?;
    let mut count = 0;
    for written in records {
        let Some(Written { place, record, checksum }) =
            erasure::rewritten(invoice, &written, &erased)?
        else {
            continue;
        };
        count += update.execute(params![invoice, place.version, place.place, record, checksum])?;
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
        Erasure::OpenedBefore(at) => ("opened < ?1", rusqlite::types::Value::from(millis(*at))),
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
    rewrite(conn, invoice, erasure::on_demand(read.as_ref()))
}
