//! The one file: what `epay serve` serves, to whom, and with which bank. Unknown keys are errors.

mod apple_pay;
mod check;
mod secret;

pub(crate) use apple_pay::{ApplePayConfig, FakeWalletConfig};
pub use check::Finding;
pub(crate) use check::{SOON, days, left};
pub(crate) use secret::SecretSource;

use crate::api_key::Scope;
use crate::operator::OperatorConfig;
use epay::{Environment, InvoiceId, KeyTrust, Language, SpkiPin, TerminalId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// What `epay serve` is to do, as its TOML file says. Secrets are named and not held: `Debug` and
/// [`printed`](Config::printed) show where each comes from.
///
/// ```
/// let config: epay_serve::Config = r#"
///     public_url = "https://pay.example.kz"
///     bank = "production"
///
///     [[shop]]
///     name = "books"
///     title = "Books on Abay"
///     terminal = "67e34d63-102f-4bd1-898e-370781d0074d"
///     client_id = "books"
///     client_secret = { env = "BOOKS_SECRET" }
///     store = "books.db"
///     return_url = "https://books.example.kz/orders/{order}"
/// "#.parse()?;
/// assert!(config.printed().contains("BOOKS_SECRET"));
/// # Ok::<(), epay_serve::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) file: ConfigFile,
    /// Where the file is: paths in it start there.
    folder: PathBuf,
}

/// The file as it is written.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    /// Where it listens; behind a proxy that ends TLS.
    #[serde(default = "loopback")]
    pub(crate) listen: SocketAddr,
    /// Where payers and the bank reach it.
    pub(crate) public_url: String,
    /// `production`, `test`, or the address of `epay fakebank`.
    pub(crate) bank: String,
    /// Which key of the bank is sealed for, in place of the published ones: SHA-256 of its
    /// SubjectPublicKeyInfo, in hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) bank_key_pins: Vec<String>,
    /// The file from Apple's portal that proves the host of `public_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) apple_domain_association: Option<String>,
    /// Whose `X-Forwarded-For` is believed: addresses, or networks as `10.0.0.0/8`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) trusted_proxies: Vec<String>,
    #[serde(rename = "shop")]
    pub(crate) shops: Vec<ShopConfig>,
    /// Who may use the console. Without any there is none.
    #[serde(default, rename = "operator", skip_serializing_if = "Vec::is_empty")]
    pub(crate) operators: Vec<OperatorConfig>,
}

/// One shop: a terminal, a log of its own, and who may act for it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShopConfig {
    /// In addresses: small letters, digits and hyphens.
    pub(crate) name: String,
    /// What payers read.
    pub(crate) title: String,
    pub(crate) terminal: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretSource,
    /// A SQLite file, or `postgres://…`; a URL with a password comes from the environment or a file.
    pub(crate) store: StorePlace,
    /// Creates the log where there is none, and gives numbers out from this one on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first_invoice: Option<String>,
    /// Where the payer goes on after paying; `{order}` is the order.
    pub(crate) return_url: String,
    /// The payer's language where their browser names none of ru, kk and en.
    #[serde(default)]
    pub(crate) language: Words,
    /// Where the payer types their card.
    #[serde(default)]
    pub(crate) checkout: CheckoutKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) apple_pay: Option<ApplePayConfig>,
    #[serde(default, rename = "api_key", skip_serializing_if = "Vec::is_empty")]
    pub(crate) api_keys: Vec<KeyConfig>,
    #[serde(default, rename = "webhook", skip_serializing_if = "Vec::is_empty")]
    pub(crate) webhooks: Vec<WebhookConfig>,
}

/// Where a log is: said outright, or by a secret.
#[derive(Clone, Deserialize, Serialize)]
#[serde(untagged, expecting = "expected a path, a URL, { env = … } or { file = … }")]
pub(crate) enum StorePlace {
    Said(String),
    Secret(SecretSource),
}

/// A key of the merchant API, known by its hash alone.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyConfig {
    /// For logs.
    pub(crate) name: String,
    /// As `epay serve --new-key` prints it.
    pub(crate) sha256: String,
    pub(crate) scopes: Vec<Scope>,
}

/// Who is told.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookConfig {
    pub(crate) url: String,
    /// One, or two while it is changed: each signs.
    pub(crate) secrets: Vec<SecretSource>,
    /// Lets it be on a private address, and over http.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) allow_private: bool,
}

/// Where the payer types their card.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CheckoutKind {
    /// On our page, whose script seals it.
    #[default]
    Card,
    /// At the bank's own pay form.
    BankForm,
}

/// A language of the payer's pages.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Words {
    #[default]
    Ru,
    Kk,
    En,
}

impl Words {
    pub(crate) fn language(self) -> Language {
        match self {
            Words::Ru => Language::Russian,
            Words::Kk => Language::Kazakh,
            Words::En => Language::English,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Words::Ru => "ru",
            Words::Kk => "kk",
            Words::En => "en",
        }
    }
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8810))
}

impl Config {
    /// Reads the file. Paths in it start where it is.
    pub fn read(path: impl AsRef<Path>) -> Result<Config, ConfigError> {
        let path = path.as_ref();
        let wrong = |why: String| ConfigError(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let config = text.parse::<Config>().map_err(|error| wrong(error.0))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Config { folder, ..config })
    }

    /// Where it listens.
    pub fn listen(&self) -> SocketAddr {
        self.file.listen
    }

    /// What is in force, defaults included, as TOML. No secret is in it.
    pub fn printed(&self) -> String {
        let mut file = self.file.clone();
        for shop in &mut file.shops {
            if matches!(&shop.store, StorePlace::Said(place) if check::has_password(place)) {
                shop.store = StorePlace::Said("(not shown: it has a password)".to_owned());
            }
        }
        // What was read can be written.
        toml::to_string_pretty(&file).unwrap_or_default()
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    pub(crate) fn apple_domain_association(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        let read = |path: &String| {
            std::fs::read(self.path(path))
                .map_err(|error| ConfigError(format!("apple_domain_association: {path}: {error}")))
        };
        self.file.apple_domain_association.as_ref().map(read).transpose()
    }

    pub(crate) fn trusted_proxies(&self) -> Result<Vec<IpNet>, ConfigError> {
        let read = |text: &String| match text.parse::<IpAddr>() {
            Ok(ip) => Ok(IpNet::from(ip)),
            Err(_) => text.parse::<IpNet>(),
        };
        let wrong = |_| ConfigError("trusted_proxies: no address and no network".to_owned());
        self.file.trusted_proxies.iter().map(read).collect::<Result<_, _>>().map_err(wrong)
    }

    pub(crate) fn environment(&self) -> Result<Environment, ConfigError> {
        let pins: Result<Vec<SpkiPin>, _> =
            self.file.bank_key_pins.iter().map(|pin| pin.parse()).collect();
        let pins = pins.map_err(|error| ConfigError(format!("bank_key_pins: {error}")))?;
        let trust = |published| match pins.as_slice() {
            [] => KeyTrust::Pinned(vec![published]),
            _ => KeyTrust::Pinned(pins.clone()),
        };
        match self.file.bank.as_str() {
            "production" => Ok(Environment::production(trust(SpkiPin::HALYK_PRODUCTION))),
            "test" => Ok(Environment::test(trust(SpkiPin::HALYK_TEST))),
            url => {
                let root = url.trim_end_matches('/');
                Environment::fake_bank(&format!("{root}/oauth"), &format!("{root}/api")).map_err(
                    |error| {
                        ConfigError(format!(
                            "bank: neither production nor test; as an address: {error}"
                        ))
                    },
                )
            }
        }
    }
}

impl ShopConfig {
    pub(crate) fn terminal(&self) -> Result<TerminalId, ConfigError> {
        TerminalId::new(&self.terminal).map_err(|error| self.wrong("terminal", error))
    }

    pub(crate) fn first_invoice(&self) -> Result<Option<InvoiceId>, ConfigError> {
        let first = self.first_invoice.as_deref().map(InvoiceId::new).transpose();
        first.map_err(|error| self.wrong("first_invoice", error))
    }

    pub(crate) fn wrong(&self, key: &str, why: impl fmt::Display) -> ConfigError {
        ConfigError(format!("shop {}: {key}: {why}", self.name))
    }
}

/// What [`printed`](Config::printed) shows.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.printed())
    }
}

impl std::str::FromStr for Config {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Config, ConfigError> {
        let file = toml::from_str(text).map_err(|error| not_read(text, &error))?;
        Ok(Config { file, folder: PathBuf::new() })
    }
}

/// Where and why, and never what is written there: the likeliest mistake is a secret in its place.
fn not_read(text: &str, error: &toml::de::Error) -> ConfigError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let key = text.lines().nth(line - 1).and_then(|it| it.split_once('=')).map_or("", |it| it.0);
    let key = key.trim();
    let is_key = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let place = match !key.is_empty() && key.chars().all(is_key) {
        true => format!("line {line}, {key}"),
        false => format!("line {line}"),
    };
    let why = error.message();
    // `invalid type: string "…", expected a sequence` has what was written; so has an unknown variant.
    let repeats = ["invalid ", "unknown variant "].iter().any(|kind| why.starts_with(kind));
    match why.rsplit_once(", expected ").filter(|_| repeats) {
        Some((_, wanted)) => ConfigError(format!("{place}: expected {wanted}")),
        None if repeats => ConfigError(format!("{place}: not what belongs there")),
        None => ConfigError(format!("{place}: {why}")),
    }
}

/// What the file has that can't be: said with the key and the line, and never with a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub(crate) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ConfigError {}

#[cfg(test)]
mod tests;
