//! After the chaos: faults stop, time runs, a person resolves what needs them, and everything must
//! come to rest.

use std::sync::Arc;
use std::time::Duration;

use epay::{
    Contradiction, FulfilOn, InvoiceId, NotificationKind, PayErrorKind, Payments, TransactionId,
};
use epay_domain::{
    ListQuery, PayerStep, Pending, Question, StepId, StepKind, Stored, Timestamp, WaitsFor,
};
use epay_fakebank::{Status, StatusAnswer};
use epay_testkit::judge::NotificationLine;
use pollster::block_on;

use crate::check;
use crate::checks;
use crate::clock::BEGIN;
use crate::process::Process;
use crate::trace::Who;
use crate::world::World;

/// What a person says who has looked there.
pub(crate) const NOTE: &str = "as the portal shows";
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
/// When it is looked what is still unknown, in seconds after all was healed.
const LOOKS: [u64; 8] = [5, 15, 30, 60, 120, 300, 900, 2_100];
/// How often a person comes by, and how long after the time before. In all a week, after which a hold is
/// checked at the latest, and three and a half days, by which a clock was ahead that has planned it.
const VISITS: [u64; 7] =
    [2 * HOUR, 27 * HOUR, 27 * HOUR, 27 * HOUR, 100 * HOUR, 27 * HOUR, 60 * HOUR];
/// More rounds than any of these worlds needs.
const ROUNDS: usize = 2_000;

/// Lets everything come to rest, and complains of what does not.
pub(crate) async fn heal(world: &Arc<World>) {
    checks::waiting(world);
    // Machines that sleep wake up, and clocks that were wrong are set right, before that is said.
    let awake = world.with(|inner| {
        for process in &inner.processes {
            process.machine.jump(-process.machine.ahead() / 1_000);
        }
        inner.processes.iter().map(|process| process.machine.wakes()).max()
    });
    world.time.until(awake.unwrap_or_default()).await;
    world.heal();
    world.note(None, Who::World, Who::World, "all is healed");
    // One that reconciles, whatever is left of the others.
    let healer = Process::starts(world, 0, 0, FulfilOn::Status);
    world.with(|inner| inner.processes.insert(0, healer.clone()));
    if !world.clocks_jump() {
        // What a clock that was ahead has planned is due only then, and what one that was behind has
        // asked looks old.
        known_soon(world).await;
    }
    for process in world.with(|inner| inner.processes.clone()) {
        process.stops();
    }
    for visit in VISITS {
        settles(world, &healer, visit).await;
        // What moved at the bank alone, or was hidden by a lie, is found within five days, by a clock that is
        // right. Where clocks are apart a hold looks old, and an old one is checked once a week.
        let late = world.time.millis() > 5 * 25 * HOUR;
        let hidden = world.with(|it| !it.behind.is_empty() || !it.lied.is_empty());
        let found = !world.clocks_jump() && (late || !hidden);
        if !resolves(world, &healer).await && found {
            break;
        }
    }
    settles(world, &healer, 2 * HOUR).await;
}

/// Every attempt, in the order of the invoice numbers.
pub(crate) async fn attempts(world: &World) -> Vec<Stored> {
    let mut page = block_on(world.store.list(ListQuery::newest(10_000))).unwrap_or_default();
    page.sort_by(|(one, _), (other, _)| one.cmp(other));
    page.into_iter().filter_map(|(_, listed)| Some(listed.ok()?.stored)).collect()
}

fn is_unknown(stored: &Stored) -> bool {
    stored.payment.pending().is_some_and(|pending| pending.waits_for == WaitsFor::Bank)
}

/// What the bank's status shows by now is known within the minute, most of it, and within half an hour
/// all of it.
async fn known_soon(world: &World) {
    let (mut waited, mut before) = (0, Vec::new());
    for look in LOOKS {
        world.time.wait((look - waited) * 1_000).await;
        waited = look;
        let mut open = Vec::new();
        for stored in attempts(world).await {
            let invoice = stored.payment.invoice().as_str();
            let order = world.order_of(invoice);
            let (now, terminal) = (world.now(), stored.payment.terminal().as_str());
            let hidden = order.is_some_and(|order| world.is_not_found(order));
            let shown = world.with(|inner| {
                let StatusAnswer::Found(report) = inner.bank.status(terminal, invoice, now) else {
                    return None;
                };
                let decided =
                    !matches!(report.status, Status::New | Status::Fingerprint | Status::ThreeDs);
                let lied = order.is_some_and(|order| inner.lied.contains(&order)) || hidden;
                let shown = match stored.payment.pending()?.question {
                    Question::Step(step) => shows(&report.status, stored.payment.step(&step)?.0),
                    Question::Authorize | Question::HandOver | Question::Confirm => true,
                };
                // What has been unknown for more than a day is asked about once an hour.
                let old = now.0 > stored.payment.pending()?.since.unix_millis() + 24 * HOUR;
                Some(decided && !lied && shown && !old)
            });
            if shown == Some(true) && is_unknown(&stored) {
                open.push((order, invoice.to_owned()));
            }
        }
        let count = u64::try_from(open.len()).unwrap_or(u64::MAX);
        if Some(&look) == LOOKS.last() {
            for (order, invoice) in open.iter().filter(|it| before.contains(*it)) {
                let what = format!("{invoice} is unknown long after the bank has shown it");
                world.complain("not known in time", *order, what);
            }
        } else if count > 0 {
            world.with(|inner| *inner.tally.known_after.entry(look).or_default() += count);
        }
        before = open;
    }
}

/// Whether a status shows what became of a step. What a refund did is told by its sum, and not everywhere
/// is there one.
fn shows(status: &Status, step: StepKind) -> bool {
    match step {
        StepKind::Capture(_) => matches!(status, Status::Charge | Status::Refund),
        StepKind::Void => matches!(status, Status::Cancel | Status::CancelOld),
        StepKind::Refund(_) => false,
    }
}

/// The reconciler's work, from one thing that is due to the next, for so many milliseconds.
async fn settles(world: &World, healer: &Process, millis: u64) {
    let end = world.time.millis() + millis;
    for _ in 0..ROUNDS {
        let due = world.next_due();
        let Some(due) = due.filter(|due| *due < end) else { break };
        // A claim of somebody who has died holds it for a while.
        let at = due.max(world.time.millis() + 1_000);
        world.time.until(at).await;
        for payments in &healer.payments {
            let _ = payments.reconcile().await;
            let _ = payments.deliver_notifications().await;
        }
    }
    world.time.until(end).await;
}

/// A person comes by, looks into the bank's portal, and rules what needs them. Answers whether there
/// was anything.
async fn resolves(world: &World, healer: &Process) -> bool {
    let mut some = false;
    for stored in attempts(world).await {
        let invoice = stored.payment.invoice().clone();
        let Some(order) = world.order_of(invoice.as_str()) else { continue };
        let till = healer.till(world, order);
        if stored.payment.is_contradicted() {
            some = true;
            looks_into(world, till, order, &stored).await;
        } else if let Some(pending) = stored.payment.pending() {
            some = true;
            waits_too_long(world, order, &stored, &pending);
            ends(world, till, order, &stored, &pending.question).await;
        }
    }
    some
}

/// What the portal shows as ours under this number.
fn booked(world: &World, invoice: &InvoiceId) -> Option<String> {
    world.with(|inner| {
        let stranger = inner.strangers.contains(invoice.as_str());
        let operation = inner.bank.operation(invoice.as_str()).filter(|_| !stranger)?;
        Some(operation.id.clone())
    })
}

/// What waits so long is said to a person, and a page that nobody has answered is closed by time. Where
/// clocks jump, how long it was is not known.
fn waits_too_long(world: &World, order: usize, stored: &Stored, pending: &Pending) {
    let now = Timestamp::from_unix_millis(BEGIN.unix_millis() + world.time.millis());
    let waited = now.since(pending.since) >= Duration::from_secs(100 * 60);
    if !waited || world.clocks_jump() {
        return;
    }
    let invoice = stored.payment.invoice().as_str();
    let attention = NotificationKind::NeedsAttention;
    let of = |line: &NotificationLine| line.invoice == invoice && line.kind == attention;
    let is_told = world.with(|inner| inner.told.iter().any(of));
    let lied = world.with(|inner| inner.lied.contains(&order) || inner.behind.contains(&order));
    // As long as the bank hides what a payer does at its form, they have done nothing there.
    let hidden = pending.question == Question::HandOver && lied;
    if pending.waits_for == WaitsFor::Bank && !is_told && !hidden {
        world.complain("NobodyIsTold", Some(order), invoice.to_owned());
    }
    let page = stored.payment.payer_step() == Some(PayerStep::Challenge);
    if page && pending.question == Question::Authorize && !lied {
        world.complain("PageNotClosed", Some(order), invoice.to_owned());
    }
}

async fn looks_into(world: &World, till: &Payments, order: usize, stored: &Stored) {
    if let Some((step, kind)) = not_done(world, stored) {
        return asks_anew(world, till, order, stored, (&step, kind)).await;
    }
    let (operator, invoice) = (till.operator(), stored.payment.invoice());
    let shown = stored.payment.contradictions();
    let booked = booked(world, invoice);
    let is_booked = |id: &&TransactionId| Some(id.as_str()) == booked.as_deref();
    let ours = shown.iter().find_map(|it| match it {
        Contradiction::TwoTransactions { ids } => ids.iter().find(is_booked).or(ids.first()),
        Contradiction::NotOurs { transaction } => transaction.as_ref().filter(is_booked),
        _ => None,
    });
    let chosen = match ours {
        Some(ours) => operator.choose_transaction(invoice, ours, NOTE).await.ok(),
        None => None,
    };
    // Where there is nothing to choose, what is shown has been looked into.
    let ruled = match chosen {
        Some(chosen) => Ok(chosen),
        None => operator.acknowledge(invoice, &shown, NOTE).await,
    };
    let what = if ruled.is_ok() { "rules" } else { "may not rule" };
    world.note(Some(order), Who::Person, Who::Shop, &format!("{invoice}: {what}"));
}

/// The step that no status shows, where the portal does not show it either.
fn not_done(world: &World, stored: &Stored) -> Option<(StepId, StepKind)> {
    let mut steps = stored.payment.steps().map(|(step, _)| step);
    let step = steps.find(|step| stored.payment.is_not_shown(step.id()))?;
    let wanted: &[Status] = match step.kind() {
        StepKind::Capture(_) => &[Status::Charge, Status::Refund],
        StepKind::Void => &[Status::Cancel, Status::CancelOld],
        StepKind::Refund(_) => return None,
    };
    let invoice = stored.payment.invoice().as_str();
    let booked = world.with(|inner| inner.bank.operation(invoice).map(|it| it.status));
    let is_done = booked.is_some_and(|status| wanted.contains(&status));
    (!is_done).then(|| (step.id().clone(), step.kind()))
}

/// It was not done, so a person says so, and the shop, which learns it under the old name, asks for it
/// under another.
async fn asks_anew(
    world: &World,
    till: &Payments,
    order: usize,
    stored: &Stored,
    (step, kind): (&StepId, StepKind),
) {
    let (operator, invoice) = (till.operator(), stored.payment.invoice());
    let ruled = operator.give_up(invoice, step.as_str(), "the portal shows none").await;
    let what = if ruled.is_ok() { "says that it was not done" } else { "may not rule" };
    world.note(Some(order), Who::Person, Who::Shop, &format!("{invoice}: {what}"));
    let ask = async |name: &str| match kind {
        StepKind::Capture(sum) => till.capture(invoice, name, sum).await,
        _ => till.void(invoice, name).await,
    };
    if let Ok(told) = ask(step.as_str()).await {
        check::is_done(world, order, &told);
    }
    let asked = ask(&format!("{step}-again")).await;
    if ruled.is_ok() && asked.is_ok() {
        world.sometimes("what was not done is asked for anew");
    }
}

/// A person ends an attempt that the portal does not show, also where no check of it is answered.
async fn closes(till: &Payments, invoice: &InvoiceId) -> bool {
    let note = "the portal shows no such payment";
    match till.close(invoice, note).await {
        Ok(_) => true,
        Err(error) if error.kind() == PayErrorKind::NoAnswer => {
            till.operator().close_unchecked(invoice, note).await.is_ok()
        }
        Err(_) => false,
    }
}

/// What time does not end, a person does.
async fn ends(world: &World, till: &Payments, order: usize, stored: &Stored, question: &Question) {
    let invoice = stored.payment.invoice();
    let ended = match question {
        Question::Step(step) => {
            // One that the portal shows, and no status tells: nobody can teach it to the log.
            world.with(|inner| inner.behind.insert(order));
            till.operator().give_up(invoice, step.as_str(), NOTE).await.is_ok()
        }
        Question::Authorize | Question::HandOver | Question::Confirm => {
            let young = world.time.millis() < 30 * HOUR;
            if young {
                return;
            }
            match booked(world, invoice).filter(|_| world.with(|it| it.money_of(invoice.as_str())))
            {
                // Somebody has said before that it was another's.
                Some(ours) => {
                    let Ok(ours) = TransactionId::new(&ours) else { return };
                    till.operator().choose_transaction(invoice, &ours, NOTE).await.is_ok()
                }
                None => closes(till, invoice).await,
            }
        }
    };
    if ended {
        world.sometimes("a person ends what is stuck");
        world.note(Some(order), Who::Person, Who::Shop, &format!("{invoice}: is ended"));
    }
}
