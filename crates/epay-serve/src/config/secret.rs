//! The file names the place of each secret; the service reads it from there when it opens.

use epay::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// Where a secret is: `{ env = "NAME" }` or `{ file = "path" }`. There is no way to write one down here.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum SecretSource {
    Env(String),
    File(String),
}

impl SecretSource {
    /// The secret, without the line's end that editors put behind it; `folder` is where the file of the
    /// configuration is.
    pub(crate) fn read(
        &self,
        folder: impl Fn(&str) -> std::path::PathBuf,
    ) -> Result<Secret, NoSecret> {
        let text = match self {
            SecretSource::Env(name) => std::env::var(name).map_err(|_| self.none("is not set"))?,
            SecretSource::File(path) => {
                let path = folder(path);
                std::fs::read_to_string(path).map_err(|error| self.none(&error.to_string()))?
            }
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(self.none("is empty")) } else { Ok(Secret::new(text)) }
    }

    fn none(&self, why: &str) -> NoSecret {
        NoSecret(format!("{self} {why}"))
    }

    /// The file, where it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            SecretSource::Env(_) => None,
            SecretSource::File(path) => Some(Path::new(path)),
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Env(name) => write!(f, "the environment's {name}"),
            SecretSource::File(path) => write!(f, "the file {path}"),
        }
    }
}

/// The secret is not there.
#[derive(Debug)]
pub(crate) struct NoSecret(String);

impl fmt::Display for NoSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
