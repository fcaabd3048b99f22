//! A merchant session by hyper: the merchant identity certificate is in the TLS configuration, the rest is a request.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use epay_applepay::session::MerchantSession;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::{Client, connect::Connect};
use rustls::{
    ClientConfig, ConfigBuilder,
    client::WantsClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// The files are PEM: the merchant identity certificate, and the private key of its signing request.
///
/// `tls` says which servers are believed, `ClientConfig::builder().with_platform_verifier()?` in production.
pub(crate) fn identified(
    tls: ConfigBuilder<ClientConfig, WantsClientCert>,
    certificate_pem: &str,
    key_pem: &str,
) -> Result<ClientConfig, Box<dyn Error + Send + Sync>> {
    let certificates =
        CertificateDer::pem_slice_iter(certificate_pem.as_bytes()).collect::<Result<_, _>>()?;
    Ok(tls
        .with_client_auth_cert(certificates, PrivateKeyDer::from_pem_slice(key_pem.as_bytes())?)?)
}

/// One client serves all payments; keep it. It follows no redirects, because it knows none.
pub(crate) async fn session(
    client: &Client<impl Connect + Clone + Send + Sync + 'static, Full<Bytes>>,
    request: http::Request<Vec<u8>>,
) -> Result<MerchantSession, Box<dyn Error + Send + Sync>> {
    let talk = async {
        let (head, body) = client.request(request.map(Full::from)).await?.into_parts();
        let body = Limited::new(body, MerchantSession::MAX_BYTES).collect().await?.to_bytes();
        Ok(MerchantSession::read(http::Response::from_parts(head, body))?)
    };
    tokio::time::timeout(Duration::from_secs(10), talk).await?
}
