//! A file is read whole, wiped when it is dropped, and named when it can't be read.

use std::fs;
use std::path::Path;

use epay::apple_pay::ProcessingKey;
use zeroize::Zeroizing;

use crate::Failure;

/// A certificate with its private key, by their files.
pub(super) fn key(certificate: &Path, key: &Path) -> Result<ProcessingKey, Failure> {
    let (certificate_file, key_file) = (read(certificate)?, read(key)?);
    ProcessingKey::read(&certificate_file, &key_file).map_err(|error| {
        format!("{} with {}: {error}", certificate.display(), key.display()).into()
    })
}

/// The whole file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Zeroizing::new(bytes)),
        Err(error) => Err(format!("{}: {error}", path.display()).into()),
    }
}
