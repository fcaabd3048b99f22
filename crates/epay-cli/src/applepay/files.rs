//! Reads a file whole, wipes it when it is dropped, and names it in the error when it can't be
//! read.

use std::fs;
use std::path::Path;

use epay::apple_pay::ProcessingKey;
use zeroize::Zeroizing;

use crate::Failure;

/// A certificate with its private key, by their files.
pub(crate) fn key(certificate: &Path, key: &Path) -> Result<ProcessingKey, Failure> {
    let (certificate_file, key_file) = (read(certificate)?, read(key)?);
    ProcessingKey::read(&certificate_file, &key_file).map_err(|error| {
        let files = [(certificate, &certificate_file), (key, &key_file)];
        let exported = files.into_iter().find(|(_, file)| is_pkcs12(file));
        let advice = exported.map_or(String::new(), |(path, _)| {
            let path = path.display();
            format!(
                "; {path} is a PKCS#12 file: the key comes out of it by `openssl pkcs12 -legacy \
                 -in {path} -nocerts -nodes -out processing.key` (without -legacy by LibreSSL, \
                 macOS's own openssl), and the certificate is the .cer file from Apple's portal"
            )
        });
        format!("{} with {}: {error}{advice}", certificate.display(), key.display()).into()
    })
}

/// Whether it begins as what Keychain Access exports: a sequence, then version 3 (RFC 7292, 4).
fn is_pkcs12(file: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = file else { return false };
    let more = if *length < 0x80 { 0 } else { usize::from(*length & 0x7f) };
    rest.get(more..).is_some_and(|content| content.starts_with(&[0x02, 0x01, 0x03]))
}

/// The whole file.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Zeroizing::new(bytes)),
        Err(error) => Err(format!("{}: {error}", path.display()).into()),
    }
}
