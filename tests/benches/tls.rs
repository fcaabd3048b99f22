//! A payment and the status after it over TLS: beside bare hyper-util that sends the same bytes over kept connections.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use epay::TokioClock;
use epay_crypto::Secret;
use epay_domain::{Gateway, Payment, PaymentRequest};
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, cards};
use epay_http::{Credentials, Environment, HttpGateway, Transport};
use epay_hyper::{HyperTransport, PROVEN_FOR};
use epay_reqwest::ReqwestTransport;
use epay_testkit::FakeBank;
use http::{Request, Uri, uri::PathAndQuery};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::{runtime, time};

use crate::{
    backend::{self, RawSeal},
    measure, row,
    server::Server,
    shop::{self, Recorded},
};

const FLOOR: &str = "bare hyper-util, kept connections, and one raw seal";
/// A payment sooner after the last one finds its connection proven.
const LONG: Duration = PROVEN_FOR.saturating_mul(2);

pub(crate) fn rows() {
    let server = Server::start();
    let recorded = shop::recorded(&server.address);
    let tls = trusting(&server.root);
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let floor = Floor::new(tls.clone(), &server, &recorded);
    let kept = HyperTransport::with_tls(tls.clone());
    let renewed = kept.clone().keep_connections(0, Duration::ZERO);
    let client = tls.clone();
    let reqwest =
        ReqwestTransport::build(move |builder| builder.tls_backend_preconfigured(client.clone()));
    let reqwest = Ours::new(reqwest.unwrap(), &server, &recorded);
    let hyper = Ours::new(kept, &server, &recorded);
    let none = Ours::new(renewed, &server, &recorded);
    for (what, ours, wait, most) in [
        ("hyper", &hyper, Duration::ZERO, Some(1_300)),
        ("hyper, nothing proven", &hyper, LONG, None),
        ("hyper, no connection kept", &none, Duration::ZERO, None),
        ("reqwest", &reqwest, Duration::ZERO, None),
    ] {
        let pair =
            measure::pair(1, || runtime.block_on(ours.pay(wait)), || runtime.block_on(floor.pay()));
        let what = format!("a payment and its status by TLS over {what}");
        row::beside(&backend::named(&what), FLOOR, &pair, most);
    }
}

fn trusting(root: &[u8]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(root.to_vec().into()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

struct Ours {
    gateway: HttpGateway,
    payment: Payment,
    order: PaymentRequest,
}

impl Ours {
    fn new(transport: impl Transport + 'static, server: &Server, recorded: &Recorded) -> Ours {
        let [oauth, api] = &server.tls;
        let base = |host: &str| format!("https://{host}");
        let environment = Environment::fake_bank(&base(oauth), &base(api)).unwrap();
        let credentials =
            Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), FakeBank::two_stage());
        let clock = Arc::new(TokioClock);
        let gateway = HttpGateway::new(transport, clock, environment, credentials);
        Ours { gateway, payment: recorded.held.clone(), order: shop::order() }
    }

    async fn pay(&self, wait: Duration) {
        if !wait.is_zero() {
            time::pause();
            time::advance(wait).await;
            time::resume();
        }
        let method = shop::sealed(&self.gateway, cards::VISA_OK).await;
        self.gateway.authorize(&self.payment, method, &self.order).await.unwrap();
        self.gateway.status(&self.payment).await.unwrap();
    }
}

struct Floor {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    requests: [Request<Bytes>; 3],
    raw: RawSeal,
}

impl Floor {
    fn new(tls: ClientConfig, server: &Server, recorded: &Recorded) -> Floor {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new());
        let client = client.build(HttpsConnector::from((tcp, tls)));
        let [oauth, api] = &server.tls;
        let requests = [(oauth, "token"), (api, "cryptopay"), (api, "check-status")]
            .map(|(host, part)| to(host, recorded.of(part).request.clone()));
        Floor { client, requests, raw: RawSeal::new() }
    }

    async fn pay(&self) {
        std::hint::black_box(self.raw.seal(shop::PLAINTEXT.as_bytes()));
        for request in &self.requests {
            let answer = self.client.request(request.clone().map(Full::new)).await.unwrap();
            assert!(answer.status().is_success());
            assert!(!answer.into_body().collect().await.unwrap().to_bytes().is_empty());
        }
    }
}

/// The same request to another host.
fn to(host: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    *request.uri_mut() = Uri::try_from(format!("https://{host}{target}")).unwrap();
    request
}
