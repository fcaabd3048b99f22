//! `epay payments` on a log that a shop has written: what it prints was read by a person, and shows
//! no secret.

mod accountants;
mod answers;
mod books;
mod copies;
mod copy;
mod database;
mod files;
mod following;
mod golden;
mod ruling;
pub(crate) mod shop;
