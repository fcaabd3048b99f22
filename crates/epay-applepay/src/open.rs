//! Opens a verified token with the merchant's key: key agreement or unwrapping, key derivation, AES-GCM.

use crate::keys::{KeyUnavailable, Keys, Private, ProcessingKey, SharedSecret};
use crate::token::{Sealed, TAG_BYTES, p256_point};
use crate::{Payload, Refused, Stage, VerifiedToken, wipe};
use aes_gcm::{
    AesGcm, KeyInit, Tag,
    aead::{AeadInOut, Nonce, consts::U16},
    aes::Aes256,
};
use ring::digest::{Context, SHA256};
use zeroize::Zeroizing;

/// `id-aes256-GCM` in the form the key derivation wants it: its length, then its name. After it, Apple as PartyU.
const ALGORITHM_AND_PARTY_U: &[u8] = b"\x0did-aes256-GCMApple";

/// One text for a point off the curve, a key that does not unwrap and a tag that does not fit.
const CLOSED: &str = "it does not open with this key";

impl VerifiedToken {
    /// Opens the token with the key it names.
    ///
    /// RSA_v1 needs the feature `aws-lc`. A token that is not for one of `keys` has [`Stage::Key`], one that does not
    /// open [`Stage::Opening`], and one that holds no payment [`Stage::Payload`].
    pub fn open(&self, keys: &Keys) -> Result<Payload, Refused> {
        let no_key = Refused::at(Stage::Key);
        let key = keys
            .find(self.token.public_key_hash())
            .ok_or_else(|| no_key("no key has the hash it names"))?;
        let text = wipe::after(|| self.decrypt(key))?;
        Payload::parse(text, &self.token).map_err(Refused::at(Stage::Payload))
    }

    fn decrypt(&self, key: &ProcessingKey) -> Result<Zeroizing<Vec<u8>>, Refused> {
        let closed = || Refused::at(Stage::Opening)(CLOSED);
        let apple = Nonce::<Aes256Gcm16>::default();
        match (&self.token.sealed, &key.private) {
            (Sealed::Ec { ephemeral }, Private::Ec(private)) => {
                let point = p256_point(ephemeral).ok_or_else(closed)?;
                // Before the key is used, wherever it is: a point off the curve tells about the key.
                p256::PublicKey::from_sec1_bytes(point).map_err(|_| closed())?;
                let unavailable =
                    |KeyUnavailable| Refused::at(Stage::Key)("the key can't be used at the moment");
                let secret = private.agree(point).map_err(unavailable)?;
                let key = derive(&secret, &key.merchant_hash);
                let cipher = Aes256Gcm16::new_from_slice(key.as_slice()).map_err(|_| closed())?;
                decrypt(&cipher, &apple, &self.token.data).ok_or_else(closed)
            }
            #[cfg(feature = "aws-lc")]
            (Sealed::Rsa { wrapped }, Private::Rsa(private)) => {
                let key = private.unwrap(wrapped).ok_or_else(closed)?;
                // The key's length is judged by the cipher, which takes 16 bytes.
                let cipher = Aes128Gcm16::new_from_slice(&key).map_err(|_| closed())?;
                decrypt(&cipher, &apple, &self.token.data).ok_or_else(closed)
            }
            _ => Err(Refused::at(Stage::Key)("the key with that hash is not of the token's kind")),
        }
    }
}

type Aes256Gcm16 = AesGcm<Aes256, U16>;
#[cfg(any(test, feature = "aws-lc"))]
type Aes128Gcm16 = AesGcm<aes_gcm::aes::Aes128, U16>;

/// The one-step key derivation of NIST SP 800-56A with SHA-256, as Apple fills it in: one round, the merchant as PartyV.
fn derive(secret: &SharedSecret, merchant_hash: &[u8; 32]) -> Box<Zeroizing<[u8; 32]>> {
    let mut context = Context::new(&SHA256);
    context.update(&1_u32.to_be_bytes());
    context.update(secret.bytes());
    context.update(ALGORITHM_AND_PARTY_U);
    context.update(merchant_hash);
    let mut key = Box::new(Zeroizing::new([0; 32]));
    key.copy_from_slice(context.finish().as_ref());
    key
}

/// AES-GCM. Apple's nonce is sixteen zero bytes: safe only because every key is used once.
fn decrypt<C: AeadInOut<NonceSize = U16, TagSize = U16>>(
    cipher: &C,
    nonce: &Nonce<C>,
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (sealed, tag) = data.split_at_checked(data.len().checked_sub(TAG_BYTES)?)?;
    let mut text = Zeroizing::new(sealed.to_vec());
    let tag = Tag::<U16>::try_from(tag).ok()?;
    cipher.decrypt_inout_detached(nonce, b"", text.as_mut_slice().into(), &tag).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wycheproof::{groups, tests, unhex};
    use serde_json::Value;

    /// What opens, and what opens once a bit of the tag is another.
    fn opened<C: AeadInOut<NonceSize = U16, TagSize = U16> + KeyInit>(test: &Value) -> [bool; 2] {
        let cipher = C::new_from_slice(&unhex(&test["key"])).unwrap();
        let nonce = Nonce::<C>::try_from(unhex(&test["iv"]).as_slice()).unwrap();
        let mut data = [unhex(&test["ct"]), unhex(&test["tag"])].concat();
        let opens = |data: &[u8]| {
            decrypt(&cipher, &nonce, data).is_some_and(|text| *text == unhex(&test["msg"]))
        };
        let whole = opens(&data);
        *data.last_mut().unwrap() ^= 1;
        [whole, opens(&data)]
    }

    #[test]
    fn wycheproofs_vectors_with_a_nonce_of_sixteen_bytes_open() {
        let (mut run, mut other_nonce, mut other_key, mut with_data) = (0, 0, 0, 0);
        for group in groups("aes_gcm") {
            for test in tests(&group) {
                let opened = match (group["ivSize"].as_u64(), group["keySize"].as_u64()) {
                    (Some(128), _) if test["aad"] != "" => {
                        with_data += 1;
                        continue;
                    }
                    (Some(128), Some(128)) => opened::<Aes128Gcm16>(test),
                    (Some(128), Some(256)) => opened::<Aes256Gcm16>(test),
                    (Some(128), _) => {
                        other_key += 1;
                        continue;
                    }
                    _ => {
                        other_nonce += 1;
                        continue;
                    }
                };
                assert_eq!((opened, &test["result"]), ([true, false], &"valid".into()), "{test}");
                run += 1;
            }
        }
        assert_eq!((run, other_nonce, other_key, with_data), (38, 258, 19, 1));
    }
}
