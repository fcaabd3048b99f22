//! A tag ties a payment to a link or a callback, and is computed again instead of being stored.

use crate::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epay_domain::{AttemptTag, InvoiceId, TerminalId, Timestamp};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The purpose of a tag. A tag made for one purpose is worthless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// In the link the payer's browser comes back by after 3-D Secure.
    ReturnState {
        /// When the payment was asked, by which the link expires.
        asked_at: Timestamp,
    },
    /// The `secret_hash` of the token form, which the bank repeats in its callback (bank page "cryptogram payment",
    /// `documented`; in callbacks about failures `assumed`).
    SecretHash,
}

/// A key for tags: HMAC-SHA256 over purpose, terminal and invoice (RFC 2104).
///
/// All machines of a merchant share one, for as long as payments made with it are open. Clones share one buffer, wiped
/// with the last of them; the working copy `ring` makes lives for one call.
#[derive(Clone)]
pub struct TagKey(Arc<Zeroizing<Vec<u8>>>);

impl TagKey {
    /// Takes over at least 16 random bytes; 32 are best.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<TagKey, TagKeyError> {
        let bytes = Zeroizing::new(bytes.into());
        if bytes.len() < 16 { Err(TagKeyError::TooShort) } else { Ok(TagKey(Arc::new(bytes))) }
    }

    /// A key nobody else has: payments that are open when the process ends can't be recognised afterwards.
    pub fn random() -> Result<TagKey, TagKeyError> {
        let mut bytes = Zeroizing::new(vec![0; 32]);
        fill(&mut bytes)?;
        Ok(TagKey(Arc::new(bytes)))
    }

    /// A key that is worked out from what the merchant's machines share anyway, such as the client
    /// secret: the same on all of them and after every restart, until the secret is changed. It tells
    /// nothing about the secret.
    pub fn derived(secret: &Secret) -> TagKey {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let derived = hmac::sign(&key, b"epay tags, version 1");
        TagKey(Arc::new(Zeroizing::new(derived.as_ref().to_vec())))
    }

    /// The tag: 43 characters of unpadded URL-safe base64, always the same for the same payment.
    ///
    /// It proves the payment's name, not its freshness: whoever is shown one can show it again.
    pub fn tag(&self, purpose: Purpose, terminal: &TerminalId, invoice: &InvoiceId) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.key(), &message(purpose, terminal, invoice)))
    }

    /// Whether `tag` is this payment's, in time that tells nothing about how much of it was right.
    pub fn verify(
        &self,
        purpose: Purpose,
        terminal: &TerminalId,
        invoice: &InvoiceId,
        tag: &str,
    ) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(tag).unwrap_or_default();
        hmac::verify(&self.key(), &message(purpose, terminal, invoice), &tag).is_ok()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

/// A tag that no other attempt has, from the operating system's random numbers.
pub fn random_tag() -> Result<AttemptTag, TagKeyError> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(AttemptTag::new(bytes))
}

fn fill(bytes: &mut [u8]) -> Result<(), TagKeyError> {
    SystemRandom::new().fill(bytes).map_err(|_| TagKeyError::NoRandomNumbers)
}

/// No part can hold a zero byte, so parts so separated can't run into each other.
fn message(purpose: Purpose, terminal: &TerminalId, invoice: &InvoiceId) -> Vec<u8> {
    let purpose = match purpose {
        Purpose::ReturnState { asked_at } => {
            format!("epay return state 2\0{}", asked_at.unix_millis())
        }
        Purpose::SecretHash => "epay secret hash 1".to_owned(),
    };
    [&purpose, terminal.as_str(), invoice.as_str()].join("\0").into_bytes()
}

redacted!(TagKey);

/// There is no key for tags, or no tag. The operator configures a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagKeyError {
    /// Fewer than 16 bytes.
    TooShort,
    /// The operating system gave no random numbers.
    NoRandomNumbers,
}

impl fmt::Display for TagKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TagKeyError::TooShort => "a key for tags is at least 16 bytes",
            TagKeyError::NoRandomNumbers => "the operating system gave no random numbers",
        })
    }
}

impl std::error::Error for TagKeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment() -> (TerminalId, InvoiceId) {
        let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
        (terminal, InvoiceId::new("163637162556226").unwrap())
    }

    const RETURN: Purpose =
        Purpose::ReturnState { asked_at: Timestamp::from_unix_millis(1_790_000_000_000) };

    fn key() -> TagKey {
        TagKey::new(*b"0123456789abcdef").unwrap()
    }

    /// Computed with `printf 'epay return state 2\0001790000000000\000…\000…' | openssl dgst -sha256 -hmac 0123456789abcdef`: links that are
    /// open while a new version is rolled out must stay good.
    #[test]
    fn tags_do_not_change_between_versions() {
        let (terminal, invoice) = payment();
        assert_eq!(
            key().tag(RETURN, &terminal, &invoice),
            "81cUsjIEJKiA4tYWfIIcHts9W6jvr5qN2_yFNO--75o"
        );
        assert_eq!(
            key().tag(Purpose::SecretHash, &terminal, &invoice),
            "qz05wKpvlBcpm3Sp0CKB0Dy4pZ9Xpv27qLIHm-vp0rs"
        );
    }

    #[test]
    fn a_tag_is_good_for_one_purpose_terminal_invoice_and_key() {
        let (terminal, invoice) = payment();
        let tag = key().tag(RETURN, &terminal, &invoice);
        let other_terminal = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").unwrap();
        let other_invoice = invoice.next().unwrap();
        let other_key = TagKey::new(*b"0123456789abcdeg").unwrap();

        assert!(key().verify(RETURN, &terminal, &invoice, &tag));
        assert!(!key().verify(Purpose::SecretHash, &terminal, &invoice, &tag));
        assert!(!key().verify(RETURN, &other_terminal, &invoice, &tag));
        assert!(!key().verify(RETURN, &terminal, &other_invoice, &tag));
        assert!(!other_key.verify(RETURN, &terminal, &invoice, &tag));
        let later =
            Purpose::ReturnState { asked_at: Timestamp::from_unix_millis(1_790_000_000_001) };
        assert!(!key().verify(later, &terminal, &invoice, &tag));
    }

    #[test]
    fn no_character_of_a_tag_may_differ() {
        let (terminal, invoice) = payment();
        let tag = key().tag(Purpose::SecretHash, &terminal, &invoice);
        let is_good = |tag: &str| key().verify(Purpose::SecretHash, &terminal, &invoice, tag);
        for place in 0..tag.len() {
            for other in ["A", "B", "_", "=", "+", ""]
                .into_iter()
                .filter(|other| *other != &tag[place..=place])
            {
                let forged = format!("{}{other}{}", &tag[..place], &tag[place + 1..]);
                assert!(!is_good(&forged), "{forged}");
            }
        }
        for forged in [
            "",
            "=",
            &format!("{tag}="),
            &format!("{tag}A"),
            &format!(" {tag}"),
            &tag[..42],
            "ключ",
        ] {
            assert!(!is_good(forged), "{forged}");
        }
    }

    #[test]
    fn a_key_is_sixteen_bytes_at_least_and_never_printed() {
        assert_eq!(TagKey::new(*b"0123456789abcde").err(), Some(TagKeyError::TooShort));
        assert_eq!(format!("{:?}", key()), "TagKey(redacted)");
    }

    #[test]
    fn random_keys_are_long_and_differ_and_so_do_random_tags() {
        let (one, two) = (TagKey::random().unwrap(), TagKey::random().unwrap());
        assert_eq!(one.0.len(), 32);
        assert_ne!(*one.0, *two.0);
        assert_ne!(random_tag().unwrap(), random_tag().unwrap());
    }
}
