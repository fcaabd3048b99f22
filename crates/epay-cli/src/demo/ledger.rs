//! Compares the bank's ledger with our log, payment by payment, and prints the judge's verdict on
//! each.

use epay::{Money, OrderId};
use epay_domain::{Payment, State};
use epay_fakebank::LedgerLine;
use epay_testkit::judge::{Books, judge};

/// One payment of either beside what the other has of it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) order: Option<OrderId>,
    pub(crate) invoice: String,
    pub(crate) ours: Option<Payment>,
    pub(crate) bank: Option<LedgerLine>,
    /// What differs, in words; empty when both agree.
    pub(crate) differences: Vec<String>,
}

/// Lays log and ledger side by side: first our attempts, then what only the bank has.
pub(crate) fn compare(books: &Books) -> Vec<Row> {
    let attempts = books.log.iter().map(|attempt| Row {
        order: Some(attempt.stored.order.clone()),
        invoice: attempt.invoice().to_owned(),
        ours: Some(attempt.stored.payment.clone()),
        bank: books.ledger.iter().find(|line| line.invoice == attempt.invoice()).cloned(),
        differences: vec![],
    });
    let known = |invoice: &str| books.log.iter().any(|attempt| attempt.invoice() == invoice);
    let foreign = books.ledger.iter().filter(|line| !known(&line.invoice)).map(|line| Row {
        order: None,
        invoice: line.invoice.clone(),
        ours: None,
        bank: Some(line.clone()),
        differences: vec![],
    });
    let mut rows: Vec<Row> = attempts.chain(foreign).collect();
    let verdict = judge(books);
    // The bank of a demo does not lie unless it is told to, so that a flag explains nothing.
    for said in verdict.complaints.into_iter().chain(verdict.contradicted) {
        let of = |row: &&mut Row| {
            row.invoice == said.about
                || row.order.as_ref().is_some_and(|it| it.as_str() == said.about)
        };
        // What is about an order stands at its latest attempt.
        if let Some(row) = rows.iter_mut().rev().find(of) {
            row.differences.push(said.what);
        }
    }
    rows
}

/// The sums in our log; `None` where the bank has not told one.
pub(crate) struct Sums {
    pub(crate) captured: Option<Money>,
    pub(crate) refunded: Option<Money>,
}

impl Sums {
    pub(crate) fn of(payment: &Payment) -> Sums {
        let zero = Some(Money::zero(payment.ordered().currency()));
        match payment.state() {
            State::Captured { captured, refunded } => Sums { captured, refunded },
            _ => Sums { captured: zero, refunded: zero },
        }
    }
}
