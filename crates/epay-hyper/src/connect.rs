//! A connection is resolved, made and agreed on keys within bounds, and no byte of a request is sent before that.

use std::{
    error::Error,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

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
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Connect(HttpsConnector::from((tcp, tls)))
    }
}

impl Service<Uri> for Connect {
    type Response = <Https as Service<Uri>>::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connected = self.0.call(uri);
        Box::pin(async move { tokio::time::timeout(TIMEOUT, connected).await? })
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
