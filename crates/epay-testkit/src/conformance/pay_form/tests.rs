//! Both banks to the fake bank pass, and each careless one is caught.

use std::sync::Arc;

use async_trait::async_trait;
use epay_crypto::{KeyError, PublicKey, Secret, TagKey};
use epay_domain::{
    CardId, Gateway, GatewayError, Observation, SavedCard, SealedMethod, StatusError, StepId,
    ThreeDsAnswer,
};
use epay_fakebank::{Amount, Instrument, Millis, Pay, SANDBOX_TERMINAL};
use epay_http::Environment;

use super::*;
use crate::{FakeGateway, conformance::complaint};

fn typed(bank: &FakeBank, terminal: TerminalId) -> FakeGateway {
    if terminal == FakeBank::one_stage() { bank.gateway() } else { bank.two_stage_gateway() }
}

#[tokio::test]
async fn the_bank_without_a_wire_passes() {
    pay_form(typed).await;
}

#[tokio::test]
async fn the_bank_over_http_passes() {
    pay_form(|bank: &FakeBank, terminal| {
        if terminal == FakeBank::one_stage() {
            bank.http_gateway()
        } else {
            bank.two_stage_http_gateway()
        }
    })
    .await;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    AsksForAnotherSum,
    SendsNoTag,
    WritesMarkup,
    Pays,
    KeepsItsToken,
    TellsNoLifetime,
    KeepsEveryCard,
    TakesAnyName,
    TakesAnyTerminal,
}

#[derive(Debug)]
struct Careless {
    bank: FakeBank,
    honest: FakeGateway,
    defect: Defect,
    kept: tokio::sync::OnceCell<String>,
}

impl Careless {
    fn new(bank: &FakeBank, terminal: TerminalId, defect: Defect) -> Careless {
        let honest = typed(bank, terminal);
        Careless { bank: bank.clone(), honest, defect, kept: tokio::sync::OnceCell::new() }
    }
}

#[async_trait]
impl Bank for Careless {
    async fn pay_form(
        &self,
        payment: &Payment,
        request: &PaymentRequest,
    ) -> Result<PayFormParams, StatusError> {
        let (mut payment, mut request) = (payment.clone(), request.clone());
        let on = |amount, terminal: &TerminalId| {
            let invoice = payment.invoice().clone();
            Payment::open(invoice, amount, terminal.clone()).with_tag(payment.tag())
        };
        match self.defect {
            Defect::AsksForAnotherSum => payment = on(Money::tenge(5_000), payment.terminal()),
            Defect::TakesAnyTerminal => payment = on(payment.ordered(), self.terminal()),
            Defect::SendsNoTag => payment = payment.with_tag(None),
            Defect::KeepsEveryCard => request = request.with_saved_card(true),
            Defect::TakesAnyName if request.payer_name() == Some("Арман") => {
                request = request.with_payer_name("Arman").expect("a short text");
            }
            Defect::Pays => {
                let card = Instrument::card(cards::VISA_OK).expect("a test card");
                let pay = Pay::kzt(SANDBOX_TERMINAL, "900001", Amount::from_minor(100), card);
                let _ = self.bank.with_bank(|bank| bank.pay(pay, Millis(0)).map(drop));
            }
            _ => {}
        }
        let params = self.honest.pay_form(&payment, &request).await?;
        let mut text = params.expose().to_owned();
        match self.defect {
            Defect::WritesMarkup => text = text.replace("\\u003c", "<"),
            Defect::KeepsItsToken => {
                text = self.kept.get_or_init(async || text.clone()).await.clone();
            }
            _ => {}
        }
        let lifetime = Some(params.lifetime()).filter(|_| self.defect != Defect::TellsNoLifetime);
        Ok(PayFormParams::new(Secret::new(text), lifetime))
    }

    fn environment(&self) -> &Environment {
        self.honest.environment()
    }

    async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError> {
        self.honest.bank_key().await
    }

    fn tag_key(&self) -> TagKey {
        self.honest.tag_key()
    }

    async fn saved_cards(&self, account: &str) -> Result<Vec<SavedCard>, StatusError> {
        self.honest.saved_cards(account).await
    }

    async fn deactivate_card(&self, card: &CardId) -> Result<(), StatusError> {
        self.honest.deactivate_card(card).await
    }
}

type Answer = Result<Observation, GatewayError>;

#[async_trait]
impl Gateway for Careless {
    fn terminal(&self) -> &TerminalId {
        self.honest.terminal()
    }

    async fn authorize(&self, it: &Payment, by: SealedMethod, about: &PaymentRequest) -> Answer {
        self.honest.authorize(it, by, about).await
    }

    async fn confirm(&self, it: &Payment, answer: ThreeDsAnswer) -> Answer {
        self.honest.confirm(it, answer).await
    }

    async fn capture(&self, it: &Payment, step: &StepId, amount: Money) -> Answer {
        self.honest.capture(it, step, amount).await
    }

    async fn void(&self, it: &Payment, step: &StepId) -> Answer {
        self.honest.void(it, step).await
    }

    async fn refund(&self, it: &Payment, step: &StepId, amount: Money) -> Answer {
        self.honest.refund(it, step, amount).await
    }

    async fn status(&self, it: &Payment) -> Result<Observation, StatusError> {
        self.honest.status(it).await
    }
}

#[tokio::test]
async fn each_careless_bank_is_told_what_it_does() {
    for (defect, told) in [
        (Defect::AsksForAnotherSum, "another sum"),
        (Defect::SendsNoTag, "whose payment it is"),
        (Defect::WritesMarkup, "can end the script"),
        (Defect::Pays, "moved money"),
        (Defect::KeepsItsToken, "no token of its own"),
        (Defect::TellsNoLifetime, "another lifetime than the bank"),
        (Defect::KeepsEveryCard, "asked to keep the card: false"),
        (Defect::TakesAnyName, "Latin letters alone"),
        (Defect::TakesAnyTerminal, "of another terminal"),
    ] {
        let suite =
            pay_form(move |bank: &FakeBank, terminal| Careless::new(bank, terminal, defect));
        let complaint = complaint(suite).await;
        assert!(complaint.contains(told), "{defect:?}: {complaint}");
    }
}
