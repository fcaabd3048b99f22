//! Apple Pay on the shop's page: a session from the fake gateway, and nothing of the request in what is asked.

use super::{answer, send, serve};
use epay_fakewallet::{AppleGateway, GatewayAnswer, Wallet};
use epay_reqwest::ReqwestTransport;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::sync::Arc;

#[allow(dead_code, reason = "a test serves the routes by itself, and not by main")]
#[path = "../../crates/epay-axum/examples/merchant_session.rs"]
mod example;

const NOW: u64 = 1_795_521_600;
const POST: &str = "POST /apple-pay/session";

async fn apple() -> (AppleGateway, ReqwestTransport) {
    let wallet = Wallet::new(4, NOW);
    let gateway = AppleGateway::start(&wallet).await.unwrap();
    let merchant = wallet.merchant("merchant.kz.example.shop");
    gateway.register(merchant.id(), "shop.example.kz");
    let (certificate, key) = (merchant.identity().certificate_pem(), merchant.identity().key_pem());
    let mut roots = RootCertStore::empty();
    roots.add(gateway.root_der().into()).unwrap();
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    let transport = ReqwestTransport::build(|client| {
        client
            .tls_backend_preconfigured(tls.clone())
            .resolve("apple-pay-gateway.apple.com", gateway.address())
    });
    (gateway, transport.unwrap())
}

#[tokio::test]
async fn the_sheet_gets_a_session_whatever_the_browser_sends() {
    let (gateway, transport) = apple().await;
    let address = serve(example::routes(transport).unwrap()).await;
    let elsewhere = br#"{"validationURL":"https://127.0.0.1/steal"}"#;
    let said = answer(send(address, POST, elsewhere).await).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert!(said.contains("merchantSessionIdentifier"), "{said}");
    assert!(said.contains("cache-control: no-store\r\n"), "{said}");
    assert_eq!(gateway.asked()[0].host, "apple-pay-gateway.apple.com");
}

#[tokio::test]
async fn without_a_session_the_sheet_is_told_so_and_nothing_of_why() {
    let (gateway, transport) = apple().await;
    let address = serve(example::routes(transport).unwrap()).await;
    for wrong in [GatewayAnswer::Status(417), GatewayAnswer::Body(b"<html>".to_vec())] {
        gateway.answer_next(wrong);
        let said = answer(send(address, POST, b"").await).await;
        assert!(said.starts_with("HTTP/1.1 502"), "{said}");
        assert!(said.ends_with("\r\n\r\n"), "{said}");
    }
}

#[tokio::test]
async fn the_domain_is_proven_where_apple_looks() {
    let (_gateway, transport) = apple().await;
    let address = serve(example::routes(transport).unwrap()).await;
    let path = "GET /.well-known/apple-developer-merchantid-domain-association";
    let said = answer(send(address, path, b"").await).await;
    assert!(said.ends_with("\r\n\r\nwhat Apple's portal gave you"), "{said}");
}

/// Each page that shows them says that they are short.
#[test]
fn no_example_is_longer_than_forty_lines() {
    for example in [
        include_str!("../../crates/epay-axum/examples/callbacks.rs"),
        include_str!("../../crates/epay-axum/examples/three_ds_return.rs"),
        include_str!("../../crates/epay-axum/examples/merchant_session.rs"),
    ] {
        assert!(example.lines().count() <= 40, "{example}");
    }
}
