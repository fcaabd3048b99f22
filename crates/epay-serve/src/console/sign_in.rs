//! Signing in and out. A wrong name and a wrong password get the same answer, after the same time.

use super::session::{Fields, Session, is_from_here, no_cookie};
use super::{Account, Console, known_browser, page, session::Posted};
use crate::client::Client;
use crate::operator::MOST_BYTES;
use crate::service::App;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use epay::TokioClock;
use epay_domain::Clock;
use maud::html;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// A name is counted by no more of it than this.
const MOST_OF_NAME: usize = 64;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    to: String,
}

pub(super) async fn show(Query(wanted): Query<Wanted>) -> Response {
    form(StatusCode::OK, &wanted.to, None)
}

fn form(status: StatusCode, to: &str, said: Option<&str>) -> Response {
    let main = html! {
        @if let Some(said) = said { p.said.bad role="alert" { (said) } }
        form.sign-in method="post" action="/console/sign-in" {
            label { span { "Name" } input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="32" required autofocus; }
            label { span { "Password" } input type="password" name="password" autocomplete="current-password" maxlength="256" required; }
            input type="hidden" name="to" value=(to);
            button { "Sign in" }
        }
    };
    page::alone(status, "epay console", &main)
}

pub(super) async fn sign_in(
    State(app): State<App>,
    Client(address): Client,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let console = app.console();
    if !is_from_here(console, &headers) {
        let text = "The form was sent by a page of another site.";
        return page::refused(StatusCode::FORBIDDEN, "Not from this page", text);
    }
    let fields = Fields::read(&body);
    let (name, password, to) = (fields.get("name"), fields.get("password"), fields.get("to"));
    if name.len() > MOST_OF_NAME || password.len() > MOST_BYTES {
        return wrong(to);
    }
    let known = known_browser::known(console, &headers, name);
    // Guessed at from elsewhere, a name waits, and so may an address; a browser of theirs does not.
    let (counted, address) = match &known {
        Some(browser) => (browser.as_str(), None),
        None => (name, address),
    };
    if let Err(wait) = console.may_try(counted, address, TokioClock.monotonic()) {
        let text = format!("Too many tries. Wait for {} seconds.", wait.as_secs() + 1);
        let page = form(StatusCode::TOO_MANY_REQUESTS, to, Some(&text));
        return ([(header::RETRY_AFTER, wait.as_secs() + 1)], page).into_response();
    }
    let Some(is_right) = console.is_right(name, password).await else {
        let text = "Too many sign in at once. Try again in a moment.";
        return form(StatusCode::SERVICE_UNAVAILABLE, to, Some(text));
    };
    let operator = console.operators.get(name).filter(|_| is_right);
    let session = operator.and_then(|operator| Session::begin(operator, TokioClock.now()));
    let Some(session) = session else {
        // What is no operator's name may be a password in the wrong field.
        let operator = console.operators.get(name).map(|operator| operator.name.as_str());
        tracing::warn!(operator, "a sign-in to the console failed");
        return wrong(to);
    };
    console.by_name.lock().unwrap_or_else(PoisonError::into_inner).forget(counted);
    if let Some(address) = address {
        console.by_address.lock().unwrap_or_else(PoisonError::into_inner).forget(&address);
    }
    tracing::info!(operator = session.operator.name, "signed in to the console");
    let to = if is_ours(to) { to } else { "/console" };
    let browser = match known {
        Some(_) => None,
        None => known_browser::set_cookie(console, &session.operator),
    };
    let cookies = std::iter::once(session.set_cookie(console)).chain(browser);
    (AppendHeaders(cookies.map(|it| (header::SET_COOKIE, it))), Redirect::to(to)).into_response()
}

fn wrong(to: &str) -> Response {
    form(StatusCode::UNAUTHORIZED, to, Some("The name or the password is wrong."))
}

/// A path of the console, and nothing that leads elsewhere or ends a header.
fn is_ours(to: &str) -> bool {
    let console = to
        .strip_prefix("/console")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'));
    console && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

pub(super) async fn sign_out(State(app): State<App>, posted: Posted) -> Response {
    tracing::info!(operator = posted.session.operator.name, "signed out of the console");
    let gone = [(header::SET_COOKIE, no_cookie(app.console()))];
    (gone, Redirect::to("/console/sign-in")).into_response()
}

impl Console {
    fn may_try(&self, name: &str, address: Option<IpAddr>, now: Duration) -> Result<(), Duration> {
        if let Some(address) = address {
            let mut slow = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            slow.begin(&address, now)?;
        }
        let mut slow = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        slow.begin(name, now)
    }

    /// Whether it is the operator's password; `None` where too many ask. Of a name that is not there
    /// another's hash is tried, which takes as long.
    async fn is_right(&self, name: &str, password: &str) -> Option<bool> {
        let _waiting = self.waiting.try_acquire().ok()?;
        let _turn = self.checking.acquire().await.ok()?;
        let known = self.operators.get(name);
        let tried: Arc<Account> = known.or_else(|| self.operators.values().next())?.clone();
        let (password, is_known) = (password.to_owned(), known.is_some());
        let checked = tokio::task::spawn_blocking(move || tried.hash.is_of(&password)).await;
        Some(checked.unwrap_or(false) && is_known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_in_the_console() {
        for (to, expected) in [
            ("/console", true),
            ("/console/shops/books?show=open&after=100001", true),
            ("/console?find=17", true),
            ("", false),
            ("/consoles", false),
            ("//evil.example/console", false),
            ("https://evil.example/console", false),
            ("/console\r\nset-cookie: a=b", false),
            ("/console/\\evil", false),
            ("/console/é", false),
        ] {
            assert_eq!(is_ours(to), expected, "{to}");
        }
    }
}
