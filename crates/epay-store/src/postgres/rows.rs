//! Reads an attempt's row from the server's answer.

use std::collections::HashSet;

use epay_domain::InvoiceId;
use tokio_postgres::types::FromSql;

use super::error::{Fault, PostgresError};
use crate::row::{Opening, Place, Row, Written, damaged};

/// A column; one of another type than it was made with is damage.
pub(super) fn column<'a, T: FromSql<'a>>(
    row: &'a tokio_postgres::Row,
    at: usize,
) -> Result<T, PostgresError> {
    row.try_get(at).map_err(|_| damaged("a column is of another type").into())
}

fn checksum(number: i64) -> Result<u32, PostgresError> {
    u32::try_from(number).map_err(|_| damaged("a checksum is out of range").into())
}

/// Reads what the statement's `row!` asks for; `None` where there is no attempt.
pub(super) fn attempt(row: &tokio_postgres::Row) -> Result<Option<Row>, PostgresError> {
    let Some(invoice) = column::<Option<String>>(row, 0)? else { return Ok(None) };
    let exponent = u8::try_from(column::<i64>(row, 5)?);
    let opening = Opening {
        invoice,
        order: column(row, 1)?,
        terminal: column(row, 2)?,
        ordered: column(row, 3)?,
        currency: column(row, 4)?,
        exponent: exponent.map_err(damaged)?,
        opened: column(row, 6)?,
        previous: column(row, 7)?,
        tag: column(row, 8)?,
    };
    let versions: Option<Vec<i64>> = column(row, 17)?;
    let places: Option<Vec<i64>> = column(row, 18)?;
    let records: Option<Vec<String>> = column(row, 19)?;
    let checksums: Option<Vec<i64>> = column(row, 20)?;
    let places = versions.unwrap_or_default().into_iter().zip(places.unwrap_or_default());
    let written = places.zip(records.unwrap_or_default()).zip(checksums.unwrap_or_default());
    let written = written.map(|(((version, place), record), sum)| {
        Ok(Written { place: Place { version, place }, record, checksum: checksum(sum)? })
    });
    Ok(Some(Row {
        opening,
        checksum: checksum(column(row, 9)?)?,
        version: column(row, 10)?,
        count: column(row, 11)?,
        class: column(row, 12)?,
        times: [column(row, 13)?, column(row, 14)?, column(row, 15)?, column(row, 16)?],
        records: written.collect::<Result<_, PostgresError>>()?,
    }))
}

/// Who has the replay key that was asked for.
pub(super) fn owner(row: &tokio_postgres::Row) -> Result<Option<InvoiceId>, PostgresError> {
    let owner: Option<String> = column(row, 21)?;
    Ok(owner.as_deref().map(InvoiceId::new).transpose().map_err(damaged)?)
}

/// The attempt of a row that has one, read or not, by its invoice number.
pub(super) fn named(
    row: &tokio_postgres::Row,
) -> Result<(String, Result<Row, PostgresError>), PostgresError> {
    let read =
        attempt(row).and_then(|row| Ok(row.ok_or_else(|| damaged("an attempt is missing"))?));
    Ok((column(row, 0)?, read))
}

/// The invoice numbers that a statement returns.
pub(super) fn names(rows: &[tokio_postgres::Row]) -> Result<HashSet<String>, Fault> {
    rows.iter().map(|row| column(row, 0).map_err(Fault::Refused)).collect()
}
