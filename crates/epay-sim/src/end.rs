//! The last judgement of a run: the judge gets the books, and what only this world can know excuses what
//! nobody else could.

use std::collections::BTreeMap;
use std::time::Duration;

use epay_fakebank::{LedgerLine, RefundReport};
use epay_testkit::judge::{Attempt, Books, Complaint, Kind, judge as judged};
use pollster::block_on;

use crate::world::World;
use crate::{Deed, facts, sometimes};

/// Judges everything when all is quiet.
pub(crate) fn judge(world: &World) {
    sometimes::was_paid(world);
    let Ok(log) = block_on(Attempt::all(&world.store)) else {
        return world.complain("BrokenLog", None, "the log can't be read".to_owned());
    };
    facts::judge(world, &log);
    let verdict = judged(&books(world, log));
    for complaint in &verdict.complaints {
        let order = order_of(world, &complaint.about);
        if !is_excused(world, complaint, order) {
            let Complaint { kind, about, what } = complaint;
            world.complain(&format!("{kind:?}"), order, format!("{about}: {what}"));
        }
    }
    // A person has been here several times, and may rule on anything.
    for complaint in verdict.contradicted.iter().filter(|it| it.kind == Kind::Contradicted) {
        let order = order_of(world, &complaint.about);
        world.complain("NoWayOut", order, format!("{}: {}", complaint.about, complaint.what));
    }
}

fn books(world: &World, log: Vec<Attempt>) -> Books {
    let mut orders = BTreeMap::new();
    for (number, bought) in world.scenario.orders.iter().enumerate() {
        let acts = world.scenario.acts.iter().filter(|act| act.order == number);
        let more = acts.filter_map(|act| match act.deed {
            Deed::Pay { more, .. } => more,
            _ => None,
        });
        orders.insert(format!("order-{number}"), bought.amount + more.max().unwrap_or(0));
    }
    let reopened = world.scenario.shop.reopen_after;
    let window = reopened.map_or(24 * 60, u64::from);
    world.with(|inner| {
        let wire = inner.bank.wire_log().iter().enumerate();
        let wire = wire.filter(|(at, _)| !inner.doubled.contains(at));
        let wire = wire.map(|(_, entry)| entry.clone()).collect();
        let ledger = inner.bank.ledger().iter().map(LedgerLine::from).collect();
        Books {
            orders,
            notifications: Some(std::mem::take(&mut inner.told)),
            promises: std::mem::take(&mut inner.promises),
            not_found_window: Duration::from_secs(60 * window),
            tells_refunds: tells_refunds(world),
            ..Books::of(ledger, wire, log)
        }
    })
}

fn tells_refunds(world: &World) -> bool {
    let report = world.scenario.bank.refund_report;
    !matches!(report, RefundReport::ChargeOriginal | RefundReport::RefundNoSum)
}

/// The order that an invoice, a notification's name or an order's name is about.
fn order_of(world: &World, about: &str) -> Option<usize> {
    if let Some(number) = about.strip_prefix("order-") {
        return number.parse().ok();
    }
    world.order_of(about.split('-').next().unwrap_or(about))
}

/// Whether nobody could have known better: the bank has lied about this order, or its money moved there
/// without us; or a person has ruled against what they were shown.
fn is_excused(world: &World, complaint: &Complaint, order: Option<usize>) -> bool {
    let Some(order) = order else { return false };
    let (lied, behind, risked, said_done) = world.with(|inner| {
        let of = |set: &std::collections::BTreeSet<usize>| set.contains(&order);
        (of(&inner.lied), of(&inner.behind), of(&inner.risked), of(&inner.said_done))
    });
    match complaint.kind {
        Kind::SentAgain | Kind::RefundedTooMuch | Kind::NotInLog | Kind::BrokenLog => false,
        Kind::Unknown | Kind::NeverArrived | Kind::NotFlagged | Kind::NoProof => false,
        Kind::ChargedTwice => lied || risked,
        Kind::OnlyAtBank | Kind::OnlyInLog => lied,
        // Of two attempts that have had money it is judged anew for days what the shop is told.
        Kind::NotNotified if risked => true,
        // What was told on a reply, and is told again once it is so.
        Kind::SaidPaid | Kind::NotifiedUntrue | Kind::NotifiedTwice if said_done => true,
        // What moved at the bank alone is found after weeks by a clock that was wrong.
        Kind::Differs | Kind::NotNotified => {
            lied || (behind && (!tells_refunds(world) || world.clocks_jump()))
        }
        _ => lied || behind || risked,
    }
}
