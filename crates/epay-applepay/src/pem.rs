//! A certificate or key may be PEM or DER, and no copy of a key stays behind.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// An X.509 certificate.
pub(crate) fn certificate(file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    der(file, &["CERTIFICATE"])
}

/// A private key that is not encrypted, PKCS#8 or SEC 1.
pub(crate) fn private_key(file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    der(file, &["PRIVATE KEY", "EC PRIVATE KEY"])
}

/// The DER in a file: the file itself, or the first section of a PEM file (RFC 7468) that has one of these labels. What
/// stands around the sections is passed over, as openssl writes it there.
fn der(file: &[u8], labels: &[&str]) -> Option<Zeroizing<Vec<u8>>> {
    let Some(mut start) = find(file, BEGIN) else { return Some(Zeroizing::new(file.to_vec())) };
    let mut rest = file;
    loop {
        rest = rest.get(start + BEGIN.len()..)?;
        let (label, body) = split(rest, DASHES)?;
        if labels.iter().any(|wanted| wanted.as_bytes() == label) {
            return decode(split(body, END)?.0);
        }
        start = find(rest, BEGIN)?;
    }
}

fn decode(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // Both buffers have their whole room from the start, because growing would leave a copy unwiped.
    let mut text = Zeroizing::new(Vec::with_capacity(body.len()));
    text.extend(body.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let mut der = Zeroizing::new(vec![0; body.len()]);
    let length = STANDARD.decode_slice(text.as_slice(), &mut der).ok()?;
    der.truncate(length);
    Some(der)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (before, rest) = bytes.split_at_checked(find(bytes, at)?)?;
    Some((before, rest.get(at.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_der_or_the_section_that_is_asked_for() {
        let section = |label: &str, body: &str| {
            format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
        };
        let two = section("EC PARAMETERS", "AAAA")
            + "some words\n"
            + &section("EC PRIVATE KEY", "AQID\r\nBA==");
        for (file, expected) in [
            (two.as_str(), Some(&[1, 2, 3, 4][..])),
            (&section("PRIVATE KEY", "AQID"), Some(&[1, 2, 3])),
            (&section("PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\nAQID"), None),
            (&section("ENCRYPTED PRIVATE KEY", "AQID"), None),
            (&section("CERTIFICATE", "AQID"), None),
            (&section("PRIVATE KEY", "AQI"), None),
            ("-----BEGIN PRIVATE KEY-----\nAQID\n", None),
            ("-----BEGIN PRIVATE KEY", None),
            ("-----BEGIN ", None),
            ("", Some(&[])),
            ("0\x01", Some(&[0x30, 1])),
        ] {
            let der = private_key(file.as_bytes());
            assert_eq!(der.as_deref().map(Vec::as_slice), expected, "{file}");
        }
    }
}
