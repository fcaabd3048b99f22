//! Both gateways to the fake bank pass, and so they mean the same; a careless one is caught.

use super::*;

fn typed(bank: &FakeBank, terminal: TerminalId) -> crate::FakeGateway {
    if terminal == FakeBank::one_stage() { bank.gateway() } else { bank.two_stage_gateway() }
}

fn http(bank: &FakeBank, terminal: TerminalId) -> epay_http::HttpGateway {
    if terminal == FakeBank::one_stage() { bank.http_gateway() } else { bank.two_stage_http_gateway() }
}

#[tokio::test]
async fn the_gateway_without_a_wire_passes() {
    gateway(typed).await;
}

#[tokio::test]
async fn the_gateway_over_http_passes() {
    gateway(http).await;
}
