//! Faults of the signature's encoding: what has not Apple's shape of CMS is refused before any of it is believed.

use super::row::faults;
use crate::wallet::{
    certificate::Extension,
    chain::Chain,
    cms::{Form, SignedData, Signing},
    der::{self, tag},
    keys::Hash,
    oid,
};

/// The largest CMS that a reader takes.
const LIMIT: usize = 16 * 1024;

faults! { BOTH on Both:
    ok {
        DER "all lengths are definite": Order |o| o.form = Form::Der;
        NO_PROTECTION "there is no algorithm protection": Order |o| o.algorithm_protection = false;
        NULL_PARAMETERS "SHA-256 has NULL for parameters": Order |o| o.null_parameters = true;
        OLD_TOKEN "NULL parameters and no algorithm protection, as in 2014": Order |o| {
            o.null_parameters = true;
            o.algorithm_protection = false;
        };
        MIXED_PARAMETERS "only the signer's SHA-256 has NULL for parameters":
            Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::algorithm(oid::SHA256, true);
        LARGE_CMS "the CMS has 12 KiB": Chain |c| c.leaf.add(Extension::new("1.2.3.4", false, vec![0; 9_000]));
    }
    marker {
        LEAF_CUT "the leaf lacks its signature": Signed |s| s.certificates[0] = der::sequence([der::null()]);
        LEAF_LONGER "the leaf has a fourth part": Signed |s| {
            let parts = s.certificates[0][4..].to_vec();
            s.certificates[0] = der::sequence([parts, der::null()]);
        };
    }
    chain {
        SAYS_OTHER_KIND "the signature says that it is by the other kind of key":
            Order |o| o.algorithm_protection = false,
            Signed |s| {
                let rsa = s.signers[0].signature.len() == 256;
                s.signer().signature_algorithm = if rsa {
                    der::algorithm("1.2.840.10045.4.3.2", false)
                } else {
                    der::algorithm("1.2.840.113549.1.1.11", true)
                };
            };
        LONG_SERIAL "the signer's serial begins with a zero too many":
            Signed |s| s.signer().sid = long_serial(&s.signers[0].sid);
    }
    token {
        CMS_TOO_LARGE "the CMS is larger than 16 KiB":
            Chain |c| c.leaf.add(Extension::new("1.2.3.4", false, vec![0; LIMIT]));
    }
    cms {
        SHA1 "all is digested and signed by SHA-1": Signing |s| s.hash_by(Hash::Sha1);
        SHA384 "all is digested and signed by SHA-384": Signing |s| s.hash_by(Hash::Sha384);
        SHA512 "all is digested and signed by SHA-512": Signing |s| s.hash_by(Hash::Sha512);
        SIGNER_SAYS_SHA1 "the signer names SHA-1 for the digest":
            Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::algorithm(oid::SHA1, false);
        SIGNER_SAYS_SHA512 "the signer names SHA-512 for the digest":
            Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::algorithm(oid::SHA512, false);
        SET_SAYS_SHA1 "the set of digest algorithms names SHA-1":
            Signed |s| s.digest_algorithms = vec![der::algorithm(oid::SHA1, false)];
        TWO_DIGEST_ALGORITHMS "two digest algorithms are named":
            Signed |s| s.digest_algorithms.push(der::algorithm(oid::SHA512, false));
        DIGEST_ALGORITHM_TWICE "the digest algorithm is named twice":
            Signed |s| s.digest_algorithms.push(der::algorithm(oid::SHA256, false));
        NO_DIGEST_ALGORITHM "no digest algorithm is named": Signed |s| s.digest_algorithms.clear();
        ODD_PARAMETERS "SHA-256 has a number for parameters":
            Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::sequence([der::oid(oid::SHA256), der::integer(&[1])]);
        SAYS_ECDSA_BY_SHA1 "the signature says that it is by ECDSA and SHA-1":
            Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().signature_algorithm = der::algorithm("1.2.840.10045.4.1", false);
        SAYS_SIGNED_BY_SHA512 "the signature says that it is over SHA-512":
            Signing |s| s.named_hash = Some(Hash::Sha512);
        SAYS_PSS "the signature says that it is by RSA with PSS":
            Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().signature_algorithm = der::algorithm("1.2.840.113549.1.1.10", false);
        SIGNATURE_CONSTRUCTED "the signature value comes in two parts": Signed |s| s.lengths.signature = |_, content| {
            let (head, tail) = content.split_at(content.len() / 2);
            der::node(0x24, &[der::octets(head), der::octets(tail)].concat())
        };
        MORE_AFTER_SIGNERS "another node follows the signers": Signed |s| s.lengths.signers = |tag, content| {
            [der::node(tag, content), der::null()].concat()
        };
        MORE_AFTER_SIGNATURE "another node follows the signature value":
            Signed |s| s.lengths.signature = |tag, content| [der::node(tag, content), der::null()].concat();
        MORE_AFTER_CONTENT_TYPE "another node follows the content type": Signed |s| s.content_type.extend(der::null());
        MORE_IN_CONTENT_INFO "another node precedes the signed data":
            Signed |s| s.content_info_type.extend(der::null());
        ATTRIBUTE_CERTIFICATE "an attribute certificate is among the certificates":
            Signed |s| s.certificates.push(der::node(tag::CONTEXT_1, &[]));
        CERTIFICATE_IS_TEXT "a text is among the certificates":
            Signed |s| s.certificates.push(der::utf8("certificate"));
        NULL_WITH_CONTENT "the NULL of SHA-256 holds a byte":
            Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::sequence([der::oid(oid::SHA256), der::node(5, &[0])]);
        CONTENT_ATTACHED "the signed content is attached": Signed |s| s.content = Some(s.signing_content.clone());
        OTHER_CONTENT_ATTACHED "another content is attached": Signed |s| s.content = Some(b"another".to_vec());
        EMPTY_CONTENT_ATTACHED "an empty content is attached": Signed |s| s.content = Some(Vec::new());
        SIGNER_TWICE "the signer is there twice": Signed |s| s.signers.push(s.signers[0].clone());
        FORGED_SECOND_SIGNER "a second signer has another signature": Signed |s| {
            let mut forged = s.signers[0].clone();
            forged.signature[20] ^= 1;
            s.signers.push(forged);
        };
        FORGED_FIRST_SIGNER "a forged signer comes before the right one": Signed |s| {
            let mut forged = s.signers[0].clone();
            forged.signature[20] ^= 1;
            s.signers.insert(0, forged);
        };
        NO_SIGNER "nobody signed": Signed |s| s.signers.clear();
        CRLS "there are revocations": Signed |s| s.crls = Some(der::sequence([der::null()]));
        EMPTY_CRLS "there is an empty set of revocations": Signed |s| s.crls = Some(Vec::new());
        UNSIGNED_ATTRIBUTES "there are unsigned attributes": Signed |s| s.signer().unsigned = Some(unsigned());
        EMPTY_UNSIGNED_ATTRIBUTES "there is an empty set of unsigned attributes":
            Signed |s| s.signer().unsigned = Some(Vec::new());
        NO_CERTIFICATES_FIELD "there is no set of certificates": Signed |s| s.lengths.certificates = |_, _| Vec::new();
        VERSION_3 "SignedData has version 3": Signed |s| s.version = der::integer(&[3]);
        VERSION_0 "SignedData has version 0": Signed |s| s.version = der::integer(&[0]);
        LONG_VERSION "version 1 is written in two bytes": Signed |s| s.version = der::node(tag::INTEGER, &[0, 1]);
        SIGNER_VERSION_3 "the signer has version 3": Signed |s| s.signer().version = der::integer(&[3]);
        SIGNER_BY_KEY_ID "the signer is named by a key identifier": Signed |s| {
            s.signer().version = der::integer(&[3]);
            s.signer().sid = der::node(0x80, &[7; 20]);
        };
        SIGNER_BY_KEY_ID_VERSION_1 "the signer of version 1 is named by a key identifier":
            Signed |s| s.signer().sid = der::node(0x80, &[7; 20]);
        NOT_SIGNED_DATA "the content says that it is plain data": Signed |s| s.content_info_type = der::oid(oid::DATA);
        ENVELOPED_DATA "the content says that it is enveloped":
            Signed |s| s.content_info_type = der::oid("1.2.840.113549.1.7.3");
        OTHER_CONTENT_TYPE "what is signed says that it is a time stamp":
            Signed |s| s.content_type = der::oid("1.2.840.113549.1.9.16.1.4");
        TRAILING_BYTE "a byte follows the signature": Bytes |b| b.push(0);
        TRAILING_END "an end of contents follows the signature": Bytes |b| b.extend([0, 0]);
        TRAILING_NODE "another node follows the signature": Bytes |b| b.extend(der::null());
        TRAILING_COPY "the signature follows itself": Bytes |b| b.extend_from_within(..);
        SIGNATURE_CUT "the signature lacks its last byte": Bytes |b| b.truncate(b.len() - 1);
        SIGNATURE_END_CUT "the signature lacks its last end of contents": Bytes |b| b.truncate(b.len() - 2);
        SIGNATURE_HALVED "the signature lacks its second half": Bytes |b| b.truncate(b.len() / 2);
        DER_CUT "a DER signature lacks its last byte": Order |o| o.form = Form::Der, Bytes |b| b.truncate(b.len() - 1);
        DER_TRAILING "a byte follows a DER signature": Order |o| o.form = Form::Der, Bytes |b| b.push(0);
        SIGNATURE_IS_TEXT "the signature is a text": Bytes |b| *b = b"this is not a signature".to_vec();
        SIGNATURE_IS_A_CERTIFICATE "the signature is a certificate":
            Signed |s| s.content_info_type = s.certificates[0].clone();
        NESTING_BOMB "the signature is 5000 nodes inside each other": Bytes |b| *b = [0x30, 0x80].repeat(5_000);
        NESTING_BOMB_DER "the signature is 1000 definite nodes inside each other": Bytes |b| {
            *b = (0..1_000).fold(der::null(), |inner, _| der::sequence([inner]));
        };
        NESTED_ATTRIBUTE "an unsigned attribute is 200 nodes deep": Signed |s| {
            s.signer().unsigned = Some((0..200).fold(der::null(), |inner, _| der::sequence([inner])));
        };
        HUGE_LENGTH "the outermost node claims 4 GiB": Bytes |b| { b.splice(1..2, [0x84, 0xFF, 0xFF, 0xFF, 0xFF]); };
        HUGE_LENGTH_64 "the outermost node claims 2^64 bytes":
            Bytes |b| { b.splice(1..2, [[0x88].as_slice(), &[0xFF; 8]].concat()); };
        RESERVED_LENGTH "the outermost length begins with 0xFF": Bytes |b| b[1] = 0xFF;
        OTHER_OUTER_TAG "the outermost node is a set": Bytes |b| b[0] = tag::SET;
        LONG_OUTER_LENGTH "the outermost DER length has a byte too many":
            Order |o| o.form = Form::Der,
            Signed |s| s.lengths.content_info = der::long_length;
        LONG_DIGESTS_LENGTH "the length of the digest algorithms has a byte too many":
            Signed |s| s.lengths.digest_algorithms = der::long_length;
        LONG_SIGNERS_LENGTH "the length of the signers has a byte too many":
            Signed |s| s.lengths.signers = der::long_length;
        LONG_SIGNER_LENGTH "the signer's length has a byte too many": Signed |s| s.lengths.signer = der::long_length;
        LONG_ATTRIBUTES_LENGTH "the attributes' length has a byte too many":
            Signed |s| s.lengths.attributes = der::long_length;
        INDEFINITE_DIGESTS "the digest algorithms have an indefinite length":
            Signed |s| s.lengths.digest_algorithms = der::indefinite;
        INDEFINITE_SIGNERS "the signers have an indefinite length": Signed |s| s.lengths.signers = der::indefinite;
        INDEFINITE_SIGNER "the signer has an indefinite length": Signed |s| s.lengths.signer = der::indefinite;
        INDEFINITE_ATTRIBUTES "the attributes have an indefinite length":
            Signed |s| s.lengths.attributes = der::indefinite;
        INDEFINITE_LEAF "the leaf has an indefinite length": Signed indefinite_leaf;
        CONTENT_AS_SET "what is signed is wrapped in a set":
            Signed |s| s.lengths.content = |_, content| der::node(tag::SET, content);
        PRIMITIVE_INDEFINITE "the version has an indefinite length":
            Signed |s| s.version = der::indefinite(tag::INTEGER, &[1]);
    }
}

faults! { EC on Ec:
    ok {
        FIRST_TOKEN_OF_2014 "all that was other in 2014, in the other order, with the root": Order |o| {
            o.null_parameters = true;
            o.algorithm_protection = false;
            o.intermediate_first = true;
            o.with_root = true;
        };
    }
}

faults! { RSA on Rsa:
    ok {
        CMS_OF_16_KIB "the CMS has exactly 16 KiB": Chain |c| fill(c, LIMIT);
    }
    token {
        CMS_OVER_16_KIB "the CMS has 16 KiB and a byte": Chain |c| fill(c, LIMIT + 1);
    }
}

/// Makes the leaf so large that the CMS has this length. Its own signature is a byte longer or shorter by chance, so it
/// takes some attempts; the token's is by RSA, which has one length.
fn fill(c: &mut Chain, length: usize) {
    let mut padding = 0;
    for attempt in 0..100 {
        c.leaf.put(Extension::new("1.2.3.4", false, vec![attempt; padding]));
        let mut signing = Signing::new(c.clone(), Vec::new());
        signing
            .protect(&signing.digest_algorithm(), &signing.key.signature_algorithm(Hash::Sha256));
        let reached = signing.sign().encode().len();
        if reached == length {
            return;
        }
        padding = (padding + length).saturating_sub(reached);
    }
}

fn unsigned() -> Vec<u8> {
    der::sequence([der::oid(oid::SIGNING_TIME), der::set([der::utc_time("261124120000Z")])])
}

/// The same certificate in BER, so that its signature still holds over what it certifies.
fn indefinite_leaf(s: &mut SignedData) {
    if let Some(leaf) = s.certificates.first_mut() {
        // A certificate's head is 30 82 and two bytes of length.
        *leaf = der::indefinite(tag::SEQUENCE, &leaf[4..]);
    }
}

/// The serial ends the name of the signer: an integer of 16 bytes.
fn long_serial(sid: &[u8]) -> Vec<u8> {
    let (_, content) = sid.split_at(if sid[1] < 0x80 { 2 } else { 3 });
    let (issuer, serial) = content.split_at(content.len() - 18);
    der::sequence([issuer.to_vec(), der::node(tag::INTEGER, &[&[0], &serial[2..]].concat())])
}
