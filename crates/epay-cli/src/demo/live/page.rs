//! The page of `epay demo --serve`: the shop, the switches, each order's story as it goes on, and both ledgers.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use epay::story::{self, Entry};
use epay_domain::{Event, Stored};
use epay_fakebank::{Fault, FaultKind, LedgerLine};
use maud::{DOCTYPE, Markup, html};

use super::GOODS;
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

pub(super) fn whole(scene: &Scene, service: &str, bank: &str) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "epay demo" }
                link rel="stylesheet" href="/style.css";
                script src="/live.js" defer {}
            }
            body {
                header {
                    h1 { "epay demo" }
                    p { "A shop, " code { "epay serve" } " and " a href=(bank) { "the fake bank" } ". Buy, break it, and watch." }
                }
                main {
                    section.side aria-label="What you can do" {
                        h2 { "Buy" }
                        form method="post" action="/buy" {
                            @for (number, (item, tenge)) in GOODS.iter().enumerate() {
                                button name="item" value=(number) { (item) " " small { (tenge) " ₸" } }
                            }
                        }
                        p.cards {
                            "Any name, 01/27, 321. Pays: " code { "4405639704015096" } ". 3-D Secure: "
                            code { "4000000000000002" } ". Declined: " code { "4000000000004848" } "."
                        }
                        h2 { "Break it" }
                        form.breaks method="post" action="/break" {
                            button name="what" value="lose-answer" { "Lose the bank's next answer" }
                            button name="what" value="lose-callback" { "Lose its next callback" }
                            button name="what" value="double-callback" { "Double its next callback" }
                            button name="what" value="freeze" { "Freeze the bank for ten seconds" }
                            button name="what" value="kill" { "Kill the service" }
                            button name="what" value="start" { "Start it again" }
                        }
                    }
                    div #live { (shown(scene)) }
                }
            }
        }
    };
    // Chromium holds the checkout, where a basket is redirected to, against `form-action`.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         form-action 'self' {service}; base-uri 'none'; frame-ancestors 'none'"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], html_of(page)).into_response()
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
            @if scene.up { "The service is up." } @else { b.bad { "The service is down." } }
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
        FaultKind::Delay(_) => "The bank will freeze at the next payment.",
        _ => "Something will go wrong.",
    }
}

fn told(stored: &Stored, events: &[Event]) -> Markup {
    let (payment, answer) = (&stored.payment, stored.payment.answer(epay::FulfilOn::Status));
    let began = events.first().map(|event| Entry::of(event, payment.ordered()).at);
    html! {
        article {
            h3 { (stored.order.as_str()) " " span.status.(answer.status.name()) { (answer.status) } }
            p.sub { "invoice " (payment.invoice().as_str()) " · " (payment.ordered()) " · payer charged: " (answer.payer_charged) }
            ol {
                @for event in events {
                    @let entry = Entry::of(event, payment.ordered());
                    li {
                        span.when { (since(began.map_or(0, |began| entry.at.since(began).as_millis()))) }
                        span { b { (entry.who.label()) } " " (entry.text) }
                    }
                }
            }
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
                            td { @if let Some(payment) = &row.ours { (story::known(payment)) } @else { "—" } }
                            td { @if let Some(line) = &row.bank { (booked(line)) } @else { "—" } }
                            td {
                                @if row.differences.is_empty() { span.good { "yes" } }
                                @for difference in &row.differences { span.bad { (difference) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn booked(line: &LedgerLine) -> String {
    let tenge = |minor: u64| format!("{}.{:02} {}", minor / 100, minor % 100, line.currency);
    match line.captured {
        0 => line.status.name().to_owned(),
        captured => format!("{}, taken {}", line.status.name(), tenge(captured)),
    }
}
