//! A closure over the client you have is a transport, once everything is off that the client would do by itself.

use bytes::Bytes;
use epay::Transport;
use epay_http::{ReadBody, TransportError, transport_fn};
use reqwest::{Client, redirect, retry};

pub(crate) fn over(client: Client) -> impl Transport {
    transport_fn(move |request: http::Request<Bytes>| {
        let client = client.clone();
        async move {
            let request = request.try_into().map_err(failed)?;
            let mut answer = client.execute(request).await.map_err(failed)?;
            let mut body = ReadBody::new(answer.content_length())?;
            while let Some(piece) = answer.chunk().await.map_err(failed)? {
                body.push(&piece)?;
            }
            let mut response = http::Response::new(body.finish()?);
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(response)
        }
    })
}

/// Without its URL, because the query of a URL is nobody's business.
fn failed(error: reqwest::Error) -> TransportError {
    let nothing_left = error.is_connect();
    let error = error.without_url();
    if nothing_left { TransportError::not_sent(error) } else { TransportError::interrupted(error) }
}

pub(crate) fn client() -> reqwest::Result<Client> {
    // The reqwest of this workspace has no cryptography of its own. That somebody chose one before is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
}
