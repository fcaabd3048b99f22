//! The ready transport keeps every sentence of the Transport contract, with and without kept connections.

use epay_reqwest::ReqwestTransport;
use epay_testkit::conformance;
use std::process::Command;

#[tokio::test]
async fn reqwest_keeps_the_contract() {
    let transport = ReqwestTransport::new().unwrap();
    conformance::transport(|| transport.clone()).await;
}

#[tokio::test]
async fn reqwest_keeps_the_contract_when_asked_to_keep_connections() {
    conformance::transport(|| ReqwestTransport::build(|client| client.pool_max_idle_per_host(8)).unwrap()).await;
}

/// Contract sentence 12 is about the environment of a process, so it is judged in another process.
#[test]
fn reqwest_uses_no_proxy_of_the_environment() {
    let nobody = "http://127.0.0.1:9";
    let suite = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "transport_conformance::reqwest_keeps_the_contract"])
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .envs(["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"].map(|name| (name, nobody)))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&suite.stdout);
    assert!(suite.status.success() && said.contains("1 passed"), "{said}");
}
