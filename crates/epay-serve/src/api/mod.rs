//! The merchant API `/v1`: names in the path make every call idempotent, and an unknown outcome is
//! an answer.

mod access;
mod answer;
mod events;
mod extract;
mod in_app;
pub(crate) mod openapi;
mod orders;
mod problem;
mod steps;

pub(crate) use access::{Access, OrderAccess};
pub(crate) use answer::{Answer, InPath, NotCarriedOut, StepAnswer, StepResponse, StepResult};
pub(crate) use problem::{Problem, ProblemKind};

use crate::service::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};

/// No body of the API is longer.
const MOST_BYTES: usize = 16 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/openapi.json", get(document))
        .route("/v1/orders", get(orders::list))
        .route("/v1/orders/{order}", put(orders::put).get(orders::get))
        .route("/v1/orders/{order}/check", post(orders::check))
        .route("/v1/orders/{order}/abandon", post(orders::abandon))
        .route("/v1/orders/{order}/retry", post(orders::retry))
        .route("/v1/orders/{order}/capture", post(steps::capture))
        .route("/v1/orders/{order}/capture/{name}", post(steps::capture_again))
        .route("/v1/orders/{order}/void", post(steps::void))
        .route("/v1/orders/{order}/void/{name}", post(steps::void_again))
        .route("/v1/orders/{order}/refunds/{name}", post(steps::refund))
        .route("/v1/orders/{order}/webhook", post(events::send_again))
        .route("/v1/orders/{order}/app-token", post(in_app::token))
        .route("/v1/orders/{order}/apple-pay", post(in_app::apple_pay))
        .route("/v1/events", get(events::feed))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi::document()).into_response()
}
