//! Faults of the signature's encoding: a CMS that has not Apple's shape is refused before any of it
//! is believed.

use super::row::faults;
use crate::{
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
        "all lengths are definite": Order |o| o.form = Form::Der;
        "there is no algorithm protection": Order |o| o.algorithm_protection = false;
        "SHA-256 has NULL for parameters": Order |o| o.null_parameters = true;
        "NULL parameters and no algorithm protection, as in 2014": Order |o| {
            o.null_parameters = true;
            o.algorithm_protection = false;
        };
        "only the signer's SHA-256 has NULL for parameters": Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::algorithm(oid::SHA256, true);
        "the CMS has 12 KiB": Chain |c| c.leaf.add(Extension::new("1.2.3.4", false, vec![0; 9_000]));
    }
    marker {
        "the leaf lacks its signature": Signed |s| s.certificates[0] = der::sequence([der::null()]);
        "the leaf has a fourth part": Signed |s| {
            let parts = s.certificates[0][4..].to_vec();
            s.certificates[0] = der::sequence([parts, der::null()]);
        };
    }
    chain {
        "the signature says that it is by the other kind of key": Order |o| o.algorithm_protection = false,
            Signed |s| {
                let rsa = s.signers[0].signature.len() == 256;
                s.signer().signature_algorithm = if rsa {
                    der::algorithm("1.2.840.10045.4.3.2", false)
                } else {
                    der::algorithm("1.2.840.113549.1.1.11", true)
                };
            };
        "the signer's serial begins with a zero too many": Signed |s| s.signer().sid = long_serial(&s.signers[0].sid);
    }
    token {
        "the CMS is larger than 16 KiB": Chain |c| c.leaf.add(Extension::new("1.2.3.4", false, vec![0; LIMIT]));
    }
    cms {
        "all is digested and signed by SHA-1": Signing |s| s.hash_by(Hash::Sha1);
        "all is digested and signed by SHA-384": Signing |s| s.hash_by(Hash::Sha384);
        "all is digested and signed by SHA-512": Signing |s| s.hash_by(Hash::Sha512);
        "the signer names SHA-1 for the digest": Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::algorithm(oid::SHA1, false);
        "the signer names SHA-512 for the digest": Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::algorithm(oid::SHA512, false);
        "the set of digest algorithms names SHA-1":
            Signed |s| s.digest_algorithms = vec![der::algorithm(oid::SHA1, false)];
        "two digest algorithms are named": Signed |s| s.digest_algorithms.push(der::algorithm(oid::SHA512, false));
        "the digest algorithm is named twice": Signed |s| s.digest_algorithms.push(der::algorithm(oid::SHA256, false));
        "no digest algorithm is named": Signed |s| s.digest_algorithms.clear();
        "SHA-256 has a number for parameters": Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::sequence([der::oid(oid::SHA256), der::integer(&[1])]);
        "the signature says that it is by ECDSA and SHA-1": Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().signature_algorithm = der::algorithm("1.2.840.10045.4.1", false);
        "the signature says that it is over SHA-512": Signing |s| s.named_hash = Some(Hash::Sha512);
        "the signature says that it is by RSA with PSS": Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().signature_algorithm = der::algorithm("1.2.840.113549.1.1.10", false);
        "the signature value comes in two parts": Signed |s| s.lengths.signature = |_, content| {
            let (head, tail) = content.split_at(content.len() / 2);
            der::node(0x24, &[der::octets(head), der::octets(tail)].concat())
        };
        "another node follows the signers": Signed |s| s.lengths.signers = |tag, content| {
            [der::node(tag, content), der::null()].concat()
        };
        "another node follows the signature value":
            Signed |s| s.lengths.signature = |tag, content| [der::node(tag, content), der::null()].concat();
        "another node follows the content type": Signed |s| s.content_type.extend(der::null());
        "another node precedes the signed data": Signed |s| s.content_info_type.extend(der::null());
        "an attribute certificate is among the certificates":
            Signed |s| s.certificates.push(der::node(tag::CONTEXT_1, &[]));
        "a text is among the certificates": Signed |s| s.certificates.push(der::utf8("certificate"));
        "the NULL of SHA-256 holds a byte": Order |o| o.algorithm_protection = false,
            Signed |s| s.signer().digest_algorithm = der::sequence([der::oid(oid::SHA256), der::node(5, &[0])]);
        "the signed content is attached": Signed |s| s.content = Some(s.signing_content.clone());
        "another content is attached": Signed |s| s.content = Some(b"another".to_vec());
        "an empty content is attached": Signed |s| s.content = Some(Vec::new());
        "the signer is there twice": Signed |s| s.signers.push(s.signers[0].clone());
        "a second signer has another signature": Signed |s| {
            let mut forged = s.signers[0].clone();
            forged.signature[20] ^= 1;
            s.signers.push(forged);
        };
        "a forged signer comes before the right one": Signed |s| {
            let mut forged = s.signers[0].clone();
            forged.signature[20] ^= 1;
            s.signers.insert(0, forged);
        };
        "nobody signed": Signed |s| s.signers.clear();
        "there are revocations": Signed |s| s.crls = Some(der::sequence([der::null()]));
        "there is an empty set of revocations": Signed |s| s.crls = Some(Vec::new());
        "there are unsigned attributes": Signed |s| s.signer().unsigned = Some(unsigned());
        "there is an empty set of unsigned attributes": Signed |s| s.signer().unsigned = Some(Vec::new());
        "there is no set of certificates": Signed |s| s.lengths.certificates = |_, _| Vec::new();
        "SignedData has version 3": Signed |s| s.version = der::integer(&[3]);
        "SignedData has version 0": Signed |s| s.version = der::integer(&[0]);
        "version 1 is written in two bytes": Signed |s| s.version = der::node(tag::INTEGER, &[0, 1]);
        "the signer has version 3": Signed |s| s.signer().version = der::integer(&[3]);
        "the signer is named by a key identifier": Signed |s| {
            s.signer().version = der::integer(&[3]);
            s.signer().sid = der::node(0x80, &[7; 20]);
        };
        "the signer of version 1 is named by a key identifier": Signed |s| s.signer().sid = der::node(0x80, &[7; 20]);
        "the content says that it is plain data": Signed |s| s.content_info_type = der::oid(oid::DATA);
        "the content says that it is enveloped": Signed |s| s.content_info_type = der::oid("1.2.840.113549.1.7.3");
        "what is signed says that it is a time stamp":
            Signed |s| s.content_type = der::oid("1.2.840.113549.1.9.16.1.4");
        "a byte follows the signature": Bytes |b| b.push(0);
        "an end of contents follows the signature": Bytes |b| b.extend([0, 0]);
        "another node follows the signature": Bytes |b| b.extend(der::null());
        "the signature follows itself": Bytes |b| b.extend_from_within(..);
        "the signature lacks its last byte": Bytes |b| b.truncate(b.len() - 1);
        "the signature lacks its last end of contents": Bytes |b| b.truncate(b.len() - 2);
        "the signature lacks its second half": Bytes |b| b.truncate(b.len() / 2);
        "a DER signature lacks its last byte": Order |o| o.form = Form::Der, Bytes |b| b.truncate(b.len() - 1);
        "a byte follows a DER signature": Order |o| o.form = Form::Der, Bytes |b| b.push(0);
        "the signature is a text": Bytes |b| *b = b"this is not a signature".to_vec();
        "the signature is a certificate": Signed |s| s.content_info_type = s.certificates[0].clone();
        "the signature is 5000 nodes inside each other": Bytes |b| *b = [0x30, 0x80].repeat(5_000);
        "the signature is 1000 definite nodes inside each other": Bytes |b| {
            *b = (0..1_000).fold(der::null(), |inner, _| der::sequence([inner]));
        };
        "an unsigned attribute is 200 nodes deep": Signed |s| {
            s.signer().unsigned = Some((0..200).fold(der::null(), |inner, _| der::sequence([inner])));
        };
        "the outermost node claims 4 GiB": Bytes |b| { b.splice(1..2, [0x84, 0xFF, 0xFF, 0xFF, 0xFF]); };
        "the outermost node claims 2^64 bytes": Bytes |b| { b.splice(1..2, [[0x88].as_slice(), &[0xFF; 8]].concat()); };
        "the outermost length begins with 0xFF": Bytes |b| b[1] = 0xFF;
        "the outermost node is a set": Bytes |b| b[0] = tag::SET;
        "the outermost DER length has a byte too many": Order |o| o.form = Form::Der,
            Signed |s| s.lengths.content_info = der::long_length;
        "the length of the digest algorithms has a byte too many":
            Signed |s| s.lengths.digest_algorithms = der::long_length;
        "the length of the signers has a byte too many": Signed |s| s.lengths.signers = der::long_length;
        "the signer's length has a byte too many": Signed |s| s.lengths.signer = der::long_length;
        "the attributes' length has a byte too many": Signed |s| s.lengths.attributes = der::long_length;
        "the digest algorithms have an indefinite length": Signed |s| s.lengths.digest_algorithms = der::indefinite;
        "the signers have an indefinite length": Signed |s| s.lengths.signers = der::indefinite;
        "the signer has an indefinite length": Signed |s| s.lengths.signer = der::indefinite;
        "the attributes have an indefinite length": Signed |s| s.lengths.attributes = der::indefinite;
        "the leaf has an indefinite length": Signed indefinite_leaf;
        "what is signed is wrapped in a set": Signed |s| s.lengths.content = |_, content| der::node(tag::SET, content);
        "the version has an indefinite length": Signed |s| s.version = der::indefinite(tag::INTEGER, &[1]);
    }
}

faults! { EC on Ec:
    ok {
        "all that was other in 2014, in the other order, with the root": Order |o| {
            o.null_parameters = true;
            o.algorithm_protection = false;
            o.intermediate_first = true;
            o.with_root = true;
        };
    }
}

faults! { RSA on Rsa:
    ok {
        "the CMS has exactly 16 KiB": Chain |c| fill(c, LIMIT);
    }
    token {
        "the CMS has 16 KiB and a byte": Chain |c| fill(c, LIMIT + 1);
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
