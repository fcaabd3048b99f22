//! What an operator can observe: events by `tracing`, and with the feature `metrics` numbers.
//! Neither ever holds a secret.
//!
//! Whoever has something to say calls one function of this file.
//!
//! | name | kind | says |
//! |---|---|---|
//! | `epay_oldest_unknown_seconds` | gauge | the age of the question that the last check of this process has left open; 0 when it left none. No unknown payment waits longer than an hour for its next check: take the maximum over two hours |
//! | `epay_asks_total{outcome}` | counter | asks: `answered`, or why not, as for status checks |
//! | `epay_status_checks_total{outcome}` | counter | status queries: `answered`, or why not: `connection`, `deadline`, `access`, `unavailable`, `unreadable`, `request` |
//! | `epay_origins_total{origin}` | counter | what answered status queries say of whose operation it is: `ours`, `other`, `not_told` |
//! | `epay_contradictions_total{kind}` | counter | contradictions, by [`Contradiction::name`](epay_domain::Contradiction::name), counted by whoever wrote what raised them |
//! | `epay_hints_total{outcome,authenticity}` | counter | hints: `due`, `postponed`, `not_ours`, `failed`; `proven`, `unproven`, `forged` |
//! | `epay_notifications_total{outcome}` | counter | notifications: `taken_in`, `failed` |
//! | `epay_reconciler_failures_total{work}` | counter | what the log failed the reconciler in |
//! | `epay_store_seconds{call}` | histogram | how long the log took for one call |
//! | `epay_postgres_batch_writes` | histogram | how many writes of `PostgresStore` shared a statement and its commit |
//! | `epay_postgres_batch_seconds` | histogram | how long a batch took to its answer: the commit, with the wait for the replica, and what was asked again |
//! | `epay_postgres_repeats_total{why}` | counter | statements asked again: `lost`, the answer; `not_done`, for the server did not do it |
//! | `epay_postgres_warnings_total` | counter | writes of which the server warned, as it does when it waits for its replica no longer; they were asked again |
//! | `epay_postgres_connections` | gauge | connections that are open; four of a store that is busy |
//! | `epay_invoices_left` | gauge | invoice numbers left, as the shop said by `note_invoices_left` |

use crate::error::{PayError, with_causes};
use crate::notification::Notification;
use crate::outcome::HintOutcome;
use epay_domain::{
    GatewayError, GatewayErrorKind, Observation, Origin, Payment, PaymentStore, StatusError,
};
use epay_http::Authenticity;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

#[cfg(feature = "metrics")]
mod timed;

/// A counter's labels, where somebody counts.
macro_rules! counted {
    ($name:literal $(, $label:literal => $value:expr)*) => {
        #[cfg(feature = "metrics")]
        metrics::counter!($name $(, $label => $value)*).increment(1);
        #[cfg(not(feature = "metrics"))]
        let _ = ($($value,)*);
    };
}

/// An event moved a payment.
pub(crate) fn moved(before: &Payment, after: &Payment) {
    if before == after {
        return;
    }
    let (from, to) = (before.status(), after.status());
    if from != to {
        info!(invoice = %after.invoice(), %from, %to, "a payment has moved");
    }
    let mut raised = after.contradictions();
    if !raised.is_empty() {
        let known = before.contradictions();
        raised.retain(|it| !known.contains(it));
    }
    for it in raised {
        warn!(invoice = %after.invoice(), kind = it.name(), "a person has to look: {it}");
        counted!("epay_contradictions_total", "kind" => it.name());
    }
}

/// An ask was answered, or was not. Here its causes are told, and nowhere else.
pub(crate) fn asked(payment: &Payment, reply: &Result<Observation, GatewayError>) {
    let outcome = outcome(reply.as_ref().err().map(GatewayError::kind));
    if let Err(error) = reply {
        let cause = with_causes(error);
        warn!(invoice = %payment.invoice(), outcome, "an ask brought no answer: {cause}");
    }
    counted!("epay_asks_total", "outcome" => outcome);
}

/// A status query came back, or did not.
pub(crate) fn checked(payment: &Payment, answer: &Result<Observation, StatusError>) {
    let outcome = outcome(answer.as_ref().err().map(StatusError::kind));
    match answer {
        Ok(seen) => {
            let origin = match seen.origin {
                Origin::Ours => "ours",
                Origin::Other => "other",
                Origin::NotTold => "not_told",
            };
            counted!("epay_origins_total", "origin" => origin);
        }
        Err(error) => {
            let cause = with_causes(error);
            warn!(invoice = %payment.invoice(), outcome, "a check brought no answer: {cause}");
        }
    }
    counted!("epay_status_checks_total", "outcome" => outcome);
}

fn outcome(failed: Option<GatewayErrorKind>) -> &'static str {
    match failed {
        None => "answered",
        Some(GatewayErrorKind::Connection) => "connection",
        Some(GatewayErrorKind::Deadline) => "deadline",
        Some(GatewayErrorKind::Access) => "access",
        Some(GatewayErrorKind::Unavailable) => "unavailable",
        Some(GatewayErrorKind::Answer) => "unreadable",
        Some(GatewayErrorKind::Request) => "request",
        Some(_) => "other",
    }
}

/// A check is over, and this is how long its payment has not been known by now, if it is not.
pub(crate) fn still_unknown(since: Option<Duration>) {
    gauge("epay_oldest_unknown_seconds", since.unwrap_or_default());
}

/// A hint came in.
pub(crate) fn hinted(authenticity: Authenticity, noted: &Result<HintOutcome, PayError>) {
    let outcome = match noted {
        Ok(HintOutcome::Due) => "due",
        Ok(HintOutcome::Postponed) => "postponed",
        Ok(HintOutcome::NotOurs) => "not_ours",
        Err(error) => {
            warn!(
                "a hint is lost, and its payment is checked when it is due: {}",
                with_causes(error)
            );
            "failed"
        }
    };
    let authenticity = match authenticity {
        Authenticity::Proven => "proven",
        Authenticity::Forged => "forged",
        _ => "unproven",
    };
    counted!("epay_hints_total", "outcome" => outcome, "authenticity" => authenticity);
}

/// The shop was notified, and has taken it in or not.
pub(crate) fn notified(
    notification: &Notification,
    failed: Option<&(dyn Error + Send + Sync + 'static)>,
) {
    let (id, kind) = (notification.id(), notification.kind());
    match failed {
        None => info!(id, %kind, "the shop was notified"),
        Some(error) => {
            let cause = with_causes(error);
            warn!(id, %kind, "the shop could not take it in, so it comes again: {cause}");
        }
    }
    let outcome = if failed.is_none() { "taken_in" } else { "failed" };
    counted!("epay_notifications_total", "outcome" => outcome);
}

/// The log failed at `work`, which is tried again later.
pub(crate) fn failed(work: &'static str, error: &(dyn Error + 'static)) {
    warn!("could not {work}: {}", with_causes(error));
    counted!("epay_reconciler_failures_total", "work" => work);
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
fn gauge(name: &'static str, value: Duration) {
    metrics::gauge!(name).set(value);
}

#[cfg(not(feature = "metrics"))]
fn gauge(_: &'static str, _: Duration) {}
