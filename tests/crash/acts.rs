//! Each act of a shop, once.

use std::time::Duration;

use epay::{HandOver, Outcome, PayErrorKind, PostLink, StepOutcome};
use epay_domain::{Clock, ListQuery, Question, StepKind};
use epay_testkit::fakebank::{Millis, Operation, PayerChoice, Status, cards};

use crate::flows::{A_TOKEN_LIVES, Act, AtTheForm, Means, PRICE};
use crate::script::all_attempts;
use crate::world::{Process, World, request, tags};

/// How long a person waits before they look up in the bank's cabinet what became of a refund.
const A_PERSON_WAITS: Duration = Duration::from_secs(60 * 60);
/// Longer than ours, in milliseconds.
const THE_BANK_WAITS: u64 = 60 * 60 * 1_000;
const ORDER: &str = "order-17";

/// How far an act has come.
pub(crate) enum Came {
    ToItsEnd,
    /// Time will tell.
    Nowhere,
    /// The payer or the shop may ask again.
    Back,
}

pub(crate) async fn done(world: &World, process: &Process, act: Act) -> Came {
    match act {
        Act::Pay(order, means, choice) => pay(world, process, (order, means, choice)).await,
        Act::AtTheForm(order, card, how) => at_the_form(world, process, (order, card, how)).await,
        Act::Capture(_) | Act::Void | Act::Refund(..) => step(world, process, act).await,
        Act::Callbacks => callbacks(world, process).await,
    }
}

async fn pay(
    world: &World,
    process: &Process,
    (order, means, choice): (&'static str, Means, Option<PayerChoice>),
) -> Came {
    // A page that was on its way back is loaded again; only then a form is filled in again.
    let outcome = match world.in_the_browser() {
        Some((state, answer)) => process.payments.confirm(&state, answer).await,
        None => process.payments.pay_with(order, PRICE, world.method(means), &request(order)).await,
    };
    let mut outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            if error.kind() == PayErrorKind::Replayed {
                world.tapped_again();
            }
            return Came::Back;
        }
    };
    world.book.promised(&outcome);
    if let Outcome::AskPayer(ask) = &outcome {
        let Some(choice) = choice else { return Came::ToItsEnd };
        let challenge = ask.attempt().payment().challenge().unwrap();
        // Whoever was overtaken shows a page that is answered already.
        let Some(answer) = world.bank.payer_answers(challenge, choice) else { return Came::Back };
        *world.browser.lock().unwrap() =
            Some((ask.state(), answer.pa_res().to_owned(), answer.md().to_owned()));
        let Ok(confirmed) = process.payments.confirm(&ask.state(), answer).await else {
            return Came::Back;
        };
        world.book.promised(&confirmed);
        outcome = confirmed;
    }
    let declines =
        choice == Some(PayerChoice::Decline) || means == Means::Card(cards::INSUFFICIENT_FUNDS);
    match &outcome {
        Outcome::Paid(_)
        | Outcome::Held(_)
        | Outcome::Voided(_)
        | Outcome::Refunded(_)
        | Outcome::Verified(_) => Came::ToItsEnd,
        Outcome::Declined(..) if declines => Came::ToItsEnd,
        Outcome::Unknown(unknown)
            if world.flow.misbooks && !unknown.contradictions().is_empty() =>
        {
            Came::ToItsEnd
        }
        Outcome::Unknown(_) => Came::Nowhere,
        Outcome::NotAsked(_) => Came::Back,
        Outcome::AtPayForm(_)
        | Outcome::AskPayer(_)
        | Outcome::Declined(..)
        | Outcome::NotExecuted(_)
        | Outcome::Abandoned(_) => {
            *world.browser.lock().unwrap() = None;
            Came::Back
        }
    }
}

/// The payer is handed over, and does at the bank's form what they do there, once for each page that they
/// are shown.
async fn at_the_form(
    world: &World,
    process: &Process,
    (order, card, how): (&'static str, &'static str, AtTheForm),
) -> Came {
    let handed_over = process.payments.hand_over(order, PRICE, &request(order)).await;
    let outcome = match handed_over {
        Ok(HandOver::Outcome(outcome)) => outcome,
        Ok(HandOver::Form(form)) => {
            let pays = || {
                if let Ok(Some(id)) = world.bank.pay_at_form(form.expose_params(), card) {
                    world.bank.confirm_at_form(&id, PayerChoice::Approve);
                }
            };
            match how {
                AtTheForm::Leaves => return Came::ToItsEnd,
                AtTheForm::Pays => pays(),
                AtTheForm::PaysAtTheLastSecond => {
                    world.clock.timer.advance(A_TOKEN_LIVES - Duration::from_secs(1));
                    pays();
                    world.clock.timer.advance(Duration::from_secs(1));
                }
            }
            // They come back to the shop's page, before or after any callback.
            match process.payments.check_status(order).await {
                Ok(outcome) => outcome,
                Err(_) => return Came::Back,
            }
        }
        Err(_) => return Came::Back,
    };
    world.book.promised(&outcome);
    let declines = card == cards::INSUFFICIENT_FUNDS;
    match &outcome {
        Outcome::Paid(_) | Outcome::Held(_) => Came::ToItsEnd,
        // Until the token's life is over, they might have paid with another card.
        Outcome::Declined(..) | Outcome::AtPayForm(_) if declines => Came::ToItsEnd,
        Outcome::Unknown(_) => Came::Nowhere,
        _ => Came::Back,
    }
}

async fn step(world: &World, process: &Process, act: Act) -> Came {
    // What was given up is asked again under the next name, and only then.
    let name = world.step_name(act);
    let payments = &process.payments;
    let outcome = match act {
        Act::Capture(sum) => payments.capture(ORDER, &name, sum).await,
        Act::Void => payments.void(ORDER, &name).await,
        Act::Refund(_, sum) => payments.refund(ORDER, &name, sum).await,
        Act::Pay(..) | Act::AtTheForm(..) | Act::Callbacks => return Came::ToItsEnd,
    };
    match outcome {
        Ok(StepOutcome::Done(_)) => Came::ToItsEnd,
        Ok(StepOutcome::Unknown(_)) => Came::Nowhere,
        // What never left is asked again under the same name.
        Ok(StepOutcome::NotSent(_)) => Came::Back,
        Ok(StepOutcome::GivenUp(_)) => {
            world.step_came_to_nothing(act);
            Came::Back
        }
        Ok(_) | Err(_) => Came::Back,
    }
}

/// The bank posts once. What it has posted is read again as long as it was not answered.
async fn callbacks(world: &World, process: &Process) -> Came {
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for stored in all_attempts(process) {
        let invoice = stored.payment.invoice();
        for code in ["ok", "error"] {
            let forged = format!(
                r#"{{"invoiceId":"{invoice}","code":"{code}","reasonCode":484,"secret_hash":"made up"}}"#
            );
            bodies.push(forged.into_bytes());
        }
    }
    bodies.extend(world.posted().iter().map(|callback| callback.body.to_vec()));
    for body in bodies {
        let post = PostLink::read(&body).unwrap();
        let hint = post.check(&tags(), &world.terminal());
        if let Some(invoice) = hint.invoice.clone() {
            world.claims.lock().unwrap().entry(invoice).or_default().push(post.claim());
        }
        if process.payments.hint(&hint).await.is_err() {
            return Came::Back;
        }
    }
    Came::ToItsEnd
}

/// A refund whose answer was lost, and that no sum tells of, is for a person: they look into the bank's cabinet.
pub(crate) async fn a_person_looks_after_refunds(world: &World, process: &Process) {
    if world.flow.acts.iter().all(|act| act.gives_back() == 0) {
        return;
    }
    let Ok(all) = process.log.list(ListQuery::newest(100)).await else { return };
    for stored in all.into_iter().rev().filter_map(|(_, listed)| Some(listed.ok()?.stored)) {
        let Some(pending) = stored.payment.pending() else { continue };
        let Question::Step(step) = &pending.question else { continue };
        let is_refund = matches!(stored.payment.step(step), Some((StepKind::Refund(_), _)));
        let waited = world.now().since(pending.since) >= A_PERSON_WAITS;
        let in_the_cabinet = |operation: &Operation| {
            operation
                .refunds
                .iter()
                .any(|refund| refund.external_id.as_deref() == Some(step.as_str()))
        };
        if is_refund
            && waited
            && !world.bank.with_bank(|bank| bank.ledger().iter().any(in_the_cabinet))
        {
            let _ = process
                .payments
                .operator()
                .give_up(stored.order.as_str(), step.as_str(), "not in the cabinet")
                .await;
        }
    }
}

/// The bank does not wait for a payer for ever (assumed). By then we have stopped waiting, too.
pub(crate) fn the_bank_ends_old_challenges(world: &World) {
    let now = Millis(world.clock.timer.now().unix_millis());
    world.bank.with_bank(|bank| {
        let is_old = |operation: &&Operation| {
            let since = operation.history.last().map_or(now.0, |(at, _)| at.0);
            operation.status == Status::ThreeDs && now.0 - since >= THE_BANK_WAITS
        };
        let old: Vec<String> =
            bank.ledger().iter().filter(is_old).map(|operation| operation.id.clone()).collect();
        for id in old {
            // An answer that is none fails the operation.
            let _ = bank.confirm(None, &id, "", "", now);
        }
    });
}
