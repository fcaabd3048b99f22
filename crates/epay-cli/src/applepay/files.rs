//! A file is read whole, wiped when it is dropped, and named when it can't be read.

use std::fs;
use std::path::Path;

use zeroize::Zeroizing;

use crate::Failure;

/// The whole file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Zeroizing::new(bytes)),
        Err(error) => Err(format!("{}: {error}", path.display()).into()),
    }
}
