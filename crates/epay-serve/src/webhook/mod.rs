//! Webhooks: notifications from the log are posted to the shop, signed, until every endpoint has
//! answered with 2xx.

mod address;
mod failing;
mod sign;

pub(crate) use address::{Endpoint, is_public};
pub(crate) use sign::SigningSecret;

use failing::Failing;

use crate::view::{Order, Timelines, event_name};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use epay::{Notification, NotificationHandler, TokioClock, Transport, with_causes};
use epay_domain::Clock;
use epay_reqwest::ReqwestTransport;
use futures_util::future::join_all;
use serde_json::json;
use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tracing::Instrument;

/// How long an endpoint may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// When a webhook that an endpoint has not answered with 2xx is logged as an error.
const FLAGGED_AFTER: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// How many ids an endpoint is remembered to have taken in, while another has not.
const REMEMBERED: usize = 10_000;

/// Whoever a shop has named to be told, by the [Standard Webhooks](https://www.standardwebhooks.com)
/// convention.
#[derive(Clone)]
pub(crate) struct Webhooks {
    targets: Arc<[Target]>,
    failing: Arc<Failing>,
    timelines: Timelines,
}

impl Webhooks {
    pub(crate) fn to(targets: Vec<Target>, timelines: Timelines) -> Webhooks {
        Webhooks { targets: targets.into(), failing: Arc::default(), timelines }
    }

    /// How many webhooks fail, and for how long the oldest of them.
    pub(crate) fn failing(&self) -> (u64, Duration) {
        self.failing.read()
    }
}

/// One endpoint.
pub(crate) struct Target {
    endpoint: Endpoint,
    secrets: Vec<SigningSecret>,
    transport: ReqwestTransport,
    /// What it has taken in while another endpoint of the shop has not, so that it does not get it again
    /// and again. After a restart it may.
    taken_in: Mutex<HashSet<String>>,
}

impl Target {
    pub(crate) fn new(
        endpoint: Endpoint,
        secrets: Vec<SigningSecret>,
    ) -> Result<Target, Box<dyn Error + Send + Sync>> {
        let transport = endpoint.transport()?;
        Ok(Target { endpoint, secrets, transport, taken_in: Mutex::default() })
    }

    fn taken_in(&self) -> MutexGuard<'_, HashSet<String>> {
        self.taken_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn tell(&self, id: &str, body: &Bytes, repeated: bool) -> Result<(), NotTaken> {
        if !repeated && self.taken_in().contains(id) {
            return Ok(());
        }
        let told = tokio::time::timeout(DEADLINE, self.post(id, body)).await;
        told.unwrap_or(Err(NotTaken::Slow))?;
        if repeated {
            return Ok(()); // it may be remembered nowhere, and comes no more by itself
        }
        let mut taken_in = self.taken_in();
        if taken_in.len() >= REMEMBERED {
            taken_in.clear();
        }
        taken_in.insert(id.to_owned());
        Ok(())
    }

    async fn post(&self, id: &str, body: &Bytes) -> Result<(), NotTaken> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the receiver compares it with its own clock"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let signatures: Vec<String> = self
            .secrets
            .iter()
            .map(|secret| format!("v1,{}", STANDARD.encode(secret.sign(id, now, body))))
            .collect();
        let request = http::Request::post(self.endpoint.url())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signatures.join(" "))
            .body(body.clone());
        let request = request.map_err(|_| NotTaken::Unsendable)?;
        let answer = self.transport.send(request).await;
        // What it says beside its status is nothing to us.
        let status = answer.map_err(|error| NotTaken::Failed(error.into()))?.status();
        if status.is_success() { Ok(()) } else { Err(NotTaken::Said(status.as_u16())) }
    }
}

#[async_trait]
impl NotificationHandler for Webhooks {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let id = notification.id();
        // Whatever is said of it is found by the id that the shop has seen.
        let span = tracing::info_span!("webhook", %id);
        self.deliver(&id, notification).instrument(span).await
    }
}

impl Webhooks {
    async fn deliver(
        &self,
        id: &str,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let body = Bytes::from(body(notification, &self.timelines));
        let repeated = notification.is_repeated();
        let told =
            join_all(self.targets.iter().map(|target| target.tell(id, &body, repeated))).await;
        let mut failed = None;
        for (target, told) in self.targets.iter().zip(told) {
            if let Err(error) = told {
                log_failure(target, notification, &error);
                failed = Some(error);
            }
        }
        match failed {
            Some(error) => {
                if !repeated {
                    self.failing.failed(id, age(notification));
                }
                Err(error.into())
            }
            None => {
                self.failing.taken_in(id);
                self.targets.iter().for_each(|target| {
                    target.taken_in().remove(id);
                });
                Ok(())
            }
        }
    }
}

/// What is posted: the kind, and the order as it stands now.
fn body(notification: &Notification, timelines: &Timelines) -> String {
    let order = Order::of(notification.attempt(), timelines);
    json!({
        "type": event_name(notification),
        "data": order,
    })
    .to_string()
}

fn log_failure(target: &Target, notification: &Notification, error: &NotTaken) {
    let host = target.endpoint.host();
    let error = with_causes(error);
    if age(notification) > FLAGGED_AFTER {
        tracing::error!(host, error, "a webhook has had no 2xx for three days");
    } else {
        tracing::warn!(host, error, "a webhook was not answered with 2xx, and is sent again");
    }
}

/// How old what it tells is.
fn age(notification: &Notification) -> Duration {
    let now = TokioClock.now();
    notification.attempt().payment().heard_at().map_or(Duration::ZERO, |at| now.since(at))
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.targets.iter().map(|target| target.endpoint.host())).finish()
    }
}

#[derive(Debug)]
enum NotTaken {
    Slow,
    Unsendable,
    Said(u16),
    Failed(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotTaken::Slow => f.write_str("no answer in ten seconds"),
            NotTaken::Unsendable => f.write_str("the address can't be asked"),
            NotTaken::Said(status) => write!(f, "it answered with {status}"),
            NotTaken::Failed(_) => f.write_str("it was not reached"),
        }
    }
}

impl Error for NotTaken {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            NotTaken::Failed(error) => Some(&**error),
            _ => None,
        }
    }
}
