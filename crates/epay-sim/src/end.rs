//! The last judgement of a run: the bank's books, its wire, our log and the shop's book are compared.

use pollster::block_on;
use std::collections::{BTreeMap, BTreeSet};

use epay::{InvoiceId, NotificationKind, Payment, PaymentStatus};
use epay_domain::{Command, EventKind, State, Stored};
use epay_fakebank::{Endpoint, Operation, RefundReport, Status};

use crate::check::Promise;
use crate::world::World;
use crate::{Fault, heal};

/// Judges everything when all is quiet.
pub(crate) async fn judge(world: &World) {
    let attempts = heal::attempts(world).await;
    for stored in &attempts {
        let Some(order) = world.order_of(stored.payment.invoice().as_str()) else {
            world.complain("nobody's attempt", None, stored.payment.invoice().to_string());
            continue;
        };
        is_whole(world, order, stored).await;
        is_over(world, order, stored);
        agrees(world, order, stored);
        was_told(world, order, stored);
    }
    for order in 0..world.scenario.orders.len() {
        is_paid_once(world, order);
    }
    promises(world);
    sent_once(world, &attempts).await;
}

/// The payment is the fold of its events.
async fn is_whole(world: &World, order: usize, stored: &Stored) {
    let payment = &stored.payment;
    let Ok(history) = block_on(world.store.history(payment.invoice())) else { return };
    let opened =
        Payment::open(payment.invoice().clone(), payment.ordered(), payment.terminal().clone());
    let folded = history.iter().fold(opened.with_tag(payment.tag()), Payment::apply);
    if folded != *payment {
        let what = format!("{} is not what its events make", payment.invoice());
        world.complain("the log is not whole", Some(order), what);
    }
}

/// Nothing is waited for, and nothing is left for a person.
fn is_over(world: &World, order: usize, stored: &Stored) {
    let payment = &stored.payment;
    if let Some(pending) = payment.pending() {
        let what = format!("{}: {:?} is open", payment.invoice(), pending.question);
        world.complain("no way out", Some(order), what);
    }
    let open = payment.contradictions();
    if !open.is_empty() {
        let what = format!("{}: {open:?}", payment.invoice());
        world.complain("no way out", Some(order), what);
    }
}

/// The log says of the money what the bank's books say. Where the bank has lied, nobody can; there the
/// log must not have been silent.
fn agrees(world: &World, order: usize, stored: &Stored) {
    let payment = &stored.payment;
    // A bank that shows no part of what was given back lets nobody know of it.
    let report = world.scenario.bank.refund_report;
    let silent = matches!(report, RefundReport::ChargeOriginal | RefundReport::RefundNoSum)
        && world.with(|inner| inner.behind.contains(&order));
    let (operation, lied, stranger) = world.with(|inner| {
        let invoice = payment.invoice().as_str();
        let stranger = inner.strangers.contains(invoice);
        (inner.bank.operation(invoice).cloned(), inner.lied.contains(&order), stranger)
    });
    if lied || stranger {
        return;
    }
    let status = operation.as_ref().map(|operation| operation.status);
    let agree = match (status, payment.state()) {
        (Some(Status::Charge | Status::Refund), State::Captured { captured, refunded }) => {
            operation.as_ref().is_some_and(|it| {
                let captured = captured.is_none_or(|sum| sum.minor() == it.captured.minor());
                let refunded = refunded.is_none_or(|sum| sum.minor() == it.refunded().minor());
                captured && (refunded || silent)
            })
        }
        (Some(Status::Auth), State::Authorized)
        | (Some(Status::Cancel | Status::CancelOld), State::Voided(_))
        | (Some(Status::Reject | Status::Failed), State::Declined | State::Closed(_))
        | (Some(Status::ThreeDs | Status::Fingerprint | Status::New), State::Closed(_))
        | (None, State::New | State::Closed(_) | State::Declined) => true,
        _ => false,
    };
    if !agree {
        let (ours, invoice) = (payment.state(), payment.invoice());
        let what = format!("{invoice}: the bank has {status:?}, the log {ours:?}");
        world.complain("the books differ", Some(order), what);
    }
}

/// A shop that has been paid has heard so.
fn was_told(world: &World, order: usize, stored: &Stored) {
    let payment = &stored.payment;
    let expected = match payment.status() {
        PaymentStatus::Paid => NotificationKind::Captured,
        PaymentStatus::Held => NotificationKind::Held,
        PaymentStatus::Voided => NotificationKind::Voided,
        PaymentStatus::Refunded => NotificationKind::Refunded,
        _ => return,
    };
    let invoice = payment.invoice().as_str();
    let (told, excused) = world.with(|inner| {
        let told = inner.told.iter().any(|it| it.invoice == invoice && it.kind == expected);
        (told, inner.lied.contains(&order) || inner.risked.contains(&order))
    });
    if !told && !excused {
        let what = format!("{invoice} is {}, and the shop never heard", payment.status());
        world.complain("not told", Some(order), what);
    }
}

/// Whoever was told that they were not charged by an attempt has not been since.
fn promises(world: &World) {
    let broken = world.with(|inner| {
        let not_charged = inner.promises.iter().filter(|(_, it)| *it == Promise::NotCharged);
        let broken = not_charged.filter_map(|(invoice, _)| {
            let order = *inner.invoices.get(invoice)?;
            let excused = inner.lied.contains(&order) || inner.risked.contains(&order);
            (!excused && inner.money_of(invoice)).then(|| (order, invoice.clone()))
        });
        broken.collect::<Vec<_>>()
    });
    for (order, invoice) in broken {
        let what = format!("{invoice}: the payer heard that nothing was taken");
        world.complain("untrue answer", Some(order), what);
    }
}

/// Of everything that an order cost its payer, no more is left with the shop than it was to cost.
fn is_paid_once(world: &World, order: usize) {
    let Some(bought) = world.scenario.orders.get(order) else { return };
    let more = world.scenario.acts.iter().filter(|act| act.order == order);
    let more = more.filter_map(|act| match act.deed {
        crate::Deed::Pay { more, .. } => more,
        _ => None,
    });
    let most = bought.amount + more.max().unwrap_or(0);
    let (kept, excused) = world.with(|inner| {
        let kept = |it: &Operation| it.captured.minor() - it.refunded().minor();
        let kept: u64 = inner.operations(order).map(kept).sum();
        let excused = inner.risked.contains(&order)
            || inner.lied.contains(&order)
            || inner.anew.contains(&order);
        (kept, excused)
    });
    if kept > most && !excused {
        let what = format!("{kept} of {most} minor units were taken");
        world.complain("charged twice", Some(order), what);
    }
}

/// No call that moves money arrived more often than it was asked, and each ask is in the log.
async fn sent_once(world: &World, attempts: &[Stored]) {
    let mut arrived: BTreeMap<(Endpoint, String), u64> = BTreeMap::new();
    world.with(|inner| {
        let mut of: BTreeMap<&str, &str> = BTreeMap::new();
        for operation in inner.bank.ledger() {
            of.insert(&operation.id, &operation.invoice);
        }
        for entry in inner.bank.wire_log() {
            if entry.endpoint.moves_money() {
                let invoice = of.get(entry.subject.as_str()).copied().unwrap_or(&entry.subject);
                let key = (entry.endpoint, invoice.to_owned());
                *arrived.entry(key).or_default() += 1;
            }
        }
    });
    let doubled: BTreeSet<usize> = world
        .scenario
        .strikes
        .iter()
        .filter(|strike| strike.fault == Fault::Doubled)
        .map(|strike| strike.order)
        .collect();
    for stored in attempts {
        let invoice = stored.payment.invoice();
        let Some(order) = world.order_of(invoice.as_str()) else { continue };
        let Ok(asked) = asked(world, invoice).await else { continue };
        for endpoint in [
            Endpoint::Cryptopay,
            Endpoint::Confirm,
            Endpoint::Charge,
            Endpoint::Cancel,
            Endpoint::Refund,
        ] {
            let arrived = arrived.get(&(endpoint, invoice.to_string())).copied().unwrap_or(0);
            let asked = asked.get(&endpoint).copied().unwrap_or(0);
            if arrived > asked && !doubled.contains(&order) {
                let what =
                    format!("{invoice}: {endpoint:?} arrived {arrived} times, asked {asked}");
                world.complain("sent again", Some(order), what);
            }
        }
    }
}

type Asked = BTreeMap<Endpoint, u64>;

async fn asked(world: &World, invoice: &InvoiceId) -> Result<Asked, epay_domain::StoreError> {
    let mut asked = Asked::new();
    for event in block_on(world.store.history(invoice))? {
        let EventKind::Asked(command) = &event.kind else { continue };
        let endpoint = match command {
            Command::Authorize => Endpoint::Cryptopay,
            Command::Confirm => Endpoint::Confirm,
            Command::Capture(..) => Endpoint::Charge,
            Command::Void(_) => Endpoint::Cancel,
            Command::Refund(..) | Command::RefundStated(..) => Endpoint::Refund,
            _ => continue,
        };
        *asked.entry(endpoint).or_default() += 1;
    }
    Ok(asked)
}
