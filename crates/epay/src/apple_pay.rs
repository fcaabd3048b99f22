//! Turns an Apple Pay token that the merchant verified and opened into a payment method: Apple's
//! names meet the bank's.

use crate::{Method, PayError, Payments};
use epay_crypto::{ApplePayToken, CardNumber, DecryptedApplePay, Eci, Expiry, Secret};
use epay_domain::{Currency, Money, ReplayKey};
use epay_http::Environment;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use epay_applepay::*;

/// What a token must be for: this sum, and the `applicationData` that the payment request carried, if any.
/// `None` for a currency whose number nobody has written down here yet.
///
/// ```
/// use epay::{Money, apple_pay};
///
/// let expected = apple_pay::expected(Money::tenge(1_500), None).unwrap();
/// assert_eq!((expected.amount, expected.currency), (150_000, 398));
/// ```
pub fn expected(amount: Money, application_data: Option<&[u8]>) -> Option<Expected<'_>> {
    let (_, currency) = *CURRENCIES.iter().find(|(known, _)| *known == amount.currency())?;
    Some(Expected { amount: amount.minor(), currency, application_data })
}

/// The numbers of ISO 4217. Apple and we count a hundred minor units to the unit of both.
const CURRENCIES: [(Currency, u16); 2] = [(Currency::KZT, 398), (Currency::USD, 840)];

/// A token that was opened and is what was asked for. Its sum goes along, and no other can be paid with it; so does its
/// transaction id, which is claimed with the attempt, so that no token is paid with twice.
///
/// Fails before anything was asked, for a token that is proven by EMV data, which the bank's page has no field for, for
/// one in another currency, and for an account number that is none.
impl TryFrom<Approved> for Method {
    type Error = PayError;

    fn try_from(approved: Approved) -> Result<Method, PayError> {
        let Proof::ThreeDSecure { cryptogram, eci } = approved.proof() else {
            return Err(PayError::seal(NoFieldFor("emv data")));
        };
        let number = approved.payload().currency();
        let currency =
            CURRENCIES.iter().find(|(_, known)| *known == number).map(|(currency, _)| *currency);
        let currency = currency.ok_or_else(|| PayError::seal(NoFieldFor("this currency")))?;
        let eci = eci.as_ref().map(|eci| Eci::new(eci)).transpose().map_err(PayError::seal)?;
        let opened = DecryptedApplePay::new(
            CardNumber::new(approved.dpan()).map_err(PayError::seal)?,
            Expiry::parse_yymmdd(approved.expiry()).map_err(PayError::seal)?,
            Secret::new(cryptogram.as_str()),
            eci,
            ReplayKey::new(*approved.transaction_id()),
            Money::new(approved.payload().amount(), currency),
        );
        Ok(Method::ApplePay(opened))
    }
}

pub(crate) fn verifier_for(environment: &Environment) -> Option<Arc<Verifier>> {
    (!environment.is_mock()).then(|| Arc::new(Verifier::apple()))
}

impl Payments {
    /// Who verifies, before the bank is asked, each token that the bank opens: that Apple's device has signed it, just
    /// now, and, by a claim of its transaction id, that it was not brought before. What is inside, the sum above all, only
    /// the bank sees. [`Verifier::apple`] does it unless said, but for a mock, whose tokens Apple never signed; `None`
    /// passes tokens on unlooked at.
    ///
    /// ```
    /// # fn example(shop: epay::Payments) -> epay::Payments {
    /// shop.with_apple_pay_verifier(None)
    /// # }
    /// ```
    #[must_use]
    pub fn with_apple_pay_verifier(mut self, verifier: impl Into<Option<Verifier>>) -> Payments {
        self.apple_verifier = verifier.into().map(Arc::new);
        self
    }

    /// What is claimed with a token that the bank opens. The id is believed although nobody here opens the token: one
    /// whose id was changed does not open.
    pub(crate) fn token_key(&self, token: &ApplePayToken) -> Result<Option<ReplayKey>, PayError> {
        let Some(_) = &self.apple_verifier else { return Ok(None) };
        let token = EncryptedToken::parse(token.expose().as_bytes()).map_err(PayError::token)?;
        Ok(Some(ReplayKey::new(*token.transaction_id())))
    }

    pub(crate) fn verify_token(&self, token: &ApplePayToken) -> Result<(), PayError> {
        let Some(verifier) = &self.apple_verifier else { return Ok(()) };
        let token = EncryptedToken::parse(token.expose().as_bytes()).map_err(PayError::token)?;
        let now = Duration::from_millis(self.log.now().unix_millis());
        let now = SystemTime::UNIX_EPOCH.checked_add(now).unwrap_or(SystemTime::UNIX_EPOCH);
        verifier.verify(token, now).map(drop).map_err(PayError::token)
    }
}

#[derive(Debug)]
struct NoFieldFor(&'static str);

impl fmt::Display for NoFieldFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bank has no field for {}", self.0)
    }
}

impl std::error::Error for NoFieldFor {}
