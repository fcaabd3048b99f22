//! Why a token is not accepted: a stage and a reason for the merchant's log, and one text for everybody else.

use std::fmt;

/// Where on its way a token was stopped, in the order of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The bytes are not an Apple Pay payment token: size, JSON, version, base64, hex, lengths.
    Token,
    /// `signature` is not a signature in Apple's form.
    Cms,
    /// The signed attributes are missing, doubled or not those that Apple signs.
    Attributes,
    /// The certificates do not carry Apple's markers, or are too many or too few.
    Marker,
    /// The certificates do not lead to the trusted root, or were not valid when they signed.
    Chain,
    /// The signature is not by the key in the certificate.
    Signature,
    /// The signature is of another token.
    Digest,
    /// The token is too old, or from the future.
    Time,
    /// The merchant has no key for this token, or the key could not be used.
    Key,
    /// The token does not open with the merchant's key.
    Opening,
    /// The opened text can't be read as a payment.
    Payload,
    /// The opened payment is not the one that was asked for.
    Mismatch,
}

impl Stage {
    /// One lower-case word, for logs and for suites of test cases.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Token => "token",
            Stage::Cms => "cms",
            Stage::Attributes => "attributes",
            Stage::Marker => "marker",
            Stage::Chain => "chain",
            Stage::Signature => "signature",
            Stage::Digest => "digest",
            Stage::Time => "time",
            Stage::Key => "key",
            Stage::Opening => "opening",
            Stage::Payload => "payload",
            Stage::Mismatch => "mismatch",
        }
    }
}

/// A token that is not accepted.
///
/// `Display` is the same text for every refusal: whoever sends tokens learns nothing from it about what was checked.
/// The merchant's own log takes [`stage`](Refused::stage) and [`reason`](Refused::reason); neither holds anything of
/// the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    stage: Stage,
    reason: &'static str,
}

impl Refused {
    pub(crate) fn at(stage: Stage) -> impl Fn(&'static str) -> Refused {
        move |reason| Refused { stage, reason }
    }

    /// Where the token was stopped.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Why, in words for the merchant's own log. Within [`Stage::Opening`] it is always the same: a wrong tag and a
    /// wrong padding can't be told apart, so nobody can use the difference to guess a key.
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the apple pay token is not accepted")
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outside_learns_nothing() {
        let one = Refused::at(Stage::Opening)("the token does not open with this key");
        let other = Refused::at(Stage::Digest)("what was signed is another token");
        assert_eq!(one.to_string(), other.to_string());
        assert_eq!((one.stage().name(), other.stage().name()), ("opening", "digest"));
        assert!(Stage::Token < Stage::Chain && Stage::Chain < Stage::Mismatch);
    }
}
