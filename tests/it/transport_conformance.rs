//! Every transport of ours keeps every rule of the contract, over real sockets; every lie about one is found out.

use std::{process::Command, sync::Arc, time::Duration};

use epay_http::Transport;
use epay_hyper::HyperTransport;
use epay_reqwest::ReqwestTransport;
use epay_testkit::conformance;
use rustls::ClientConfig;

use defects::{Defect, Liar};
use own_transport::{blocking::BlockingTransport, closure};
use tls::{issuer, trusting, trusting_root};

mod defects;
mod kept;
#[path = "../../crates/epay/examples/own_transport/main.rs"]
mod own_transport;
mod peer;
mod resumed;
mod tls;

const IDLE: Duration = Duration::from_secs(30);

/// Without kept connections nothing outlives a request, so clones are as good as new ones, and sooner made.
async fn judge(transport: impl Transport + Clone + 'static) {
    conformance::transport(|| transport.clone()).await;
}

/// The same client with connections of its own.
fn another(transport: &HyperTransport) -> HyperTransport {
    transport.clone().keep_connections(32, IDLE)
}

fn another_reqwest(tls: &ClientConfig) -> ReqwestTransport {
    ReqwestTransport::build(|client| client.tls_backend_preconfigured(tls.clone())).unwrap()
}

#[tokio::test]
async fn reqwest_keeps_the_contract() {
    let tls = trusting(&issuer());
    conformance::transport(|| another_reqwest(&tls)).await;
}

#[tokio::test]
async fn reqwest_keeps_the_contract_when_asked_to_keep_no_connection() {
    judge(ReqwestTransport::build(|client| client.pool_max_idle_per_host(0)).unwrap()).await;
}

#[tokio::test]
async fn reqwest_keeps_the_contract_over_tls() {
    conformance::transport_over_tls(|root| another_reqwest(&trusting_root(root))).await;
}

#[tokio::test]
async fn hyper_keeps_the_contract() {
    let transport = HyperTransport::new().unwrap();
    conformance::transport(|| another(&transport)).await;
}

#[tokio::test]
async fn hyper_keeps_the_contract_when_asked_to_keep_no_connection() {
    judge(HyperTransport::new().unwrap().keep_connections(0, IDLE)).await;
}

#[tokio::test]
async fn hyper_keeps_the_contract_over_tls() {
    conformance::transport_over_tls(|root| HyperTransport::with_tls(trusting_root(root))).await;
}

#[tokio::test]
async fn the_closure_of_the_examples_keeps_the_contract() {
    judge(Arc::new(closure::over(closure::client().unwrap()))).await;
}

#[tokio::test]
async fn the_blocking_client_of_the_examples_keeps_the_contract() {
    judge(Arc::new(BlockingTransport)).await;
}

#[test]
fn the_examples_pay() {
    own_transport::main().unwrap();
}

/// Says to [`judged_in_a_process_of_its_own`] which transport is meant.
const WHICH: &str = "EPAY_TESTS_TRANSPORT";

/// Contract rule 12 is about the environment of a process, so it is judged in another process.
#[test]
fn no_transport_uses_a_proxy_of_the_environment() {
    let nobody = "http://127.0.0.1:9";
    for (transport, verdict) in [
        ("reqwest", "1 passed"),
        ("hyper", "1 passed"),
        ("closure", "1 passed"),
        ("blocking", "1 passed"),
        ("liar", "the transport breaks rule 12 of its contract"),
    ] {
        let suite = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "transport_conformance::judged_in_a_process_of_its_own"])
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .envs(
                ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"]
                    .map(|name| (name, nobody)),
            )
            .env(WHICH, transport)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&suite.stdout);
        assert!(said.contains(verdict), "{transport}: {said}");
    }
}

/// Has nothing to judge unless [`WHICH`] names a transport.
#[tokio::test]
async fn judged_in_a_process_of_its_own() {
    match std::env::var(WHICH).as_deref() {
        Err(_) => {}
        Ok("reqwest") => {
            let tls = trusting(&issuer());
            conformance::transport(|| another_reqwest(&tls)).await;
        }
        Ok("hyper") => {
            let transport = HyperTransport::new().unwrap();
            conformance::transport(|| another(&transport)).await;
        }
        Ok("closure") => judge(Arc::new(closure::over(closure::client().unwrap()))).await,
        Ok("blocking") => judge(Arc::new(BlockingTransport)).await,
        Ok(_) => conformance::transport(Liar::many(Some(Defect::ObeysTheEnvironment))).await,
    }
}
