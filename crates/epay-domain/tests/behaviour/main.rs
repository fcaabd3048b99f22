//! The payment, told as stories through the public API: what was asked, what came back, where that leaves it.
#![cfg(test)]

mod acknowledged;
mod answer;
mod closing;
mod contradictions;
mod dead;
mod error_codes;
mod facts;
mod hand_over;
mod not_found_window;
mod not_shown;
mod payment_status;
mod refusals;
mod stated_refunds;
mod steps;
#[cfg(feature = "ports")]
mod store;
mod story;
mod transactions;
mod unsent;
mod values;
mod verification;
