//! A contract is a list of rules, and a suite tries to break each of them.
//!
//! ```
//! # async fn my_tests() {
//! use epay_testkit::{FakeBank, conformance};
//! // Your HTTP client, made into a transport; your own way to the bank; your own log.
//! # let my_transport = || FakeBank::start().transport();
//! conformance::transport(my_transport).await;
//! # let my_gateway = |bank: &FakeBank, terminal: epay_domain::TerminalId| {
//! #     if terminal == FakeBank::one_stage() { bank.http_gateway() } else { bank.two_stage_http_gateway() }
//! # };
//! conformance::gateway(my_gateway).await;
//! conformance::pay_form(my_gateway).await;
//! # }
//! ```

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a suite says what it found by panicking in your test"
)]

mod gateway;
mod pay_form;
mod store;

mod transport;

pub use gateway::gateway;
pub use pay_form::pay_form;
pub use store::{durable_store, store};

pub use transport::transport;
#[cfg(feature = "tls")]
pub use transport::transport_over_tls;

/// What a suite panics with.
#[cfg(test)]
async fn complaint(suite: impl Future<Output = ()> + 'static) -> String {
    let judged = tokio::task::LocalSet::new()
        .run_until(async { tokio::task::spawn_local(suite).await })
        .await;
    let Err(panicked) = judged else { return String::new() };
    let panic = panicked.into_panic();
    panic
        .downcast_ref::<String>()
        .cloned()
        .or(panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_default()
}
