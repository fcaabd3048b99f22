//! The merchant API `/v1`: names in the path make every call idempotent, and an unknown outcome is an answer.

mod access;
mod extract;
pub(crate) mod openapi;
mod orders;
mod problem;
mod steps;

pub(crate) use access::Access;
pub(crate) use problem::{Problem, ProblemKind};

use crate::service::App;
use crate::view::Order;
use axum::Json;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Serialize;
use utoipa::ToSchema;

/// No body of the API is longer.
const MOST_BYTES: usize = 16 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/openapi.json", get(document))
        .route("/v1/orders", get(orders::list))
        .route("/v1/orders/{order}", put(orders::put).get(orders::get))
        .route("/v1/orders/{order}/check", post(orders::check))
        .route("/v1/orders/{order}/abandon", post(orders::abandon))
        .route("/v1/orders/{order}/capture", post(steps::capture))
        .route("/v1/orders/{order}/void", post(steps::void))
        .route("/v1/orders/{order}/refunds/{name}", post(steps::refund))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi::document()).into_response()
}

/// What an order's call answers with: 202 where nobody knows yet, which is no error.
pub(crate) enum Answer {
    Known(Order),
    NotYet(Order),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Answer::Known(order) => Json(order).into_response(),
            Answer::NotYet(order) => (StatusCode::ACCEPTED, Json(order)).into_response(),
        }
    }
}

/// What became of a capture, a void or a refund.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepAnswer {
    outcome: StepResult,
    /// Why the bank refused it, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    decline: Option<crate::view::DeclineView>,
    order: Order,
}

/// `not_executed`: it never left, and the same call may be sent again. `superseded`: the payment went
/// another way. `unknown`: the same call again tells; never ask under another name.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepResult {
    Done,
    Declined,
    NotExecuted,
    Superseded,
    Unknown,
}

impl IntoResponse for StepAnswer {
    fn into_response(self) -> Response {
        let known = self.outcome != StepResult::Unknown;
        let status = if known { StatusCode::OK } else { StatusCode::ACCEPTED };
        (status, Json(self)).into_response()
    }
}
