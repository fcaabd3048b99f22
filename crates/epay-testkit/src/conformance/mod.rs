//! A contract is a list of sentences, and a suite tries to break each of them.

#![expect(clippy::panic, reason = "a suite says what it found by panicking in your test")]

mod transport;

pub use transport::transport;
