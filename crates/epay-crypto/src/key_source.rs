//! A port: where the key to seal with for one terminal comes from.

use crate::{KeyError, PublicKey};
use async_trait::async_trait;
use epay_domain::TerminalId;
use std::fmt::Debug;
use std::sync::Arc;

/// Gives the terminal a method is sealed for and the bank's key to seal it with.
///
/// # Contract
///
/// 1. [`bank_key`](KeySource::bank_key) returns a key only after [`KeyTrust::check`](crate::KeyTrust::check) accepted
///    it. A key that is refused never falls back to another.
/// 2. It moves no money, so it may be asked again after any error.
/// 3. It answers many tasks at once, and usually from memory: parsing a key once is enough.
/// 4. Dropping the future cancels the wait and leaves the source usable.
/// 5. Failing to fetch is [`KeyError::unavailable`].
///
/// ```
/// # use epay_crypto::{KeyError, KeySource, PublicKey};
/// # use epay_domain::TerminalId;
/// # use std::sync::Arc;
/// /// The key ships with the program and was checked at its start.
/// #[derive(Debug)]
/// struct Embedded { terminal: TerminalId, key: Arc<PublicKey> }
///
/// #[async_trait::async_trait]
/// impl KeySource for Embedded {
///     fn terminal(&self) -> &TerminalId { &self.terminal }
///     async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError> { Ok(self.key.clone()) }
/// }
/// ```
#[async_trait]
pub trait KeySource: Debug + Send + Sync {
    /// The terminal whose id goes into every cryptogram.
    fn terminal(&self) -> &TerminalId;

    /// The bank's present key.
    async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError>;
}
