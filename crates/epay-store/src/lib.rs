//! The durable log of epay: a record for every event, and one SQLite file to keep them in.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("payments.db");
//! use epay_domain::InvoiceId;
//! use epay_store::{InvoiceNumbers, SqliteErrorKind, SqliteStore};
//! let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001")?);
//! let store = match SqliteStore::create(&path, &numbers) {
//!     Err(error) if error.kind() == SqliteErrorKind::AlreadyThere => SqliteStore::open(&path)?,
//!     made => made?,
//! };
//! # drop(store);
//! # assert!(SqliteStore::open(&path).is_ok());
//! # Ok(()) }
//! ```
//!
//! | feature | adds |
//! |---|---|
//! | `sqlite` (default) | `SqliteStore`, the log in one file, for one process or several on one machine |

mod record;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use record::{RecordError, RecordErrorKind, decode, encode};
#[cfg(feature = "sqlite")]
pub use sqlite::{InvoiceNumbers, SqliteError, SqliteErrorKind, SqliteOptions, SqliteStore};
