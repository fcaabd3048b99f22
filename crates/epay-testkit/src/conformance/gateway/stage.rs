//! One bank, one gateway to it, and a shop that does as the domain says: intent first, then the call, then what was heard.

use std::sync::atomic::{AtomicU64, Ordering};

use epay_crypto::{
    ApplePayToken, Card, CardNumber, Cvc, DecryptedApplePay, Expiry, ExpiryFormat, GooglePayToken,
    Secret,
};
use epay_domain::{
    AttemptTag, Clock, Command, Delivery, Gateway, GatewayError, InvoiceId, Money, Observation,
    Payment, PaymentRequest, ReplayKey, SealedMethod, StepId, TerminalId, ThreeDsAnswer,
};
use epay_fakebank::{Status, cards};
use epay_http::Bank as _;

use crate::FakeBank;

pub(super) type Make<'a> = &'a dyn Fn(&FakeBank, TerminalId) -> Box<dyn Gateway>;

pub(super) struct Stage {
    pub(super) bank: FakeBank,
    pub(super) gateway: Box<dyn Gateway>,
    terminal: TerminalId,
    invoices: AtomicU64,
}

impl Stage {
    pub(super) fn one(make: Make<'_>) -> Stage {
        Stage::on(FakeBank::start(), make, FakeBank::one_stage())
    }

    pub(super) fn two(make: Make<'_>) -> Stage {
        Stage::on(FakeBank::start(), make, FakeBank::two_stage())
    }

    fn on(bank: FakeBank, make: Make<'_>, terminal: TerminalId) -> Stage {
        Stage {
            gateway: make(&bank, terminal.clone()),
            bank,
            terminal,
            invoices: AtomicU64::new(700_000_001),
        }
    }

    /// A new payment of 5000 tenge, with a tag of its own.
    pub(super) fn payment(&self) -> Payment {
        let number = self.invoices.fetch_add(1, Ordering::Relaxed);
        let invoice = InvoiceId::new(&number.to_string()).expect("nine digits");
        let tag = AttemptTag::new(u128::from(number).to_be_bytes());
        Payment::open(invoice, Money::tenge(5_000), self.terminal.clone()).with_tag(Some(tag))
    }

    pub(super) async fn card(&self, pan: &str) -> SealedMethod {
        let number = CardNumber::new(pan).expect("a test card");
        let (expiry, cvc) =
            (Expiry::parse_mmyy("0127").expect("a date"), Cvc::new("321").expect("a code"));
        let key = self.bank.gateway().bank_key().await.expect("the fake bank has a key");
        key.seal_card(Card::new(number, expiry, cvc), &self.terminal).expect("it fits")
    }

    pub(super) async fn apple_pay(&self) -> SealedMethod {
        let dpan = CardNumber::new(cards::VISA_OK).expect("a test card");
        let expiry = Expiry::parse_yymmdd("270131").expect("a date");
        let transaction = ReplayKey::new([1; 32]);
        let method = DecryptedApplePay::new(
            dpan,
            expiry,
            Secret::new("AMC5tLMnV5S3AnLbsGPMAoABFA=="),
            None,
            transaction,
            Money::tenge(5_000),
        );
        let key = self.bank.gateway().bank_key().await.expect("the fake bank has a key");
        key.seal_apple_pay(method, &self.terminal, ExpiryFormat::Yymmdd).expect("it fits")
    }

    pub(super) async fn apple_pay_token(&self) -> SealedMethod {
        let token = ApplePayToken::new(
            r#"{"version":"EC_v1","data":"AAAA","signature":"AAAA","header":{}}"#.to_owned(),
        );
        let key = self.bank.gateway().bank_key().await.expect("the fake bank has a key");
        key.seal_apple_pay_token(token, &self.terminal).expect("it fits")
    }

    pub(super) async fn google_pay_token(&self) -> SealedMethod {
        let token = r#"{"signature":"c2ln","protocolVersion":"ECv2","signedMessage":"{}"}"#;
        let key = self.bank.gateway().bank_key().await.expect("the fake bank has a key");
        key.seal_google_pay_token(GooglePayToken::new(token), &self.terminal).expect("it fits")
    }

    /// Pays with a card, whatever comes of it.
    pub(super) async fn pay(&self, pan: &str) -> Payment {
        self.pay_with(self.payment(), self.card(pan).await).await
    }

    pub(super) async fn pay_with(&self, payment: Payment, method: SealedMethod) -> Payment {
        let call =
            async |payment: &Payment| self.gateway.authorize(payment, method, &order()).await;
        self.ask(payment, Command::Authorize, call).await.0
    }

    pub(super) async fn confirm(&self, payment: Payment, answer: ThreeDsAnswer) -> Payment {
        let call = async |payment: &Payment| self.gateway.confirm(payment, answer).await;
        self.ask(payment, Command::Confirm, call).await.0
    }

    pub(super) async fn capture(&self, payment: Payment, step: &str, amount: Money) -> Payment {
        let step = step_id(step);
        let command = Command::Capture(step.clone(), amount);
        self.ask(payment, command, async |payment: &Payment| {
            self.gateway.capture(payment, &step, amount).await
        })
        .await
        .0
    }

    pub(super) async fn void(&self, payment: Payment, step: &str) -> Payment {
        let step = step_id(step);
        let command = Command::Void(step.clone());
        self.ask(payment, command, async |payment: &Payment| {
            self.gateway.void(payment, &step).await
        })
        .await
        .0
    }

    pub(super) async fn refund(&self, payment: Payment, step: &str, amount: Money) -> Payment {
        let step = step_id(step);
        let command = Command::Refund(step.clone(), amount);
        self.ask(payment, command, async |payment: &Payment| {
            self.gateway.refund(payment, &step, amount).await
        })
        .await
        .0
    }

    /// Asks, and tells how far a call got that brought no answer.
    pub(super) async fn ask(
        &self,
        payment: Payment,
        command: Command,
        call: impl AsyncFnOnce(&Payment) -> Result<Observation, GatewayError>,
    ) -> (Payment, Option<Delivery>) {
        let now = self.bank.clock().now();
        let asked =
            payment.decide(command, now).expect("the domain allows what the suite asks for");
        let payment = payment.apply(&asked);
        let reply = call(&payment).await.map_err(Delivery::from);
        let unanswered = reply.as_ref().err().copied();
        let heard = payment.record_reply(reply, now);
        (payment.apply(&heard), unanswered)
    }

    /// Looks, and believes what the bank says.
    pub(super) async fn check_status(&self, payment: Payment) -> Payment {
        let seen = self.gateway.status(&payment).await.expect("a status is answered");
        let heard = payment.record_reply(Ok(seen), self.bank.clock().now());
        payment.apply(&heard)
    }

    /// What the ledger says: status, captured, refunded.
    pub(super) fn booked(&self, payment: &Payment) -> Option<(Status, u64, u64)> {
        self.bank.with_bank(|bank| {
            let operation = bank.operation(payment.invoice().as_str())?;
            Some((operation.status, operation.captured.minor(), operation.refunded().minor()))
        })
    }
}

pub(super) fn order() -> PaymentRequest {
    let named =
        PaymentRequest::new("Order 17").and_then(|order| order.with_payer_name("ARMAN ALI"));
    named.expect("two short texts")
}

pub(super) fn step_id(name: &str) -> StepId {
    StepId::new(name).expect("a short word")
}
