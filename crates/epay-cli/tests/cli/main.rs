//! The binary `epay` as its users run it: one test binary, because each links everything anew.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod applepay;
mod cards;
mod demo;
#[cfg(unix)]
mod demo_serve;
mod exit_codes;
mod explain;
mod fakebank;
mod fakebank_doors;
mod payments;
mod probe;
#[cfg(unix)]
mod serve;
