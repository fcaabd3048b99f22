//! The one form of CMS SignedData (RFC 5652) that Apple makes: detached, SHA-256, one signer, signed attributes.
//!
//! Apple writes five of the outer elements with BER's indefinite length; here each of the five may be either. Whatever
//! else a SignedData may hold, none of Apple's does, and it is refused rather than passed over.

use crate::der::{
    self, Element, INTEGER, NULL, OCTET_STRING, Reader, Result, SEQUENCE, SET, context,
};

pub(crate) const ID_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const ID_SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];

/// The signed data and its signer, in the original bytes.
pub(crate) struct SignedData<'a> {
    pub(crate) certificates: Vec<&'a [u8]>,
    /// The signer's certificate by its issuer, as a whole element, and by its serial number.
    pub(crate) issuer: &'a [u8],
    pub(crate) serial: &'a [u8],
    /// The set of signed attributes; `None` if nothing but the content is signed.
    pub(crate) attributes: Option<Element<'a>>,
    pub(crate) algorithm: Algorithm,
    pub(crate) signature: &'a [u8],
}

/// By what the attributes are signed; the digest is SHA-256 in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Ecdsa,
    Rsa,
}

impl<'a> SignedData<'a> {
    pub(crate) fn parse(signature: &'a [u8]) -> Result<SignedData<'a>> {
        der::read_all(signature, |file| {
            file.enter_ber(SEQUENCE, |content_info| {
                expect_oid(content_info, ID_SIGNED_DATA, "it is not a signature")?;
                content_info
                    .enter_ber(context(0), |content| content.enter_ber(SEQUENCE, signed_data))
            })
        })
    }
}

fn signed_data<'a>(reader: &mut Reader<'a>) -> Result<SignedData<'a>> {
    expect_version_1(reader)?;
    reader.enter(SET, |algorithms| algorithms.enter(SEQUENCE, sha256))?;
    reader.enter_ber(SEQUENCE, |content| {
        expect_oid(content, ID_DATA, "what is signed is not plain data")?;
        if content.at_end() { Ok(()) } else { Err("what is signed is attached") }
    })?;
    let certificates = reader.enter_ber(context(0), |set| {
        let mut certificates = Vec::new();
        while !set.at_end() {
            certificates.push(set.element(SEQUENCE)?.whole);
        }
        Ok(certificates)
    })?;
    reader.enter(SET, |signers| signers.enter(SEQUENCE, |signer| signer_info(signer, certificates)))
}

fn signer_info<'a>(reader: &mut Reader<'a>, certificates: Vec<&'a [u8]>) -> Result<SignedData<'a>> {
    expect_version_1(reader)?;
    let (issuer, serial) = reader.enter(SEQUENCE, |signer| {
        Ok((signer.element(SEQUENCE)?.whole, signer.element(INTEGER)?.content))
    })?;
    reader.enter(SEQUENCE, sha256)?;
    let attributes = reader.optional(context(0))?;
    let algorithm = reader.enter(SEQUENCE, algorithm)?;
    let signature = reader.element(OCTET_STRING)?.content;
    if !reader.at_end() {
        return Err("there are attributes that nobody signed");
    }
    Ok(SignedData { certificates, issuer, serial, attributes, algorithm, signature })
}

/// AlgorithmIdentifier of SHA-256, whose parameters are NULL in older tokens and absent in newer ones.
fn sha256(reader: &mut Reader<'_>) -> Result<()> {
    expect_oid(reader, SHA256, "the digest is not sha-256")?;
    no_parameters(reader)
}

fn algorithm(reader: &mut Reader<'_>) -> Result<Algorithm> {
    let algorithm = match reader.oid()? {
        ECDSA_WITH_SHA256 => Algorithm::Ecdsa,
        SHA256_WITH_RSA => Algorithm::Rsa,
        _ => return Err("the signature is neither ecdsa nor rsa with sha-256"),
    };
    no_parameters(reader)?;
    Ok(algorithm)
}

fn no_parameters(reader: &mut Reader<'_>) -> Result<()> {
    match reader.optional(NULL)? {
        Some(null) if !null.content.is_empty() => Err("an algorithm has parameters"),
        _ => Ok(()),
    }
}

fn expect_oid(reader: &mut Reader<'_>, oid: &[u8], otherwise: &'static str) -> Result<()> {
    if reader.oid()? == oid { Ok(()) } else { Err(otherwise) }
}

fn expect_version_1(reader: &mut Reader<'_>) -> Result<()> {
    if reader.element(INTEGER)?.content == [1] { Ok(()) } else { Err("a version is not 1") }
}

/// The algorithms that a signer repeated inside what is signed (RFC 6211), so that nobody can swap them outside.
pub(crate) fn protects(value: &[u8], algorithm: Algorithm) -> Result<()> {
    der::read_all(value, |reader| {
        reader.enter(SEQUENCE, |protection| {
            protection.enter(SEQUENCE, sha256)?;
            let signed_by = protection.enter(context(1), self::algorithm)?;
            if signed_by == algorithm { Ok(()) } else { Err("the signed algorithm is another") }
        })
    })
}

#[cfg(test)]
mod strangers;
