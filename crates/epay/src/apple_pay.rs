//! An Apple Pay token that the merchant verified and opened becomes a way to pay: what Apple calls it meets what the
//! bank takes.

use crate::{Method, PayError};
use epay_crypto::{CardNumber, DecryptedApplePay, Eci, Expiry, Secret};
use epay_domain::{Currency, Money, ReplayKey};
use std::fmt;

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

#[derive(Debug)]
struct NoFieldFor(&'static str);

impl fmt::Display for NoFieldFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bank has no field for {}", self.0)
    }
}

impl std::error::Error for NoFieldFor {}
