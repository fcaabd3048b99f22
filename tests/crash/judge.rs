//! The judge reads the bank's ledger and its wire log, then what the shop's log and its books say of the same money.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use epay::{NotificationKind, PaymentStatus};
use epay_domain::{State, StepKind, Stored};
use epay_testkit::fakebank::{Endpoint, Operation, Status};

use crate::book::Told;
use crate::flows::{Act, PRICE};
use crate::script::all_attempts;
use crate::world::{NOT_FOUND_WINDOW, Process, World};

/// The name under which the library gives a late success back.
const GIVEN_BACK: &str = "epay-late-success";

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The bank has taken or holds more for an order than it costs, or twice.
    TakenTwice,
    /// The bank has given back what nobody wanted to give back.
    RefundedTooMuch,
    /// The same was asked of the bank twice.
    AskedTwice,
    /// The bank has money, and the log says that it has none.
    FailedYetTaken,
    /// The log says that the bank has money, and it has none.
    TakenNowhere,
    /// The bank and the log do not agree in another way.
    NotKnown,
    /// The payer was told that they were not charged, and they were.
    SaidNotCharged,
    /// The shop was told that it is paid, and it was not.
    SaidPaid,
    /// The shop's books were never told what the log knows.
    NotTold,
    /// The shop was told of the same money under two names.
    ToldTwice,
    /// The shop was told what was not so at that moment, or what was contradicted.
    ToldUntrue,
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
    let ledger = world.bank.with_bank(|bank| bank.ledger().to_vec());
    let log = all_attempts(process);
    let told = world.book.told();
    let mut found = Vec::new();
    money(world, &ledger, &log, &mut found);
    wire(world, &ledger, &log, &mut found);
    log.iter().for_each(|stored| known(world, &ledger, stored, &mut found));
    for stored in &log {
        last_told(stored, &told, &mut found);
    }
    present(world, &told, &mut found);
    names(&told, &mut found);
    if reached_its_end {
        let orders: BTreeSet<&str> = world.flow.acts.iter().filter_map(Act::order).collect();
        for order in orders {
            let ends = |stored: &&Stored| {
                stored.order.as_str() == order && stored.payment.status() == world.flow.end
            };
            let ends = log.iter().filter(ends).count();
            // Whoever does not know that they were declined may try again, and is declined again.
            if ends == 0 || ends > 1 && world.flow.end != PaymentStatus::Declined {
                found.push(complain(
                    Kind::WrongEnd,
                    format!("{order} is {} {ends} times", world.flow.end),
                ));
            }
        }
    }
    found
}

fn money(world: &World, ledger: &[Operation], log: &[Stored], found: &mut Vec<Complaint>) {
    let mut kept: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for operation in ledger {
        let order =
            log.iter().find(|stored| stored.payment.invoice().as_str() == operation.invoice);
        let order = order.map_or("nobody's", |stored| stored.order.as_str());
        let sum = match operation.status {
            Status::Auth => operation.held.minor(),
            _ => operation.captured.minor() - operation.refunded().minor(),
        };
        let (kept, times) = kept.entry(order).or_default();
        *kept += sum;
        *times += usize::from(sum > 0);
    }
    for (order, (kept, times)) in kept {
        if kept > PRICE.minor() || times > 1 {
            found.push(complain(
                Kind::TakenTwice,
                format!("{kept} for {order}, in {times} operations"),
            ));
        }
    }
    let refunds = ledger.iter().flat_map(|operation| &operation.refunds);
    let ours = refunds.filter(|refund| refund.external_id.as_deref() != Some(GIVEN_BACK));
    let given: u64 = ours.map(|refund| refund.amount.minor()).sum();
    let wanted: u64 = world.flow.acts.iter().map(|act| act.gives_back()).sum();
    if given > wanted {
        found.push(complain(Kind::RefundedTooMuch, format!("{given} of {wanted}")));
    }
}

fn wire(world: &World, ledger: &[Operation], log: &[Stored], found: &mut Vec<Complaint>) {
    let mut asked: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    let entries = world.bank.with_bank(|bank| bank.wire_log().to_vec());
    for entry in entries.into_iter().filter(|entry| entry.endpoint.moves_money()) {
        *asked.entry((name(entry.endpoint), entry.subject)).or_default() += 1;
    }
    for ((call, subject), times) in asked {
        let invoice = ledger
            .iter()
            .find(|operation| operation.id == subject)
            .map(|operation| &operation.invoice);
        let stored = log
            .iter()
            .find(|stored| Some(stored.payment.invoice().as_str()) == invoice.map(String::as_str));
        // A charge, cancel or refund may be asked once under each of its names.
        let steps = |kind| {
            stored.map_or(0, |stored| {
                stored.payment.steps().filter(|(step, _)| kind == of(step.kind())).count()
            })
        };
        let allowed = match call {
            "cryptopay" if world.flow.doubles => 2,
            "cryptopay" | "confirm" => 1,
            step => steps(step),
        };
        if times > allowed {
            found.push(complain(
                Kind::AskedTwice,
                format!("{call} of {subject}, {times} times instead of {allowed}"),
            ));
        }
    }
}

fn name(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Cryptopay => "cryptopay",
        Endpoint::Confirm => "confirm",
        Endpoint::Charge => "charge",
        Endpoint::Cancel => "cancel",
        Endpoint::Refund => "refund",
        Endpoint::Token | Endpoint::PublicKey | Endpoint::Status => "a look",
    }
}

fn of(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Capture(_) => "charge",
        StepKind::Void => "cancel",
        StepKind::Refund(_) => "refund",
    }
}

/// What the log says of an attempt is what the bank has of it.
fn known(world: &World, ledger: &[Operation], stored: &Stored, found: &mut Vec<Complaint>) {
    let payment = &stored.payment;
    let standing = payment.status();
    let operation =
        ledger.iter().rfind(|operation| operation.invoice == payment.invoice().as_str());
    let status = operation.map(|operation| operation.status);
    let says_none = matches!(
        standing,
        PaymentStatus::Declined
            | PaymentStatus::NotExecuted
            | PaymentStatus::Abandoned
            | PaymentStatus::New
    );
    let says_some =
        matches!(standing, PaymentStatus::Paid | PaymentStatus::Held | PaymentStatus::Refunded);
    let agree = match (status, operation) {
        (Some(Status::Charge | Status::Refund), Some(operation)) => {
            let sums = match payment.state() {
                State::Captured { captured: Some(captured), refunded: Some(refunded) } => {
                    (captured.minor(), refunded.minor())
                        == (operation.captured.minor(), operation.refunded().minor())
                }
                _ => false,
            };
            sums && (matches!(standing, PaymentStatus::Paid | PaymentStatus::Refunded)
                || world.flow.misbooks)
        }
        (Some(Status::Auth), _) => standing == PaymentStatus::Held,
        (Some(Status::Cancel | Status::CancelOld), _) => standing == PaymentStatus::Voided,
        // What we have closed for good is told by no decline.
        (Some(Status::Reject | Status::Failed), _) => {
            matches!(standing, PaymentStatus::Declined | PaymentStatus::NotExecuted)
        }
        (Some(Status::ThreeDs), _) => standing == PaymentStatus::NotExecuted,
        (Some(Status::New | Status::Fingerprint | Status::Verified), _) => false,
        (None | Some(Status::Charge | Status::Refund), _) => says_none,
    };
    if agree {
        return;
    }
    let has_money = matches!(status, Some(Status::Charge | Status::Auth));
    let kind = match (has_money, says_none, says_some) {
        (true, true, _) => Kind::FailedYetTaken,
        (false, _, true) => Kind::TakenNowhere,
        _ => Kind::NotKnown,
    };
    found.push(complain(
        kind,
        format!("{} is {status:?} at the bank and {standing:?} in the log", payment.invoice()),
    ));
}

/// The last that the shop was told of an attempt is how it stands. What it was before need not have
/// been told: notifications tell the present. What needed a person and is over by their word, such as a
/// refund that was given up, leaves it as it was told before that.
fn last_told(stored: &Stored, told: &[Told], found: &mut Vec<Complaint>) {
    let payment = &stored.payment;
    let expected = match payment.status() {
        PaymentStatus::Paid if matches!(payment.state(), State::Captured { refunded: Some(sum), .. } if sum.is_zero()) => {
            NotificationKind::Captured
        }
        PaymentStatus::Paid | PaymentStatus::Refunded => NotificationKind::Refunded,
        PaymentStatus::Held => NotificationKind::Held,
        PaymentStatus::Voided => NotificationKind::Voided,
        PaymentStatus::Declined => NotificationKind::Declined,
        PaymentStatus::NotExecuted | PaymentStatus::Abandoned => NotificationKind::NotExecuted,
        PaymentStatus::Disputed => NotificationKind::NeedsAttention,
        PaymentStatus::New
        | PaymentStatus::AwaitingPayer
        | PaymentStatus::Unknown
        | PaymentStatus::Verified => return,
    };
    let for_a_person = |told: &Told| told.kind == NotificationKind::NeedsAttention;
    let disputed = payment.status() == PaymentStatus::Disputed;
    let last = told
        .iter()
        .rfind(|told| told.invoice == *payment.invoice() && (disputed || !for_a_person(told)));
    let last = last.map(|told| told.kind);
    if last != Some(expected) {
        let invoice = payment.invoice();
        let what = format!("{invoice} is {expected}, and last told was {last:?}");
        found.push(complain(Kind::NotTold, what));
    }
    let captured = |told: &&Told| told.kind == NotificationKind::Captured;
    let shipped =
        told.iter().filter(|told| told.invoice == *payment.invoice()).any(|it| captured(&it));
    if payment.status() == PaymentStatus::Paid && !shipped {
        let what = format!("{} is paid, and that was never told", payment.invoice());
        found.push(complain(Kind::NotTold, what));
    }
}

/// Each notification was true when it came, by the bank's own books, and about nothing that was
/// contradicted.
fn present(world: &World, told: &[Told], found: &mut Vec<Complaint>) {
    // That a late bank may show it after all is what a short not-found window is set for.
    let declared = world.flow.watched > NOT_FOUND_WINDOW;
    let untrue =
        |told: &&Told| !(told.was_true || declared && told.kind == NotificationKind::NotExecuted);
    found
        .extend(told.iter().filter(untrue).map(|told| complain(Kind::ToldUntrue, told.id.clone())));
}

/// A name is for one notification, and a notification has one name; an order is shipped once.
fn names(told: &[Told], found: &mut Vec<Complaint>) {
    let captured = told.iter().filter(|told| told.kind == NotificationKind::Captured);
    let mut shipped: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for told in captured {
        shipped.entry(told.order.as_str()).or_default().insert(&told.id);
    }
    for (order, ids) in shipped {
        if ids.len() > 1 {
            found.push(complain(Kind::ToldTwice, format!("{order} is shipped as {ids:?}")));
        }
    }
    for (at, one) in told.iter().enumerate() {
        for other in told.iter().skip(at + 1) {
            let same = Told { id: other.id.clone(), ..one.clone() } == *other;
            if same != (one.id == other.id) {
                found.push(complain(Kind::ToldTwice, format!("{one:?} and {other:?}")));
            }
        }
    }
}
