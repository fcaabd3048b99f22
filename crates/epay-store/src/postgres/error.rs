//! Errors of the database say who has to act, and repeat nothing of its data or its URL.

use std::{
    error::Error,
    fmt::{self, Display},
    sync::Arc,
};

use epay_domain::{StoreError, StoreErrorKind};
use tokio_postgres::error::SqlState;

use crate::{
    record::{RecordError, RecordErrorKind},
    row::Damage,
};

/// Why the database did not do it. As the source of a [`StoreError`] it says more than
/// [`Failed`](StoreErrorKind::Failed) can.
#[derive(Clone, Debug)]
pub struct PostgresError {
    kind: PostgresErrorKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kind of failure, which says who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostgresErrorKind {
    /// The URL can't be understood: look at it. It is not repeated, because it may hold a password.
    Url,
    /// No server answers that takes writes: look at the servers and the way to them.
    Unreachable,
    /// The server's certificate is not one that this machine trusts for this host: install the root
    /// certificate, or name it by `sslrootcert`.
    Tls,
    /// The server knows no such user, password or database, or the user lacks a right: look at the
    /// roles.
    NotAllowed,
    /// There is no log in this database. It is not made by connecting to it, because a new one would
    /// give invoice numbers again: look whether the database is right, then create it.
    Missing,
    /// There is a log in this database: connect to it.
    AlreadyThere,
    /// The tables are of an older version, and this user may not change them: connect once as their
    /// owner, as `epay payments migrate` does.
    OlderSchema,
    /// A newer program has changed the tables: run that one, or a newer one still.
    NewerSchema,
    /// A newer program has written this payment: run that one, or a newer one still.
    NewerRecord,
    /// The server takes no writes. Nothing was written.
    ReadOnly,
    /// The server's disk is full: make room. Nothing was written.
    Full,
    /// The database holds what this library never writes: bring a copy back.
    Damaged,
    /// These invoice numbers, or greater ones of that length, were given out already, or the last
    /// six digits of the first were and may not come again.
    NumbersInUse,
    /// The server failed in another way, or did not answer in time. Whether the write happened is
    /// not known.
    Failed,
}

impl PostgresError {
    pub(super) fn new(kind: PostgresErrorKind) -> PostgresError {
        PostgresError { kind, source: None }
    }

    pub(super) fn with_source(
        mut self,
        source: impl Error + Send + Sync + 'static,
    ) -> PostgresError {
        self.source = Some(Arc::new(source));
        self
    }

    /// The party who acts.
    pub fn kind(&self) -> PostgresErrorKind {
        self.kind
    }
}

impl Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PostgresErrorKind::Url => "the database's url can't be understood",
            PostgresErrorKind::Unreachable => "no server that takes writes can be reached",
            PostgresErrorKind::Tls => "the server's certificate is not trusted",
            PostgresErrorKind::NotAllowed => "the server does not let this user do it",
            PostgresErrorKind::Missing => "there is no log in this database",
            PostgresErrorKind::AlreadyThere => "there is a log in this database",
            PostgresErrorKind::OlderSchema => "the tables are of an older version",
            PostgresErrorKind::NewerSchema => "a newer program has changed the tables",
            PostgresErrorKind::NewerRecord => "a newer program has written this payment",
            PostgresErrorKind::ReadOnly => "the server takes no writes",
            PostgresErrorKind::Full => "there is no room for more",
            PostgresErrorKind::Damaged => "the log in the database is damaged",
            PostgresErrorKind::NumbersInUse => "these invoice numbers were given out already",
            PostgresErrorKind::Failed => "the server failed",
        })
    }
}

impl Error for PostgresError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<RecordError> for PostgresError {
    fn from(error: RecordError) -> PostgresError {
        let kind = match error.kind() {
            RecordErrorKind::NewerVersion | RecordErrorKind::UnknownKind => {
                PostgresErrorKind::NewerRecord
            }
            RecordErrorKind::NotARecord | RecordErrorKind::InvalidValue => {
                PostgresErrorKind::Damaged
            }
        };
        PostgresError::new(kind).with_source(error)
    }
}

impl From<Damage> for PostgresError {
    fn from(damage: Damage) -> PostgresError {
        match damage {
            Damage::Record(error) => error.into(),
            Damage::Column(column) => {
                PostgresError::new(PostgresErrorKind::Damaged).with_source(column)
            }
        }
    }
}

impl From<PostgresError> for StoreError {
    fn from(error: PostgresError) -> StoreError {
        StoreError::new(StoreErrorKind::Failed).with_source(error)
    }
}

/// What became of a statement that was not answered as it should be.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// It was not done, and would not be if it were repeated.
    Refused(PostgresError),
    /// The row that it would have made is there, by the name of the constraint.
    Taken(String),
    /// It was not done, and may be repeated.
    NotDone(PostgresError),
    /// It may have been done: the connection was lost, or the answer.
    Lost(PostgresError),
}

impl Fault {
    pub(super) fn error(self) -> PostgresError {
        match self {
            Fault::Refused(error) | Fault::NotDone(error) | Fault::Lost(error) => error,
            Fault::Taken(_) => PostgresError::new(PostgresErrorKind::Damaged),
        }
    }

    /// A connection that could not be made, so nothing was asked over it.
    pub(super) fn of_connecting(error: &tokio_postgres::Error) -> Fault {
        let kind = match error.code() {
            Some(code) if is_denial(code) => PostgresErrorKind::NotAllowed,
            Some(_) => PostgresErrorKind::Unreachable,
            None if is_about_tls(error) => PostgresErrorKind::Tls,
            // The password: asked for and not there, or of a form that the server refuses.
            None if ["authentication", "invalid configuration"]
                .iter()
                .any(|said| error.to_string().starts_with(said)) =>
            {
                PostgresErrorKind::NotAllowed
            }
            None => PostgresErrorKind::Unreachable,
        };
        let told = PostgresError::new(kind).with_source(RedactedCause::by(error));
        match kind {
            PostgresErrorKind::Unreachable => Fault::NotDone(told),
            _ => Fault::Refused(told),
        }
    }

    /// A statement that was sent.
    pub(super) fn of_statement(error: &tokio_postgres::Error) -> Fault {
        let told = |kind| PostgresError::new(kind).with_source(RedactedCause::by(error));
        let Some(code) = error.code() else { return Fault::Lost(told(PostgresErrorKind::Failed)) };
        if *code == SqlState::UNIQUE_VIOLATION {
            let constraint = error.as_db_error().and_then(|error| error.constraint());
            return Fault::Taken(constraint.unwrap_or_default().to_owned());
        }
        if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code) {
            return Fault::NotDone(told(PostgresErrorKind::Failed));
        }
        if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
            return Fault::NotDone(told(PostgresErrorKind::ReadOnly));
        }
        if [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME].contains(code) {
            return Fault::Refused(PostgresError::new(PostgresErrorKind::Missing));
        }
        if is_denial(code) {
            return Fault::Refused(told(PostgresErrorKind::NotAllowed));
        }
        match code.code().get(..2) {
            Some("53") => Fault::Refused(told(PostgresErrorKind::Full)),
            // What is wrong with a statement or a value is found before it is done.
            Some("21" | "22" | "23" | "42") => Fault::Refused(told(PostgresErrorKind::Failed)),
            // A session that is ended while it commits has perhaps committed.
            _ => Fault::Lost(told(PostgresErrorKind::Failed)),
        }
    }
}

fn is_denial(code: &SqlState) -> bool {
    *code == SqlState::INSUFFICIENT_PRIVILEGE
        || *code == SqlState::INVALID_CATALOG_NAME
        || code.code().starts_with("28")
}

fn is_about_tls(error: &tokio_postgres::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<rustls::Error>() {
            return true;
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        if inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        source = error.source();
    }
    error.to_string().contains("TLS")
}

/// What the driver or the server said, without its words: they may repeat a row, a user or a host.
#[derive(Debug)]
pub(super) enum RedactedCause {
    State(String),
    Io(std::io::ErrorKind),
    Driver,
}

impl RedactedCause {
    fn by(error: &tokio_postgres::Error) -> RedactedCause {
        if let Some(code) = error.code() {
            return RedactedCause::State(code.code().to_owned());
        }
        let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
        io.map_or(RedactedCause::Driver, |error| RedactedCause::Io(error.kind()))
    }
}

impl Display for RedactedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RedactedCause::State(code) => write!(f, "the server said SQLSTATE {code}"),
            RedactedCause::Io(kind) => kind.fmt(f),
            RedactedCause::Driver => {
                f.write_str("the connection ended or its protocol was not kept")
            }
        }
    }
}

impl Error for RedactedCause {}

/// Why one call was not done: by the rules of the port, or because of the server.
pub(super) enum Refused {
    ByThePort(StoreErrorKind),
    ByTheServer(PostgresError),
}

impl From<Refused> for StoreError {
    fn from(refused: Refused) -> StoreError {
        match refused {
            Refused::ByThePort(kind) => StoreError::new(kind),
            Refused::ByTheServer(error) => error.into(),
        }
    }
}
