//! A Google Pay token stays encrypted here: the bank opens it, and nobody pays by it twice.

use crate::Secret;
use epay_domain::ReplayKey;
use ring::digest::{SHA256, digest};

/// A Google Pay token, encrypted for the **bank** to open.
///
/// It is `paymentMethodData.tokenizationData.token` of what Google's sheet returned, for a shop whose
/// `tokenizationSpecification` is a `PAYMENT_GATEWAY` (`documented` by Google; which gateway, the bank has to say).
pub struct GooglePayToken(pub(crate) Secret);

impl GooglePayToken {
    /// Takes the text. It is passed on as it is and not looked into.
    pub fn new(token: impl Into<String>) -> GooglePayToken {
        GooglePayToken(Secret::new(token))
    }

    /// The replay key to claim before the token pays: each opening of the sheet makes another text.
    pub fn replay_key(&self) -> ReplayKey {
        let digest = digest(&SHA256, self.0.expose().as_bytes());
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(byte, of_digest)| *byte = *of_digest);
        ReplayKey::new(bytes)
    }
}

redacted!(GooglePayToken);

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf abc | sha256sum`.
    #[test]
    fn a_token_is_known_by_its_digest_and_not_shown() {
        let token = GooglePayToken::new("abc");
        let key = token.replay_key();
        assert_eq!(key.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(key.as_bytes()[28..], [0xf2, 0x00, 0x15, 0xad]);
        assert_eq!(key, GooglePayToken::new("abc").replay_key());
        assert_ne!(key, GooglePayToken::new("abd").replay_key());
        assert_eq!(format!("{token:?}"), "GooglePayToken(redacted)");
    }
}
