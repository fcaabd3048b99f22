//! What calls answer with: once for the code and for the document.

use super::problem::Problem;
use crate::view::{DeclineView, Order};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoParams, IntoResponses, ToSchema};

/// Which order: the first name in the path.
#[derive(IntoParams)]
#[into_params(names("order"), parameter_in = Path)]
#[expect(dead_code, reason = "only the document has it: handlers read the names together")]
pub(crate) struct InPath(
    /// the shop's name for the order
    #[param(max_length = 128)]
    String,
);

/// What an order's call answers with: 202 where nobody knows yet, which is no error.
#[derive(IntoResponses)]
pub(crate) enum Answer {
    /// the order as it stands
    #[response(status = 200)]
    Known(Order),
    /// nobody knows yet whether the payer was charged
    #[response(status = 202)]
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

/// What the call of a step answers with.
#[derive(IntoResponses)]
pub(crate) enum StepResponse {
    /// what became of it
    #[response(status = 200)]
    Known(StepAnswer),
    /// nobody knows yet: the same call again tells
    #[response(status = 202)]
    NotYet(StepAnswer),
}

impl IntoResponse for StepResponse {
    fn into_response(self) -> Response {
        match self {
            StepResponse::Known(step) => Json(step).into_response(),
            StepResponse::NotYet(step) => (StatusCode::ACCEPTED, Json(step)).into_response(),
        }
    }
}

/// What became of a capture, a void or a refund.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepAnswer {
    pub(crate) outcome: StepResult,
    /// Why the bank refused it, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decline: Option<DeclineView>,
    pub(crate) order: Order,
}

/// `not_sent`: it never left, and the same call sends it. `given_up`: the bank never showed it, so the wait was
/// ended, by time or by a person; look at the order, and ask anew under another name. `superseded`: the
/// payment went another way. `unknown`: the same call again tells; never ask under another name.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepResult {
    Done,
    Declined,
    NotSent,
    GivenUp,
    Superseded,
    Unknown,
}

/// For the document: every call may be answered so.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a problem is answered by itself; this says so in the document")]
pub(crate) enum NotCarriedOut {
    /// not carried out
    #[response(status = "4XX", content_type = "application/problem+json")]
    Refused(Problem),
    /// not carried out: try again
    #[response(status = 503, content_type = "application/problem+json")]
    TryAgain(Problem),
}
