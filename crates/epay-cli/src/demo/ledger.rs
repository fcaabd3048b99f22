//! Ledger and log agree only if each entry of the one is in the other, with the same state and the
//! same sums.

use epay::{Currency, Money, OrderId, PaymentStatus};
use epay_domain::{ClosedAs, Payment, State, StepKind, StepStatus, VoidReason};
use serde::Deserialize;

use crate::answer;

/// One attempt in our log.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) order: OrderId,
    pub(crate) payment: Payment,
    /// How many asks that may move money are in our log.
    pub(crate) asks: usize,
}

/// One operation in the fake bank's ledger, as its admin API tells it; sums in minor units.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) invoice: String,
    pub(crate) terminal: String,
    pub(crate) currency: String,
    pub(crate) status: String,
    pub(crate) ordered: u64,
    pub(crate) held: u64,
    pub(crate) captured: u64,
    pub(crate) refunded: u64,
    pub(crate) refunds: Vec<Refund>,
}

impl Operation {
    /// One of its sums, as a person reads it.
    pub(crate) fn money(&self, minor: u64) -> String {
        // Every currency the fake bank keeps books in has two digits.
        Currency::new(&self.currency, 2)
            .map_or(minor.to_string(), |currency| Money::new(minor, currency).to_string())
    }
}

/// One refund of an operation.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refund {
    pub(crate) external_id: Option<String>,
    pub(crate) amount: u64,
}

/// One call in the fake bank's wire log.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Call {
    pub(crate) endpoint: String,
    /// An invoice or an operation id.
    pub(crate) subject: String,
}

impl Call {
    fn may_move_money(&self) -> bool {
        matches!(self.endpoint.as_str(), "cryptopay" | "confirm" | "charge" | "cancel" | "refund")
    }
}

/// One payment of either book beside what the other has of it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) order: Option<OrderId>,
    pub(crate) invoice: String,
    pub(crate) ours: Option<Payment>,
    pub(crate) bank: Option<Operation>,
    /// What differs, in words; empty when both agree.
    pub(crate) differences: Vec<String>,
}

/// Lays our book and the bank's side by side: first our attempts, then what only the bank has.
pub(crate) fn compare(ours: &[Attempt], bank: &[Operation], calls: &[Call]) -> Vec<Row> {
    let attempts = ours.iter().map(|attempt| {
        let invoice = attempt.payment.invoice().as_str();
        let booked: Vec<&Operation> =
            bank.iter().filter(|operation| operation.invoice == invoice).collect();
        Row {
            order: Some(attempt.order.clone()),
            invoice: invoice.to_owned(),
            ours: Some(attempt.payment.clone()),
            bank: ours_among(&attempt.payment, &booked).cloned(),
            differences: differences(attempt, &booked, calls),
        }
    });
    let known =
        |invoice: &str| ours.iter().any(|attempt| attempt.payment.invoice().as_str() == invoice);
    let foreign = bank.iter().filter(|operation| !known(&operation.invoice)).map(|operation| Row {
        order: None,
        invoice: operation.invoice.clone(),
        ours: None,
        bank: Some(operation.clone()),
        differences: vec![whose(operation, ours)],
    });
    attempts.chain(foreign).collect()
}

/// The operation our payment knows by its id, else the first of the invoice.
fn ours_among<'a>(payment: &Payment, booked: &[&'a Operation]) -> Option<&'a Operation> {
    let by_id = payment
        .transaction()
        .and_then(|id| booked.iter().find(|operation| operation.id == id.as_str()));
    by_id.or(booked.first()).copied()
}

/// For an operation under an invoice we never used: whether we know it by another one.
fn whose(operation: &Operation, ours: &[Attempt]) -> String {
    let owner = ours.iter().find(|attempt| {
        attempt.payment.transaction().is_some_and(|id| id.as_str() == operation.id)
    });
    match owner {
        Some(attempt) => format!(
            "only the bank has this invoice; the operation is that of order {}, invoice {}",
            attempt.order,
            attempt.payment.invoice()
        ),
        None => "only the bank has this invoice".to_owned(),
    }
}

fn differences(attempt: &Attempt, booked: &[&Operation], calls: &[Call]) -> Vec<String> {
    let payment = &attempt.payment;
    let mut differ = Differences::default();
    for it in payment.contradictions() {
        differ.0.push(format!("a person has to look: {it}"));
    }
    if payment.pending().is_some() {
        differ.0.push("we do not know how it ended".to_owned());
    }
    let heard = calls
        .iter()
        .filter(|call| call.may_move_money() && concerns(call, payment, booked))
        .count();
    differ.unless_equal("calls that may move money", attempt.asks, heard);
    match ours_among(payment, booked) {
        Some(operation) => {
            differ.unless_equal("operations", 1, booked.len());
            compare_one(payment, operation, &mut differ);
        }
        None if expected(payment.state()).contains(&NO_OPERATION) => {}
        None => differ.0.push(format!("only we have it: {}", status(payment))),
    }
    differ.0
}

/// How it stands, in the one answer's word.
fn status(payment: &Payment) -> PaymentStatus {
    answer::of(payment).status
}

fn concerns(call: &Call, payment: &Payment, booked: &[&Operation]) -> bool {
    call.subject == payment.invoice().as_str()
        || booked.iter().any(|operation| operation.id == call.subject)
}

fn compare_one(payment: &Payment, operation: &Operation, differ: &mut Differences) {
    if let Some(transaction) = payment.transaction() {
        differ.unless_equal("operation", transaction.as_str(), &operation.id);
    }
    differ.unless_equal("terminal", payment.terminal().as_str(), &operation.terminal);
    let ordered = payment.ordered();
    differ.unless_equal("currency", ordered.currency().code(), &operation.currency);
    let fitting = expected(payment.state());
    if !fitting.contains(&operation.status.as_str()) {
        differ.0.push(format!("state: ours {}, the bank's {}", status(payment), operation.status));
    }
    let bank = |minor| Money::new(minor, ordered.currency());
    differ.unless_equal("ordered", ordered, bank(operation.ordered));
    let sums = Sums::of(payment);
    // Once captured, what had been held is history.
    if !matches!(payment.state(), State::Captured { .. }) {
        differ.unless_equal("held", sums.held, bank(operation.held));
    }
    differ.unless_same_sum("captured", sums.captured, bank(operation.captured));
    differ.unless_same_sum("refunded", sums.refunded, bank(operation.refunded));
    let (ours, theirs) = (refunds(payment), sorted(operation.refunds.clone()));
    if ours != theirs {
        differ.0.push(format!("refunds: ours {}, the bank's {}", listed(&ours), listed(&theirs)));
    }
}

const NO_OPERATION: &str = "";

/// What the bank's book may say of a payment that is in this state, as its `statusName`.
fn expected(state: State) -> &'static [&'static str] {
    match state {
        // Nothing was heard of money. That is only true while nothing was booked, or nothing that
        // took any.
        State::New => &[NO_OPERATION],
        State::Closed(ClosedAs::NotExecuted | ClosedAs::Abandoned) => {
            &[NO_OPERATION, "NEW", "3D", "REJECT", "FAILED"]
        }
        State::Declined => &["REJECT", "FAILED"],
        State::Verified => &["VERIFIED"],
        State::Authorized => &["AUTH"],
        State::Voided(VoidReason::Requested) => &["CANCEL"],
        State::Voided(VoidReason::Lapsed) => &["CANCEL_OLD"],
        State::Captured { captured: Some(captured), refunded: Some(refunded) }
            if captured == refunded =>
        {
            &["REFUND"]
        }
        State::Captured { .. } => &["CHARGE"],
    }
}

/// The sums in our book; `None` where the bank has not told one.
pub(crate) struct Sums {
    pub(crate) held: Money,
    pub(crate) captured: Option<Money>,
    pub(crate) refunded: Option<Money>,
}

impl Sums {
    pub(crate) fn of(payment: &Payment) -> Sums {
        let zero = Money::zero(payment.ordered().currency());
        let nothing = Sums { held: zero, captured: Some(zero), refunded: Some(zero) };
        match payment.state() {
            State::Captured { captured, refunded } => Sums { captured, refunded, ..nothing },
            // The bank keeps the sum of a hold that is gone.
            State::Authorized | State::Voided(_) => Sums { held: payment.ordered(), ..nothing },
            State::New | State::Declined | State::Verified | State::Closed(_) => nothing,
        }
    }
}

/// The refunds that we know to be done, by the name that the bank got as `externalID`.
fn refunds(payment: &Payment) -> Vec<Refund> {
    let done = payment.steps().filter(|(_, answer)| *answer == StepStatus::Accepted);
    let refunds = done.filter_map(|(step, _)| match step.kind() {
        StepKind::Refund(sum) => {
            Some(Refund { external_id: Some(step.id().to_string()), amount: sum.minor() })
        }
        StepKind::Capture(_) | StepKind::Void => None,
    });
    sorted(refunds.collect())
}

fn sorted(mut refunds: Vec<Refund>) -> Vec<Refund> {
    refunds.sort();
    refunds
}

fn listed(refunds: &[Refund]) -> String {
    let one = |refund: &Refund| {
        format!(
            "{} of {} minor units",
            refund.external_id.as_deref().unwrap_or("without a name"),
            refund.amount
        )
    };
    if refunds.is_empty() {
        "none".to_owned()
    } else {
        refunds.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn unless_equal<T: PartialEq + std::fmt::Display>(&mut self, what: &str, ours: T, bank: T) {
        if ours != bank {
            self.0.push(format!("{what}: ours {ours}, the bank's {bank}"));
        }
    }

    fn unless_same_sum(&mut self, what: &str, ours: Option<Money>, bank: Money) {
        match ours {
            Some(ours) => self.unless_equal(what, ours, bank),
            None => self.0.push(format!("{what}: ours not known, the bank's {bank}")),
        }
    }
}

#[cfg(test)]
mod tests;
