//! What happens at the bank without us: in its portal, by its clock, and under numbers of ours that
//! somebody else has used.

use epay::{InvoiceId, OrderId};
use epay_fakebank::{Amount, Operation, Status};
use pollster::block_on;

use crate::trace::Who;
use crate::world::World;
use crate::{Fault, check};

fn operations(world: &World, order: usize, status: Status) -> Vec<Operation> {
    world.with(|inner| {
        let ours = |it: &&Operation| inner.invoices.get(&it.invoice) == Some(&order);
        let ledger = inner.bank.ledger().iter();
        ledger.filter(ours).filter(|it| it.status == status).cloned().collect()
    })
}

/// A part of what was captured is given back.
pub(crate) fn refund(world: &World, order: usize, percent: u8) {
    let now = world.now();
    for operation in operations(world, order, Status::Charge) {
        let part = Amount::from_minor(operation.captured.minor() * u64::from(percent) / 100);
        let done = world
            .with(|inner| inner.bank.refund(None, &operation.id, Some(part), None, now).is_ok());
        if done {
            world.note(Some(order), Who::Person, Who::Bank, "gives back in the portal");
            world.struck(Fault::PortalRefund, Some(order));
            world.with(|inner| inner.behind.insert(order));
        }
    }
}

/// A hold is released.
pub(crate) fn void(world: &World, order: usize) {
    let now = world.now();
    for operation in operations(world, order, Status::Auth) {
        if world.with(|inner| inner.bank.cancel(None, &operation.id, now).is_ok()) {
            world.note(Some(order), Who::Person, Who::Bank, "releases in the portal");
            world.struck(Fault::PortalVoid, Some(order));
            world.with(|inner| inner.behind.insert(order));
        }
    }
}

pub(crate) fn holds_lapse(world: &World) {
    let now = world.now();
    let held: Vec<usize> = (0..world.scenario.orders.len())
        .filter(|order| !operations(world, *order, Status::Auth).is_empty())
        .collect();
    if world.with(|inner| inner.bank.expire_holds(now)) > 0 {
        world.struck(Fault::HoldLapsed, None);
        world.with(|inner| inner.behind.extend(held));
    }
}

/// Devices are recognised, and what waited for that is held or taken without a call of ours.
pub(crate) fn devices_pass(world: &World) {
    let now = world.now();
    if world.with(|inner| inner.bank.pass_fingerprints(now)) > 0 {
        world.sometimes("a device is recognised");
        check::ledger(world);
    }
}

/// Somebody else has paid under the number that this order gets next.
pub(crate) async fn use_number(world: &World, order: usize, lately: bool) {
    let Ok(name) = OrderId::new(&format!("order-{order}")) else { return };
    let Ok(None) = block_on(world.store.current(&name)) else { return };
    let next = world.with(|inner| {
        let last = inner.invoices.keys().max().cloned();
        last.map_or_else(
            || InvoiceId::new("100000001").ok(),
            |last| InvoiceId::new(&last).ok()?.next(),
        )
    });
    let Some(next) = next else { return };
    let (now, terminal) = (world.now(), world.terminal(order).clone());
    let ago = if lately { 1_000 } else { 30 * 24 * 3_600_000 };
    let before = epay_fakebank::Millis(now.0.saturating_sub(ago));
    let amount = Amount::from_minor(world.scenario.orders.get(order).map_or(0, |it| it.amount));
    let booked = world.with(|inner| {
        let booked = inner.bank.book_stranger(terminal.as_str(), next.as_str(), amount, before);
        inner.strangers.insert(next.to_string());
        booked.is_ok()
    });
    if booked {
        world.struck(Fault::NumberUsed, None);
    }
}
