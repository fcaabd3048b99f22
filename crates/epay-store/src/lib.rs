//! The durable log: one versioned record for an event.
mod record;
pub use record::{RecordError, RecordErrorKind, decode, encode};
