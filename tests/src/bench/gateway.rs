//! The real gateway, over a transport that a test plays.

use async_trait::async_trait;
use epay::{Credentials, Environment, HttpGateway, KeyTrust, Secret, Transport};
use epay_domain::{Clock, Timestamp};
use epay_testkit::FakeBank;
use std::sync::Arc;
use std::time::Duration;

/// The gateway of a production shop, on the fake bank's one-stage terminal.
pub fn gateway_over(transport: impl Transport + 'static, alarm: Alarm) -> HttpGateway {
    let credentials = Credentials::new("test", Secret::new("hush"), FakeBank::one_stage());
    let environment = Environment::production(KeyTrust::FirstUse);
    HttpGateway::new(transport, Arc::new(alarm), environment, credentials)
}

/// A clock that stands still, and whose waits end at once or never: a deadline is always over, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// As soon as somebody waits.
    Rings,
    /// Never.
    Silent,
}

#[async_trait]
impl Clock for Alarm {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(1_790_000_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {
        if *self == Alarm::Silent {
            std::future::pending().await
        }
    }
}
