//! The payer's phone, and the shop that verifies and opens what it sends. The wallet in it is a
//! fake with its own root.

use std::time::{Duration, UNIX_EPOCH};

use epay::apple_pay::{EncryptedToken, Keys, ProcessingKey, Root, Verifier, expected};
use epay::{Method, Money};
use epay_domain::Timestamp;
use epay_fakewallet::{Merchant, Wallet};

use crate::Failure;

/// Any number makes a wallet.
const SEED: u64 = 17;

/// Who the shop is to the wallet's authority.
pub(crate) const MERCHANT: &str = "merchant.kz.example.demo";

/// A phone with a wallet, and a shop that the wallet's authority has issued a certificate to.
pub(crate) struct Phone {
    pub(crate) wallet: Wallet,
    pub(crate) merchant: Merchant,
    verifier: Verifier,
    keys: Keys,
}

impl Phone {
    /// A phone by this clock.
    pub(crate) fn new(now: Timestamp) -> Result<Phone, Failure> {
        let wallet = Wallet::new(SEED, now.unix_millis() / 1_000);
        let merchant = wallet.merchant(MERCHANT);
        let verifier = Verifier::trusting(Root::read(&wallet.root_der())?);
        let processing = merchant.processing();
        let key = ProcessingKey::read(
            processing.certificate_pem().as_bytes(),
            processing.key_pem().as_bytes(),
        )?;
        Ok(Phone { wallet, merchant, verifier, keys: Keys::new([key]) })
    }

    /// The payer confirms the sum with a glance at the phone: `paymentData` of the token it makes.
    pub(crate) fn confirm(&self, sum: Money, card: &str, now: Timestamp) -> String {
        let payment = self.wallet.pay(&self.merchant).amount(sum.minor()).currency("398");
        payment.card(card).expiry("311231").signed_at(now.unix_millis() / 1_000).mint().json
    }

    /// What the shop's server does with it: verify, open, compare with the order.
    pub(crate) fn open(
        &self,
        payment_data: &str,
        sum: Money,
        now: Timestamp,
    ) -> Result<Method, Failure> {
        let now = UNIX_EPOCH + Duration::from_millis(now.unix_millis());
        let verified =
            self.verifier.verify(EncryptedToken::parse(payment_data.as_bytes())?, now)?;
        let order = expected(sum, None).ok_or("the currency has no number")?;
        Ok(Method::try_from(verified.open(&self.keys)?.expect(&order)?)?)
    }
}
