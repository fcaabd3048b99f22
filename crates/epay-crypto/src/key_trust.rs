//! Decides which bank key may be used: no card is sealed for a key that was not meant.

use crate::{KeyError, PublicKey};
use std::fmt;
use std::str::FromStr;

/// The SHA-256 of a key's SubjectPublicKeyInfo: names one key whatever file it came in. No secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpkiPin([u8; 32]);

impl SpkiPin {
    /// The bank's production key. `observed` in the bank's own iOS library, March 2024.
    pub const HALYK_PRODUCTION: SpkiPin = SpkiPin([
        0xf8, 0xef, 0x89, 0x68, 0xf6, 0x86, 0x2c, 0xb4, 0x43, 0xcf, 0x50, 0xb7, 0x6b, 0x05, 0xac,
        0xb2, 0x06, 0x76, 0x81, 0x51, 0x58, 0xc1, 0x35, 0x87, 0x7d, 0xf8, 0x07, 0x81, 0x86, 0xca,
        0x0b, 0xee,
    ]);

    /// The bank's test key. `observed` in the bank's own iOS library, March 2024; that the present test hosts serve it
    /// is `assumed`.
    pub const HALYK_TEST: SpkiPin = SpkiPin([
        0xbf, 0x94, 0xf8, 0x81, 0x9a, 0x89, 0xf3, 0x36, 0x5f, 0xda, 0xc1, 0x4d, 0xe5, 0x19, 0xd4,
        0x9e, 0xe9, 0xba, 0xe1, 0x71, 0xb4, 0xdd, 0xe0, 0x9f, 0x72, 0x9a, 0x71, 0xff, 0x5e, 0x1b,
        0x2b, 0xe9,
    ]);

    /// The fixed key of the fake bank, whose private half comes with its source.
    pub const FAKE_BANK: SpkiPin = SpkiPin([
        0x5e, 0x53, 0x90, 0x1f, 0xbd, 0x3c, 0x18, 0x93, 0x16, 0x4f, 0x3d, 0xd9, 0x8c, 0xde, 0xcb,
        0x29, 0xa3, 0xf4, 0xa8, 0x36, 0xf5, 0x87, 0x3e, 0x5e, 0x42, 0xa2, 0xcb, 0x14, 0xb4, 0x6e,
        0x2e, 0x56,
    ]);

    /// Takes a digest that was computed elsewhere.
    pub const fn new(sha256: [u8; 32]) -> SpkiPin {
        SpkiPin(sha256)
    }

    /// The digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In lower-case hexadecimal.
impl fmt::Display for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpkiPin({self})")
    }
}

/// Reads 64 hexadecimal digits of either case, as `openssl dgst -sha256` prints them.
impl FromStr for SpkiPin {
    type Err = InvalidPin;

    fn from_str(hex: &str) -> Result<SpkiPin, InvalidPin> {
        let (pairs, []) = hex.as_bytes().as_chunks::<2>() else { return Err(InvalidPin) };
        let digest: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect();
        digest.and_then(|bytes| bytes.try_into().ok()).map(SpkiPin).ok_or(InvalidPin)
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPin;

impl fmt::Display for InvalidPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key's pin is 64 hexadecimal digits")
    }
}

impl std::error::Error for InvalidPin {}

/// Keys whose private half is in a public repository, so that what is sealed for them can be read by anybody.
/// Production refuses them, whatever else it trusts.
pub const PUBLISHED_TEST_KEYS: &[SpkiPin] = &[
    SpkiPin::FAKE_BANK,
    // This crate's own tests: tests/keys/bank.private.pem.
    SpkiPin([
        0xd4, 0xe8, 0x53, 0x01, 0x3f, 0x2f, 0x03, 0xf4, 0xc8, 0x2b, 0xba, 0xc6, 0x94, 0x3a, 0xfb,
        0xcf, 0x1a, 0x9f, 0xf6, 0xdb, 0xc2, 0xe5, 0x98, 0x3f, 0xbe, 0xcf, 0xbd, 0x91, 0x64, 0x67,
        0x57, 0xfa,
    ]),
];

/// Which keys the bank may show. There is no default: in production somebody has to have decided.
///
/// ```
/// use epay_crypto::{KeyTrust, SpkiPin};
/// let trust = KeyTrust::Pinned(vec![SpkiPin::HALYK_PRODUCTION]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyTrust {
    /// Only these. Name the next key beside the present one before the bank changes over.
    Pinned(Vec<SpkiPin>),
    /// Whatever key is served, on the strength of TLS alone. It is fetched anew
    /// every hour and by every process, and believed anew: so write the pin down and set it.
    FirstUse,
}

impl KeyTrust {
    /// Decides about one key. `refused` are keys no trust can save, [`PUBLISHED_TEST_KEYS`] in production and none
    /// against the fake bank.
    pub fn check(&self, key: &PublicKey, refused: &[SpkiPin]) -> Result<(), KeyError> {
        let pin = key.spki_sha256();
        if refused.contains(&pin) {
            return Err(KeyError::published(pin));
        }
        match self {
            KeyTrust::Pinned(pins) if !pins.contains(&pin) => Err(KeyError::not_pinned(pin)),
            KeyTrust::Pinned(_) | KeyTrust::FirstUse => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyErrorKind;

    #[test]
    fn a_pin_is_read_as_it_is_written() {
        for (pin, hex) in [
            (
                SpkiPin::HALYK_PRODUCTION,
                "f8ef8968f6862cb443cf50b76b05acb20676815158c135877df8078186ca0bee",
            ),
            (
                SpkiPin::FAKE_BANK,
                "5e53901fbd3c1893164f3dd98cdecb29a3f4a836f5873e5e42a2cb14b46e2e56",
            ),
            (
                SpkiPin::HALYK_TEST,
                "bf94f8819a89f3365fdac14de519d49ee9bae171b4dde09f729a71ff5e1b2be9",
            ),
        ] {
            assert_eq!(pin.to_string(), hex);
            assert_eq!(format!("{pin:?}"), format!("SpkiPin({hex})"));
            assert_eq!(hex.parse(), Ok(pin));
            assert_eq!(hex.to_uppercase().parse(), Ok(pin));
            assert_eq!(SpkiPin::new(*pin.as_bytes()), pin);
            for bad in [
                &hex[1..],
                &hex[2..],
                &format!("{hex}00"),
                &format!("0x{}", &hex[2..]),
                &format!(" {}", &hex[1..]),
                "",
            ] {
                assert_eq!(bad.parse::<SpkiPin>(), Err(InvalidPin), "{bad}");
            }
        }
    }

    fn check_trust(trust: KeyTrust, refused: &[SpkiPin], expected: Option<KeyErrorKind>) {
        let key = PublicKey::parse(include_bytes!("../tests/keys/bank.public.pem")).unwrap();
        let error = trust.check(&key, refused).err();
        assert_eq!(error.as_ref().map(KeyError::kind), expected);
        assert_eq!(error.and_then(|error| error.seen()), expected.map(|_| key.spki_sha256()));
    }

    #[test]
    fn only_a_key_that_was_meant_is_trusted() {
        assert!(PUBLISHED_TEST_KEYS.contains(&SpkiPin::FAKE_BANK));
        let ours = PUBLISHED_TEST_KEYS.to_vec();
        let both = [vec![SpkiPin::HALYK_TEST], ours.clone()].concat();
        check_trust(KeyTrust::Pinned(ours.clone()), &[], None);
        check_trust(KeyTrust::Pinned(both), &[SpkiPin::HALYK_TEST], None);
        check_trust(KeyTrust::FirstUse, &[], None);
        check_trust(
            KeyTrust::Pinned(vec![SpkiPin::HALYK_TEST]),
            &[],
            Some(KeyErrorKind::NotPinned),
        );
        check_trust(KeyTrust::Pinned(vec![]), &[], Some(KeyErrorKind::NotPinned));
        check_trust(KeyTrust::FirstUse, PUBLISHED_TEST_KEYS, Some(KeyErrorKind::Published));
        check_trust(KeyTrust::Pinned(ours), PUBLISHED_TEST_KEYS, Some(KeyErrorKind::Published));
    }
}
