//! The fake bank's typed door as a gateway: the domain meets the ledger with no wire between, so no codec is tested.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use epay_crypto::{KeyError, PublicKey, Purpose, TagKey};
use epay_domain::{
    CardId, Delivery, Exposed, Gateway, GatewayError, GatewayErrorKind, Initiator, Language, Money,
    Observation, Payment, PaymentRequest, SavedCard, SealedMethod, StatusError, StepId, TerminalId,
    ThreeDsAnswer,
};
use epay_fakebank::{
    Amount, Bank, Details, End, Endpoint, Millis, Operation, Pay, Performed, Refusal, Secret,
    Wallet,
};
use epay_http::{Environment, PayFormParams};

use crate::{FakeBank, fake_bank::environment, observe};

/// How long a token of the fake bank lives.
const TOKEN_SECONDS: u64 = 1200;

/// The [`Gateway`] of [`FakeBank::gateway`]. Faults planned for cryptopay, confirm, charge, cancel, refund and status
/// strike it as they strike the real one; there are no token calls to strike.
pub struct FakeGateway {
    bank: FakeBank,
    terminal: TerminalId,
    environment: Environment,
    tags: Option<TagKey>,
    key: OnceLock<Arc<PublicKey>>,
}

impl FakeGateway {
    pub(crate) fn new(bank: FakeBank, terminal: TerminalId) -> FakeGateway {
        FakeGateway { bank, terminal, environment: environment(), tags: None, key: OnceLock::new() }
    }

    /// Gives each payment a tag as `secret_hash`, by which its callbacks can be proven.
    #[must_use]
    pub fn with_tags(mut self, tags: TagKey) -> FakeGateway {
        self.tags = Some(tags);
        self
    }

    /// Performs one ask, with whatever is planned for it.
    async fn ask(
        &self,
        endpoint: Endpoint,
        payment: &Payment,
        ask: impl FnOnce(&mut Bank, Millis) -> Result<Operation, Refusal> + Send,
        read: impl FnOnce(Result<Operation, Refusal>, &Bank) -> Observation + Send,
    ) -> Result<Observation, GatewayError> {
        if payment.terminal() != &self.terminal {
            return Err(not_sent(GatewayErrorKind::Request));
        }
        if self.bank.is_disconnected() {
            return Err(not_sent(GatewayErrorKind::Connection));
        }
        let now = self.bank.now();
        let subject = payment
            .transaction()
            .map_or(payment.invoice().as_str(), |transaction| transaction.as_str());
        let read = |bank: &mut Bank| {
            let asked = ask(bank, now);
            read(asked, bank)
        };
        let performed = self.bank.with_bank(|bank| bank.perform(endpoint, subject, now, read));
        self.answer(performed).await.map_err(|kind| GatewayError::new(Delivery::MaybeSent, kind))
    }

    /// A question that moves no money.
    async fn query<T: Send>(
        &self,
        endpoint: Endpoint,
        subject: &str,
        ask: impl FnOnce(&mut Bank) -> T + Send,
    ) -> Result<T, StatusError> {
        if self.bank.is_disconnected() {
            return Err(StatusError::new(GatewayErrorKind::Connection));
        }
        let now = self.bank.now();
        let performed = self.bank.with_bank(|bank| bank.perform(endpoint, subject, now, ask));
        self.answer(performed).await.map_err(StatusError::new)
    }

    async fn answer<T>(&self, performed: Performed<T>) -> Result<T, GatewayErrorKind> {
        self.bank.after_effect(performed.callbacks, performed.delay).await;
        match (performed.end, performed.value) {
            (End::Answered, Some(value)) => Ok(value),
            (End::ErrorAfterEffect, _) => Err(GatewayErrorKind::Unavailable),
            _ => Err(GatewayErrorKind::Connection),
        }
    }

    /// A capture, void or refund of the operation the payment names.
    async fn step(
        &self,
        endpoint: Endpoint,
        payment: &Payment,
        step: &StepId,
        ask: impl FnOnce(&mut Bank, &str, Millis) -> Result<Operation, Refusal> + Send,
    ) -> Result<Observation, GatewayError> {
        let id = payment.transaction().ok_or(not_sent(GatewayErrorKind::Request))?.as_str();
        self.ask(
            endpoint,
            payment,
            |bank, now| ask(bank, id, now),
            |asked, _| observe::step(asked, step),
        )
        .await
    }
}

#[async_trait]
impl Gateway for FakeGateway {
    fn terminal(&self) -> &TerminalId {
        &self.terminal
    }

    async fn authorize(
        &self,
        payment: &Payment,
        method: SealedMethod,
        request: &PaymentRequest,
    ) -> Result<Observation, GatewayError> {
        let tag = |tags: &TagKey| tags.tag(Purpose::SecretHash, &self.terminal, payment.invoice());
        let details = details(payment, request, self.tags.as_ref().map(tag));
        let terminal = self.terminal.as_str();
        let pay = |bank: &mut Bank, now| {
            let instrument = match method.expose() {
                Exposed::Card { cryptogram } => bank.open(cryptogram, Wallet::None, terminal),
                Exposed::ApplePay { cryptogram, payment_cryptogram, .. } => {
                    bank.open(cryptogram, Wallet::Decrypted(payment_cryptogram), terminal)
                }
                Exposed::ApplePayToken { cryptogram, .. } => {
                    bank.open(cryptogram, Wallet::Token, terminal)
                }
                Exposed::GooglePayToken { cryptogram, token } => {
                    bank.open(cryptogram, Wallet::Google(token), terminal)
                }
                Exposed::SavedCard { card, initiator } => {
                    let recurrent = initiator == Initiator::Merchant;
                    bank.saved_instrument(card.as_str(), terminal, recurrent)
                }
            }?;
            let pay = Pay {
                terminal: terminal.to_owned(),
                invoice: payment.invoice().as_str().to_owned(),
                amount: Amount::from_minor(payment.ordered().minor()),
                currency: payment.ordered().currency().code().to_owned(),
                instrument,
                verify_card: payment.ordered().is_zero(),
                save_card: request.save_card(),
                details,
            };
            bank.pay(pay, now)
        };
        self.ask(Endpoint::Cryptopay, payment, pay, |asked, bank| {
            observe::paid(asked, payment, bank)
        })
        .await
    }

    async fn confirm(
        &self,
        payment: &Payment,
        answer: ThreeDsAnswer,
    ) -> Result<Observation, GatewayError> {
        let id = payment.transaction().ok_or(not_sent(GatewayErrorKind::Request))?.as_str();
        let terminal = Some(self.terminal.as_str());
        let confirm =
            |bank: &mut Bank, now| bank.confirm(terminal, id, answer.md(), answer.pa_res(), now);
        self.ask(Endpoint::Confirm, payment, confirm, |asked, _| observe::confirmed(asked, payment))
            .await
    }

    async fn capture(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError> {
        let (terminal, amount) =
            (Some(self.terminal.as_str()), Some(Amount::from_minor(amount.minor())));
        self.step(Endpoint::Charge, payment, step, |bank, id, now| {
            bank.charge(terminal, id, amount, now)
        })
        .await
    }

    async fn void(&self, payment: &Payment, step: &StepId) -> Result<Observation, GatewayError> {
        let terminal = Some(self.terminal.as_str());
        self.step(Endpoint::Cancel, payment, step, |bank, id, now| bank.cancel(terminal, id, now))
            .await
    }

    async fn refund(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError> {
        let (terminal, amount) =
            (Some(self.terminal.as_str()), Some(Amount::from_minor(amount.minor())));
        let refund = |bank: &mut Bank, id: &str, now| {
            bank.refund(terminal, id, amount, Some(step.as_str()), now)
        };
        self.step(Endpoint::Refund, payment, step, refund).await
    }

    async fn status(&self, payment: &Payment) -> Result<Observation, StatusError> {
        if payment.terminal() != &self.terminal {
            return Err(StatusError::new(GatewayErrorKind::Request));
        }
        let (now, invoice) = (self.bank.now(), payment.invoice().as_str());
        let look = |bank: &mut Bank| bank.status(self.terminal.as_str(), invoice, now);
        let answer = self.query(Endpoint::Status, invoice, look).await?;
        observe::status(answer, payment).ok_or(StatusError::new(GatewayErrorKind::Access))
    }
}

#[async_trait]
impl epay_http::Bank for FakeGateway {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn tag_key(&self) -> TagKey {
        TagKey::derived(&epay_crypto::Secret::new(epay_fakebank::SANDBOX_SECRET))
    }

    async fn pay_form(
        &self,
        payment: &Payment,
        request: &PaymentRequest,
    ) -> Result<PayFormParams, StatusError> {
        if payment.terminal() != &self.terminal {
            return Err(StatusError::new(GatewayErrorKind::Request));
        }
        if request.payer_name().is_some_and(|name| !name.is_ascii()) {
            return Err(StatusError::new(GatewayErrorKind::Request));
        }
        let invoice = payment.invoice().as_str();
        let currency = payment.ordered().currency();
        let amount = Amount::from_minor(payment.ordered().minor());
        let tag = |tags: &TagKey| tags.tag(Purpose::SecretHash, &self.terminal, payment.invoice());
        let secret_hash = self.tags.as_ref().map(tag).map(Secret::new);
        let now = self.bank.now();
        let give = |bank: &mut Bank| {
            let asked = (invoice, amount, currency.code());
            bank.give_token(self.terminal.as_str(), asked, secret_hash, now)
        };
        let token = self.query(Endpoint::Token, invoice, give).await?;
        let details = details(payment, request, None);
        let params = serde_json::json!({
            "invoiceId": invoice,
            "amount": amount.to_string(),
            "currency": currency.code(),
            "terminal": self.terminal.as_str(),
            "description": details.description,
            "name": details.name,
            "accountId": details.account_id,
            "language": details.language,
            "data": details.data,
            "postLink": details.post_link,
            "failurePostLink": details.failure_post_link,
            "cardSave": request.save_card(),
            "auth": { "access_token": token, "expires_in": TOKEN_SECONDS.to_string() },
        });
        // It stands in a script, which no text of the shop's may end.
        let markup = [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026")];
        let escape = |text: String, (letter, escaped)| text.replace(letter, escaped);
        let params = epay_crypto::Secret::new(markup.into_iter().fold(params.to_string(), escape));
        Ok(PayFormParams::new(params, Some(Duration::from_secs(TOKEN_SECONDS))))
    }

    async fn saved_cards(&self, account: &str) -> Result<Vec<SavedCard>, StatusError> {
        let terminals = [self.terminal.to_string()];
        let list = |bank: &mut Bank| -> Vec<SavedCard> {
            bank.cards_of(account, &terminals).filter_map(observe::saved_card).collect()
        };
        self.query(Endpoint::Cards, account, list).await
    }

    async fn deactivate_card(&self, card: &CardId) -> Result<(), StatusError> {
        let terminals = [self.terminal.to_string()];
        let end = |bank: &mut Bank| bank.deactivate(card.as_str(), &terminals);
        let ended = self.query(Endpoint::DeactivateCard, card.as_str(), end).await?;
        ended.map_err(|_| StatusError::new(GatewayErrorKind::Request))
    }

    async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError> {
        if let Some(key) = self.key.get() {
            return Ok(Arc::clone(key));
        }
        let key = self.bank.with_bank(|bank| PublicKey::parse(bank.public_key_pem().as_bytes()))?;
        self.environment.check_key(&key)?;
        Ok(Arc::clone(self.key.get_or_init(|| Arc::new(key))))
    }
}

impl fmt::Debug for FakeGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeGateway").field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

fn not_sent(kind: GatewayErrorKind) -> GatewayError {
    GatewayError::new(Delivery::NotSent, kind)
}

fn details(payment: &Payment, request: &PaymentRequest, secret_hash: Option<String>) -> Details {
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    let language = match request.language() {
        Language::Russian => "rus",
        Language::Kazakh => "kaz",
        Language::English => "eng",
    };
    Details {
        name: text(request.payer_name()),
        account_id: text(request.account()),
        description: request.description().to_owned(),
        email: text(request.email()),
        phone: text(request.phone()),
        language: language.to_owned(),
        data: payment.tag().as_ref().map(ToString::to_string).unwrap_or_default(),
        post_link: request.post_link().map(str::to_owned),
        failure_post_link: request.failure_post_link().map(str::to_owned),
        secret_hash: secret_hash.map(Secret::new),
        ..Details::default()
    }
}
