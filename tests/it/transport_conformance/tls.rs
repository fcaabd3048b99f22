//! A server whose certificate is wrong hears nothing, and the request to it was certainly not sent.

use std::sync::Arc;

use bytes::Bytes;
use epay_http::{
    Transport,
    TransportErrorKind::{Interrupted, NotSent},
};
use epay_hyper::HyperTransport;
use epay_reqwest::ReqwestTransport;
use http::Request;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::own_transport::{blocking::BlockingTransport, closure};

pub(super) type Issuer = CertifiedIssuer<'static, KeyPair>;

pub(super) fn issuer() -> Issuer {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

pub(super) fn server_config(issuer: &Issuer, name: &str, expired: bool) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    if expired {
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    let certificate = params.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

pub(super) fn trusting(issuer: &Issuer) -> ClientConfig {
    trusting_root(issuer.der())
}

pub(super) fn trusting_root(root: &[u8]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(root.to_vec().into()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// What becomes of a request to a server on loopback that shows this certificate.
async fn check(transport: &dyn Transport, config: ServerConfig, accepted: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://{}/", listener.local_addr().unwrap());
    let request = Request::post(uri).body(Bytes::from_static(b"hush")).unwrap();
    let server = async {
        let (socket, _) = listener.accept().await.unwrap();
        let Ok(mut socket) = TlsAcceptor::from(Arc::new(config)).accept(socket).await else {
            return Vec::new();
        };
        let mut heard = Vec::new();
        while !heard.ends_with(b"hush")
            && socket.read_buf(&mut heard).await.is_ok_and(|bytes| bytes > 0)
        {}
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        let _ = socket.shutdown().await;
        heard
    };
    let (outcome, heard) = tokio::join!(transport.send(request), server);
    assert_eq!(heard.ends_with(b"hush"), accepted, "{transport:?} {outcome:?}");
    if accepted {
        assert_eq!(outcome.unwrap().body(), "ok", "{transport:?}");
    } else {
        assert_eq!(
            outcome.map(|_| ()).map_err(|error| error.kind()),
            Err(NotSent),
            "{transport:?}"
        );
        assert_eq!(heard, b"", "{transport:?}");
    }
}

#[tokio::test]
async fn only_the_right_name_by_a_trusted_issuer_is_believed() {
    let issuer = issuer();
    let transports: [Box<dyn Transport>; 2] = [
        Box::new(
            ReqwestTransport::build(|client| client.tls_backend_preconfigured(trusting(&issuer)))
                .unwrap(),
        ),
        Box::new(HyperTransport::with_tls(trusting(&issuer))),
    ];
    for transport in transports {
        check(&*transport, server_config(&issuer, "127.0.0.1", false), true).await;
        check(&*transport, server_config(&issuer, "127.0.0.2", false), false).await;
        check(&*transport, server_config(&issuer, "bank.example", false), false).await;
        check(&*transport, server_config(&issuer, "127.0.0.1", true), false).await;
        check(&*transport, server_config(&self::issuer(), "127.0.0.1", false), false).await;
    }
}

/// An answer of unknown length ends with its connection, which anybody on the way can end. With TLS only the server can
/// say that it was the end.
#[tokio::test]
async fn an_answer_whose_end_nobody_said_is_cut_off() {
    let issuer = issuer();
    let tls = || trusting(&issuer);
    let transports: [Box<dyn Transport>; 2] = [
        Box::new(
            ReqwestTransport::build(|client| client.tls_backend_preconfigured(tls())).unwrap(),
        ),
        Box::new(HyperTransport::with_tls(tls())),
    ];
    for transport in transports {
        for is_said in [true, false] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let uri = format!("https://{}/", listener.local_addr().unwrap());
            let config = Arc::new(server_config(&issuer, "127.0.0.1", false));
            let server = async {
                let (socket, _) = listener.accept().await.unwrap();
                let mut socket = TlsAcceptor::from(config).accept(socket).await.unwrap();
                let mut heard = Vec::new();
                while !heard.ends_with(b"hush") {
                    assert!(socket.read_buf(&mut heard).await.unwrap() > 0);
                }
                socket.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok").await.unwrap();
                socket.flush().await.unwrap();
                if is_said {
                    socket.shutdown().await.unwrap();
                }
            };
            let request = Request::post(uri).body(Bytes::from_static(b"hush")).unwrap();
            let (outcome, ()) = tokio::join!(transport.send(request), server);
            let kind = outcome.map(|_| ()).map_err(|error| error.kind());
            let expected = if is_said { Ok(()) } else { Err(Interrupted) };
            assert_eq!(kind, expected, "{transport:?}");
        }
    }
}

/// Otherwise the request would be in the connection before anybody noticed.
#[tokio::test]
async fn hyper_asks_nothing_of_a_server_that_speaks_another_http() {
    let issuer = issuer();
    let transport = HyperTransport::with_tls(trusting(&issuer));
    for (protocol, accepted) in [("http/1.1", true), ("h2", false)] {
        let mut config = server_config(&issuer, "127.0.0.1", false);
        config.alpn_protocols = vec![protocol.into()];
        check(&transport, config, accepted).await;
    }
}

#[tokio::test]
async fn an_issuer_that_this_machine_does_not_know_is_not_believed() {
    let transports: [Box<dyn Transport>; 3] = [
        Box::new(ReqwestTransport::new().unwrap()),
        Box::new(HyperTransport::new().unwrap()),
        Box::new(closure::over(closure::client().unwrap())),
    ];
    for transport in transports {
        check(&*transport, server_config(&issuer(), "127.0.0.1", false), false).await;
    }
}

#[tokio::test]
async fn a_transport_without_tls_sends_nothing_to_who_wants_it() {
    let request = Request::post("https://127.0.0.1:9/").body(Bytes::new()).unwrap();
    assert_eq!(BlockingTransport.send(request).await.unwrap_err().kind(), NotSent);
}
