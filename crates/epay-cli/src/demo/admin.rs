//! The fake bank's admin API over HTTP: its ledger and wire log are read, faults and falsifications
//! are ordered.

use bytes::Bytes;
use epay::{HyperTransport, Transport};
use epay_fakebank::{Endpoint, LedgerLine, WireEntry};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::Failure;

/// A client of the admin API.
pub(crate) struct Admin {
    base: String,
    transport: HyperTransport,
}

impl Admin {
    pub(crate) fn new(base: String, transport: HyperTransport) -> Admin {
        Admin { base, transport }
    }

    /// Every operation the bank has booked.
    pub(crate) async fn ledger(&self) -> Result<Vec<LedgerLine>, Failure> {
        self.read("ledger").await
    }

    /// Every call that has reached the bank.
    pub(crate) async fn calls(&self) -> Result<Vec<WireEntry>, Failure> {
        self.read("wire").await
    }

    /// How often `endpoint` was called about `subject`, an invoice or an operation id.
    pub(crate) async fn count(&self, endpoint: Endpoint, subject: &str) -> Result<usize, Failure> {
        let calls = self.calls().await?;
        Ok(calls.iter().filter(|call| call.endpoint == endpoint && call.subject == subject).count())
    }

    /// The next call of `endpoint` that no other fault waits for goes wrong as `what` says.
    pub(crate) async fn plan(&self, endpoint: &str, what: &str) -> Result<(), Failure> {
        self.change("faults", &json!({ "on": endpoint, "kind": what })).await
    }

    /// Falsifies what is booked under `invoice`.
    pub(crate) async fn tamper(&self, invoice: &str, how: impl Serialize) -> Result<(), Failure> {
        self.change("tamper", &json!({ "invoice": invoice, "how": how })).await
    }

    async fn read<T: DeserializeOwned>(&self, call: &str) -> Result<T, Failure> {
        let request = http::Request::get(format!("{}/{call}", self.base)).body(Bytes::new())?;
        Ok(serde_json::from_slice(&self.send(request).await?)?)
    }

    async fn change(&self, call: &str, body: &impl Serialize) -> Result<(), Failure> {
        let request = http::Request::post(format!("{}/{call}", self.base))
            .header(http::header::CONTENT_TYPE, "application/json")
            .header("x-epay-admin", "1")
            .body(serde_json::to_vec(body)?.into())?;
        self.send(request).await.map(drop)
    }

    async fn send(&self, request: http::Request<Bytes>) -> Result<Bytes, Failure> {
        let response = self.transport.send(request).await?;
        if response.status().is_success() {
            Ok(response.into_body())
        } else {
            Err(format!("the fake bank's admin api answered {}", response.status()).into())
        }
    }
}
