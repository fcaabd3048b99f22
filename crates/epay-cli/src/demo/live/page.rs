//! The page of `epay demo --serve`: the shop, the switches, each order's story as it goes on, and both ledgers.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use epay::story::{self, Entry};
use epay_domain::{Event, Stored};
use epay_fakebank::{Fault, FaultKind, LedgerLine};
use maud::{DOCTYPE, Markup, html};

use super::service::OPERATOR;
use super::{GOODS, LANGUAGES};
use crate::Failure;
use crate::demo::ledger::Row;

/// How many orders are told.
const TOLD: usize = 3;

/// Everything that the page shows, as it is now.
pub(super) struct Scene {
    /// The newest first.
    pub(super) attempts: Vec<(Stored, Vec<Event>)>,
    pub(super) rows: Vec<Row>,
    pub(super) armed: Vec<Fault>,
    pub(super) up: bool,
}

pub(super) fn whole(scene: &Scene, bank: &str) -> Response {
    let body = html! {
        header {
            h1 { "epay demo" }
            p { "A shop, " code { "epay serve" } ", and a bank and a wallet that are fake. Buy, break it, and watch." }
        }
        main {
            section.side aria-label="What you can do" {
                h2 { "Buy" }
                form method="post" action="/buy" {
                    label {
                        span { "Checkout language" }
                        select name="lang" {
                            @for (code, name) in LANGUAGES { option value=(code) lang=(code) { (name) } }
                        }
                    }
                    @for (number, (item, tenge)) in GOODS.iter().enumerate() {
                        button name="item" value=(number) { (item) " " small { (tenge) " ₸" } }
                    }
                }
                dl.cards {
                    dt { "Pays" } dd { code { "4405639704015096" } }
                    dt { "3-D Secure" } dd { code { "4000000000000002" } }
                    dt { "Declined" } dd { code { "4000000000004848" } }
                    dt { "With each" } dd { "01/27, 321, any name" }
                    dt { "Apple Pay" } dd { "a simulated sheet" }
                }
                h2 { "Break it" }
                form.breaks method="post" action="/break" {
                    (switches("The bank's next answer", [("lose-answer", "Lose it"), ("freeze", "Delay it 10 s")]))
                    (switches("Its next callback", [("lose-callback", "Lose it"), ("double-callback", "Send it twice")]))
                    (switches("The service", [("kill", "Kill it"), ("start", "Start it again")]))
                }
                h2 { "Look inside" }
                p { a href="/console" { "The console" } ", as " code { (OPERATOR.0) } " with " code { (OPERATOR.1) } }
                p { a href=(bank) { "The fake bank" } " and its books" }
            }
            div #live { (shown(scene)) }
        }
    };
    framed(StatusCode::OK, true, &body)
}

fn switches(of: &str, both: [(&str, &str); 2]) -> Markup {
    html! {
        fieldset {
            legend { (of) }
            @for (what, name) in both { button name="what" value=(what) { (name) } }
        }
    }
}

/// In place of a page of the service, or of the bank, that did not come.
pub(super) fn gone(why: &Failure) -> Response {
    let body = html! {
        main.alone {
            h1 { "Nobody answers" }
            p { "What was sent may have been done or not. Nobody has to send it again: once the service is there, it asks the bank." }
            p { "Why: " (epay::with_causes(why.as_ref())) "." }
            p { a href="/" { "Back to the demo, to start it again" } }
        }
    };
    framed(StatusCode::BAD_GATEWAY, false, &body)
}

fn framed(status: StatusCode, live: bool, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "epay demo" }
                link rel="stylesheet" href="/style.css";
                @if live { script src="/live.js" defer {} }
            }
            body { (body) }
        }
    };
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    (status, [(header::CONTENT_SECURITY_POLICY, policy)], html_of(page)).into_response()
}

pub(super) fn part(scene: &Scene) -> Response {
    html_of(shown(scene)).into_response()
}

fn html_of(page: Markup) -> impl IntoResponse {
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, page.into_string())
}

fn shown(scene: &Scene) -> Markup {
    html! {
        p.state role="status" {
            @if scene.up { "The service is running." } @else { b.bad { "The service is down." } }
            @for fault in &scene.armed { " " (armed(&fault.kind)) }
        }
        h2 { "The latest orders" }
        @if scene.attempts.is_empty() { p.none { "Nothing yet: buy something." } }
        @for (stored, events) in scene.attempts.iter().take(TOLD) { (told(stored, events)) }
        h2 { "Both ledgers" }
        (ledgers(&scene.rows))
    }
}

fn armed(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::CutAfterEffect => "The bank's next answer will be lost.",
        FaultKind::CallbackLost => "Its next callback will be lost.",
        FaultKind::CallbackTwice => "Its next callback will come twice.",
        FaultKind::Delay(_) => "The bank's next answer will come late.",
        _ => "Something will go wrong.",
    }
}

fn told(stored: &Stored, events: &[Event]) -> Markup {
    let (payment, answer) = (&stored.payment, stored.payment.answer(epay::FulfilOn::Status));
    let began = events.first().map(|event| Entry::of(event, payment.ordered()).at);
    html! {
        article {
            h3 { a href=(format!("/console/shops/demo/{}", payment.invoice())) { (stored.order.as_str()) } " " span.status.(answer.status.name()) { (answer.status) } }
            p.sub { "invoice " (payment.invoice().as_str()) " · " (payment.ordered()) " · payer charged: " (answer.payer_charged) }
            @if !events.is_empty() { ol {
                @for event in events {
                    @let entry = Entry::of(event, payment.ordered());
                    li {
                        span.when { (since(began.map_or(0, |began| entry.at.since(began).as_millis()))) }
                        span { b { (entry.who.label()) } " " (entry.text) }
                    }
                }
            } }
        }
    }
}

/// +0.13 s
fn since(millis: u128) -> String {
    format!("+{}.{:02} s", millis / 1000, millis % 1000 / 10)
}

fn ledgers(rows: &[Row]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Both ledgers" {
            table {
                thead { tr { th { "invoice" } th { "our log" } th { "the bank's ledger" } th { "agree" } } }
                tbody {
                    @for row in rows {
                        tr {
                            td { (row.invoice) }
                            td data-of="our log" { @if let Some(payment) = &row.ours { (story::known(payment)) } @else { "—" } }
                            td data-of="the bank" { @if let Some(line) = &row.bank { (booked(line)) } @else { "—" } }
                            td {
                                @if is_open(row) { "not yet" } @else if row.differences.is_empty() { span.good { "yes" } }
                                @for difference in &row.differences { span.bad { (difference) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Nobody is wrong while the bank or the payer is waited for.
fn is_open(row: &Row) -> bool {
    row.differences.is_empty() && row.ours.as_ref().is_some_and(|it| it.pending().is_some())
}

fn booked(line: &LedgerLine) -> String {
    let tenge = |minor: u64| format!("{}.{:02} {}", minor / 100, minor % 100, line.currency);
    match line.captured {
        0 => line.status.name().to_owned(),
        captured => format!("{}, taken {}", line.status.name(), tenge(captured)),
    }
}
