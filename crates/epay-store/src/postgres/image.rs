//! Attempts as raw table rows, read and written for a copy into another store.

use std::sync::Arc;

use async_trait::async_trait;
use epay_domain::{InvoiceId, StoreError};

use super::{
    PostgresStore, Shared,
    connection::repeated,
    error::{Fault, PostgresError},
    numbers,
    params::{Param, params},
    rows::{self, column},
    sql,
};
use crate::{
    copy::{Image, tables::Tables},
    row::{Key, Opening, Row, Written, columns, damaged, integer},
};

#[async_trait]
impl Tables for PostgresStore {
    async fn count(&self) -> Result<u64, StoreError> {
        let counted = self.rows(sql::COUNT, Vec::new).await?;
        let count = counted.first().map(|row| column::<i64>(row, 0)).transpose()?;
        Ok(u64::try_from(count.unwrap_or_default()).unwrap_or_default())
    }

    async fn read(
        &self,
        after: String,
        until: String,
        limit: usize,
    ) -> Result<Vec<Image>, StoreError> {
        let params = move || params![after.clone(), until.clone(), integer(limit)];
        let read = self.rows(sql::READ_ATTEMPTS, params).await?;
        let images = read.iter().map(image).collect::<Result<_, _>>();
        Ok(images?)
    }

    async fn write(&self, images: Vec<Image>) -> Result<(), StoreError> {
        let status = images.iter().map(|image| {
            let stored = image.row.stored()?;
            Ok(columns(stored.payment.list_keys()))
        });
        let status = status.collect::<Result<Vec<_>, PostgresError>>()?;
        Ok(self.written(sql::WRITE_ATTEMPTS, move || written(&images, &status)).await?)
    }

    async fn read_keys(&self, after: Vec<u8>, limit: usize) -> Result<Vec<Key>, StoreError> {
        let params = move || params![after.clone(), integer(limit)];
        let keys = self.rows(sql::READ_KEYS, params).await?;
        let keys = keys.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?)));
        let keys: Result<_, PostgresError> = keys.collect();
        Ok(keys?)
    }

    async fn write_keys(&self, keys: Vec<Key>) -> Result<(), StoreError> {
        let (keys, invoices): (Vec<Vec<u8>>, Vec<String>) = keys.into_iter().unzip();
        let params = move || params![keys.clone(), invoices.clone()];
        Ok(self.written(sql::WRITE_KEYS, params).await?)
    }

    async fn numbers(&self) -> Result<Option<(u64, u64)>, StoreError> {
        let range = self.call(async |shared: Arc<Shared>| {
            let range = repeated(shared.options.timeout, true, || numbers::range(shared.reader()));
            range.await.map_err(Fault::error)
        });
        Ok(range.await?)
    }

    async fn set_numbers(&self, range: Option<(u64, u64)>) -> Result<(), StoreError> {
        let set = self.call(async move |shared: Arc<Shared>| {
            let mut block = shared.numbers.lock().await;
            let set = repeated(shared.options.timeout, true, || async {
                let (statement, params) = numbers::range_to_set(range);
                shared.reader().write(statement, params).await
            });
            set.await.map_err(Fault::error)?;
            *block = numbers::Block::default();
            Ok::<_, PostgresError>(())
        });
        Ok(set.await?)
    }
}

impl PostgresStore {
    async fn rows(
        &self,
        statement: &'static str,
        params: impl Fn() -> Vec<Param> + Send + Sync + 'static,
    ) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
        self.call(async move |shared: Arc<Shared>| {
            let rows = repeated(shared.options.timeout, true, || {
                shared.reader().query(statement, params())
            });
            rows.await.map_err(Fault::error)
        })
        .await
    }

    /// Written, and twice does no harm.
    async fn written(
        &self,
        statement: &'static str,
        params: impl Fn() -> Vec<Param> + Send + Sync + 'static,
    ) -> Result<(), PostgresError> {
        self.call(async move |shared: Arc<Shared>| {
            let written = repeated(shared.options.timeout, true, || {
                shared.reader().write(statement, params())
            });
            written.await.map(|_| ()).map_err(Fault::error)
        })
        .await
    }
}

fn image(row: &tokio_postgres::Row) -> Result<Image, PostgresError> {
    let attempt = rows::attempt(row)?.ok_or_else(|| damaged("an attempt is missing"))?;
    let present = rows::owner(row)?;
    let is_present =
        present.as_ref().map(InvoiceId::as_str) == Some(attempt.opening.invoice.as_str());
    Ok(Image { row: attempt, is_present })
}

/// What `WRITE_ATTEMPTS` asks for.
fn written(images: &[Image], status: &[(&'static str, Option<i64>)]) -> Vec<Param> {
    let rows = || images.iter().map(|image| &image.row);
    let texts = |text: fn(&Opening) -> &String| {
        rows().map(|row| text(&row.opening).clone()).collect::<Vec<_>>()
    };
    let maybe = |text: fn(&Opening) -> &Option<String>| {
        rows().map(|row| text(&row.opening).clone()).collect::<Vec<_>>()
    };
    let of = |number: fn(&Row) -> i64| rows().map(number).collect::<Vec<_>>();
    let at = |time: fn(&Row) -> Option<i64>| rows().map(time).collect::<Vec<_>>();
    let records = || rows().flat_map(|row| row.records.iter().map(move |it| (row, it)));
    let place = |number: fn(&Written) -> i64| records().map(|it| number(it.1)).collect::<Vec<_>>();
    params![
        texts(|it| &it.invoice),
        texts(|it| &it.order),
        texts(|it| &it.terminal),
        texts(|it| &it.ordered),
        texts(|it| &it.currency),
        of(|it| i64::from(it.opening.exponent)),
        of(|it| it.opening.opened),
        maybe(|it| &it.previous),
        maybe(|it| &it.tag),
        of(|it| i64::from(it.checksum)),
        of(|it| it.version),
        of(|it| it.count),
        of(|it| it.class),
        at(|it| it.times[0]),
        at(|it| it.times[1]),
        at(|it| it.times[2]),
        status.iter().map(|(status, _)| *status).collect::<Vec<_>>(),
        status.iter().map(|(_, since)| *since).collect::<Vec<_>>(),
        images.iter().map(|image| i64::from(image.is_present)).collect::<Vec<_>>(),
        records().map(|(row, _)| row.opening.invoice.clone()).collect::<Vec<_>>(),
        place(|it| it.place.version),
        place(|it| it.place.place),
        records().map(|(_, it)| it.record.clone()).collect::<Vec<_>>(),
        place(|it| i64::from(it.checksum)),
    ]
}
