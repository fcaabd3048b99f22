//! The signed attributes of the CMS signature: each present exactly once, and the exact bytes that
//! are signed.

use crate::cms::{self, Algorithm};
use crate::der::{self, OCTET_STRING, Reader, Result, SEQUENCE, SET};

const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05];
const ALGORITHM_PROTECTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x34];
/// Apple signs three or four.
const MAX_ATTRIBUTES: usize = 8;

/// The signed attributes of a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// SHA-256 of the token's parts.
    pub(crate) message_digest: [u8; 32],
    /// Seconds since 1970.
    pub(crate) signing_time: u64,
}

impl Attributes {
    /// Reads the attributes of a signature by `algorithm`. An attribute that is not known is signed like the others and
    /// passed over.
    pub(crate) fn parse(set: &[u8], algorithm: Algorithm) -> Result<Attributes> {
        let attributes = der::read_all(set, |reader| {
            let mut attributes: Vec<Attribute<'_>> = Vec::new();
            while !reader.at_end() {
                if attributes.len() == MAX_ATTRIBUTES {
                    return Err("there are too many signed attributes");
                }
                let attribute = Attribute::read(reader)?;
                if attributes.iter().any(|earlier| earlier.kind == attribute.kind) {
                    return Err("a signed attribute is there twice");
                }
                // Unsorted, the signature could be over these bytes or over the sorted ones, and readers would differ.
                if attributes.last().is_some_and(|earlier| earlier.whole >= attribute.whole) {
                    return Err("the signed attributes are not in the order of der");
                }
                attributes.push(attribute);
            }
            Ok(attributes)
        })?;
        let find = |kind: &[u8]| {
            attributes.iter().find(|attribute| attribute.kind == kind).map(|found| found.value)
        };
        content_type(find(CONTENT_TYPE).ok_or("the content type is not signed")?)?;
        if let Some(protection) = find(ALGORITHM_PROTECTION) {
            cms::protects(protection, algorithm)?;
        }
        Ok(Attributes {
            message_digest: message_digest(
                find(MESSAGE_DIGEST).ok_or("the digest is not signed")?,
            )?,
            signing_time: signing_time(find(SIGNING_TIME).ok_or("the time is not signed")?)?,
        })
    }
}

/// The bytes that the signature is over: the attributes under the tag of a SET, whatever tag they travelled under
/// (RFC 5652 §5.4).
pub(crate) fn signed_bytes(set: &[u8]) -> Vec<u8> {
    set.iter().enumerate().map(|(index, &byte)| if index == 0 { SET } else { byte }).collect()
}

struct Attribute<'a> {
    kind: &'a [u8],
    /// The one value, as a whole element.
    value: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Attribute<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Attribute<'a>> {
        let attribute = reader.element(SEQUENCE)?;
        der::read_all(attribute.content, |inner| {
            let kind = inner.oid()?;
            let value = inner.enter(SET, |values| Ok(values.any()?.whole))?;
            Ok(Attribute { kind, value, whole: attribute.whole })
        })
    }
}

fn content_type(value: &[u8]) -> Result<()> {
    let kind = der::read_all(value, |reader| reader.oid())?;
    if kind == cms::ID_DATA { Ok(()) } else { Err("the signed content type is not plain data") }
}

fn message_digest(value: &[u8]) -> Result<[u8; 32]> {
    let digest = der::read_all(value, |reader| Ok(reader.element(OCTET_STRING)?.content))?;
    digest.try_into().map_err(|_| "the signed digest is not 32 bytes")
}

/// A UTCTime: RFC 5652 §11.3 wants it for every date before 2050.
fn signing_time(value: &[u8]) -> Result<u64> {
    der::read_all(value, |reader| der::time(reader.element(der::UTC_TIME)?))
}
