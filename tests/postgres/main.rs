//! The log in PostgreSQL, on a server that is started for this run. Where none is installed, nothing
//! is tested and the run says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod conformance;
mod golden;
mod leases;
mod lost_answers;
mod observed;
mod place;
mod planted;
#[cfg(unix)]
mod pooler;
mod proxy;
#[path = "../facade/recorder.rs"]
mod recorder;
mod tables;
mod way_in;
