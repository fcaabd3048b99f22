//! A detached CMS signature node by node: indefinite lengths on the five nodes where Apple has them, or all DER.

use super::{
    chain::Chain,
    der::{self, tag},
    keys::{Hash, Key},
    oid,
};

/// How lengths are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Indefinite lengths where Apple's servers write them.
    #[default]
    Apple,
    /// Definite lengths throughout.
    Der,
}

/// A signed attribute: any number of values, of which there should be one.
#[derive(Clone)]
pub(crate) struct Attribute {
    pub(crate) oid: &'static str,
    pub(crate) values: Vec<Vec<u8>>,
}

impl Attribute {
    pub(crate) fn new(oid: &'static str, value: Vec<u8>) -> Self {
        Self { oid, values: vec![value] }
    }

    fn der(&self) -> Vec<u8> {
        der::sequence([der::oid(self.oid), der::set(&self.values)])
    }
}

/// What is about to be signed.
pub(crate) struct Signing {
    pub(crate) chain: Chain,
    /// What the digest is of; also what is signed where there are no attributes.
    pub(crate) content: Vec<u8>,
    pub(crate) attributes: Vec<Attribute>,
    /// DER sorts the members of a set; turned off, they stay as they are.
    pub(crate) sorted: bool,
    pub(crate) without_attributes: bool,
    /// What the signature is over, in spite of the attributes.
    pub(crate) signed_instead: Option<Vec<u8>>,
    pub(crate) key: Key,
    pub(crate) hash: Hash,
    /// The digest that the signature's algorithm names. `None` is the right one.
    pub(crate) named_hash: Option<Hash>,
    /// NULL parameters of SHA-256, as in older tokens.
    pub(crate) null_parameters: bool,
    /// The tag of the attributes as they are signed: that of a set, not the one on the wire.
    pub(crate) signed_tag: u8,
    pub(crate) form: Form,
}

impl Signing {
    pub(crate) fn new(chain: Chain, content: Vec<u8>) -> Self {
        let key = chain.leaf.key.clone();
        let attributes = vec![
            Attribute::new(oid::CONTENT_TYPE, der::oid(oid::DATA)),
            Attribute::new(oid::SIGNING_TIME, der::time(chain.signed_at)),
            Attribute::new(oid::MESSAGE_DIGEST, der::octets(&Hash::Sha256.of(&content))),
        ];
        Self {
            chain,
            content,
            attributes,
            sorted: true,
            without_attributes: false,
            signed_instead: None,
            key,
            hash: Hash::Sha256,
            named_hash: None,
            null_parameters: false,
            signed_tag: tag::SET,
            form: Form::Apple,
        }
    }

    /// Digests and signs by another algorithm, and says so everywhere.
    pub(crate) fn hash_by(&mut self, hash: Hash) {
        self.hash = hash;
        let digest = der::octets(&hash.of(&self.content));
        self.attribute(oid::MESSAGE_DIGEST).values = vec![digest];
        if self.attributes.iter().any(|attribute| attribute.oid == oid::ALGORITHM_PROTECTION) {
            self.protect(&self.digest_algorithm(), &self.key.signature_algorithm(hash));
        }
    }

    /// The attribute of this kind, which must be there.
    pub(crate) fn attribute(&mut self, oid: &str) -> &mut Attribute {
        self.attributes
            .iter_mut()
            .find(|attribute| attribute.oid == oid)
            .expect("the attribute is there")
    }

    pub(crate) fn without(&mut self, oid: &str) {
        self.attributes.retain(|attribute| attribute.oid != oid);
    }

    /// The attribute that Apple adds since 2017: the algorithms once more, under the signature.
    pub(crate) fn protect(&mut self, digest: &[u8], signature: &[u8]) {
        self.without(oid::ALGORITHM_PROTECTION);
        let signature = signature.get(2..).unwrap_or_default();
        let value = der::sequence([digest.to_vec(), der::node(tag::CONTEXT_1, signature)]);
        self.attributes.push(Attribute::new(oid::ALGORITHM_PROTECTION, value));
    }

    pub(crate) fn digest_algorithm(&self) -> Vec<u8> {
        der::algorithm(self.hash.oid(), self.null_parameters)
    }

    pub(crate) fn sign(self) -> SignedData {
        let mut attributes: Vec<Vec<u8>> = self.attributes.iter().map(Attribute::der).collect();
        if self.sorted {
            attributes.sort();
        }
        let attributes = der::join(attributes);
        let digest_algorithm = self.digest_algorithm();
        let signed = match (self.signed_instead, self.without_attributes) {
            (Some(other), _) => other,
            (None, true) => self.content.clone(),
            (None, false) => der::node(self.signed_tag, &attributes),
        };
        let signature = self.key.sign(self.hash, &signed);
        let (issuer, serial) = self.chain.signer_name();
        let signer = Signer {
            version: der::integer(&[1]),
            sid: der::sequence([issuer, der::integer(&serial)]),
            digest_algorithm: digest_algorithm.clone(),
            attributes: (!self.without_attributes).then_some(attributes),
            signature_algorithm: self.key.signature_algorithm(self.named_hash.unwrap_or(self.hash)),
            signature,
            unsigned: None,
        };
        let outer = if self.form == Form::Apple { der::indefinite } else { der::node };
        SignedData {
            content_info_type: der::oid(oid::SIGNED_DATA),
            version: der::integer(&[1]),
            digest_algorithms: vec![digest_algorithm],
            content_type: der::oid(oid::DATA),
            content: None,
            certificates: self.chain.certificates(),
            crls: None,
            signers: vec![signer],
            lengths: Lengths {
                content_info: outer,
                explicit: outer,
                signed_data: outer,
                content: outer,
                certificates: outer,
                digest_algorithms: der::node,
                signers: der::node,
                signer: der::node,
                attributes: der::node,
                signature: der::node,
            },
            signing_content: self.content,
        }
    }
}

/// `SignerInfo`, its parts encoded.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) version: Vec<u8>,
    pub(crate) sid: Vec<u8>,
    pub(crate) digest_algorithm: Vec<u8>,
    pub(crate) attributes: Option<Vec<u8>>,
    pub(crate) signature_algorithm: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) unsigned: Option<Vec<u8>>,
}

/// How one node writes its length: `der::node`, `der::indefinite` or `der::long_length`.
type Length = fn(u8, &[u8]) -> Vec<u8>;

/// The nodes whose length a fault may write otherwise.
pub(crate) struct Lengths {
    pub(crate) content_info: Length,
    pub(crate) explicit: Length,
    pub(crate) signed_data: Length,
    pub(crate) content: Length,
    pub(crate) certificates: Length,
    pub(crate) digest_algorithms: Length,
    pub(crate) signers: Length,
    pub(crate) signer: Length,
    pub(crate) attributes: Length,
    pub(crate) signature: Length,
}

/// `SignedData`, its parts encoded and signed.
pub(crate) struct SignedData {
    pub(crate) content_info_type: Vec<u8>,
    pub(crate) version: Vec<u8>,
    pub(crate) digest_algorithms: Vec<Vec<u8>>,
    pub(crate) content_type: Vec<u8>,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) crls: Option<Vec<u8>>,
    pub(crate) signers: Vec<Signer>,
    pub(crate) lengths: Lengths,
    /// What the digest is of, for a fault that attaches it.
    pub(crate) signing_content: Vec<u8>,
}

impl SignedData {
    pub(crate) fn signer(&mut self) -> &mut Signer {
        self.signers.first_mut().expect("there is a signer")
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let Lengths { content_info, explicit, signed_data, content, certificates, .. } =
            self.lengths;
        let attached =
            self.content.as_ref().map(|content| der::node(tag::CONTEXT_0, &der::octets(content)));
        let inner = der::join([
            self.version.clone(),
            (self.lengths.digest_algorithms)(tag::SET, &der::join(&self.digest_algorithms)),
            content(
                tag::SEQUENCE,
                &[self.content_type.clone(), attached.unwrap_or_default()].concat(),
            ),
            certificates(tag::CONTEXT_0, &der::join(&self.certificates)),
            self.crls.as_ref().map(|crls| der::node(tag::CONTEXT_1, crls)).unwrap_or_default(),
            (self.lengths.signers)(
                tag::SET,
                &der::join(self.signers.iter().map(|signer| self.encode_signer(signer))),
            ),
        ]);
        let inner = explicit(tag::CONTEXT_0, &signed_data(tag::SEQUENCE, &inner));
        content_info(tag::SEQUENCE, &[self.content_info_type.clone(), inner].concat())
    }

    fn encode_signer(&self, signer: &Signer) -> Vec<u8> {
        let attributes =
            signer.attributes.as_ref().map(|all| (self.lengths.attributes)(tag::CONTEXT_0, all));
        let unsigned = signer.unsigned.as_ref().map(|all| der::node(tag::CONTEXT_1, all));
        let parts = der::join([
            signer.version.clone(),
            signer.sid.clone(),
            signer.digest_algorithm.clone(),
            attributes.unwrap_or_default(),
            signer.signature_algorithm.clone(),
            (self.lengths.signature)(tag::OCTET_STRING, &signer.signature),
            unsigned.unwrap_or_default(),
        ]);
        (self.lengths.signer)(tag::SEQUENCE, &parts)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{
        ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    use super::*;
    use crate::authority::Authority;

    const NOW: u64 = 1_795_521_600;

    fn signed(rsa: bool, form: Form) -> (Vec<u8>, Vec<u8>) {
        let chain = Chain::new(&Authority::new(1.into(), NOW), rsa, NOW);
        let public = chain.leaf.key.public_bytes();
        let mut signing = Signing::new(chain, b"content".to_vec());
        signing
            .protect(&signing.digest_algorithm(), &signing.key.signature_algorithm(Hash::Sha256));
        signing.form = form;
        (signing.sign().encode(), public)
    }

    /// The nodes of the one signer, in a signature of definite lengths.
    fn signer(der: &[u8]) -> Vec<(u8, &[u8], &[u8])> {
        let content_info = der::nodes(der::nodes(der)[0].2);
        let signed_data = der::nodes(der::nodes(content_info[1].2)[0].2);
        let (tag, _, signers) = signed_data[signed_data.len() - 1];
        assert_eq!((tag, der::nodes(signers).len()), (tag::SET, 1));
        der::nodes(der::nodes(signers)[0].2)
    }

    #[track_caller]
    fn check_signature(rsa: bool, algorithm: &'static dyn VerificationAlgorithm) {
        let (der, public) = signed(rsa, Form::Der);
        let parts = signer(&der);
        let [
            (version, ..),
            (sid, ..),
            (digest, ..),
            (attributes, _, signed),
            (named, ..),
            (value, _, signature),
        ] = parts[..]
        else {
            panic!("six parts, but {}", parts.len());
        };
        assert_eq!(
            [version, sid, digest, attributes, named, value],
            [
                tag::INTEGER,
                tag::SEQUENCE,
                tag::SEQUENCE,
                tag::CONTEXT_0,
                tag::SEQUENCE,
                tag::OCTET_STRING
            ]
        );
        let message = der::node(tag::SET, signed);
        UnparsedPublicKey::new(algorithm, public).verify(&message, signature).unwrap();
        let attributes: Vec<_> = der::nodes(signed).into_iter().map(|(_, node, _)| node).collect();
        assert_eq!(attributes.len(), 4);
        assert!(attributes.is_sorted(), "DER sorts a set by its encodings");
    }

    #[test]
    fn the_signature_is_over_the_attributes_as_a_set() {
        check_signature(false, &ECDSA_P256_SHA256_ASN1);
        check_signature(true, &RSA_PKCS1_2048_8192_SHA256);
    }

    #[test]
    fn five_nodes_have_an_indefinite_length_as_apples_have() {
        let (ber, _) = signed(false, Form::Apple);
        let (der, _) = signed(false, Form::Der);
        assert_eq!(ber[..2], [0x30, 0x80]);
        assert_eq!(ber[13..19], [0xA0, 0x80, 0x30, 0x80, 2, 1]);
        // encapContentInfo closes before the certificates open.
        assert_eq!(ber[48..52], [0, 0, 0xA0, 0x80]);
        assert!(ber.ends_with(&[0; 6]));
        let head = |form: &[u8]| form.iter().filter(|byte| **byte == 0x80).count();
        assert!(head(&ber) >= head(&der) + 5);
        assert_eq!(der::nodes(&der).len(), 1);
    }
}
