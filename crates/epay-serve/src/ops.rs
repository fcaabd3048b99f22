//! For whoever runs it: is it alive, and may it get requests.

use crate::service::App;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use epay::ListQuery;
use std::time::Duration;

/// A log that takes longer is not ready.
const DEADLINE: Duration = Duration::from_secs(5);

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(ready))
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
