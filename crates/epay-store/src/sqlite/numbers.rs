//! Invoice numbers come from one counter in the file.

use epay_domain::{InvoiceId, StoreErrorKind};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Refused, SqliteError, SqliteErrorKind};
use crate::numbers::{InvoiceNumbers, LAST_SIX, number};

/// Sets the range. Numbers of this length from the first on must be new, or an attempt would get
/// another's.
pub(super) fn set(conn: &Connection, numbers: &InvoiceNumbers) -> Result<(), SqliteError> {
    let Some(from) = &numbers.first else { return set_range(conn, None) };
    let first = from.as_str();
    let used: bool = conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM attempts \
         WHERE invoice >= ?1 AND length(invoice) = length(?1))",
        [first],
        |row| row.get(0),
    )?;
    if used {
        return Err(SqliteError::new(SqliteErrorKind::NumbersInUse));
    }
    // How far it is from the first number to one whose last six digits are in use.
    let unused: Option<u32> = conn.query_row(
        "SELECT min((CAST(substr(invoice, -6) AS INTEGER) - ?1 + 1000000) % 1000000) FROM attempts",
        [i64::try_from(number(first) % LAST_SIX).unwrap_or(i64::MAX)],
        |row| row.get(0),
    )?;
    let most = match unused {
        Some(unused) if !numbers.repeats => u64::from(unused),
        _ => LAST_SIX,
    };
    if most == 0 {
        return Err(SqliteError::new(SqliteErrorKind::NumbersInUse));
    }
    set_range(conn, Some((first, &numbers.last(from, most))))
}

/// The first and the last number from here on.
pub(super) fn set_range(conn: &Connection, range: Option<(&str, &str)>) -> Result<(), SqliteError> {
    let (next, last) = range.unzip();
    conn.execute(
        "INSERT OR REPLACE INTO numbers (id, next, last) VALUES (1, ?1, ?2)",
        params![next, last.unwrap_or("0")],
    )?;
    Ok(())
}

/// Ends the range.
pub(super) fn exhaust(conn: &Connection) -> Result<(), SqliteError> {
    conn.execute("UPDATE numbers SET next = NULL", [])?;
    Ok(())
}

/// The number that the next attempt gets.
pub(super) fn next(conn: &Connection) -> Result<InvoiceId, Refused> {
    let next: Option<String> = conn
        .prepare_cached("SELECT next FROM numbers WHERE id = 1")?
        .query_row([], |row| row.get(0))?;
    let next = next.ok_or(Refused::ByThePort(StoreErrorKind::OutOfInvoices))?;
    Ok(InvoiceId::new(&next)
        .map_err(|error| SqliteError::new(SqliteErrorKind::Damaged).with_source(error))?)
}

/// Moves the counter past `given`.
pub(super) fn give(conn: &Connection, given: &InvoiceId) -> Result<(), Refused> {
    let after = given.next();
    conn.prepare_cached(
        "UPDATE numbers SET next = CASE WHEN ?1 = last THEN NULL ELSE ?2 END WHERE id = 1",
    )?
    .execute(params![given.as_str(), after.as_ref().map(InvoiceId::as_str)])?;
    Ok(())
}

/// How many numbers are left.
pub(super) fn left(conn: &Connection) -> Result<u64, SqliteError> {
    let range = range(conn)?;
    Ok(range.map_or(0, |(next, last)| last.saturating_sub(next).saturating_add(1)))
}

/// The first and the last number that are left; `None` when there are none.
pub(super) fn range(conn: &Connection) -> Result<Option<(u64, u64)>, SqliteError> {
    let row = conn
        .query_row("SELECT next, last FROM numbers WHERE id = 1", [], |row| {
            Ok((row.get::<_, Option<String>>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    let (next, last) = row.ok_or(SqliteError::new(SqliteErrorKind::Damaged))?;
    Ok(next.map(|next| (number(&next), number(&last))))
}
