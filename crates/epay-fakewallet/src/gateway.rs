//! Apple's gateway for merchant sessions on loopback: it accepts nobody without a merchant identity
//! certificate.

use std::{
    collections::{BTreeSet, VecDeque},
    convert::Infallible,
    future::pending,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime},
    server::WebPkiClientVerifier,
    time_provider::TimeProvider,
};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use super::{Wallet, certificate::Extension, keys::sha256, merchant::pem};

/// The names it answers to, which are Apple's: so what you send is the request that you send in production. Have your
/// client resolve the name to [`AppleGateway::address`].
const NAMES: [&str; 6] = [
    "apple-pay-gateway.apple.com",
    "cn-apple-pay-gateway.apple.com",
    "apple-pay-gateway-cert.apple.com",
    "cn-apple-pay-gateway-cert.apple.com",
    "localhost",
    "127.0.0.1",
];

const PATHS: [&str; 2] = ["/paymentservices/paymentSession", "/paymentservices/startSession"];

const REQUEST_BYTES: usize = 16 * 1024;

/// Sixteen times what a client should be ready to take.
const OVERSIZE: usize = 1024 * 1024;

/// What the gateway does with one request instead of what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayAnswer {
    /// This HTTP status with a body of Apple's form: 400, 404 and 417 are those that Apple describes.
    Status(u16),
    /// A redirect to this address.
    Redirect(String),
    /// A 200 with this in it.
    Body(Vec<u8>),
    /// A 200 with a JSON object of a mebibyte.
    Oversize,
    /// No answer for as long as the client waits.
    Hang,
}

/// One request that came in, as it came.
#[derive(Clone, Debug)]
pub struct AskedSession {
    /// The method.
    pub method: Method,
    /// The path and query.
    pub target: String,
    /// The `Host` header.
    pub host: String,
    /// The body.
    pub body: Vec<u8>,
    /// The client's certificate as DER.
    pub certificate: Vec<u8>,
}

/// Apple's gateway, fake. It stops when it is dropped.
///
/// As Apple does, it asks for a merchant identity certificate, which must be of this wallet's merchant CA, and answers
/// 400 to a body it can't read, 404 at another path, and 417 when merchant identifier, domain and certificate do not
/// belong together.
#[derive(Debug)]
pub struct AppleGateway {
    address: SocketAddr,
    root: Vec<u8>,
    operator: Arc<Operator>,
    accepting: JoinHandle<()>,
}

impl AppleGateway {
    /// Opens on a free port of loopback, for the merchants of this wallet. Clients' certificates are judged at the
    /// wallet's time.
    pub async fn start(wallet: &Wallet) -> io::Result<AppleGateway> {
        let now = wallet.authority.now;
        let (tls, root) = tls(wallet, now).map_err(io::Error::other)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let operator = Arc::new(Operator { now, state: Mutex::default() });
        let accepting =
            tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(tls)), Arc::clone(&operator)));
        Ok(AppleGateway { address, root, operator, accepting })
    }

    /// Where your client has to go instead of to Apple.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The root certificate, as DER, that your client has to trust instead of the world's.
    pub fn root_der(&self) -> &[u8] {
        &self.root
    }

    /// The same as PEM.
    pub fn root_pem(&self) -> String {
        pem("CERTIFICATE", &self.root)
    }

    /// What a merchant does in Apple's developer portal: registers a domain under its identifier.
    pub fn register(&self, merchant_id: &str, domain: &str) {
        self.operator.state().registered.insert((merchant_id.to_owned(), domain.to_owned()));
    }

    /// The next request without a plan of its own is answered so.
    pub fn answer_next(&self, answer: GatewayAnswer) {
        self.operator.state().planned.push_back(answer);
    }

    /// Every request so far, in order of arrival. Who had no certificate was not heard.
    pub fn asked(&self) -> Vec<AskedSession> {
        self.operator.state().asked.clone()
    }
}

impl Drop for AppleGateway {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What all connections share.
#[derive(Debug)]
struct Operator {
    now: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    registered: BTreeSet<(String, String)>,
    planned: VecDeque<GatewayAnswer>,
    asked: Vec<AskedSession>,
    /// Sessions given out.
    sessions: u64,
}

impl Operator {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, request: Request<Incoming>, certificate: &[u8]) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, REQUEST_BYTES).collect().await else {
            return refusal(400);
        };
        let asked = AskedSession {
            method: head.method,
            target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            host: head
                .headers
                .get(header::HOST)
                .map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned())
                .unwrap_or_default(),
            body: body.to_bytes().to_vec(),
            certificate: certificate.to_vec(),
        };
        let planned = {
            let mut state = self.state();
            state.asked.push(asked.clone());
            state.planned.pop_front()
        };
        match planned {
            None => self.honest(&asked),
            Some(GatewayAnswer::Status(status)) => refusal(status),
            Some(GatewayAnswer::Redirect(to)) => {
                let mut answer = refusal(302);
                if let Ok(to) = to.parse() {
                    answer.headers_mut().insert(header::LOCATION, to);
                }
                answer
            }
            Some(GatewayAnswer::Body(body)) => Response::new(body.into()),
            Some(GatewayAnswer::Oversize) => {
                Response::new(format!("{{\"a\":\"{}\"}}", "x".repeat(OVERSIZE)).into())
            }
            Some(GatewayAnswer::Hang) => pending().await,
        }
    }

    /// What Apple would say.
    fn honest(&self, asked: &AskedSession) -> Response<Full<Bytes>> {
        if asked.method != Method::POST || !PATHS.contains(&asked.target.as_str()) {
            return refusal(404);
        }
        let Ok(body) = serde_json::from_slice::<Value>(&asked.body) else { return refusal(400) };
        let field =
            |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(merchant), Some(name), Some("web" | "messaging" | "in_app"), Some(context)) = (
            field("merchantIdentifier"),
            field("displayName"),
            field("initiative"),
            field("initiativeContext"),
        ) else {
            return refusal(400);
        };
        let mut state = self.state();
        let known = state.registered.contains(&(merchant.to_owned(), context.to_owned()));
        if !known
            || !holds(&asked.certificate, &Extension::merchant_hash(&sha256(merchant.as_bytes())))
        {
            return refusal(417);
        }
        state.sessions += 1;
        let number = state.sessions;
        drop(state);
        json_answer(200, &session(self.now, number, merchant, name, context))
    }
}

/// The members that Apple's sessions were seen with. Nothing in it is signed: whoever reads it is to pass it on.
fn session(now: u64, number: u64, merchant: &str, name: &str, context: &str) -> Value {
    let made =
        |what: &str| hex(&sha256(format!("{what} {number} {merchant} {context}").as_bytes()));
    json!({
        "epochTimestamp": now * 1000,
        "expiresAt": (now + 3600) * 1000,
        "merchantSessionIdentifier": format!("SSH{}", made("session")),
        "nonce": made("nonce").get(..8),
        "merchantIdentifier": hex(&sha256(merchant.as_bytes())),
        "domainName": context,
        "displayName": name,
        "operationalAnalyticsIdentifier": format!("{name}:{}", hex(&sha256(merchant.as_bytes()))),
        "retries": 0,
        "pspId": hex(&sha256(merchant.as_bytes())),
        "signature": made("signature"),
    })
}

/// Whether the certificate has this very extension. The fake gateway trusts who issued it, so a look is enough.
fn holds(certificate: &[u8], extension: &Extension) -> bool {
    let der = extension.der();
    certificate.windows(der.len()).any(|window| window == der)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Status and text in a body, as was seen of Apple's older services.
fn refusal(status: u16) -> Response<Full<Bytes>> {
    let text =
        json!({"statusMessage": "Payment Services Exception", "statusCode": status.to_string()});
    json_answer(status, &text)
}

fn json_answer(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(body.to_string()));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    answer
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, operator: Arc<Operator>) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        connections.spawn(talk(socket, tls.clone(), Arc::clone(&operator)));
        while connections.try_join_next().is_some() {}
    }
}

/// One connection. Whatever goes wrong on it is the client's to notice.
async fn talk(socket: TcpStream, tls: TlsAcceptor, operator: Arc<Operator>) {
    let Ok(socket) = tls.accept(socket).await else { return };
    let certificate =
        socket.get_ref().1.peer_certificates().and_then(<[_]>::first).map(|der| der.to_vec());
    let certificate = certificate.unwrap_or_default();
    // The payment processing certificate is of the same authority, and not made for this.
    if !holds(&certificate, &Extension::client_auth()) {
        return;
    }
    let service = service_fn(|request| async {
        Ok::<_, Infallible>(operator.serve(request, &certificate).await)
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
}

/// The configuration, and the root that clients trust.
fn tls(
    wallet: &Wallet,
    now: u64,
) -> Result<(ServerConfig, Vec<u8>), Box<dyn std::error::Error + Send + Sync>> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(NAMES.map(str::to_owned))?.signed_by(&key, &root)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;

    let mut merchants = RootCertStore::empty();
    merchants.add(CertificateDer::from(wallet.merchant_ca_der()))?;
    let provider = Arc::new(ring::default_provider());
    let merchants =
        WebPkiClientVerifier::builder_with_provider(Arc::new(merchants), Arc::clone(&provider))
            .build()?;
    let clock = Arc::new(Stopped(UnixTime::since_unix_epoch(Duration::from_secs(now))));
    let mut tls = ServerConfig::builder_with_details(provider, clock)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(merchants)
        .with_single_cert(vec![certificate.der().clone()], key)?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((tls, root.der().to_vec()))
}

/// The wallet's time, so that no test begins to fail with the years.
#[derive(Debug)]
struct Stopped(UnixTime);

impl TimeProvider for Stopped {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}
