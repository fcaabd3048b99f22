//! Signatures of the Standard Webhooks convention: HMAC-SHA256 over id, time and body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epay::Secret;
use ring::hmac;
use std::fmt;

/// A secret that shop and service share: `whsec_` and the base64 of 24 to 64 bytes.
pub(crate) struct SigningSecret(hmac::Key);

impl SigningSecret {
    pub(crate) fn read(secret: &Secret) -> Option<SigningSecret> {
        let bytes = STANDARD.decode(secret.expose().strip_prefix("whsec_")?).ok()?;
        let fits = (24..=64).contains(&bytes.len());
        fits.then(|| SigningSecret(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    pub(crate) fn sign(&self, id: &str, unix_seconds: u64, body: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{unix_seconds}.").as_bytes());
        context.update(body);
        context.sign().as_ref().to_vec()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the convention's own libraries.
    #[test]
    fn the_signature_is_that_of_the_convention() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = SigningSecret::read(&secret).unwrap().sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(STANDARD.encode(signed), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_none() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        for (text, good) in [
            (of(24), true),
            (of(64), true),
            (of(23), false),
            (of(65), false),
            (of(24).replace("whsec_", ""), false),
            ("whsec_!".to_owned(), false),
        ] {
            assert_eq!(SigningSecret::read(&Secret::new(text.as_str())).is_some(), good, "{text}");
        }
    }
}
