//! Endpoints for operations: liveness, readiness, and metrics of the open work.

use crate::apple_pay::ApplePay;
use crate::config::days;
use crate::service::App;
use crate::shop::ShopRef;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use epay::{ListFilter, ListQuery, PaymentStatus, Timeouts, TokioClock};
use epay_domain::{Clock, Timestamp};
use futures_util::future::join_all;
use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

/// A log that takes longer is not ready.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);
/// A shop that fetches its events does so every few minutes.
pub(crate) const UNFETCHED: Duration = Duration::from_secs(60 * 60);

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// 200 while every log can be read and nobody has told the service to stop.
async fn ready(State(app): State<App>) -> (StatusCode, String) {
    if app.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping".to_owned());
    }
    for shop in app.shops() {
        let read = tokio::time::timeout(DEADLINE, shop.payments.list(ListQuery::newest(1))).await;
        if !matches!(read, Ok(Ok(_))) {
            let said = format!("the log of {} can't be read", shop.name);
            return (StatusCode::SERVICE_UNAVAILABLE, said);
        }
    }
    (StatusCode::OK, "ready".to_owned())
}

/// What is in each log, read when it is asked for: so all processes on one database say the same, and
/// a restart forgets nothing. In Prometheus' text format.
async fn metrics(State(app): State<App>) -> Response {
    let mut gauges = Gauges::default();
    // Side by side, so that logs that hang together take no longer than one.
    let read = async |shop| {
        let read = Waiting::read(shop, TokioClock.now());
        (shop, tokio::time::timeout(DEADLINE, read).await)
    };
    for (shop, read) in join_all(app.shops().map(read)).await {
        gauges.add("epay_serve_log_readable", &shop.name, u64::from(matches!(read, Ok(Ok(_)))));
        let (failing, oldest) = shop.webhooks.as_ref().map(|it| it.failing()).unwrap_or_default();
        gauges.add("epay_serve_failing_webhooks", &shop.name, failing);
        gauges.add("epay_serve_oldest_failing_webhook_seconds", &shop.name, oldest.as_secs());
        if shop.seals() {
            let key = shop.payments.bank_key_age();
            gauges.add("epay_serve_bank_key_held", &shop.name, u64::from(key.is_some()));
            if let Some(age) = key {
                gauges.add("epay_serve_bank_key_age_seconds", &shop.name, age.as_secs());
            }
        }
        if let Some(left) = shop.apple_pay.as_ref().and_then(ApplePay::left) {
            gauges.add("epay_serve_apple_pay_days_left", &shop.name, days(left));
        }
        let Ok(Ok(waiting)) = read else { continue };
        gauges.add("epay_serve_open_payments", &shop.name, waiting.open);
        gauges.add("epay_serve_oldest_open_seconds", &shop.name, waiting.oldest.as_secs());
        gauges.add("epay_serve_disputed_payments", &shop.name, waiting.disputed);
        gauges.add("epay_serve_needs_attention", &shop.name, waiting.needs_attention);
        gauges.add("epay_serve_invoices_left", &shop.name, waiting.invoices_left);
        if let Some(waits) = waiting.unfetched {
            gauges.add("epay_serve_oldest_unfetched_event_seconds", &shop.name, waits.as_secs());
        }
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, gauges.text()).into_response()
}

/// How much waits in one log, and what is left of it.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    /// For the bank or the payer.
    pub(crate) open: u64,
    /// Since when the oldest of them does.
    pub(crate) oldest: Duration,
    pub(crate) disputed: u64,
    /// Disputed, or open for so long that somebody was told.
    pub(crate) needs_attention: u64,
    pub(crate) invoices_left: u64,
    /// For how long an event waits to be fetched; `None` where webhooks bring them.
    pub(crate) unfetched: Option<Duration>,
}

impl Waiting {
    pub(crate) async fn read(
        shop: &ShopRef,
        now: Timestamp,
    ) -> Result<Waiting, Box<dyn Error + Send + Sync>> {
        let open = shop.payments.count(ListFilter::Open).await?;
        let disputed = ListFilter::Status(PaymentStatus::Disputed);
        let open_since = now - Timeouts::default().attention;
        let needs_attention = ListFilter::NeedsAttention { open_since };
        Ok(Waiting {
            open: open.attempts,
            oldest: open.open_since.map(|since| now.since(since)).unwrap_or_default(),
            disputed: shop.payments.count(disputed).await?.attempts,
            needs_attention: shop.payments.count(needs_attention).await?.attempts,
            invoices_left: shop.log.invoices_left().await?,
            unfetched: match shop.webhooks {
                Some(_) => None,
                None => {
                    let since = shop.log.event_waits_since(shop.payments.terminal()).await?;
                    Some(since.map(|since| now.since(since)).unwrap_or_default())
                }
            },
        })
    }
}

/// Lines of one name stand together, as the format wants it.
#[derive(Default)]
struct Gauges(Vec<(&'static str, Vec<(String, u64)>)>);

impl Gauges {
    fn add(&mut self, name: &'static str, shop: &str, value: u64) {
        let line = (shop.to_owned(), value);
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, lines)) => lines.push(line),
            None => self.0.push((name, vec![line])),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (name, lines) in &self.0 {
            // Writing to a text does not fail, and a shop's name needs no escape.
            let _ = writeln!(text, "# TYPE {name} gauge");
            for (shop, value) in lines {
                let _ = writeln!(text, "{name}{{shop=\"{shop}\"}} {value}");
            }
        }
        text
    }
}
