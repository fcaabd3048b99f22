//! The certificate chain from the key that signed a token to the trusted root, judged at the time
//! of signing.

use crate::certificate::{Certificate, KeyKind, Marker, Usage, Validity};
use crate::cms::Algorithm;
use crate::{backend, digest::sha256, pem};
use pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::{collections::VecDeque, fmt, sync::Mutex, time::Duration};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// "Apple Root CA - G3", as the cargo package `apple-codesign` carries it. Genuine tokens lead to it.
static APPLE_ROOT_CA_G3: &[u8] = include_bytes!("../keys/AppleRootCA-G3.der");

/// Apple signs with a handful of leaves at a time.
const MAX_CACHED: usize = 16;

/// A root certificate that tokens may lead to.
pub struct Root {
    der: CertificateDer<'static>,
    anchor: TrustAnchor<'static>,
    subject: Vec<u8>,
    validity: Validity,
}

impl Root {
    /// Apple Root CA – G3, to which Apple's tokens lead, those of its sandbox included. Its certificate is in this crate.
    pub fn apple_g3() -> Root {
        match Root::read(APPLE_ROOT_CA_G3) {
            Ok(root) => root,
            Err(InvalidRoot) => {
                unreachable!("the bytes in this crate are a certificate, which a test reads")
            }
        }
    }

    /// Another root **instead of Apple's**, as PEM or as DER: that of a fake wallet in tests. Whoever has its key can mint
    /// tokens.
    pub fn read(certificate: &[u8]) -> Result<Root, InvalidRoot> {
        let der = pem::certificate(certificate).ok_or(InvalidRoot)?;
        let certificate = Certificate::parse(&der).map_err(|_| InvalidRoot)?;
        let (subject, validity) = (certificate.subject.to_vec(), certificate.validity);
        let der = CertificateDer::from(der.as_slice()).into_owned();
        let anchor = anchor_from_trusted_cert(&der).map_err(|_| InvalidRoot)?.to_owned();
        Ok(Root { der, anchor, subject, validity })
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.der.as_ref() == APPLE_ROOT_CA_G3 {
            "Apple Root CA - G3"
        } else {
            "not Apple's"
        };
        write!(f, "Root({name})")
    }
}

/// The bytes are not one X.509 certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRoot;

impl fmt::Display for InvalidRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the root is not one x.509 certificate")
    }
}

impl std::error::Error for InvalidRoot {}

type Check<T> = Result<T, &'static str>;

/// The certificate of the signing key and the one above it, told apart by Apple's markers.
pub(crate) struct Pair<'a> {
    pub(crate) leaf: Certificate<'a>,
    intermediate: Certificate<'a>,
}

impl<'a> Pair<'a> {
    /// Takes two certificates in either order; a third only if it is the trusted root itself.
    pub(crate) fn choose(certificates: &[&'a [u8]], root: &Root) -> Check<Pair<'a>> {
        let embedded_root = |der: &[u8]| der == root.der.as_ref();
        let others: Vec<&[u8]> = match certificates.len() {
            3 => certificates.iter().copied().filter(|der| !embedded_root(der)).collect(),
            _ => certificates.to_vec(),
        };
        let [one, other] = others.as_slice() else {
            return Err("there are not two certificates, or a foreign root");
        };
        let (one, other) = (Certificate::parse(one)?, Certificate::parse(other)?);
        match (one.marker(), other.marker()) {
            (Marker::Leaf, Marker::Intermediate) => Ok(Pair { leaf: one, intermediate: other }),
            (Marker::Intermediate, Marker::Leaf) => Ok(Pair { leaf: other, intermediate: one }),
            (Marker::Both, _) | (_, Marker::Both) => {
                Err("one certificate has both of apple's markers")
            }
            _ => Err("the certificates do not have apple's two markers"),
        }
    }
}

/// Chains that were verified once. Only the certificates are remembered, never a signature over a token.
#[derive(Debug)]
pub(crate) struct Chains {
    /// SHA-256 over both certificates, and when the whole chain is valid. The newest stands first.
    verified: Mutex<VecDeque<([u8; 32], Validity)>>,
}

impl Chains {
    pub(crate) fn new() -> Chains {
        Chains { verified: Mutex::new(VecDeque::with_capacity(MAX_CACHED)) }
    }

    /// Whether the two lead to the root at that second.
    pub(crate) fn check(&self, pair: &Pair<'_>, root: &Root, at: u64) -> Check<()> {
        let id = fingerprint(pair);
        let validity = match self.known(&id) {
            Some(validity) => validity,
            None => {
                let validity = verify(pair, root, at)?;
                self.remember(id, validity);
                validity
            }
        };
        if validity.holds_at(at) { Ok(()) } else { Err(EXPIRED) }
    }

    fn known(&self, id: &[u8; 32]) -> Option<Validity> {
        let verified = self.verified.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        verified.iter().find(|(known, _)| known == id).map(|(_, validity)| *validity)
    }

    fn remember(&self, id: [u8; 32], validity: Validity) {
        let mut verified = self.verified.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        verified.retain(|(known, _)| *known != id);
        verified.truncate(MAX_CACHED - 1);
        verified.push_front((id, validity));
    }
}

const EXPIRED: &str = "a certificate was not valid at the time of signing";

/// The lengths are inside: each certificate is one DER element, so no other pair has the same bytes in a row.
fn fingerprint(pair: &Pair<'_>) -> [u8; 32] {
    let both = [pair.leaf.der, pair.intermediate.der].concat();
    sha256(&both)
}

/// Verifies names, signatures, flags and validity; returns when all three certificates are valid.
fn verify(pair: &Pair<'_>, root: &Root, at: u64) -> Check<Validity> {
    let Pair { leaf, intermediate } = pair;
    // Exactly this path: webpki alone would also take a leaf that the root itself issued, beside an idle intermediate.
    if leaf.issuer != intermediate.subject || intermediate.issuer != root.subject {
        return Err("the certificates do not name each other up to the root");
    }
    if !leaf.may(Usage::DigitalSignature) || !intermediate.may(Usage::KeyCertSign) {
        return Err("a certificate is not for this use");
    }
    // An intermediate on another curve or by another digest is none of Apple's.
    if intermediate.key_kind() != KeyKind::P256 {
        return Err("the intermediate key is not of P-256");
    }
    let validity = leaf.validity.within(intermediate.validity).within(root.validity);
    if !validity.holds_at(at) {
        return Err(EXPIRED);
    }
    let (leaf, between) =
        (CertificateDer::from(leaf.der), [CertificateDer::from(intermediate.der)]);
    let end = EndEntityCert::try_from(&leaf).map_err(|_| "the leaf is not a certificate")?;
    let path = end.verify_for_usage(
        &[backend::ECDSA_P256_SHA256, backend::ECDSA_P384_SHA256],
        std::slice::from_ref(&root.anchor),
        &between,
        UnixTime::since_unix_epoch(Duration::from_secs(at)),
        // Apple's leaves have no extended key usage, which any use accepts.
        KeyUsage::client_auth(),
        None,
        None,
    );
    let path = path.map_err(|_| "the certificates do not lead to the root")?;
    if path.intermediate_certificates().count() == 1 {
        Ok(validity)
    } else {
        Err("the intermediate is passed by")
    }
}

/// Whether `signature` over `message` is by the key in `leaf`, which must be of the kind that `algorithm` wants.
pub(crate) fn is_signed_by(
    leaf: &Certificate<'_>,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let der = CertificateDer::from(leaf.der);
    let algorithm = match algorithm {
        Algorithm::Ecdsa => backend::ECDSA_P256_SHA256,
        Algorithm::Rsa => backend::RSA_PKCS1_SHA256,
    };
    let end = EndEntityCert::try_from(&der);
    end.is_ok_and(|end| end.verify_signature(algorithm, message, signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever exchanges the file is noticed here.
    #[test]
    fn the_pinned_root_is_apples() {
        let hex: String =
            sha256(APPLE_ROOT_CA_G3).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179");
        assert_eq!(format!("{:?}", Root::apple_g3()), "Root(Apple Root CA - G3)");
        assert_eq!(Root::read(b"").err(), Some(InvalidRoot));
    }
}
