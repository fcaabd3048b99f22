//! `epay serve --check`: lists what is wrong or risky in the file, without opening anything.

use super::{Config, SecretSource, ShopConfig, StorePlace};
use crate::api_key::Scope;
use crate::apple_pay::ApplePay;
use crate::log::Place;
use crate::webhook::{Endpoint, SigningSecret};
use std::collections::HashSet;
use std::fmt;
use std::time::{Duration, SystemTime};
use url::{Host, Url};

/// One thing that `--check` has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// It can't be served so.
    Wrong(String),
    /// It can be served, and somebody should know.
    Risky(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Wrong(text) => write!(f, "wrong: {text}"),
            Finding::Risky(text) => write!(f, "risky: {text}"),
        }
    }
}

/// A new certificate takes a person at Apple's portal, so they should hear of it in time.
pub(crate) const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Config {
    /// All that is wrong or risky, in the order of the file. Empty is good.
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Findings(Vec::new());
        let fake = match self.environment() {
            Ok(environment) => environment.is_mock(),
            Err(error) => {
                found.wrong(error);
                false
            }
        };
        self.check_addresses(fake, &mut found);
        found.error(self.apple_domain_association().err());
        if self.file.shops.is_empty() {
            found.wrong("there is no [[shop]]");
        }
        let (mut names, mut terminals, mut keys) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut logs = HashSet::new();
        for shop in &self.file.shops {
            if !names.insert(&shop.name) {
                found.wrong(format!("two shops have the name {}", shop.name));
            }
            if !terminals.insert(&shop.terminal) {
                found.wrong(format!("two shops have the terminal {}", shop.terminal));
            }
            if !self.log_of(shop).is_none_or(|log| logs.insert(log)) {
                found.wrong(shop.wrong("store", "another shop's: each has a log of its own"));
            }
            for key in &shop.api_keys {
                if !keys.insert(key.sha256.to_ascii_lowercase()) {
                    found.wrong(format!("two API keys have the hash of {}", key.name));
                }
            }
            self.check_shop(shop, fake, &mut found);
        }
        let mut operators = HashSet::new();
        for operator in &self.file.operators {
            if !operators.insert(&operator.name) {
                found.wrong(format!("two operators have the name {}", operator.name));
            }
            let (wrong, risky) = operator.findings(|shop| names.contains(&shop));
            let said = |why: &str| format!("operator {}: {why}", operator.name);
            wrong.iter().for_each(|why| found.wrong(said(why)));
            risky.iter().for_each(|why| found.risky(said(why)));
        }
        found.0
    }

    fn check_addresses(&self, fake: bool, found: &mut Findings) {
        match Url::parse(&self.file.public_url) {
            Ok(url) if url.path() != "/" || url.query().is_some() || url.fragment().is_some() => {
                found.wrong("public_url has more than a host: the service wants one of its own");
            }
            Ok(url) if url.scheme() == "https" => {}
            Ok(_) if fake => {}
            Ok(url) if self.file.bank == "test" && is_this_machine(&url) => found.risky(
                "public_url is this machine: the bank's callbacks do not arrive, and status checks do their \
                 work",
            ),
            _ => found.wrong("public_url is not https: payers' browsers seal cards only there"),
        }
        if !self.file.listen.ip().is_loopback() {
            found.risky(format!(
                "listen is {}, which other machines reach without TLS: put a proxy before it",
                self.file.listen
            ));
        }
        found.error(self.trusted_proxies().err());
        if !fake && self.file.trusted_proxies.is_empty() {
            found.risky(
                "trusted_proxies: there is none, so tries are counted for each order and not for each \
                 payer's address",
            );
        }
        if !fake && self.file.bank_key_pins.is_empty() && self.file.bank == "test" {
            found.risky("bank is the bank's test host: no payer is really charged");
        }
    }

    /// What tells this log from others, however it is written; `None` where that can't be read.
    fn log_of(&self, shop: &ShopConfig) -> Option<String> {
        let url = match Place::of(self, shop).ok()? {
            Place::File(path) => {
                let path = path.canonicalize().or_else(|_| std::path::absolute(&path)).ok()?;
                return Some(path.to_string_lossy().into_owned());
            }
            Place::Database(url) => url,
        };
        // Whoever asks for it, and with what options, it is the same.
        let (_, rest) = url.split_once("://")?;
        let rest = rest.split_once('?').map_or(rest, |(place, _)| place);
        Some(rest.rsplit_once('@').map_or(rest, |(_, place)| place).to_owned())
    }

    fn check_shop(&self, shop: &ShopConfig, fake: bool, found: &mut Findings) {
        let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if shop.name.is_empty() || !shop.name.bytes().all(small) {
            found.wrong(shop.wrong("name", "only small letters, digits and hyphens"));
        }
        found.error(shop.terminal().err());
        found.error(shop.first_invoice().err());
        self.check_secret(shop, "client_secret", &shop.client_secret, found);
        match &shop.store {
            StorePlace::Secret(source) => self.check_secret(shop, "store", source, found),
            StorePlace::Said(place) => {
                if has_password(place) {
                    found.wrong(shop.wrong("store", "a URL with a password: use { env = … }"));
                }
            }
        }
        if shop.first_invoice.is_some() && !fake {
            found.risky(shop.wrong(
                "first_invoice",
                "makes a new log where there is none, also where the path is wrong; take the line \
                 out when the log is there",
            ));
        }
        let back = Url::parse(&shop.return_url.replace("{order}", "order"));
        if !back.is_ok_and(|url| url.scheme() == "https" || fake && url.scheme() == "http") {
            found.wrong(shop.wrong("return_url", "not an https address"));
        }
        if shop.api_keys.is_empty() {
            found.risky(shop.wrong("api_key", "there is none, so nobody can call the API"));
        }
        for key in &shop.api_keys {
            if crate::api_key::read_hash(&key.sha256).is_none() {
                found.wrong(shop.wrong("api_key.sha256", "not 64 hexadecimal digits"));
            }
            if key.scopes.contains(&Scope::Refund) && key.scopes.contains(&Scope::Pay) {
                found.risky(shop.wrong(
                    &format!("api_key {}", key.name),
                    "may pay and refund: a site that is broken into gives money back",
                ));
            }
        }
        if shop.webhooks.is_empty() {
            found.risky(
                shop.wrong("webhook", "there is none: the shop has to fetch GET /v1/events"),
            );
        }
        self.check_apple_pay(shop, fake, found);
        for webhook in &shop.webhooks {
            if let Err(why) = Endpoint::parse(&webhook.url, webhook.allow_private) {
                found.wrong(shop.wrong("webhook.url", why));
            }
            if !(1..=2).contains(&webhook.secrets.len()) {
                found.wrong(shop.wrong("webhook.secrets", "one, or two while it is changed"));
            }
            for source in &webhook.secrets {
                match source.read(|path| self.path(path)) {
                    Ok(secret) if SigningSecret::read(&secret).is_none() => found.wrong(
                        shop.wrong("webhook.secrets", "not whsec_ and 24 to 64 bytes of base64"),
                    ),
                    Ok(_) => {}
                    Err(error) => found.wrong(shop.wrong("webhook.secrets", error)),
                }
            }
        }
    }

    fn check_apple_pay(&self, shop: &ShopConfig, fake: bool, found: &mut Findings) {
        let Some(said) = &shop.apple_pay else { return };
        let mut keys: Vec<_> = said.processing_keys.iter().map(|pair| &pair.key).collect();
        keys.push(&said.identity_key);
        keys.into_iter().for_each(|key| self.check_shared(shop, "apple_pay", key, found));
        match &said.fake_wallet {
            Some(_) if !fake => {
                found.wrong(shop.wrong("apple_pay.fake_wallet", "only allowed with the fake bank"))
            }
            Some(_) => {}
            None => {
                let host = Url::parse(&self.file.public_url);
                if !host.is_ok_and(|url| url.host_str() == Some(&said.domain)) {
                    found.wrong(shop.wrong(
                        "apple_pay.domain",
                        "not the host of public_url, so no browser takes its session",
                    ));
                }
                if self.file.apple_domain_association.is_none() {
                    found.risky(
                        "apple_domain_association: there is none, and Apple looks for it again and again",
                    );
                }
            }
        }
        match ApplePay::open(self, shop) {
            Err(error) => found.wrong(error),
            Ok(None) => {}
            Ok(Some(apple_pay)) => {
                for (key, expires) in apple_pay.expires {
                    let said = match left(expires) {
                        None => "it has expired".to_owned(),
                        Some(left) if left < SOON => format!("{} days are left", days(left)),
                        Some(_) => continue,
                    };
                    found.risky(shop.wrong(&format!("apple_pay.{key}"), said));
                }
            }
        }
    }

    fn check_secret(
        &self,
        shop: &ShopConfig,
        key: &str,
        source: &SecretSource,
        found: &mut Findings,
    ) {
        if let Err(error) = source.read(|path| self.path(path)) {
            found.wrong(shop.wrong(key, error));
        }
        self.check_shared(shop, key, source, found);
    }

    fn check_shared(
        &self,
        shop: &ShopConfig,
        key: &str,
        source: &SecretSource,
        found: &mut Findings,
    ) {
        if source.file().is_some_and(|path| others_read(&self.path(&path.to_string_lossy()))) {
            found.risky(shop.wrong(key, format!("others can read {source}: chmod 600")));
        }
    }
}

/// Whether it is reached from here alone.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether a place is a URL with a password in it, wherever it stands there.
pub(super) fn has_password(place: &str) -> bool {
    let is_secret = |url: &Url| {
        url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
    };
    // One that is no URL to a browser, with several hosts for example, is looked at as a text.
    match Url::parse(place) {
        Ok(url) => is_secret(&url),
        Err(_) => {
            let user = place.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
            user.is_some_and(|(user, _)| user.contains(':')) || place.contains("password=")
        }
    }
}

/// For how long still; `None` when it is over.
pub(crate) fn left(expires: SystemTime) -> Option<Duration> {
    #[expect(clippy::disallowed_methods, reason = "an operator is told of it now")]
    expires.duration_since(SystemTime::now()).ok()
}

pub(crate) fn days(left: Duration) -> u64 {
    left.as_secs() / (24 * 60 * 60)
}

#[cfg(unix)]
fn others_read(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_read(_: &std::path::Path) -> bool {
    false
}

struct Findings(Vec<Finding>);

impl Findings {
    fn wrong(&mut self, text: impl fmt::Display) {
        self.0.push(Finding::Wrong(text.to_string()));
    }

    fn risky(&mut self, text: impl fmt::Display) {
        self.0.push(Finding::Risky(text.to_string()));
    }

    fn error(&mut self, error: Option<impl fmt::Display>) {
        error.into_iter().for_each(|error| self.wrong(error));
    }
}
