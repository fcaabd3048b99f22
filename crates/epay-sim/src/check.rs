//! What is written down while it happens, for the judge: what shop and payers were told, and what the
//! bank had at that moment. That an order's money is there once is judged at each call.

use epay::{Attempt, Contradiction, Notification, Outcome, PayerCharged, StepOutcome};
use epay_domain::State;
use epay_fakebank::{Amount, LedgerLine, Operation, Status};
use epay_testkit::judge::{NotificationLine, Promise, Said};

use crate::call::Call;
use crate::trace::Who;
use crate::world::{Inner, World};
use crate::{Site, sometimes};

/// Something that must never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Which rule is broken, in a word or two; the same for the same kind of mistake.
    pub rule: String,
    /// Which order it is about, where it is about one.
    pub order: Option<usize>,
    /// When, in milliseconds since the run began.
    pub at: u64,
    /// What is wrong.
    pub what: String,
}

impl World {
    pub(crate) fn complain(&self, rule: &str, order: Option<usize>, what: String) {
        let at = self.time.millis();
        let who = (Who::World, Who::World);
        self.tell(order, who, &["wrong", rule], || format!("WRONG: {rule}: {what}"));
        self.with(|inner| {
            let same = |it: &Complaint| it.rule == rule && it.order == order;
            if !inner.complaints.iter().any(same) {
                inner.complaints.push(Complaint { rule: rule.to_owned(), order, at, what });
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

    fn booked(&self, invoice: &str) -> Vec<LedgerLine> {
        let under = self.bank.ledger().iter().filter(|it| it.invoice == invoice);
        under.map(LedgerLine::from).collect()
    }

    pub(crate) fn money_of(&self, invoice: &str) -> bool {
        self.bank.ledger().iter().filter(|it| it.invoice == invoice).any(has_money)
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
        world.complain("ChargedTwice", Some(order), what);
    }
}

/// The shop's book gets a line.
pub(crate) fn is_told(world: &World, notification: &Notification) {
    let (attempt, kind) = (notification.attempt(), notification.kind());
    let (payment, status) = (attempt.payment(), attempt.answer().status);
    sometimes::is_told(world, kind);
    is_promised(world, attempt);
    let line = NotificationLine::new(notification.id(), kind, attempt.order(), payment, status);
    world.with(|inner| {
        let booked = Some(inner.booked(&line.invoice));
        inner.told.push(NotificationLine { booked, ..line });
    });
}

/// What a payer is told, where it promises something.
pub(crate) fn is_answered(world: &World, order: usize, outcome: &Outcome) {
    let attempt = outcome.attempt();
    let invoice = attempt.invoice().to_string();
    let name = attempt.answer().status.name();
    world.sometimes(name);
    let who = (Who::Shop, Who::Payer);
    world.tell(Some(order), who, &[&invoice, name], || format!("{invoice} is {name}"));
    is_promised(world, attempt);
    let said = match outcome {
        Outcome::Paid(_) => Said::Paid,
        Outcome::Held(_) => Said::Held,
        Outcome::Declined(..) | Outcome::NotExecuted(_) => Said::NotCharged,
        _ => return,
    };
    world.with(|inner| {
        let booked = Some(inner.booked(&invoice));
        inner.promises.push(Promise { invoice, said, booked });
    });
}

/// Whoever reads that the payer was not charged relies on it for ever.
fn is_promised(world: &World, attempt: &Attempt) {
    let invoice = attempt.invoice().to_string();
    let state = attempt.payment().state();
    let ended = matches!(state, State::Declined | State::Closed(_));
    if ended && attempt.answer().payer_charged == PayerCharged::No {
        world.with(|inner| inner.uncharged.insert(invoice));
    }
}

/// What was up when a person ruled, and was not shown to them, is up still.
pub(crate) fn is_acknowledged(
    world: &World,
    order: usize,
    shown: &[Contradiction],
    before: &Attempt,
    after: &Attempt,
) {
    let open = after.payment().contradictions();
    let unseen = before.payment().contradictions().into_iter().filter(|it| !shown.contains(it));
    for lost in unseen.filter(|it| !open.contains(it)) {
        world.complain("AcknowledgedUnseen", Some(order), format!("{lost}"));
    }
}

/// What the shop is told of its capture, void or refund.
pub(crate) fn is_done(world: &World, order: usize, outcome: &StepOutcome) {
    let name = match outcome {
        StepOutcome::Done(_) => "a step is done",
        StepOutcome::Declined(..) => "a step is refused",
        StepOutcome::NotSent(_) => "a step is not sent",
        StepOutcome::GivenUp(_) => "a step is given up",
        StepOutcome::Superseded(_) => "a step is superseded",
        StepOutcome::Unknown(_) => "a step is unknown",
    };
    world.sometimes(name);
    world.note(Some(order), Who::Shop, Who::Shop, name);
}
