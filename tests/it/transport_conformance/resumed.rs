//! A new connection resumes the TLS session of an earlier one and sends nothing early; the bank's two hosts are apart.

use std::sync::Arc;

use bytes::Bytes;
use epay::{Credentials, Environment, HttpGateway, Money, Secret, TokioClock};
use epay_domain::{
    Command, Gateway, InvoiceId, Payment, PaymentRequest, SealedMethod, TerminalId, Timestamp,
};
use epay_http::{SafeToRepeat, Transport};
use epay_hyper::{HyperTransport, PROVEN_FOR};
use epay_reqwest::ReqwestTransport;
use http::Request;
use rustls::{ClientConfig, ServerConfig, version};
use tokio::{sync::Notify, time::advance};

use super::{
    peer::{Peer, Socket},
    tls::{Issuer, issuer, server_config, trusting},
};

/// A server and a client that would both take part in early data.
fn eager(issuer: &Issuer) -> (ServerConfig, ClientConfig) {
    let (mut server, mut client) = (server_config(issuer, "127.0.0.1", false), trusting(issuer));
    server.max_early_data_size = 1024;
    client.enable_early_data = true;
    (server, client)
}

async fn each_has_a_connection(transport: &dyn Transport, server: ServerConfig) {
    let peer = Peer::willing(Some(Arc::new(server))).await;
    for _ in 0..4 {
        let request = Request::post(format!("{}/money", peer.uri)).body(Bytes::new()).unwrap();
        assert_eq!(transport.send(request).await.unwrap().body(), "ok");
    }
    let seen = peer.seen();
    assert_eq!((seen.full_handshakes, seen.resumed_handshakes), (1, 3), "{transport:?}");
    assert!(!seen.early_data, "{transport:?}");
}

#[tokio::test]
async fn a_new_connection_resumes_a_session_and_sends_nothing_early() {
    let issuer = issuer();
    for versions in [&[&version::TLS13][..], &[&version::TLS12]] {
        for over_hyper in [true, false] {
            let (mut server, client) = eager(&issuer);
            server.alpn_protocols = vec![b"http/1.1".to_vec()];
            let mut client = limited(client, versions, &issuer);
            // Whoever gives reqwest a configuration decides this in it.
            client.enable_early_data &= over_hyper;
            let transport: Box<dyn Transport> = if over_hyper {
                Box::new(HyperTransport::with_tls(client))
            } else {
                let build = |builder: reqwest::ClientBuilder| {
                    builder.tls_backend_preconfigured(client.clone())
                };
                Box::new(ReqwestTransport::build(build).unwrap())
            };
            each_has_a_connection(&*transport, server).await;
        }
    }
}

/// The same client with fewer versions.
fn limited(
    client: ClientConfig,
    versions: &[&'static rustls::SupportedProtocolVersion],
    issuer: &Issuer,
) -> ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();
    let mut limited = ClientConfig::builder_with_provider(Arc::clone(client.crypto_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    limited.enable_early_data = client.enable_early_data;
    limited
}

/// What is safe teaches the client for money the session.
#[tokio::test]
async fn the_two_clients_of_reqwest_share_their_sessions() {
    let issuer = issuer();
    let client = trusting(&issuer);
    let build = |builder: reqwest::ClientBuilder| builder.tls_backend_preconfigured(client.clone());
    let transport = ReqwestTransport::build(build).unwrap();
    let server = server_config(&issuer, "127.0.0.1", false);
    let peer = Peer::willing(Some(Arc::new(server))).await;
    let uri = || format!("{}/", peer.uri);
    for request in [Request::get(uri()).extension(SafeToRepeat), Request::post(uri())] {
        transport.send(request.body(Bytes::new()).unwrap()).await.unwrap();
    }
    let seen = peer.seen();
    assert_eq!((seen.full_handshakes, seen.resumed_handshakes), (1, 1));
}

const TOKEN: &str = r#"{"access_token":"T","expires_in":"1200"}"#;

fn says(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Gives tokens out, each only once a connection to the other host is open.
async fn oauth(tls: Arc<ServerConfig>, is_open: Arc<Notify>) -> Peer {
    let script = move |mut socket: Socket| {
        let is_open = Arc::clone(&is_open);
        async move {
            while socket.request().await.is_some() {
                is_open.notified().await;
                socket.write(&says(TOKEN)).await;
            }
        }
    };
    Peer::start(Some(tls), script).await
}

async fn api(tls: Arc<ServerConfig>, is_open: Arc<Notify>) -> Peer {
    let script = move |mut socket: Socket| {
        is_open.notify_one();
        async move {
            while let Some(path) = socket.request().await {
                let is_status = path.contains("check-status");
                let body = if is_status { r#"{"resultCode":"102"}"# } else { r#"{"code":0}"# };
                socket.write(&says(body)).await;
            }
        }
    };
    Peer::start(Some(tls), script).await
}

/// The token comes from another host than the money goes to. The connection for the money is made meanwhile, and a
/// status proves it alive for the next.
#[tokio::test(start_paused = true)]
async fn the_connection_for_money_is_made_while_the_token_is_fetched() {
    let issuer = issuer();
    let tls = Arc::new(server_config(&issuer, "127.0.0.1", false));
    let is_open = Arc::<Notify>::default();
    let oauth = oauth(Arc::clone(&tls), Arc::clone(&is_open)).await;
    let api = api(tls, Arc::clone(&is_open)).await;
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    let credentials = Credentials::new("test", Secret::new("hush"), terminal.clone());
    let bank = Environment::fake_bank(&oauth.uri, &api.uri).unwrap();
    let transport = HyperTransport::with_tls(trusting(&issuer));
    let gateway = HttpGateway::new(transport, Arc::new(TokioClock), bank, credentials);

    let opened = Payment::open(InvoiceId::new("100000017").unwrap(), Money::tenge(1), terminal);
    let asked = opened.decide(Command::Authorize, Timestamp::default()).unwrap();
    let payment = opened.apply(&asked);
    let order = PaymentRequest::new("Order 17").unwrap();
    let pay = async || {
        let method = SealedMethod::card("c2VhbGVk".to_owned());
        gateway.authorize(&payment, method, &order).await.unwrap();
    };

    pay().await;
    assert_eq!((oauth.over(), api.over()), (vec![0], vec![0]));
    is_open.notify_one(); // the token for the status
    gateway.status(&payment).await.unwrap();
    is_open.notify_one(); // no other connection to the api is needed
    pay().await;
    assert_eq!((oauth.over(), api.over()), (vec![0; 3], vec![0; 3]));
    advance(PROVEN_FOR * 2).await;
    pay().await;
    let api = api.seen();
    assert_eq!(api.requests.last().map(|(number, _)| *number), Some(1));
    assert_eq!((api.full_handshakes, api.resumed_handshakes), (1, 1));
}
