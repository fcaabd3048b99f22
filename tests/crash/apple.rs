//! Apple Pay at this shop's counter: a wallet that mints, and the keys that open what it mints.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use epay::Method;
use epay::apple_pay::{EncryptedToken, Keys, ProcessingKey, Root, Verifier, expected};
use epay_testkit::fakebank::cards;
use epay_testkit::wallet::{Merchant, Wallet};

use crate::flows::PRICE;

const NOW: u64 = 1_790_000_000;

/// The keys of a wallet are slow to make, so there is one.
static COUNTER: LazyLock<Counter> = LazyLock::new(Counter::new);

struct Counter {
    wallet: Wallet,
    merchant: Merchant,
    verifier: Verifier,
    keys: Keys,
}

impl Counter {
    fn new() -> Counter {
        let wallet = Wallet::new(1, NOW);
        let merchant = wallet.merchant("merchant.kz.example.shop");
        let verifier = Verifier::trusting(Root::read(&wallet.root_der()).unwrap());
        let processing = merchant.processing();
        let key = ProcessingKey::read(processing.certificate_der(), &processing.key_der()).unwrap();
        Counter { wallet, merchant, verifier, keys: Keys::new([key]) }
    }
}

/// The token of this tap, verified and opened. The same tap gives the same token, as a page that is sent twice does.
pub(crate) fn opened(tap: u8) -> Method {
    let Counter { wallet, merchant, verifier, keys } = &*COUNTER;
    let sheet =
        wallet.pay(merchant).amount(PRICE.minor()).card(cards::VISA_OK).transaction_id([tap; 32]);
    let token = EncryptedToken::parse(sheet.mint().json.as_bytes()).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let payload = verifier.verify(token, now).unwrap().open(keys).unwrap();
    Method::try_from(payload.expect(&expected(PRICE, None).unwrap()).unwrap()).unwrap()
}
