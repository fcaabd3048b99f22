//! Console: the pages of an operator. What needs a person comes first, an attempt is drawn as it went, and
//! what a person may do is a form that says who did it.

mod act;
mod attempt;
mod conflict;
mod health;
mod known_browser;
mod list;
mod live;
mod page;
mod session;
mod sign_in;
mod slow;
mod timeline;
mod ways_out;

use crate::config::Config;
use crate::operator::{OperatorConfig, PasswordHash, Role};
use crate::service::App;
use crate::shop::ShopRef;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
pub(crate) use health::keep_looking;
use ring::hmac;
use slow::Slowdown;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use url::Url;

/// A form with a note is far shorter.
const MOST_BYTES: usize = 16 * 1024;
/// Passwords that are checked at once: each takes a processor and 19 MiB for a moment.
const CHECKED_AT_ONCE: usize = 2;
/// Sign-ins that wait for that.
const WAITING: usize = 30;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/console", get(list::needs_attention))
        .route("/console/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/console/sign-out", post(sign_in::sign_out))
        .route("/console/style.css", get(page::style))
        .route("/console/health", get(health::show))
        .route("/console/live.js", get(live::script))
        .route("/console/live", get(live::stream))
        .route("/console/shops/{shop}", get(list::of_shop))
        .route("/console/shops/{shop}/{invoice}", get(attempt::show))
        .route("/console/shops/{shop}/{invoice}/{act}", post(act::act))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// What the console has beside the shops.
pub(crate) struct Console {
    operators: HashMap<String, Arc<Account>>,
    /// Where its pages are, as a browser names it.
    origin: String,
    /// Whether browsers reach it by https.
    secure: bool,
    /// By the operator's name, or by that of a browser that they have used before.
    by_name: Mutex<Slowdown<String>>,
    by_address: Mutex<Slowdown<IpAddr>>,
    checking: Semaphore,
    waiting: Semaphore,
    streams: Arc<Semaphore>,
    samples: health::Samples,
}

impl Console {
    /// The console of these operators. What their sessions are signed with is worked out of the shops'
    /// secrets, so it is the same on every machine.
    pub(crate) fn of(config: &Config, shops: &HashMap<String, ShopRef>) -> Console {
        let mut shops: Vec<&ShopRef> = shops.values().collect();
        shops.sort_by(|one, other| one.name.cmp(&other.name));
        let secrets = shops.iter().flat_map(|shop| shop.links.derived_for("console sessions"));
        let secret: Vec<u8> = secrets.collect();
        Console::new(&config.file.public_url, &config.file.operators, &secret)
    }

    fn new(public_url: &str, operators: &[OperatorConfig], secret: &[u8]) -> Console {
        let url = Url::parse(public_url);
        let operator = |it: &OperatorConfig| (it.name.clone(), Account::new(it, secret));
        Console {
            operators: operators.iter().map(operator).collect(),
            secure: url.as_ref().is_ok_and(|url| url.scheme() == "https"),
            origin: url.map_or(String::new(), |url| url.origin().ascii_serialization()),
            by_name: Slowdown::after(4).into(),
            by_address: Slowdown::after(20).into(),
            checking: Semaphore::new(CHECKED_AT_ONCE),
            waiting: Semaphore::new(WAITING),
            streams: Arc::new(Semaphore::new(live::STREAMS)),
            samples: health::Samples::default(),
        }
    }

    /// Whether there is anybody to use it.
    pub(crate) fn is_used(&self) -> bool {
        !self.operators.is_empty()
    }

    /// A browser lets no other host and no other path set the first.
    fn cookie_name(&self) -> &'static str {
        if self.secure { "__Host-epay-console" } else { "epay-console" }
    }
}

/// An operator of the file.
pub(crate) struct Account {
    name: String,
    role: Role,
    refund_limit: Option<u64>,
    shops: Option<Vec<String>>,
    hash: PasswordHash,
    sessions: hmac::Key,
    /// One of theirs after another.
    acts: tokio::sync::Mutex<()>,
}

impl Account {
    fn new(config: &OperatorConfig, secret: &[u8]) -> Arc<Account> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        // With the hash in it: a changed password ends the sessions of before.
        let said = format!("console session of {} {}", config.name, config.password_hash.expose());
        let derived = hmac::sign(&key, said.as_bytes());
        Arc::new(Account {
            name: config.name.clone(),
            role: config.role,
            refund_limit: config.refund_limit_minor,
            shops: config.shops.clone(),
            hash: config.password_hash.clone(),
            sessions: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
            acts: tokio::sync::Mutex::default(),
        })
    }

    fn sees(&self, shop: &str) -> bool {
        self.shops.as_ref().is_none_or(|shops| shops.iter().any(|it| it == shop))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn console(secret: &str, hash: &str) -> Console {
        let operators = ["aida", "marat"].map(|name| {
            let text = format!("name = '{name}'\npassword_hash = '{hash}'\nrole = 'resolve'");
            toml::from_str(&text).unwrap()
        });
        Console::new("https://pay.example.kz/", &operators, secret.as_bytes())
    }

    #[test]
    fn its_origin_is_what_a_browser_sends() {
        let console = console("secret", "hash");
        assert_eq!(console.origin, "https://pay.example.kz");
        assert_eq!(console.cookie_name(), "__Host-epay-console");
        let other = Console::new("http://127.0.0.1:8810", &[], b"");
        assert_eq!((other.origin.as_str(), other.secure), ("http://127.0.0.1:8810", false));
    }
}
