//! A payment token before it is verified: parsed strictly and within bounds, still encrypted.

use crate::{Refused, Stage, json};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;

/// Apple's `paymentData` is about 4 KiB.
const MAX_JSON_BYTES: usize = 64 * 1024;
/// Apple's signatures are 2 to 3 KiB.
const MAX_SIGNATURE_BYTES: usize = 16 * 1024;
/// What AES-GCM adds; nothing shorter holds a byte of text.
pub(crate) const TAG_BYTES: usize = 16;
/// SubjectPublicKeyInfo of an uncompressed P-256 point, before its two coordinates: the only form Apple's devices send.
/// Comparing it leaves no other curve, compression or explicit parameter for a backend to interpret.
const P256_SPKI_PREFIX: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
/// The bytes of a P-256 SubjectPublicKeyInfo before its point.
const BEFORE_POINT: usize = P256_SPKI_PREFIX.len() - 1;

/// A token as the payer's device sent it: read, not verified and not opened.
///
/// It is the JSON object `paymentData` of Apple's `PKPaymentToken` ("Payment token format reference"), not what
/// surrounds it: `transactionIdentifier` and `paymentMethod` are signed by nobody.
pub struct EncryptedToken {
    pub(crate) sealed: Sealed,
    pub(crate) data: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) key_hash: [u8; 32],
    pub(crate) transaction_id: [u8; 32],
    pub(crate) application_data: Option<[u8; 32]>,
}

/// How the key of a token travels.
pub(crate) enum Sealed {
    /// `EC_v1`: the whole SubjectPublicKeyInfo of the device's key for this token.
    Ec { ephemeral: [u8; 91] },
    /// `RSA_v1`: the AES key, encrypted to the merchant.
    Rsa { wrapped: Vec<u8> },
}

/// The two versions of Apple's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Elliptic curves: everywhere but in parts of China.
    EcV1,
    /// RSA.
    RsaV1,
}

impl EncryptedToken {
    /// Reads `paymentData`, at most 64 KiB, with a signature of at most 16 KiB.
    ///
    /// Base64 must be padded standard base64, hex may be of either case, unknown keys are passed over unless
    /// they are Apple's in another case, and no key may come twice. Everything refused here has [`Stage::Token`].
    pub fn parse(payment_data: &[u8]) -> Result<EncryptedToken, Refused> {
        read(payment_data).map_err(Refused::at(Stage::Token))
    }

    /// Which of Apple's formats it is.
    pub fn version(&self) -> Version {
        match self.sealed {
            Sealed::Ec { .. } => Version::EcV1,
            Sealed::Rsa { .. } => Version::RsaV1,
        }
    }

    /// Which merchant key the device encrypted to: SHA-256 of the SubjectPublicKeyInfo in the processing certificate.
    /// Nobody signed it; a wrong one only leads to no key, or to one that does not open the token.
    pub fn public_key_hash(&self) -> &[u8; 32] {
        &self.key_hash
    }

    /// The transaction's id in bytes, made on the device. It is believed only once the token is open: see
    /// [`Verifier::verify`](crate::Verifier::verify).
    pub fn transaction_id(&self) -> &[u8; 32] {
        &self.transaction_id
    }

    /// SHA-256 of the `applicationData` that the payment request carried, if it carried any.
    pub fn application_data_hash(&self) -> Option<&[u8; 32]> {
        self.application_data.as_ref()
    }
}

impl Sealed {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Sealed::Ec { ephemeral } => ephemeral,
            Sealed::Rsa { wrapped } => wrapped,
        }
    }
}

impl fmt::Debug for EncryptedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptedToken({:?}, redacted)", self.version())
    }
}

type Read<T> = Result<T, &'static str>;

fn read(payment_data: &[u8]) -> Read<EncryptedToken> {
    if payment_data.len() > MAX_JSON_BYTES {
        return Err("it is larger than 64 KiB");
    }
    let text = std::str::from_utf8(payment_data).map_err(|_| "it is not utf-8")?;
    let token = json::Object::parse(text)?;
    refuse_other_spellings(&token, &["version", "data", "signature", "header"])?;
    let Some(version) = token.get("version") else { return Err(what_else(&token)) };
    let data = base64(token.get("data").ok_or("data is missing")?)?;
    if data.len() <= TAG_BYTES {
        return Err("data is too short to hold anything");
    }
    let signature = base64(token.get("signature").ok_or("signature is missing")?)?;
    if signature.len() > MAX_SIGNATURE_BYTES {
        return Err("the signature is larger than 16 KiB");
    }
    let header = json::Object::parse(token.get("header").ok_or("header is missing")?)?;
    let known =
        ["ephemeralPublicKey", "wrappedKey", "publicKeyHash", "transactionId", "applicationData"];
    refuse_other_spellings(&header, &known)?;
    let (ephemeral, wrapped) = (header.get("ephemeralPublicKey"), header.get("wrappedKey"));
    let sealed = match (json::string(version)?.as_str(), ephemeral, wrapped) {
        ("EC_v1", Some(key), None) => Sealed::Ec { ephemeral: ephemeral_key(&base64(key)?)? },
        ("RSA_v1", None, Some(key)) => Sealed::Rsa { wrapped: base64(key)? },
        ("EC_v1" | "RSA_v1", ..) => return Err("the header's keys are not those of the version"),
        _ => return Err("the version is neither EC_v1 nor RSA_v1"),
    };
    let key_hash = base64(header.get("publicKeyHash").ok_or("publicKeyHash is missing")?)?;
    Ok(EncryptedToken {
        sealed,
        data,
        signature,
        key_hash: key_hash.try_into().map_err(|_| "publicKeyHash is not 32 bytes")?,
        transaction_id: hash(header.get("transactionId").ok_or("transactionId is missing")?)?,
        application_data: header.get("applicationData").map(hash).transpose()?,
    })
}

/// Whoever opens the token after us may read keys without regard to case, the last one winning: then
/// `Data` beside `data` is what they open, and we have verified the other.
fn refuse_other_spellings(object: &json::Object<'_>, known: &[&str]) -> Read<()> {
    fn folded(name: &str) -> impl Iterator<Item = char> {
        name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
    }
    let respelt = |name: &str| known.iter().any(|known| folded(known).eq(folded(name)));
    if object.others(known).any(|(name, _)| respelt(name)) {
        return Err("it spells one of apple's keys in another case");
    }
    Ok(())
}

/// Names what people send instead, because each of these cost somebody a day.
fn what_else(token: &json::Object<'_>) -> &'static str {
    if token.get("paymentData").is_some() || token.get("token").is_some() {
        "this is the whole payment or token: take paymentData out of it"
    } else if token.get("signedTransactionInfo").is_some()
        || token.get("transactionReceipt").is_some()
    {
        "this is a purchase in the App Store (StoreKit), not an Apple Pay token"
    } else if token.get("validationURL").is_some()
        || token.get("merchantSessionIdentifier").is_some()
    {
        "this is a merchant session, not a payment token"
    } else {
        "version is missing"
    }
}

fn base64(raw: &str) -> Read<Vec<u8>> {
    STANDARD
        .decode(json::string(raw)?.as_bytes())
        .map_err(|_| "a member is not padded standard base64")
}

fn ephemeral_key(spki: &[u8]) -> Read<[u8; 91]> {
    let is_p256 = spki.starts_with(&P256_SPKI_PREFIX);
    let key = is_p256.then(|| spki.try_into().ok()).flatten();
    key.ok_or("ephemeralPublicKey is not an uncompressed point of P-256")
}

/// The point of a P-256 SubjectPublicKeyInfo in the one accepted form: 04 and two coordinates.
pub(crate) fn p256_point(spki: &[u8]) -> Option<&[u8; 65]> {
    if !spki.starts_with(&P256_SPKI_PREFIX) {
        return None;
    }
    spki.get(BEFORE_POINT..)?.try_into().ok()
}

/// Thirty-two bytes in hex, of either case.
fn hash(raw: &str) -> Read<[u8; 32]> {
    let text = json::string(raw)?;
    unhex(text.as_bytes()).ok_or("a member is not 32 bytes of hex")
}

pub(crate) fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let (pairs, odd) = text.as_chunks::<2>();
    if pairs.len() != bytes.len() || !odd.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests;
