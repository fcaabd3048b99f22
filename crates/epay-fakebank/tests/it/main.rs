//! The fake bank from outside: both doors, its faults, its sockets, and its ledger whatever is asked.
#![cfg(test)]

#[cfg(feature = "server")]
mod admin_api;
mod clients;
mod console;
mod faults;
mod google_pay;
mod malformed;
mod merchant;
mod operations;
#[cfg(feature = "server")]
mod payform;
mod payment;
mod properties;
mod replay;
mod saved_cards;
#[cfg(feature = "server")]
mod server;
mod three_ds;
mod token;
