//! A merchant session comes back byte for byte over real TLS, and every other answer is explained, whoever the client is.

use std::sync::Arc;

use epay_applepay::session::{
    MerchantSession, SessionError, SessionErrorKind,
    SessionErrorKind::{
        Malformed, NotASession, NotRegistered, Redirected, TooLarge, Unavailable, WrongAddress,
    },
    SessionRequest, ValidationUrl,
};
use epay_fakewallet::{AppleGateway, Credential, GatewayAnswer, Merchant, Wallet};
use epay_http::Transport;
use epay_hyper::HyperTransport;
use epay_reqwest::ReqwestTransport;
use http::{Method, Request};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::{Value, json};

#[path = "../../crates/epay/examples/merchant_session/main.rs"]
pub(crate) mod example;

use example::{by_hyper, by_reqwest, over_hyper};

const NOW: u64 = 1_795_521_600;
const SHOP: &str = "shop.example.kz";

struct World {
    wallet: Wallet,
    gateway: AppleGateway,
    merchant: Merchant,
}

impl World {
    async fn new() -> World {
        let wallet = Wallet::new(4, NOW);
        let (gateway, merchant) = (
            AppleGateway::start(&wallet).await.unwrap(),
            wallet.merchant("merchant.kz.example.shop"),
        );
        gateway.register(merchant.id(), SHOP);
        World { wallet, gateway, merchant }
    }

    fn asked(&self) -> SessionRequest {
        SessionRequest::web(self.merchant.id(), "Дүкен", SHOP).unwrap()
    }

    /// What the answer to this request is by each of the two clients.
    async fn ask(&self, asked: &SessionRequest) -> [Result<MerchantSession, Failure>; 2] {
        self.ask_as(&self.merchant, asked).await
    }

    async fn ask_as(
        &self,
        merchant: &Merchant,
        asked: &SessionRequest,
    ) -> [Result<MerchantSession, Failure>; 2] {
        [
            by_reqwest(&self.gateway, merchant, asked).await,
            by_hyper(&self.gateway, merchant, asked).await,
        ]
    }

    /// Both clients meet this answer.
    fn plan(&self, answer: &GatewayAnswer) {
        self.gateway.answer_next(answer.clone());
        self.gateway.answer_next(answer.clone());
    }

    fn tls(&self, shown: &Credential) -> ClientConfig {
        over_hyper::identified(self.believing(), &shown.certificate_pem(), &shown.key_pem())
            .unwrap()
    }

    fn believing(&self) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
        let mut roots = RootCertStore::empty();
        roots.add(self.gateway.root_der().into()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
    }

    /// For a client that can't be told where a name is: the same request to the address itself.
    fn request_to_address(&self) -> Request<bytes::Bytes> {
        let mut request = self.asked().request().map(bytes::Bytes::from);
        let uri = format!("https://{}/paymentservices/paymentSession", self.gateway.address());
        *request.uri_mut() = uri.parse().unwrap();
        request
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[track_caller]
fn check_refused(answers: [Result<MerchantSession, Failure>; 2], kind: SessionErrorKind) {
    for answer in answers {
        let error = answer.unwrap_err();
        assert_eq!(error.downcast::<SessionError>().unwrap().kind(), kind);
    }
}

#[test]
fn the_examples_get_their_sessions() {
    example::main().unwrap();
}

/// So a reader copies what was run.
#[test]
fn the_page_shows_the_files_of_the_examples() {
    let page = include_str!("../../docs/apple-pay.md");
    for example in [
        include_str!("../../crates/epay/examples/merchant_session/over_reqwest.rs"),
        include_str!("../../crates/epay/examples/merchant_session/over_hyper.rs"),
    ] {
        let (_, example) = example.split_once('\n').unwrap();
        let block = format!("```rust\n{}\n```", example.replace("pub(crate) ", "").trim());
        assert!(page.contains(&block), "this is not on docs/apple-pay.md:\n{block}");
    }
}

#[tokio::test]
async fn what_leaves_is_the_request_to_apple_with_the_identity_certificate() {
    let world = World::new().await;
    let answers = world.ask(&world.asked()).await;
    let [first, second] =
        answers.map(|answer| serde_json::from_slice::<Value>(answer.unwrap().as_bytes()).unwrap());
    assert_eq!(first["displayName"], "Дүкен");
    assert_ne!(
        first["merchantSessionIdentifier"], second["merchantSessionIdentifier"],
        "one for each payment"
    );
    let asked = world.gateway.asked();
    assert_eq!(asked.len(), 2);
    for asked in asked {
        assert_eq!(asked.method, Method::POST);
        assert_eq!(
            format!("https://{}{}", asked.host, asked.target),
            ValidationUrl::APPLE.as_str()
        );
        assert_eq!(asked.certificate, world.merchant.identity().certificate_der());
        let expected = json!({
            "merchantIdentifier": world.merchant.id(),
            "displayName": "Дүкен",
            "initiative": "web",
            "initiativeContext": SHOP,
        });
        assert_eq!(serde_json::from_slice::<Value>(&asked.body).unwrap(), expected);
    }
}

#[tokio::test]
async fn the_answer_is_passed_on_byte_for_byte() {
    let world = World::new().await;
    let body = "\n { \"b\":1.0e2, \"a\" : \"\\u0041\\/\",\t\"a\":[ ] } ";
    world.plan(&GatewayAnswer::Body(body.into()));
    for answer in world.ask(&world.asked()).await {
        assert_eq!(answer.unwrap().as_bytes(), body.as_bytes());
    }
}

#[tokio::test]
async fn what_does_not_belong_together_is_417() {
    let world = World::new().await;
    let other = world.wallet.merchant("merchant.kz.example.other");
    let elsewhere = SessionRequest::web(world.merchant.id(), "Shop", "other.example.kz").unwrap();
    check_refused(world.ask(&elsewhere).await, NotRegistered);
    check_refused(world.ask_as(&other, &world.asked()).await, NotRegistered);
    world.gateway.register(world.merchant.id(), "other.example.kz");
    assert!(world.ask(&elsewhere).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn each_answer_is_explained() {
    let world = World::new().await;
    for (status, kind) in
        [(400, Malformed), (404, WrongAddress), (417, NotRegistered), (503, Unavailable)]
    {
        world.plan(&GatewayAnswer::Status(status));
        check_refused(world.ask(&world.asked()).await, kind);
    }
    for body in ["", "[]", "<html></html>", "{\"a\":1"] {
        world.plan(&GatewayAnswer::Body(body.into()));
        check_refused(world.ask(&world.asked()).await, NotASession);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = World::new().await;
    world.plan(&GatewayAnswer::Redirect(ValidationUrl::APPLE.to_string()));
    check_refused(world.ask(&world.asked()).await, Redirected);
    assert_eq!(world.gateway.asked().len(), 2);
}

#[tokio::test]
async fn an_answer_without_end_is_not_collected() {
    let world = World::new().await;
    world.plan(&GatewayAnswer::Oversize);
    let [reqwest, hyper] = world.ask(&world.asked()).await;
    assert_eq!(reqwest.unwrap_err().downcast::<SessionError>().unwrap().kind(), TooLarge);
    assert!(hyper.unwrap_err().is::<http_body_util::LengthLimitError>());
}

/// The clock jumps as soon as everybody waits.
#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let world = World::new().await;
    world.plan(&GatewayAnswer::Hang);
    let [reqwest, hyper] = world.ask(&world.asked()).await;
    assert!(reqwest.unwrap_err().downcast::<reqwest::Error>().unwrap().is_timeout());
    assert!(hyper.unwrap_err().is::<tokio::time::error::Elapsed>());
}

#[tokio::test]
async fn whoever_shows_no_identity_certificate_is_not_heard() {
    let world = World::new().await;
    let strangers = Wallet::new(5, NOW).merchant(world.merchant.id());
    for (shown, tls) in [
        ("none", world.believing().with_no_client_auth()),
        ("the processing certificate", world.tls(world.merchant.processing())),
        ("one of another authority", world.tls(strangers.identity())),
    ] {
        let answer = HyperTransport::with_tls(tls).send(world.request_to_address()).await;
        assert!(answer.is_err(), "{shown}");
    }
    assert_eq!(world.gateway.asked().len(), 0);
}

#[tokio::test]
async fn the_ready_transports_bring_sessions_too() {
    let world = World::new().await;
    let transports: [Box<dyn Transport>; 2] = [
        Box::new(
            ReqwestTransport::build(|client| {
                client.tls_backend_preconfigured(world.tls(world.merchant.identity()))
            })
            .unwrap(),
        ),
        Box::new(HyperTransport::with_tls(world.tls(world.merchant.identity()))),
    ];
    for transport in transports {
        let answer = transport.send(world.request_to_address()).await.unwrap();
        let session = MerchantSession::read(answer).unwrap();
        assert!(session.as_str().contains("merchantSessionIdentifier"), "{transport:?}");
    }
}

const OTHER_INITIATIVE: &str =
    r#"{"merchantIdentifier":"a","displayName":"b","initiative":"c","initiativeContext":"d"}"#;

/// The fake says to a mistaken request what Apple would, so a test against it finds the mistake.
#[tokio::test]
async fn the_fake_gateway_reads_what_it_is_sent() {
    let world = World::new().await;
    let transport = HyperTransport::with_tls(world.tls(world.merchant.identity()));
    let status_of = async |change: fn(&mut Request<bytes::Bytes>)| {
        let mut request = world.request_to_address();
        change(&mut request);
        transport.send(request).await.unwrap().status().as_u16()
    };
    assert_eq!(status_of(|_| ()).await, 200);
    assert_eq!(status_of(|request| *request.method_mut() = Method::PUT).await, 404);
    assert_eq!(
        status_of(|request| *request.uri_mut() = format!("{}x", request.uri()).parse().unwrap())
            .await,
        404
    );
    assert_eq!(status_of(|request| *request.body_mut() = "{}".into()).await, 400);
    assert_eq!(status_of(|request| *request.body_mut() = "merchantIdentifier=a".into()).await, 400);
    assert_eq!(status_of(|request| *request.body_mut() = OTHER_INITIATIVE.into()).await, 400);
    assert_eq!(status_of(|request| *request.body_mut() = vec![b' '; 17 * 1024].into()).await, 400);
}
