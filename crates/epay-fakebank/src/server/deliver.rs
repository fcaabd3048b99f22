//! An answer leaves whole, or is cut on the socket itself: no head at all, or fewer bytes than `Content-Length` says.

use std::{
    convert::Infallible,
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::{Either, Full};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// A body that arrives, or one that does not.
pub(super) type Body = Either<Full<Bytes>, Truncated>;

/// The error that makes hyper drop the connection.
#[derive(Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is cut as planned")
    }
}

impl Error for Cut {}

impl From<Infallible> for Cut {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

pub(super) fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(|body| Either::Left(Full::new(body)))
}

pub(super) fn truncated(mut response: Response<Bytes>, bytes: usize) -> Response<Body> {
    // Set here, because a body that fails has no length of its own.
    let whole = HeaderValue::from(response.body().len());
    response.headers_mut().insert(header::CONTENT_LENGTH, whole);
    response.map(|body| {
        // A cut needs something to be missing.
        let kept = bytes.min(body.len().saturating_sub(1));
        Either::Right(Truncated { first: Some(body.slice(..kept)), flushed: false })
    })
}

/// Gives its first bytes, waits until they have left, then fails.
pub(super) struct Truncated {
    first: Option<Bytes>,
    flushed: bool,
}

impl HttpBody for Truncated {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if !self.flushed {
            // hyper flushes what it has when a body is not ready; failing at once would drop the first bytes unsent.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Cut)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::new()
    }
}
