//! A merchant session by reqwest: it shows the merchant identity certificate, follows nothing and does not wait forever.

use std::{error::Error, time::Duration};

use epay_applepay::session::MerchantSession;
use reqwest::{Client, ClientBuilder, Identity, redirect};

/// The files are PEM: the merchant identity certificate, and the private key of its signing request.
///
/// `change` is for a proxy, and for tests; `|client| client` is right in production.
pub(crate) fn client(
    certificate_pem: &str,
    key_pem: &str,
    change: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> reqwest::Result<Client> {
    // The reqwest of this workspace has no cryptography of its own, the one with default features has. That somebody
    // chose one before is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let identity = Identity::from_pem(format!("{certificate_pem}\n{key_pem}").as_bytes())?;
    let client = Client::builder()
        .identity(identity)
        .https_only(true)
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(10));
    change(client).build()
}

/// One client serves all payments; keep it.
pub(crate) async fn session(
    client: &Client,
    request: http::Request<Vec<u8>>,
) -> Result<MerchantSession, Box<dyn Error + Send + Sync>> {
    let mut answer = client.execute(request.try_into()?).await?;
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = answer.status();
    // One piece over the limit is enough to be refused as too large.
    while response.body().len() <= MerchantSession::MAX_BYTES
        && let Some(piece) = answer.chunk().await?
    {
        response.body_mut().extend_from_slice(&piece);
    }
    Ok(MerchantSession::read(response)?)
}
