//! Executes an act of the scenario: by the facade of a live process, at the bank's portal, or on a
//! clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use epay::{Contradiction, FulfilOn, Outcome, PayError, StepOutcome, ThreeDsAnswer};
use epay_domain::Clock;
use epay_fakebank::PayerChoice;

use crate::answers::{self, Acting};
use crate::process::{self, Process};
use crate::scenario::{Act, Deed};
use crate::trace::Who;
use crate::world::{Inner, World};
use crate::{Fault, check, checks, form, lie, money, portal, purse, shop};

/// Does it now. Whoever asks the facade may be dropped before they hear.
pub(crate) async fn perform(world: Arc<World>, act: Act) {
    let alive = world.with(|inner| {
        let lives = |it: &&Process| !it.machine.is_dead();
        let wanted = inner.processes.iter().find(|it| it.number == act.process && lives(it));
        wanted.or_else(|| inner.processes.iter().find(lives)).cloned()
    });
    let Some(process) = alive else { return };
    let doing = async {
        process.machine.awake().await;
        // What slept until then is not done any more.
        if !world.is_healed() {
            deed(&world, &process, &act).await;
        }
    };
    match act.dropped_after {
        None => doing.await,
        Some(waits) => {
            if !(Dropped { doing: Box::pin(doing), waits }).await {
                world.struck(Fault::CallerDropped, Some(act.order));
            }
        }
    }
}

/// A future that is dropped when it has waited so often; answers whether it came to its end.
struct Dropped<F> {
    doing: Pin<Box<F>>,
    waits: u32,
}

impl<F: Future<Output = ()>> Future for Dropped<F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        if self.doing.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        match self.waits.checked_sub(1) {
            Some(left) => self.waits = left,
            None => return Poll::Ready(false),
        }
        Poll::Pending
    }
}

async fn deed(world: &Arc<World>, process: &Process, act: &Act) {
    let order = act.order;
    let Some(bought) = world.scenario.orders.get(order) else { return };
    let till = process.till(world, order);
    let name = format!("order-{order}");
    let _acting = Acting::begins(world, act);
    let said = |who: Who, what: &str| {
        world.note(Some(order), who, Who::Process(process.number), what);
    };
    match &act.deed {
        Deed::Pay { card, more } => {
            said(Who::Payer, "pays");
            let now = world.time.millis();
            let before = world.with(|inner| {
                let browser = inner.browsers.get_mut(order)?;
                browser.clicked.replace(now)
            });
            if before.is_some_and(|before| now - before < 1_000) {
                world.struck(Fault::DoubleClick, Some(order));
            }
            if more.is_some() {
                world.struck(Fault::SumChanged, Some(order));
            }
            let amount = epay::Money::tiyn(bought.amount + more.unwrap_or(0));
            let (card, now) = (card.unwrap_or(bought.card), process.machine.now());
            let Some(method) = purse::method(world, order, card, amount, now) else {
                said(Who::Shop, "refuses the token");
                return;
            };
            let Some(request) = money::request(&name) else { return };
            is_answered(world, order, till.pay_with(&name, amount, method, &request).await);
        }
        Deed::HandOver => {
            said(Who::Shop, "hands the payer over");
            form::hand_over(world, till, order, bought.amount).await;
        }
        Deed::AtTheForm { card } => form::pays(world, order, *card),
        Deed::AnswersAtTheForm { choice } => form::answers(world, order, *choice),
        Deed::Answer { choice } => {
            let page = world.with(|inner| inner.browsers.get(order)?.page.clone());
            let Some((state, pa_req, md)) = page else { return };
            let Some(pa_res) = world.with(|inner| inner.bank.pa_res(&pa_req, &md, *choice)) else {
                return;
            };
            let approves = *choice == PayerChoice::Approve;
            said(Who::Payer, if approves { "approves" } else { "refuses" });
            world.with(|inner| {
                if let Some(browser) = inner.browsers.get_mut(order) {
                    browser.answer = Some((state.clone(), pa_res.clone(), md.clone()));
                }
            });
            let answer = ThreeDsAnswer::new(pa_res.into(), md.into());
            is_answered(world, order, till.confirm(&state, answer).await);
        }
        Deed::ReturnAgain => {
            let brought = world.with(|inner| inner.browsers.get(order)?.answer.clone());
            let Some((state, pa_res, md)) = brought else { return };
            world.struck(Fault::ReturnedAgain, Some(order));
            let answer = ThreeDsAnswer::new(pa_res.into(), md.into());
            is_answered(world, order, till.confirm(&state, answer).await);
        }
        Deed::Tamper => {
            let page = world.with(|inner| inner.browsers.get(order)?.page.clone());
            let Some((state, pa_req, md)) = page else { return };
            world.struck(Fault::Tampered, Some(order));
            // Another order's state, or an answer that belongs to none.
            let state = if md.len() % 2 == 0 { state.replace('1', "2") } else { state };
            let answer = ThreeDsAnswer::new(pa_req.into(), "bm8gbWQ=".to_owned().into());
            is_answered(world, order, till.confirm(&state, answer).await);
        }
        Deed::Abandon => {
            said(Who::Payer, "leaves");
            is_answered(world, order, till.abandon(name.as_str()).await);
        }
        Deed::Reopen => {
            said(Who::Payer, "chooses to pay again");
            let reopened = till.reopen(&name).await;
            if matches!(reopened, Ok(Outcome::Abandoned(_))) {
                world.sometimes("an order is reopened");
                world.with(|inner| inner.risked.insert(order));
            }
            is_answered(world, order, reopened);
        }
        Deed::PayAgain => {
            said(Who::Shop, "lets it be paid anew");
            if till.pay_again(&name, "the payer wants another").await.is_ok() {
                world.sometimes("an order that was over is paid anew");
                world.with(|inner| inner.anew.insert(order));
            }
        }
        Deed::CheckStatus => is_answered(world, order, till.check_status(name.as_str()).await),
        Deed::Capture { name: step, percent } => {
            said(Who::Shop, "captures");
            let sum = money::percent(bought.amount, *percent);
            let step = format!("capture-{step}");
            let before = answers::unsent(world, order, &step);
            let done = till.capture(name.as_str(), &step, sum).await;
            is_done(world, order, (&step, before), done);
        }
        Deed::Void { name: step } => {
            said(Who::Shop, "voids");
            let step = format!("void-{step}");
            let before = answers::unsent(world, order, &step);
            let done = till.void(name.as_str(), &step).await;
            is_done(world, order, (&step, before), done);
        }
        Deed::Refund { name: step, percent } => {
            said(Who::Shop, "refunds");
            let sum = money::percent(bought.amount, *percent);
            let step = format!("refund-{step}");
            let before = answers::unsent(world, order, &step);
            let done = till.refund(name.as_str(), &step, sum).await;
            is_done(world, order, (&step, before), done);
        }
        Deed::Acknowledge => {
            let operator = till.operator();
            let Ok(attempt) = operator.attempt(name.as_str()).await else { return };
            let shown = attempt.payment().contradictions();
            // They think it over, and more may come up meanwhile.
            world.time.wait(45_000).await;
            let Ok(attempt) = operator.attempt(name.as_str()).await else { return };
            let note = "without looking";
            let ruled = operator.acknowledge(name.as_str(), &shown, note).await;
            if let Ok(ruled) = &ruled {
                check::is_acknowledged(world, order, &shown, &attempt, ruled);
            }
            if let Err(error) = &ruled {
                world.sometimes(crate::sometimes::refusal(error.kind()));
            }
            if !shown.is_empty() && ruled.is_ok() {
                said(Who::Person, "acknowledges without looking");
                world.struck(Fault::PersonHasty, Some(order));
                // What they have taken for another's is nobody's from then on, and what they have taken
                // for done is at their risk.
                let not_ours = |it: &Contradiction| matches!(it, Contradiction::NotOurs { .. });
                let not_done =
                    |it: &Contradiction| matches!(it, Contradiction::StepNotShown { .. });
                world.with(|inner| {
                    inner.lied.extend(shown.iter().any(not_ours).then_some(order));
                    inner.risked.extend(shown.iter().any(not_done).then_some(order));
                });
            }
        }
        Deed::Close => {
            let closed = till.close(name.as_str(), "the payer has called").await;
            answers::is_closed(world, order, &closed);
            if let Err(error) = &closed {
                world.sometimes(crate::sometimes::refusal(error.kind()));
            }
            if closed.is_ok() {
                said(Who::Person, "ends it");
                world.struck(Fault::PersonCloses, Some(order));
                world.with(|inner| inner.risked.insert(order));
            }
        }
        Deed::Kill => {
            world.struck(Fault::Kill, None);
            process::dies(world, process.number);
        }
        Deed::Deploy => deploy(world, process).await,
        Deed::Suspend { seconds } => {
            world.struck(Fault::Suspend, None);
            process.machine.suspend(*seconds);
            let wakes = process.machine.wakes();
            world.with(|inner| inner.checks.disturbed(wakes));
        }
        Deed::WallJump { seconds } => {
            let forward = *seconds > 0;
            world.struck(if forward { Fault::WallForward } else { Fault::WallBack }, None);
            checks::waiting(world);
            process.machine.jump(*seconds);
            world.with(|inner| inner.checks.disturbed(world.time.millis()));
        }
        Deed::PortalRefund { percent } => portal::refund(world, order, *percent),
        Deed::PortalVoid => portal::void(world, order),
        Deed::HoldsLapse => portal::holds_lapse(world),
        Deed::DevicesPass => portal::devices_pass(world),
        Deed::UseNumber { lately } => portal::use_number(world, order, *lately).await,
        Deed::Forge { count } => forge(world, order, *count).await,
    }
}

pub(crate) fn is_answered(world: &World, order: usize, answer: Result<Outcome, PayError>) {
    match answer {
        Ok(outcome) => {
            if let Outcome::AskPayer(challenge) = &outcome
                && let Some(shown) = challenge.attempt().payment().challenge()
            {
                let page = (challenge.state(), shown.pa_req.clone(), shown.md.clone());
                world.with(|inner| {
                    if let Some(browser) = inner.browsers.get_mut(order) {
                        browser.page = Some(page);
                    }
                });
            }
            answers::is_answered(world, order, &outcome);
            check::is_answered(world, order, &outcome);
        }
        Err(error) => {
            answers::failed(world, order, &error);
            world.sometimes(crate::sometimes::refusal(error.kind()));
            world.note(Some(order), Who::Shop, Who::Payer, crate::sometimes::refusal(error.kind()));
        }
    }
}

fn is_done(
    world: &World,
    order: usize,
    (step, before): (&str, Option<usize>),
    done: Result<StepOutcome, PayError>,
) {
    match done {
        Ok(outcome) => {
            answers::is_done(world, order, step, before, &outcome);
            check::is_done(world, order, &outcome);
        }
        Err(error) => {
            answers::failed(world, order, &error);
            world.sometimes(crate::sometimes::refusal(error.kind()));
            world.note(Some(order), Who::Shop, Who::Shop, crate::sometimes::refusal(error.kind()));
        }
    }
}

/// The process ends what it has begun; the one that takes its place ships on the other evidence.
async fn deploy(world: &Arc<World>, process: &Process) {
    world.struck(Fault::Deploy, None);
    let other = match process.fulfil_on {
        FulfilOn::Status => FulfilOn::Reply,
        FulfilOn::Reply => FulfilOn::Status,
    };
    let next = Process::starts(world, process.number, process.machine.ahead(), other);
    world.with(|inner| inner.processes.insert(0, next));
    process.stops();
    world.with(|inner| inner.checks.disturbed(world.time.millis()));
    for payments in &process.payments {
        payments.drain().await;
    }
}

/// Somebody posts what the bank never said: about this order, the others, and about nobody's.
async fn forge(world: &Arc<World>, order: usize, count: u16) {
    let known = |inner: &mut Inner| {
        let mut all: Vec<_> = inner.invoices.iter().map(|(it, of)| (it.clone(), *of)).collect();
        // Those of this order first.
        all.sort_by_key(|(invoice, of)| (*of != order, invoice.clone()));
        all
    };
    let mut all = world.with(known);
    if all.first().is_none_or(|(_, of)| *of != order) {
        return;
    }
    all.push(("987654321012345".to_owned(), order));
    world.struck(Fault::Forged, Some(order));
    for (number, (invoice, of)) in (0..count).zip(all.iter().cycle()) {
        let code = if number % 2 == 0 { "error" } else { "ok" };
        shop::hears(world, lie::forged(invoice, code).as_bytes(), *of, false).await;
    }
}
