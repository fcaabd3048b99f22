//! A client that blocks its thread is a transport on a pool of threads, where dropping the future hangs up.

use std::net::{Shutdown, TcpStream};

use bytes::Bytes;
use epay::Transport;
use epay_http::TransportError;
use http::{Request, Response};

use super::by_hand;

/// Plain `http`, and each request on a connection of its own.
#[derive(Debug)]
pub(crate) struct BlockingTransport;

#[async_trait::async_trait]
impl Transport for BlockingTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (Some("http"), Some(host)) = (request.uri().scheme_str(), request.uri().host()) else {
            return Err(TransportError::not_sent("this client speaks plain http and nothing else"));
        };
        let address = (host.to_owned(), request.uri().port_u16().unwrap_or(80));
        // Two steps, because only what fails in the first one was certainly not sent.
        let socket =
            on_a_thread(move || TcpStream::connect(address).map_err(TransportError::not_sent))
                .await?;
        let _hangs_up = HangsUp(socket.try_clone().map_err(TransportError::not_sent)?);
        on_a_thread(move || by_hand::exchange(&socket, &request)).await
    }
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TransportError> + Send + 'static,
) -> Result<T, TransportError> {
    tokio::task::spawn_blocking(work).await.map_err(TransportError::interrupted)?
}

/// A thread can't be dropped. It wakes up, though, when its connection ends.
struct HangsUp(TcpStream);

impl Drop for HangsUp {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to wake up.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
