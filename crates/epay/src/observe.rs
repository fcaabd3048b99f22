//! What an operator sees of the work: events by `tracing`, and with the feature `metrics` numbers. Neither ever holds a secret.
//!
//! Whoever has something to say calls one function of this file.
//!
//! | name | kind | says |
//! |---|---|---|
//! | `epay_oldest_unknown_seconds` | gauge | the age of the oldest question to the bank that the last round of this process has left open; 0 when it left none. What is not due is in no round, and no unknown payment waits longer than an hour for its next status check: take the maximum over two hours |
//! | `epay_status_checks_total{outcome}` | counter | status queries: `answered`, or why not: `connection`, `deadline`, `access`, `unavailable`, `unreadable`, `request` |
//! | `epay_flags_raised_total{flag}` | counter | flags, by [`Flag::name`](epay_domain::Flag::name), counted by whoever wrote what raised them |
//! | `epay_hints_total{outcome}` | counter | hints: `due`, `not_ours`, `failed` |
//! | `epay_notifications_total{outcome}` | counter | notifications: `taken_in`, `failed` |
//! | `epay_reconciler_failures_total{outcome}` | counter | rounds of status checks and of notifications that the log failed: `store` |
//! | `epay_store_seconds{call}` | histogram | how long the log took for one call |
//! | `epay_invoices_left` | gauge | invoice numbers left, as the shop said by `note_invoices_left` |

use crate::HintOutcome;
use epay_domain::{Flag, GatewayErrorKind, Payment, PaymentStore, StatusError};
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

#[cfg(feature = "metrics")]
mod timed;

/// What was written moved a payment.
pub(crate) fn moved(before: &Payment, after: &Payment) {
    let (from, to) = (before.status(), after.status());
    if from != to {
        info!(invoice = %after.invoice(), %from, %to, "a payment has moved");
    }
    let known = before.flags();
    for flag in after.flags().iter().filter(|flag| !known.contains(*flag)) {
        warn!(invoice = %after.invoice(), flag = flag.name(), "a person has to look: {flag}");
        count_flag(flag);
    }
}

/// A status query came back, or did not.
pub(crate) fn checked<T>(payment: &Payment, answer: &Result<T, StatusError>) {
    let outcome = match answer.as_ref().map_err(StatusError::kind) {
        Ok(_) => "answered",
        Err(GatewayErrorKind::Connection) => "connection",
        Err(GatewayErrorKind::Deadline) => "deadline",
        Err(GatewayErrorKind::Access) => "access",
        Err(GatewayErrorKind::Unavailable) => "unavailable",
        Err(GatewayErrorKind::Answer) => "unreadable",
        Err(GatewayErrorKind::Request) => "request",
        Err(_) => "other",
    };
    if let Err(error) = answer {
        warn!(invoice = %payment.invoice(), outcome, "a status check brought no answer: {error}");
    }
    count("epay_status_checks_total", outcome);
}

/// A round is over, and of what it has checked this is the oldest that is still not known.
pub(crate) fn round_ended(oldest_unknown: Duration) {
    gauge("epay_oldest_unknown_seconds", oldest_unknown);
}

/// A hint came in.
pub(crate) fn hinted<E>(noted: &Result<HintOutcome, E>) {
    let outcome = match noted {
        Ok(HintOutcome::Due) => "due",
        Ok(HintOutcome::NotOurs) => "not_ours",
        Err(_) => "failed",
    };
    count("epay_hints_total", outcome);
}

/// The shop was told, and has taken it in or not.
pub(crate) fn told(notification: &crate::Notification, taken_in: bool) {
    if taken_in {
        info!(notification = notification.id(), kind = %notification.kind, "the shop was told");
    } else {
        warn!(notification = notification.id(), kind = %notification.kind, "the shop could not take the notification in; it comes again");
    }
    count("epay_notifications_total", if taken_in { "taken_in" } else { "failed" });
}

/// The log failed the reconciler, which tries again later.
pub(crate) fn failed(error: &crate::PayError) {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    warn!(cause, "the reconciler could not work: {error}");
    count("epay_reconciler_failures_total", "store");
}

/// The store, with each of its calls timed where somebody wants to know.
pub(crate) fn store(store: impl PaymentStore + 'static) -> Arc<dyn PaymentStore> {
    #[cfg(feature = "metrics")]
    let store = timed::Timed(store);
    Arc::new(store)
}

/// Sets the gauge `epay_invoices_left`. Only the store can tell, so the shop says it from a timer, for example by what
/// `SqliteStore::invoices_left` answers.
#[cfg(feature = "metrics")]
pub fn note_invoices_left(left: u64) {
    metrics::gauge!("epay_invoices_left").set(u32::try_from(left).unwrap_or(u32::MAX));
}

#[cfg(feature = "metrics")]
fn count(name: &'static str, outcome: &'static str) {
    metrics::counter!(name, "outcome" => outcome).increment(1);
}

#[cfg(feature = "metrics")]
fn count_flag(flag: Flag) {
    metrics::counter!("epay_flags_raised_total", "flag" => flag.name()).increment(1);
}

#[cfg(feature = "metrics")]
fn gauge(name: &'static str, value: Duration) {
    metrics::gauge!(name).set(value);
}

#[cfg(not(feature = "metrics"))]
fn count(_: &'static str, _: &'static str) {}

#[cfg(not(feature = "metrics"))]
fn count_flag(_: Flag) {}

#[cfg(not(feature = "metrics"))]
fn gauge(_: &'static str, _: Duration) {}
