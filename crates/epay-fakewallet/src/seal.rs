//! Encrypts a payload as Apple's servers do: a key that only the merchant can derive, and AES-GCM
//! with a nonce of sixteen zeros.

use aes_gcm::{
    AesGcm, KeyInit,
    aead::{
        self, Aead,
        consts::{U12, U16},
    },
    aes::{Aes128, Aes256},
};
use sha2::Sha256;

use super::{
    keys::{Key, Seed, sha256},
    merchant::Merchant,
};

/// A payload before it is encrypted.
pub(crate) struct Sealing {
    pub(crate) seed: Seed,
    /// Sets this token's random numbers apart from those of others.
    pub(crate) token: String,
    pub(crate) plaintext: Vec<u8>,
    /// The processing certificate's key pair, of which the public half is used.
    pub(crate) recipient: Key,
    pub(crate) merchant: Merchant,
    /// SHA-256 of the merchant id: PartyV of the key derivation.
    pub(crate) party: [u8; 32],
    /// What the token says as `publicKeyHash`. `None` is the recipient's.
    pub(crate) named: Option<Vec<u8>>,
    /// The device's key for this token alone.
    pub(crate) ephemeral: Key,
    /// Whether leading zeros of the shared secret get lost, as in some libraries.
    pub(crate) trimmed_secret: bool,
    /// The AES key that `RSA_v1` wraps.
    pub(crate) wrapped: Vec<u8>,
    /// Whether that key is wrapped by PKCS#1 v1.5 in place of OAEP.
    pub(crate) pkcs1: bool,
    /// Whether nothing is encrypted.
    pub(crate) in_clear: bool,
    /// Whether the nonce has the 12 bytes that everybody else's has.
    pub(crate) short_nonce: bool,
    pub(crate) transaction_id: Vec<u8>,
    /// SHA-256 of what the merchant asked to have bound to the token.
    pub(crate) application_data: Option<Vec<u8>>,
}

/// What stands in the token, and what the digest will cover.
pub(crate) struct Sealed {
    pub(crate) version: String,
    /// The ephemeral public key as SPKI, or the wrapped AES key.
    pub(crate) key: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) transaction_id: Vec<u8>,
    pub(crate) application_data: Option<Vec<u8>>,
    pub(crate) public_key_hash: Vec<u8>,
}

impl Sealing {
    /// Takes the first ephemeral key by which the shared secret begins with a zero byte: one in 256 does.
    pub(crate) fn lead_with_zero(&mut self) {
        let Key::P256(recipient) = &self.recipient else { return };
        let public = recipient.verifying_key().into();
        let mut keys = (0..10_000)
            .map(|n| Key::p256_secret(&self.seed, &format!("{} ephemeral {n}", self.token)));
        let found = keys.find(|key| agree(&key.to_nonzero_scalar(), &public).first() == Some(&0));
        self.ephemeral = Key::P256(found.expect("one in 256 is such a key").into());
    }

    pub(crate) fn seal(self) -> Sealed {
        let (version, key, cipher) = match &self.recipient {
            Key::Rsa(recipient) => {
                ("RSA_v1", self.wrap(recipient.as_public_key()), self.cipher_128())
            }
            _ => ("EC_v1", self.ephemeral.spki(), self.cipher_256()),
        };
        let data = if self.in_clear { self.plaintext.clone() } else { cipher };
        Sealed {
            version: version.to_owned(),
            key,
            data,
            public_key_hash: self.named.unwrap_or_else(|| sha256(&self.recipient.spki()).to_vec()),
            transaction_id: self.transaction_id,
            application_data: self.application_data,
        }
    }

    fn wrap(&self, recipient: &rsa::PublicKey) -> Vec<u8> {
        let mut rng = self.seed.rng(&format!("{} wrapping", self.token));
        let wrapped = if self.pkcs1 {
            recipient.pkcs1v15_encrypt_with_rng(&mut rng, &self.wrapped)
        } else {
            recipient.oaep_encrypt_with_rng::<Sha256, _>(&mut rng, &self.wrapped)
        };
        wrapped.expect("an AES key fits into RSA-2048")
    }

    fn cipher_128(&self) -> Vec<u8> {
        // What is no AES-128 key cannot encrypt. Nobody will look at the data then.
        let mut key = self.wrapped.clone();
        key.resize(16, 0);
        if self.short_nonce {
            return encrypt::<Aes128, U12>(&key, &self.plaintext);
        }
        encrypt::<Aes128, U16>(&key, &self.plaintext)
    }

    fn cipher_256(&self) -> Vec<u8> {
        let mut secret = shared_secret(&self.ephemeral, &self.recipient);
        if self.trimmed_secret {
            secret = secret.into_iter().skip_while(|byte| *byte == 0).collect();
        }
        let key = derive(&secret, &self.party);
        if self.short_nonce {
            return encrypt::<Aes256, U12>(&key, &self.plaintext);
        }
        encrypt::<Aes256, U16>(&key, &self.plaintext)
    }
}

impl Sealed {
    /// What the signature's `messageDigest` is of.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        let application_data = self.application_data.as_deref().unwrap_or_default();
        [&self.key, &self.data, &self.transaction_id, application_data].concat()
    }
}

/// AES-GCM under a nonce of zeros, which would be fatal if any key were used twice.
fn encrypt<Aes, Nonce>(key: &[u8], plaintext: &[u8]) -> Vec<u8>
where
    AesGcm<Aes, Nonce>: KeyInit + Aead,
{
    let cipher =
        AesGcm::<Aes, Nonce>::new_from_slice(key).expect("the key has the cipher's length");
    cipher
        .encrypt(&aead::Nonce::<AesGcm<Aes, Nonce>>::default(), plaintext)
        .expect("a payload is short")
}

/// The x coordinate, all 32 bytes of it.
fn shared_secret(ours: &Key, theirs: &Key) -> Vec<u8> {
    match (ours, theirs) {
        (Key::P256(ours), Key::P256(theirs)) => {
            agree(ours.as_nonzero_scalar(), &theirs.verifying_key().into())
        }
        // Nobody shares a secret across curves: whoever asks for it wants the refusal.
        _ => vec![0; 32],
    }
}

fn agree(ours: &p256::NonZeroScalar, theirs: &p256::PublicKey) -> Vec<u8> {
    p256::ecdh::diffie_hellman(ours, theirs.as_affine()).raw_secret_bytes().to_vec()
}

/// The single-step key derivation of NIST SP 800-56A with SHA-256, in Apple's words.
fn derive(secret: &[u8], merchant: &[u8; 32]) -> [u8; 32] {
    let info = [b"\x0Did-aes256-GCM", &b"Apple"[..], merchant].concat();
    sha256(&[&[0, 0, 0, 1], secret, &info].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{authority::Authority, keys::RSA_PROCESSING, order::Order};

    fn sealing(rsa: bool) -> Sealing {
        let authority = Authority::new(1.into(), 1_795_521_600);
        let mut order = Order::new(&authority, &Merchant::new(&authority, "merchant.x"), 0);
        order.rsa = rsa;
        order.sealing(&authority, b"payload".to_vec())
    }

    fn decrypt<Aes>(key: &[u8], data: &[u8]) -> Option<Vec<u8>>
    where
        AesGcm<Aes, U16>: KeyInit + Aead,
    {
        let cipher = AesGcm::<Aes, U16>::new_from_slice(key).unwrap();
        cipher.decrypt(&aead::Nonce::<AesGcm<Aes, U16>>::default(), data).ok()
    }

    /// What the merchant does with its private key and the public one of the token.
    fn opened(sealed: &Sealed, recipient: &Key) -> Option<Vec<u8>> {
        let Key::P256(secret) = recipient else { panic!("a key of P-256") };
        let public = p256::PublicKey::from_sec1_bytes(&sealed.key[26..]).unwrap();
        let shared = p256::ecdh::diffie_hellman(secret.as_nonzero_scalar(), public.as_affine());
        let info = [
            &[0, 0, 0, 1],
            &shared.raw_secret_bytes()[..],
            b"\x0Did-aes256-GCMApple",
            &sha256(b"merchant.x"),
        ]
        .concat();
        decrypt::<Aes256>(&sha256(&info), &sealed.data)
    }

    #[test]
    fn the_merchants_key_opens_an_ec_token() {
        let sealing = sealing(false);
        let recipient = sealing.recipient.clone();
        let sealed = sealing.seal();
        assert_eq!((sealed.version.as_str(), sealed.key.len()), ("EC_v1", 91));
        assert_eq!(opened(&sealed, &recipient).as_deref(), Some(&b"payload"[..]));
        assert_eq!(sealed.public_key_hash, sha256(&recipient.spki()));
    }

    #[test]
    fn a_leading_zero_counts_and_is_lost_only_on_demand() {
        for lost in [false, true] {
            let mut sealing = sealing(false);
            sealing.lead_with_zero();
            assert_eq!(shared_secret(&sealing.ephemeral, &sealing.recipient)[0], 0);
            sealing.trimmed_secret = lost;
            let recipient = sealing.recipient.clone();
            assert_eq!(opened(&sealing.seal(), &recipient).is_none(), lost);
        }
    }

    #[test]
    fn the_merchants_rsa_key_opens_an_rsa_token() {
        let sealed = sealing(true).seal();
        let Key::Rsa(recipient) = &*RSA_PROCESSING else { panic!("an RSA key") };
        let key = recipient.oaep_decrypt::<Sha256>(&sealed.key).unwrap();
        assert_eq!((sealed.version.as_str(), sealed.key.len(), key.len()), ("RSA_v1", 256, 16));
        assert_eq!(decrypt::<Aes128>(&key, &sealed.data).as_deref(), Some(&b"payload"[..]));
    }
}
