//! A payer at the bank's own pay form: no network of the shop's is in between.

use std::sync::Arc;

use epay::{HandOver, PayForm, Payments};
use epay_fakebank::{Endpoint, Fault as BankFault, FaultKind, Instrument, PayerChoice};

use crate::trace::Who;
use crate::world::{Struck, World};
use crate::{Card, Fault, Site, act, check, money, network, purse};

/// The shop hands the payer over, and shows them the form or how the order stands.
pub(crate) async fn hand_over(world: &Arc<World>, till: &Payments, order: usize, amount: u64) {
    let name = format!("order-{order}");
    let Some(request) = money::request(&name) else { return };
    match till.hand_over(&name, epay::Money::tiyn(amount), &request).await {
        Ok(HandOver::Form(form)) => is_shown(world, order, &form),
        Ok(HandOver::Outcome(outcome)) => act::is_answered(world, order, Ok(outcome)),
        Err(error) => act::is_answered(world, order, Err(error)),
    }
}

fn is_shown(world: &World, order: usize, form: &PayForm) {
    let invoice = form.attempt().invoice().to_string();
    world.sometimes("a payer is handed over");
    world.tell(Some(order), (Who::Shop, Who::Payer), &["form", &invoice], || {
        format!("gets the bank's form of {invoice}")
    });
    let shown = (form.expose_params().to_owned(), invoice);
    world.with(|inner| {
        if let Some(browser) = inner.browsers.get_mut(order) {
            browser.form = Some(shown);
        }
    });
}

/// The payer types a card into the form that they were shown last.
pub(crate) fn pays(world: &Arc<World>, order: usize, card: Card) {
    let shown = world.with(|inner| inner.browsers.get(order)?.form.clone());
    let Some((params, invoice)) = shown else { return };
    let Some(instrument) = Instrument::card(purse::number(card)) else { return };
    let strikes = world.strikes(Site::Cryptopay, order);
    for Struck { fault, millis } in strikes.iter().filter(|it| it.fault == Fault::LateVisible) {
        world.struck(*fault, Some(order));
        let kind = FaultKind::LateVisible(*millis);
        world.with(|inner| {
            inner.bank.plan(BankFault { on: Endpoint::PayForm, skip: 0, kind });
            inner.behind.insert(order);
        });
    }
    let now = world.now();
    let performed = world.with(|inner| {
        inner.bank.perform(Endpoint::PayForm, &invoice, now, |bank| {
            bank.pay_at_form(&params, instrument, now)
        })
    });
    let what = match performed.value {
        Some(Ok(id)) => {
            world.with(|inner| {
                if let Some(browser) = inner.browsers.get_mut(order) {
                    browser.paid = Some(id);
                }
            });
            "types a card at the bank's form"
        }
        _ => "the bank's form takes no card",
    };
    world.sometimes(what);
    world.note(Some(order), Who::Payer, Who::Bank, what);
    check::ledger(world);
    for callback in performed.callbacks {
        network::post(world, callback, order, now.0 % 2_000);
    }
}

/// The payer answers the 3-D Secure challenge that the form has sent them to.
pub(crate) fn answers(world: &Arc<World>, order: usize, choice: PayerChoice) {
    let now = world.now();
    let performed = world.with(|inner| {
        let id = inner.browsers.get(order)?.paid.clone()?;
        let operation = inner.bank.ledger().iter().find(|it| it.id == id)?;
        let challenge = operation.challenge()?.clone();
        let pa_res = inner.bank.pa_res(&challenge.pa_req, &challenge.md, choice)?;
        Some(inner.bank.perform(Endpoint::Confirm, &id, now, |bank| {
            let _ = bank.confirm(None, &id, &challenge.md, &pa_res, now);
        }))
    });
    let Some(performed) = performed else { return };
    world.sometimes("3-D Secure at the bank's form");
    world.note(Some(order), Who::Payer, Who::Bank, "answers 3-D Secure at the bank's form");
    check::ledger(world);
    for callback in performed.callbacks {
        network::post(world, callback, order, now.0 % 2_000);
    }
}
