//! Live: one stream tells a page that what it shows has changed, and the page fetches itself anew.
//!
//! A stream carries no data of a payment. It ends when the service stops or the session does, and there are
//! [`STREAMS`] at most; a page without one is a page that is reloaded by hand.

use super::list::no_such_page;
use super::session::Session;
use crate::service::App;
use crate::shop::ShopRef;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use epay::{InvoiceId, ListFilter, ListQuery, Timeouts, TokioClock};
use epay_domain::Clock;
use futures_util::stream;
use serde::Deserialize;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// How many there are at once, of all operators.
pub(super) const STREAMS: usize = 64;
/// How often it is looked whether to end.
const PAUSE: Duration = Duration::from_secs(1);
/// How many pauses there are between two looks at the log.
const LOOK_EVERY: u32 = 2;
/// How many of a list are looked at: a page of it.
const LOOKED_AT: usize = 50;

pub(super) async fn script() -> Response {
    let kind = (header::CONTENT_TYPE, "text/javascript; charset=utf-8");
    ([kind, (header::CACHE_CONTROL, "max-age=3600")], include_str!("live.js")).into_response()
}

/// What a page shows: one attempt, or lists of one shop or of all.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Watched {
    shop: String,
    invoice: String,
    /// How it was when the page was made.
    seen: u64,
}

/// The address of the stream for a page. Ask for it before the page is read, so that no change falls
/// between the two.
pub(super) async fn address(shops: &[ShopRef], shop: &str, invoice: Option<&InvoiceId>) -> String {
    let seen = state(shops, invoice).await;
    let invoice = invoice.map_or("", |invoice| invoice.as_str());
    format!("/console/live?shop={shop}&invoice={invoice}&seen={seen}")
}

pub(super) async fn stream(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Query(watched): Query<Watched>,
) -> Response {
    let shops = match watched.shop.as_str() {
        "" => session.shops(&app),
        name => session.shop(&app, name).into_iter().collect(),
    };
    if shops.is_empty() {
        return no_such_page();
    }
    let Ok(place) = Arc::clone(&app.console().streams).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let invoice = InvoiceId::new(&watched.invoice).ok();
    // A browser that has lost the stream says what it was told last.
    let told = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let seen = told.unwrap_or(watched.seen);
    let watch = Watch { app, headers, shops, invoice, seen, begun: false, _place: place };
    let events = stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    // A proxy that collects answers would hold the events back.
    ([("x-accel-buffering", "no")], Sse::new(events)).into_response()
}

struct Watch {
    app: App,
    /// What the session is read from again.
    headers: HeaderMap,
    shops: Vec<ShopRef>,
    invoice: Option<InvoiceId>,
    seen: u64,
    begun: bool,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    /// What the page is told next; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        if !std::mem::replace(&mut self.begun, true) {
            return Some(Event::default().comment("watching").retry(Duration::from_secs(3)));
        }
        for _ in 0..LOOK_EVERY {
            let session = Session::of(self.app.console(), &self.headers, TokioClock.now());
            if self.app.is_stopping() || session.is_none() {
                return None;
            }
            TokioClock.sleep(PAUSE).await;
        }
        let state = state(&self.shops, self.invoice.as_ref()).await;
        let changed = self.seen != state;
        self.seen = state;
        // What says nothing is how a client that has gone is noticed.
        Some(match changed {
            // A browser drops an event without data.
            true => Event::default().event("changed").id(state.to_string()).data("look"),
            false => Event::default().comment(""),
        })
    }
}

/// A number that is another one when the page would be. What can't be read counts as it is: not there.
async fn state(shops: &[ShopRef], invoice: Option<&InvoiceId>) -> u64 {
    let mut state = DefaultHasher::new();
    for shop in shops {
        match invoice {
            Some(invoice) => {
                let history = shop.payments.history(invoice).await;
                history.map(|history| history.len()).ok().hash(&mut state);
            }
            None => lists(shop, &mut state).await,
        }
    }
    state.finish()
}

async fn lists(shop: &ShopRef, state: &mut DefaultHasher) {
    let open_since = TokioClock.now() - Timeouts::default().attention;
    for filter in [ListFilter::NeedsAttention { open_since }, ListFilter::All] {
        let query = ListQuery { filter, ..ListQuery::newest(LOOKED_AT) };
        let page = shop.payments.list(query).await.unwrap_or_default();
        for (invoice, attempt) in &page {
            let read = attempt.as_ref().ok().map(|attempt| {
                let up = attempt.payment().contradictions().len();
                (attempt.answer().status.name(), up)
            });
            (invoice.as_str(), read).hash(state);
        }
    }
}
