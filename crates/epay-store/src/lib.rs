//! The log of epay: a record for every event, and stores that keep them, in memory or in one SQLite
//! file.
//!
//! | feature | adds |
//! |---|---|
//! | (none) | [`MemoryStore`], for tests and demos |
//! | `records` | `encode` and `decode`: events as lines of text, for a store of your own |
//! | `sqlite` (default) | `SqliteStore`, one file for one process or several on one machine |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "sqlite")]
mod erasure;
mod memory;
#[cfg(feature = "sqlite")]
mod numbers;
#[cfg(feature = "records")]
mod record;
#[cfg(feature = "sqlite")]
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use erasure::Erasure;
pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use numbers::InvoiceNumbers;
#[cfg(feature = "records")]
pub use record::{
    RecordError, RecordErrorKind, decode, encode, encode_erased, without_challenge, without_notes,
};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteError, SqliteErrorKind, SqliteOptions, SqliteStore};
