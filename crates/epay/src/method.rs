//! The payment methods, sealed or not yet. Each kind is its own type, so that none is mistaken for
//! another.

use crate::{PayError, PayErrorKind, Payments};
use epay_crypto::{ApplePayToken, Card, DecryptedApplePay, GooglePayToken, PublicKey};
use epay_domain::{CardId, Initiator, Money, PaymentRequest, ReplayKey, SavedCard, SealedMethod};
use std::{sync::Arc, time::Duration};

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
    /// A Google Pay token as it came from the device, for the bank to open.
    GooglePayToken(GooglePayToken),
    /// A card that the bank keeps, chosen by a payer who is there.
    SavedCard(CardId),
    /// A card that the bank keeps, asked for money by the merchant: the payer has agreed to it before, and is not there.
    /// A bank that asks for 3-D Secure all the same waits for nobody: [`Payments::abandon`].
    Recurrent(CardId),
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

impl From<GooglePayToken> for Method {
    fn from(token: GooglePayToken) -> Method {
        Method::GooglePayToken(token)
    }
}

impl From<CardId> for Method {
    fn from(card: CardId) -> Method {
        Method::SavedCard(card)
    }
}

impl From<SavedCard> for Method {
    fn from(card: SavedCard) -> Method {
        Method::SavedCard(card.id)
    }
}

impl Method {
    /// The sum that the payer agreed to, where the method says it.
    pub(crate) fn agreed(&self) -> Option<Money> {
        match self {
            Method::ApplePay(opened) => Some(opened.agreed()),
            _ => None,
        }
    }

    /// The request with the holder's name of the card, unless it names the payer itself.
    pub(crate) fn completes(&self, request: &PaymentRequest) -> Result<PaymentRequest, PayError> {
        match self {
            Method::Card(card) if request.payer_name().is_none() => {
                let holder = card.holder().ok_or(PayError::new(PayErrorKind::NoHolder))?;
                request.clone().with_payer_name(holder).map_err(PayError::input)
            }
            _ => Ok(request.clone()),
        }
    }
}

impl Payments {
    /// What can be paid with once and is known by its name, or by what it is. A card can be paid with again, and an Apple Pay
    /// token that nobody here verifies is the bank's to know.
    pub(crate) fn replay_key(&self, method: &Method) -> Result<Option<ReplayKey>, PayError> {
        match method {
            Method::ApplePay(opened) => Ok(Some(opened.replay_key())),
            Method::GooglePayToken(token) => Ok(Some(token.replay_key())),
            #[cfg(feature = "applepay")]
            Method::ApplePayToken(token) => self.token_key(token),
            _ => Ok(None),
        }
    }

    /// Seals with the bank's present key. Fails before anything was asked, so nothing was charged.
    pub(crate) async fn seal(&self, method: Method) -> Result<SealedMethod, PayError> {
        match method {
            Method::Sealed(sealed) => Ok(sealed),
            Method::SavedCard(card) => Ok(SealedMethod::saved_card(card, Initiator::Payer)),
            Method::Recurrent(card) => Ok(SealedMethod::saved_card(card, Initiator::Merchant)),
            Method::Card(card) => {
                self.bank_key().await?.seal_card(card, self.terminal()).map_err(PayError::seal)
            }
            Method::ApplePay(opened) => {
                let key = self.bank_key().await?;
                let expiry =
                    self.apple_expiry.ok_or(PayError::new(PayErrorKind::AppleExpiryNotSet))?;
                key.seal_apple_pay(opened, self.terminal(), expiry).map_err(PayError::seal)
            }
            Method::ApplePayToken(token) => {
                #[cfg(feature = "applepay")]
                self.verify_token(&token)?;
                let key = self.bank_key().await?;
                key.seal_apple_pay_token(token, self.terminal()).map_err(PayError::seal)
            }
            Method::GooglePayToken(token) => {
                let key = self.bank_key().await?;
                key.seal_google_pay_token(token, self.terminal()).map_err(PayError::seal)
            }
        }
    }

    /// The bank's present key, which is trusted: for a page that seals in the payer's browser. What it
    /// seals is a [`Method::Sealed`].
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let for_the_page: Vec<u8> = shop.bank_key().await?.spki_der().to_vec();
    /// # Ok(()) }
    /// ```
    pub async fn bank_key(&self) -> Result<Arc<PublicKey>, PayError> {
        self.bank.bank_key().await.map_err(PayError::key)
    }

    /// How long ago the key in hand was fetched, for whoever watches; `None` where there is none in hand.
    /// It asks nobody.
    pub fn bank_key_age(&self) -> Option<Duration> {
        self.bank.bank_key_age()
    }
}
