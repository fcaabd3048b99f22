//! Faults that a right signature covers, so that only the key or the tag can tell.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{attributes::flip, row::faults};
use crate::{
    der,
    json::{Object, hex},
    keys::{Key, RSA_STRANGER, Seed, sha256},
    oid,
};

faults! { BOTH on Both:
    key {
        "the key hash is that of no key": Sealed |s| s.public_key_hash = vec![0xAB; 32];
        "the key hash is zeros": Sealed |s| s.public_key_hash = vec![0; 32];
        "a bit of the key hash was turned after signing":
            Json |j| j.object("header").change("publicKeyHash", |text| flip(&text, 0));
        "the key hash is that of the merchant's key of the other kind": Sealing |s| {
            let (ec, rsa) = (s.merchant.processing(), s.merchant.rsa_processing());
            s.named = Some(if s.recipient.is_rsa() { ec } else { rsa }.public_key_hash().to_vec());
        };
        "the key hash is that of the whole certificate": Sealing |s| {
            let own = if s.recipient.is_rsa() { s.merchant.rsa_processing() } else { s.merchant.processing() };
            s.named = Some(sha256(own.certificate_der()).to_vec());
        };
    }
    token {
        "the data is 16 zero bytes": Sealed |s| s.data = vec![0; 16];
    }
    opening {
        "a bit of the tag was turned before signing": Sealed |s| if let Some(last) = s.data.last_mut() { *last ^= 1; };
        "the tag was zeroed before signing": Sealed |s| { let start = s.data.len() - 16; s.data[start..].fill(0); };
        "the tag was cut to 12 bytes before signing": Sealed |s| s.data.truncate(s.data.len() - 4);
        "the tag lost a byte before signing": Sealed |s| s.data.truncate(s.data.len() - 1);
        "the tag was removed before signing": Sealed |s| s.data.truncate(s.data.len() - 16);
        "a bit of the data was turned before signing": Sealed |s| s.data[70] ^= 1;
        "a byte was added to the data before signing": Sealed |s| s.data.push(0);
        "the data is the payload in clear": Sealing |s| s.in_clear = true;
        "the payload is encrypted under the nonce of 12 zero bytes": Sealing |s| s.short_nonce = true;
        "the transaction id became data and the applicationData the transaction id":
            Order |o| o.application_data = Some(b"cart 17".to_vec()),
            Json move_forward;
        "the end of the data became the transaction id and that the applicationData": Json
            move_back;
    }
}

faults! { EC on Ec:
    ok {
        "the shared secret begins with a zero byte": Order |o| o.leading_zero = true;
        "encrypted to the merchant's next certificate": Order |o| o.next_key = true;
    }
    key {
        "an EC_v1 token says RSA_v1, and an RSA leaf signed it so": Chain |c| c.leaf = c.authority.rsa_leaf.clone(),
            Sealed |s| s.version = "RSA_v1".to_owned();
    }
    opening {
        "the key hash is that of the merchant's next key":
            Sealing |s| s.named = Some(s.merchant.next_processing().public_key_hash().to_vec());
        "the key is derived for another merchant id": Sealing |s| s.party = sha256(b"merchant.evil");
        "the key is derived from the first half of the merchant hash in hex":
            Sealing |s| { let hex = hex(&s.party); s.party.copy_from_slice(&hex.as_bytes()[..32]); };
        "the key is derived from a secret that lost its leading zero": Order |o| o.leading_zero = true,
            Sealing |s| s.trimmed_secret = true;
        "the ephemeral key is not on the curve": Sealed |s| s.key[90] ^= 1;
        "the ephemeral key is x = 0, y = 0": Sealed |s| s.key = point(&[&[4][..], &[0; 64]].concat());
        "the ephemeral key's x is the prime": Sealed |s| s.key = point(&[&[4], &PRIME[..], &s.key[59..]].concat());
        "the ephemeral key's x is 2^256 - 1": Sealed |s| s.key[27..59].fill(0xFF);
        "the ephemeral key is another one than the key agreement was with": Sealed |s| s.key = other_key("P-256");
    }
}

faults! { RSA on Rsa:
    opening {
        "the wrapped key has 15 bytes": Sealing |s| s.wrapped.truncate(15);
        "the wrapped key has 17 bytes": Sealing |s| s.wrapped.push(0);
        "the wrapped key has 32 bytes": Sealing |s| s.wrapped = s.wrapped.repeat(2);
        "what is wrapped is empty": Sealing |s| s.wrapped.clear();
        "the key is wrapped by PKCS#1 v1.5": Sealing |s| s.pkcs1 = true;
        "the wrapped key itself is empty": Sealed |s| s.key.clear();
        "the wrapped key lost a byte before signing": Sealed |s| { s.key.pop(); };
        "the wrapped key is 16 bytes in clear": Sealed |s| s.key.truncate(16);
        "a bit of the wrapped key was turned before signing": Sealed |s| s.key[100] ^= 1;
        "the wrapped key is zeros": Sealed |s| s.key.fill(0);
        "the wrapped key is larger than the modulus": Sealed |s| s.key.fill(0xFF);
        "the key is wrapped to another merchant's key": Sealing |s| {
            s.named = Some(s.merchant.rsa_processing().public_key_hash().to_vec());
            s.recipient = RSA_STRANGER.clone();
        };
    }
}

/// What is signed has no marks between its parts, so this is signed as well: data, then the transaction id's bytes.
fn move_forward(token: &mut Object) {
    let header = token.object("header");
    let (id, application) = (header.read("transactionId"), header.read("applicationData"));
    header.text("transactionId", &application);
    header.remove("applicationData");
    let id = unhex(&id);
    token.change("data", |data| STANDARD.encode([decoded(&data), id].concat()));
}

/// The same the other way round.
fn move_back(token: &mut Object) {
    let data = decoded(&token.read("data"));
    let (data, id) = data.split_at(data.len() - 32);
    token.text("data", &STANDARD.encode(data));
    let header = token.object("header");
    let application = header.read("transactionId");
    header.hex("transactionId", id);
    header.text("applicationData", &application);
}

fn decoded(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).expect("the wallet wrote it")
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).expect("the wallet wrote it"))
        .collect()
}

/// The prime of P-256.
const PRIME: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
];
const CURVE_A: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC,
];
const CURVE_B: [u8; 32] = [
    0x5A, 0xC6, 0x35, 0xD8, 0xAA, 0x3A, 0x93, 0xE7, 0xB3, 0xEB, 0xBD, 0x55, 0x76, 0x98, 0x86, 0xBC,
    0x65, 0x1D, 0x06, 0xB0, 0xCC, 0x53, 0xB0, 0xF6, 0x3B, 0xCE, 0x3C, 0x3E, 0x27, 0xD2, 0x60, 0x4B,
];
const GENERATOR: [u8; 65] = [
    4, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40,
    0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2,
    0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E,
    0x16, 0x2B, 0xCE, 0x33, 0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51,
    0xF5,
];
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6,
    0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

/// An SPKI on P-256 around these bytes, whatever they are.
pub(super) fn point(bytes: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence([der::oid(oid::EC_PUBLIC_KEY), der::oid(oid::P256)]);
    der::sequence([algorithm, der::bits(bytes)])
}

/// The same point by its x coordinate and the parity of the other.
pub(super) fn compressed(spki: &[u8]) -> Vec<u8> {
    point(&[&[2 | (spki[90] & 1)], &spki[27..59]].concat())
}

/// The same point on the same curve, by the curve's numbers in place of its name.
pub(super) fn explicit(spki: &[u8]) -> Vec<u8> {
    let field = der::sequence([der::oid(oid::PRIME_FIELD), der::integer(&PRIME)]);
    let curve = der::sequence([der::octets(&CURVE_A), der::octets(&CURVE_B)]);
    let parameters = der::sequence([
        der::integer(&[1]),
        field,
        curve,
        der::octets(&GENERATOR),
        der::integer(&ORDER),
        der::integer(&[1]),
    ]);
    let algorithm = der::sequence([der::oid(oid::EC_PUBLIC_KEY), parameters]);
    der::sequence([algorithm, der::bits(&spki[26..])])
}

/// The SPKI of a key that this token has nothing to do with.
pub(super) fn other_key(kind: &str) -> Vec<u8> {
    let seed = Seed::from(0);
    match kind {
        "P-384" => Key::p384(&seed, "nobody").spki(),
        "RSA" => RSA_STRANGER.spki(),
        _ => Key::p256(&seed, "nobody").spki(),
    }
}
