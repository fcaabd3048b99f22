//! The payment, told as stories through the public API: what was asked, what came back, where that leaves it.
#![cfg(test)]

mod dead;
mod facts;
mod flags;
mod payment_status;
mod refusals;
mod steps;
mod story;
mod values;
