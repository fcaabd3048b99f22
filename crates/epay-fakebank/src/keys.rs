//! The bank's RSA-4096 key pair: fixed and labelled so that tests are fast, or fresh so that nobody else has it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

#[cfg(feature = "aws-lc")]
use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
#[cfg(feature = "aws-lc")]
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::{
    PrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding},
    traits::PublicKeyParts as _,
};
use zeroize::Zeroizing;

/// SHA-256 of the fixed key's SubjectPublicKeyInfo, in lower-case hex: refuse it in production.
pub const FIXED_KEY_SPKI_SHA256: &str =
    "5e53901fbd3c1893164f3dd98cdecb29a3f4a836f5873e5e42a2cb14b46e2e56";

const FIXED_PUBLIC_PEM: &str = include_str!("../keys/fixed-public.pem");
const FIXED_PRIVATE_PEM: &str = include_str!("../keys/fixed-private.pem");

/// Parsing and checking a 4096-bit key is slow enough to do it once for all banks of a process.
static FIXED: LazyLock<Option<Opener>> = LazyLock::new(|| {
    let start = FIXED_PRIVATE_PEM.find("-----BEGIN")?;
    PrivateKey::from_pkcs8_pem(FIXED_PRIVATE_PEM.get(start..)?).ok().map(Opener::new)
});

/// How many cryptograms a key remembers at most.
const REMEMBERED: usize = 1_024;

/// What was opened before, by its cryptogram.
type Memory = Arc<Mutex<HashMap<String, Zeroizing<Vec<u8>>>>>;

/// The pair whose public half `GET /public.rsa` serves and whose private half opens every cryptogram.
#[derive(Clone, Default)]
pub struct BankKey {
    fresh: Option<Arc<Fresh>>,
    memory: Option<Memory>,
}

struct Fresh {
    opener: Opener,
    public_pem: String,
}

/// The private half, ready to open.
struct Opener {
    key: PrivateKey,
    /// `None` if aws-lc does not take the key, which the standard sizes up to 8192 bits never are.
    #[cfg(feature = "aws-lc")]
    fast: Option<Pkcs1PrivateDecryptingKey>,
}

impl Opener {
    fn new(key: PrivateKey) -> Self {
        Self {
            #[cfg(feature = "aws-lc")]
            fast: fast(&key),
            key,
        }
    }

    #[cfg(test)]
    fn by_rsa(key: PrivateKey) -> Self {
        Self {
            #[cfg(feature = "aws-lc")]
            fast: None,
            key,
        }
    }

    /// What PKCS#1 v1.5 wrapped up. Bad padding is `None` by aws-lc and pseudorandom bytes by `rsa`, so a `Some` proves
    /// nothing until its content has been read.
    fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if sealed.len() != self.key.size() {
            return None;
        }
        #[cfg(feature = "aws-lc")]
        if let Some(fast) = &self.fast {
            let mut buffer = Zeroizing::new(vec![0; fast.min_output_size()]);
            let length = fast.decrypt(sealed, &mut buffer).ok()?.len();
            buffer.truncate(length);
            return Some(buffer);
        }
        self.key.pkcs1v15_decrypt(sealed).ok().map(Zeroizing::new)
    }
}

#[cfg(feature = "aws-lc")]
fn fast(key: &PrivateKey) -> Option<Pkcs1PrivateDecryptingKey> {
    let der = key.to_pkcs8_der().ok()?;
    Pkcs1PrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(der.as_bytes()).ok()?).ok()
}

impl BankKey {
    /// The committed pair, labelled "epay fake bank, never use in production".
    pub fn fixed() -> Self {
        Self::default()
    }

    /// The same pair, that opens a cryptogram which it has opened before without the arithmetic: for
    /// simulations of many payments that hand in the same few.
    #[must_use]
    pub fn with_memory(self) -> Self {
        Self { memory: Some(Memory::default()), ..self }
    }

    /// Makes a new RSA-4096 pair from the system's random numbers; takes seconds without optimisation.
    ///
    /// # Errors
    /// When the system has no random numbers to give.
    pub fn fresh() -> Result<Self, KeyError> {
        Self::generate(4096)
    }

    /// Makes a new RSA-2048 pair: half as long as the bank's, it opens several times as fast. For suites of thousands of
    /// payments.
    ///
    /// # Errors
    /// When the system has no random numbers to give.
    pub fn fresh_2048() -> Result<Self, KeyError> {
        Self::generate(2048)
    }

    fn generate(bits: usize) -> Result<Self, KeyError> {
        let private = PrivateKey::new(&mut getrandom::SysRng, bits).map_err(|_| KeyError(()))?;
        let public_pem =
            private.to_public_key().to_public_key_pem(LineEnding::LF).map_err(|_| KeyError(()))?;
        let fresh = Fresh { opener: Opener::new(private), public_pem };
        Ok(Self { fresh: Some(Arc::new(fresh)), memory: None })
    }

    /// The public half as the bank serves it: PEM, SubjectPublicKeyInfo (observed in six clients).
    pub fn public_pem(&self) -> &str {
        self.fresh.as_ref().map_or(FIXED_PUBLIC_PEM, |fresh| &fresh.public_pem)
    }

    /// Opens padded standard base64 of RSAES-PKCS1-v1_5. `None` when it is not one of ours; so may be a `Some`, until its
    /// content has been read.
    pub(crate) fn open(&self, cryptogram: &str) -> Option<Zeroizing<Vec<u8>>> {
        let Some(memory) = &self.memory else { return self.compute(cryptogram) };
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = memory.get(cryptogram) {
            return Some(opened.clone());
        }
        let opened = self.compute(cryptogram)?;
        if memory.len() < REMEMBERED {
            memory.insert(cryptogram.to_owned(), opened.clone());
        }
        Some(opened)
    }

    fn compute(&self, cryptogram: &str) -> Option<Zeroizing<Vec<u8>>> {
        let opener = self.fresh.as_ref().map(|fresh| &fresh.opener).or(FIXED.as_ref())?;
        opener.open(&STANDARD.decode(cryptogram).ok()?)
    }
}

impl fmt::Debug for BankKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.fresh.is_some() { "BankKey(fresh)" } else { "BankKey(fixed)" })
    }
}

/// No key could be made.
#[derive(Debug)]
pub struct KeyError(pub(crate) ());

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no random numbers to make a key or a token from")
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod wycheproof;

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use ring::digest;
    use rsa::{PublicKey, pkcs8::DecodePublicKey as _};

    use super::*;
    use crate::{
        cryptogram::{self, Wallet},
        refusal::Refusal,
        settings::{SANDBOX_TERMINAL, Switches},
    };

    fn seal(key: &BankKey, plain: &[u8]) -> String {
        let public = PublicKey::from_public_key_pem(key.public_pem()).unwrap();
        STANDARD.encode(public.pkcs1v15_encrypt(plain).unwrap())
    }

    /// The fixed key on every backend of this build.
    fn keys() -> Vec<BankKey> {
        vec![
            BankKey::fixed(),
            #[cfg(feature = "aws-lc")]
            by_rsa(),
        ]
    }

    #[cfg(feature = "aws-lc")]
    fn by_rsa() -> BankKey {
        let fixed = FIXED.as_ref().unwrap();
        assert!(fixed.fast.is_some(), "aws-lc takes the key");
        let opener = Opener::by_rsa(fixed.key.clone());
        let fresh = Fresh { opener, public_pem: FIXED_PUBLIC_PEM.to_owned() };
        BankKey { fresh: Some(Arc::new(fresh)), memory: None }
    }

    #[test]
    fn the_fixed_key_is_the_labelled_one_and_opens_what_its_public_half_sealed() {
        let der: String = FIXED_PUBLIC_PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let spki = STANDARD.decode(der).unwrap();
        let hex = digest::digest(&digest::SHA256, &spki).as_ref().iter().fold(
            String::new(),
            |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            },
        );
        assert_eq!(hex, FIXED_KEY_SPKI_SHA256);
        assert!(FIXED_PRIVATE_PEM.starts_with("epay fake bank, never use in production\n"));
        for key in keys() {
            let sealed = seal(&key, b"hello");
            assert_eq!(sealed.len(), 684);
            assert_eq!(key.open(&sealed).unwrap().as_slice(), b"hello");
            assert_eq!(key.open(&seal(&key, &[b'x'; 501])).unwrap().len(), 501);
        }
    }

    #[test]
    fn what_is_not_a_cryptogram_is_not_opened() {
        for key in keys() {
            let good = seal(&key, b"hello");
            assert!(key.open("").is_none());
            assert!(key.open(&good[4..]).is_none(), "shorter than the modulus");
            assert!(key.open(good.trim_end_matches('=')).is_none(), "padding is part of the form");
            assert!(
                key.open(&format!("{}\n{}", &good[..76], &good[76..])).is_none(),
                "line breaks are not"
            );
        }
    }

    /// The backends differ in what they make of bad padding, and nobody outside may see it.
    #[test]
    fn what_was_not_padded_for_this_key_is_refused_whoever_opens() {
        let two = [vec![0; 511], vec![2]].concat();
        for key in keys() {
            for sealed in [vec![0; 512], vec![1; 512], two.clone(), vec![0xff; 512]] {
                let cryptogram = STANDARD.encode(&sealed);
                let opened = cryptogram::open(
                    &key,
                    &cryptogram,
                    Wallet::None,
                    SANDBOX_TERMINAL,
                    &Switches::default(),
                    &[],
                );
                assert_eq!(opened, Err(Refusal::CRYPTOGRAM), "{key:?} {}", sealed[511]);
            }
        }
    }

    #[test]
    fn a_fresh_key_opens_its_own_cryptograms_and_no_others() {
        // Half the length of a real one: making 4096 bits takes seconds, and nothing here depends on the length.
        let fresh = BankKey::fresh_2048().unwrap();
        assert_eq!(fresh.open(&seal(&fresh, b"hello")).unwrap().as_slice(), b"hello");
        assert!(fresh.open(&seal(&BankKey::fixed(), b"hello")).is_none());
        assert_eq!(format!("{fresh:?}"), "BankKey(fresh)");
    }

    #[test]
    fn a_key_with_memory_opens_the_same_and_refuses_the_same() {
        let key = BankKey::fixed().with_memory();
        let sealed = seal(&key, b"hello");
        for _ in 0..2 {
            assert_eq!(key.open(&sealed).unwrap().as_slice(), b"hello");
            assert!(key.open("").is_none());
        }
    }

    #[test]
    fn debug_says_which_key_and_no_more() {
        assert_eq!(format!("{:?}", BankKey::fixed()), "BankKey(fixed)");
    }
}
