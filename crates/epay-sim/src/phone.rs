//! The payer's phone where tokens are real: it makes one for each click, and the shop's server verifies and opens it.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use epay::apple_pay::{EncryptedToken, Keys, ProcessingKey, Root, Verifier, expected};
use epay::{ApplePayToken, GooglePayToken, Method, Money};
use epay_domain::Timestamp;
use epay_fakebank::cards;
use epay_fakewallet::{Merchant, Wallet};

use crate::clock::BEGIN;
use crate::world::World;

/// One for all worlds: what it makes differs by the world's seed, the order and the time.
struct Phone {
    wallet: Wallet,
    merchant: Merchant,
    keys: Keys,
}

static PHONE: LazyLock<Option<Phone>> = LazyLock::new(|| {
    let wallet = Wallet::new(1, BEGIN.unix_millis() / 1_000);
    let merchant = wallet.merchant("merchant.kz.example.shop");
    let processing = merchant.processing();
    let key = ProcessingKey::read(processing.certificate_der(), &processing.key_der()).ok()?;
    Some(Phone { wallet, merchant, keys: Keys::new([key]) })
});

/// Who verifies what this phone makes.
pub(crate) fn verifier() -> Option<Verifier> {
    let root = Root::read(&PHONE.as_ref()?.wallet.root_der()).ok()?;
    Some(Verifier::trusting(root))
}

/// The token as the browser hands it over, for the bank to open.
pub(crate) fn token(world: &World, order: usize, amount: Money) -> Option<ApplePayToken> {
    let phone = PHONE.as_ref()?;
    let mut id = [0; 32];
    let at = world.now().0;
    let parts = [world.scenario.seed, u64::try_from(order).unwrap_or(0), at].map(u64::to_le_bytes);
    id.iter_mut().zip(parts.as_flattened()).for_each(|(byte, part)| *byte = *part);
    let payment = phone.wallet.pay(&phone.merchant).amount(amount.minor()).card(cards::VISA_OK);
    let payment = payment.expiry("300131").signed_at(at / 1_000).transaction_id(id);
    Some(ApplePayToken::new(payment.mint().json))
}

/// Google's token, another at each tap.
pub(crate) fn taps_google_pay(world: &World, order: usize) -> GooglePayToken {
    GooglePayToken::new(google_token(&format!("{order} {}", world.now().0)))
}

/// Of Google's form, with this in place of what only the bank can open.
pub(crate) fn google_token(sealed: &str) -> String {
    format!(r#"{{"signature":"","protocolVersion":"ECv2","signedMessage":"{sealed}"}}"#)
}

/// The token verified and opened by the shop's server, by whose clock it is so late; none where that refuses it.
pub(crate) fn opened(world: &World, order: usize, amount: Money, now: Timestamp) -> Option<Method> {
    static VERIFIER: LazyLock<Option<Verifier>> = LazyLock::new(verifier);
    let token = token(world, order, amount)?;
    let token = EncryptedToken::parse(token.expose().as_bytes()).ok()?;
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now.unix_millis());
    let verified = VERIFIER.as_ref()?.verify(token, now).ok()?;
    let approved = verified.open(&PHONE.as_ref()?.keys).ok()?.expect(&expected(amount, None)?);
    Method::try_from(approved.ok()?).ok()
}
