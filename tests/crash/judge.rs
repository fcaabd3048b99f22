//! What a flow should have come to, beside what the books say: those are judged as everywhere.

use std::collections::BTreeSet;
use std::fmt;

use epay::PaymentStatus;
use epay_testkit::fakebank::{Endpoint, Operation, Status};
use epay_testkit::judge::{self, Attempt, Books};

use crate::flows::{Act, PRICE};
use crate::world::{NOT_FOUND_WINDOW, Process, World};

/// The name under which the library gives a late success back.
const GIVEN_BACK: &str = "epay-late-success";

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The books do not agree.
    Books(judge::Kind),
    /// The bank's ledger, summed by itself, has more than all orders cost, or gave more back than anybody wanted.
    Overdrawn,
    /// A call to the bank did not end with its deadline.
    NeverEnds,
    /// There is always something left to find out.
    NeverSettles,
    /// An act was repeated again and again, and came to nothing.
    GotNowhere,
    /// On a day without accident an act had to wait.
    Waited,
    /// On a day without accident an act was refused.
    Refused,
    /// The order does not stand as it should when all was done.
    WrongEnd,
    /// A conformance suite refused the port.
    Nonconforming,
}

#[derive(Clone, Debug)]
pub(crate) struct Complaint {
    pub(crate) kind: Kind,
    what: String,
}

pub(crate) fn complain(kind: Kind, what: String) -> Complaint {
    Complaint { kind, what }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.what)
    }
}

/// Everything that is wrong once nothing is left to happen.
pub(crate) fn judge(world: &World, process: &Process, reached_its_end: bool) -> Vec<Complaint> {
    let flow = &world.flow;
    let log = pollster::block_on(Attempt::all(&*process.log)).unwrap();
    let orders: BTreeSet<&str> = flow.acts.iter().filter_map(Act::order).collect();
    let mut books = Books {
        orders: orders.iter().map(|order| ((*order).to_owned(), PRICE.minor())).collect(),
        notifications: Some(world.book.told()),
        promises: world.book.promises(),
        not_found_window: NOT_FOUND_WINDOW,
        ..world.bank.with_bank(|bank| Books::new(bank, log))
    };
    if flow.doubles {
        // What somebody on the way has added is not ours.
        let mut seen = BTreeSet::new();
        books.wire.retain(|call| {
            call.endpoint != Endpoint::Cryptopay || seen.insert(call.subject.clone())
        });
    }
    let verdict = judge::judge(&books);
    // Where the bank does not lie, nothing may be contradicted.
    let contradicted = verdict.contradicted.into_iter().filter(|_| !flow.misbooks);
    let of_books = verdict.complaints.into_iter().chain(contradicted);
    let mut found: Vec<Complaint> =
        of_books.map(|it| complain(Kind::Books(it.kind), it.to_string())).collect();
    found.extend(overdrawn(world, orders.len() as u64));
    if reached_its_end {
        for order in orders {
            let ends = |attempt: &&Attempt| {
                let stored = &attempt.stored;
                stored.order.as_str() == order && stored.payment.status() == flow.end
            };
            let ends = books.log.iter().filter(ends).count();
            // Whoever does not know that they were declined may try again, and is declined again.
            if ends == 0 || ends > 1 && flow.end != PaymentStatus::Declined {
                found.push(complain(
                    Kind::WrongEnd,
                    format!("{order} is {} {ends} times", flow.end),
                ));
            }
        }
    }
    found
}

/// The second opinion, which asks nobody: sums of the bank's ledger alone.
fn overdrawn(world: &World, orders: u64) -> Option<Complaint> {
    let ledger = world.bank.with_bank(|bank| bank.ledger().to_vec());
    let kept = |operation: &Operation| match operation.status {
        Status::Auth => operation.held.minor(),
        _ => operation.captured.minor() - operation.refunded().minor(),
    };
    let kept: u64 = ledger.iter().map(kept).sum();
    let refunds = ledger.iter().flat_map(|operation| &operation.refunds);
    let ours = refunds.filter(|refund| refund.external_id.as_deref() != Some(GIVEN_BACK));
    let given: u64 = ours.map(|refund| refund.amount.minor()).sum();
    let wanted: u64 = world.flow.acts.iter().map(|act| act.gives_back()).sum();
    let what = format!("{kept} for {orders} orders, given back {given} of {wanted}");
    (kept > PRICE.minor() * orders || given > wanted).then(|| complain(Kind::Overdrawn, what))
}
