//! The crate from outside: genuine tokens, minted ones, and what an attacker would make of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod data;
mod flipped;
mod genuine;
mod shared;
mod suite_sample;
