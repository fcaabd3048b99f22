//! Every call carries the token that was meant for it: a fresh one for each ask, one shared by all looks.

use std::{sync::Arc, time::Duration};

use async_lock::Mutex;
use bytes::Bytes;
use epay_crypto::{Purpose, Secret, TagKey};
use epay_domain::{Clock, Payment};
use http::Response;

use crate::{
    Credentials, Environment, TokenUse, Wire,
    codec::AnswerError,
    endpoint::{
        EncodeError,
        oauth_token::{self, Bound, Token},
    },
    retrying_transport::{CallError, RetryingTransport, SentFlag},
};

/// What it takes to be let in.
pub(crate) struct Access {
    pub(crate) environment: Environment,
    pub(crate) credentials: Credentials,
    pub(crate) wire: Wire,
    pub(crate) tags: Option<TagKey>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shared: Mutex<Option<Shared>>,
}

/// The token of many looks, and until when it is taken for good by the clock that only goes forward.
/// Where the bank does not tell, that is until it refuses it.
pub(crate) struct Shared {
    token: Arc<Token>,
    until: Option<Duration>,
}

impl Access {
    /// These credentials open one terminal; a payment on another would be asked for under the wrong one.
    pub(crate) fn is_for(&self, payment: &Payment) -> Result<(), EncodeError> {
        let ours = payment.terminal() == self.credentials.terminal();
        ours.then_some(()).ok_or(EncodeError::OtherTerminal)
    }

    /// A token for one call.
    pub(crate) async fn token(
        &self,
        transport: &RetryingTransport,
        usage: TokenUse,
        payment: &Payment,
    ) -> Result<Arc<Token>, CallError> {
        match usage {
            TokenUse::Payment => {
                let bound = self.bound(payment);
                self.fetch(transport, Some(&bound)).await.map(Arc::new)
            }
            TokenUse::Terminal => self.fresh(transport).await.map(Arc::new),
            TokenUse::Shared => self.shared(transport, None).await,
        }
    }

    /// A token for one payment, and the whole answer it came in, for the bank's pay form.
    pub(crate) async fn whole(
        &self,
        transport: &RetryingTransport,
        payment: &Payment,
    ) -> Result<(Token, Secret), CallError> {
        let response = self.call(transport, Some(&self.bound(payment))).await?;
        let token = read(&response)?;
        let whole = String::from_utf8(response.body().to_vec());
        let whole =
            whole.map_err(|_| CallError::answered(response.status(), AnswerError::NotJson))?;
        Ok((token, Secret::new(whole)))
    }

    fn bound<'a>(&self, payment: &'a Payment) -> Bound<'a> {
        let tag =
            |tags: &TagKey| tags.tag(Purpose::SecretHash, payment.terminal(), payment.invoice());
        let secret_hash = self.tags.as_ref().map(tag);
        Bound { invoice: payment.invoice(), amount: payment.ordered(), secret_hash }
    }

    /// A fresh token that names the terminal and no payment.
    pub(crate) async fn fresh(&self, transport: &RetryingTransport) -> Result<Token, CallError> {
        self.fetch(transport, None).await
    }

    /// The shared token; another than `refused`. Whoever comes while it is being fetched waits for the same one.
    pub(crate) async fn shared(
        &self,
        transport: &RetryingTransport,
        refused: Option<&Arc<Token>>,
    ) -> Result<Arc<Token>, CallError> {
        let mut shared = self.shared.lock().await;
        let now = self.clock.monotonic();
        if let Some(Shared { token, until }) = &*shared {
            let was_refused = refused.is_some_and(|refused| Arc::ptr_eq(refused, token));
            let is_over = until.is_some_and(|until| now >= until);
            if !was_refused && !is_over {
                return Ok(Arc::clone(token));
            }
        }
        let token = Arc::new(self.fresh(transport).await?);
        // A tenth of its life is left for calls on their way.
        let until = token.lifetime.map(|lifetime| now + (lifetime - lifetime / 10));
        *shared = Some(Shared { token: Arc::clone(&token), until });
        Ok(token)
    }

    async fn fetch(
        &self,
        transport: &RetryingTransport,
        bound: Option<&Bound<'_>>,
    ) -> Result<Token, CallError> {
        read(&self.call(transport, bound).await?)
    }

    async fn call(
        &self,
        transport: &RetryingTransport,
        bound: Option<&Bound<'_>>,
    ) -> Result<Response<Bytes>, CallError> {
        let request = oauth_token::encode(
            &self.environment,
            &self.credentials,
            self.wire.amount_text,
            bound,
        )?;
        let invoice = bound.map(|bound| bound.invoice);
        transport.call("oauth_token", invoice, request, &SentFlag::default()).await
    }
}

fn read(response: &Response<Bytes>) -> Result<Token, CallError> {
    oauth_token::decode(response).map_err(|error| CallError::answered(response.status(), error))
}
