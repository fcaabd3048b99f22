//! Cross-check: the crates `cms` and `rasn-cms` read the same signatures. What this reader accepts,
//! both accept and read alike.

use super::*;
use crate::attributes::{self, Attributes};
use crate::certificate::Certificate;
use ::cms::{cert::CertificateChoices, content_info::ContentInfo, signed_data::SignerIdentifier};
use ::der::{Decode, EncodingRules, SliceReader};
use base64::{Engine, engine::general_purpose::STANDARD};

#[path = "../../tests/it/data.rs"]
mod data;

/// How many broken signatures a run reads. A large number was read once: see ADR 0018.
fn cases() -> u64 {
    std::env::var("EPAY_CMS_CASES").ok().map_or(20_000, |cases| cases.parse().unwrap())
}

/// What a reader makes of a signature, in bytes.
#[derive(Debug, PartialEq, Eq)]
struct Reading {
    certificates: usize,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    signed: Vec<u8>,
    algorithm: String,
    signature: Vec<u8>,
}

fn ours(bytes: &[u8]) -> Option<Reading> {
    let read = SignedData::parse(bytes).ok()?;
    let set = read.attributes?;
    Attributes::parse(set.content, read.algorithm).ok()?;
    // As when it is verified: the signer must be one of the certificates, which is how a broken name is noticed.
    let is_signer = |der: &&&[u8]| {
        Certificate::parse(der)
            .is_ok_and(|found| (found.issuer, found.serial) == (read.issuer, read.serial))
    };
    read.certificates.iter().find(is_signer)?;
    Some(Reading {
        certificates: read.certificates.len(),
        issuer: read.issuer.to_vec(),
        serial: read.serial.to_vec(),
        signed: attributes::signed_bytes(set.whole),
        algorithm: match read.algorithm {
            Algorithm::Ecdsa => "1.2.840.10045.4.3.2".to_owned(),
            Algorithm::Rsa => "1.2.840.113549.1.1.11".to_owned(),
        },
        signature: read.signature.to_vec(),
    })
}

fn by_cms(bytes: &[u8]) -> Option<Reading> {
    use ::der::Encode;
    let mut reader = SliceReader::new_with_encoding_rules(bytes, EncodingRules::Ber).ok()?;
    let file = ContentInfo::decode(&mut reader).ok()?;
    let read: ::cms::signed_data::SignedData =
        file.content.decode_as_encoding(EncodingRules::Ber).ok()?;
    let [signer] = read.signer_infos.0.as_slice() else { return None };
    let SignerIdentifier::IssuerAndSerialNumber(sid) = &signer.sid else { return None };
    let certificates = read.certificates?;
    let plain =
        certificates.0.iter().filter(|choice| matches!(choice, CertificateChoices::Certificate(_)));
    Some(Reading {
        certificates: plain.count(),
        issuer: sid.issuer.to_der().ok()?,
        serial: sid.serial_number.as_bytes().to_vec(),
        signed: signer.signed_attrs.as_ref()?.to_der().ok()?,
        algorithm: signer.signature_algorithm.oid.to_string(),
        signature: signer.signature.as_bytes().to_vec(),
    })
}

fn by_rasn(bytes: &[u8]) -> Option<Reading> {
    use rasn_cms::SignerIdentifier;
    let file: rasn_cms::ContentInfo = rasn::ber::decode(bytes).ok()?;
    let read: rasn_cms::SignedData = rasn::ber::decode(file.content.as_bytes()).ok()?;
    let [signer] = read.signer_infos.to_vec()[..] else { return None };
    let SignerIdentifier::IssuerAndSerialNumber(sid) = &signer.sid else { return None };
    Some(Reading {
        certificates: read.certificates?.len(),
        issuer: rasn::der::encode(&sid.issuer).ok()?,
        serial: rasn_integer(&sid.serial_number),
        signed: rasn::der::encode(signer.signed_attrs.as_ref()?).ok()?,
        algorithm: signer.signature_algorithm.algorithm.to_string(),
        signature: signer.signature.to_vec(),
    })
}

fn rasn_integer(integer: &rasn::types::Integer) -> Vec<u8> {
    use rasn::types::IntegerType;
    let (bytes, length) = integer.to_signed_bytes_be();
    bytes.as_ref().iter().copied().take(length).collect()
}

/// Minted signatures, which the fuzzer starts from as well, foreign fakes, and genuine ones where they are.
fn signatures() -> Vec<Vec<u8>> {
    let minted = std::fs::read_dir(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/apple_signature"
    ))
    .unwrap();
    let mut signatures: Vec<Vec<u8>> =
        minted.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    signatures.sort();
    assert!(signatures.len() > 3);
    let genuine = data::genuine();
    let sample = data::suite_sample();
    let foreign = [(genuine.as_ref(), "vectors", "paymentData"), (Some(&sample), "cases", "token")];
    for (file, list, token) in foreign {
        for entry in file.into_iter().flat_map(|file| file[list].as_array().unwrap()) {
            signatures.push(STANDARD.decode(entry[token]["signature"].as_str().unwrap()).unwrap());
        }
    }
    signatures
}

#[test]
fn whole_signatures_are_read_alike() {
    for bytes in signatures() {
        let reading = ours(&bytes).unwrap();
        assert_eq!(by_cms(&bytes).as_ref(), Some(&reading));
        assert_eq!(by_rasn(&bytes), Some(reading));
    }
}

#[test]
fn broken_signatures_are_read_alike_or_refused_here() {
    let signatures = signatures();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut alike, mut refused_here) = (0_u64, 0_u64);
    for _ in 0..cases() {
        let whole = &signatures[dice.below(signatures.len())];
        let bytes = dice.damage(whole);
        let (ours, cms, rasn) = (ours(&bytes), by_cms(&bytes), by_rasn(&bytes));
        match ours {
            // What stands in an attribute that nobody knows is passed over here, and looked into there.
            Some(ours) if has_unknown_attribute(&ours.signed) => {
                assert!(cms.is_none_or(|cms| cms == ours), "{}", STANDARD.encode(&bytes));
                assert!(rasn.is_none_or(|rasn| rasn == ours), "{}", STANDARD.encode(&bytes));
            }
            Some(ours) => {
                assert_eq!(cms.as_ref(), Some(&ours), "{}", STANDARD.encode(&bytes));
                assert_eq!(rasn, Some(ours), "{}", STANDARD.encode(&bytes));
                alike += 1;
            }
            None if cms.is_some() || rasn.is_some() => refused_here += 1,
            None => {}
        }
    }
    eprintln!(
        "{} broken signatures: {alike} read alike by three, {refused_here} refused here alone",
        cases()
    );
    assert!(alike > 0 && refused_here > 0, "the damage is too great or too small");
}

fn has_unknown_attribute(signed: &[u8]) -> bool {
    const PKCS_9: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09];
    let mut is_unknown = false;
    der::read_all(signed, |reader| {
        reader.enter(SET, |set| {
            while !set.at_end() {
                let attribute = set.element(SEQUENCE)?.content;
                let name = attribute.get(2..).and_then(|name| name.strip_prefix(PKCS_9));
                is_unknown |= !matches!(name, Some([3 | 4 | 5 | 0x34, SET, ..]));
            }
            Ok(())
        })
    })
    .unwrap();
    is_unknown
}

/// Numbers that are the same in every run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// One to three small damages before or behind the certificates, whose inside is not this reader's matter: a bit, a
    /// byte, a byte more, a byte less, two bytes exchanged, a piece doubled.
    fn damage(&mut self, whole: &[u8]) -> Vec<u8> {
        let certificates = SignedData::parse(whole).unwrap().certificates.concat();
        let start =
            whole.windows(certificates.len()).position(|window| window == certificates).unwrap();
        let (head, rest) = whole.split_at(start);
        let (mut head, mut tail) = (head.to_vec(), rest[certificates.len()..].to_vec());
        for _ in 0..=self.below(3) {
            let bytes = if self.below(4) == 0 { &mut head } else { &mut tail };
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                2 => bytes.insert(at, u8::try_from(self.below(256)).unwrap()),
                3 => drop(bytes.remove(at)),
                4 => {
                    let other = self.below(bytes.len());
                    bytes.swap(at, other);
                }
                _ => {
                    let piece = bytes[at..(at + 8).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        [head, certificates, tail].concat()
    }
}
