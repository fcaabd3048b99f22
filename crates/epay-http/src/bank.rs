//! The `Bank`, as a program that takes payments needs it: a gateway, the key to seal with, the
//! environment and the pay form.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use epay_crypto::{KeyError, PublicKey, TagKey};
use epay_domain::{CardId, Gateway, Payment, PaymentRequest, SavedCard, StatusError};

use crate::{Environment, PayFormParams};

/// Everything the facade needs of the bank. [`HttpGateway`](crate::HttpGateway) is one; a fake is another.
///
/// # Contract
///
/// 1. [`bank_key`](Bank::bank_key) gives a key only after
///    [`Environment::check_key`](crate::Environment::check_key) has accepted it. A key that is refused
///    never falls back to another.
/// 2. It moves no money, so it may be asked again after any error.
/// 3. It answers many tasks at once, and usually from memory: parsing a key once is enough.
/// 4. Dropping the future cancels the wait and leaves the bank usable.
/// 5. Failing to fetch is [`KeyError::unavailable`].
///
/// ```
/// # use epay_crypto::*;
/// # use epay_domain::{*, Delivery::NotSent, GatewayErrorKind::Unavailable};
/// # use epay_http::{Bank, Environment, PayFormParams};
/// # use std::sync::Arc;
/// # type Answer = Result<Observation, GatewayError>;
/// /// Where the shop sends its payers while it is being moved: it takes nothing and knows nothing.
/// #[derive(Debug)]
/// struct ClosedBank { environment: Environment, terminal: TerminalId, key: Arc<PublicKey> }
///
/// impl ClosedBank {
///     fn closed(&self) -> Answer { Err(GatewayError::new(NotSent, Unavailable)) }
/// }
///
/// #[async_trait::async_trait]
/// impl Gateway for ClosedBank {
///     fn terminal(&self) -> &TerminalId { &self.terminal }
///     async fn authorize(&self, _: &Payment, _: SealedMethod, _: &PaymentRequest) -> Answer { self.closed() }
///     async fn confirm(&self, _: &Payment, _: ThreeDsAnswer) -> Answer { self.closed() }
///     async fn capture(&self, _: &Payment, _: &StepId, _: Money) -> Answer { self.closed() }
///     async fn void(&self, _: &Payment, _: &StepId) -> Answer { self.closed() }
///     async fn refund(&self, _: &Payment, _: &StepId, _: Money) -> Answer { self.closed() }
///     async fn status(&self, _: &Payment) -> Result<Observation, StatusError> {
///         Ok(Observation::status(Fact::NotFound))
///     }
/// }
///
/// #[async_trait::async_trait]
/// impl Bank for ClosedBank {
///     fn environment(&self) -> &Environment { &self.environment }
///     async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError> {
///         self.environment.check_key(&self.key)?; // it came with the program
///         Ok(Arc::clone(&self.key))
///     }
///     fn tag_key(&self) -> TagKey { TagKey::derived(&Secret::new("what all its machines share")) }
///     async fn pay_form(&self, _: &Payment, _: &PaymentRequest) -> Result<PayFormParams, StatusError> {
///         Err(StatusError::new(Unavailable))
///     }
///     async fn saved_cards(&self, _: &str) -> Result<Vec<SavedCard>, StatusError> { Ok(Vec::new()) }
///     async fn deactivate_card(&self, _: &CardId) -> Result<(), StatusError> {
///         Err(StatusError::new(Unavailable))
///     }
/// }
/// # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../epay-crypto/tests/keys/bank.public.pem"));
/// # let key = Arc::new(PublicKey::parse(pem)?);
/// # let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?;
/// # let environment = Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api")?;
/// let bank: Box<dyn Bank> = Box::new(ClosedBank { environment, terminal, key });
/// assert_eq!(pollster::block_on(bank.bank_key())?.spki_sha256().to_string().len(), 64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait Bank: Gateway {
    /// Which bank this is: the 3-D Secure form has to know, and so has the check of its key.
    fn environment(&self) -> &Environment;

    /// The bank's present key.
    async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError>;

    /// How long ago the key in hand was fetched, for whoever watches; `None` where there is none in hand, or
    /// nobody counts.
    fn bank_key_age(&self) -> Option<Duration> {
        None
    }

    /// The params with which the payer's page opens the bank's pay form for exactly this payment: its
    /// invoice, sum, currency and terminal. Fetching them moves no money, and may be done again after any
    /// error; the payer who gets them can. So `Asked(HandOver)` is written before they leave. Each fetch brings a
    /// token of its own, [which lives as long as is told](PayFormParams::lifetime); no text of the shop's ends the
    /// script that they stand in; the payment's tag goes along; and what the form would refuse is an error.
    async fn pay_form(
        &self,
        payment: &Payment,
        request: &PaymentRequest,
    ) -> Result<PayFormParams, StatusError>;

    /// The cards that the bank keeps under `account`, the merchant's name for a payer
    /// ([`with_account`](epay_domain::PaymentRequest::with_account)). None is no error.
    async fn saved_cards(&self, account: &str) -> Result<Vec<SavedCard>, StatusError>;

    /// Ends a card: nobody pays with it any more. It may be asked again after any error; ending a card twice
    /// ends it once.
    async fn deactivate_card(&self, card: &CardId) -> Result<(), StatusError>;

    /// What signs the links by which payers return: the same on all machines and after a restart, so
    /// that a payer in 3-D Secure is not lost by one. Best [derived](TagKey::derived) from the
    /// credentials.
    fn tag_key(&self) -> TagKey;
}
