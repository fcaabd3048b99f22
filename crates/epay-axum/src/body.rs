//! A request's body is read within a size and a time.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use std::time::Duration;

/// Neither the bank's post nor a `PaRes` is longer; `epay` reads no more either.
const MOST_BYTES: usize = 64 * 1024;
/// Longer than a slow phone takes for so little.
const MOST_TIME: Duration = Duration::from_secs(10);

/// The whole body; or 413 where it is too large, 408 where it is too slow, 400 where it breaks off.
pub(crate) async fn read(mut request: Request) -> Result<Bytes, StatusCode> {
    DefaultBodyLimit::max(MOST_BYTES).apply(&mut request);
    let read = tokio::time::timeout(MOST_TIME, Bytes::from_request(request, &())).await;
    read.map_err(|_| StatusCode::REQUEST_TIMEOUT)?
        .map_err(|rejected| rejected.into_response().status())
}
