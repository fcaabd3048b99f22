//! Attempts as raw table rows, read and written for a copy into another store.

use async_trait::async_trait;
use epay_domain::StoreError;
use rusqlite::{Connection, params};

use super::{
    SqliteStore, attempt,
    error::{Refused, SqliteError},
    numbers,
};
use crate::{
    copy::{Image, tables::Tables},
    row::{Key, columns, integer},
};

#[async_trait]
impl Tables for SqliteStore {
    async fn count(&self) -> Result<u64, StoreError> {
        let count = "SELECT count(*) FROM attempts";
        let count = self.reader.call(move |conn| {
            let count: u32 = conn.query_row(count, [], |row| row.get(0))?;
            Ok(count)
        });
        count.await.map(u64::from)
    }

    async fn read(
        &self,
        after: String,
        until: String,
        limit: usize,
    ) -> Result<Vec<Image>, StoreError> {
        self.reader.call(move |conn| read(conn, &after, &until, limit)).await
    }

    async fn write(&self, images: Vec<Image>) -> Result<(), StoreError> {
        self.writer.call(move |conn| images.iter().try_for_each(|image| write(conn, image))).await
    }

    async fn read_keys(&self, after: Vec<u8>, limit: usize) -> Result<Vec<Key>, StoreError> {
        let read = "SELECT key, invoice FROM replays WHERE key > ?1 ORDER BY key LIMIT ?2";
        self.reader
            .call(move |conn| {
                let mut keys = conn.prepare_cached(read)?;
                let keys = keys.query_map(params![after, integer(limit)], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
                Ok(keys.collect::<Result<_, _>>()?)
            })
            .await
    }

    async fn write_keys(&self, keys: Vec<Key>) -> Result<(), StoreError> {
        let write = "INSERT OR IGNORE INTO replays (key, invoice) VALUES (?1, ?2)";
        self.writer
            .call(move |conn| {
                let mut write = conn.prepare_cached(write)?;
                keys.iter().try_for_each(|(key, invoice)| {
                    write.execute(params![key, invoice])?;
                    Ok(())
                })
            })
            .await
    }

    async fn numbers(&self) -> Result<Option<(u64, u64)>, StoreError> {
        self.reader.call(|conn| Ok(numbers::range(conn)?)).await
    }

    async fn set_numbers(&self, range: Option<(u64, u64)>) -> Result<(), StoreError> {
        let range = range.map(|(next, last)| (next.to_string(), last.to_string()));
        self.writer
            .call(move |conn| {
                let range = range.as_ref().map(|(next, last)| (next.as_str(), last.as_str()));
                Ok(numbers::set_range(conn, range)?)
            })
            .await
    }
}

fn read(conn: &Connection, after: &str, until: &str, limit: usize) -> Result<Vec<Image>, Refused> {
    let mut found = conn.prepare_cached(
        "SELECT a.invoice, o.invoice IS NOT NULL FROM attempts a \
         LEFT JOIN orders o ON o.name = a.order_name AND o.invoice = a.invoice \
         WHERE a.invoice > ?1 AND a.invoice <= ?2 ORDER BY a.invoice LIMIT ?3",
    )?;
    let found = found
        .query_map(params![after, until, integer(limit)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found = found.collect::<Result<Vec<(String, bool)>, _>>()?;
    let image = |(invoice, is_present): (String, bool)| {
        Ok(Image { row: attempt::present(conn, &invoice)?, is_present })
    };
    found.into_iter().map(image).collect()
}

fn write(conn: &Connection, Image { row, is_present }: &Image) -> Result<(), Refused> {
    let opening = &row.opening;
    let keys = row.stored().map_err(SqliteError::from)?.payment.list_keys();
    let (status, open_since) = columns(keys);
    let [check, notify, last, _] = row.times;
    conn.prepare_cached(
        "INSERT INTO attempts (invoice, order_name, terminal, ordered, currency, exponent, opened, \
         previous, tag, opening_checksum, version, events, check_class, next_check_at, \
         next_notify_at, last_check_at, status, open_since) VALUES \
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) \
         ON CONFLICT (invoice) DO UPDATE SET version = ?11, events = ?12, check_class = ?13, \
         next_check_at = ?14, next_notify_at = ?15, last_check_at = ?16, status = ?17, \
         open_since = ?18, leased_until = NULL WHERE opening_checksum = ?10 AND version <= ?11",
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
        row.checksum,
        row.version,
        row.count,
        row.class,
        check,
        notify,
        last,
        status,
        open_since,
    ])?;
    if *is_present {
        conn.prepare_cached(
            "INSERT INTO orders (name, invoice) VALUES (?1, ?2) \
             ON CONFLICT (name) DO UPDATE SET invoice = ?2",
        )?
        .execute([&opening.order, &opening.invoice])?;
    }
    // One that is there changes only by something in it being erased, or the file refuses it.
    let mut insert = conn.prepare_cached(
        "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (invoice, version, place) \
         DO UPDATE SET record = ?4, checksum = ?5 WHERE record <> ?4",
    )?;
    for written in &row.records {
        let place = written.place;
        insert.execute(params![
            opening.invoice,
            place.version,
            place.place,
            written.record,
            written.checksum
        ])?;
    }
    Ok(())
}
