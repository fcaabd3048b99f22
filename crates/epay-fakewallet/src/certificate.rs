//! A certificate is a plan until it is signed, so that a fault can change any part of it and still sign it rightly.

use super::{
    der::{self, tag},
    keys::{Hash, Key},
    oid,
};

pub(crate) const DAY: u64 = 86_400;
pub(crate) const YEAR: u64 = 365 * DAY;

pub(crate) const DIGITAL_SIGNATURE: u8 = 0x80;
pub(crate) const KEY_ENCIPHERMENT_AND_AGREEMENT: u8 = 0x28;
pub(crate) const CERT_AND_CRL_SIGN: u8 = 0x06;
pub(crate) const CRL_SIGN: u8 = 0x02;

/// A name as encoded, in the order that Apple writes it: the most particular part first.
pub(crate) type Name = Vec<u8>;

/// Apple's kind of name, and plainly not Apple's.
pub(crate) fn name(common: &str, unit: &str) -> Name {
    der::sequence([
        part(oid::COMMON_NAME, &der::utf8(common)),
        part(oid::UNIT, &der::utf8(unit)),
        part(oid::ORGANIZATION, &der::utf8("Fake Apple Inc.")),
        part(oid::COUNTRY, &der::node(tag::PRINTABLE_STRING, b"KZ")),
    ])
}

/// The name of a merchant's certificate: the merchant id by itself and within the common name.
pub(crate) fn merchant_name(common: &str, merchant_id: &str) -> Name {
    der::sequence([
        part(oid::USER_ID, &der::utf8(merchant_id)),
        part(oid::COMMON_NAME, &der::utf8(&format!("{common}:{merchant_id}"))),
        part(oid::UNIT, &der::utf8("FAKETEAM01")),
        part(oid::ORGANIZATION, &der::utf8("Fake Shop LLP")),
        part(oid::COUNTRY, &der::node(tag::PRINTABLE_STRING, b"KZ")),
    ])
}

fn part(kind: &str, value: &[u8]) -> Vec<u8> {
    der::set([der::sequence([der::oid(kind), value.to_vec()])])
}

/// One X.509 extension.
#[derive(Clone)]
pub(crate) struct Extension {
    oid: &'static str,
    critical: bool,
    value: Vec<u8>,
}

impl Extension {
    pub(crate) const fn new(oid: &'static str, critical: bool, value: Vec<u8>) -> Self {
        Self { oid, critical, value }
    }

    pub(crate) fn marker(oid: &'static str) -> Self {
        Self::new(oid, false, der::null())
    }

    pub(crate) fn basic_constraints(ca: bool) -> Self {
        let content = if ca { der::boolean(true) } else { Vec::new() };
        Self::new(oid::BASIC_CONSTRAINTS, true, der::sequence([content]))
    }

    pub(crate) fn key_usage(usage: u8) -> Self {
        let unused = u8::try_from(usage.trailing_zeros()).unwrap_or_default();
        Self::new(oid::KEY_USAGE, true, der::node(tag::BIT_STRING, &[unused, usage]))
    }

    pub(crate) fn client_auth() -> Self {
        Self::new(oid::EXTENDED_USAGE, true, der::sequence([der::oid(oid::CLIENT_AUTH)]))
    }

    /// SHA-256 of the merchant id as Apple keeps it, with the length byte that reads as an "@".
    pub(crate) fn merchant_hash(hash: &[u8]) -> Self {
        let hex: String = hash.iter().map(|byte| format!("{byte:02X}")).collect();
        Self::new(oid::MERCHANT_HASH, false, der::utf8(&hex))
    }

    pub(crate) fn authority_key(key: &Key) -> Self {
        let content = der::sequence([der::node(0x80, &key.identifier())]);
        Self::new(oid::AUTHORITY_KEY_ID, false, content)
    }

    pub(crate) fn subject_key(key: &Key) -> Self {
        Self::new(oid::SUBJECT_KEY_ID, false, der::octets(&key.identifier()))
    }

    pub(crate) fn authority_access(url: &str) -> Self {
        let access = der::sequence([der::oid(oid::OCSP), der::node(0x86, url.as_bytes())]);
        Self::new(oid::AUTHORITY_ACCESS, false, der::sequence([access]))
    }

    pub(crate) fn crl_points(url: &str) -> Self {
        let names = der::node(tag::CONTEXT_0, &der::node(0x86, url.as_bytes()));
        let point = der::sequence([der::node(tag::CONTEXT_0, &names)]);
        Self::new(oid::CRL_POINTS, false, der::sequence([point]))
    }

    pub(crate) fn policies() -> Self {
        let notice = "Reliance on this certificate is a mistake: it is one of a fake wallet, made for tests, and it \
                      vouches for nothing and nobody.";
        let qualifier = |kind: &str, value: Vec<u8>| der::sequence([der::oid(kind), value]);
        let qualifiers = der::sequence([
            qualifier("1.3.6.1.5.5.7.2.2", der::sequence([der::utf8(notice)])),
            qualifier(
                "1.3.6.1.5.5.7.2.1",
                der::node(0x16, b"http://fake-apple.invalid/certificateauthority/"),
            ),
        ]);
        Self::new(
            oid::POLICIES,
            false,
            der::sequence([der::sequence([der::oid(oid::APPLE_POLICY), qualifiers])]),
        )
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let critical = if self.critical { der::boolean(true) } else { Vec::new() };
        der::sequence([der::oid(self.oid), critical, der::octets(&self.value)])
    }
}

/// What will be certified, and by whom.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Name,
    pub(crate) subject: Name,
    /// Unix seconds of `notBefore` and `notAfter`.
    pub(crate) valid: (u64, u64),
    pub(crate) key: Key,
    pub(crate) signer: Key,
    pub(crate) hash: Hash,
    /// The digest that the algorithm outside of what is signed names. `None` is the right one.
    pub(crate) named_hash: Option<Hash>,
    pub(crate) extensions: Vec<Extension>,
    /// Whether one bit of the finished signature is turned.
    pub(crate) spoiled: bool,
}

impl Certificate {
    /// A self-signed certificate without extensions.
    pub(crate) fn new(serial: [u8; 16], subject: Name, key: Key, valid: (u64, u64)) -> Self {
        // A first byte between 0x40 and 0x7F keeps the serial positive and 16 bytes long.
        let mut serial = serial.to_vec();
        if let Some(first) = serial.first_mut() {
            *first = 0x40 | (*first & 0x3F);
        }
        Self {
            serial,
            issuer: subject.clone(),
            subject,
            valid,
            signer: key.clone(),
            key,
            hash: Hash::Sha256,
            named_hash: None,
            extensions: Vec::new(),
            spoiled: false,
        }
    }

    pub(crate) fn issued_by(mut self, issuer: &Self) -> Self {
        self.issuer.clone_from(&issuer.subject);
        self.signer = issuer.key.clone();
        self
    }

    pub(crate) fn with(mut self, extension: Extension) -> Self {
        self.put(extension);
        self
    }

    /// Puts the extension where one of its kind is, or at the end.
    pub(crate) fn put(&mut self, extension: Extension) {
        match self.extensions.iter_mut().find(|there| there.oid == extension.oid) {
            Some(there) => *there = extension,
            None => self.extensions.push(extension),
        }
    }

    /// Adds the extension even if one of its kind is there.
    pub(crate) fn add(&mut self, extension: Extension) {
        self.extensions.push(extension);
    }

    pub(crate) fn drop(&mut self, oid: &str) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let algorithm = self.signer.signature_algorithm(self.hash);
        let extensions = der::sequence(self.extensions.iter().map(Extension::der));
        let signed = der::sequence([
            der::node(tag::CONTEXT_0, &der::integer(&[2])),
            der::integer(&self.serial),
            algorithm.clone(),
            self.issuer.clone(),
            der::sequence([der::time(self.valid.0), der::time(self.valid.1)]),
            self.subject.clone(),
            self.key.spki(),
            if self.extensions.is_empty() {
                Vec::new()
            } else {
                der::node(tag::CONTEXT_3, &extensions)
            },
        ]);
        let mut signature = self.signer.sign(self.hash, &signed);
        if let (true, Some(last)) = (self.spoiled, signature.last_mut()) {
            *last ^= 1;
        }
        let named = self.named_hash.map(|hash| self.signer.signature_algorithm(hash));
        der::sequence([signed, named.unwrap_or(algorithm), der::bits(&signature)])
    }
}
