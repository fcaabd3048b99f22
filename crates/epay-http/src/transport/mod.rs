//! The transport port: a transport sends one HTTP request and returns one answer, and HTTP clients
//! plug in here.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;

mod error;
mod func;
mod read_body;
mod safe_to_repeat;

pub use error::{TransportError, TransportErrorKind};
pub use func::transport_fn;
pub use read_body::ReadBody;
pub use safe_to_repeat::SafeToRepeat;

/// The longest answer anybody has to hold: 256 KiB. The bank's longest is a few KiB.
pub const MAX_RESPONSE_BYTES: usize = 256 * 1024;

/// Sends one request and brings its answer.
///
/// # Contract
///
/// 1. It sends method, path, query, headers and body byte for byte.
/// 2. It adds no `Authorization`.
/// 3. Any status is `Ok`: judging is not its part.
/// 4. It follows no redirect.
/// 5. It sends at most once. It has no retry of its own, also not on a kept connection that the server closes while the
///    request is being written. Only a request marked [`SafeToRepeat`] may go out once more where a kept connection
///    turns out to be dead.
/// 6. [`TransportError::not_sent`] only when no byte of the request can have left; anything unsure is
///    [`TransportError::interrupted`].
/// 7. An answer that is cut off is `interrupted`, never a shorter answer.
/// 8. A body over [`MAX_RESPONSE_BYTES`] is [`TransportError::too_large`], and is not collected first.
/// 9. It serves many tasks at once.
/// 10. Dropping the future cancels the wait.
/// 11. Its `Debug` shows no header and no body.
/// 12. It uses no proxy from the process's environment unless it was asked to.
///
/// Deadlines are not its part: [`HttpGateway`](crate::HttpGateway) drops the future.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends `request`, whose URI is absolute.
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError>;

    /// Makes a connection to the host of `uri` ready, because a request that may move money is about to follow.
    ///
    /// It sends no request, and what goes wrong here shows when the request is sent. A transport that keeps no
    /// connections has nothing to do, which is the default.
    async fn prepare(&self, _uri: &http::Uri) {}
}

macro_rules! transport_behind {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<T: Transport + ?Sized> Transport for $pointer {
            async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
                (**self).send(request).await
            }
            async fn prepare(&self, uri: &http::Uri) {
                (**self).prepare(uri).await;
            }
        }
    )*};
}
transport_behind!(&T, Arc<T>, Box<T>);
