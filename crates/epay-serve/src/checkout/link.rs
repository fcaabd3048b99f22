//! The payer's link: it holds what the log has no place for, signed, so that nothing is stored beside the log.

use crate::shop::Shop;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epay::{Secret, TokioClock};
use epay_domain::{Clock, Timestamp};
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How long a link lasts.
const LASTS: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an app may hold a token: about as long as a payer looks at a basket.
const APP_LASTS: Duration = Duration::from_secs(60 * 60);
/// No link of ours is longer: an order has 128 bytes, a description 125.
const MOST_BYTES: usize = 1024;

/// Signs the links or the app tokens of a shop, and takes no one for the other: worked out of its client secret and its name, so the same on every machine
/// and after a restart, and another's for another shop of the same client.
pub(crate) struct LinkKey(hmac::Key);

impl LinkKey {
    pub(crate) fn of_links(secret: &Secret, shop: &str) -> LinkKey {
        LinkKey::derived(secret, &format!("epay checkout links of {shop}, version 1"))
    }

    pub(crate) fn of_app_tokens(secret: &Secret, shop: &str) -> LinkKey {
        LinkKey::derived(secret, &format!("epay app tokens of {shop}, version 1"))
    }

    fn derived(secret: &Secret, said: &str) -> LinkKey {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let derived = hmac::sign(&key, said.as_bytes());
        LinkKey(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }
}

impl LinkKey {
    /// What else is signed with a secret of this shop, each with its own.
    pub(crate) fn derived_for(&self, what: &str) -> impl Iterator<Item = u8> + use<> {
        let derived = hmac::sign(&self.0, format!("epay {what}, version 1").as_bytes());
        derived.as_ref().to_vec().into_iter()
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(redacted)")
    }
}

/// What a link says. Its payer can read it, and nobody can change it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Link {
    #[serde(rename = "o")]
    pub(crate) order: String,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Unix seconds.
    #[serde(rename = "x")]
    expires: u64,
}

impl Link {
    pub(crate) fn new(order: &str, description: Option<&str>) -> Link {
        Link::until(TokioClock.now() + LASTS, order, description)
    }

    fn until(end: Timestamp, order: &str, description: Option<&str>) -> Link {
        let expires = end.unix_millis() / 1000;
        Link { order: order.to_owned(), description: description.map(str::to_owned), expires }
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
        // Two texts and a number: there is nothing in it that can't be written.
        let said = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let signed = hmac::sign(&key.0, said.as_bytes());
        format!("{said}.{}", URL_SAFE_NO_PAD.encode(signed))
    }

    /// The link, if it is this shop's and has not expired.
    pub(crate) fn read(shop: &Shop, text: &str) -> Option<Link> {
        Link::read_at(TokioClock.now(), &shop.links, text)
    }

    fn read_at(now: Timestamp, key: &LinkKey, text: &str) -> Option<Link> {
        let (said, signature) = text.split_once('.').filter(|_| text.len() <= MOST_BYTES)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        hmac::verify(&key.0, said.as_bytes(), &signature).ok()?;
        let link: Link = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).ok()?).ok()?;
        (now.unix_millis() / 1000 < link.expires).then_some(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_by_its_shop_until_it_expires_and_not_when_it_was_changed() {
        let key = LinkKey::of_links(&Secret::new("secret"), "books");
        let now = Timestamp::from_unix_millis(1_795_478_400_000);
        let link = Link::until(now + LASTS, "заказ 17", Some("Three books"));
        let text = link.text(&key);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        let day = Duration::from_secs(24 * 60 * 60);
        let later = |by: Duration| now + by;
        assert_eq!(Link::read_at(later(day - Duration::from_secs(1)), &key, &text), Some(link));
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
