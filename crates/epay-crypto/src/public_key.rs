//! The bank's key is read from whatever honest file it comes in, and from nothing else.

use crate::backend::Key;
use crate::{KeyError, SpkiPin};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use std::fmt;

/// Far more than any key needs: what is longer is an error page or an attack.
const MAX_BYTES: usize = 64 * 1024;

/// The bank's RSA key, checked: 2048 to 16384 bits, an odd exponent of at least 3.
///
/// Whether it is the *bank's* key is [`KeyTrust`](crate::KeyTrust)'s question. Parse once and keep it.
pub struct PublicKey {
    pub(crate) key: Key,
    spki: Vec<u8>,
    pin: SpkiPin,
}

impl PublicKey {
    /// Reads PEM or DER, whichever `bytes` are. `/public.rsa` serves PEM around SubjectPublicKeyInfo (`observed` in
    /// many clients).
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::KeyErrorKind::Malformed) or [`TooWeak`](crate::KeyErrorKind::TooWeak).
    pub fn parse(bytes: &[u8]) -> Result<PublicKey, KeyError> {
        // DER begins with the byte 0x30 of a SEQUENCE, the digit zero; PEM with white space or a dash.
        if bytes.trim_ascii_start().starts_with(b"-") {
            PublicKey::from_pem(bytes)
        } else {
            PublicKey::from_der(bytes)
        }
    }

    /// Reads one PEM block (RFC 7468), however its lines are broken and whatever white space surrounds it.
    ///
    /// The label may be `PUBLIC KEY` or `RSA PUBLIC KEY` and isn't believed: the bank's own library takes the second
    /// around SubjectPublicKeyInfo, so the bytes decide. Text around the block is refused, as is a second block.
    pub fn from_pem(pem: &[u8]) -> Result<PublicKey, KeyError> {
        let pem = within_bounds(pem)?.trim_ascii();
        let body = ["PUBLIC KEY", "RSA PUBLIC KEY"].into_iter().find_map(|label| {
            let rest = pem.strip_prefix(format!("-----BEGIN {label}-----").as_bytes())?;
            rest.strip_suffix(format!("-----END {label}-----").as_bytes())
        });
        let body = body.ok_or(KeyError::malformed("the pem text is not one public key block"))?;
        let base64: Vec<u8> =
            body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let der = STANDARD
            .decode(base64)
            .map_err(|_| KeyError::malformed("the pem block is not base64"))?;
        PublicKey::from_der(&der)
    }

    /// Reads SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) or PKCS#1 `RSAPublicKey` (RFC 8017 A.1.1), with no byte after it.
    pub fn from_der(der: &[u8]) -> Result<PublicKey, KeyError> {
        let key = Key::from_der(within_bounds(der)?)?;
        let spki = key.to_spki_der()?;
        let sha256 = digest(&SHA256, &spki);
        let sha256 = sha256
            .as_ref()
            .try_into()
            .map_err(|_| KeyError::malformed("the key can't be hashed"))?;
        Ok(PublicKey { key, spki, pin: SpkiPin::new(sha256) })
    }

    /// The key as SubjectPublicKeyInfo in DER, in whatever form it was read: for whoever seals elsewhere, such as in the
    /// payer's browser.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The pin of this key: SHA-256 over its SubjectPublicKeyInfo as DER, the same whatever form it was read from.
    ///
    /// `openssl pkey -pubin -in public.rsa -outform DER | sha256sum` prints it too.
    pub fn spki_sha256(&self) -> SpkiPin {
        self.pin
    }

    // Two lines and not `all(..)`: so `cargo xtask mutants` sees that it belongs to the tests.
    #[cfg(test)]
    #[cfg(feature = "aws-lc")]
    pub(crate) fn by_rsa(self) -> PublicKey {
        PublicKey { key: self.key.by_rsa(), ..self }
    }
}

fn within_bounds(bytes: &[u8]) -> Result<&[u8], KeyError> {
    if bytes.len() > MAX_BYTES {
        Err(KeyError::malformed("the key file is over 64 KiB"))
    } else {
        Ok(bytes)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits, {})", self.key.size() * 8, self.pin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyErrorKind::{self, Malformed, TooWeak};
    use proptest::prelude::*;
    use rsa::pkcs1::{ALGORITHM_ID, RsaPublicKey, UintRef};
    use rsa::pkcs8::SubjectPublicKeyInfoRef;
    use rsa::pkcs8::der::{Encode, asn1::BitStringRef};
    use rsa::pkcs8::spki::AlgorithmIdentifierRef;

    const PEM: &str = include_str!("../tests/keys/bank.public.pem");
    /// As `openssl pkey -pubin -outform DER | sha256sum` prints it.
    const PIN: &str = "d4e853013f2f03f4c82bbac6943afbcf1a9ff6dbc2e5983fbecfbd91646757fa";

    fn pkcs1(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let number = |bytes| UintRef::new(bytes).unwrap();
        RsaPublicKey { modulus: number(modulus), public_exponent: number(exponent) }
            .to_der()
            .unwrap()
    }

    fn spki(algorithm: AlgorithmIdentifierRef<'_>, key: &[u8]) -> Vec<u8> {
        let subject_public_key = BitStringRef::from_bytes(key).unwrap();
        SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().unwrap()
    }

    fn armour(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    /// The test key as SubjectPublicKeyInfo and, without its 24 bytes of header, as PKCS#1.
    fn both_ders() -> (Vec<u8>, Vec<u8>) {
        let base64: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let spki = STANDARD.decode(base64).unwrap();
        let pkcs1 = spki[24..].to_vec();
        (spki, pkcs1)
    }

    #[test]
    fn one_key_has_one_pin_in_every_form() {
        let (spki, pkcs1) = both_ders();
        for form in [&spki, &pkcs1] {
            assert_eq!(PublicKey::parse(form).unwrap().spki_der(), spki);
        }
        let one_line = armour("PUBLIC KEY", &spki);
        for form in [
            PEM.as_bytes(),
            PEM.trim().as_bytes(),
            PEM.replace('\n', "\r\n").as_bytes(),
            format!("\r\n \t{}\n\n", PEM.replace('\n', " \n\n\t")).as_bytes(),
            one_line.as_bytes(),
            one_line.replace('\n', "").as_bytes(),
            armour("RSA PUBLIC KEY", &spki).as_bytes(),
            armour("RSA PUBLIC KEY", &pkcs1).as_bytes(),
            armour("PUBLIC KEY", &pkcs1).as_bytes(),
            &spki,
            &pkcs1,
        ] {
            let key = PublicKey::parse(form).unwrap();
            assert_eq!(key.spki_sha256().to_string(), PIN, "{}", String::from_utf8_lossy(form));
            assert_eq!(format!("{key:?}"), format!("PublicKey(4096 bits, {PIN})"));
        }
    }

    #[test]
    fn the_banks_keys_have_the_pins_that_were_observed() {
        for (pem, pin) in [
            (
                &include_bytes!("../../../tests/data/bank-keys/production.pem")[..],
                SpkiPin::HALYK_PRODUCTION,
            ),
            (include_bytes!("../../../tests/data/bank-keys/test.pem"), SpkiPin::HALYK_TEST),
        ] {
            assert_eq!(PublicKey::parse(pem).unwrap().spki_sha256(), pin);
        }
    }

    fn check_refused(bytes: &[u8], kind: KeyErrorKind, what: &str) {
        let error = PublicKey::parse(bytes).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, what));
    }

    #[test]
    fn what_is_not_one_public_key_block_is_refused() {
        let one_block = "the pem text is not one public key block";
        check_refused(armour("PRIVATE KEY", b"").as_bytes(), Malformed, one_block);
        check_refused(PEM.replace("END PUBLIC", "END RSA PUBLIC").as_bytes(), Malformed, one_block);
        check_refused(PEM.replace("-----END PUBLIC KEY-----", "").as_bytes(), Malformed, one_block);
        check_refused(format!("{PEM}trailing").as_bytes(), Malformed, one_block);
        check_refused(b"-", Malformed, one_block);
        check_refused(b"-----BEGIN PUBLIC KEY-----", Malformed, one_block);

        let base64 = "the pem block is not base64";
        check_refused(format!("{PEM}{PEM}").as_bytes(), Malformed, base64);
        check_refused(PEM.replacen('M', "!", 1).as_bytes(), Malformed, base64);
        check_refused(PEM.replace("==", "").as_bytes(), Malformed, base64);

        let one_key = "the bytes are not one rsa public key";
        check_refused(b"", Malformed, one_key);
        check_refused(b"<html>404</html>", Malformed, one_key);
        check_refused(format!("leading {PEM}").as_bytes(), Malformed, one_key);
        check_refused(armour("PUBLIC KEY", b"").as_bytes(), Malformed, one_key);
        let (spki, pkcs1) = both_ders();
        for der in [&spki, &pkcs1] {
            check_refused(&[der, &[0][..]].concat(), Malformed, one_key);
            check_refused(&[&der[..], &der[..]].concat(), Malformed, one_key);
            check_refused(&der[..der.len() - 1], Malformed, one_key);
        }
        check_refused(&self::spki(ALGORITHM_ID, &[&pkcs1, &[0][..]].concat()), Malformed, one_key);
        check_refused(&self::spki(ALGORITHM_ID, &[]), Malformed, one_key);
    }

    #[test]
    fn what_is_not_plain_rsa_is_refused() {
        let not_rsa = "the key is not an rsa key";
        check_refused(include_bytes!("../tests/keys/elliptic.public.pem"), Malformed, not_rsa);
        let (_, pkcs1) = both_ders();
        let signing_only = AlgorithmIdentifierRef {
            oid: "1.2.840.113549.1.1.10".parse().unwrap(),
            parameters: None,
        };
        check_refused(&spki(signing_only, &pkcs1), Malformed, not_rsa);
        assert!(PublicKey::parse(&spki(ALGORITHM_ID, &pkcs1)).is_ok());
    }

    /// An odd number of so many bits; whether it has two prime factors nobody can tell.
    fn modulus(bits: usize) -> Vec<u8> {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] = 0xff >> (bytes.len() * 8 - bits);
        bytes
    }

    #[test]
    fn size_and_exponent_have_bounds() {
        let accepted =
            |bits, exponent: &[u8]| PublicKey::parse(&pkcs1(&modulus(bits), exponent)).is_ok();
        let f4 = [1, 0, 1];
        assert!(accepted(2048, &f4));
        assert!(accepted(2048, &[3]));
        assert!(accepted(2049, &f4));
        assert!(accepted(16384, &f4));

        let check = |bits, exponent: &[u8], what| {
            check_refused(&pkcs1(&modulus(bits), exponent), TooWeak, what)
        };
        check(2047, &f4, "the key has fewer than 2048 bits");
        check(1024, &f4, "the key has fewer than 2048 bits");
        check(8, &f4, "the key has fewer than 2048 bits");
        check(16385, &f4, "the key has more than 16384 bits");
        check(400_000, &f4, "the key has more than 16384 bits");
        for exponent in [&[0][..], &[1], &[2], &[4], &[1, 0, 0], &[0xff; 5]] {
            check(2048, exponent, "the key's exponent is even, below 3 or huge");
        }
        let even = [modulus(2040), vec![0]].concat();
        check_refused(
            &pkcs1(&even, &f4),
            TooWeak,
            "the key's modulus is even or not above its exponent",
        );
    }

    #[test]
    fn a_file_has_at_most_64_kib() {
        let padded = |len: usize| format!("{}{PEM}", " ".repeat(len - PEM.len()));
        assert!(PublicKey::parse(padded(MAX_BYTES).as_bytes()).is_ok());
        check_refused(padded(MAX_BYTES + 1).as_bytes(), Malformed, "the key file is over 64 KiB");
        check_refused(&vec![0x30; MAX_BYTES + 1], Malformed, "the key file is over 64 KiB");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
            prop_assert!(PublicKey::parse(&bytes).is_err());
            prop_assert!(PublicKey::parse(armour("PUBLIC KEY", &bytes).as_bytes()).is_err());
            prop_assert!(PublicKey::parse(&spki(ALGORITHM_ID, &bytes)).is_err());
        }

        #[test]
        fn a_damaged_key_is_another_key_or_none(place in any::<prop::sample::Index>(), flip in 1_u8..) {
            let (mut spki, _) = both_ders();
            let place = place.index(spki.len());
            spki[place] ^= flip;
            prop_assert_ne!(PublicKey::parse(&spki).map(|key| key.spki_sha256().to_string()).unwrap_or_default(), PIN);
        }

        #[test]
        fn no_numbers_panic(modulus in prop::collection::vec(any::<u8>(), 1..300), exponent in any::<[u8; 8]>()) {
            let _ = PublicKey::parse(&pkcs1(&modulus, &exponent));
        }
    }
}
