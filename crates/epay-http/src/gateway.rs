//! The bank over HTTP: each ask leaves at most once, and a failure says whether it can have left.

use std::{fmt, sync::Arc, time::Duration};

use async_lock::Mutex;
use async_trait::async_trait;
use bytes::Bytes;
use epay_crypto::{KeyError, KeySource, PublicKey, Secret, TagKey};
use epay_domain::{
    Clock, Gateway, GatewayError, Money, Observation, Payment, PaymentRequest, SealedMethod,
    StatusError, StepId, TerminalId, ThreeDsAnswer,
};
use http::{Request, Response, StatusCode};

use crate::{
    Bank, Credentials, Environment, TokenUse, Transport, Wire,
    access::Access,
    codec::AnswerError,
    deadline::{Deadline, within},
    endpoint::{EncodeError, cancel, charge, confirm, cryptopay, public_key, refund, status},
    retrying_transport::{CallError, RetryingTransport, SentFlag},
};

/// The bank behind any [`Transport`].
///
/// Tokens are fetched before the ask they are for, so a failure to get one is proof that nothing was sent. The bank's
/// key is fetched once and held: a process that outlives a change of key needs a new gateway.
///
/// Request bodies and the `Authorization` header are wiped when their last handle is dropped; what a transport copies
/// out of them, and the token in the bank's answer, is beyond reach.
pub struct HttpGateway {
    transport: RetryingTransport,
    access: Access,
    deadline: Option<Deadline>,
    key: Mutex<Option<Arc<PublicKey>>>,
}

impl HttpGateway {
    /// Without a deadline: then the transport's own time-outs are the only ones.
    pub fn new(
        transport: impl Transport + 'static,
        environment: Environment,
        credentials: Credentials,
    ) -> HttpGateway {
        let (wire, tags, clock, shared) = (Wire::default(), None, None, Mutex::new(None));
        HttpGateway {
            transport: RetryingTransport::new(transport),
            access: Access { environment, credentials, wire, tags, clock, shared },
            deadline: None,
            key: Mutex::new(None),
        }
    }

    /// Drops a call after `wait`, its tokens included. What was already written decides about its
    /// [`Delivery`](epay_domain::Delivery).
    ///
    /// The clock is also asked when a shared token is due for renewal; without one, a refusal tells.
    #[must_use]
    pub fn with_deadline(mut self, clock: Arc<dyn Clock>, wait: Duration) -> HttpGateway {
        self.access.clock = Some(Arc::clone(&clock));
        self.deadline = Some(Deadline { clock, wait });
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
            let token = self.access.token(&self.transport, usage, payment).await?;
            let request = encode(&token.secret)?;
            let response =
                self.transport.call(endpoint, Some(payment.invoice()), request, &sent).await?;
            Ok(decode(&response)?)
        };
        let asked = within(self.deadline.as_ref(), asking)
            .await
            .unwrap_or_else(|| Err(CallError::deadline()));
        asked.map_err(|error| error.of_ask(sent.delivery()))
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
        Ok(status::decode(&response, payment.ordered().currency(), self.access.wire.sums)?)
    }

    async fn query_status_with(
        &self,
        token: &Secret,
        payment: &Payment,
    ) -> Result<Response<Bytes>, CallError> {
        let request = status::encode(&self.access.environment, token, payment)?;
        self.transport.call("status", Some(payment.invoice()), request, &SentFlag::default()).await
    }

    /// The key in hand, or the one that is fetched now. Whoever comes meanwhile waits for the same one.
    async fn key(&self) -> Result<Arc<PublicKey>, KeyError> {
        let mut held = self.key.lock().await;
        if let Some(key) = &*held {
            return Ok(Arc::clone(key));
        }
        let request =
            public_key::encode(&self.access.environment).map_err(KeyError::unavailable)?;
        let fetched = self.transport.call("public_key", None, request, &SentFlag::default()).await;
        let response = fetched.map_err(KeyError::unavailable)?;
        let key = Arc::new(public_key::decode(&response, &self.access.environment)?);
        *held = Some(Arc::clone(&key));
        Ok(key)
    }
}

#[async_trait]
impl Gateway for HttpGateway {
    async fn authorize(
        &self,
        payment: &Payment,
        method: SealedMethod,
        request: &PaymentRequest,
    ) -> Result<Observation, GatewayError> {
        let Access { environment, wire, .. } = &self.access;
        // The closure owns the method: it is wiped as soon as the request is written.
        let encode = move |token: &Secret| {
            cryptopay::encode(environment, wire, token, payment, &method, request)
        };
        let decode =
            |response: &Response<Bytes>| cryptopay::decode(response, payment.ordered().currency());
        self.ask("cryptopay", TokenUse::Payment, payment, encode, decode).await
    }

    async fn complete_three_ds(
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
        self.ask("charge", wire.operation_token, payment, encode, |response| {
            charge::decode(response, step)
        })
        .await
    }

    async fn void(&self, payment: &Payment, step: &StepId) -> Result<Observation, GatewayError> {
        let Access { environment, wire, .. } = &self.access;
        let encode = |token: &Secret| cancel::encode(environment, token, payment);
        self.ask("cancel", wire.operation_token, payment, encode, |response| {
            cancel::decode(response, step)
        })
        .await
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
        self.ask("refund", wire.operation_token, payment, encode, |response| {
            refund::decode(response, step)
        })
        .await
    }

    async fn status(&self, payment: &Payment) -> Result<Observation, StatusError> {
        let looked = within(self.deadline.as_ref(), self.query_status(payment)).await;
        looked.unwrap_or_else(|| Err(CallError::deadline())).map_err(CallError::of_status_check)
    }
}

#[async_trait]
impl KeySource for HttpGateway {
    fn terminal(&self) -> &TerminalId {
        self.access.credentials.terminal()
    }

    async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError> {
        let key = within(self.deadline.as_ref(), self.key()).await;
        key.unwrap_or_else(|| Err(KeyError::unavailable(CallError::deadline())))
    }
}

impl Bank for HttpGateway {
    fn environment(&self) -> &Environment {
        &self.access.environment
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
