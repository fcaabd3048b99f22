//! RSA by `aws-lc-rs`: the same keys and the same cryptograms as by `rsa`, in a quarter of the time.

use super::rsa;
use crate::{KeyError, SealError};
use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};

pub(crate) struct Key {
    /// Keys are read and judged by the other backend, so no rule about them depends on a feature.
    checked: rsa::Key,
    /// `None` for a key that aws-lc does not take, which ends at 8192 bits: then the other backend encrypts too.
    fast: Option<Pkcs1PublicEncryptingKey>,
}

impl Key {
    pub(crate) fn from_der(der: &[u8]) -> Result<Key, KeyError> {
        let checked = rsa::Key::from_der(der)?;
        let fast = PublicEncryptingKey::from_der(&checked.to_spki_der()?).ok();
        Ok(Key { fast: fast.and_then(|key| Pkcs1PublicEncryptingKey::new(key).ok()), checked })
    }

    pub(crate) fn to_spki_der(&self) -> Result<Vec<u8>, KeyError> {
        self.checked.to_spki_der()
    }

    pub(crate) fn size(&self) -> usize {
        self.checked.size()
    }

    pub(crate) fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let Some(fast) = &self.fast else { return self.checked.encrypt(plaintext) };
        if plaintext.len() > fast.max_plaintext_size() {
            return Err(SealError::too_long());
        }
        let mut sealed = vec![0; fast.ciphertext_size()];
        fast.encrypt(plaintext, &mut sealed).map_err(SealError::backend)?;
        Ok(sealed)
    }

    /// The same key without aws-lc, so that one test can try both backends.
    #[cfg(test)]
    pub(crate) fn by_rsa(self) -> Key {
        Key { fast: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::rsa::pkcs1::der::Encode;
    use ::rsa::pkcs1::{RsaPublicKey, UintRef};

    #[track_caller]
    fn check(bytes: usize, is_fast: bool) {
        let modulus = vec![0xff; bytes];
        let number = |bytes| UintRef::new(bytes).unwrap();
        let der = RsaPublicKey { modulus: number(&modulus), public_exponent: number(&[1, 0, 1]) }
            .to_der()
            .unwrap();
        let key = Key::from_der(&der).unwrap();
        assert_eq!((key.fast.is_some(), key.size()), (is_fast, bytes));
        assert_eq!(key.encrypt(b"{}").map(|sealed| sealed.len()).ok(), Some(bytes));
    }

    #[test]
    fn a_key_that_aws_lc_does_not_take_is_used_by_rsa() {
        check(256, true);
        check(1024, true);
        check(1025, false);
        check(2048, false);
    }
}
