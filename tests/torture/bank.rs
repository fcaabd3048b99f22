//! The fake bank as a process of its own, and its admin API. It is never killed: its ledger is the judge.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use bytes::Bytes;
use epay_fakebank::{Fault, LedgerLine, PayerChoice, WireEntry};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::{Failure, end};

/// Ends with the conductor.
pub(crate) struct Bank {
    process: Child,
    urls: Urls,
}

#[derive(Deserialize)]
pub(crate) struct Urls {
    pub(crate) oauth: String,
    pub(crate) api: String,
    admin: String,
}

/// The form that a browser brings back from the 3-D Secure page.
#[derive(Deserialize)]
struct Returned {
    #[serde(rename = "PaRes")]
    pa_res: String,
    #[serde(rename = "MD")]
    md: String,
}

impl Bank {
    pub(crate) fn start(epay: &Path, seed: u64) -> Result<Bank, Failure> {
        let mut command = Command::new(epay);
        command.args(["fakebank", "--json", "--seed", &seed.to_string()]);
        let mut process = command.stdout(Stdio::piped()).spawn().map_err(|error| {
            format!(
                "{}: {error}; `cargo build -p epay-cli` in the same profile makes it",
                epay.display()
            )
        })?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("the bank has no output")?)
            .read_line(&mut line)?;
        let urls = serde_json::from_str(&line)?;
        Ok(Bank { process, urls })
    }

    pub(crate) fn urls(&self) -> &Urls {
        &self.urls
    }

    pub(crate) async fn ledger(&self) -> Result<Vec<LedgerLine>, Failure> {
        self.call(Method::GET, "ledger", &Value::Null).await
    }

    pub(crate) async fn wire(&self) -> Result<Vec<WireEntry>, Failure> {
        self.call(Method::GET, "wire", &Value::Null).await
    }

    pub(crate) async fn plan(&self, faults: &[Fault]) -> Result<(), Failure> {
        self.call::<Value>(Method::POST, "faults", &serde_json::to_value(faults)?).await.map(drop)
    }

    /// The bank ends what waits for a payer who will not come; how many that were.
    pub(crate) async fn expire_challenges(&self) -> Result<u64, Failure> {
        let expired: Value = self.call(Method::POST, "expire-challenges", &Value::Null).await?;
        Ok(expired["expired"].as_u64().unwrap_or(0))
    }

    /// What the payer's browser posts to the shop after the 3-D Secure page; `None` where nothing waits for it any more.
    pub(crate) async fn at_the_page(
        &self,
        pa_req: &str,
        md: &str,
        choice: PayerChoice,
    ) -> Option<String> {
        let page = json!({ "paReq": pa_req, "md": md, "choice": choice });
        let Returned { pa_res, md } = self.call(Method::POST, "acs", &page).await.ok()?;
        Some(
            form_urlencoded::Serializer::new(String::new())
                .append_pair("PaRes", &pa_res)
                .append_pair("MD", &md)
                .finish(),
        )
    }

    /// Of any size, unlike what a transport takes: a ledger is long.
    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        call: &str,
        body: &Value,
    ) -> Result<T, Failure> {
        let url: http::Uri = format!("{}/{call}", self.urls.admin).parse()?;
        let address = url.authority().ok_or("the admin api has no address")?.as_str();
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
        let request = Request::builder()
            .method(method)
            .uri(url.path())
            .header(http::header::HOST, address)
            .header("x-epay-admin", "1")
            .body(Full::new(Bytes::from(body.to_string())))?;
        // Owns the sender: the connection ends when it is dropped.
        let exchange = async move {
            let answer = sender.send_request(request).await?;
            let status = answer.status();
            let body = answer.into_body().collect().await?.to_bytes();
            if !status.is_success() {
                return Err(format!("the admin api answered {status} to {call}").into());
            }
            serde_json::from_slice(&body).map_err(Failure::from)
        };
        let (answered, _) = tokio::join!(exchange, connection);
        answered
    }

    /// Tells it to stop, and whether it ended well.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        end::well(&mut self.process, "the bank").await
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
