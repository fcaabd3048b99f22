//! `epay payments` on a log that a shop has written: what it prints was read by a person, and shows
//! no secret.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod answers;
mod books;
mod files;
mod following;
mod golden;
mod ruling;
mod shop;
