//! The shop: one till for each terminal, and the two addresses that the bank and the payer's
//! browser call.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use epay::{
    Credentials, Environment, ExpiryFormat, HintOutcome, HttpGateway, HyperTransport, InvoiceId,
    Language, Payments, PostLink, Secret, TagKey, TerminalId, read_three_ds_return,
};
use epay_fakebank::server::Running;
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, TWO_STAGE_TERMINAL};
use epay_http::{Authenticity, Claim};
use http::StatusCode;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::clock::DemoClock;
use super::journal::{Diary, Journal};
use crate::Failure;
use crate::timeline::Who;

/// Signs the return links and recognises the bank's callbacks. Published like everything else here:
/// it guards a demo.
const TAG_KEY: [u8; 32] = *b"epay demo, guards no real money!";
/// Longer than anything here takes; without it a demo could hang.
const DEADLINE: Duration = Duration::from_secs(20);

/// The shop, open until dropped.
pub(crate) struct Shop {
    /// Takes the money at once.
    pub(crate) one_stage: Till,
    /// Holds it first.
    pub(crate) two_stage: Till,
    pub(crate) clock: DemoClock,
    pub(crate) diary: Diary,
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// Where payments of one terminal are taken and kept. Clones share everything.
#[derive(Clone)]
pub(crate) struct Till {
    pub(crate) payments: Payments,
    pub(crate) journal: Journal,
}

impl Shop {
    /// Opens a shop that pays with `bank`.
    pub(crate) async fn open(bank: &Running, transport: &HyperTransport) -> Result<Shop, Failure> {
        let clock = DemoClock::default();
        let diary = Diary::new(clock.clone());
        let till = |terminal, first| till(bank, transport.clone(), terminal, first, &diary, &clock);
        let (one_stage, two_stage) =
            (till(SANDBOX_TERMINAL, "100000001")?, till(TWO_STAGE_TERMINAL, "200000001")?);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let operator = Operator {
            payments: one_stage.payments.clone(),
            tags: Arc::new(TagKey::new(TAG_KEY)?),
            terminal: TerminalId::new(SANDBOX_TERMINAL)?,
            diary: diary.clone(),
        };
        let routes = Router::new()
            .route("/3ds", post(payer_is_back))
            .route("/post-link", post(bank_calls))
            .with_state(operator);
        let server = tokio::spawn(async move {
            // It ends only with the task, so there is no end to report.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Shop { one_stage, two_stage, clock, diary, address, server })
    }

    /// An address of the shop, such as `/3ds`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn till(
    bank: &Running,
    transport: HyperTransport,
    terminal: &str,
    first: &str,
    diary: &Diary,
    clock: &DemoClock,
) -> Result<Till, Failure> {
    let environment = Environment::fake_bank(&bank.oauth_url(), &bank.api_url())?;
    let credentials =
        Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), TerminalId::new(terminal)?);
    let gateway = HttpGateway::new(transport, Arc::new(clock.clone()), environment, credentials)
        .with_deadline(DEADLINE)
        .with_tags(TagKey::new(TAG_KEY)?);
    let journal = Journal::new(InvoiceId::new(first)?, diary.clone());
    let payments = Payments::with_clock(gateway, journal.clone(), clock.clone())
        .with_tags(TagKey::new(TAG_KEY)?)
        .with_language(Language::English)
        // The fake bank takes four and six digits alike; which form the bank wants, nobody has
        // confirmed.
        .with_apple_expiry(ExpiryFormat::Yymmdd);
    Ok(Till { payments, journal })
}

/// What the shop's web server needs. Only the one-stage till has stories in which somebody calls.
#[derive(Clone)]
struct Operator {
    payments: Payments,
    tags: Arc<TagKey>,
    terminal: TerminalId,
    diary: Diary,
}

#[derive(Deserialize)]
struct Return {
    state: String,
}

/// The TermUrl: the payer's browser brings `PaRes` and `MD`.
async fn payer_is_back(
    State(operator): State<Operator>,
    Query(back): Query<Return>,
    body: Bytes,
) -> Response {
    let Ok(answer) = read_three_ds_return(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    operator.diary.note(Who::ThePayer, "is back in the shop with an answer");
    match operator.payments.confirm(&back.state, answer).await {
        Ok(outcome) => Html(format!("<p>The payment is {}.", outcome.attempt().answer().status))
            .into_response(),
        Err(_) => StatusCode::FORBIDDEN.into_response(),
    }
}

/// postLink and failurePostLink: whoever calls, and whatever they say, it is a reason to look and
/// no more.
async fn bank_calls(State(operator): State<Operator>, body: Bytes) -> StatusCode {
    let Ok(post_link) = PostLink::read(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    let hint = post_link.check(&operator.tags, &operator.terminal);
    let claim = match post_link.claim() {
        Claim::Approved => "it went through",
        Claim::Failed(_) => "it failed",
        _ => "something happened",
    };
    let proof = match hint.authenticity {
        Authenticity::Proven => "secret_hash is right",
        Authenticity::Unproven => "no secret_hash",
        Authenticity::Forged => "secret_hash is wrong",
    };
    operator
        .diary
        .note(Who::AHint, format!("says of invoice {}: {claim} ({proof})", post_link.invoice()));
    // A shop with real traffic answers first and looks after. Here the order of the lines is worth
    // more.
    let (Ok(noted), Ok(report)) =
        (operator.payments.hint(&hint).await, operator.payments.reconcile().await)
    else {
        return StatusCode::INTERNAL_SERVER_ERROR;
    };
    let reaction = match noted {
        HintOutcome::Due if report.checked > 0 => "checked the status because of it",
        HintOutcome::Due => "did not check again: less than a second has passed",
        HintOutcome::Postponed => "did not check: too many hints about what is settled",
        _ => "did not check: no payment of ours",
    };
    operator.diary.note(Who::We, reaction);
    StatusCode::OK
}
