//! One attempt as a person reads it: its log in sentences, what is known and what waits, and both stories of
//! a contradiction. The command line and the console of `epay serve` show this; so may an admin page of
//! yours.
//!
//! ```
//! # async fn example(shop: epay::Payments, invoice: epay::InvoiceId) -> Result<(), epay::PayError> {
//! use epay::story::{Conflict, Entry};
//! let attempt = shop.operator().attempt(&invoice).await?;
//! let (payment, history) = (attempt.payment(), shop.history(&invoice).await?);
//! for event in &history {
//!     let line = Entry::of(event, payment.ordered());
//!     println!("{}  {}  {}", line.at, line.who.label(), line.text);
//! }
//! for conflict in Conflict::all(payment, &history) {
//!     println!("{}: {}", conflict.contradiction, conflict.advice());
//! }
//! # Ok(()) }
//! ```

mod conflict;
mod entry;

pub use conflict::Conflict;
pub use entry::{Entry, Who};

use epay_domain::{
    ClosedAs, Contradiction, Money, Payment, Question, State, Step, StepKind, StepStatus,
    Timestamp, TransactionId, WaitsFor,
};
use std::time::Duration;

/// The bank's operations of which a person may say that one is the payment's, by
/// [`choose_transaction`](crate::Operator::choose_transaction); empty where there is nothing to choose.
pub fn choices(contradictions: &[Contradiction]) -> Vec<TransactionId> {
    let ids = |it: &Contradiction| match it {
        Contradiction::TwoTransactions { ids } => ids.clone(),
        Contradiction::NotOurs { transaction } => transaction.iter().cloned().collect(),
        _ => Vec::new(),
    };
    contradictions.iter().flat_map(ids).collect()
}

/// The state that the bank has confirmed, with its sums.
pub fn known(payment: &Payment) -> String {
    let sum = |sum: Option<Money>| sum.map_or("a sum not told".to_owned(), |sum| sum.to_string());
    let state = match payment.state() {
        State::New => return "nothing yet".to_owned(),
        State::Closed(ClosedAs::NotExecuted) => {
            return "nothing; closed, never executed".to_owned();
        }
        State::Closed(ClosedAs::Abandoned) => return "nothing; closed, given up".to_owned(),
        State::Declined => {
            let why = payment.decline().map(|decline| format!("declined: {decline}"));
            why.unwrap_or("declined".to_owned())
        }
        State::Verified => "the card is verified".to_owned(),
        State::Authorized => "held".to_owned(),
        State::Voided(_) => "the hold is gone".to_owned(),
        State::Captured { captured, refunded } => {
            format!("taken {}, given back {}", sum(captured), sum(refunded))
        }
    };
    let by = match (payment.confirmed_by_status(), payment.is_confirmed()) {
        (true, _) => "a status",
        (false, true) => "a reply, which a person let stand",
        (false, false) => "a reply alone",
    };
    format!("{state} (by {by})")
}

/// The open question, how old it is, and for how long the bank has not known of it.
pub fn pending(payment: &Payment, now: Timestamp) -> Option<String> {
    let pending = payment.pending()?;
    let question = match &pending.question {
        Question::Authorize => "the payment".to_owned(),
        Question::HandOver => "the payment at the bank's pay form".to_owned(),
        Question::Confirm => "the confirmation".to_owned(),
        Question::Step(step) => format!("step {step}"),
    };
    let whom = match pending.waits_for {
        WaitsFor::Bank => "the bank",
        WaitsFor::Payer => "the payer",
    };
    let not_found = pending.not_found_for.map_or(String::new(), |window| {
        format!("; the bank has answered for {} that it does not know it", age(window))
    });
    let (since, ago) = (pending.since, age(now.since(pending.since)));
    Some(format!("{question} waits for {whom}, asked {since} ({ago} ago){not_found}"))
}

/// The captures, voids and refunds, each with its answer.
pub fn steps(payment: &Payment) -> Vec<String> {
    let result = |step: &Step, answer| match payment.is_not_shown(step.id()) {
        true => "done, says a reply, and no status shows it".to_owned(),
        false => result(answer),
    };
    let line = |(step, answer): (&Step, StepStatus)| {
        format!("{}: {}, {}", step.id(), wish(step), result(step, answer))
    };
    payment.steps().map(line).collect()
}

/// A time in the two units that matter: `40 s`, `12 min`, `2 h 3 min`, `5 days 7 h`.
pub fn age(of: Duration) -> String {
    let seconds = of.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match hours {
        0 if minutes == 0 => format!("{seconds} s"),
        0 => format!("{minutes} min"),
        1..48 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} days {} h", hours / 24, hours % 24),
    }
}

fn wish(step: &Step) -> String {
    match step.kind() {
        StepKind::Capture(sum) => format!("capture {sum}"),
        StepKind::Void => "release the hold".to_owned(),
        StepKind::Refund(sum) => format!("give back {sum}"),
    }
}

fn result(answer: StepStatus) -> String {
    match answer {
        StepStatus::Open => "not known yet".to_owned(),
        StepStatus::GivenUp => "given up: it counts as not done".to_owned(),
        StepStatus::NotSent => "not done: it never left".to_owned(),
        StepStatus::Superseded => "not done: the payment went another way".to_owned(),
        StepStatus::Refused(decline) => format!("refused: {decline}"),
        StepStatus::Accepted => "done".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_the_units_that_matter() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (7_380, "2 h 3 min"),
            (172_799, "47 h 59 min"),
            (172_800, "2 days 0 h"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), expected);
        }
    }
}
