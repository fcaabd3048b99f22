//! What the bank says of somebody else's operation, and what it says in half, is told for what it is.

use std::time::Duration;

use epay_domain::{Command, Fact, Money, Observation, Origin, PayerStep, Payment, PaymentStatus};
use epay_fakebank::{EchoData, Endpoint, FaultKind, Status, cards};

use super::stage::{Make, Stage, order};

pub(super) async fn all(make: Make<'_>) {
    an_operation_of_anothers_is_told_from_ours(make).await;
    a_number_that_was_used_is_taken(make).await;
    a_challenge_that_cannot_be_shown_waits_for_the_payer(make).await;
    a_device_that_is_being_recognised_waits_for_the_payer(make).await;
}

async fn pay(stage: &Stage, payment: &Payment, pan: &str) -> Observation {
    let method = stage.card(pan).await;
    let answer = stage.gateway.authorize(payment, method, &order()).await;
    answer.expect("a payment is answered")
}

async fn status(stage: &Stage, payment: &Payment) -> Observation {
    stage.gateway.status(payment).await.expect("a status is answered")
}

async fn an_operation_of_anothers_is_told_from_ours(make: Make<'_>) {
    for (echo, forbidden) in [
        (EchoData::Same, Origin::Other),
        (EchoData::Nothing, Origin::Ours),
        (EchoData::Anothers, Origin::Ours),
    ] {
        let stage = Stage::one(make);
        stage.bank.with_bank(|bank| bank.switches_mut().echo_data = echo);
        let payment = stage.payment();
        pay(&stage, &payment, cards::VISA_OK).await;
        let origin = status(&stage, &payment).await.origin;
        assert!(origin != forbidden, "with {echo:?} echoed as data, it is told as {origin:?}");
    }
}

async fn a_number_that_was_used_is_taken(make: Make<'_>) {
    let stage = Stage::one(make);
    let payment = stage.payment();
    let day = Duration::from_secs(24 * 60 * 60);
    stage.bank.book_stranger(payment.terminal(), payment.invoice(), Money::tenge(70), day);
    let (method, order) = (stage.card(cards::VISA_OK).await, order());
    let call = async |payment: &Payment| {
        let told = stage.gateway.authorize(payment, method, &order).await;
        let fact = told.as_ref().map(|seen| &seen.fact).ok();
        assert_eq!(fact, Some(&Fact::NumberTaken), "a number that was used is told as taken");
        told
    };
    let (payment, _) = stage.ask(payment, Command::Authorize, call).await;
    let payment = stage.check_status(payment).await;
    let is = payment.status();
    assert!(is == PaymentStatus::Disputed, "somebody else's payment makes ours {is}");
}

async fn a_challenge_that_cannot_be_shown_waits_for_the_payer(make: Make<'_>) {
    let stage = Stage::one(make);
    let payment = stage.payment();
    stage.bank.inject_fault(Endpoint::Cryptopay, FaultKind::ChallengeWithoutMd);
    let reply = pay(&stage, &payment, cards::THREE_DS).await;
    let status = status(&stage, &payment).await;
    let waits = Fact::AwaitingPayer(PayerStep::Challenge);
    assert_eq!(reply.fact, waits, "a challenge without md awaits the payer");
    assert!(reply.transaction.is_some(), "a challenge without md names the operation");
    assert_eq!(status.fact, waits, "a status 3D awaits the payer");
}

async fn a_device_that_is_being_recognised_waits_for_the_payer(make: Make<'_>) {
    let stage = Stage::two(make);
    let payment = stage.pay(cards::FINGERPRINT).await;
    let seen = status(&stage, &payment).await;
    let waits = Fact::AwaitingPayer(PayerStep::Fingerprint);
    assert_eq!(seen.fact, waits, "a status FINGERPRINT awaits the payer");
    let now = epay_fakebank::Millis(0);
    stage.bank.with_bank(|bank| bank.pass_fingerprints(now));
    let payment = stage.check_status(payment).await;
    assert_eq!(payment.status(), PaymentStatus::Held, "after the device was recognised");
    assert_eq!(stage.booked(&payment).map(|(status, ..)| status), Some(Status::Auth));
}
