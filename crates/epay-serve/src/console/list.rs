//! Lists of attempts: those of all shops that need a person, and those of one shop by status.

use super::live;
use super::page::{self, Page};
use super::session::Session;
use crate::checkout::sum;
use crate::service::App;
use crate::shop::ShopRef;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use epay::{
    Attempt, AttemptRef, InvoiceId, ListFilter, ListQuery, PaymentStatus, Timeouts, TokioClock,
    story,
};
use epay_domain::{Clock, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;

/// How many a page has.
const PAGE: usize = 50;

/// What an address of a list asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// An order or an invoice.
    find: String,
    /// Which, by the name that [`filters`] has.
    show: String,
    /// The last invoice of the page before.
    after: String,
}

/// The lists that the log finds by an index.
fn filters(now: Timestamp) -> Vec<(&'static str, ListFilter)> {
    let person = ListFilter::NeedsAttention { open_since: now - Timeouts::default().attention };
    let first = [("all", ListFilter::All), ("needs attention", person), ("open", ListFilter::Open)];
    let statuses = PaymentStatus::ALL.map(|status| (status.name(), ListFilter::Status(status)));
    first.into_iter().chain(statuses).collect()
}

/// `/console`: what needs a person in each shop, or what was searched for.
pub(super) async fn needs_attention(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<Asked>,
) -> Response {
    let find = asked.find.trim();
    if !find.is_empty() {
        return search(&app, &session, find).await;
    }
    let now = TokioClock.now();
    let filter = ListFilter::NeedsAttention { open_since: now - Timeouts::default().attention };
    let (shops, mut parts) = (session.shops(&app), Vec::new());
    let stream = live::address(&shops, "", None).await;
    for shop in &shops {
        let query = ListQuery { filter, ..ListQuery::newest(PAGE) };
        let listed = shop.list(query).await;
        parts.push(html! {
            h2 { (shop.title) }
            @match &listed {
                Err(_) => p.said.bad role="alert" { "The log of this shop can't be read now." },
                Ok((attempts, _)) if attempts.is_empty() => p.none { "Nothing needs attention." },
                Ok((attempts, more)) => {
                    (table(shop, attempts, now))
                    @if *more {
                        p { a href=(address(shop, "needs attention", None)) { "All of them" } }
                    }
                }
            }
        });
    }
    let main = html! {
        h1 { "Needs attention" }
        p.note { "Disputed, or not known for an hour. The service asks the bank by itself until it knows." }
        @for part in &parts { (part) }
    };
    let page = Page {
        app: &app,
        session: &session,
        title: "Needs attention",
        here: "/console",
        stream: Some(&stream),
    };
    page.show(StatusCode::OK, &main)
}

/// Goes to the attempt that was looked for. An order leads to the attempt of it that counts.
async fn search(app: &App, session: &Session, find: &str) -> Response {
    let invoice = InvoiceId::new(find).ok().map(AttemptRef::Invoice);
    let names = [invoice, Some(AttemptRef::Order(find.to_owned()))];
    for which in names.into_iter().flatten() {
        for shop in session.shops(app) {
            if let Ok(attempt) = shop.payments.operator().attempt(which.clone()).await {
                return Redirect::to(&attempt_address(&shop, attempt.invoice())).into_response();
            }
        }
    }
    let main = html! {
        h1 { "Not found" }
        p { "There is no order and no invoice " b { (find) } " in the shops that you see." }
    };
    let page = Page { app, session, title: "Not found", here: "", stream: None };
    page.show(StatusCode::NOT_FOUND, &main)
}

/// `/console/shops/{shop}`.
pub(super) async fn of_shop(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let Some(shop) = session.shop(&app, &name) else { return no_such_page() };
    let now = TokioClock.now();
    let filters = filters(now);
    let chosen = filters.iter().find(|(name, _)| *name == asked.show);
    let (show, filter) = chosen.copied().unwrap_or(("all", ListFilter::All));
    let after = InvoiceId::new(&asked.after).ok();
    let is_first = after.is_none();
    let stream = live::address(std::slice::from_ref(&shop), &shop.name, None).await;
    let stream = is_first.then_some(stream.as_str());
    let Ok((attempts, more)) =
        shop.list(ListQuery { filter, after, ..ListQuery::newest(PAGE) }).await
    else {
        let text = "The log of this shop can't be read now. Payments are not touched by that.";
        return page::refused(StatusCode::SERVICE_UNAVAILABLE, "Not now", text);
    };
    let main = html! {
        h1 { (shop.title) }
        nav.filters aria-label="Which" {
            @for (name, _) in &filters {
                a href=(address(&shop, name, None)) aria-current=[(*name == show).then_some("true")] { (name) }
            }
        }
        @if attempts.is_empty() { p.none { "None." } } @else { (table(&shop, &attempts, now)) }
        nav.pages aria-label="Pages" {
            @if !is_first { a href=(address(&shop, show, None)) { "Newest" } }
            @if let Some(last) = attempts.last().filter(|_| more) {
                a href=(address(&shop, show, Some(last.invoice()))) rel="next" { "Older" }
            }
        }
    };
    let here = format!("/console/shops/{}", shop.name);
    let page = Page { app: &app, session: &session, title: &shop.title, here: &here, stream };
    page.show(StatusCode::OK, &main)
}

/// As if there were none: also for a shop that this operator does not see.
pub(super) fn no_such_page() -> Response {
    let text = "There is no such page, or it is not for you.";
    page::refused(StatusCode::NOT_FOUND, "Not found", text)
}

fn address(shop: &ShopRef, show: &str, after: Option<&InvoiceId>) -> String {
    let show = show.replace(' ', "+");
    let after = after.map_or(String::new(), |invoice| format!("&after={invoice}"));
    format!("/console/shops/{}?show={show}{after}", shop.name)
}

pub(super) fn attempt_address(shop: &ShopRef, invoice: &InvoiceId) -> String {
    format!("/console/shops/{}/{invoice}", shop.name)
}

fn table(shop: &ShopRef, attempts: &[Attempt], now: Timestamp) -> Markup {
    html! {
        table.attempts {
            thead {
                tr {
                    th scope="col" { "Order" }
                    th scope="col" { "Invoice" }
                    th.number scope="col" { "Sum" }
                    th scope="col" { "Status" }
                    th scope="col" { "Charged" }
                    th scope="col" { "Waiting" }
                }
            }
            tbody { @for attempt in attempts { (row(shop, attempt, now)) } }
        }
    }
}

fn row(shop: &ShopRef, attempt: &Attempt, now: Timestamp) -> Markup {
    let (payment, answer) = (attempt.payment(), attempt.answer());
    let open_for = payment.list_keys().open_since.map(|since| story::age(now.since(since)));
    let up: Vec<String> = payment.contradictions().iter().map(ToString::to_string).collect();
    html! {
        tr {
            td.order { a href=(attempt_address(shop, attempt.invoice())) { (attempt.order().as_str()) } }
            td.invoice { (attempt.invoice()) }
            td.number { (sum(payment.ordered())) }
            td { (badge(answer.status)) }
            td.charged { (answer.payer_charged) }
            td.waits { (open_for.unwrap_or_default()) }
        }
        @if !up.is_empty() { tr.more { td colspan="6" { (up.join("; ")) } } }
    }
}

/// A status, coloured by what it asks of whoever reads it.
pub(super) fn badge(status: PaymentStatus) -> Markup {
    let class = match status {
        PaymentStatus::Paid | PaymentStatus::Verified => "good",
        PaymentStatus::Disputed => "bad",
        PaymentStatus::Held | PaymentStatus::Unknown | PaymentStatus::AwaitingPayer => "wait",
        _ => "plain",
    };
    html! { span.badge .(class) { (status) } }
}
