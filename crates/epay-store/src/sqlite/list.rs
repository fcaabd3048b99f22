//! The columns by which lists find an attempt, and the lists.

use epay_domain::{Count, ListFilter, ListQuery, PaymentStatus};
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::{
    attempt::{self, columns},
    error::{Refused, SqliteError},
};
use crate::{
    row::{self, Row, integer, millis},
    versions::AttemptVersion,
};

/// What a list has, each a row or what is wrong with it alone.
pub(super) type Found = Vec<(String, Result<Row, SqliteError>)>;

/// Searches of one index, each in its order, which are merged as they are read.
pub(super) fn statement(filter: ListFilter) -> String {
    let search = |found: String| {
        format!(
            "SELECT {} FROM attempts WHERE {found}opened >= ?1 AND (opened, invoice) < (?2, ?3)",
            columns!()
        )
    };
    let by_status = |(status, since): (PaymentStatus, Option<_>)| {
        let overdue = if since.is_some() { "open_since <= ?5 AND " } else { "" };
        search(format!("status = '{}' AND {overdue}", status.name()))
    };
    let searches = match filter.searches() {
        None => vec![search(String::new())],
        Some(searches) => searches.into_iter().map(by_status).collect(),
    };
    format!("{} ORDER BY opened DESC, invoice DESC LIMIT ?4", searches.join(" UNION ALL "))
}

pub(super) fn list(conn: &Connection, query: &ListQuery) -> Result<Found, Refused> {
    let mut before = (millis(*query.opened.end()), row::BEYOND.to_owned());
    if let Some(after) = &query.after {
        let opened: Option<i64> = conn
            .prepare_cached("SELECT opened FROM attempts WHERE invoice = ?1")?
            .query_row([after.as_str()], |row| row.get(0))
            .optional()?;
        let Some(opened) = opened else { return Ok(Found::new()) };
        before = before.min((opened, after.to_string()));
    }
    let (first, limit) = (millis(*query.opened.start()), integer(query.limit));
    let mut params: Vec<&dyn ToSql> = vec![&first, &before.0, &before.1, &limit];
    let open_since = match query.filter {
        ListFilter::NeedsAttention { open_since } => Some(millis(open_since)),
        _ => None,
    };
    params.extend(open_since.as_ref().map(|since| since as &dyn ToSql));
    let mut found = conn.prepare_cached(&statement(query.filter))?;
    let found = found.query_map(&*params, |row| Ok((row.get(0)?, attempt::read(row))))?;
    let whole = found.map(|found| {
        let (invoice, row) = found?;
        let row = row.map_err(SqliteError::from);
        Ok((invoice, row.and_then(|row| attempt::with_records(conn, row))))
    });
    whole.collect()
}

/// Counted by the index of statuses alone: no attempt is read.
pub(super) fn count(conn: &Connection, filter: ListFilter) -> Result<Count, Refused> {
    let mut count = Count::default();
    let searches = filter.searches().map(|searches| {
        let by_status = |(status, since): (PaymentStatus, Option<_>)| {
            let overdue = since.map(|since| format!(" AND open_since <= {}", millis(since)));
            format!(" WHERE status = '{}'{}", status.name(), overdue.unwrap_or_default())
        };
        searches.into_iter().map(by_status).collect()
    });
    for found in searches.unwrap_or_else(|| vec![String::new()]) {
        let counted: (i64, Option<i64>) = conn
            .prepare(&format!("SELECT count(*), min(open_since) FROM attempts{found}"))?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        count = row::counted(count, counted.0, counted.1)?;
    }
    Ok(count)
}

pub(super) fn versions(
    conn: &Connection,
    after: &str,
    limit: usize,
) -> Result<Vec<AttemptVersion>, Refused> {
    let mut found = conn.prepare_cached(
        "SELECT invoice, version, events FROM attempts WHERE invoice > ?1 ORDER BY invoice LIMIT ?2",
    )?;
    let mut rows = found.query(params![after, integer(limit)])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        let invoice: String = row.get(0)?;
        versions.push(AttemptVersion::read(&invoice, row.get(1)?, row.get(2)?)?);
    }
    Ok(versions)
}

/// Writes the columns of every attempt anew, from its events. One that can't be read is in no list
/// but that of all.
pub(super) fn fill(conn: &Connection) -> Result<(), SqliteError> {
    let mut next = conn.prepare("SELECT min(invoice) FROM attempts WHERE invoice > ?1")?;
    let mut write =
        conn.prepare("UPDATE attempts SET status = ?2, open_since = ?3 WHERE invoice = ?1")?;
    let mut last = String::new();
    while let Some(invoice) = next.query_row([&last], |row| row.get::<_, Option<String>>(0))? {
        let read = attempt::load(conn, &invoice).ok().flatten().and_then(|row| row.stored().ok());
        let (status, open_since) = read.map(|read| row::columns(read.payment.list_keys())).unzip();
        write.execute(params![invoice, status, open_since.flatten()])?;
        last = invoice;
    }
    Ok(())
}
