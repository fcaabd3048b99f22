//! The tables: made once by whoever says so, and brought to this version by whoever connects first,
//! while many may do it at once.

use tokio_postgres::Client;

use super::{
    connection::{Connection, execute, query},
    error::{Fault, PostgresError, PostgresErrorKind},
    numbers,
    params::params,
    rows::column,
    sql,
};
use crate::numbers::InvoiceNumbers;

/// Each version of the tables, as a step from the one before.
const STEPS: &[&str] = &[sql::VERSION_1];

/// The version of the tables.
const SCHEMA: i64 = 1;

/// The oldest version whose programs may write tables of this one, so that old and new ones run side
/// by side while a shop deploys.
const READABLE: i64 = 1;

/// Makes the log, in one write that is there whole or not at all.
pub(super) async fn create(connection: &Connection, first: &InvoiceNumbers) -> Result<(), Fault> {
    connection
        .transaction(async |client| {
            let client = &*client;
            lock(client).await?;
            if version(client).await?.is_some() {
                return Err(refused(PostgresErrorKind::AlreadyThere));
            }
            bring_up(client, 0).await?;
            numbers::set(client, first).await
        })
        .await
}

/// Looks whether there is a log that this version may write, and brings an older one to it.
pub(super) async fn open(connection: &Connection) -> Result<(), Fault> {
    let found = connection.transaction(async |client| version_of(&client).await).await?;
    if found.0 < SCHEMA {
        connection
            .transaction(async |client| {
                lock(&client).await?;
                // Asked again, because another process may have done the same.
                let (found, _) = version_of(&client).await?;
                bring_up(&client, found).await
            })
            .await?;
    }
    if found.1 > SCHEMA {
        return Err(refused(PostgresErrorKind::NewerSchema));
    }
    Ok(())
}

/// Sets another range of numbers.
pub(super) async fn renumber(connection: &Connection, to: &InvoiceNumbers) -> Result<(), Fault> {
    connection
        .transaction(async |client| {
            lock(&client).await?;
            numbers::set(&client, to).await
        })
        .await
}

fn refused(kind: PostgresErrorKind) -> Fault {
    Fault::Refused(PostgresError::new(kind))
}

/// Until the transaction ends.
async fn lock(client: &Client) -> Result<(), Fault> {
    query(client, sql::LOCK_TABLES, vec![]).await.map(|_| ())
}

async fn version_of(client: &Client) -> Result<(i64, i64), Fault> {
    version(client).await?.ok_or(refused(PostgresErrorKind::Missing))
}

/// The version of the tables, and the oldest that may write them; `None` where there are none.
async fn version(client: &Client) -> Result<Option<(i64, i64)>, Fault> {
    let there = query(client, sql::ARE_THERE, vec![]).await?;
    let there = there.first().map(|row| column(row, 0)).transpose().map_err(Fault::Refused)?;
    if there != Some(true) {
        return Ok(None);
    }
    let found = query(client, sql::VERSION, vec![]).await?;
    let Some(found) = found.first() else { return Ok(None) };
    let number = |at| column(found, at).map_err(Fault::Refused);
    Ok(Some((number(0)?, number(1)?)))
}

async fn bring_up(client: &Client, from: i64) -> Result<(), Fault> {
    let done = usize::try_from(from).unwrap_or(usize::MAX);
    for step in STEPS.iter().skip(done) {
        execute(client, step).await?;
    }
    query(client, sql::SET_VERSION, params![SCHEMA, READABLE]).await.map(|_| ())
}
