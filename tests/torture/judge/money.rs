//! Where the money is: nobody is charged twice, and the bank's ledger and our log say the same of every attempt.

use std::collections::{BTreeMap, HashMap};

use epay_domain::State;

use super::{Attempt, Books, Operation, Promise, Verdict, Wrong};

pub(super) fn judge(books: &Books, attempts: &HashMap<&str, &Attempt>, verdict: &mut Verdict) {
    let mut orders: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in &books.ledger {
        let Some(attempt) = attempts.get(operation.invoice.as_str()) else {
            verdict.wrong(
                Wrong::Lost,
                &operation.invoice,
                "the bank has an operation that our log does not know",
            );
            continue;
        };
        orders.entry(attempt.stored.order.as_str()).or_default().push(operation);
        if !agree(operation, attempt.stored.payment.state()) {
            let (ours, theirs) = (attempt.stored.payment.state(), &operation.status);
            verdict.wrong(
                Wrong::Lost,
                &operation.invoice,
                format!("the bank has {theirs}, our log {ours:?}"),
            );
        }
    }
    for (order, operations) in orders {
        let Some(&amount) = books.orders.get(order) else {
            verdict.wrong(Wrong::Lost, order, "nobody ordered this");
            continue;
        };
        charged_once(order, amount, &operations, verdict);
    }
    let booked: HashMap<&str, &Operation> =
        books.ledger.iter().map(|done| (done.invoice.as_str(), done)).collect();
    for attempt in &books.log {
        let moved = matches!(
            attempt.stored.payment.state(),
            State::Authorized | State::Voided(_) | State::Captured { .. } | State::Verified
        );
        if moved && !booked.contains_key(attempt.invoice()) {
            verdict.wrong(
                Wrong::Lost,
                attempt.invoice(),
                "our log has money that the bank has not",
            );
        }
    }
    for (invoice, promise) in &books.promises {
        let (moved, taken) = booked.get(invoice.as_str()).map_or((false, false), |operation| {
            (alive(operation).is_some(), operation.captured > 0)
        });
        match promise {
            _ if !attempts.contains_key(invoice.as_str()) => {
                verdict.wrong(
                    Wrong::Lost,
                    invoice,
                    "an answer was about an attempt that is not in our log",
                );
            }
            Promise::Paid if !taken => {
                verdict.wrong(Wrong::BrokenPromise, invoice, "said to be paid, and is not")
            }
            Promise::NotCaptured if moved => {
                verdict.wrong(
                    Wrong::BrokenPromise,
                    invoice,
                    "said never to be charged, and was held or charged",
                );
            }
            Promise::Paid | Promise::NotCaptured => {}
        }
    }
}

fn charged_once(order: &str, amount: u64, operations: &[&Operation], verdict: &mut Verdict) {
    let taken: u64 = operations.iter().map(|operation| operation.captured).sum();
    let returned: u64 = operations.iter().map(|operation| operation.refunded).sum();
    if taken > amount.saturating_add(returned) {
        let what = format!("taken {taken}, given back {returned}, ordered {amount}");
        verdict.wrong(Wrong::Double, order, what);
    }
    let mut lives: Vec<(u64, u64)> =
        operations.iter().filter_map(|operation| alive(operation)).collect();
    lives.sort_unstable();
    for (one, next) in lives.iter().zip(lives.iter().skip(1)) {
        if next.0 < one.1 {
            verdict.wrong(
                Wrong::Double,
                order,
                "two operations held or took the order's money at the same time",
            );
        }
    }
}

/// From when until when the operation held or had the payer's money.
fn alive(operation: &Operation) -> Option<(u64, u64)> {
    let at = |names: &[&str]| {
        let came = |(_, status): &&(u64, String)| names.contains(&status.as_str());
        operation.history.iter().find(came).map(|(at, _)| *at)
    };
    Some((at(&["AUTH", "CHARGE"])?, at(&["CANCEL", "CANCEL_OLD", "REFUND"]).unwrap_or(u64::MAX)))
}

fn agree(operation: &Operation, state: State) -> bool {
    match (operation.status.as_str(), state) {
        ("CHARGE" | "REFUND", State::Captured { captured, refunded }) => {
            let sums = (captured.map(|sum| sum.minor()), refunded.map(|sum| sum.minor()));
            sums == (Some(operation.captured), Some(operation.refunded))
        }
        ("AUTH", State::Authorized)
        | ("CANCEL" | "CANCEL_OLD", State::Voided(_))
        | ("VERIFIED", State::Verified)
        | ("REJECT" | "FAILED", State::Declined)
        // Ended by us, with the proof that `closed` looks for; the bank took no money for it.
        | ("3D" | "REJECT" | "FAILED", State::Closed(_)) => true,
        _ => false,
    }
}
