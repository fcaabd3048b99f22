//! Verifies that Apple's device made a token, just now and for this merchant.

use crate::attributes::{self, Attributes};
use crate::certificate::KeyKind;
use crate::chain::{self, Chains, Pair};
use crate::cms::{Algorithm, SignedData};
use crate::digest::sha256;
use crate::{EncryptedToken, Refused, Root, Stage, Version};
use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// How old a token may be: Apple's page says five minutes.
const MAX_AGE: Duration = Duration::from_secs(5 * 60);
/// How far ahead the clock of Apple's device may be.
const MAX_AHEAD: Duration = Duration::from_secs(60);

/// Verifies tokens against one root. Keep one and share it: it remembers the certificate chains it has verified.
#[derive(Debug)]
pub struct Verifier {
    root: Root,
    max_age: Duration,
    max_ahead: Duration,
    chains: Chains,
}

impl Verifier {
    /// Trusts Apple Root CA – G3 and nobody else.
    pub fn apple() -> Verifier {
        Verifier::trusting(Root::apple_g3())
    }

    /// Trusts another root instead.
    pub fn trusting(root: Root) -> Verifier {
        Verifier { root, max_age: MAX_AGE, max_ahead: MAX_AHEAD, chains: Chains::new() }
    }

    /// Accepts tokens up to this old instead of 5 minutes. A replay claim must be kept at least as long.
    #[must_use]
    pub fn with_max_age(self, max_age: Duration) -> Verifier {
        Verifier { max_age, ..self }
    }

    /// Accepts tokens up to this far in the future instead of 60 seconds.
    #[must_use]
    pub fn with_max_ahead(self, max_ahead: Duration) -> Verifier {
        Verifier { max_ahead, ..self }
    }

    /// Checks everything that can be checked without the merchant's key: certificates up to the root at the time of
    /// signing, signature, that it is over what this token holds, and that it was made within the window around `now`.
    ///
    /// What is signed has no lengths in it, so whoever has a token can move 32 bytes from the end of `data` into the
    /// transaction id, and the id into `applicationData`. Such a token verifies, and does not open. So the id is believed
    /// once a token is open: [`Approved::transaction_id`](crate::Approved::transaction_id) is what to claim before paying.
    pub fn verify(&self, token: EncryptedToken, now: SystemTime) -> Result<VerifiedToken, Refused> {
        let signed = SignedData::parse(&token.signature).map_err(Refused::at(Stage::Cms))?;
        let refuse = Refused::at(Stage::Attributes);
        let set = signed.attributes.ok_or_else(|| refuse("nothing but the content is signed"))?;
        let attributes = Attributes::parse(set.content, signed.algorithm).map_err(refuse)?;
        let pair =
            Pair::choose(&signed.certificates, &self.root).map_err(Refused::at(Stage::Marker))?;
        self.chain(&token, &signed, &pair, attributes.signing_time)
            .map_err(Refused::at(Stage::Chain))?;
        let message = attributes::signed_bytes(set.whole);
        if !chain::is_signed_by(&pair.leaf, signed.algorithm, &message, signed.signature) {
            return Err(Refused::at(Stage::Signature)(
                "the signature is not by the key in the certificate",
            ));
        }
        if attributes.message_digest != digest(&token) {
            return Err(Refused::at(Stage::Digest)("what was signed is another token"));
        }
        let signed_at = SystemTime::UNIX_EPOCH + Duration::from_secs(attributes.signing_time);
        self.freshness(signed_at, now).map_err(Refused::at(Stage::Time))?;
        Ok(VerifiedToken { token, signed_at })
    }

    fn chain(
        &self,
        token: &EncryptedToken,
        signed: &SignedData<'_>,
        pair: &Pair<'_>,
        at: u64,
    ) -> Result<(), &'static str> {
        if (signed.issuer, signed.serial) != (pair.leaf.issuer, pair.leaf.serial) {
            return Err("the signer is not the certificate with the leaf's marker");
        }
        let fits = match token.version() {
            Version::EcV1 => {
                pair.leaf.key_kind() == KeyKind::P256 && signed.algorithm == Algorithm::Ecdsa
            }
            Version::RsaV1 => {
                pair.leaf.key_kind() == KeyKind::Rsa && signed.algorithm == Algorithm::Rsa
            }
        };
        if !fits {
            return Err("the signing key is not of the kind that the version wants");
        }
        self.chains.check(pair, &self.root, at)
    }

    fn freshness(&self, signed_at: SystemTime, now: SystemTime) -> Result<(), &'static str> {
        match now.duration_since(signed_at) {
            Ok(age) if age > self.max_age => Err("it is too old"),
            Err(ahead) if ahead.duration() > self.max_ahead => Err("it is from the future"),
            _ => Ok(()),
        }
    }
}

/// What the device digested, although Apple's page says that it signed this: the signature is over the attributes. The
/// parts follow each other without a mark between them.
fn digest(token: &EncryptedToken) -> [u8; 32] {
    let application_data = token.application_data.as_ref().map_or(&[][..], |hash| hash);
    sha256(&[token.sealed.bytes(), &token.data, &token.transaction_id, application_data].concat())
}

/// A token that Apple's device made just now. Only such a token can be [opened](VerifiedToken::open).
///
/// ```compile_fail,E0599
/// # fn open(token: epay_applepay::EncryptedToken, keys: &epay_applepay::Keys) {
/// token.open(keys); // not verified
/// # }
/// ```
pub struct VerifiedToken {
    pub(crate) token: EncryptedToken,
    signed_at: SystemTime,
}

impl VerifiedToken {
    /// When the device signed it, by the device's clock.
    pub fn signed_at(&self) -> SystemTime {
        self.signed_at
    }

    /// The token as it was read.
    pub fn token(&self) -> &EncryptedToken {
        &self.token
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedToken({:?}, redacted)", self.token.version())
    }
}
