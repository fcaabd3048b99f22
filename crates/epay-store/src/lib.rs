//! The log of epay: a record for every event, and stores that keep them, in memory, in one SQLite
//! file or in PostgreSQL.
//!
//! | feature | adds |
//! |---|---|
//! | (none) | [`MemoryStore`], for tests and demos |
//! | `records` | `encode` and `decode`: events as lines of text, for a store of your own |
//! | `sqlite` (default) | `SqliteStore`, one file for one process or several on one machine |
//! | `postgres` | `PostgresStore`, one database for processes on several machines |
//! | `metrics` | counts and times what `PostgresStore` does, by the crate `metrics` |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod copy;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod erasure;
mod memory;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod numbers;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "records")]
mod record;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod versions;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use copy::{CopyError, CopyErrorKind, CopyProgress, LogTables, copy_log};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use erasure::Erasure;
pub use memory::MemoryStore;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use numbers::InvoiceNumbers;
#[cfg(feature = "postgres")]
pub use postgres::{LeaseClock, PostgresError, PostgresErrorKind, PostgresOptions, PostgresStore};
#[cfg(feature = "records")]
pub use record::{
    RecordError, RecordErrorKind, decode, encode, encode_erased, without_challenge, without_notes,
};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteError, SqliteErrorKind, SqliteOptions, SqliteStore};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use versions::AttemptVersion;
