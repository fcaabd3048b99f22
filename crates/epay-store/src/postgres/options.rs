//! The URL of a database, and the options that a URL can't express: how long to wait, and whose
//! clock a lease uses.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};

use super::{
    error::{PostgresError, PostgresErrorKind},
    tls::Tls,
};

/// How a database is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    pub(super) timeout: Duration,
    pub(super) lease_clock: LeaseClock,
}

/// Whose clock says when a lease has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseClock {
    /// The database's: one for all processes, however wrong their own are.
    #[default]
    Database,
    /// The time that each claim hands in: for tests that turn the clock by hand.
    Caller,
}

impl Default for PostgresOptions {
    fn default() -> PostgresOptions {
        PostgresOptions { timeout: Duration::from_secs(10), lease_clock: LeaseClock::default() }
    }
}

impl PostgresOptions {
    /// How long a call tries, lost connections and another server that takes over included; ten
    /// seconds unless told.
    pub fn with_timeout(self, timeout: Duration) -> PostgresOptions {
        PostgresOptions { timeout, ..self }
    }

    /// Whose clock a lease goes by.
    pub fn with_lease_clock(self, lease_clock: LeaseClock) -> PostgresOptions {
        PostgresOptions { lease_clock, ..self }
    }
}

/// Where the database is, and how it is spoken to.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) tls: Tls,
}

impl Address {
    /// Whoever does not say `sslmode=disable` speaks TLS and verifies the host. A socket of this
    /// machine needs none.
    pub(super) fn of(url: &str) -> Result<Address, PostgresError> {
        let unclear = || PostgresError::new(PostgresErrorKind::Url);
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(unclear());
        }
        let (url, root) = rewritten(url);
        // What the driver says of it would repeat parts of it.
        let mut config = Config::from_str(&url).map_err(|_| unclear())?;
        if config.get_hosts().is_empty() {
            return Err(unclear());
        }
        let is_local = |host: &Host| !matches!(host, Host::Tcp(_));
        if config.get_hosts().iter().all(is_local) {
            config.ssl_mode(SslMode::Disable);
        } else if config.get_ssl_mode() != SslMode::Disable {
            config.ssl_mode(SslMode::Require);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(3));
        }
        if config.get_application_name().is_none() {
            config.application_name("epay");
        }
        // A server that only reads can't keep the log.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => Tls::never(),
            _ => Tls::new(root.as_deref())?,
        };
        Ok(Address { config, tls })
    }
}

/// What libpq knows and the driver does not: `sslrootcert`, and modes that verify, as all do here.
fn rewritten(url: &str) -> (String, Option<PathBuf>) {
    let Some((before, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let (mut root, mut kept) = (None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslrootcert", path)) => root = Some(PathBuf::from(path)),
            Some(("sslmode", "verify-full" | "verify-ca" | "allow")) => {
                kept.push("sslmode=require");
            }
            _ => kept.push(pair),
        }
    }
    (format!("{before}?{}", kept.join("&")), root)
}

/// Nothing of it: where a URL is mistyped, a part of the password may stand anywhere.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}
