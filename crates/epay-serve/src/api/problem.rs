//! Problem details (RFC 9457): a stable type for each reason that stops a call before the bank is
//! asked.

use axum::Extension;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use epay::{PayError, PayErrorKind, with_causes};
use serde::Serialize;
use utoipa::ToSchema;

/// The reason why a call was not carried out. It did not charge the payer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The kind of problem, for programs. It is stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:epay:problem:amount-changed")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    /// What was wrong in this call, for a developer.
    detail: String,
    /// The id of the request in the service's log: the same as in the header `X-Request-Id`.
    #[schema(example = "0d8f3a6be2b14c7f9a55e3c1d27b6f04")]
    request_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    Invalid,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    AmountChanged,
    NotNow,
    TooManyTries,
    TooLarge,
    TooSlow,
    TryAgain,
}

impl ProblemKind {
    fn parts(self) -> (&'static str, &'static str, StatusCode) {
        match self {
            ProblemKind::Invalid => {
                ("urn:epay:problem:invalid", "The call is malformed", StatusCode::BAD_REQUEST)
            }
            ProblemKind::Unauthorized => {
                ("urn:epay:problem:unauthorized", "The key is unknown", StatusCode::UNAUTHORIZED)
            }
            ProblemKind::Forbidden => {
                ("urn:epay:problem:forbidden", "The key may not do this", StatusCode::FORBIDDEN)
            }
            ProblemKind::NotFound => {
                ("urn:epay:problem:not-found", "Not found", StatusCode::NOT_FOUND)
            }
            ProblemKind::MethodNotAllowed => (
                "urn:epay:problem:method-not-allowed",
                "Method not allowed",
                StatusCode::METHOD_NOT_ALLOWED,
            ),
            ProblemKind::AmountChanged => (
                "urn:epay:problem:amount-changed",
                "The order exists with another sum",
                StatusCode::CONFLICT,
            ),
            ProblemKind::NotNow => (
                "urn:epay:problem:not-now",
                "The payment does not allow it now",
                StatusCode::CONFLICT,
            ),
            ProblemKind::TooManyTries => (
                "urn:epay:problem:too-many-tries",
                "Too many tries of this order",
                StatusCode::TOO_MANY_REQUESTS,
            ),
            ProblemKind::TooLarge => (
                "urn:epay:problem:too-large",
                "The body is too large",
                StatusCode::PAYLOAD_TOO_LARGE,
            ),
            ProblemKind::TooSlow => (
                "urn:epay:problem:too-slow",
                "The body arrived too slowly",
                StatusCode::REQUEST_TIMEOUT,
            ),
            ProblemKind::TryAgain => (
                "urn:epay:problem:try-again",
                "Temporary failure: trying again is safe",
                StatusCode::SERVICE_UNAVAILABLE,
            ),
        }
    }
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Problem {
        let (name, title, status) = kind.parts();
        let (detail, request_id) = (detail.into(), String::new());
        Problem { kind: name, title, status: status.as_u16(), detail, request_id }
    }

    /// Writes it into `answer`, which was made of it, with the id of its request.
    pub(crate) fn written(mut self, mut answer: Response, request_id: String) -> Response {
        // The detail may have what was sent, and a log has no need of that.
        tracing::info!(problem = self.kind, status = self.status, "a call was refused");
        self.request_id = request_id;
        // A few strings and a number: there is nothing in it that can't be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        answer.headers_mut().remove(header::CONTENT_LENGTH);
        *answer.body_mut() = body.into();
        answer
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Invalid, detail)
    }
}

impl From<PayError> for Problem {
    fn from(error: PayError) -> Problem {
        let kind = match error.kind() {
            PayErrorKind::NoSuchAttempt => ProblemKind::NotFound,
            PayErrorKind::AmountChanged => ProblemKind::AmountChanged,
            PayErrorKind::Refused(_) | PayErrorKind::OtherTerminal => ProblemKind::NotNow,
            PayErrorKind::TooEarly
            | PayErrorKind::NoAnswer
            | PayErrorKind::Key
            | PayErrorKind::Store
            | PayErrorKind::SavedCards
            | PayErrorKind::Random => ProblemKind::TryAgain,
            _ => ProblemKind::Invalid,
        };
        let causes = with_causes(&error);
        let detail = match kind {
            ProblemKind::Invalid => causes,
            ProblemKind::TryAgain => {
                tracing::error!(error = causes, "a call was not carried out");
                error.to_string()
            }
            _ => error.to_string(),
        };
        Problem::new(kind, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        // The body is written where the request's id is known: by `request_id::name`.
        (status, kind, Extension(self)).into_response()
    }
}
