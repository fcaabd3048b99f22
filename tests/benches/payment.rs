//! A whole payment is a seal and two calls: beside the raw seal and bare hyper-util sending the same bytes.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use epay_domain::{Gateway, Payment, PaymentRequest};
use epay_fakebank::cards;
use epay_http::{HttpGateway, Transport};
use epay_hyper::HyperTransport;
use epay_reqwest::ReqwestTransport;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{runtime, task::JoinSet};

use crate::{
    backend::{self, RawSeal},
    measure, row,
    server::Server,
    shop::{self, Recorded},
};

/// Payments each task makes while it is measured once.
const EACH: u64 = 4;
const KEPT: usize = 16;
const FLOOR: &str = "bare hyper-util and one raw seal";

pub(crate) fn rows() {
    let server = Server::start();
    let recorded = shop::recorded(&server.address);
    let idle = Duration::from_secs(90);
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let hyper =
        Ours::new(HyperTransport::new().unwrap().keep_connections(KEPT, idle), &server, &recorded);
    let kept = ReqwestTransport::build(|client| {
        client.pool_max_idle_per_host(KEPT).pool_idle_timeout(idle)
    });
    let reqwest = Ours::new(kept.unwrap(), &server, &recorded);
    let floor = Floor::new(&recorded);
    for (what, ours, most) in [("hyper", &hyper, 1_300), ("reqwest", &reqwest, 1_500)] {
        for (tasks, many) in [(1, "1 task"), (16, "16 tasks")] {
            let pair = measure::pair(
                tasks * EACH,
                || runtime.block_on(at_once(tasks, || Arc::clone(ours).pay())),
                || runtime.block_on(at_once(tasks, || floor.clone().pay())),
            );
            row::beside(
                &backend::named(&format!("a payment over {what}, {many}")),
                FLOOR,
                &pair,
                Some(most),
            );
        }
    }
}

/// As a server would do it: each payment on a task, so many at a time.
async fn at_once<F: Future<Output = ()> + Send + 'static>(tasks: u64, work: impl Fn() -> F) {
    let mut running = JoinSet::new();
    (0..tasks).for_each(|_| drop(running.spawn(work())));
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

struct Ours {
    gateway: HttpGateway,
    payment: Payment,
    order: PaymentRequest,
}

impl Ours {
    fn new(transport: impl Transport + 'static, server: &Server, recorded: &Recorded) -> Arc<Ours> {
        let gateway = shop::gateway(transport, &server.address);
        Arc::new(Ours { gateway, payment: recorded.held.clone(), order: shop::order() })
    }

    async fn pay(self: Arc<Ours>) {
        for _ in 0..EACH {
            let method = shop::sealed(&self.gateway, cards::VISA_OK).await;
            self.gateway.authorize(&self.payment, method, &self.order).await.unwrap();
        }
    }
}

#[derive(Clone)]
struct Floor {
    client: Client<HttpConnector, Full<Bytes>>,
    token: Request<Bytes>,
    cryptopay: Request<Bytes>,
    raw: RawSeal,
}

impl Floor {
    fn new(recorded: &Recorded) -> Floor {
        let mut connect = HttpConnector::new();
        connect.set_nodelay(true);
        let mut client = Client::builder(TokioExecutor::new());
        let client =
            client.pool_max_idle_per_host(KEPT).retry_canceled_requests(false).build(connect);
        let sent = |part| recorded.of(part).request.clone();
        Floor { client, token: sent("token"), cryptopay: sent("cryptopay"), raw: RawSeal::new() }
    }

    async fn pay(self) {
        for _ in 0..EACH {
            std::hint::black_box(self.raw.seal(shop::PLAINTEXT.as_bytes()));
            for request in [&self.token, &self.cryptopay] {
                let answer = self.client.request(request.clone().map(Full::new)).await.unwrap();
                assert!(answer.status().is_success());
                assert!(!answer.into_body().collect().await.unwrap().to_bytes().is_empty());
            }
        }
    }
}
