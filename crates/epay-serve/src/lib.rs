//! `epay` as a service: a merchant API, webhooks, a checkout and a console, for a shop in any language.
//!
//! ```
//! # async fn example(stop: impl Future<Output = ()> + Send + 'static)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let config = epay_serve::Config::read("epay.toml")?;
//! for finding in config.check() {
//!     println!("{finding}");
//! }
//! let service = epay_serve::Service::open(&config).await?;
//! println!("listening on {}", service.address());
//! service.run(stop).await; // until it is told to stop; then it drains
//! # Ok(()) }
//! ```
//!
//! It is a driving adapter over [`epay::Payments`], one for each shop, and keeps nothing of its own: what is
//! not in the log travels in the payer's link. Card numbers are sealed in the payer's browser and never
//! come here. TLS is a proxy's. The program is `epay serve`; its guide is docs/serve.md.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod api_key;
mod apple_pay;
mod bank_key;
mod checkout;
mod client;
mod config;
mod console;
mod doctor;
mod log;
mod operator;
mod ops;
mod request_id;
mod server;
mod service;
mod shop;
mod tries;
mod view;
mod webhook;

pub use api_key::ApiKey;
pub use config::{Config, ConfigError, Finding};
pub use doctor::Diagnosis;
pub use operator::{PasswordHash, WeakPassword};
pub use service::{OpenError, Service};
