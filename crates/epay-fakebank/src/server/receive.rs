//! A request is received whole: in bounded time, and into one buffer, however small its pieces are.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

/// How long a head may take, and then its body.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest head that is read.
pub(super) const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The largest body that is read; a power of two, so that a buffer which doubles ends there.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// All of a body, or the status that says why not.
pub(super) async fn body(body: Incoming) -> Result<Bytes, StatusCode> {
    tokio::time::timeout(TIMEOUT, collect(Limited::new(body, MAX_BODY_BYTES)))
        .await
        .unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
}

/// `BodyExt::collect` would keep every piece, and with it the buffer of the connection that it is a slice of.
async fn collect(mut body: Limited<Incoming>) -> Result<Bytes, StatusCode> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                StatusCode::PAYLOAD_TOO_LARGE
            } else {
                StatusCode::BAD_REQUEST
            }
        })?;
        if let Ok(piece) = frame.into_data() {
            let len = whole.len() + piece.len();
            if len > whole.capacity() {
                whole.reserve_exact(len.next_power_of_two() - whole.len());
            }
            whole.extend_from_slice(&piece);
        }
    }
    Ok(whole.into())
}
