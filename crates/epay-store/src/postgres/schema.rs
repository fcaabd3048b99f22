//! The tables: created once on request, and migrated to this version by the first to connect, also
//! while many do so at once.

use tokio_postgres::{Client, Row};

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
            if is_there(client).await? {
                return Err(refused(PostgresErrorKind::AlreadyThere));
            }
            bring_up(client, 0).await?;
            numbers::set(client, first).await
        })
        .await
}

/// Looks whether there is a log that this version may write, and brings an older one to it.
pub(super) async fn open(connection: &Connection) -> Result<(), Fault> {
    let found = connection.query(sql::VERSION, vec![]).await?;
    let (version, readable) = read(&found)?.ok_or(refused(PostgresErrorKind::Missing))?;
    if readable > SCHEMA {
        return Err(refused(PostgresErrorKind::NewerSchema));
    }
    if version >= SCHEMA {
        return Ok(());
    }
    let brought = connection.transaction(async |client| {
        lock(&client).await?;
        // Asked again, because another process may have done the same.
        let found = query(&client, sql::VERSION, vec![]).await?;
        let (found, _) = read(&found)?.ok_or(refused(PostgresErrorKind::Missing))?;
        bring_up(&client, found).await
    });
    brought.await.map_err(|fault| match fault {
        Fault::Refused(error) if error.kind() == PostgresErrorKind::NotAllowed => {
            Fault::Refused(PostgresError::new(PostgresErrorKind::OlderSchema).with_source(error))
        }
        fault => fault,
    })
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

/// Whether there is a log. A table that is not there would end the transaction it is asked for in.
async fn is_there(client: &Client) -> Result<bool, Fault> {
    let there = query(client, sql::ARE_THERE, vec![]).await?;
    let there = there.first().map(|row| column(row, 0)).transpose().map_err(Fault::Refused)?;
    Ok(there == Some(true) && read(&query(client, sql::VERSION, vec![]).await?)?.is_some())
}

/// The version of the tables, and the oldest that may write them.
fn read(found: &[Row]) -> Result<Option<(i64, i64)>, Fault> {
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
