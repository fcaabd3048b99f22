//! A merchant session for Apple Pay on the web: what to ask Apple is checked before, and the answer is given on byte for byte.
//!
//! ```
//! use epay_applepay::session::{MerchantSession, SessionRequest};
//!
//! # fn send(request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
//! #     assert_eq!(request.uri(), "https://apple-pay-gateway.apple.com/paymentservices/paymentSession");
//! #     http::Response::new(br#"{"merchantSessionIdentifier":"..."}"#.to_vec())
//! # }
//! let request = SessionRequest::web("merchant.kz.example.shop", "Shop", "shop.example.kz")?;
//! // Your HTTP client, with the merchant identity certificate, without redirects and with a time limit:
//! let response = send(request.request());
//! let session = MerchantSession::read(response)?;
//! let to_the_browser: &[u8] = session.as_bytes(); // for completeMerchantValidation
//! # assert_eq!(to_the_browser, br#"{"merchantSessionIdentifier":"..."}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A session is good for one payment and, by Apple's text, for five minutes, so there is nothing to keep.

use std::{error::Error, fmt};

use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

pub use identity::IdentityCertificate;
pub use url::{AppleEnvironment, InvalidValidationUrl, ValidationUrl};

mod identity;
mod url;

/// Characters of the display name, by Apple's page.
const DISPLAY_NAME_CHARS: usize = 64;

/// The longest name that DNS allows.
const DOMAIN_BYTES: usize = 253;
const LABEL_BYTES: usize = 63;

/// Far above what is in use, so that a mistake is no long request.
const IDENTIFIER_BYTES: usize = 255;
const URL_BYTES: usize = 2048;

const TEAM_ID_BYTES: usize = 10;

/// The request to Apple for a session. It holds no secret and can be kept for all payments of a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRequest {
    merchant_identifier: String,
    display_name: String,
    initiative: &'static str,
    context: String,
    url: ValidationUrl,
}

impl SessionRequest {
    /// Apple Pay on a page of `domain`: the name as it was registered and verified in Apple's developer portal, in small
    /// letters, without `https://` and without a port. It has to be the host of the page that shows the button.
    ///
    /// `display_name` is what the payer reads in the sheet, at most 64 characters. Apple wants it to stay the same.
    pub fn web(
        merchant_identifier: &str,
        display_name: &str,
        domain: &str,
    ) -> Result<SessionRequest, InvalidSessionRequest> {
        let context = is_domain(domain).then_some(domain).ok_or(InvalidSessionRequest::Domain)?;
        SessionRequest::new(merchant_identifier, display_name, "web", context)
    }

    /// Apple Pay in Messages for Business: the address of your payment gateway, as registered.
    pub fn messaging(
        merchant_identifier: &str,
        display_name: &str,
        gateway_url: &str,
    ) -> Result<SessionRequest, InvalidSessionRequest> {
        let context = is_gateway_url(gateway_url)
            .then_some(gateway_url)
            .ok_or(InvalidSessionRequest::GatewayUrl)?;
        SessionRequest::new(merchant_identifier, display_name, "messaging", context)
    }

    /// Apple Pay in an app: the ten characters of the team that made it.
    pub fn in_app(
        merchant_identifier: &str,
        display_name: &str,
        team_id: &str,
    ) -> Result<SessionRequest, InvalidSessionRequest> {
        let is_team = team_id.len() == TEAM_ID_BYTES
            && team_id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let context = is_team.then_some(team_id).ok_or(InvalidSessionRequest::TeamId)?;
        SessionRequest::new(merchant_identifier, display_name, "in_app", context)
    }

    fn new(
        merchant_identifier: &str,
        display_name: &str,
        initiative: &'static str,
        context: &str,
    ) -> Result<SessionRequest, InvalidSessionRequest> {
        if !is_merchant_identifier(merchant_identifier) {
            return Err(InvalidSessionRequest::MerchantIdentifier);
        }
        if !is_display_name(display_name) {
            return Err(InvalidSessionRequest::DisplayName);
        }
        Ok(SessionRequest {
            merchant_identifier: merchant_identifier.to_owned(),
            display_name: display_name.to_owned(),
            initiative,
            context: context.to_owned(),
            url: ValidationUrl::APPLE,
        })
    }

    /// Another address than [`ValidationUrl::APPLE`].
    #[must_use]
    pub fn at(self, url: ValidationUrl) -> SessionRequest {
        SessionRequest { url, ..self }
    }

    /// The request to send, over TLS 1.2 or newer, with the merchant identity certificate as the client's.
    ///
    /// Follow no redirect, collect no more than [`MerchantSession::MAX_BYTES`] of an answer and set a time limit; the
    /// payer looks at a waiting sheet. A session costs nothing, so asking again is safe.
    pub fn request(&self) -> Request<Vec<u8>> {
        let body = serde_json::json!({
            "merchantIdentifier": self.merchant_identifier,
            "displayName": self.display_name,
            "initiative": self.initiative,
            "initiativeContext": self.context,
        });
        let mut request = Request::new(body.to_string().into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.uri();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json.clone());
        request.headers_mut().insert(header::ACCEPT, json);
        request
    }
}

/// An error in the request for a session. A person corrects the configuration; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSessionRequest {
    /// Not the letters, digits, dots, hyphens and underscores of a merchant identifier.
    MerchantIdentifier,
    /// Empty, longer than 64 characters, or with control characters.
    DisplayName,
    /// Not a fully qualified name in small letters: an address, a port, a dot at the end, another alphabet than ASCII.
    Domain,
    /// Not an `https` address with a host name.
    GatewayUrl,
    /// Not ten capital letters and digits.
    TeamId,
}

impl fmt::Display for InvalidSessionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidSessionRequest::MerchantIdentifier => "a merchant identifier is letters, digits, dots and hyphens",
            InvalidSessionRequest::DisplayName => {
                "a display name is 1 to 64 characters, none of them a control character"
            }
            InvalidSessionRequest::Domain => {
                "a domain is a full host name as registered with apple, in small ascii letters (xn-- for others)"
            }
            InvalidSessionRequest::GatewayUrl => "a gateway url is https with a host name, and has no user",
            InvalidSessionRequest::TeamId => "a team id is ten capital letters and digits",
        })
    }
}

impl Error for InvalidSessionRequest {}

fn is_merchant_identifier(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=IDENTIFIER_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_display_name(text: &str) -> bool {
    let breaks_a_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().count() <= DISPLAY_NAME_CHARS
        && !text.trim().is_empty()
        && !text.contains(breaks_a_line)
}

/// The letters, digits and hyphens of RFC 1123, with two labels at least. The last one has a letter, as every top-level
/// domain does, so an IPv4 address is none.
fn is_domain(text: &str) -> bool {
    let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| {
        (1..=LABEL_BYTES).contains(&label.len())
            && label.bytes().all(small)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top_level = text.rsplit_once('.').map_or("", |(_, top_level)| top_level);
    text.len() <= DOMAIN_BYTES
        && text.split('.').all(is_label)
        && top_level.contains(|c: char| c.is_ascii_lowercase())
}

fn is_gateway_url(text: &str) -> bool {
    let Ok(url) = text.parse::<Uri>() else { return false };
    let host = url.host().unwrap_or_default();
    let is_bare = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    text.len() <= URL_BYTES
        && text.starts_with("https://")
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && is_bare
        && is_domain(host)
}

/// Apple's answer, as it came: opaque, for `completeMerchantValidation` in the browser.
#[derive(Clone, PartialEq, Eq)]
pub struct MerchantSession(String);

impl MerchantSession {
    /// No answer may be longer. Those seen have less than a tenth of it.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// The session, or what Apple has against it. The body of an answer that is no session is not looked at.
    pub fn read(response: Response<impl AsRef<[u8]>>) -> Result<MerchantSession, SessionError> {
        let status = response.status();
        let failed = |kind| SessionError { kind, status };
        if let Some(kind) = refusal(status) {
            return Err(failed(kind));
        }
        let body = response.body().as_ref();
        if body.len() > MerchantSession::MAX_BYTES {
            return Err(failed(SessionErrorKind::TooLarge));
        }
        let text = std::str::from_utf8(body).map_err(|_| failed(SessionErrorKind::NotASession))?;
        if !is_json_object(text) {
            return Err(failed(SessionErrorKind::NotASession));
        }
        Ok(MerchantSession(text.to_owned()))
    }

    /// The body to give the browser, with `content-type: application/json`.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The same as text, for a frame that wants one.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// The holder of a session can show a sheet in the merchant's name.
impl fmt::Debug for MerchantSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MerchantSession({} bytes)", self.0.len())
    }
}

fn refusal(status: StatusCode) -> Option<SessionErrorKind> {
    Some(match status.as_u16() {
        200 => return None,
        400 => SessionErrorKind::Malformed,
        404 => SessionErrorKind::WrongAddress,
        417 => SessionErrorKind::NotRegistered,
        300..=399 => SessionErrorKind::Redirected,
        408 | 429 | 500..=599 => SessionErrorKind::Unavailable,
        _ => SessionErrorKind::Unexpected,
    })
}

fn is_json_object(text: &str) -> bool {
    struct Object;
    impl<'de> Visitor<'de> for Object {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while map.next_entry::<String, IgnoredAny>()?.is_some() {}
            Ok(())
        }
    }
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Object).is_ok() && json.end().is_ok()
}

/// There is no session. The payer's sheet shows an error, and nobody was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionError {
    kind: SessionErrorKind,
    status: StatusCode,
}

/// Why there is no session, and who acts. The meaning of 400, 404 and 417 is Apple's own (`documented`, Apple's
/// technote on merchant validation); for the others Apple promises nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionErrorKind {
    /// Status 400. The developer compares the body that left with [`SessionRequest::request`].
    Malformed,
    /// Status 404. The developer looks at where the request went.
    WrongAddress,
    /// Status 417. The operator looks into Apple's developer portal: the merchant identifier, the domain and the
    /// certificate do not belong together.
    NotRegistered,
    /// Apple does not redirect, so something else answered. Follow nothing; the operator looks at the network.
    Redirected,
    /// Status 408, 429 or 5xx. Asking again with the payer's next try is safe.
    Unavailable,
    /// A status that Apple does not describe. The certificate is the first thing to look at.
    Unexpected,
    /// Longer than [`MerchantSession::MAX_BYTES`], so it is none of Apple's.
    TooLarge,
    /// A 200 that is no JSON object: something else than Apple answered, or the client took it for compressed.
    NotASession,
}

impl SessionError {
    /// The kind of failure.
    pub fn kind(&self) -> SessionErrorKind {
        self.kind
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.kind {
            SessionErrorKind::Malformed => {
                "apple could not read the request: send the body as it was made, with its content type"
            }
            SessionErrorKind::WrongAddress => {
                "apple has nothing at this address: use the fixed one, or the validation url of this very payment"
            }
            SessionErrorKind::NotRegistered => {
                "the merchant identifier, the domain and the merchant identity certificate do not belong together: \
                 in apple's developer portal, is the domain registered under this identifier and verified, and was the \
                 certificate made for it (the identity certificate, not the payment processing one)"
            }
            SessionErrorKind::Redirected => {
                "something redirected the request, which apple does not do; not followed"
            }
            SessionErrorKind::Unavailable => {
                "apple is not available at the moment: asking again is safe"
            }
            SessionErrorKind::Unexpected => {
                "an answer that apple does not describe: is the merchant identity certificate sent, and is it still valid"
            }
            SessionErrorKind::TooLarge => "the answer is too long for a merchant session",
            SessionErrorKind::NotASession => {
                "the answer is no merchant session: it is not a json object"
            }
        };
        write!(f, "{text} (http status {})", self.status.as_u16())
    }
}

impl Error for SessionError {}

#[cfg(test)]
mod tests;
