//! Which bank is talked to: where its hosts are, which of its keys are trusted, and whether it is ours.

use std::fmt;

use epay_crypto::{KeyError, KeyTrust, PUBLISHED_TEST_KEYS, PublicKey};
use url::{Host, Url};

/// The bank's hosts and the keys it may show. Plain `http` exists for the fake bank on loopback only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    oauth: String,
    api: String,
    trust: KeyTrust,
    fake: bool,
}

impl Environment {
    /// The bank itself, with real money (`documented`, bank page "Apple Pay by API"). Somebody has to decide which key
    /// is trusted, so there is no default.
    pub fn production(trust: KeyTrust) -> Environment {
        Environment::real("https://epay-oauth.homebank.kz", "https://epay-api.homebank.kz", trust)
    }

    /// The bank's test hosts of its present pages (`documented`). They do not serve Apple Pay; older pages name other
    /// hosts, for which there is [`custom`](Environment::custom).
    pub fn test(trust: KeyTrust) -> Environment {
        Environment::real(
            "https://test-epay-oauth.epayment.kz",
            "https://test-epay-api.epayment.kz",
            trust,
        )
    }

    /// Other hosts of the bank, or a proxy in front of them: two base URLs with `https` and perhaps a path.
    pub fn custom(
        oauth_base: &str,
        api_base: &str,
        trust: KeyTrust,
    ) -> Result<Environment, InvalidEnvironment> {
        Ok(Environment::real(&checked(oauth_base, false)?, &checked(api_base, false)?, trust))
    }

    /// The fake bank. Its key is public, so it is taken as served; what is sealed for it is no secret.
    pub fn fake_bank(oauth_base: &str, api_base: &str) -> Result<Environment, InvalidEnvironment> {
        let (oauth, api) = (checked(oauth_base, true)?, checked(api_base, true)?);
        Ok(Environment { oauth, api, trust: KeyTrust::FirstUse, fake: true })
    }

    fn real(oauth: &str, api: &str, trust: KeyTrust) -> Environment {
        Environment { oauth: oauth.to_owned(), api: api.to_owned(), trust, fake: false }
    }

    /// What `/oauth2/token` is appended to; no slash at its end.
    pub fn oauth_base(&self) -> &str {
        &self.oauth
    }

    /// What every other path is appended to; no slash at its end.
    pub fn api_base(&self) -> &str {
        &self.api
    }

    /// Whether this is the fake bank, where plain `http` on loopback and a published key are right.
    pub fn is_fake_bank(&self) -> bool {
        self.fake
    }

    /// Whether a key may be sealed with. Keys whose private half is published are good for the fake bank alone.
    pub fn check_key(&self, key: &PublicKey) -> Result<(), KeyError> {
        self.trust.check(key, if self.fake { &[] } else { PUBLISHED_TEST_KEYS })
    }
}

/// The base as it is used: parsed, without a slash at its end.
fn checked(base: &str, fake: bool) -> Result<String, InvalidEnvironment> {
    let url = Url::parse(base).map_err(|_| InvalidEnvironment::NotAUrl)?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if fake && loopback => {}
        _ => return Err(InvalidEnvironment::Unprotected),
    }
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if bare {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(InvalidEnvironment::NotABase)
    }
}

/// Why a base URL was refused; its text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEnvironment {
    /// It is no absolute URL.
    NotAUrl,
    /// It is not `https`, and not the fake bank on loopback either.
    Unprotected,
    /// It has a user, a password, a query or a fragment.
    NotABase,
}

impl fmt::Display for InvalidEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidEnvironment::NotAUrl => "a base is an absolute url",
            InvalidEnvironment::Unprotected => {
                "a base is https, or http on loopback for the fake bank"
            }
            InvalidEnvironment::NotABase => "a base has no user, password, query or fragment",
        })
    }
}

impl std::error::Error for InvalidEnvironment {}

#[cfg(test)]
mod tests {
    use super::*;
    use InvalidEnvironment::{NotABase, NotAUrl, Unprotected};

    #[track_caller]
    fn check(
        base: &str,
        custom: Result<&str, InvalidEnvironment>,
        fake: Result<&str, InvalidEnvironment>,
    ) {
        let good = "https://bank.example";
        for (first, second) in [(base, good), (good, base)] {
            for (made, expected) in [
                (Environment::custom(first, second, KeyTrust::FirstUse), custom),
                (Environment::fake_bank(first, second), fake),
            ] {
                let expected =
                    expected.map(|base| if first == good { (good, base) } else { (base, good) });
                let made = made.as_ref().map(|made| (made.oauth_base(), made.api_base()));
                assert_eq!(made.map_err(|error| *error), expected, "{base}");
            }
        }
    }

    #[test]
    fn plain_http_is_for_the_fake_bank_on_loopback() {
        let same = |base| (Ok(base), Ok(base));
        let (https, path) = ("https://epay.example", "https://epay.example/api");
        for (base, (custom, fake)) in [
            (https, same(https)),
            ("https://epay.example/", same(https)),
            ("https://epay.example/api/", same(path)),
            ("http://127.0.0.1:8080/api", (Err(Unprotected), Ok("http://127.0.0.1:8080/api"))),
            ("http://127.9.9.9", (Err(Unprotected), Ok("http://127.9.9.9"))),
            ("http://[::1]:80/x", (Err(Unprotected), Ok("http://[::1]/x"))),
            ("http://localhost:1", (Err(Unprotected), Ok("http://localhost:1"))),
            ("http://localhost.example", (Err(Unprotected), Err(Unprotected))),
            ("http://10.0.0.1", (Err(Unprotected), Err(Unprotected))),
            ("http://0.0.0.0", (Err(Unprotected), Err(Unprotected))),
            ("ftp://127.0.0.1", (Err(Unprotected), Err(Unprotected))),
            ("file:///etc", (Err(Unprotected), Err(Unprotected))),
            ("epay.example", (Err(NotAUrl), Err(NotAUrl))),
            ("", (Err(NotAUrl), Err(NotAUrl))),
            ("https://user@epay.example", (Err(NotABase), Err(NotABase))),
            ("https://:pw@epay.example", (Err(NotABase), Err(NotABase))),
            ("https://epay.example?a=b", (Err(NotABase), Err(NotABase))),
            ("https://epay.example#a", (Err(NotABase), Err(NotABase))),
        ] {
            check(base, custom, fake);
        }
    }

    #[test]
    fn a_published_key_is_good_for_the_fake_bank_alone() {
        let key = PublicKey::parse(include_bytes!("../../epay-crypto/tests/keys/bank.public.pem"))
            .unwrap();
        let trust = || KeyTrust::Pinned(vec![key.spki_sha256()]);
        let custom =
            Environment::custom("https://a.example", "https://b.example", trust()).unwrap();
        for real in [Environment::production(trust()), Environment::test(trust()), custom] {
            assert!(real.check_key(&key).is_err(), "{real:?}");
            assert!(!real.is_fake_bank());
        }
        let fake =
            Environment::fake_bank("http://127.0.0.1:1/oauth", "http://127.0.0.1:1/api").unwrap();
        assert!(fake.check_key(&key).is_ok());
        assert!(fake.is_fake_bank());
    }

    #[test]
    fn the_banks_hosts_are_those_of_its_pages() {
        for (environment, oauth, api) in [
            (
                Environment::production(KeyTrust::FirstUse),
                "https://epay-oauth.homebank.kz",
                "https://epay-api.homebank.kz",
            ),
            (
                Environment::test(KeyTrust::FirstUse),
                "https://test-epay-oauth.epayment.kz",
                "https://test-epay-api.epayment.kz",
            ),
        ] {
            assert_eq!((environment.oauth_base(), environment.api_base()), (oauth, api));
        }
    }

    #[test]
    fn a_refusal_tells_the_rule_and_not_what_was_given() {
        for (error, text) in [
            (NotAUrl, "a base is an absolute url"),
            (Unprotected, "a base is https, or http on loopback for the fake bank"),
            (NotABase, "a base has no user, password, query or fragment"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
