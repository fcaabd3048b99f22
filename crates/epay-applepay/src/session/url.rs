//! A merchant session is requested only from addresses written out here; nothing that a browser
//! sent becomes part of one.

use std::{error::Error, fmt};

use http::Uri;

/// One of Apple's addresses for merchant sessions.
///
/// [`APPLE`](ValidationUrl::APPLE) is right for every shop outside China, and then nothing has to be taken from the
/// browser at all. Who takes the `validationURL` of the browser's event all the same reads it by
/// [`parse`](ValidationUrl::parse): a server that posts to any address it is given, with the merchant's certificate,
/// posts to its own network as well.
///
/// ```
/// use epay_applepay::session::{AppleEnvironment::Production, ValidationUrl};
///
/// let from_the_browser = "https://apple-pay-gateway-nc-pod1.apple.com/paymentservices/startSession";
/// assert!(ValidationUrl::parse(from_the_browser, Production).is_ok());
/// assert!(ValidationUrl::parse("https://apple-pay-gatewayXapple.com/paymentservices/startSession", Production).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValidationUrl(&'static str);

/// Whose payment sheet the session is for. A session of one does not work in the other: the sheet closes, later and
/// without a word of the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AppleEnvironment {
    /// Real cards.
    Production,
    /// Test cards of a sandbox account. They are for your tests; never take this from a request.
    Sandbox,
}

impl ValidationUrl {
    /// Apple's address for everybody, the one that is used if nobody chooses.
    pub const APPLE: ValidationUrl = ValidationUrl(APPLE.session);
    /// For shops in mainland China.
    pub const CHINA: ValidationUrl = ValidationUrl(CHINA.session);
    /// For sandbox accounts.
    pub const SANDBOX: ValidationUrl = ValidationUrl(SANDBOX.session);
    /// For sandbox accounts in mainland China.
    pub const SANDBOX_CHINA: ValidationUrl = ValidationUrl(SANDBOX_CHINA.session);

    /// The address that `text` is, byte for byte. Another way to write the same address is refused, as are Apple's
    /// hosts of the other environment.
    pub fn parse(
        text: &str,
        environment: AppleEnvironment,
    ) -> Result<ValidationUrl, InvalidValidationUrl> {
        let found =
            |gateways: &[Gateway]| gateways.iter().find_map(|gateway| gateway.address(text));
        let (ours, others) = match environment {
            AppleEnvironment::Production => (PRODUCTION, SANDBOXES),
            AppleEnvironment::Sandbox => (SANDBOXES, PRODUCTION),
        };
        match found(ours) {
            Some(address) => Ok(ValidationUrl(address)),
            None if found(others).is_some() => Err(InvalidValidationUrl::Environment),
            None => Err(what_is_wrong(text)),
        }
    }

    /// The whole address.
    pub fn as_str(&self) -> &'static str {
        self.0
    }

    /// The same for an `http::Request`. Every address here is tried in a test, so this does not panic.
    pub(super) fn uri(self) -> Uri {
        Uri::from_static(self.0)
    }
}

impl fmt::Debug for ValidationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValidationUrl({})", self.0)
    }
}

impl fmt::Display for ValidationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Why an address was refused; its text is not repeated. Nothing was sent to it. An honest browser sends none of
/// these, so the request that brought it deserves a second look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidValidationUrl {
    /// It does not begin with `https://`.
    Scheme,
    /// The host is not exactly one of Apple's.
    Host,
    /// One of Apple's hosts, and something else after it than one of the two paths.
    Path,
    /// An address of the other environment: of the sandbox in production, or the other way round.
    Environment,
}

impl fmt::Display for InvalidValidationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidValidationUrl::Scheme => "a validation url begins with https",
            InvalidValidationUrl::Host => "the host of the validation url is none of apple's",
            InvalidValidationUrl::Path => "the path of the validation url is not apple's",
            InvalidValidationUrl::Environment => {
                "the validation url is of apple's other environment"
            }
        })
    }
}

impl Error for InvalidValidationUrl {}

/// Only words for a refusal that is certain already.
fn what_is_wrong(text: &str) -> InvalidValidationUrl {
    let Some(rest) = text.strip_prefix("https://") else { return InvalidValidationUrl::Scheme };
    let host = rest.split('/').next().unwrap_or(rest);
    let known = PRODUCTION.iter().chain(SANDBOXES).any(|gateway| gateway.host == host);
    if known { InvalidValidationUrl::Path } else { InvalidValidationUrl::Host }
}

struct Gateway {
    host: &'static str,
    session: &'static str,
    /// The older call, which Apple phases out and some browsers still name.
    start: &'static str,
}

impl Gateway {
    fn address(&self, text: &str) -> Option<&'static str> {
        [self.session, self.start].into_iter().find(|address| *address == text)
    }
}

macro_rules! gateway {
    ($host:literal) => {
        Gateway {
            host: $host,
            session: concat!("https://", $host, "/paymentservices/paymentSession"),
            start: concat!("https://", $host, "/paymentservices/startSession"),
        }
    };
}

const APPLE: Gateway = gateway!("apple-pay-gateway.apple.com");
const CHINA: Gateway = gateway!("cn-apple-pay-gateway.apple.com");
const SANDBOX: Gateway = gateway!("apple-pay-gateway-cert.apple.com");
const SANDBOX_CHINA: Gateway = gateway!("cn-apple-pay-gateway-cert.apple.com");

/// As Apple lists them on "Setting up your server". (`observed`: alike in several public code bases. One of them has
/// names with `-dr` besides, which are left out here.)
const PRODUCTION: &[Gateway] = &[
    APPLE,
    CHINA,
    gateway!("apple-pay-gateway-nc-pod1.apple.com"),
    gateway!("apple-pay-gateway-nc-pod2.apple.com"),
    gateway!("apple-pay-gateway-nc-pod3.apple.com"),
    gateway!("apple-pay-gateway-nc-pod4.apple.com"),
    gateway!("apple-pay-gateway-nc-pod5.apple.com"),
    gateway!("apple-pay-gateway-pr-pod1.apple.com"),
    gateway!("apple-pay-gateway-pr-pod2.apple.com"),
    gateway!("apple-pay-gateway-pr-pod3.apple.com"),
    gateway!("apple-pay-gateway-pr-pod4.apple.com"),
    gateway!("apple-pay-gateway-pr-pod5.apple.com"),
    gateway!("cn-apple-pay-gateway-sh-pod1.apple.com"),
    gateway!("cn-apple-pay-gateway-sh-pod2.apple.com"),
    gateway!("cn-apple-pay-gateway-sh-pod3.apple.com"),
    gateway!("cn-apple-pay-gateway-tj-pod1.apple.com"),
    gateway!("cn-apple-pay-gateway-tj-pod2.apple.com"),
    gateway!("cn-apple-pay-gateway-tj-pod3.apple.com"),
];

const SANDBOXES: &[Gateway] = &[SANDBOX, SANDBOX_CHINA];

#[cfg(test)]
mod tests {
    use super::*;
    use AppleEnvironment::{Production, Sandbox};
    use InvalidValidationUrl::{Environment, Host, Path, Scheme};

    #[track_caller]
    fn check_accepted(host: &str, ours: AppleEnvironment, other: AppleEnvironment) {
        for path in ["paymentSession", "startSession"] {
            let text = format!("https://{host}/paymentservices/{path}");
            let url = ValidationUrl::parse(&text, ours).unwrap();
            assert_eq!(url.as_str(), text);
            assert_eq!(url.uri(), text.as_str());
            assert_eq!((url.uri().scheme_str(), url.uri().host()), (Some("https"), Some(host)));
            assert_eq!(ValidationUrl::parse(&text, other), Err(Environment), "{text}");
        }
    }

    #[test]
    fn the_hosts_are_those_and_each_has_its_environment() {
        for host in ["apple-pay-gateway.apple.com", "cn-apple-pay-gateway.apple.com"] {
            check_accepted(host, Production, Sandbox);
        }
        for (prefix, places, pods) in [("", ["nc", "pr"], 5), ("cn-", ["sh", "tj"], 3)] {
            for (place, pod) in
                places.iter().flat_map(|place| (1..=pods).map(move |pod| (place, pod)))
            {
                check_accepted(
                    &format!("{prefix}apple-pay-gateway-{place}-pod{pod}.apple.com"),
                    Production,
                    Sandbox,
                );
            }
        }
        for host in ["apple-pay-gateway-cert.apple.com", "cn-apple-pay-gateway-cert.apple.com"] {
            check_accepted(host, Sandbox, Production);
        }
        assert_eq!((PRODUCTION.len(), SANDBOXES.len()), (2 + 10 + 6, 2));
    }

    #[test]
    fn the_fixed_addresses_are_the_newer_call() {
        for (url, text) in [
            (
                ValidationUrl::APPLE,
                "https://apple-pay-gateway.apple.com/paymentservices/paymentSession",
            ),
            (
                ValidationUrl::CHINA,
                "https://cn-apple-pay-gateway.apple.com/paymentservices/paymentSession",
            ),
            (
                ValidationUrl::SANDBOX,
                "https://apple-pay-gateway-cert.apple.com/paymentservices/paymentSession",
            ),
            (
                ValidationUrl::SANDBOX_CHINA,
                "https://cn-apple-pay-gateway-cert.apple.com/paymentservices/paymentSession",
            ),
        ] {
            assert_eq!(
                (url.to_string().as_str(), format!("{url:?}")),
                (text, format!("ValidationUrl({text})"))
            );
        }
    }

    /// Each case is refused in both environments, and for the same reason.
    #[track_caller]
    fn check_refused(text: &str, why: InvalidValidationUrl) {
        for environment in [Production, Sandbox] {
            assert_eq!(ValidationUrl::parse(text, environment), Err(why), "{text:?}");
        }
    }

    #[test]
    fn what_looks_like_apple_and_is_not_is_refused() {
        for authority in [
            // Both pass `^(cn-)?apple-pay-gateway(-.+)?.apple.com$`, whose dots match anything.
            "apple-pay-gateway-x.evilapple.com",
            "apple-pay-gatewayXapple.com",
            "apple-pay-gateway-x/.apple.com",
            "apple-pay-gateway-.apple.com",
            "apple-pay-gateway.apple.com.evil.example",
            "evil.example",
            "evilapple-pay-gateway.apple.com",
            "x.apple-pay-gateway.apple.com",
            "apple-pay-gateway-nc-pod0.apple.com",
            "apple-pay-gateway-nc-pod6.apple.com",
            "apple-pay-gateway-nc-pod1-cert.apple.com",
            "apple-pay-gateway-nc-pod1-dr.apple.com",
            "cn-apple-pay-gateway-sh-pod4.apple.com",
            "cn-apple-pay-gateway-nc-pod1.apple.com",
            "apple-pay-gateway-sh-pod1.apple.com",
            "apple.com",
            // User information, ports, an end that DNS knows.
            "apple-pay-gateway.apple.com@evil.example",
            "apple-pay-gateway.apple.com:443@evil.example",
            "user@apple-pay-gateway.apple.com",
            ":@apple-pay-gateway.apple.com",
            "@apple-pay-gateway.apple.com",
            "apple-pay-gateway.apple.com:443",
            "apple-pay-gateway.apple.com:8443",
            "apple-pay-gateway.apple.com:",
            "apple-pay-gateway.apple.com.",
            // Letters: another case, another alphabet, the same by IDNA, encoded, invisible.
            "Apple-Pay-Gateway.apple.com",
            "APPLE-PAY-GATEWAY.APPLE.COM",
            "\u{430}pple-pay-gateway.apple.com",
            "apple-pay-gateway.\u{430}pple.com",
            "xn--pple-pay-gateway-9sk.apple.com",
            "apple-pay-gateway.apple\u{3002}com",
            "apple\u{2010}pay\u{2010}gateway.apple.com",
            "\u{ff41}pple-pay-gateway.apple.com",
            "apple-pay-gateway.apple\u{ad}.com",
            "apple-pay-gateway.apple.com\u{200b}",
            "apple-pay-gateway%2eapple.com",
            "apple-pay-gateway.apple.com%2f.evil.example",
            "apple-pay-gateway.apple.com%00.evil.example",
            "%61pple-pay-gateway.apple.com",
            // What some parsers end a host at, and what they take out before they begin.
            "apple-pay-gateway.apple.com\\@evil.example",
            "evil.example\\.apple-pay-gateway.apple.com",
            "apple-pay-gateway.apple.com#@evil.example",
            "apple-pay-gateway.apple.com?.evil.example",
            "apple-pay-gateway.apple.com;evil.example",
            "apple-pay-gateway.apple.com\t",
            "apple-pay\t-gateway.apple.com",
            "apple-pay-gateway.apple.com\n",
            "apple-pay-gateway.apple.com\r\nHost: evil.example",
            " apple-pay-gateway.apple.com",
            "apple-pay-gateway.apple.com ",
            "apple-pay-gateway.apple.com\0",
            // Not names at all.
            "17.171.78.7",
            "127.0.0.1",
            "localhost",
            "[::1]",
            "2130706433",
            "169.254.169.254",
            "",
            "/apple-pay-gateway.apple.com",
        ] {
            for path in ["paymentSession", "startSession"] {
                check_refused(&format!("https://{authority}/paymentservices/{path}"), Host);
            }
        }
    }

    #[test]
    fn only_https_and_only_as_apple_writes_it() {
        let rest = "apple-pay-gateway.apple.com/paymentservices/paymentSession";
        for start in [
            "http://",
            "HTTPS://",
            "Https://",
            "//",
            "",
            "https:",
            "https:/",
            "https:\\\\",
            "ftp://",
            "file://",
            "gopher://",
            " https://",
            "\thttps://",
            "\nhttps://",
            "\u{feff}https://",
            "ht\ttps://",
            "https\t://",
            "https%3a//",
            "javascript:https://",
            "data:,https://",
            "url:https://",
        ] {
            check_refused(&format!("{start}{rest}"), Scheme);
        }
        check_refused("", Scheme);
    }

    #[test]
    fn only_the_two_paths_and_nothing_after_them() {
        for host in ["apple-pay-gateway.apple.com", "apple-pay-gateway-cert.apple.com"] {
            for path in [
                "",
                "/",
                "/paymentservices",
                "/paymentservices/",
                "/paymentservices/paymentsession",
                "/paymentservices/StartSession",
                "/PaymentServices/paymentSession",
                "/paymentservices/paymentSession/",
                "/paymentservices//paymentSession",
                "//paymentservices/paymentSession",
                "/./paymentservices/paymentSession",
                "/x/../paymentservices/paymentSession",
                "/paymentservices/paymentSession/..",
                "/paymentservices/paymentSession?",
                "/paymentservices/paymentSession?a=b",
                "/paymentservices/paymentSession#",
                "/paymentservices/paymentSession#a",
                "/paymentservices/paymentSession;a",
                "/paymentservices/paymentSession%20",
                "/paymentservices/paymentSession%3f",
                "/paymentservices/payment%53ession",
                "/paymentservices%2fpaymentSession",
                "/paymentservices/paymentSession ",
                "/paymentservices/paymentSession\n",
                "/paymentservices/paymentSession\0",
                "/paymentservices\\paymentSession",
                "/paymentservices/payment\tSession",
                "/paymentservices/startSessionpaymentSession",
                "/paymentservices/endSession",
                "/@evil.example/paymentservices/paymentSession",
            ] {
                check_refused(&format!("https://{host}{path}"), Path);
            }
        }
    }

    #[test]
    fn a_refusal_repeats_nothing_of_the_address() {
        let error =
            ValidationUrl::parse("https://evil.example/paymentservices/paymentSession", Production)
                .unwrap_err();
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("evil") && !text.ends_with('.'), "{text}");
        }
    }
}
