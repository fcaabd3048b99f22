//! Tries every rule of the Gateway contract on a real gateway, with the fake bank's ledger and wire log as judges.

use epay_domain::{Command, Delivery, Gateway, Money, Payment, TerminalId};
use epay_fakebank::{Endpoint, FaultKind, PayerChoice, SANDBOX_SECRET, cards};

mod flows;
mod odd_answers;
mod stage;
#[cfg(test)]
mod tests;

use crate::FakeBank;
use stage::{Make, Stage, order, step_id};

/// Judges the gateways that `make` makes to a [`FakeBank`] on one of its terminals, against the
/// [contract](Gateway#contract), and panics with what one of them does wrong. Your gateway reaches that bank by
/// [`FakeBank::transport`].
///
/// The suite also drives whole payments, so that what the bank books is what a payment knows: with and without 3-D
/// Secure, held, captured, refunded under each way the bank may report it, declined and lost.
pub async fn gateway<F, G>(make: F)
where
    F: Fn(&FakeBank, TerminalId) -> G,
    G: Gateway + 'static,
{
    let make: Make<'_> = &|bank, terminal| Box::new(make(bank, terminal));
    it_names_its_terminal(make);
    an_answer_carries_what_the_bank_named(make).await;
    each_ask_is_sent_once_whatever_becomes_of_it(make).await;
    what_did_not_leave_is_not_on_the_wire(make).await;
    a_dropped_future_sends_no_more(make).await;
    a_look_moves_nothing(make).await;
    debug_shows_no_secret(make).await;
    odd_answers::all(make).await;
    flows::all(make).await;
}

fn it_names_its_terminal(make: Make<'_>) {
    for terminal in [FakeBank::one_stage(), FakeBank::two_stage()] {
        let gateway = make(&FakeBank::start(), terminal.clone());
        assert_eq!(gateway.terminal(), &terminal, "it names the terminal of its credentials");
    }
}

async fn an_answer_carries_what_the_bank_named(make: Make<'_>) {
    let stage = Stage::one(make);
    let (payment, method) = (stage.payment(), stage.card(cards::VISA_OK).await);
    let reply = stage
        .gateway
        .authorize(&payment, method, &order())
        .await
        .expect("a plain payment is answered");
    let status = stage.gateway.status(&payment).await.expect("a status is answered");
    let booked = stage.bank.with_bank(|bank| bank.operation(payment.invoice().as_str()).cloned());
    let booked = booked.expect("the bank has booked it");
    let found_by = [&booked.reference, &booked.approval_code, &booked.card_mask];
    let details =
        [&status.details.reference, &status.details.approval_code, &status.details.card_mask];
    assert_eq!(
        details.map(|told| told.as_ref().map_or("", |told| told.as_str())),
        found_by.map(String::as_str),
        "the status names reference, approval code and masked card"
    );
    for (what, seen) in [("answer", &reply), ("status", &status)] {
        let transaction =
            seen.transaction.as_ref().map(|transaction| transaction.as_str().to_owned());
        assert_eq!(transaction.as_ref(), Some(&booked.id), "the {what} names the bank's operation");
        let invoice = seen.invoice.as_ref().map(|named| named.as_str());
        assert_eq!(invoice, Some(payment.invoice().as_str()), "the {what} names the invoice");
        assert_eq!(
            seen.amount.map(|amount| amount.card),
            Some(payment.ordered()),
            "the {what} names the sum"
        );
        assert_eq!(
            seen.currency,
            Some(payment.ordered().currency()),
            "the {what} names the currency"
        );
    }
}

/// The asks that may move money.
#[derive(Clone, Copy, Debug)]
enum Ask {
    Authorize,
    Confirm,
    Capture,
    Void,
    Refund,
}

impl Ask {
    const ALL: [Ask; 5] = [Ask::Authorize, Ask::Confirm, Ask::Capture, Ask::Void, Ask::Refund];

    fn endpoint(self) -> Endpoint {
        match self {
            Ask::Authorize => Endpoint::Cryptopay,
            Ask::Confirm => Endpoint::Confirm,
            Ask::Capture => Endpoint::Charge,
            Ask::Void => Endpoint::Cancel,
            Ask::Refund => Endpoint::Refund,
        }
    }

    /// A bank and a payment that is ready for this ask.
    async fn ready(self, make: Make<'_>) -> (Stage, Payment) {
        let stage = if matches!(self, Ask::Refund) { Stage::one(make) } else { Stage::two(make) };
        let payment = match self {
            Ask::Authorize => stage.payment(),
            Ask::Confirm => stage.pay(cards::THREE_DS).await,
            Ask::Capture | Ask::Void | Ask::Refund => stage.pay(cards::VISA_OK).await,
        };
        (stage, payment)
    }

    async fn run(self, stage: &Stage, payment: Payment) -> (Payment, Option<Delivery>) {
        let (step, sum) = (step_id("step-1"), Money::tenge(2_000));
        let gateway = &stage.gateway;
        match self {
            Ask::Authorize => {
                let method = stage.card(cards::VISA_OK).await;
                let call =
                    async |payment: &Payment| gateway.authorize(payment, method, &order()).await;
                stage.ask(payment, Command::Authorize, call).await
            }
            Ask::Confirm => {
                let answer = payment
                    .challenge()
                    .and_then(|asked| stage.bank.payer_answers(asked, PayerChoice::Approve));
                let answer = answer.expect("the payment waits for the payer");
                let call = async |payment: &Payment| gateway.confirm(payment, answer).await;
                stage.ask(payment, Command::Confirm, call).await
            }
            Ask::Capture => {
                let call = async |payment: &Payment| gateway.capture(payment, &step, sum).await;
                stage.ask(payment, Command::Capture(step.clone(), sum), call).await
            }
            Ask::Void => {
                let call = async |payment: &Payment| gateway.void(payment, &step).await;
                stage.ask(payment, Command::Void(step.clone()), call).await
            }
            Ask::Refund => {
                let call = async |payment: &Payment| gateway.refund(payment, &step, sum).await;
                stage.ask(payment, Command::Refund(step.clone(), sum), call).await
            }
        }
    }
}

async fn each_ask_is_sent_once_whatever_becomes_of_it(make: Make<'_>) {
    let faults = [
        None,
        Some(FaultKind::CutBeforeEffect),
        Some(FaultKind::CutAfterEffect),
        Some(FaultKind::ErrorAfterEffect),
    ];
    for ask in Ask::ALL {
        for fault in faults.iter().cloned().chain([Some(FaultKind::Truncate(7))]) {
            let (stage, payment) = ask.ready(make).await;
            // A truncated answer is only cut where it has a body.
            stage.bank.with_bank(|bank| {
                bank.switches_mut().success_body = epay_fakebank::SuccessBody::JsonCode0
            });
            stage.bank.with_bank(|bank| {
                bank.switches_mut().confirm_reply = epay_fakebank::ConfirmReply::Json
            });
            if let Some(fault) = fault.clone() {
                stage.bank.inject_fault(ask.endpoint(), fault);
            }
            let (payment, unanswered) = ask.run(&stage, payment).await;
            let sent = stage.bank.calls(ask.endpoint());
            assert_eq!(sent, 1, "{ask:?} struck by {fault:?} was sent {sent} times");
            let expected = fault.is_some().then_some(Delivery::MaybeSent);
            assert_eq!(
                unanswered, expected,
                "{ask:?} struck by {fault:?} is called {unanswered:?}"
            );

            let happened = !matches!(fault, Some(FaultKind::CutBeforeEffect));
            let before = stage.booked(&payment);
            let payment = stage.check_status(payment).await;
            assert_eq!(stage.booked(&payment), before, "a status check after {ask:?} moved money");
            if happened && !matches!(ask, Ask::Refund) {
                assert!(
                    payment.pending().is_none(),
                    "a status check does not settle {ask:?} struck by {fault:?}: {payment:?}"
                );
            }
        }
    }
}

async fn what_did_not_leave_is_not_on_the_wire(make: Make<'_>) {
    for ask in Ask::ALL {
        for token_is_lost in [false, true] {
            let (stage, payment) = ask.ready(make).await;
            let sent_before = stage.bank.calls(ask.endpoint());
            if token_is_lost {
                // More than any number of careful repetitions.
                (0..20).for_each(|_| {
                    stage.bank.inject_fault(Endpoint::Token, FaultKind::CutBeforeEffect)
                });
            } else {
                stage.bank.disconnect(true);
            }
            let (_, unanswered) = ask.run(&stage, payment).await;
            let sent = stage.bank.calls(ask.endpoint()) - sent_before;
            let honest = unanswered != Some(Delivery::NotSent) || sent == 0;
            assert!(honest, "{ask:?} is called not sent, and the bank has it on the wire");
            assert!(token_is_lost || unanswered.is_some(), "{ask:?} was answered over a cut line");
        }
    }
}

async fn a_dropped_future_sends_no_more(make: Make<'_>) {
    for ask in Ask::ALL {
        let (stage, payment) = ask.ready(make).await;
        stage.bank.inject_fault(ask.endpoint(), FaultKind::Delay(60_000));
        tokio::select! {
            biased;
            _ = ask.run(&stage, payment.clone()) => panic!("{ask:?} was answered before its time"),
            () = std::future::ready(()) => {}
        }
        stage.bank.clock().advance(std::time::Duration::from_secs(120));
        stage.gateway.status(&payment).await.expect("a status is answered after a dropped future");
        let sent = stage.bank.calls(ask.endpoint());
        assert!(
            sent <= 1,
            "{ask:?} was sent {sent} times, once of them after its future was dropped"
        );
    }
}

async fn a_look_moves_nothing(make: Make<'_>) {
    for ask in Ask::ALL {
        let (stage, payment) = ask.ready(make).await;
        let before = (stage.booked(&payment), moves(&stage));
        for _ in 0..3 {
            stage.gateway.status(&payment).await.expect("a status is answered");
        }
        assert_eq!(
            (stage.booked(&payment), moves(&stage)),
            before,
            "a status check before {ask:?} moved money"
        );
    }
}

/// How many calls so far may have moved money.
fn moves(stage: &Stage) -> usize {
    stage.bank.with_bank(|bank| {
        bank.wire_log().iter().filter(|entry| entry.endpoint.moves_money()).count()
    })
}

async fn debug_shows_no_secret(make: Make<'_>) {
    let stage = Stage::one(make);
    stage.pay(cards::VISA_OK).await;
    let shown = format!("{:?}", stage.gateway);
    for secret in [SANDBOX_SECRET, cards::VISA_OK] {
        assert!(!shown.contains(secret), "its Debug shows a secret");
    }
}
