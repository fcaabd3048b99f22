//! A request's body is read within a size and a time.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::fmt;
use std::time::Duration;

/// Neither the bank's post nor a `PaRes` is longer; `epay` reads no more either.
const MOST_BYTES: usize = 64 * 1024;
/// Longer than a slow phone takes for so little.
const MOST_TIME: Duration = Duration::from_secs(10);

/// The whole body; or 413 where it is too large, 408 where it is too slow, 400 where it breaks off.
pub(crate) async fn read(mut request: Request) -> Result<Bytes, BodyRejection> {
    DefaultBodyLimit::max(MOST_BYTES).apply(&mut request);
    let read = tokio::time::timeout(MOST_TIME, Bytes::from_request(request, &())).await;
    read.map_err(|_| BodyRejection(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|rejected| BodyRejection(rejected.into_response().status()))
}

/// What came in could not be read. As a response it is a status without a body: nobody who posts by
/// hand learns what was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyRejection(StatusCode);

impl BodyRejection {
    pub(crate) const MALFORMED: BodyRejection = BodyRejection(StatusCode::BAD_REQUEST);
}

impl IntoResponse for BodyRejection {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl fmt::Display for BodyRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request could not be read, so it was answered with {}", self.0)
    }
}

impl std::error::Error for BodyRejection {}
