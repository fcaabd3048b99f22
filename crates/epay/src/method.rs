//! What the payer pays with, sealed or not yet. Each kind is its own type, so that none is taken for another.

use crate::{PayError, PayErrorKind, Payments};
use epay_crypto::{ApplePayToken, Card, DecryptedApplePay};
use epay_domain::{Money, PaymentRequest, ReplayKey, SealedMethod};

/// How the payer pays. Anything that can become one goes into [`Payments::pay`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Method {
    /// Card data in clear, to be sealed here. Seeing it puts the merchant in the scope of PCI DSS.
    Card(Card),
    /// Sealed elsewhere.
    Sealed(SealedMethod),
    /// An Apple Pay token that the merchant opened.
    ApplePay(DecryptedApplePay),
    /// An Apple Pay token as it came from the device, for the bank to open.
    ApplePayToken(ApplePayToken),
}

impl From<Card> for Method {
    fn from(card: Card) -> Method {
        Method::Card(card)
    }
}

impl From<SealedMethod> for Method {
    fn from(sealed: SealedMethod) -> Method {
        Method::Sealed(sealed)
    }
}

impl From<DecryptedApplePay> for Method {
    fn from(opened: DecryptedApplePay) -> Method {
        Method::ApplePay(opened)
    }
}

impl From<ApplePayToken> for Method {
    fn from(token: ApplePayToken) -> Method {
        Method::ApplePayToken(token)
    }
}

impl Method {
    /// The sum that the payer agreed to, where the method says it.
    pub(crate) fn agreed(&self) -> Option<Money> {
        match self {
            Method::ApplePay(opened) => Some(opened.agreed()),
            Method::Card(_) | Method::Sealed(_) | Method::ApplePayToken(_) => None,
        }
    }

    /// The request with the holder's name of the card, unless it names the payer itself.
    pub(crate) fn completes(&self, request: &PaymentRequest) -> Result<PaymentRequest, PayError> {
        match self {
            Method::Card(card) if request.payer_name().is_none() => {
                let holder = card.holder().ok_or(PayError::new(PayErrorKind::NoHolder))?;
                request.clone().with_payer_name(holder).map_err(PayError::request)
            }
            _ => Ok(request.clone()),
        }
    }
}

impl Payments {
    /// What can be paid with once and is known by its name. A card can be paid with again, and a token that nobody here
    /// verifies is the bank's to know.
    pub(crate) fn replay_key(&self, method: &Method) -> Result<Option<ReplayKey>, PayError> {
        match method {
            Method::ApplePay(opened) => Ok(Some(opened.replay_key())),
            #[cfg(feature = "applepay")]
            Method::ApplePayToken(token) => self.token_key(token),
            _ => Ok(None),
        }
    }

    /// Seals with the bank's present key. Fails before anything was asked, so nothing was charged.
    pub(crate) async fn seal(&self, method: Method) -> Result<SealedMethod, PayError> {
        if let Method::Sealed(sealed) = method {
            return Ok(sealed);
        }
        #[cfg(feature = "applepay")]
        if let Method::ApplePayToken(token) = &method {
            self.verify_token(token)?;
        }
        let key = self.bank.bank_key().await.map_err(PayError::key)?;
        let terminal = self.terminal();
        match method {
            Method::Sealed(sealed) => Ok(sealed),
            Method::Card(card) => key.seal_card(card, terminal),
            Method::ApplePay(opened) => {
                let expiry =
                    self.apple_expiry.ok_or(PayError::new(PayErrorKind::AppleExpiryNotSet))?;
                key.seal_apple_pay(opened, terminal, expiry)
            }
            Method::ApplePayToken(token) => key.seal_apple_pay_token(token, terminal),
        }
        .map_err(PayError::seal)
    }
}
