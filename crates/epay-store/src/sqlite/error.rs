//! Errors of the file say who has to act, and repeat nothing of its data.

use std::{error::Error, fmt, sync::Arc};

use epay_domain::{StoreError, StoreErrorKind};
use rusqlite::ErrorCode;

use crate::{
    record::{RecordError, RecordErrorKind},
    row::Damage,
};

/// Why the file did not do it. As the source of a [`StoreError`] it says more than
/// [`Failed`](StoreErrorKind::Failed) can.
#[derive(Clone, Debug)]
pub struct SqliteError {
    kind: SqliteErrorKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kind of failure, which says who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqliteErrorKind {
    /// There is no log at this path. It is not made by opening it, because a new one would give
    /// invoice numbers again: look whether the path is right, then create it.
    Missing,
    /// There is a log at this path: open it. Where a copy was to be made: there is a file, and it is
    /// kept as it is.
    AlreadyThere,
    /// The path is a link to nothing, and whoever made it would choose where the log is: name the
    /// file itself.
    Link,
    /// The file is something else.
    NotALog,
    /// A newer program has changed the tables: run that one, or a newer one still.
    NewerSchema,
    /// A newer program has written this payment: run that one, or a newer one still.
    NewerRecord,
    /// The file may be read only: give this process the right to write it. Nothing was written.
    ReadOnly,
    /// The disk or the file's quota is full: make room. Nothing was written.
    Full,
    /// Another process held the file for longer than the waiting time. Nothing was written.
    Locked,
    /// The file at the path is not the one that was opened: it was deleted or moved. What was
    /// written since may be lost; put it back and open it again.
    Gone,
    /// The file holds what this library never writes: bring a copy back.
    Damaged,
    /// These invoice numbers, or greater ones of that length, were given out already, or the last
    /// six digits of the first were and may not come again.
    NumbersInUse,
    /// The machine failed in another way. Whether the write happened is not known.
    Failed,
}

impl SqliteError {
    pub(super) fn new(kind: SqliteErrorKind) -> SqliteError {
        SqliteError { kind, source: None }
    }

    pub(super) fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> SqliteError {
        self.source = Some(Arc::new(source));
        self
    }

    /// The party who acts.
    pub fn kind(&self) -> SqliteErrorKind {
        self.kind
    }
}

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SqliteErrorKind::Missing => "there is no log at this path",
            SqliteErrorKind::AlreadyThere => "there is a log at this path",
            SqliteErrorKind::Link => "the path is a link to nothing",
            SqliteErrorKind::NotALog => "the file is not a log",
            SqliteErrorKind::NewerSchema => "a newer program has changed the tables",
            SqliteErrorKind::NewerRecord => "a newer program has written this payment",
            SqliteErrorKind::ReadOnly => "the file may be read only",
            SqliteErrorKind::Full => "there is no room for more",
            SqliteErrorKind::Locked => "another process holds the file",
            SqliteErrorKind::Gone => "the file was deleted or moved",
            SqliteErrorKind::Damaged => "the file is damaged",
            SqliteErrorKind::NumbersInUse => "these invoice numbers were given out already",
            SqliteErrorKind::Failed => "the machine failed",
        })
    }
}

impl Error for SqliteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> SqliteError {
        let kind = match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                _ if failure.extended_code == rusqlite::ffi::SQLITE_READONLY_DBMOVED => {
                    SqliteErrorKind::Gone
                }
                ErrorCode::DiskFull => SqliteErrorKind::Full,
                ErrorCode::ReadOnly => SqliteErrorKind::ReadOnly,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => SqliteErrorKind::Locked,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => SqliteErrorKind::Damaged,
                _ => SqliteErrorKind::Failed,
            },
            // A column that is not of the type it was made with.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::QueryReturnedNoRows => SqliteErrorKind::Damaged,
            _ => SqliteErrorKind::Failed,
        };
        SqliteError::new(kind).with_source(error)
    }
}

impl From<RecordError> for SqliteError {
    fn from(error: RecordError) -> SqliteError {
        let kind = match error.kind() {
            RecordErrorKind::NewerVersion | RecordErrorKind::UnknownKind => {
                SqliteErrorKind::NewerRecord
            }
            RecordErrorKind::NotARecord | RecordErrorKind::InvalidValue => SqliteErrorKind::Damaged,
        };
        SqliteError::new(kind).with_source(error)
    }
}

impl From<Damage> for SqliteError {
    fn from(damage: Damage) -> SqliteError {
        match damage {
            Damage::Record(error) => error.into(),
            Damage::Column(column) => {
                SqliteError::new(SqliteErrorKind::Damaged).with_source(column)
            }
        }
    }
}

impl From<SqliteError> for StoreError {
    fn from(error: SqliteError) -> StoreError {
        StoreError::new(StoreErrorKind::Failed).with_source(error)
    }
}

/// Why one call was not done: by the rules of the port, or because of the file.
#[derive(Debug)]
pub(super) enum Refused {
    ByThePort(StoreErrorKind),
    ByTheFile(SqliteError),
}

impl<E: Into<SqliteError>> From<E> for Refused {
    fn from(error: E) -> Refused {
        Refused::ByTheFile(error.into())
    }
}
