//! An error says what was wrong and who acts, and never repeats what it was given.

use crate::SpkiPin;
use std::error::Error;
use std::fmt;

type Source = Box<dyn Error + Send + Sync>;

/// Which part of the card data was malformed. The payer types it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCard {
    /// Not 12 to 19 digits.
    Number,
    /// The digits don't pass the Luhn check: most likely a typing mistake.
    Checksum,
    /// Not a date between 2000 and 2099.
    Expiry,
    /// Not 3 or 4 digits.
    Cvc,
    /// Not one or two digits.
    Eci,
}

impl fmt::Display for InvalidCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidCard::Number => "a card number is 12 to 19 digits",
            InvalidCard::Checksum => "the card number has a wrong digit",
            InvalidCard::Expiry => "the expiry date does not exist",
            InvalidCard::Cvc => "a card code is 3 or 4 digits",
            InvalidCard::Eci => "an eci is one or two digits",
        })
    }
}

impl Error for InvalidCard {}

/// There is no key to seal with. Nothing was sent and the payer was not charged.
#[derive(Debug)]
pub struct KeyError {
    kind: KeyErrorKind,
    what: &'static str,
    seen: Option<SpkiPin>,
    source: Option<Source>,
}

/// Why a bank key can't be used, and who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyErrorKind {
    /// The bytes are not one RSA public key. The operator looks at what is served at the key's address.
    Malformed,
    /// It is an RSA key that protects nothing or costs too much: its size or exponent is out of bounds.
    TooWeak,
    /// The key is none of the pinned ones. The operator asks the bank whether it has a new key.
    NotPinned,
    /// The private half of the key is public. The operator looks at where production takes its key from.
    Published,
    /// The key could not be fetched. Asking again later is safe.
    Unavailable,
}

impl KeyError {
    /// For whoever fetches the key: it could not be fetched.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> KeyError {
        let error = KeyError::new(KeyErrorKind::Unavailable, "the bank's key could not be fetched");
        KeyError { source: Some(source.into()), ..error }
    }

    pub(crate) fn malformed(what: &'static str) -> KeyError {
        KeyError::new(KeyErrorKind::Malformed, what)
    }

    pub(crate) fn too_weak(what: &'static str) -> KeyError {
        KeyError::new(KeyErrorKind::TooWeak, what)
    }

    pub(crate) fn not_pinned(seen: SpkiPin) -> KeyError {
        let what = "the bank's key is none of the pinned ones";
        KeyError { seen: Some(seen), ..KeyError::new(KeyErrorKind::NotPinned, what) }
    }

    pub(crate) fn published(seen: SpkiPin) -> KeyError {
        let what = "the bank's key is one whose private half is published";
        KeyError { seen: Some(seen), ..KeyError::new(KeyErrorKind::Published, what) }
    }

    fn new(kind: KeyErrorKind, what: &'static str) -> KeyError {
        KeyError { kind, what, seen: None, source: None }
    }

    /// The kind of failure.
    pub fn kind(&self) -> KeyErrorKind {
        self.kind
    }

    /// The pin of the key that was refused, for the person who compares it with the bank's announcement.
    pub fn seen(&self) -> Option<SpkiPin> {
        self.seen
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl Error for KeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// A cryptogram could not be made. Nothing was sent and the payer was not charged.
#[derive(Debug)]
pub struct SealError {
    kind: SealErrorKind,
    source: Option<Source>,
}

/// Why sealing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealErrorKind {
    /// The text is longer than the key can take: its size in bytes less 11 (RFC 8017 §7.2.1).
    TooLong,
    /// The library that does the arithmetic failed, for want of random numbers most likely. Trying again is safe.
    Backend,
}

impl SealError {
    pub(crate) fn too_long() -> SealError {
        SealError { kind: SealErrorKind::TooLong, source: None }
    }

    pub(crate) fn backend(source: impl Error + Send + Sync + 'static) -> SealError {
        SealError { kind: SealErrorKind::Backend, source: Some(Box::new(source)) }
    }

    /// The kind of failure.
    pub fn kind(&self) -> SealErrorKind {
        self.kind
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SealErrorKind::TooLong => "the text to seal is too long for the bank's key",
            SealErrorKind::Backend => "the cryptogram could not be computed",
        })
    }
}

impl Error for SealError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InvalidPin, TagKeyError};

    #[test]
    fn the_source_is_kept_and_not_repeated() {
        let error = KeyError::unavailable("connection refused");
        assert_eq!(error.kind(), KeyErrorKind::Unavailable);
        assert_eq!(error.to_string(), "the bank's key could not be fetched");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("connection refused"));

        let error = SealError::backend(std::io::Error::other("no random numbers"));
        assert_eq!(error.kind(), SealErrorKind::Backend);
        assert_eq!(error.to_string(), "the cryptogram could not be computed");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("no random numbers"));
        assert!(SealError::too_long().source().is_none());
    }

    fn check_fragment(error: impl fmt::Display) {
        let text = error.to_string();
        assert!(
            text.starts_with(|first: char| first.is_ascii_lowercase()) && !text.ends_with('.'),
            "{text:?}"
        );
    }

    #[test]
    fn every_error_is_a_lower_case_fragment() {
        use InvalidCard::{Checksum, Cvc, Eci, Expiry, Number};
        [Number, Checksum, Expiry, Cvc, Eci].into_iter().for_each(check_fragment);
        [TagKeyError::TooShort, TagKeyError::NoRandomNumbers].into_iter().for_each(check_fragment);
        check_fragment(KeyError::not_pinned(SpkiPin::HALYK_TEST));
        check_fragment(KeyError::published(SpkiPin::HALYK_TEST));
        check_fragment(InvalidPin);
    }
}
