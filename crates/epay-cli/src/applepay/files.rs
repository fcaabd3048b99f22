//! Certificates and keys are taken as PEM and as DER, because Apple's portal hands out the one and openssl writes the other.

use std::fs;
use std::path::Path;

use pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use zeroize::Zeroizing;

use crate::Failure;

/// The whole file, wiped when it is dropped.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Zeroizing::new(bytes)),
        Err(error) => Err(format!("{}: {error}", path.display()).into()),
    }
}

/// One certificate as DER.
pub(super) fn certificate(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = read(path)?;
    if !is_pem(&file) {
        return Ok(file.to_vec());
    }
    match CertificateDer::from_pem_slice(&file) {
        Ok(der) => Ok(der.to_vec()),
        Err(_) => Err(format!("{}: no certificate is in this PEM file", path.display()).into()),
    }
}

/// One private key as DER.
pub(super) fn private_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let file = read(path)?;
    if !is_pem(&file) {
        return Ok(file);
    }
    match PrivateKeyDer::from_pem_slice(&file).map(Zeroizing::new) {
        Ok(key) => Ok(Zeroizing::new(key.secret_der().to_vec())),
        Err(_) => Err(format!("{}: no private key is in this PEM file, or it has a passphrase", path.display()).into()),
    }
}

fn is_pem(file: &[u8]) -> bool {
    let begin = b"-----BEGIN";
    file.windows(begin.len()).any(|window| window == begin)
}
