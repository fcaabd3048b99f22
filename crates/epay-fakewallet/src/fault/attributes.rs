//! Faults of the signed attributes: the attributes, the signature over them, the digest and the
//! time in them.

use super::row::faults;
use crate::{
    certificate::YEAR,
    cms::{Attribute, Signing},
    der::{self, tag},
    keys::{Hash, Key},
    oid::{self, ALGORITHM_PROTECTION, CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME},
};

faults! { BOTH on Both:
    attributes {
        "there are no attributes and the content itself is signed": Signing |s| s.without_attributes = true;
        "the set of attributes is empty": Signing |s| s.attributes.clear();
        "the content type is not signed": Signing |s| s.without(CONTENT_TYPE);
        "the signing time is not signed": Signing |s| s.without(SIGNING_TIME);
        "the digest is not signed": Signing |s| s.without(MESSAGE_DIGEST);
        "the content type is there twice": Signing |s| twice(s, CONTENT_TYPE, None);
        "the signing time is there twice": Signing |s| twice(s, SIGNING_TIME, None);
        "there are two signing times": Signing |s| twice(s, SIGNING_TIME, Some(der::time(s.chain.signed_at - YEAR)));
        "the digest is there twice": Signing |s| twice(s, MESSAGE_DIGEST, None);
        "there are two digests": Signing |s| twice(s, MESSAGE_DIGEST, Some(der::octets(&[0; 32])));
        "the algorithm protection is there twice": Signing |s| twice(s, ALGORITHM_PROTECTION, None);
        "the content type has two values":
            Signing |s| s.attribute(CONTENT_TYPE).values.push(der::oid(oid::SIGNED_DATA));
        "the signing time has two values": Signing |s| {
                let old = der::time(s.chain.signed_at - YEAR);
                s.attribute(SIGNING_TIME).values.insert(0, old);
            };
        "the digest has two values": Signing |s| s.attribute(MESSAGE_DIGEST).values.push(der::octets(&[0xFF; 32]));
        "the content type has no value": Signing |s| s.attribute(CONTENT_TYPE).values.clear();
        "the signing time has no value": Signing |s| s.attribute(SIGNING_TIME).values.clear();
        "the digest has no value": Signing |s| s.attribute(MESSAGE_DIGEST).values.clear();
        "the attributes are not in the order of DER": Signing |s| {
            s.sorted = false;
            s.attributes.reverse();
        };
        "the attributes were reordered after they were signed in the order of DER":
            Signed |s| if let Some(attributes) = &mut s.signer().attributes { attributes.rotate_left(26) };
        "the content type is signed data":
            Signing |s| s.attribute(CONTENT_TYPE).values = vec![der::oid(oid::SIGNED_DATA)];
        "the content type is a text": Signing |s| s.attribute(CONTENT_TYPE).values = vec![der::utf8("data")];
        "the signing time is a GeneralizedTime": Signing |s| {
            let text = der::time_text(s.chain.signed_at);
            s.attribute(SIGNING_TIME).values = vec![der::node(tag::GENERALIZED_TIME, text.as_bytes())];
        };
        "the signing time has no seconds": Signing |s| time(s, |text| format!("{}Z", &text[..10]));
        "the signing time has an offset": Signing |s| time(s, |text| format!("{}+0000", &text[..12]));
        "the signing time has no zone": Signing |s| time(s, |text| text[..12].to_owned());
        "the signing time has tenths of a second": Signing |s| time(s, |text| format!("{}.0Z", &text[..12]));
        "the signing time is in month 13": Signing |s| time(s, |text| format!("{}13{}", &text[..2], &text[4..]));
        "the signing time is in month 0": Signing |s| time(s, |text| format!("{}00{}", &text[..2], &text[4..]));
        "the signing time is on day 32": Signing |s| time(s, |text| format!("{}32{}", &text[..4], &text[6..]));
        "the signing time is on 30 February": Signing |s| time(s, |text| format!("{}0230{}", &text[..2], &text[6..]));
        "the signing time is at hour 24": Signing |s| time(s, |text| format!("{}24{}", &text[..6], &text[8..]));
        "the signing time is at minute 60": Signing |s| time(s, |text| format!("{}60{}", &text[..8], &text[10..]));
        "the signing time has letters for digits": Signing |s| time(s, |text| format!("YYMMDD{}", &text[6..]));
        "the signing time has a plus for a digit":
            Signing |s| time(s, |text| format!("{}+{}", &text[..10], &text[11..]));
        "the signing time is empty": Signing |s| time(s, |_| String::new());
        "the signing time is an octet string":
            Signing |s| s.attribute(SIGNING_TIME).values = vec![der::octets(b"261124120000Z")];
        "the digest is a bit string": Signing |s| {
            let digest = Hash::Sha256.of(&s.content);
            s.attribute(MESSAGE_DIGEST).values = vec![der::bits(&digest)];
        };
        "the digest is the first half of the right one": Signing |s| {
            let digest = Hash::Sha256.of(&s.content);
            s.attribute(MESSAGE_DIGEST).values = vec![der::octets(&digest[..16])];
        };
        "the digest is empty": Signing |s| s.attribute(MESSAGE_DIGEST).values = vec![der::octets(&[])];
        "the algorithm protection names SHA-512 for the digest":
            Signing |s| s.protect(&der::algorithm(oid::SHA512, false), &s.key.signature_algorithm(Hash::Sha256));
        "the algorithm protection names SHA-512 for the signature":
            Signing |s| s.protect(&s.digest_algorithm(), &s.key.signature_algorithm(Hash::Sha512));
        "the algorithm protection names the other kind of key": Signing |s| {
            let authority = &s.chain.authority;
            let other = if s.key.is_rsa() { &authority.ec_leaf.key } else { &authority.rsa_leaf.key };
            s.protect(&s.digest_algorithm(), &other.signature_algorithm(Hash::Sha256));
        };
        "the algorithm protection names no signature algorithm": Signing |s| {
                let digest = der::sequence([s.digest_algorithm()]);
                s.attribute(ALGORITHM_PROTECTION).values = vec![digest];
            };
        "the algorithm protection names a MAC": Signing |s| {
            let mac = der::node(0xA2, &der::oid("1.2.840.113549.2.9"));
            s.attribute(ALGORITHM_PROTECTION).values = vec![der::sequence([der::algorithm(oid::SHA256, false), mac])];
        };
        "the algorithm protection is NULL": Signing |s| s.attribute(ALGORITHM_PROTECTION).values = vec![der::null()];
    }
}

faults! { SIGNATURE on Both:
    signature {
        "somebody else's key of the same kind signed": Signing |s| s.key = s.chain.other_leaf_key();
        "a bit of the signature is turned":
            Signed |s| if let Some(last) = s.signer().signature.last_mut() { *last ^= 1; };
        "the signature is empty": Signed |s| s.signer().signature.clear();
        "a byte follows the signature value": Signed |s| s.signer().signature.push(0);
        "the signature value lacks its last byte": Signed |s| { s.signer().signature.pop(); };
        "the signature value is zeros": Signed |s| s.signer().signature.fill(0);
        "what is signed has the tag of the wire, not that of a set": Signing |s| s.signed_tag = tag::CONTEXT_0;
        "the signature is over the content, in spite of attributes":
            Signing |s| s.signed_instead = Some(s.content.clone());
        "the signature is over the digest, in spite of attributes":
            Signing |s| s.signed_instead = Some(Hash::Sha256.of(&s.content));
        "the signing time was changed after signing": Order |o| o.signed_at -= 100, Signed |s| {
            let attributes = s.signer().attributes.as_mut().expect("there are attributes");
            // The seconds are the two digits before the Z, 15 bytes from where the attribute's time begins.
            let time = attributes.windows(2).position(|pair| pair == [tag::UTC_TIME, 13]).expect("there is a time");
            attributes[time + 13] = if attributes[time + 13] == b'0' { b'1' } else { b'0' };
        };
        "the signature is one over something else by the right key":
            Signing |s| s.signed_instead = Some(b"another token".to_vec());
    }
}

faults! { SIGNATURE_EC on Ec:
    signature {
        "the intermediate's key signed": Signing |s| s.key = s.chain.intermediate.key.clone();
        "the merchant's own key signed":
            Signing |s| s.key = Key::p256(&s.chain.authority.seed, "merchant.evil processing");
        "the signature is r = 0, s = 0":
            Signed |s| s.signer().signature = der::sequence([der::integer(&[0]), der::integer(&[0])]);
        "the signature is r = 1, s = the group's order":
            Signed |s| s.signer().signature = der::sequence([der::integer(&[1]), der::integer(&P256_ORDER)]);
        "the signature is r and s without DER": Signed |s| s.signer().signature = raw(&s.signers[0].signature);
        "the signature's length has a byte too many": Signed |s| {
            let inner = s.signers[0].signature[2..].to_vec();
            s.signer().signature = der::long_length(tag::SEQUENCE, &inner);
        };
    }
}

faults! { DIGEST on Both:
    digest {
        "a bit of the encrypted data was turned after signing": Json |j| j.change("data", |text| flip(&text, 20));
        "a bit of the tag was turned after signing": Json |j| j.change("data", |text| flip(&text, text.len() - 8));
        "the transaction id was changed after signing":
            Json |j| j.object("header").change("transactionId", |hex| other_digit(&hex));
        "the applicationData was changed after signing": Order |o| o.application_data = Some(b"cart 17".to_vec()),
            Json |j| j.object("header").change("applicationData", |hex| other_digit(&hex));
        "applicationData was added after signing": Json |j| j.object("header").hex("applicationData", &[7; 32]);
        "applicationData was removed after signing": Order |o| o.application_data = Some(b"cart 17".to_vec()),
            Json |j| j.object("header").remove("applicationData");
        "the transaction id was changed in a token with applicationData":
            Order |o| o.application_data = Some(b"cart 17".to_vec()),
            Json |j| j.object("header").change("transactionId", |hex| other_digit(&hex));
        "the ephemeral or wrapped key was exchanged after signing": Json |j| {
            let header = j.object("header");
            if header.read("wrappedKey").is_empty() {
                header.text("ephemeralPublicKey", OTHER_KEY);
            } else {
                header.change("wrappedKey", |text| flip(&text, 20));
            }
        };
        "the digest is zeros": Signing |s| s.attribute(MESSAGE_DIGEST).values = vec![der::octets(&[0; 32])];
        "the digest is that of nothing":
            Signing |s| s.attribute(MESSAGE_DIGEST).values = vec![der::octets(&Hash::Sha256.of(&[]))];
        "the digest leaves the applicationData out": Order |o| o.application_data = Some(b"cart 17".to_vec()),
            Signing |s| {
            let digest = Hash::Sha256.of(&s.content[..s.content.len() - 32]);
            s.attribute(MESSAGE_DIGEST).values = vec![der::octets(&digest)];
        };
        "the digest leaves the transaction id out": Signing |s| {
            let digest = Hash::Sha256.of(&s.content[..s.content.len() - 32]);
            s.attribute(MESSAGE_DIGEST).values = vec![der::octets(&digest)];
        };
    }
}

faults! { TIME on Both:
    ok {
        "signed 5 minutes ago": Order |o| o.signed_at = o.now - 300;
        "signed this second": Order |o| o.signed_at = o.now;
        "signed 60 seconds ahead": Order |o| o.signed_at = o.now + 60;
    }
    time {
        "signed 5 minutes and 1 second ago": Order |o| o.signed_at = o.now - 301;
        "signed an hour ago": Order |o| o.signed_at = o.now - 3_600;
        "signed a year ago": Order |o| o.signed_at = o.now - YEAR;
        "signed 61 seconds ahead": Order |o| o.signed_at = o.now + 61;
        "signed 10 minutes ahead": Order |o| o.signed_at = o.now + 600;
        "signed a year ahead": Order |o| o.signed_at = o.now + YEAR;
    }
}

const P256_ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6,
    0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

/// A point on P-256 that is nobody's here: the generator.
const OTHER_KEY: &str = concat!(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP",
    "40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q=="
);

/// The attribute once more, with the same value or another.
fn twice(s: &mut Signing, oid: &'static str, value: Option<Vec<u8>>) {
    let value = value.unwrap_or_else(|| s.attribute(oid).values[0].clone());
    s.attributes.push(Attribute::new(oid, value));
}

/// Rewrites the text of the signing time.
fn time(s: &mut Signing, by: fn(&str) -> String) {
    let text = by(&der::time_text(s.chain.signed_at)[2..]);
    s.attribute(SIGNING_TIME).values = vec![der::utc_time(&text)];
}

/// Another base64 character at this place, with other bits.
pub(super) fn flip(text: &str, at: usize) -> String {
    let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

fn other_digit(hex: &str) -> String {
    let other = if hex.starts_with('0') { "1" } else { "0" };
    format!("{other}{}", &hex[1..])
}

/// `r` and `s` as 64 bytes, from DER.
fn raw(signature: &[u8]) -> Vec<u8> {
    let mut rest = &signature[2..];
    let mut out = Vec::new();
    while let [_, length, tail @ ..] = rest {
        let (number, after) = tail.split_at(usize::from(*length));
        let digits = &number[number.len().saturating_sub(32)..];
        out.extend(vec![0; 32 - digits.len()]);
        out.extend(digits);
        rest = after;
    }
    out
}
