//! Apple Pay at the shop's counter: a wallet that mints, and the keys that open what it mints.

use epay::apple_pay::{EncryptedToken, Keys, Payload, ProcessingKey, Root, Verifier, expected};
use epay::{Method, Money};
use epay_domain::Timestamp;
use epay_fakewallet::{Merchant, MintedToken, Payment, Wallet};
use epay_testkit::fakebank::cards;
use std::time::{Duration, SystemTime};

/// When the wallet pays, in Unix seconds.
pub const NOW: u64 = 1_790_000_000;

/// A wallet, and the shop that can open what it mints.
pub struct Counter {
    wallet: Wallet,
    merchant: Merchant,
    keys: Keys,
}

impl Default for Counter {
    fn default() -> Counter {
        let wallet = Wallet::new(1, NOW);
        let merchant = wallet.merchant("merchant.kz.example.shop");
        let processing = merchant.processing();
        let key = ProcessingKey::read(processing.certificate_der(), &processing.key_der()).unwrap();
        Counter { wallet, merchant, keys: Keys::new([key]) }
    }
}

impl Counter {
    /// The payer's sheet, with a card that the bank approves.
    pub fn sheet(&self, sum: Money) -> Payment<'_> {
        self.wallet.pay(&self.merchant).amount(sum.minor()).card(cards::VISA_OK)
    }

    /// The token, verified and opened.
    pub fn open(&self, token: &MintedToken) -> Payload {
        let token = EncryptedToken::parse(token.json.as_bytes()).unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        self.verifier().verify(token, now).unwrap().open(&self.keys).unwrap()
    }

    /// Whoever verifies what this wallet mints.
    pub fn verifier(&self) -> Verifier {
        Verifier::trusting(Root::read(&self.wallet.root_der()).unwrap())
    }

    /// When this wallet mints.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(NOW * 1_000)
    }

    /// The token as a way to pay `sum`.
    pub fn method(&self, token: &MintedToken, sum: Money) -> Method {
        let approved = self.open(token).expect(&expected(sum, None).unwrap()).unwrap();
        Method::try_from(approved).unwrap()
    }
}
