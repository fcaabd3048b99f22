//! Erases personal data and a payer's session data from the tables, on request.

use super::{
    Shared,
    connection::repeated,
    error::{Fault, PostgresError},
    params::params,
    rows::column,
    sql,
};
use crate::{
    erasure::{self, Erasure},
    row::{Row, Written, millis},
};

pub(super) async fn erase(shared: &Shared, which: &Erasure) -> Result<usize, PostgresError> {
    let found = repeated(shared.options.timeout, true, || async {
        let (statement, params) = match which {
            Erasure::Attempt(invoice) => (sql::erasable_of(), params![invoice.to_string()]),
            Erasure::OpenedBefore(at) => (sql::erasable_before(), params![millis(*at)]),
        };
        shared.reader().query(&statement, params).await
    });
    let (mut count, mut failed) = (0, None);
    for row in found.await.map_err(Fault::error)? {
        let invoice: String = column(&row, 0)?;
        let erased = one(shared, &invoice).await;
        // One that is damaged holds up no other.
        match erased {
            Ok(erased) => count += erased,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(count), Err)
}

async fn one(shared: &Shared, invoice: &str) -> Result<usize, PostgresError> {
    let Some(row) = shared.load(invoice).await? else { return Ok(0) };
    let stored = row.stored().ok();
    let erased = rewritten(&row, erasure::on_demand(stored.as_ref()))?;
    if erased.is_empty() {
        return Ok(0);
    }
    let params = || {
        params![
            invoice.to_owned(),
            erased.iter().map(|(_, it)| it.place.version).collect::<Vec<_>>(),
            erased.iter().map(|(_, it)| it.place.place).collect::<Vec<_>>(),
            erased.iter().map(|(was, _)| i64::from(*was)).collect::<Vec<_>>(),
            erased.iter().map(|(_, it)| it.record.clone()).collect::<Vec<_>>(),
            erased.iter().map(|(_, it)| i64::from(it.checksum)).collect::<Vec<_>>(),
        ]
    };
    // Each record is written while it is the one that was read, so it may be written twice.
    let written =
        repeated(shared.options.timeout, true, || shared.reader().write(sql::ERASE, params()));
    written.await.map_err(Fault::error)?;
    Ok(erased.len())
}

/// The records without what is erased, each with the checksum of the one that it takes the place of.
fn rewritten(
    row: &Row,
    erased: impl Fn(&epay_domain::Event) -> Option<epay_domain::Event>,
) -> Result<Vec<(u32, Written)>, PostgresError> {
    let rewritten = row.records.iter().map(|written| {
        let erased = erasure::rewritten(&row.opening.invoice, written, &erased)?;
        Ok(erased.map(|erased| (written.checksum, erased)))
    });
    rewritten.filter_map(Result::transpose).collect()
}
