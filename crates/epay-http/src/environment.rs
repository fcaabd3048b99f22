//! The bank to talk to: its hosts, its trusted keys, and whether it is a mock.

use std::fmt;

use epay_crypto::{KeyError, KeyTrust, PUBLISHED_TEST_KEYS, PublicKey, SpkiPin};
use http::Uri;
use url::Url;

use crate::address::is_loopback;

/// The bank's hosts and the keys it may show. Plain `http` exists for mocks on loopback only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    oauth: String,
    api: String,
    trust: KeyTrust,
    refused: &'static [SpkiPin],
    mock: bool,
    pay_form: Option<String>,
}

impl Environment {
    /// The bank itself, with real money (`documented`, bank page "Apple Pay by API"). Somebody has to decide which key
    /// is trusted, so there is no default.
    pub fn production(trust: KeyTrust) -> Environment {
        let (oauth, api) = ("https://epay-oauth.homebank.kz", "https://epay-api.homebank.kz");
        let script = "https://epay.homebank.kz/payform/payment-api.js";
        Environment { pay_form: Some(script.to_owned()), ..Environment::real(oauth, api, trust) }
    }

    /// The bank's test hosts of its present pages (`documented`). They do not serve Apple Pay; older pages name other
    /// hosts, for which there is [`custom`](Environment::custom).
    pub fn test(trust: KeyTrust) -> Environment {
        let (oauth, api) =
            ("https://test-epay-oauth.epayment.kz", "https://test-epay-api.epayment.kz");
        let script = "https://test-epay.epayment.kz/payform/payment-api.js";
        Environment { pay_form: Some(script.to_owned()), ..Environment::real(oauth, api, trust) }
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
        let mock = Environment::mock(oauth_base, api_base, KeyTrust::FirstUse)?;
        let script =
            Url::parse(mock.api_base()).and_then(|api| api.join("/payform/payment-api.js"));
        let pay_form = script.ok().map(String::from);
        Ok(Environment { refused: &[], pay_form, ..mock })
    }

    /// Somebody else's mock of the bank, on this machine, with a key of its own.
    pub fn mock(
        oauth_base: &str,
        api_base: &str,
        trust: KeyTrust,
    ) -> Result<Environment, InvalidEnvironment> {
        let bank = Environment::real(&checked(oauth_base, true)?, &checked(api_base, true)?, trust);
        Ok(Environment { mock: true, ..bank })
    }

    fn real(oauth: &str, api: &str, trust: KeyTrust) -> Environment {
        let (oauth, api) = (oauth.to_owned(), api.to_owned());
        let refused = PUBLISHED_TEST_KEYS;
        Environment { oauth, api, trust, refused, mock: false, pay_form: None }
    }

    /// With the address of the script of the bank's pay form, for
    /// [`custom`](Environment::custom) hosts and for mocks that have one.
    pub fn with_pay_form(mut self, script: &str) -> Result<Environment, InvalidEnvironment> {
        self.pay_form = Some(checked(script, self.mock)?);
        Ok(self)
    }

    /// The address of the script of the bank's pay form (`documented`), where it is known.
    pub fn pay_form(&self) -> Option<&str> {
        self.pay_form.as_deref()
    }

    /// The address to which `/oauth2/token` is appended; no slash at its end.
    pub fn oauth_base(&self) -> &str {
        &self.oauth
    }

    /// The address to which every other path is appended; no slash at its end.
    pub fn api_base(&self) -> &str {
        &self.api
    }

    /// Where money is asked for, if that is another host than the one that gives tokens out.
    pub(crate) fn other_host(&self) -> Option<Uri> {
        let (oauth, api): (Uri, Uri) = (self.oauth.parse().ok()?, self.api.parse().ok()?);
        let is_one = oauth.scheme() == api.scheme() && oauth.authority() == api.authority();
        (!is_one).then_some(api)
    }

    /// Whether this is the fake bank or another mock: on this machine, and no money moves.
    pub fn is_mock(&self) -> bool {
        self.mock
    }

    /// Whether a key may be sealed with. Keys whose private half is published are good for the fake bank alone.
    pub fn check_key(&self, key: &PublicKey) -> Result<(), KeyError> {
        self.trust.check(key, self.refused)
    }
}

/// The base as it is used: parsed, without a slash at its end.
fn checked(base: &str, mock: bool) -> Result<String, InvalidEnvironment> {
    let url = Url::parse(base).map_err(|_| InvalidEnvironment::NotAUrl)?;
    if !(url.scheme() == "https" || mock && url.scheme() == "http") {
        return Err(InvalidEnvironment::NotHttps);
    }
    // A mock is given credentials and cards without a second thought.
    if mock && !is_loopback(&url) {
        return Err(InvalidEnvironment::NotThisMachine);
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
    /// It is not `https`, nor `http` for a mock.
    NotHttps,
    /// It is a mock's, and does not name this machine: a loopback address or `localhost`.
    NotThisMachine,
    /// It has a user, a password, a query or a fragment.
    NotABase,
}

impl fmt::Display for InvalidEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidEnvironment::NotAUrl => "a base is an absolute url",
            InvalidEnvironment::NotHttps => "a base is https, or http for a mock on loopback",
            InvalidEnvironment::NotThisMachine => "a mock of the bank is on loopback",
            InvalidEnvironment::NotABase => "a base has no user, password, query or fragment",
        })
    }
}

impl std::error::Error for InvalidEnvironment {}

#[cfg(test)]
mod tests {
    use super::*;
    use InvalidEnvironment::{NotABase, NotAUrl, NotHttps, NotThisMachine};

    type Base = Result<&'static str, InvalidEnvironment>;

    /// The bank's own hosts and a mock's; each base is checked as the first of the two and as the second.
    #[track_caller]
    fn check(base: &str, bank: Base, mock: Base) {
        let custom = |a: &str, b: &str| Environment::custom(a, b, KeyTrust::FirstUse);
        let foreign = |a: &str, b: &str| Environment::mock(a, b, KeyTrust::FirstUse);
        let check = |made: Result<Environment, _>, expected: Result<_, _>| {
            let made = made.as_ref().map(|made| (made.oauth_base(), made.api_base()));
            assert_eq!(made.map_err(|error| *error), expected, "{base}");
        };
        let (https, local) = ("https://bank.example", "http://127.0.0.1:1");
        check(custom(base, https), bank.map(|base| (base, https)));
        check(custom(https, base), bank.map(|base| (https, base)));
        check(foreign(base, local), mock.map(|base| (base, local)));
        check(foreign(local, base), mock.map(|base| (local, base)));
        check(Environment::fake_bank(base, local), mock.map(|base| (base, local)));
        check(Environment::fake_bank(local, base), mock.map(|base| (local, base)));
    }

    #[test]
    fn the_script_of_the_pay_form_is_on_the_banks_own_host_or_is_told() {
        let trust = || KeyTrust::FirstUse;
        let custom =
            Environment::custom("https://a.example", "https://b.example", trust()).unwrap();
        assert_eq!(custom.pay_form(), None);
        let told = custom.clone().with_pay_form("https://c.example/payment-api.js").unwrap();
        assert_eq!(told.pay_form(), Some("https://c.example/payment-api.js"));
        assert_eq!(custom.with_pay_form("http://c.example/x.js"), Err(NotHttps));
        let fake = Environment::fake_bank("http://127.0.0.1:1/oauth", "http://127.0.0.1:1/api");
        let script = "http://127.0.0.1:1/payform/payment-api.js";
        assert_eq!(fake.unwrap().pay_form(), Some(script));
        let test = Environment::test(trust());
        assert_eq!(test.pay_form(), Some("https://test-epay.epayment.kz/payform/payment-api.js"));
        let bank = Environment::production(trust());
        assert_eq!(bank.pay_form(), Some("https://epay.homebank.kz/payform/payment-api.js"));
    }

    #[test]
    fn the_bank_is_asked_by_https_and_a_mock_on_this_machine_alone() {
        let (https, path) = ("https://epay.example", "https://epay.example/api");
        let both = |error| (Err(error), Err(error));
        for (base, (bank, mock)) in [
            (https, (Ok(https), Err(NotThisMachine))),
            ("https://epay.example/", (Ok(https), Err(NotThisMachine))),
            ("https://epay.example/api/", (Ok(path), Err(NotThisMachine))),
            ("https://127.0.0.1.example", (Ok("https://127.0.0.1.example"), Err(NotThisMachine))),
            ("https://10.0.0.1", (Ok("https://10.0.0.1"), Err(NotThisMachine))),
            ("https://[::1]:8443", (Ok("https://[::1]:8443"), Ok("https://[::1]:8443"))),
            ("http://127.0.0.1:8080/api", (Err(NotHttps), Ok("http://127.0.0.1:8080/api"))),
            ("http://127.9.9.9", (Err(NotHttps), Ok("http://127.9.9.9"))),
            ("http://2130706433", (Err(NotHttps), Ok("http://127.0.0.1"))),
            ("http://[::1]:80/x", (Err(NotHttps), Ok("http://[::1]/x"))),
            ("http://localhost:1", (Err(NotHttps), Ok("http://localhost:1"))),
            ("http://localhost.example", (Err(NotHttps), Err(NotThisMachine))),
            ("http://10.0.0.1", (Err(NotHttps), Err(NotThisMachine))),
            ("http://0.0.0.0", (Err(NotHttps), Err(NotThisMachine))),
            ("ftp://127.0.0.1", both(NotHttps)),
            ("file:///etc", both(NotHttps)),
            ("epay.example", both(NotAUrl)),
            ("", both(NotAUrl)),
            ("https://user@127.0.0.1", both(NotABase)),
            ("https://:pw@127.0.0.1", both(NotABase)),
            ("https://127.0.0.1?a=b", both(NotABase)),
            ("https://127.0.0.1#a", both(NotABase)),
        ] {
            check(base, bank, mock);
        }
    }

    #[test]
    fn a_published_key_is_good_for_the_fake_bank_alone() {
        let key = PublicKey::parse(include_bytes!("../../epay-crypto/tests/keys/bank.public.pem"))
            .unwrap();
        let trust = || KeyTrust::Pinned(vec![key.spki_sha256()]);
        let custom =
            Environment::custom("https://a.example", "https://b.example", trust()).unwrap();
        let mock = Environment::mock("http://127.0.0.1:1", "http://127.0.0.1:1", trust()).unwrap();
        for real in [Environment::production(trust()), Environment::test(trust()), custom, mock] {
            assert!(real.check_key(&key).is_err(), "{real:?}");
        }
        let fake =
            Environment::fake_bank("http://127.0.0.1:1/oauth", "http://127.0.0.1:1/api").unwrap();
        assert!(fake.check_key(&key).is_ok());
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
    fn a_host_is_another_by_its_scheme_name_or_port() {
        for (oauth, api, is_other) in [
            ("https://a.example/oauth", "https://a.example/api", false),
            ("https://a.example", "https://A.example/api", false),
            ("https://a.example", "https://b.example", true),
            ("https://a.example", "https://a.example:444", true),
        ] {
            let environment = Environment::custom(oauth, api, KeyTrust::FirstUse).unwrap();
            let other = environment.other_host().map(|uri| uri.host().is_some());
            assert_eq!(other, is_other.then_some(true), "{oauth} {api}");
        }
    }

    #[test]
    fn a_refusal_tells_the_rule_and_not_what_was_given() {
        for (error, text) in [
            (NotAUrl, "a base is an absolute url"),
            (NotHttps, "a base is https, or http for a mock on loopback"),
            (NotThisMachine, "a mock of the bank is on loopback"),
            (NotABase, "a base has no user, password, query or fragment"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
