//! What is judged while it happens: each call at the bank, each notification, each answer to a payer.
//! It compares with the bank's books of that moment and knows nothing of how they came about.

use epay::{Notification, NotificationKind, Outcome, StepOutcome};
use epay_fakebank::{Amount, Operation, Status};

use crate::call::Call;
use crate::trace::Who;
use crate::world::{Inner, World};
use crate::{Site, sometimes};

/// Something that must never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Which rule is broken, in a word or two; the same for the same kind of mistake.
    pub rule: &'static str,
    /// Which order it is about, where it is about one.
    pub order: Option<usize>,
    /// When, in milliseconds since the run began.
    pub at: u64,
    /// What is wrong.
    pub what: String,
}

/// A notification as the shop's book has it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) order: usize,
    pub(crate) invoice: String,
    pub(crate) kind: NotificationKind,
}

/// What a payer was told of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    Paid,
    NotCharged,
}

impl World {
    pub(crate) fn complain(&self, rule: &'static str, order: Option<usize>, what: String) {
        let at = self.time.millis();
        self.note(order, Who::World, Who::World, &format!("WRONG: {rule}: {what}"));
        self.with(|inner| {
            let same = |it: &Complaint| it.rule == rule && it.order == order;
            if !inner.complaints.iter().any(same) {
                inner.complaints.push(Complaint { rule, order, at, what });
            }
        });
    }
}

/// Whether the operation holds the payer's money, or has it.
pub(crate) fn has_money(operation: &Operation) -> bool {
    match operation.status {
        Status::Auth => true,
        Status::Charge => operation.refundable() > Amount::ZERO,
        _ => false,
    }
}

impl Inner {
    pub(crate) fn operations(&self, order: usize) -> impl Iterator<Item = &Operation> {
        let ours = move |it: &&Operation| self.invoices.get(&it.invoice) == Some(&order);
        let strange = |it: &&Operation| !self.strangers.contains(&it.invoice);
        self.bank.ledger().iter().filter(ours).filter(strange)
    }

    fn of(&self, invoice: &str) -> impl Iterator<Item = &Operation> {
        self.bank.ledger().iter().filter(move |it| it.invoice == invoice)
    }

    pub(crate) fn money_of(&self, invoice: &str) -> bool {
        self.of(invoice).any(has_money)
    }

    /// Whether it was taken, perhaps given back since.
    fn has_taken(&self, invoice: &str) -> bool {
        self.of(invoice).any(|it| it.captured > Amount::ZERO)
    }
}

/// After each call that may move money: no order has its payer's money twice.
pub(crate) fn after_call(world: &World, call: &Call) {
    let Some(order) = call.order else { return };
    if !matches!(call.site, Site::Token | Site::Status) {
        twice(world, order);
    }
}

/// After money has moved at the bank without a call.
pub(crate) fn ledger(world: &World) {
    for order in 0..world.scenario.orders.len() {
        twice(world, order);
    }
}

fn twice(world: &World, order: usize) {
    let many = world.with(|inner| {
        let risked = inner.risked.contains(&order) || inner.lied.contains(&order);
        !risked && inner.operations(order).filter(|it| has_money(it)).count() > 1
    });
    if many {
        let what = "two operations have the order's money at once".to_owned();
        world.complain("charged twice", Some(order), what);
    }
}

/// What the shop is told is so, by the bank's books of this moment.
pub(crate) fn is_told(world: &World, notification: &Notification, order: Option<usize>) {
    let Some(order) = order else { return };
    let invoice = notification.attempt().invoice().to_string();
    let kind = notification.kind();
    let told = Told { id: notification.id(), order, invoice: invoice.clone(), kind };
    sometimes::is_told(world, kind);
    let wrong = world.with(|inner| {
        let lied = inner.lied.contains(&order);
        let risked = inner.risked.contains(&order);
        let booked = |names: &[Status]| {
            let of = |it: &&Operation| it.invoice == invoice && names.contains(&it.status);
            inner.bank.ledger().iter().any(|it| of(&it))
        };
        let wrong = match kind {
            NotificationKind::Captured if !lied && !inner.has_taken(&invoice) => {
                Some("told captured, and the bank has not taken it")
            }
            NotificationKind::Captured if notification.attempt().payment().is_contradicted() => {
                Some("told captured while a person has to look")
            }
            NotificationKind::Captured if !inner.anew.contains(&order) && !lied && !risked => {
                let other = |it: &&Told| it.order == order && it.kind == kind && it.id != told.id;
                inner.told.iter().find(other).map(|_| "told captured under two names")
            }
            NotificationKind::Declined | NotificationKind::NotExecuted
                if !lied && !risked && inner.money_of(&invoice) =>
            {
                Some("told that nothing was taken, and the bank has the money")
            }
            NotificationKind::Voided if !lied && inner.money_of(&invoice) => {
                Some("told voided, and the bank has the money")
            }
            NotificationKind::Refunded if !lied && !booked(&[Status::Charge, Status::Refund]) => {
                Some("told refunded, and the bank has taken nothing")
            }
            _ => None,
        };
        inner.told.push(told);
        wrong
    });
    if let Some(wrong) = wrong {
        world.complain("untrue notification", Some(order), format!("{invoice}: {wrong}"));
    }
}

/// What a payer is told is so, and stays so where it says never.
pub(crate) fn is_answered(world: &World, order: usize, outcome: &Outcome) {
    let attempt = outcome.attempt();
    let invoice = attempt.invoice().to_string();
    let status = attempt.answer().status;
    let name = sometimes::status(status);
    world.sometimes(name);
    let who = (Who::Shop, Who::Payer);
    world.tell(Some(order), who, &[&invoice, name], || format!("{invoice} is {name}"));
    let promise = match outcome {
        Outcome::Paid(_) => Promise::Paid,
        Outcome::Declined(..) | Outcome::NotExecuted(_) => Promise::NotCharged,
        _ => return,
    };
    let broken = world.with(|inner| {
        let excused = inner.lied.contains(&order) || inner.risked.contains(&order);
        inner.promises.push((invoice.clone(), promise));
        let kept = match promise {
            Promise::Paid => inner.has_taken(&invoice),
            Promise::NotCharged => !inner.money_of(&invoice),
        };
        !excused && !kept
    });
    if broken {
        let what =
            format!("{invoice}: the payer hears {promise:?}, the bank's books say otherwise");
        world.complain("untrue answer", Some(order), what);
    }
}

/// What the shop is told of its capture, void or refund.
pub(crate) fn is_done(world: &World, order: usize, outcome: &StepOutcome) {
    let name = match outcome {
        StepOutcome::Done(_) => "a step is done",
        StepOutcome::Declined(..) => "a step is refused",
        StepOutcome::NotExecuted(_) => "a step is not executed",
        StepOutcome::Superseded(_) => "a step is superseded",
        StepOutcome::Unknown(_) => "a step is unknown",
    };
    world.sometimes(name);
    world.note(Some(order), Who::Shop, Who::Shop, name);
}
