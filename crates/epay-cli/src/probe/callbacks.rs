//! Counts the callbacks that the bank posts while the probe runs, and answers each with 200.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::Failure;

/// What a callback says that the questions are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Posted {
    pub(super) has_hash: bool,
    pub(super) body: Bytes,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    id: String,
    #[serde(alias = "invoiceID")]
    #[serde(rename = "invoiceId")]
    invoice: String,
    secret_hash: Option<String>,
}

/// By invoice, then by operation. Kept in memory only.
type Heard = Arc<Mutex<BTreeMap<String, BTreeMap<String, Vec<Posted>>>>>;

/// Listens until it is dropped.
pub(super) struct Listener {
    url: String,
    heard: Heard,
    task: tokio::task::JoinHandle<()>,
}

impl Listener {
    pub(super) async fn start(address: SocketAddr, url: Option<&str>) -> Result<Listener, Failure> {
        let socket =
            TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
        let own = format!("http://{}", socket.local_addr()?);
        let heard = Heard::default();
        let app = Router::new().route("/", post(take)).with_state(heard.clone());
        let task = tokio::spawn(async move {
            // It ends with the probe; what goes wrong before shows as callbacks that did not come.
            let _ = axum::serve(socket, app).await;
        });
        Ok(Listener { url: url.map_or(own, str::to_owned), heard, task })
    }

    pub(super) fn url(&self) -> String {
        format!("{}/", self.url.trim_end_matches('/'))
    }

    /// The callbacks about an invoice, those of one operation together.
    pub(super) fn about(&self, invoice: &str) -> Vec<Vec<Posted>> {
        lock(&self.heard)
            .get(invoice)
            .map(|ids| ids.values().cloned().collect())
            .unwrap_or_default()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(heard): State<Heard>, body: Bytes) -> StatusCode {
    let Ok(read) = serde_json::from_slice::<Body>(&body) else { return StatusCode::BAD_REQUEST };
    let has_hash = read.secret_hash.is_some_and(|hash| !hash.is_empty());
    let mut heard = lock(&heard);
    let of_invoice = heard.entry(read.invoice).or_default();
    of_invoice.entry(read.id).or_default().push(Posted { has_hash, body });
    StatusCode::OK
}

fn lock<T>(heard: &Mutex<T>) -> MutexGuard<'_, T> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
