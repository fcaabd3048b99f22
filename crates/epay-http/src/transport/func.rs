//! A closure is a transport: with an HTTP client of your own you need no type of your own.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Transport, TransportError};

/// Makes a transport of `send`, which keeps the [contract](Transport#contract).
///
/// ```
/// use bytes::Bytes;
/// use epay_http::{TransportError, transport_fn};
///
/// let offline = transport_fn(|_request: http::Request<Bytes>| async { Err(TransportError::not_sent("no network")) });
/// assert_eq!(format!("{offline:?}"), "transport_fn(..)");
/// ```
pub fn transport_fn<F, A>(send: F) -> impl Transport + use<F, A>
where
    F: Fn(http::Request<Bytes>) -> A + Send + Sync,
    A: Future<Output = Result<http::Response<Bytes>, TransportError>> + Send,
{
    TransportFn(send)
}

struct TransportFn<F>(F);

#[async_trait]
impl<F, A> Transport for TransportFn<F>
where
    F: Fn(http::Request<Bytes>) -> A + Send + Sync,
    A: Future<Output = Result<http::Response<Bytes>, TransportError>> + Send,
{
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        (self.0)(request).await
    }
}

/// The closure's contents are not shown.
impl<F> fmt::Debug for TransportFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("transport_fn(..)")
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;

    #[test]
    fn the_closure_answers_and_is_not_shown() {
        let hidden = String::from("hush");
        let echo = transport_fn(move |request: http::Request<Bytes>| {
            let body = format!("{hidden} {}", request.uri());
            async { Ok(http::Response::new(Bytes::from(body))) }
        });
        let request = http::Request::get("https://bank.example/").body(Bytes::new()).unwrap();
        assert_eq!(block_on(echo.send(request)).unwrap().body(), "hush https://bank.example/");
        assert_eq!(format!("{echo:?}"), "transport_fn(..)");
    }
}
