//! The payer's link: it holds what the log has no place for, sealed, so that nothing is stored beside the log.

use crate::shop::Shop;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epay::{PaymentRequest, Secret, TokioClock};
use epay_domain::{Clock, InvalidRequest, Timestamp};
use ring::{aead, hmac};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a link lasts.
const LASTS: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an app may hold a token: about as long as a payer looks at a basket.
const APP_LASTS: Duration = Duration::from_secs(60 * 60);
/// No link of ours is longer. The bank takes an address of 2048 bytes, and has to send payers back to it.
const MOST_BYTES: usize = 1800;

/// Seals the links or the app tokens of a shop, and takes no one for the other: worked out of its client
/// secret and its name, so the same on every machine
/// and after a restart, and another's for another shop of the same client.
pub(crate) struct LinkKey {
    root: hmac::Key,
    seals: Option<aead::LessSafeKey>,
    /// Makes the nonces.
    nonces: hmac::Key,
}

impl LinkKey {
    pub(crate) fn of_links(secret: &Secret, shop: &str) -> LinkKey {
        LinkKey::derived(secret, &format!("epay checkout links of {shop}, version 2"))
    }

    pub(crate) fn of_app_tokens(secret: &Secret, shop: &str) -> LinkKey {
        LinkKey::derived(secret, &format!("epay app tokens of {shop}, version 2"))
    }

    fn derived(secret: &Secret, said: &str) -> LinkKey {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let root = hmac::sign(&key, said.as_bytes());
        let root = hmac::Key::new(hmac::HMAC_SHA256, root.as_ref());
        // A tag has the 32 bytes of such a key, so there always is one.
        let seals = aead::UnboundKey::new(&aead::AES_256_GCM, hmac::sign(&root, b"seals").as_ref());
        let nonces = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"nonces").as_ref());
        LinkKey { root, seals: seals.ok().map(aead::LessSafeKey::new), nonces }
    }

    /// A nonce that is of what is sealed: another text has another, so none is used twice.
    fn seal(&self, text: Vec<u8>) -> Option<Vec<u8>> {
        let digest = hmac::sign(&self.nonces, &text);
        let nonce: [u8; aead::NONCE_LEN] =
            digest.as_ref().get(..aead::NONCE_LEN)?.try_into().ok()?;
        let (mut sealed, nonce_of) = (text, aead::Nonce::assume_unique_for_key(nonce));
        let key = self.seals.as_ref()?;
        key.seal_in_place_append_tag(nonce_of, aead::Aad::empty(), &mut sealed).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(aead::NONCE_LEN)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = sealed.to_vec();
        let opened = self.seals.as_ref()?.open_in_place(nonce, aead::Aad::empty(), &mut text);
        Some(opened.ok()?.to_vec())
    }
}

impl LinkKey {
    /// What else is signed with a secret of this shop, each with its own.
    pub(crate) fn derived_for(&self, what: &str) -> impl Iterator<Item = u8> + use<> {
        let derived = hmac::sign(&self.root, format!("epay {what}, version 1").as_bytes());
        derived.as_ref().to_vec().into_iter()
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(redacted)")
    }
}

/// What a link says. Nobody but its shop's service can read or change it.
#[derive(Clone, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Link {
    #[serde(rename = "o")]
    pub(crate) order: String,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    payer: Option<Payer>,
    /// Unix seconds.
    #[serde(rename = "x")]
    expires: u64,
}

/// What the bank is told of the payer beside their card. None of it is kept here.
#[derive(Clone, Deserialize, Serialize, PartialEq, Eq, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payer {
    /// Where the bank sends the receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    email: Option<String>,
    /// Digits, with or without a leading `+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^\+?[0-9]{5,20}$")]
    phone: Option<String>,
    /// The shop's name for the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    account: Option<String>,
}

impl fmt::Debug for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payer(redacted)")
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("order", &self.order).finish_non_exhaustive()
    }
}

impl Link {
    pub(crate) fn new(order: &str, description: Option<&str>) -> Link {
        Link::until(TokioClock.now() + LASTS, order, description)
    }

    fn until(end: Timestamp, order: &str, description: Option<&str>) -> Link {
        let expires = end.unix_millis() / 1000;
        let (order, description) = (order.to_owned(), description.map(str::to_owned));
        Link { order, description, payer: None, expires }
    }

    pub(crate) fn with_payer(self, payer: Option<Payer>) -> Link {
        Link { payer, ..self }
    }

    /// What goes to the bank with a payment by this link.
    pub(crate) fn request(&self) -> Result<PaymentRequest, InvalidRequest> {
        let mut request = PaymentRequest::new(self.description.as_deref().unwrap_or(&self.order))?;
        let Some(payer) = &self.payer else { return Ok(request) };
        if let Some(email) = &payer.email {
            request = request.with_email(email)?;
        }
        if let Some(phone) = &payer.phone {
            request = request.with_phone(phone)?;
        }
        match &payer.account {
            Some(account) => request.with_account(account),
            None => Ok(request),
        }
    }

    /// Whether it is short enough to be a link.
    pub(crate) fn fits(&self, shop: &Shop) -> bool {
        self.text(&shop.links).len() <= MOST_BYTES
    }

    /// The whole address.
    pub(crate) fn url(&self, shop: &Shop) -> String {
        format!("{}/pay/{}/{}", shop.public_url, shop.name, self.text(&shop.links))
    }

    /// What an app may hold to pay this order and see how it stands, and when it ends (Unix seconds).
    pub(crate) fn app_token(shop: &Shop, order: &str) -> (String, u64) {
        let link = Link::until(TokioClock.now() + APP_LASTS, order, None);
        (format!("app.{}.{}", shop.name, link.text(&shop.app_tokens)), link.expires)
    }

    /// The name of the shop that an app's token says it is of, and the rest of it.
    pub(crate) fn of_app(token: &str) -> Option<(&str, &str)> {
        token.strip_prefix("app.")?.split_once('.')
    }

    /// The order of such a rest, if this shop gave it and it has not expired.
    pub(crate) fn read_app(shop: &Shop, text: &str) -> Option<Link> {
        Link::read_at(TokioClock.now(), &shop.app_tokens, text)
    }

    fn text(&self, key: &LinkKey) -> String {
        // Texts and a number: there is nothing in it that can't be written or sealed.
        let said = serde_json::to_vec(self).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(key.seal(said).unwrap_or_default())
    }

    /// The link, if it is this shop's, however old.
    pub(crate) fn read(shop: &Shop, text: &str) -> Option<Link> {
        Link::opened(&shop.links, text)
    }

    pub(crate) fn has_expired(&self) -> bool {
        self.has_expired_at(TokioClock.now())
    }

    fn has_expired_at(&self, now: Timestamp) -> bool {
        now.unix_millis() / 1000 >= self.expires
    }

    fn read_at(now: Timestamp, key: &LinkKey, text: &str) -> Option<Link> {
        Link::opened(key, text).filter(|link| !link.has_expired_at(now))
    }

    fn opened(key: &LinkKey, text: &str) -> Option<Link> {
        let sealed = Some(text).filter(|text| text.len() <= MOST_BYTES)?;
        let said = key.open(&URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
        serde_json::from_slice(&said).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_by_its_shop_until_it_expires_and_not_when_it_was_changed() {
        let key = LinkKey::of_links(&Secret::new("secret"), "books");
        let now = Timestamp::from_unix_millis(1_795_478_400_000);
        let payer = r#"{"email":"a@example.kz","phone":"+77771232380","account":"7"}"#;
        let payer = serde_json::from_str(payer).unwrap();
        let link =
            Link::until(now + LASTS, "заказ 17", Some("Three books")).with_payer(Some(payer));
        let text = link.text(&key);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        let day = Duration::from_secs(24 * 60 * 60);
        let later = |by: Duration| now + by;
        assert_eq!(
            Link::read_at(later(day - Duration::from_secs(1)), &key, &text),
            Some(link.clone())
        );
        assert_eq!(link.request().unwrap().account(), Some("7"));
        assert_eq!(link.text(&key), text, "the same link is the same text");
        assert_eq!(Link::read_at(later(day), &key, &text), None);
        for (secret, shop) in [("other", "books"), ("secret", "tools")] {
            let key = LinkKey::of_links(&Secret::new(secret), shop);
            assert_eq!(Link::read_at(now, &key, &text), None, "{secret} {shop}");
        }
        let of_apps = LinkKey::of_app_tokens(&Secret::new("secret"), "books");
        assert_eq!(Link::read_at(now, &of_apps, &text), None);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last digit of unpadded base64 has bits that say nothing, and they have to be zero.
            assert_eq!(Link::read_at(now, &key, &changed), None, "{changed}");
        }
    }

    #[test]
    fn the_longest_order_and_description_fit() {
        let key = LinkKey::of_links(&Secret::new("secret"), "books");
        let now = Timestamp::from_unix_millis(1_795_478_400_000);
        let link = Link::until(now + LASTS, &"\"".repeat(128), Some(&"\"".repeat(125)));
        assert_eq!(Link::read_at(now, &key, &link.text(&key)), Some(link));
    }
}
