//! What the bank books is what the payment knows, whichever way the money goes.

use epay_domain::{ClosedAs, Command, Money, Payment, PaymentStatus, State, VoidReason};
use epay_fakebank::{PayerChoice, RefundReport, ReplyShape, Status, cards};

use super::stage::{Make, Stage, order};

pub(super) async fn all(make: Make<'_>) {
    every_method_pays(make).await;
    a_hold_is_charged_and_refunded_in_parts(make).await;
    a_hold_is_released(make).await;
    a_decline_is_an_answer(make).await;
    the_payer_answers_a_challenge(make).await;
    nothing_is_known_of_an_invoice_nobody_asked_for(make).await;
}

fn is(payment: &Payment, expected: PaymentStatus, when: &str) {
    let (is, open) = (payment.status(), payment.contradictions());
    assert!(is == expected, "{when}, the payment is {is} {open:?} and not {expected}");
}

async fn every_method_pays(make: Make<'_>) {
    for shape in [ReplyShape::Full, ReplyShape::Minimal] {
        for (stage, status, state) in [
            (
                Stage::one(make),
                PaymentStatus::Paid,
                State::Captured {
                    captured: Some(Money::tenge(5_000)),
                    refunded: Some(Money::tenge(0)),
                },
            ),
            (Stage::two(make), PaymentStatus::Held, State::Authorized),
        ] {
            stage.bank.with_bank(|bank| bank.switches_mut().reply_shape = shape);
            for method in [
                stage.card(cards::VISA_OK).await,
                stage.apple_pay().await,
                stage.apple_pay_token().await,
                stage.google_pay_token().await,
            ] {
                let how = format!("after {method:?} with the answer {shape:?}");
                let payment = stage.pay_with(stage.payment(), method).await;
                let told = if shape == ReplyShape::Full { status } else { PaymentStatus::Unknown };
                is(&payment, told, &how);
                let payment = stage.check_status(payment).await;
                is(&payment, status, &format!("{how} and a look"));
                assert!(payment.state() == state, "{how}, the state is {:?}", payment.state());
            }
        }
    }
}

async fn a_hold_is_charged_and_refunded_in_parts(make: Make<'_>) {
    for report in [
        RefundReport::ChargeOriginal,
        RefundReport::ChargeRemainder,
        RefundReport::RefundTotal,
        RefundReport::RefundNoSum,
    ] {
        let stage = Stage::two(make);
        stage.bank.with_bank(|bank| bank.switches_mut().refund_report = report);
        let payment =
            stage.capture(stage.pay(cards::VISA_OK).await, "c-1", Money::tenge(3_000)).await;
        let mut payment = stage.check_status(payment).await;
        is(&payment, PaymentStatus::Paid, "after a partial charge");
        for (step, sum, refunded) in
            [("r-1", 1_000, 1_000), ("r-2", 500, 1_500), ("r-3", 1_500, 3_000)]
        {
            let status =
                if refunded == 3_000 { PaymentStatus::Refunded } else { PaymentStatus::Paid };
            payment = stage.refund(payment, step, Money::tenge(sum)).await;
            for when in ["after the refund", "after the refund and a look"] {
                let when = format!("{when} {step} reported as {report:?}");
                is(&payment, status, &when);
                let (captured, refunded) =
                    (Some(Money::tenge(3_000)), Some(Money::tenge(refunded)));
                assert!(
                    payment.state() == State::Captured { captured, refunded },
                    "{when}: {:?}",
                    payment.state()
                );
                payment = stage.check_status(payment).await;
            }
        }
        assert_eq!(stage.booked(&payment), Some((Status::Refund, 3_000_00, 3_000_00)));
    }
}

async fn a_hold_is_released(make: Make<'_>) {
    let stage = Stage::two(make);
    let held = stage.pay(cards::VISA_OK).await;
    for payment in [stage.void(held.clone(), "v-1").await, stage.check_status(held).await] {
        assert!(
            payment.state() == State::Voided(VoidReason::Requested),
            "after a cancel: {:?}",
            payment.state()
        );
    }
    let held = stage.pay(cards::VISA_OK).await;
    stage.bank.with_bank(|bank| bank.expire_holds(epay_fakebank::Millis(0)));
    let payment = stage.check_status(held).await;
    assert!(
        payment.state() == State::Voided(VoidReason::Lapsed),
        "after the hold lapsed: {:?}",
        payment.state()
    );
}

async fn a_decline_is_an_answer(make: Make<'_>) {
    let stage = Stage::one(make);
    let declined = stage.pay(cards::INSUFFICIENT_FUNDS).await;
    is(&declined, PaymentStatus::Declined, "after a decline");
    assert_eq!(declined.decline().map(|decline| decline.code()), Some(484));
    is(&stage.check_status(declined).await, PaymentStatus::Declined, "after a decline and a look");
    let doubtful = stage.pay(cards::NOT_FINAL).await;
    is(&doubtful, PaymentStatus::Unknown, "after a decline that is not final");
    is(
        &stage.check_status(doubtful).await,
        PaymentStatus::Declined,
        "after a decline that was not final and a look",
    );
}

async fn the_payer_answers_a_challenge(make: Make<'_>) {
    for (choice, status) in [
        (PayerChoice::Approve, PaymentStatus::Paid),
        (PayerChoice::Decline, PaymentStatus::Declined),
    ] {
        let stage = Stage::one(make);
        let payment = stage.pay(cards::THREE_DS).await;
        is(&payment, PaymentStatus::AwaitingPayer, "after a challenge");
        let payment = stage.check_status(payment).await;
        is(&payment, PaymentStatus::AwaitingPayer, "after a challenge and a look");
        let answer =
            payment.challenge().and_then(|challenge| stage.bank.payer_answers(challenge, choice));
        let payment = stage.confirm(payment, answer.expect("the challenge is the bank's")).await;
        is(&payment, PaymentStatus::Unknown, "after a confirmation, whose answer nobody trusts");
        is(
            &stage.check_status(payment).await,
            status,
            &format!("after the payer chose to {choice:?} and a look"),
        );
    }
}

async fn nothing_is_known_of_an_invoice_nobody_asked_for(make: Make<'_>) {
    let stage = Stage::one(make);
    stage.bank.disconnect(true);
    let method = stage.card(cards::VISA_OK).await;
    let call = async |payment: &Payment| stage.gateway.authorize(payment, method, &order()).await;
    let (payment, unanswered) = stage.ask(stage.payment(), Command::Authorize, call).await;
    assert!(unanswered.is_some(), "an answer came over an unplugged cable");
    stage.bank.disconnect(false);
    let payment = stage.check_status(payment).await;
    let dead = payment.state() == State::Closed(ClosedAs::NotExecuted);
    assert!(
        dead || payment.status() == PaymentStatus::Unknown,
        "not found is no answer, and yet {:?}",
        payment.state()
    );
}
