//! The bank of the payment bench: a process of its own, so that its processor time is not counted, with fixed answers.

use std::{
    convert::Infallible,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::shop;

/// The argument that makes this program the server.
pub(crate) const WORD: &str = "--server";

/// A running server; stops when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
    /// Two more that speak TLS, as the bank's two hosts.
    pub(crate) tls: [String; 2],
    /// Whom to trust there, in DER.
    pub(crate) root: Vec<u8>,
}

impl Server {
    pub(crate) fn start() -> Server {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut process =
            command.arg(WORD).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let mut words = said.split_whitespace().map(str::to_owned);
        let mut next = || words.next().unwrap();
        let (address, tls) = (next(), [next(), next()]);
        Server { process, address, tls, root: BASE64_STANDARD.decode(next()).unwrap() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

type Answers = [(&'static str, Response<Bytes>); 4];

/// Prints where it listens, and answers until its standard input ends, as it does when the bench is gone.
pub(crate) fn run() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap().block_on(async {
        let (tls, root) = tls();
        let mut listeners = Vec::new();
        for tls in [None, Some(tls.clone()), Some(tls)] {
            listeners.push((TcpListener::bind("127.0.0.1:0").await.unwrap(), tls));
        }
        let addresses: Vec<_> = listeners
            .iter()
            .map(|(listener, _)| listener.local_addr().unwrap().to_string())
            .collect();
        let recorded = shop::recorded(addresses.first().unwrap());
        let answers = ["token", "cryptopay", "public.rsa", "check-status"]
            .map(|part| (part, recorded.of(part).answer.clone()));
        println!("{} {}", addresses.join(" "), BASE64_STANDARD.encode(root));
        let mut serving = JoinSet::new();
        for (listener, tls) in listeners {
            serving.spawn(serve(listener, tls, answers.clone()));
        }
        serving.join_all().await;
    });
}

/// A configuration for 127.0.0.1, and whom to trust for it.
fn tls() -> (TlsAcceptor, Vec<u8>) {
    let key = || KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(root, key()).unwrap();
    let ours = key();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&ours, &issuer).unwrap().der().clone();
    let ours = PrivateKeyDer::try_from(ours.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], ours)
        .unwrap();
    (Arc::new(config).into(), issuer.der().to_vec())
}

async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, answers: Answers) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (answers, tls) = (answers.clone(), tls.clone());
        let service = service_fn(move |request| answer(request, answers.clone()));
        tokio::spawn(async move {
            let http = http1::Builder::new();
            match tls {
                None => drop(http.serve_connection(TokioIo::new(stream), service).await),
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        drop(http.serve_connection(TokioIo::new(stream), service).await);
                    }
                }
            }
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    answers: Answers,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    drop(request.into_body().collect().await);
    let known = answers
        .into_iter()
        .find(|(part, _)| path.contains(part))
        .map(|(_, answer)| answer.map(Full::new));
    Ok(known.unwrap_or_default())
}
