//! Invoice numbers come from one counter in the file: each is given once, and by default no last
//! six digits come twice.

use epay_domain::{InvoiceId, StoreErrorKind};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Refused, SqliteError, SqliteErrorKind};

/// The bank tells invoices apart by their last six digits too, so there are this many.
const LAST_SIX: u64 = 1_000_000;

/// Which invoice numbers a log gives out.
///
/// The counter and the attempt are one write, so a number that a crash has left behind is one
/// nobody was given. All terminals of a log share the counter, which is more careful than the bank
/// asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceNumbers {
    first: InvoiceId,
    repeats: bool,
}

impl InvoiceNumbers {
    /// From `first` on, at most a million: the log answers
    /// [`OutOfInvoices`](StoreErrorKind::OutOfInvoices) before the last six digits come a second
    /// time, also those of another range of the same log, and where there is no greater number of
    /// the same length.
    ///
    /// A bank takes each number once, so start beyond the last one that was ever used on the
    /// terminal.
    pub fn starting_at(first: InvoiceId) -> InvoiceNumbers {
        InvoiceNumbers { first, repeats: false }
    }

    /// All numbers of that length: after a million the last six digits come again. For a merchant
    /// whose bank has said that it is content with different invoice numbers.
    pub fn repeating_last_six(self) -> InvoiceNumbers {
        InvoiceNumbers { repeats: true, ..self }
    }

    /// The last number of the range, of which so `many` have different last six digits.
    fn last(&self, many: u64) -> String {
        let greatest = "9".repeat(self.first.as_str().len());
        match number(self.first.as_str()).checked_add(many.saturating_sub(1)) {
            Some(last) if !self.repeats && last <= number(&greatest) => last.to_string(),
            _ => greatest,
        }
    }
}

/// Digits as a number; at most fifteen, so there is room.
fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}

/// Sets the range. Numbers of this length from the first on must be new, or an attempt would get
/// another's.
pub(super) fn set(conn: &Connection, numbers: &InvoiceNumbers) -> Result<(), SqliteError> {
    let first = numbers.first.as_str();
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
    let last = numbers.last(most);
    conn.execute(
        "INSERT OR REPLACE INTO numbers (id, next, last) VALUES (1, ?1, ?2)",
        params![first, last],
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
    let row = conn
        .query_row("SELECT next, last FROM numbers WHERE id = 1", [], |row| {
            Ok((row.get::<_, Option<String>>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    match row {
        Some((Some(next), last)) => {
            Ok(number(&last).saturating_sub(number(&next)).saturating_add(1))
        }
        Some((None, _)) => Ok(0),
        None => Err(SqliteError::new(SqliteErrorKind::Damaged)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_before_the_last_six_digits_come_again() {
        for (first, last, repeating) in [
            ("100000001", "101000000", "999999999"),
            ("100000", "999999", "999999"),
            ("1000000", "1999999", "9999999"),
            ("999999", "999999", "999999"),
            ("999999999999999", "999999999999999", "999999999999999"),
            ("100000000000000", "100000000999999", "999999999999999"),
        ] {
            let numbers = InvoiceNumbers::starting_at(InvoiceId::new(first).unwrap());
            assert_eq!(numbers.last(LAST_SIX), last, "{first}");
            assert_eq!(numbers.repeating_last_six().last(LAST_SIX), repeating, "{first}");
        }
    }
}
