//! A merchant session for the Apple Pay sheet on a page of your own, and the file that proves the domain.

use axum::Router;
use epay::{Transport, apple_pay::session::SessionRequest};
use epay_axum::MerchantSessions;
use tokio::net::TcpListener;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// `transport` shows the merchant identity certificate.
pub(crate) fn routes(transport: impl Transport + 'static) -> Result<Router, AnyError> {
    let shop = SessionRequest::web("merchant.kz.example.shop", "Shop", "shop.example.kz")?;
    Ok(Router::new()
        .nest("/apple-pay/session", epay_axum::merchant_session())
        .merge(epay_axum::domain_association("what Apple's portal gave you"))
        .with_state(MerchantSessions::new(shop, transport)))
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), AnyError> {
    let transport = epay::HyperTransport::new()?; // in production with_tls(…), see docs/apple-pay.md
    let listener = TcpListener::bind("127.0.0.1:8802").await?;
    Ok(axum::serve(listener, routes(transport)?).await?)
}
