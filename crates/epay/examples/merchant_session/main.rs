//! A merchant session from the fake gateway, by reqwest and by hyper: what leaves is what would leave for Apple.

use std::{
    error::Error,
    future::{Ready, ready},
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use epay_applepay::session::{MerchantSession, SessionRequest};
use epay_fakewallet::{AppleGateway, Merchant, Wallet};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tower_service::Service;

pub(crate) mod over_hyper;
pub(crate) mod over_reqwest;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let wallet = Wallet::new(1, 1_795_521_600);
    let merchant = wallet.merchant("merchant.kz.example.shop");
    let gateway = AppleGateway::start(&wallet).await?;
    gateway.register(merchant.id(), "shop.example.kz");

    let asked = SessionRequest::web(merchant.id(), "Shop", "shop.example.kz")?;
    for session in [
        by_reqwest(&gateway, &merchant, &asked).await?,
        by_hyper(&gateway, &merchant, &asked).await?,
    ] {
        let session: serde_json::Value = serde_json::from_slice(session.as_bytes())?;
        if session.get("displayName").is_none_or(|name| name != "Shop") {
            return Err("the session is somebody else's".into());
        }
    }
    Ok(())
}

/// In production all but the two files and the request goes away.
pub(crate) async fn by_reqwest(
    gateway: &AppleGateway,
    merchant: &Merchant,
    asked: &SessionRequest,
) -> Result<MerchantSession, Box<dyn Error + Send + Sync>> {
    let (certificate, key) = (merchant.identity().certificate_pem(), merchant.identity().key_pem());
    let root = reqwest::Certificate::from_der(gateway.root_der())?;
    let client = over_reqwest::client(&certificate, &key, |client| {
        client.no_proxy().tls_certs_only([root]).resolve(HOST, gateway.address())
    })?;
    over_reqwest::session(&client, asked.request()).await
}

/// The same here: in production `tcp` is `HttpConnector::new()`, and the machine's root certificates are trusted.
pub(crate) async fn by_hyper(
    gateway: &AppleGateway,
    merchant: &Merchant,
    asked: &SessionRequest,
) -> Result<MerchantSession, Box<dyn Error + Send + Sync>> {
    let (certificate, key) = (merchant.identity().certificate_pem(), merchant.identity().key_pem());
    let mut roots = RootCertStore::empty();
    roots.add(gateway.root_der().into())?;
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let tls = over_hyper::identified(tls, &certificate, &key)?;

    let mut tcp = HttpConnector::new_with_resolver(At(gateway.address()));
    tcp.enforce_http(false);
    let client = Client::builder(TokioExecutor::new()).build(HttpsConnector::from((tcp, tls)));
    over_hyper::session(&client, asked.request()).await
}

/// The name that is resolved to the fake gateway's address, for a test.
pub(crate) const HOST: &str = "apple-pay-gateway.apple.com";

/// Resolves every name to one address, as a test wants it.
#[derive(Clone)]
struct At(SocketAddr);

impl Service<Name> for At {
    type Response = std::iter::Once<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(std::iter::once(self.0)))
    }
}
