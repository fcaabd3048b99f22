//! Where a log is kept: in a file, or in a database that its URL names.

use std::{
    env,
    error::Error,
    fmt::{self, Write as _},
    fs,
    path::Path,
};

use epay::{InvoiceId, PaymentStore, PostgresStore, SqliteStore};
use epay_domain::{StoreError, StoreLayer};
use epay_store::{AttemptVersion, Erasure, InvoiceNumbers, LogTables};
use zeroize::Zeroizing;

use crate::complain;

/// What PostgreSQL's own programs take it from, too.
const PASSWORD: &str = "PGPASSWORD";

type Cause = Box<dyn Error + Send + Sync>;

/// A log that is open.
#[derive(Debug)]
pub(crate) enum AnyStore {
    File(SqliteStore),
    Database(PostgresStore),
}

impl AnyStore {
    pub(crate) async fn open(place: &Path) -> Result<AnyStore, Cause> {
        Ok(match url(place)? {
            Some(url) => AnyStore::Database(PostgresStore::connect(&url).await?),
            None => AnyStore::File(SqliteStore::open(place)?),
        })
    }

    pub(crate) async fn create(place: &Path, numbers: &InvoiceNumbers) -> Result<AnyStore, Cause> {
        Ok(match url(place)? {
            Some(url) => AnyStore::Database(PostgresStore::create(&url, numbers).await?),
            None => AnyStore::File(SqliteStore::create(place, numbers)?),
        })
    }

    /// The log that is there, or a new one that gives out no invoice numbers.
    pub(crate) async fn open_or_make_empty(place: &Path) -> Result<AnyStore, Cause> {
        let none = InvoiceNumbers::none();
        Ok(match url(place)? {
            Some(url) => AnyStore::Database(PostgresStore::connect_or_create(&url, &none).await?),
            None => AnyStore::File(SqliteStore::open_or_create(place, &none)?),
        })
    }

    /// What can be copied into another.
    pub(crate) fn tables(&self) -> &dyn LogTables {
        match self {
            AnyStore::File(store) => store,
            AnyStore::Database(store) => store,
        }
    }

    pub(crate) async fn invoices_left(&self) -> Result<u64, StoreError> {
        match self {
            AnyStore::File(store) => store.invoices_left().await,
            AnyStore::Database(store) => store.invoices_left().await,
        }
    }

    pub(crate) async fn versions(
        &self,
        after: Option<&InvoiceId>,
        limit: usize,
    ) -> Result<Vec<AttemptVersion>, StoreError> {
        match self {
            AnyStore::File(store) => store.versions(after, limit).await,
            AnyStore::Database(store) => store.versions(after, limit).await,
        }
    }

    pub(crate) async fn renumber(&self, numbers: InvoiceNumbers) -> Result<(), StoreError> {
        match self {
            AnyStore::File(store) => store.renumber(numbers).await,
            AnyStore::Database(store) => store.renumber(numbers).await,
        }
    }

    pub(crate) async fn erase(&self, which: &Erasure) -> Result<usize, Cause> {
        Ok(match self {
            AnyStore::File(store) => store.erase(which)?,
            AnyStore::Database(store) => store.erase(which).await?,
        })
    }
}

impl StoreLayer for AnyStore {
    fn inner(&self) -> &dyn PaymentStore {
        match self {
            AnyStore::File(store) => store,
            AnyStore::Database(store) => store,
        }
    }
}

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Whether the place is a database: its URL, or `@` and the file that has it.
pub(crate) fn is_a_database(place: &Path) -> bool {
    place
        .to_str()
        .is_some_and(|it| it.starts_with('@') || SCHEMES.iter().any(|is| it.starts_with(is)))
}

/// The URL, where the place is a database, with the password that the environment has for it.
fn url(place: &Path) -> Result<Option<Zeroizing<String>>, Cause> {
    let Some(named) = place.to_str().filter(|_| is_a_database(place)) else { return Ok(None) };
    let url = match named.strip_prefix('@') {
        Some(file) => Zeroizing::new(fs::read_to_string(file)?.trim().to_owned()),
        None => Zeroizing::new(named.to_owned()),
    };
    let password = env::var(PASSWORD).ok().map(Zeroizing::new);
    Ok(Some(match password {
        Some(password) if !has_a_password(&url) => with_password(&url, &password),
        _ => url,
    }))
}

/// Says so of a password that every process of this machine may read.
pub(crate) fn warn_of_a_password(place: &Path) {
    if place.to_str().is_some_and(|it| !it.starts_with('@') && has_a_password(it)) {
        complain(&format!(
            "whoever lists the processes of this machine reads the password of {}: put it into \
             {PASSWORD}, or the URL into a file and name that as @FILE",
            told(place)
        ));
    }
}

fn has_a_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let in_front = rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    in_front || query.split('&').any(|pair| pair.starts_with("password="))
}

/// As a parameter, in which every byte has a form.
fn with_password(url: &str, password: &str) -> Zeroizing<String> {
    let mut url =
        Zeroizing::new(format!("{url}{}password=", if url.contains('?') { '&' } else { '?' }));
    for byte in password.bytes() {
        // A text refuses nothing.
        let _ = write!(url, "%{byte:02x}");
    }
    url
}

/// How the place is told to people: of a URL nothing that may be a password.
pub(crate) fn told(place: &Path) -> Redacted<'_> {
    Redacted(place)
}

pub(crate) struct Redacted<'a>(&'a Path);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0.to_str().filter(|_| is_a_database(self.0));
        let Some((scheme, rest)) = url.and_then(|url| url.split_once("://")) else {
            return self.0.display().fmt(f);
        };
        // What comes after may hold a password, too.
        let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
        match rest.rsplit_once('@') {
            None => write!(f, "{scheme}://{rest}"),
            Some((user, host)) => {
                let user = user.split_once(':').map_or(user, |(user, _)| user);
                write!(f, "{scheme}://{user}@{host}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_told_to_nobody() {
        for (place, expected) in [
            ("shop.db", "shop.db"),
            ("postgres://db/shop", "postgres://db/shop"),
            ("postgres://shop:pass@a,b:1/shop?x=pass", "postgres://shop@a,b:1/shop"),
            ("postgresql://shop:p@ss:w@db/shop", "postgresql://shop@db/shop"),
        ] {
            assert_eq!(told(Path::new(place)).to_string(), expected);
        }
    }

    #[test]
    fn a_password_comes_from_the_environment_where_the_url_has_none() {
        for (url, has) in [
            ("postgres://db/shop", false),
            ("postgres://shop@db:5433/shop", false),
            ("postgres://shop:p@db/shop", true),
            ("postgres://db/shop?sslmode=disable&password=p", true),
        ] {
            assert_eq!(has_a_password(url), has, "{url}");
        }
        assert_eq!(
            *with_password("postgres://db/shop", "a&"),
            "postgres://db/shop?password=%61%26"
        );
        assert_eq!(*with_password("postgres://db/?a=b", "%"), "postgres://db/?a=b&password=%25");
    }
}
