//! Lists: the attempts and their contents are read from one snapshot.

use epay_domain::{Count, InvoiceId, ListFilter, ListQuery, Page, StoreError, Timestamp};
use tokio_postgres::Row;

use super::{
    Shared,
    connection::repeated,
    error::{Fault, PostgresError},
    params::{Value as _, params},
    rows::{self, column},
    sql,
};
use crate::{
    row::{BEYOND, counted, damaged, integer, millis, timestamp},
    versions::AttemptVersion,
};

pub(super) async fn list(shared: &Shared, query: &ListQuery) -> Result<Page, PostgresError> {
    let found = repeated(shared.options.timeout, true, || find(shared, query));
    let page = found.await.map_err(Fault::error)?;
    let page = page.iter().map(|row| {
        let (invoice, row) = rows::named(row)?;
        let listed = row.and_then(|row| Ok(row.listed()?)).map_err(StoreError::from);
        Ok((InvoiceId::new(&invoice).map_err(damaged)?, listed))
    });
    page.collect()
}

async fn find(shared: &Shared, query: &ListQuery) -> Result<Vec<Row>, Fault> {
    let mut before = (millis(*query.opened.end()), BEYOND.to_owned());
    if let Some(after) = &query.after {
        let after = after.to_string();
        let opened = shared.reader().query(sql::OPENED, params![after.clone()]).await?;
        let Some(opened) = opened.first() else { return Ok(Vec::new()) };
        let opened = column(opened, 0).map_err(Fault::Refused)?;
        before = before.min((opened, after));
    }
    let mut params =
        params![millis(*query.opened.start()), before.0, before.1, integer(query.limit)];
    if let ListFilter::NeedsAttention { open_since } = query.filter {
        params.push(millis(open_since).param());
    }
    shared.reader().query(&sql::list(query.filter), params).await
}

pub(super) async fn count(shared: &Shared, filter: ListFilter) -> Result<Count, PostgresError> {
    let found = repeated(shared.options.timeout, true, || find_count(shared, filter));
    let add = |count, row: &Row| Ok(counted(count, column(row, 0)?, column(row, 1)?)?);
    found.await.map_err(Fault::error)?.iter().try_fold(Count::default(), add)
}

async fn find_count(shared: &Shared, filter: ListFilter) -> Result<Vec<Row>, Fault> {
    let mut params = params![];
    if let ListFilter::NeedsAttention { open_since } = filter {
        params.push(millis(open_since).param());
    }
    shared.reader().query(&sql::count(filter), params).await
}

pub(super) async fn versions(
    shared: &Shared,
    after: &str,
    limit: usize,
) -> Result<Vec<AttemptVersion>, PostgresError> {
    let found = repeated(shared.options.timeout, true, || {
        shared.reader().query(sql::VERSIONS, params![after.to_owned(), integer(limit)])
    });
    let read = |row: &Row| {
        let invoice: &str = column(row, 0)?;
        Ok(AttemptVersion::read(invoice, column(row, 1)?, column(row, 2)?)?)
    };
    found.await.map_err(Fault::error)?.iter().map(read).collect()
}

pub(super) async fn notification_due(
    shared: &Shared,
    terminal: &str,
) -> Result<Option<Timestamp>, PostgresError> {
    let found = repeated(shared.options.timeout, true, || {
        shared.reader().query(sql::NOTIFICATION_DUE, params![terminal.to_owned()])
    });
    let found = found.await.map_err(Fault::error)?;
    let due = found.first().map(|row| Ok(timestamp(column(row, 0)?)?));
    due.transpose()
}
