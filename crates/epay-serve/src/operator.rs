//! Operators of the console: their names, their roles, and the hashes of their passwords.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params};
use epay::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A password is no shorter: what is hashed can be guessed at by whoever gets the file.
const LEAST_CHARS: usize = 12;
/// Nor longer, in bytes: nobody types that, and hashing it would be work for nothing.
pub(crate) const MOST_BYTES: usize = 256;
/// A file that wants more memory for one sign-in than this is a mistake: kibibytes.
const MOST_MEMORY: u32 = 256 * 1024;
/// Less is quickly guessed at: what `argon2` takes where nobody says otherwise.
const LEAST_MEMORY: u32 = Params::DEFAULT_M_COST;

/// An operator as the file has them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorConfig {
    /// In notes and in names of refunds: small letters, digits and hyphens.
    pub(crate) name: String,
    /// As `epay serve --new-operator` prints it.
    #[serde(deserialize_with = "hash_of_file", serialize_with = "not_shown")]
    pub(crate) password_hash: PasswordHash,
    pub(crate) role: Role,
    /// How much they may give back of one attempt, in minor units of tenge; of one in another currency nothing.
    /// Whoever resolves and has none has no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refund_limit_minor: Option<u64>,
    /// The shops that they see; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shops: Option<Vec<String>>,
}

/// What an operator may do; each may what the one before may.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// See.
    View,
    /// Give money back, up to their limit.
    Refund,
    /// Rule on what only a person can, capture and void.
    Resolve,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::View => "view",
            Role::Refund => "refund",
            Role::Resolve => "resolve",
        }
    }
}

impl OperatorConfig {
    /// What is wrong, and what is risky.
    pub(crate) fn findings(
        &self,
        is_shop: impl Fn(&String) -> bool,
    ) -> (Vec<String>, Vec<&'static str>) {
        let (mut wrong, mut risky) = (Vec::new(), Vec::new());
        let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=32).contains(&self.name.len()) || !self.name.bytes().all(small) {
            wrong.push("name: 1 to 32 small letters, digits and hyphens".to_owned());
        }
        match self.password_hash.params() {
            None => {
                wrong.push("password_hash: not as `epay serve --new-operator` prints it".into())
            }
            Some(params) if params.m_cost() > MOST_MEMORY => {
                wrong.push("password_hash: a sign-in would take more than 256 MiB".to_owned());
            }
            Some(params) if params.m_cost() < LEAST_MEMORY => {
                risky.push("password_hash: it was made with little memory, and is guessed at fast");
            }
            Some(_) => {}
        }
        if self.role == Role::Refund && self.refund_limit_minor.is_none() {
            wrong.push("refund_limit_minor: this role needs one".to_owned());
        }
        if self.role == Role::Resolve && self.refund_limit_minor.is_none() {
            risky.push("refund_limit_minor: there is none, so they may give back any sum");
        }
        for shop in self.shops.iter().flatten().filter(|shop| !is_shop(shop)) {
            wrong.push(format!("shops: there is no shop {shop}"));
        }
        if self.shops.as_ref().is_some_and(Vec::is_empty) {
            wrong.push("shops: the list is empty; leave the line out for all".to_owned());
        }
        (wrong, risky)
    }
}

/// A password as the file knows it: argon2id, in the PHC format. It is printed nowhere but by
/// [`expose`](PasswordHash::expose), because passwords can be tried on it.
///
/// ```
/// let hash = epay_serve::PasswordHash::of(&epay::Secret::new("correct horse battery"))?;
/// assert!(hash.expose().starts_with("$argon2id$"));
/// assert!(epay_serve::PasswordHash::of(&epay::Secret::new("short")).is_err());
/// # Ok::<(), epay_serve::WeakPassword>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The hash of a new password, of 12 characters or more, with a salt of its own.
    pub fn of(password: &Secret) -> Result<PasswordHash, WeakPassword> {
        let text = password.expose();
        if text.chars().count() < LEAST_CHARS || text.len() > MOST_BYTES {
            return Err(WeakPassword(()));
        }
        let hash = Argon2::default().hash_password(text.as_bytes());
        hash.map(|hash| PasswordHash(hash.to_string())).map_err(|_| WeakPassword(()))
    }

    /// What the file has as `password_hash`.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is of this password. It takes tens of milliseconds of a processor, on purpose.
    pub(crate) fn is_of(&self, password: &str) -> bool {
        let argon2 = Argon2::default();
        argon2.verify_password(password.as_bytes(), self.0.as_str()).is_ok()
    }

    fn params(&self) -> Option<Params> {
        let hash = phc::PasswordHash::new(&self.0).ok()?;
        let long = hash.hash.is_some_and(|hash| hash.len() >= Params::DEFAULT_OUTPUT_LEN);
        let argon2id = hash.algorithm == Algorithm::Argon2id.ident();
        Params::try_from(&hash).ok().filter(|_| long && argon2id)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(redacted)")
    }
}

fn hash_of_file<'de, D: Deserializer<'de>>(file: D) -> Result<PasswordHash, D::Error> {
    String::deserialize(file).map(PasswordHash)
}

fn not_shown<S: Serializer>(_: &PasswordHash, printed: S) -> Result<S::Ok, S::Error> {
    printed.serialize_str("(not shown)")
}

/// The password is shorter than 12 characters or longer than 256 bytes, or the system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeakPassword(());

impl fmt::Display for WeakPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a password has 12 characters or more, and at most 256 bytes")
    }
}

impl std::error::Error for WeakPassword {}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(hash: &str, role: &str, more: &str) -> OperatorConfig {
        let text = format!("name = 'aida'\npassword_hash = '{hash}'\nrole = '{role}'\n{more}");
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn a_hash_is_of_its_password_alone_and_printed_nowhere() {
        let hash = PasswordHash::of(&Secret::new("correct horse battery")).unwrap();
        assert!(hash.is_of("correct horse battery"));
        for other in ["", "correct horse batterY", "correct horse battery ", "correct\0horse"] {
            assert!(!hash.is_of(other), "{other}");
        }
        let config = config(hash.expose(), "view", "");
        assert_eq!(config.findings(|_| true), (vec![], vec![]));
        for shown in [format!("{config:?}"), toml::to_string(&config).unwrap()] {
            assert!(shown.contains("aida") && !shown.contains("argon2"), "{shown}");
        }
        let again = PasswordHash::of(&Secret::new("correct horse battery")).unwrap();
        assert_ne!(hash, again, "a salt of its own");
    }

    #[test]
    fn what_is_no_good_hash_is_said() {
        let good = PasswordHash::of(&Secret::new("correct horse battery")).unwrap().0;
        for (hash, wrong, risky) in [
            (String::new(), 1, 0),
            ("plain text".to_owned(), 1, 0),
            (good.replace("argon2id", "argon2i"), 1, 0),
            (good.replace("m=19456", "m=4194304"), 1, 0),
            (good.replace("m=19456", "m=64"), 0, 1),
            (good.split_at(good.len() - 20).0.to_owned(), 1, 0),
        ] {
            let (is_wrong, is_risky) = config(&hash, "view", "").findings(|_| true);
            assert_eq!((is_wrong.len(), is_risky.len()), (wrong, risky), "{hash}");
        }
        let (wrong, _) =
            config(&good, "refund", "shops = ['tools', 'toys']").findings(|shop| shop == "tools");
        assert_eq!(
            wrong,
            ["refund_limit_minor: this role needs one", "shops: there is no shop toys"]
        );
    }
}
