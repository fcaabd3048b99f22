//! A fake Halyk ePay bank with its own ledger and key, pure or on sockets.

#![cfg_attr(test, allow(clippy::inconsistent_digit_grouping, reason = "minor units read as 10_00"))]

mod amount;
mod bank;
mod callbacks;
mod cryptogram;
mod facts;
mod faults;
mod handlers;
mod ids;
mod keys;
mod ledger;
mod perform;
mod refusal;
mod reply;
mod request;
mod rules;
mod secret;
mod settings;
mod status;
mod three_ds;
mod time;
mod tokens;
mod wire;

pub mod cards;
pub mod http;
#[cfg(feature = "server")]
pub mod server;

#[cfg(test)]
mod testing;

pub use amount::Amount;
pub use bank::{Bank, Pay};
pub use callbacks::{Callback, Moment};
pub use cards::Verdict;
pub use cryptogram::{ExpiryForm, Instrument, Method, Wallet};
pub use facts::{Evidence, Fact, facts};
pub use faults::{Endpoint, Fault, Misbooking, What};
pub use http::{Answer, Delivery};
pub use keys::{BankKey, FIXED_KEY_SPKI_SHA256, KeyError};
pub use ledger::{Details, LedgerLine, Operation, Refund, Status};
pub use perform::Performed;
pub use refusal::{Refusal, RefusalKind};
pub use secret::Secret;
pub use settings::{
    Client, ConfirmReply, Dedupe, ExpiryRule, Invisible, RefundReport, ReplyShape, SANDBOX_CLIENT, SANDBOX_SECRET,
    SANDBOX_TERMINAL, Settings, Stages, SuccessBody, Switches, TWO_STAGE_TERMINAL, Terminal,
};
pub use status::{StatusAnswer, StatusReport};
pub use three_ds::{Challenge, PayerChoice};
pub use time::Millis;
pub use wire::{End, WireEntry};
