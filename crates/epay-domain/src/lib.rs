//! Values, the payment state machine and the ports of ePay: pure, no I/O, no clock.
//!
//! ```
//! use epay_domain::*;
//! let (invoice, terminal) = (InvoiceId::new("100000017")?, TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?);
//! let now = Timestamp::from_unix_millis(1_790_000_000_000);
//! let payment = Payment::open(invoice, Money::tenge(5_000), terminal);
//! let asked = payment.decide(Command::Authorize, now)?; // may refuse, changes nothing; write it before you call
//! let payment = payment.apply(&asked); // the only mover
//! let reply = payment.record_reply(Err(Delivery::MaybeSent), now); // the bank did not answer: that is no failure
//! let payment = payment.apply(&reply);
//! assert_eq!(payment.status(), PaymentStatus::Unknown); // so check again, and never ask twice:
//! assert_eq!(payment.decide(Command::Authorize, now), Err(Refusal::AlreadyAuthorized));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! | feature | adds |
//! |---|---|
//! | `ports` (default) | the async traits [`Gateway`], [`PaymentStore`], [`Clock`]; without it the crate needs no macro to build |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]

extern crate alloc;

mod answer;
mod apply;
mod command;
mod contradicted;
mod contradiction;
mod decide;
mod decline;
mod error_code;
mod event;
mod fact;
mod hand_over;
mod id;
mod method;
mod money;
mod not_found_window;
mod not_shown;
mod notification;
mod payment;
mod pending;
#[cfg(feature = "ports")]
mod port;
mod refusal;
mod request;
mod saved_card;
mod source_facts;
mod status;
mod step;
mod sums;
mod three_ds;
mod time;

pub use answer::{ActsNext, Answer, FulfilOn, NextCall, PayerCharged};
pub use command::{CloseReason, Command, Note};
pub use contradiction::{Contradiction, Moved};
pub use decide::{LEAST_REFUND, MOST_STEPS};
pub use decline::{Decline, Finality};
pub use error_code::{ErrorCode, RetryAdvice, WhoActs};
pub use event::{Delivery, Event, EventKind, Question};
pub use fact::{
    BankAmount, BankText, Details, Fact, Observation, Origin, PayerStep, Refunds, Source,
    VoidReason,
};
pub use id::{
    AttemptTag, CardId, InvalidId, InvoiceId, OrderId, ReplayKey, StepId, TerminalId,
    TransactionId, is_seen,
};
pub use method::{Exposed, SealedMethod};
pub use money::{Currency, InvalidMoney, Money};
pub use notification::NotificationKind;
pub use payment::{DeadProof, Payment};
pub use pending::{Pending, WaitsFor};
#[cfg(feature = "ports")]
pub use port::{
    CLOCK_AHEAD, CheckClass, Clock, Count, CreateRule, Created, Gateway, GatewayError,
    GatewayErrorKind, ListFilter, ListKeys, ListQuery, Listed, NewPayment, Page, PaymentStore,
    Queue, Schedule, StatusError, StoreError, StoreErrorKind, StoreLayer, Stored, Version,
};
pub use refusal::Refusal;
pub use request::{InvalidRequest, Language, MAX_DESCRIPTION_BYTES, PaymentRequest};
pub use saved_card::{Initiator, SavedCard};
pub use status::{ClosedAs, PaymentStatus, State};
pub use step::{Step, StepKind, StepStatus};
pub use three_ds::{Challenge, Md, PaRes, ThreeDsAnswer};
pub use time::Timestamp;
