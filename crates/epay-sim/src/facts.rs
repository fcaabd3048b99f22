//! What our log must have in the end because the bank has told it: an answer to each ask, what an accountant
//! looks for, and an alarm where, and only where, there was reason for one.

use epay::Contradiction;
use epay_domain::{Command, EventKind, Source};
use epay_fakebank::{Operation, Status, StatusAnswer};
use epay_testkit::judge::Attempt;

use crate::world::World;
use crate::{Act, Deed, Fault};

/// Judges the log of all attempts.
pub(crate) fn judge(world: &World, log: &[Attempt]) {
    for attempt in log {
        let Some(order) = world.order_of(attempt.invoice()) else { continue };
        let (lied, behind) =
            world.with(|it| (it.lied.contains(&order), it.behind.contains(&order)));
        if !is_disturbed(world, order) {
            is_answered(world, order, attempt);
        }
        if !lied {
            is_complete(world, order, attempt);
            is_uncharged(world, order, attempt.invoice());
        }
        if !lied && !behind {
            is_no_false_alarm(world, order, attempt);
        }
        // Who is dropped while they check takes the answer with them.
        let dropped = |act: &Act| act.order == order && act.dropped_after.is_some();
        if world.with(|inner| inner.anothers.contains(attempt.invoice()))
            && !is_disturbed(world, order)
            && !world.scenario.acts.iter().any(dropped)
        {
            is_flagged(world, order, attempt);
        }
    }
}

/// Whether a process or the store may have lost what was heard of this order.
fn is_disturbed(world: &World, order: usize) -> bool {
    let ends = |deed: &Deed| matches!(deed, Deed::Kill | Deed::Deploy);
    let loses = |fault: Fault| {
        matches!(fault, Fault::StoreFailedBefore | Fault::StoreFailedAfter | Fault::StoreUnreadable)
    };
    let scenario = &world.scenario;
    scenario.acts.iter().any(|act| ends(&act.deed))
        || scenario.strikes.iter().any(|strike| {
            strike.fault == Fault::KillAfterCall || strike.order == order && loses(strike.fault)
        })
}

/// Each ask has what came of it, also where the caller has gone.
fn is_answered(world: &World, order: usize, attempt: &Attempt) {
    let (mut asks, mut answers) = (0, 0);
    for event in &attempt.events {
        match &event.kind {
            EventKind::Asked(
                Command::Authorize
                | Command::Confirm
                | Command::Capture(..)
                | Command::Void(_)
                | Command::Refund(..)
                | Command::RefundStated(..),
            ) => asks += 1,
            EventKind::NotSent { .. } | EventKind::Unanswered(_) => answers += 1,
            EventKind::Observed(seen) if seen.source == Source::Reply => answers += 1,
            _ => {}
        }
    }
    if answers < asks {
        let what = format!("{}: {asks} asks, and {answers} answers to them", attempt.invoice());
        world.complain("AnswerNotKept", Some(order), what);
    }
}

fn booked(world: &World, invoice: &str) -> Option<Operation> {
    world.with(|inner| {
        let of = |it: &&Operation| it.invoice == invoice;
        let mut all = inner.bank.ledger().iter().filter(of);
        all.next().filter(|_| all.next().is_none() && !inner.strangers.contains(invoice)).cloned()
    })
}

/// Who was told that the payer was not charged has relied on it.
fn is_uncharged(world: &World, order: usize, invoice: &str) {
    let told = world.with(|inner| inner.uncharged.contains(invoice));
    let charged = |line: &Operation| {
        line.history.iter().any(|(_, status)| matches!(status, Status::Auth | Status::Charge))
    };
    if told && booked(world, invoice).as_ref().is_some_and(charged) {
        let what = format!("{invoice}: told that nobody was charged");
        world.complain("SaidNotCharged", Some(order), what);
    }
}

/// What an accountant looks for is there as the bank's status has it.
fn is_complete(world: &World, order: usize, attempt: &Attempt) {
    let payment = &attempt.stored.payment;
    if booked(world, attempt.invoice()).is_none() || !payment.confirmed_by_status() {
        return;
    }
    let (terminal, now) = (payment.terminal().as_str(), world.now());
    let status = world.with(|inner| inner.bank.status(terminal, attempt.invoice(), now));
    let StatusAnswer::Found(report) = status else { return };
    let ours = payment.details();
    let told = [
        ("reference", &report.reference, ours.reference),
        ("approval code", &report.approval_code, ours.approval_code),
        ("card mask", &report.card_mask, ours.card_mask),
    ];
    for (name, told, ours) in told {
        let ours = ours.as_ref().map_or("", |text| text.as_str());
        if ours != told {
            let what = format!("{}: {name} {ours:?}, the bank's {told:?}", attempt.invoice());
            world.complain("DetailsDiffer", Some(order), what);
        }
    }
}

/// Where the bank has taken what was asked for, under a number that nobody else has used, no alarm says
/// otherwise.
fn is_no_false_alarm(world: &World, order: usize, attempt: &Attempt) {
    let mut raised = attempt.stored.payment.contradictions();
    for event in &attempt.events {
        if let EventKind::Acknowledged(seen, _) = &event.kind {
            raised.extend(seen.iter().cloned());
        }
    }
    let used = world.with(|inner| {
        let of = |it: &Operation| it.invoice == attempt.invoice();
        inner.bank.ledger().iter().any(of)
    });
    let right = booked(world, attempt.invoice()).is_some_and(|line| {
        let asked = attempt.events.iter().filter_map(|event| match &event.kind {
            EventKind::Asked(Command::Capture(_, sum)) => Some(sum.minor()),
            _ => None,
        });
        let mut sums = asked.chain([attempt.stored.payment.ordered().minor(), 0]);
        sums.any(|sum| sum == line.captured.minor())
    });
    for alarm in raised {
        let is_false = match &alarm {
            Contradiction::WrongAmount { .. } => right,
            Contradiction::NumberTaken { .. } => !used,
            _ => false,
        };
        if is_false {
            let what = format!("{}: {alarm}", attempt.invoice());
            world.complain("FalseAlarm", Some(order), what);
        }
    }
}

/// A bank that has said of an operation that it is another's was heard.
fn is_flagged(world: &World, order: usize, attempt: &Attempt) {
    let is_it = |it: &Contradiction| matches!(it, Contradiction::NotOurs { .. });
    let judged = attempt.events.iter().any(|event| match &event.kind {
        EventKind::Acknowledged(seen, _) => seen.iter().any(is_it),
        EventKind::Chosen { .. } => true,
        _ => false,
    });
    if !judged && !attempt.stored.payment.contradictions().iter().any(is_it) {
        let what = format!("{}: the bank has said that it is another's", attempt.invoice());
        world.complain("NotFlagged", Some(order), what);
    }
}
