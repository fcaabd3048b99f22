//! Values, the payment state machine and the ports of ePay: pure, no I/O, no clock.
#![no_std]

extern crate alloc;

mod id;
mod method;
mod money;

pub use id::{InvalidId, InvoiceId, OrderId, StepId, TerminalId, TransactionId};
pub use method::{Exposed, SealedMethod};
pub use money::{Currency, InvalidMoney, Money};
