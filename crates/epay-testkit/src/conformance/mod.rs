//! A contract is a list of sentences, and a suite tries to break each of them.
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
//! # }
//! ```

#![expect(clippy::panic, clippy::expect_used, reason = "a suite says what it found by panicking in your test")]

mod gateway;

mod transport;

pub use gateway::gateway;

pub use transport::transport;
