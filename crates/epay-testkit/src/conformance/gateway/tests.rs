//! Both gateways to the fake bank pass, and so they mean the same; and each careless one is caught.

use std::fmt;

use async_trait::async_trait;
use epay_domain::{
    GatewayError, GatewayErrorKind, Observation, PaymentRequest, SealedMethod, StatusError, StepId,
    ThreeDsAnswer,
};

use super::*;
use crate::{FakeGateway, conformance::complaint};

fn typed(bank: &FakeBank, terminal: TerminalId) -> FakeGateway {
    if terminal == FakeBank::one_stage() { bank.gateway() } else { bank.two_stage_gateway() }
}

fn http(bank: &FakeBank, terminal: TerminalId) -> epay_http::HttpGateway {
    if terminal == FakeBank::one_stage() {
        bank.http_gateway()
    } else {
        bank.two_stage_http_gateway()
    }
}

#[tokio::test]
async fn the_gateway_without_a_wire_passes() {
    gateway(typed).await;
}

#[tokio::test]
async fn the_gateway_over_http_passes() {
    gateway(http).await;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    NamesNoInvoice,
    SendsAgain,
    CallsLostNotSent,
    MovesMoneyByLooking,
    MistakesNotFoundForDeclined,
    Gossips,
}

struct Careless {
    honest: FakeGateway,
    defect: Defect,
}

impl Careless {
    fn reply(&self, reply: Result<Observation, GatewayError>) -> Result<Observation, GatewayError> {
        match (self.defect, reply) {
            (Defect::NamesNoInvoice, Ok(seen)) => Ok(Observation { invoice: None, ..seen }),
            (Defect::CallsLostNotSent, Err(error)) => {
                Err(GatewayError::new(Delivery::NotSent, error.kind()))
            }
            (_, reply) => reply,
        }
    }
}

impl fmt::Debug for Careless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.defect == Defect::Gossips { SANDBOX_SECRET } else { "Careless" })
    }
}

#[async_trait]
impl Gateway for Careless {
    async fn authorize(
        &self,
        payment: &Payment,
        method: SealedMethod,
        request: &PaymentRequest,
    ) -> Result<Observation, GatewayError> {
        self.reply(self.honest.authorize(payment, method, request).await)
    }

    async fn complete_three_ds(
        &self,
        payment: &Payment,
        answer: ThreeDsAnswer,
    ) -> Result<Observation, GatewayError> {
        self.reply(self.honest.complete_three_ds(payment, answer).await)
    }

    async fn capture(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError> {
        let mut reply = self.honest.capture(payment, step, amount).await;
        if self.defect == Defect::SendsAgain && reply.is_err() {
            reply = self.honest.capture(payment, step, amount).await;
        }
        self.reply(reply)
    }

    async fn void(&self, payment: &Payment, step: &StepId) -> Result<Observation, GatewayError> {
        self.reply(self.honest.void(payment, step).await)
    }

    async fn refund(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError> {
        self.reply(self.honest.refund(payment, step, amount).await)
    }

    async fn status(&self, payment: &Payment) -> Result<Observation, StatusError> {
        if self.defect == Defect::MovesMoneyByLooking {
            let cancelled = self.honest.void(payment, &step_id("look")).await;
            assert!(cancelled.is_ok_and(|_| true) || payment.transaction().is_none());
        }
        match self.honest.status(payment).await {
            Ok(seen)
                if self.defect == Defect::MistakesNotFoundForDeclined && seen.invoice.is_none() =>
            {
                Err(StatusError::new(GatewayErrorKind::Answer))
            }
            seen => seen,
        }
    }
}

#[tokio::test]
async fn each_careless_gateway_is_caught() {
    for (defect, words) in [
        (Defect::NamesNoInvoice, "the answer names the invoice"),
        (Defect::SendsAgain, "Capture struck by Some(CutBeforeEffect) was sent 2 times"),
        (
            Defect::CallsLostNotSent,
            "Authorize struck by Some(CutBeforeEffect) is called Some(NotSent)",
        ),
        (Defect::MovesMoneyByLooking, "moved money"),
        (Defect::MistakesNotFoundForDeclined, "a status is answered"),
        (Defect::Gossips, "its Debug shows a secret"),
    ] {
        let said = complaint(gateway(move |bank, terminal| Careless {
            honest: typed(bank, terminal),
            defect,
        }))
        .await;
        assert!(said.contains(words), "{defect:?}: {said}");
    }
}
