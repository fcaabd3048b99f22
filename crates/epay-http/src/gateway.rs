//! The bank over HTTP: each ask leaves at most once, and a failure says whether it can have left.

use std::{fmt, sync::Arc, time::Duration};

use async_lock::Mutex;
use async_trait::async_trait;
use bytes::Bytes;
use epay_crypto::{KeyError, PublicKey, Secret, TagKey};
use epay_domain::{
    CardId, Clock, Exposed, Gateway, GatewayError, Money, Observation, Payment, PaymentRequest,
    SavedCard, SealedMethod, StatusError, StepId, TerminalId, ThreeDsAnswer,
};
use futures_util::future::{FutureExt as _, try_join};
use http::{Request, Response, StatusCode, Uri};

use crate::{
    Bank, Credentials, Environment, PayFormParams, TokenUse, Transport, Wire,
    access::Access,
    codec::AnswerError,
    deadline::within,
    endpoint::{
        EncodeError, cancel, cards_auth, charge, confirm, cryptopay, pay_form, public_key, refund,
        saved_cards, status, step,
    },
    held_key::{HeldKey, InHand, is_in_vain},
    retrying_transport::{CallError, RetryingTransport, SentFlag},
};

/// How long a call may take unless another deadline was set.
const DEADLINE: Duration = Duration::from_secs(60);

/// The bank behind any [`Transport`].
///
/// Tokens are fetched before the ask they are for, so a failure to get one is proof that nothing was sent.
///
/// The bank's key is held for an hour and then fetched anew. While that fails, the key in hand stays in
/// use until it is 24 hours old; a key that came and is not trusted is an error, and ends the one in hand.
///
/// Request bodies and the `Authorization` header are wiped when their last handle is dropped; what a transport copies
/// out of them, and the token in the bank's answer, is beyond reach.
pub struct HttpGateway {
    transport: RetryingTransport,
    /// Where a connection is made ready while the token for an ask is fetched. Where one host does both, the token's own
    /// connection is ready then.
    prepared: Option<Uri>,
    access: Access,
    deadline: Duration,
    key: HeldKey,
}

impl HttpGateway {
    /// `clock` tells how long calls take, and when tokens and the key are to be renewed; a call is
    /// dropped after 60 seconds.
    pub fn new(
        transport: impl Transport + 'static,
        clock: Arc<dyn Clock>,
        environment: Environment,
        credentials: Credentials,
    ) -> HttpGateway {
        let (wire, tags, shared) = (Wire::default(), None, Mutex::new(None));
        HttpGateway {
            transport: RetryingTransport::new(transport),
            prepared: environment.other_host(),
            access: Access { environment, credentials, wire, tags, clock, shared },
            deadline: DEADLINE,
            key: HeldKey::default(),
        }
    }

    /// Drops a call after `wait`, its tokens included. What was already written decides about its
    /// [`Delivery`](epay_domain::Delivery).
    #[must_use]
    pub fn with_deadline(mut self, wait: Duration) -> HttpGateway {
        self.deadline = wait;
        self
    }

    /// Holds the bank's key for `age` instead of an hour: after the bank has changed its key, payments
    /// sealed with the old one are declined for so long at most.
    #[must_use]
    pub fn with_key_age(mut self, age: Duration) -> HttpGateway {
        self.key.age = age;
        self
    }

    /// Other ways of writing and reading than the default.
    #[must_use]
    pub fn with_wire(mut self, wire: Wire) -> HttpGateway {
        self.access.wire = wire;
        self
    }

    /// Puts a tag into payment tokens as `secret_hash`, by which a callback can prove where it comes from.
    #[must_use]
    pub fn with_tags(mut self, tags: TagKey) -> HttpGateway {
        self.access.tags = Some(tags);
        self
    }

    /// One ask. Until `sent` says otherwise, nothing of it can have moved money.
    async fn ask(
        &self,
        endpoint: &'static str,
        usage: TokenUse,
        payment: &Payment,
        encode: impl FnOnce(&Secret) -> Result<Request<Bytes>, EncodeError> + Send,
        decode: impl FnOnce(&Response<Bytes>) -> Result<Observation, AnswerError> + Send,
    ) -> Result<Observation, GatewayError> {
        let sent = SentFlag::default();
        let asking = async {
            self.access.is_for(payment)?;
            let token = self.access.token(&self.transport, usage, payment);
            let (token, ()) = try_join(token, self.prepare().map(Ok)).await?;
            let request = encode(&token.secret)?;
            let response =
                self.transport.call(endpoint, Some(payment.invoice()), request, &sent).await?;
            decode(&response).map_err(|error| CallError::answered(response.status(), error))
        };
        let asked = self.in_time(asking).await.unwrap_or_else(|| Err(CallError::deadline()));
        asked.map_err(|error| error.of_ask(sent.delivery()))
    }

    async fn prepare(&self) {
        if let Some(uri) = &self.prepared {
            self.transport.prepare(uri).await;
        }
    }

    /// An ask about an operation that the bank has named.
    async fn step(
        &self,
        endpoint: &'static str,
        payment: &Payment,
        step: &StepId,
        encode: impl FnOnce(&Secret) -> Result<Request<Bytes>, EncodeError> + Send,
    ) -> Result<Observation, GatewayError> {
        let usage = self.access.wire.operation_token;
        self.ask(endpoint, usage, payment, encode, |response| step::decode(response, step)).await
    }

    /// A status query moves no money, so one refused token costs another query.
    async fn query_status(&self, payment: &Payment) -> Result<Observation, CallError> {
        self.access.is_for(payment)?;
        let usage = self.access.wire.status_token;
        let token = self.access.token(&self.transport, usage, payment).await?;
        let mut response = self.query_status_with(&token.secret, payment).await?;
        if response.status() == StatusCode::UNAUTHORIZED && usage == TokenUse::Shared {
            let token = self.access.shared(&self.transport, Some(&token)).await?;
            response = self.query_status_with(&token.secret, payment).await?;
        }
        status::decode(&response, payment, &self.access.wire)
            .map_err(|error| CallError::answered(response.status(), error))
    }

    /// Asks about saved cards, which moves no money, with a token of its own.
    async fn query_cards<T>(
        &self,
        endpoint: &'static str,
        encode: impl FnOnce(&Secret) -> Result<Request<Bytes>, EncodeError> + Send,
        decode: impl FnOnce(&Response<Bytes>) -> Result<T, AnswerError> + Send,
    ) -> Result<T, StatusError> {
        let asking = async {
            let token = self.access.fresh(&self.transport).await?;
            let request = encode(&token.secret)?;
            let response =
                self.transport.call(endpoint, None, request, &SentFlag::default()).await?;
            decode(&response).map_err(|error| CallError::answered(response.status(), error))
        };
        let asked = self.in_time(asking).await.unwrap_or_else(|| Err(CallError::deadline()));
        asked.map_err(CallError::of_status_check)
    }

    /// A token of its own for each hand-over: it moves no money until the payer's page pays with it.
    async fn fetch_pay_form(
        &self,
        payment: &Payment,
        request: &PaymentRequest,
    ) -> Result<PayFormParams, CallError> {
        let Access { environment, wire, .. } = &self.access;
        self.access.is_for(payment)?;
        let (token, answer) = self.access.whole(&self.transport, payment).await?;
        let params = pay_form::encode(wire, answer.expose(), payment, request)?;
        Ok(PayFormParams::new(params, token.lifetime).with_script(environment.pay_form()))
    }

    async fn query_status_with(
        &self,
        token: &Secret,
        payment: &Payment,
    ) -> Result<Response<Bytes>, CallError> {
        let request = status::encode(&self.access.environment, token, payment)?;
        self.transport.call("status", Some(payment.invoice()), request, &SentFlag::default()).await
    }

    /// Fetches the key. Whoever comes meanwhile waits for the same one.
    async fn fetch_key(&self) -> Result<Arc<PublicKey>, KeyError> {
        let _fetching = self.key.fetching.lock().await;
        if let InHand::Fresh(key) = self.key.at(self.now()) {
            return Ok(key);
        }
        let environment = &self.access.environment;
        let request = public_key::encode(environment).map_err(KeyError::unavailable)?;
        let fetched = self.transport.call("public_key", None, request, &SentFlag::default()).await;
        let key = fetched
            .map_err(KeyError::unavailable)
            .and_then(|response| public_key::decode(&response, environment));
        self.key.take(key, self.now())
    }

    async fn in_time<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        within(&*self.access.clock, self.deadline, call).await
    }

    fn now(&self) -> Duration {
        self.access.clock.monotonic()
    }
}

#[async_trait]
impl Gateway for HttpGateway {
    fn terminal(&self) -> &TerminalId {
        self.access.credentials.terminal()
    }

    async fn authorize(
        &self,
        payment: &Payment,
        method: SealedMethod,
        request: &PaymentRequest,
    ) -> Result<Observation, GatewayError> {
        let Access { environment, wire, .. } = &self.access;
        // The closure owns the method: it is wiped as soon as the request is written.
        let endpoint = match method.expose() {
            Exposed::SavedCard { .. } => "cards_auth",
            _ => "cryptopay",
        };
        let encode = move |token: &Secret| match method.expose() {
            Exposed::SavedCard { card, initiator } => {
                let card = (card, initiator);
                cards_auth::encode(environment, wire, token, payment, card, request)
            }
            _ => cryptopay::encode(environment, wire, token, payment, &method, request),
        };
        let decode = |response: &Response<Bytes>| cryptopay::decode(response, payment.ordered());
        self.ask(endpoint, TokenUse::Payment, payment, encode, decode).await
    }

    async fn confirm(
        &self,
        payment: &Payment,
        answer: ThreeDsAnswer,
    ) -> Result<Observation, GatewayError> {
        let Access { environment, wire, .. } = &self.access;
        let encode = move |token: &Secret| confirm::encode(environment, token, payment, &answer);
        let decode =
            |response: &Response<Bytes>| confirm::decode(response, payment.ordered().currency());
        self.ask("confirm", wire.confirm_token, payment, encode, decode).await
    }

    async fn capture(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError> {
        let Access { environment, wire, .. } = &self.access;
        let encode = |token: &Secret| charge::encode(environment, wire, token, payment, amount);
        self.step("charge", payment, step, encode).await
    }

    async fn void(&self, payment: &Payment, step: &StepId) -> Result<Observation, GatewayError> {
        let encode = |token: &Secret| cancel::encode(&self.access.environment, token, payment);
        self.step("cancel", payment, step, encode).await
    }

    async fn refund(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError> {
        let Access { environment, wire, .. } = &self.access;
        let encode =
            |token: &Secret| refund::encode(environment, wire, token, payment, step, amount);
        self.step("refund", payment, step, encode).await
    }

    async fn status(&self, payment: &Payment) -> Result<Observation, StatusError> {
        let looked = self.in_time(self.query_status(payment)).await;
        looked.unwrap_or_else(|| Err(CallError::deadline())).map_err(CallError::of_status_check)
    }
}

#[async_trait]
impl Bank for HttpGateway {
    fn environment(&self) -> &Environment {
        &self.access.environment
    }

    fn tag_key(&self) -> TagKey {
        TagKey::derived(self.access.credentials.client_secret())
    }

    async fn pay_form(
        &self,
        payment: &Payment,
        request: &PaymentRequest,
    ) -> Result<PayFormParams, StatusError> {
        let fetched = self.in_time(self.fetch_pay_form(payment, request)).await;
        fetched.unwrap_or_else(|| Err(CallError::deadline())).map_err(CallError::of_status_check)
    }

    async fn saved_cards(&self, account: &str) -> Result<Vec<SavedCard>, StatusError> {
        let environment = &self.access.environment;
        let encode = |token: &Secret| saved_cards::encode_list(environment, token, account);
        self.query_cards("saved_cards", encode, saved_cards::decode_list).await
    }

    async fn deactivate_card(&self, card: &CardId) -> Result<(), StatusError> {
        let environment = &self.access.environment;
        let encode = |token: &Secret| saved_cards::encode_deactivate(environment, token, card);
        self.query_cards("deactivate_card", encode, saved_cards::decode_deactivate).await
    }

    async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError> {
        let old = match self.key.at(self.now()) {
            InHand::Fresh(key) => return Ok(key),
            // One is enough to ask for the next.
            InHand::Old(key) if self.key.fetching.try_lock().is_none() => return Ok(key),
            InHand::Old(key) => Some(key),
            InHand::Nothing => None,
        };
        let fetched = self.in_time(self.fetch_key()).await;
        let fetched = fetched.unwrap_or_else(|| Err(KeyError::unavailable(CallError::deadline())));
        match (fetched, old) {
            (Err(error), Some(key)) if is_in_vain(&error) => {
                self.key.keep(self.now());
                Ok(key)
            }
            (fetched, _) => fetched,
        }
    }

    fn bank_key_age(&self) -> Option<Duration> {
        self.key.age_at(self.now())
    }
}

impl fmt::Debug for HttpGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpGateway")
            .field("environment", &self.access.environment)
            .field("credentials", &self.access.credentials)
            .field("wire", &self.access.wire)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
