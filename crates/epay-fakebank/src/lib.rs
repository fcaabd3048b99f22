//! A fake Halyk ePay bank with its own ledger and key, pure or on sockets.
//!
//! [`Bank`] is a state machine without I/O: requests and moments go in, answers come out, and everything follows from a
//! seed. It has two doors to the same functions, [`Bank::answer`] for HTTP and typed calls such as [`Bank::pay`]; the
//! feature `server` puts it on loopback sockets. Its ledger is the truth that tests compare with:
//!
//! ```
//! use epay_fakebank::*;
//!
//! let mut bank = Bank::new(Settings::default());
//! let card = Instrument::card(cards::VISA_OK).ok_or("not a card")?;
//! let pay = Pay::kzt(TWO_STAGE_TERMINAL, "1000001", Amount::from_minor(5_000_00), card);
//! let held = bank.pay(pay, Millis(0))?;
//! assert_eq!(held.status, Status::Auth);
//!
//! bank.plan(Fault { on: Endpoint::Charge, skip: 0, kind: FaultKind::CutAfterEffect });
//! let now = Millis(1_000);
//! let lost = bank.perform(Endpoint::Charge, &held.id, now, |bank| bank.charge(None, &held.id, None, now));
//! assert_eq!(lost.end, End::CutAfterEffect); // the caller learns nothing,
//! assert_eq!(bank.ledger()[0].status, Status::Charge); // and yet it happened
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it believes about the real bank is listed, with evidence and switches, by [`facts()`]. Cards and amounts that
//! choose an outcome are in [`cards`].

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, allow(clippy::inconsistent_digit_grouping, reason = "minor units read as 10_00"))]

mod amount;
mod bank;
mod callback_log;
mod callbacks;
mod card_book;
mod card_handlers;
mod config;
mod cryptogram;
mod facts;
mod faults;
mod handlers;
mod ids;
mod keep;
mod keys;
mod ledger;
mod messages;
mod misbooking;
mod operation;
mod pay_form;
mod perform;
mod refusal;
mod reply;
mod request;
mod route;
mod rules;
mod saved_cards;
mod secret;
mod settings;
mod status;
mod strict;
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
pub use callback_log::{CallbackEnd, CallbackEntry};
pub use callbacks::{Callback, Moment};
pub use cards::{TestCard, Verdict};
pub use config::{Config, ConfigError};
pub use cryptogram::{ExpiryForm, Instrument, Method, Wallet};
pub use facts::{Evidence, Fact, facts};
pub use faults::{Endpoint, Fault, FaultKind, Misbooking};
pub use http::{Answer, Delivery};
pub use keep::Keep;
pub use keys::{BankKey, FIXED_KEY_SPKI_SHA256, KeyError};
pub use ledger::{LedgerLine, RefundLine};
pub use operation::{Details, Operation, Refund, Status};
pub use pay_form::NotPayable;
pub use perform::Performed;
pub use refusal::{Refusal, RefusalKind};
pub use saved_cards::SavedCard;
pub use secret::Secret;
pub use settings::{
    Client, ConfirmReply, Dedupe, EchoData, ExpiryRule, Invisible, RefundReport, ReplyShape,
    SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, Stages, SuccessBody, Switches,
    TWO_STAGE_TERMINAL, Terminal,
};
pub use status::{StatusAnswer, StatusReport};
pub use three_ds::{Challenge, PayerChoice};
pub use time::Millis;
pub use wire::{End, WireEntry};
