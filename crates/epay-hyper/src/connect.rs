//! Resolves, connects and does the TLS handshake within bounds; no byte of a request is sent before
//! that.

use std::{error::Error, future::poll_fn, sync::Arc, time::Duration};

use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use tower_service::Service;

/// Time to resolve, connect and agree on keys. It bounds the part of a call that is safe to repeat; the rest is
/// bounded by [`HttpGateway::with_deadline`](epay_http::HttpGateway::with_deadline).
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

type Https = HttpsConnector<HttpConnector>;

#[derive(Clone)]
pub(crate) struct Connect(Https);

impl Connect {
    pub(crate) fn new(mut tls: ClientConfig) -> Connect {
        // Only HTTP/1.1 is spoken here, so a server that wants something else is found out before the request is sent.
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        // What is sent early can be sent again by anybody on the way.
        tls.enable_early_data = false;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Connect(HttpsConnector::from((tcp, tls)))
    }

    /// A socket to the host of `uri`, with TLS where it says so.
    pub(crate) async fn to(
        &self,
        uri: Uri,
    ) -> Result<<Https as Service<Uri>>::Response, Box<dyn Error + Send + Sync>> {
        let mut https = self.0.clone();
        let connected = async {
            poll_fn(|context| https.poll_ready(context)).await?;
            https.call(uri).await
        };
        tokio::time::timeout(TIMEOUT, connected).await?
    }
}

/// A configuration of its own, so that no other user of rustls in the process is affected.
pub(crate) fn tls() -> Result<ClientConfig, rustls::Error> {
    let versions = || {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
    };
    // A machine without root certificates can still talk to the fake bank on loopback. With the bank, the handshake
    // fails for want of a trusted issuer, which is before anything was sent.
    let without_roots =
        || Ok(versions()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    versions()?
        .with_platform_verifier()
        .map(|config| config.with_no_client_auth())
        .or_else(|_| without_roots())
}
