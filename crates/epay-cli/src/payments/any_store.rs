//! Where a log is kept: in a file, or in a database that its URL names.

use std::{error::Error, fmt, path::Path};

use epay::{InvoiceId, PaymentStore, PostgresStore, SqliteStore};
use epay_domain::{StoreError, StoreLayer};
use epay_store::{AttemptVersion, Erasure, InvoiceNumbers};

/// A log that is open.
#[derive(Debug)]
pub(crate) enum AnyStore {
    File(SqliteStore),
    Database(PostgresStore),
}

impl AnyStore {
    pub(crate) async fn open(place: &Path) -> Result<AnyStore, Box<dyn Error + Send + Sync>> {
        Ok(match url(place) {
            Some(url) => AnyStore::Database(PostgresStore::connect(url).await?),
            None => AnyStore::File(SqliteStore::open(place)?),
        })
    }

    pub(crate) async fn create(
        place: &Path,
        numbers: &InvoiceNumbers,
    ) -> Result<AnyStore, Box<dyn Error + Send + Sync>> {
        Ok(match url(place) {
            Some(url) => AnyStore::Database(PostgresStore::create(url, numbers).await?),
            None => AnyStore::File(SqliteStore::create(place, numbers)?),
        })
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

    pub(crate) async fn erase(
        &self,
        which: &Erasure,
    ) -> Result<usize, Box<dyn Error + Send + Sync>> {
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

/// The URL, where the place is a database.
pub(crate) fn url(place: &Path) -> Option<&str> {
    let schemes = ["postgres://", "postgresql://"];
    place.to_str().filter(|url| schemes.iter().any(|scheme| url.starts_with(scheme)))
}

/// How the place is told to people: of a URL nothing that may be a password.
pub(crate) fn told(place: &Path) -> Told<'_> {
    Told(place)
}

pub(crate) struct Told<'a>(&'a Path);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = url(self.0).and_then(|url| url.split_once("://")) else {
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
}
