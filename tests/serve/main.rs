//! `epay serve` over sockets, on the fake bank: what shops, payers and operators get from it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod api;
mod apple_pay;
mod bank_form;
mod checkout;
mod console;
mod hostile;
mod in_app;
mod known_browser;
mod ops;
mod process;
mod upgrade;
mod wallet;
mod webhooks;
#[allow(dead_code, reason = "the tests in a browser and of other languages need more of it")]
mod world;
