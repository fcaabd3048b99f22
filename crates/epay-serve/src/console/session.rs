//! Who is signed in: a signed cookie, and for each form a token that only a page of this session has.
//!
//! Nothing is kept here, so any process of the service takes the cookie of another. A session ends after
//! [`LASTS`], and at once for all when the operator's password, name or a shop's secret is changed.

use super::{Account, Console, page};
use crate::service::App;
use crate::shop::ShopRef;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epay::TokioClock;
use epay_domain::{Clock, Timestamp};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;
use std::time::Duration;
use url::form_urlencoded;

/// A working day.
const LASTS: Duration = Duration::from_secs(10 * 60 * 60);
/// No cookie of ours is longer.
const MOST_BYTES: usize = 256;

/// An operator who is signed in.
#[derive(Clone)]
pub(crate) struct Session {
    pub(super) operator: Arc<Account>,
    /// What the cookie says, signed with the operator's own key.
    cookie: String,
}

impl Session {
    /// A new one; `None` where the system gives no random numbers.
    pub(super) fn begin(operator: &Arc<Account>, now: Timestamp) -> Option<Session> {
        let (expires, id) = ((now + LASTS).unix_millis() / 1000, new_id()?);
        let said = format!("{}.{expires}.{id}", operator.name);
        let signed = URL_SAFE_NO_PAD.encode(operator.sign("cookie", &said));
        Some(Session { operator: Arc::clone(operator), cookie: format!("{said}.{signed}") })
    }

    /// The session of the request, if it is one of ours and has not expired.
    pub(super) fn of(console: &Console, headers: &HeaderMap, now: Timestamp) -> Option<Session> {
        let cookie = cookie(headers, console.cookie_name())?;
        let (said, signature) = cookie.rsplit_once('.')?;
        let mut parts = said.split('.');
        let (name, expires) = (parts.next()?, parts.next()?.parse::<u64>().ok()?);
        let operator = console.operators.get(name)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        operator.verify("cookie", said, &signature)?;
        let valid = now.unix_millis() / 1000 < expires;
        let session = Session { operator: Arc::clone(operator), cookie: cookie.to_owned() };
        valid.then_some(session)
    }

    /// The header that puts it into the browser, where no script can read it.
    pub(super) fn set_cookie(&self, console: &Console) -> String {
        let seconds = LASTS.as_secs();
        format!(
            "{}={}; Max-Age={seconds}{}",
            console.cookie_name(),
            self.cookie,
            attributes(console)
        )
    }

    /// What each form of this session has with it.
    pub(super) fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.operator.sign("form", &self.cookie))
    }

    fn is_form_token(&self, token: &str) -> bool {
        let token = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        self.operator.verify("form", &self.cookie, &token).is_some()
    }

    /// The shop, if this operator sees it. That there is another is told to nobody.
    pub(super) fn shop(&self, app: &App, name: &str) -> Option<ShopRef> {
        app.shop(name).filter(|_| self.operator.sees(name)).cloned()
    }

    /// All shops that this operator sees, by name.
    pub(super) fn shops(&self, app: &App) -> Vec<ShopRef> {
        let mut shops: Vec<ShopRef> =
            app.shops().filter(|shop| self.operator.sees(&shop.name)).cloned().collect();
        shops.sort_by(|one, other| one.name.cmp(&other.name));
        shops
    }
}

/// The cookie of this name, if it is no longer than ours are.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    let value = pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted).then_some(value)
    });
    value.filter(|value| value.len() <= MOST_BYTES)
}

/// A name that nobody can guess; `None` where the system gives no random numbers.
pub(super) fn new_id() -> Option<String> {
    let mut id = [0; 16];
    SystemRandom::new().fill(&mut id).ok()?;
    Some(URL_SAFE_NO_PAD.encode(id))
}

/// The header that takes it out of the browser.
pub(super) fn no_cookie(console: &Console) -> String {
    format!("{}=; Max-Age=0{}", console.cookie_name(), attributes(console))
}

pub(super) fn attributes(console: &Console) -> &'static str {
    match console.secure {
        true => "; Path=/; HttpOnly; SameSite=Lax; Secure",
        false => "; Path=/; HttpOnly; SameSite=Lax",
    }
}

/// Whoever is not signed in is asked to, and comes back to where they wanted to go.
impl FromRequestParts<App> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Session, Response> {
        let session = Session::of(app.console(), &parts.headers, TokioClock.now());
        session.ok_or_else(|| {
            let path = parts.uri.path_and_query().map_or("/console", |path| path.as_str());
            let to: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
            Redirect::to(&format!("/console/sign-in?to={to}")).into_response()
        })
    }
}

/// A form of ours, posted by a page of this session. There is no other way to a form's fields, so none can
/// be taken without these checks.
pub(super) struct Posted {
    pub(super) session: Session,
    pub(super) fields: Fields,
}

impl FromRequest<App> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Posted, Response> {
        let (mut parts, body) = request.into_parts();
        let session = Session::from_request_parts(&mut parts, app).await?;
        let refused = |text: &str| {
            tracing::warn!(operator = session.operator.name, "a form of the console was refused");
            page::refused(StatusCode::FORBIDDEN, "Not from this page", text)
        };
        if !is_from_here(app.console(), &parts.headers) {
            return Err(refused("The form was sent by a page of another site. Nothing was done."));
        }
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let body = body.map_err(|error| {
            page::refused(error.status(), "Too long", "The form was longer than any of ours.")
        })?;
        let fields = Fields::read(&body);
        if !session.is_form_token(fields.get("token")) {
            return Err(refused(
                "The form is of another session. Nothing was done: open it again.",
            ));
        }
        Ok(Posted { session, fields })
    }
}

/// Whether a browser says that a page of ours sent this. One that says nothing is none.
pub(super) fn is_from_here(console: &Console, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site == "same-origin");
    let origin = headers.get(header::ORIGIN).map(|origin| origin == console.origin.as_str());
    !matches!((site, origin), (Some(false), _) | (_, Some(false)) | (None, None))
}

/// What a form had in it.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(body: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The field, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

impl Account {
    pub(super) fn sign(&self, what: &str, said: &str) -> hmac::Tag {
        hmac::sign(&self.sessions, format!("{what} {said}").as_bytes())
    }

    pub(super) fn verify(&self, what: &str, said: &str, signature: &[u8]) -> Option<()> {
        hmac::verify(&self.sessions, format!("{what} {said}").as_bytes(), signature).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::console;
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_millis(1_795_478_400_000);

    fn sent(console: &Console, cookie: &str) -> HeaderMap {
        let cookies = format!("theirs=1; {}={cookie}", console.cookie_name());
        HeaderMap::from_iter([(header::COOKIE, cookies.parse().unwrap())])
    }

    #[test]
    fn a_session_is_its_operators_until_it_expires_and_not_when_it_was_changed() {
        let console = console("secret", "hash of aida");
        let aida = Arc::clone(&console.operators["aida"]);
        let session = Session::begin(&aida, NOW).unwrap();
        let read = |at, cookie: &str| {
            let session = Session::of(&console, &sent(&console, cookie), at);
            session.map(|session| session.operator.name.clone())
        };
        let cookie = session.cookie.as_str();
        assert_eq!(read(NOW, cookie).as_deref(), Some("aida"));
        assert_eq!(read(NOW + LASTS - Duration::from_secs(1), cookie).as_deref(), Some("aida"));
        assert_eq!(read(NOW + LASTS, cookie), None);
        for at in 0..cookie.len() {
            let mut changed = cookie.to_owned().into_bytes();
            changed[at] = if changed[at] == b'7' { b'8' } else { b'7' };
            assert_eq!(read(NOW, &String::from_utf8(changed).unwrap()), None, "{at}");
        }
        for cookie in
            ["", ".", "aida", "aida.1.x.y", &"a".repeat(9_000), &cookie.replace("aida", "marat")]
        {
            assert_eq!(read(NOW, cookie), None, "{cookie}");
        }
    }

    #[test]
    fn a_changed_password_or_secret_ends_it() {
        let before = console("secret", "hash of aida");
        let session = Session::begin(&before.operators["aida"], NOW).unwrap();
        for (secret, hash, stays) in [
            ("secret", "hash of aida", true),
            ("secret", "another", false),
            ("other", "hash of aida", false),
        ] {
            let after = console(secret, hash);
            let read = Session::of(&after, &sent(&after, &session.cookie), NOW);
            assert_eq!(read.is_some(), stays, "{secret} {hash}");
        }
    }

    #[test]
    fn a_forms_token_is_of_one_session() {
        let console = console("secret", "hash of aida");
        let [one, other] =
            [(); 2].map(|()| Session::begin(&console.operators["aida"], NOW).unwrap());
        assert!(one.is_form_token(&one.form_token()));
        let signature = one.cookie.rsplit_once('.').unwrap().1;
        for token in [other.form_token().as_str(), signature, "", "="] {
            assert!(!one.is_form_token(token), "{token}");
        }
    }

    #[test]
    fn only_a_page_of_ours_posts() {
        let console = console("secret", "hash of aida");
        let here = console.origin.as_str();
        for (site, origin, expected) in [
            (Some("same-origin"), Some(here), true),
            (None, Some(here), true),
            (Some("same-origin"), None, true),
            (None, None, false),
            (Some("cross-site"), Some(here), false),
            (Some("same-site"), None, false),
            (Some("none"), None, false),
            (Some("same-origin"), Some("https://evil.example"), false),
            (None, Some("null"), false),
        ] {
            let mut headers = HeaderMap::new();
            site.map(|site| headers.insert("sec-fetch-site", site.parse().unwrap()));
            origin.map(|origin| headers.insert(header::ORIGIN, origin.parse().unwrap()));
            assert_eq!(is_from_here(&console, &headers), expected, "{site:?} {origin:?}");
        }
    }
}
