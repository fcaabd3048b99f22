//! The parts of an X.509 certificate that this crate reads itself: names, validity, key, marker
//! extensions and key usage.

use crate::der::{
    self, BIT_STRING, Element, INTEGER, OCTET_STRING, Reader, Result, SEQUENCE, context,
};
use crate::token::p256_point;

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// 1.2.840.113635.100.6.29: this key signs payment tokens.
const SIGNS_TOKENS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 0x06, 0x1d];
/// 1.2.840.113635.100.6.2.14: Apple's Application Integration authority.
const SIGNS_LEAVES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 0x06, 0x02, 0x0e];
/// 1.2.840.113635.100.6.32: SHA-256 of the merchant's id.
const MERCHANT: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 0x06, 0x20];
/// 0.9.2342.19200300.100.1.1: the user id in a name.
const UID: &[u8] = &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01];
/// Apple's have eight or nine.
const MAX_EXTENSIONS: usize = 32;

pub(crate) struct Certificate<'a> {
    pub(crate) der: &'a [u8],
    pub(crate) serial: &'a [u8],
    /// Names as whole elements: two names are the same if their bytes are.
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    pub(crate) validity: Validity,
    /// SubjectPublicKeyInfo as a whole element.
    pub(crate) spki: &'a [u8],
    extensions: Vec<(&'a [u8], &'a [u8])>,
}

/// From when until when, both included, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: u64,
    pub(crate) until: u64,
}

impl Validity {
    pub(crate) fn holds_at(self, seconds: u64) -> bool {
        (self.from..=self.until).contains(&seconds)
    }

    pub(crate) fn within(self, other: Validity) -> Validity {
        Validity { from: self.from.max(other.from), until: self.until.min(other.until) }
    }
}

/// Whose key it is by Apple's markers; only their presence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    None,
    Leaf,
    Intermediate,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    P256,
    Rsa,
    Other,
}

/// The bits of key usage that matter here, as RFC 5280 §4.2.1.3 counts them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Usage {
    DigitalSignature = 0,
    KeyCertSign = 5,
}

impl<'a> Certificate<'a> {
    pub(crate) fn parse(der: &'a [u8]) -> Result<Certificate<'a>> {
        der::read_all(der, |file| {
            file.enter(SEQUENCE, |certificate| {
                let parsed = certificate.enter(SEQUENCE, |tbs| to_be_signed(tbs, der))?;
                certificate.element(SEQUENCE)?;
                certificate.element(BIT_STRING)?;
                Ok(parsed)
            })
        })
    }

    fn extension(&self, id: &[u8]) -> Option<&'a [u8]> {
        self.extensions.iter().find(|(known, _)| *known == id).map(|(_, value)| *value)
    }

    pub(crate) fn marker(&self) -> Marker {
        match (self.extension(SIGNS_TOKENS).is_some(), self.extension(SIGNS_LEAVES).is_some()) {
            (false, false) => Marker::None,
            (true, false) => Marker::Leaf,
            (false, true) => Marker::Intermediate,
            (true, true) => Marker::Both,
        }
    }

    pub(crate) fn key_kind(&self) -> KeyKind {
        if p256_point(self.spki).is_some() {
            return KeyKind::P256;
        }
        let algorithm = der::read_all(self.spki, |reader| {
            reader.enter(SEQUENCE, |spki| {
                let algorithm = der::read_all(spki.element(SEQUENCE)?.content, |inner| {
                    let id = inner.oid()?;
                    inner.optional(der::NULL)?;
                    Ok(id)
                })?;
                spki.element(BIT_STRING)?;
                Ok(algorithm)
            })
        });
        if algorithm == Ok(RSA_ENCRYPTION) { KeyKind::Rsa } else { KeyKind::Other }
    }

    /// Whether the certificate names this use. Apple's always say what they are for.
    pub(crate) fn may(&self, usage: Usage) -> bool {
        let bits = self.extension(KEY_USAGE).and_then(|value| {
            der::read_all(value, |reader| Ok(reader.element(BIT_STRING)?.content)).ok()
        });
        // The first byte counts the unused bits, the second holds the first eight from the left.
        bits.and_then(|bits| bits.get(1)).is_some_and(|byte| byte & (0x80 >> usage as u8) != 0)
    }

    /// Whether it is for a client of TLS. Of the certificates a merchant has, only the identity certificate is.
    pub(crate) fn is_for_tls(&self) -> bool {
        let uses = self.extension(EXTENDED_KEY_USAGE).map(|value| {
            der::read_all(value, |reader| {
                reader.enter(SEQUENCE, |uses| {
                    let mut is_client = false;
                    while !uses.at_end() {
                        is_client |= uses.oid()? == CLIENT_AUTH;
                    }
                    Ok(is_client)
                })
            })
        });
        uses == Some(Ok(true))
    }

    /// The merchant's id in hashed form, if this is a certificate that Apple issued to a merchant.
    pub(crate) fn merchant_hash(&self) -> Option<&'a [u8]> {
        let text = der::read_all(self.extension(MERCHANT)?, |reader| {
            Ok(reader.element(der::UTF8_STRING)?.content)
        });
        text.ok()
    }

    /// The user id of the subject: the merchant's id in clear.
    pub(crate) fn user_id(&self) -> Option<&'a str> {
        let found = der::read_all(self.subject, |reader| {
            reader.enter(SEQUENCE, |name| {
                let mut found = None;
                while !name.at_end() {
                    name.enter(der::SET, |part| {
                        part.enter(SEQUENCE, |attribute| {
                            let kind = attribute.oid()?;
                            let value = attribute.any()?.content;
                            if kind == UID && found.is_none() {
                                found = Some(value);
                            }
                            Ok(())
                        })
                    })?;
                }
                Ok(found)
            })
        });
        std::str::from_utf8(found.ok()??).ok()
    }
}

fn to_be_signed<'a>(tbs: &mut Reader<'a>, der: &'a [u8]) -> Result<Certificate<'a>> {
    tbs.enter(context(0), |version| match version.element(INTEGER)?.content {
        [2] => Ok(()),
        _ => Err("a certificate is not of version 3"),
    })?;
    let serial = tbs.element(INTEGER)?.content;
    tbs.element(SEQUENCE)?;
    let issuer = tbs.element(SEQUENCE)?.whole;
    let validity = tbs.enter(SEQUENCE, |times| {
        Ok(Validity { from: der::time(times.any()?)?, until: der::time(times.any()?)? })
    })?;
    let subject = tbs.element(SEQUENCE)?.whole;
    let spki = tbs.element(SEQUENCE)?.whole;
    let extensions = tbs.enter(context(3), |wrapper| wrapper.enter(SEQUENCE, extensions))?;
    Ok(Certificate { der, serial, issuer, subject, validity, spki, extensions })
}

fn extensions<'a>(reader: &mut Reader<'a>) -> Result<Vec<(&'a [u8], &'a [u8])>> {
    const TRUE: &[u8] = &[0xff];
    const BOOLEAN: u8 = 0x01;
    let mut extensions: Vec<(&[u8], &[u8])> = Vec::new();
    while !reader.at_end() {
        let extension = reader.enter(SEQUENCE, |extension| {
            let id = extension.oid()?;
            match extension.optional(BOOLEAN)? {
                None | Some(Element { content: TRUE, .. }) => {}
                Some(_) => return Err("an extension is not written in der"),
            }
            Ok((id, extension.element(OCTET_STRING)?.content))
        })?;
        if extensions.len() == MAX_EXTENSIONS || extensions.iter().any(|(id, _)| *id == extension.0)
        {
            return Err("a certificate has an extension twice, or too many");
        }
        extensions.push(extension);
    }
    Ok(extensions)
}
