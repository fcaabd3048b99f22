//! The common frame of the console's pages: its links, and headers that allow no outside content.

use super::session::Session;
use crate::operator::Role;
use crate::service::App;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Scripts and styles of ours alone, forms that go to us alone, and nobody's frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) async fn style() -> Response {
    let kind = (header::CONTENT_TYPE, "text/css; charset=utf-8");
    let headers = [kind, (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("style.css")).into_response()
}

/// A page for somebody who is signed in.
pub(super) struct Page<'a> {
    pub(super) app: &'a App,
    pub(super) session: &'a Session,
    pub(super) title: &'a str,
    /// Which of its links leads here.
    pub(super) here: &'a str,
    /// Where its changes are told; `None` for a page that stays as it is.
    pub(super) stream: Option<&'a str>,
}

impl Page<'_> {
    pub(super) fn show(&self, status: StatusCode, main: &Markup) -> Response {
        let operator = &self.session.operator;
        let body = html! {
            a.skip href="#main" { "Skip to the page" }
            header {
                nav aria-label="Console" {
                    (self.link("/console", "Needs attention"))
                    @for shop in self.session.shops(self.app) {
                        (self.link(&format!("/console/shops/{}", shop.name), &shop.title))
                    }
                    (self.link("/console/health", "Health"))
                }
                form.find action="/console" role="search" {
                    input type="search" name="find" placeholder="Order or invoice"
                        aria-label="Order or invoice" maxlength="128" autocomplete="off";
                    button { "Find" }
                }
                form.who method="post" action="/console/sign-out" {
                    (token(self.session))
                    span { (operator.name) " " small { (may(operator.role)) } }
                    button.quiet { "Sign out" }
                }
            }
            p #changed.said hidden role="status" {
                "This has changed meanwhile. " a href="" { "Show it as it is now" }
            }
            main #main data-stream=[self.stream] { (main) }
            script src="/console/live.js" defer {}
        };
        respond(status, frame(self.title, &body))
    }

    fn link(&self, to: &str, text: &str) -> Markup {
        let current = (to == self.here).then_some("page");
        html! { a href=(to) aria-current=[current] { (text) } }
    }
}

fn may(role: Role) -> &'static str {
    match role {
        Role::View => "view",
        Role::Refund => "refund",
        Role::Resolve => "resolve",
    }
}

/// The field without which no form of this session is taken.
pub(super) fn token(session: &Session) -> Markup {
    html! { input type="hidden" name="token" value=(session.form_token()); }
}

/// A page with a few words, in place of the one that was asked for.
pub(super) fn refused(status: StatusCode, title: &str, text: &str) -> Response {
    alone(
        status,
        title,
        &html! { p.said.bad role="alert" { (text) } p { a href="/console" { "To the console" } } },
    )
}

/// Why something was not done, and the way back to what it was about.
pub(super) fn stopped(status: StatusCode, why: &str, back: &str) -> Response {
    let main = html! {
        p.said.bad role="alert" { "Nothing was done: " (why) "." }
        p { a.back href=(back) { "Back to the payment" } }
    };
    alone(status, "Not done", &main)
}

/// A page for whoever is not signed in.
pub(super) fn alone(status: StatusCode, title: &str, main: &Markup) -> Response {
    respond(status, frame(title, &html! { main #main.alone { h1 { (title) } (main) } }))
}

fn frame(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · epay" }
                link rel="stylesheet" href="/console/style.css";
            }
            body { (body) }
        }
    }
}

fn respond(status: StatusCode, page: Markup) -> Response {
    let PreEscaped(page) = page;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        // Browsers name the page's origin with a form only where the policy lets them.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    (status, headers, page).into_response()
}
