//! The wire and the log, watched: what passes is drawn in the order in which it happened.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use epay::{
    Credentials, Environment, HttpGateway, MemoryStore, Notification, NotificationHandler, Secret,
    TerminalId, Transport,
};
use epay_domain::{
    Command, Created, DeadProof, Event, EventKind, Fact, NewPayment, PaymentStore, Queue, Schedule,
    Source, StoreError, StoreLayer, Stored, Timestamp,
};
use epay_http::TransportError;
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET};
use serde_json::Value;
use std::error::Error;
use std::time::Duration;

use super::sequence::{Sequence, Tone};

/// What has happened so far. Clones write the same story.
#[derive(Clone, Debug)]
pub(crate) struct Story(Arc<Mutex<Sequence>>);

impl Story {
    pub(crate) fn new(title: &'static str, lines: &[(&'static str, &'static str)]) -> Story {
        Story(Arc::new(Mutex::new(Sequence::new(title, lines))))
    }

    pub(crate) fn tell(&self, how: impl FnOnce(&mut Sequence)) {
        how(&mut self.0.lock().unwrap());
    }

    pub(crate) fn ask(&self, way: (&str, &str), text: &str, detail: &str) {
        self.tell(|it| it.message(way, Tone::Ask, text, detail));
    }

    pub(crate) fn answer(&self, way: (&str, &str), text: &str, detail: &str) {
        self.tell(|it| it.message(way, Tone::Answer, text, detail));
    }

    pub(crate) fn svg(&self) -> String {
        self.0.lock().unwrap().svg()
    }
}

/// The bank's wire, seen from the process `who`. Tokens and the bank's key are left out.
#[derive(Debug)]
pub(crate) struct WatchedWire {
    who: &'static str,
    bank: FakeBank,
    story: Story,
}

impl WatchedWire {
    /// The gateway to `bank` over it.
    pub(crate) fn gateway(who: &'static str, bank: &FakeBank, story: &Story) -> HttpGateway {
        let environment =
            Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api").unwrap();
        let terminal: TerminalId = FakeBank::one_stage();
        let credentials = Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), terminal);
        let wire = WatchedWire { who, bank: bank.clone(), story: story.clone() };
        HttpGateway::new(wire, Arc::new(bank.clock()), environment, credentials)
    }

    fn captured(&self) -> u64 {
        self.bank.with_bank(|bank| bank.ledger().iter().map(|it| it.captured.minor()).sum())
    }
}

#[async_trait]
impl Transport for WatchedWire {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let path = request.uri().path().trim_start_matches("/api").to_owned();
        let shown = !(path.starts_with("/oauth") || path == "/public.rsa");
        if shown {
            let calls = ["check-status", "cryptopay", "confirm"];
            let call = calls.into_iter().find(|call| path.contains(call)).unwrap();
            self.story.ask((self.who, "bank"), &format!("{} {call}", request.method()), "");
        }
        let before = self.captured();
        let answer = self.bank.transport().send(request).await;
        let taken = self.captured() - before;
        if taken > 0 {
            let tenge = taken / 100;
            self.story.tell(|it| it.note("bank", "good", &format!("takes {tenge} tenge")));
        }
        match &answer {
            _ if !shown => {}
            Ok(answer) => {
                let (text, detail) = (answer.status().as_u16().to_string(), says(answer.body()));
                let text = if detail.is_empty() { text } else { format!("{text}, {detail}") };
                self.story.answer(("bank", self.who), &text, "");
            }
            Err(_) => self.story.tell(|it| {
                it.message(("bank", self.who), Tone::Lost, "lost", "");
            }),
        }
        answer
    }
}

/// What of an answer decides: the name of a status, or that it asks for 3-D Secure.
fn says(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let status = body.pointer("/transaction/statusName").and_then(Value::as_str);
    match status {
        Some(status) => status.to_owned(),
        None if body["secure3D"].is_object() => "secure3D".to_owned(),
        None => String::new(),
    }
}

/// The log, seen from the process `who`.
#[derive(Debug)]
pub(crate) struct WatchedLog {
    pub(crate) who: &'static str,
    pub(crate) log: Arc<MemoryStore>,
    pub(crate) story: Story,
    /// Where versions and claims are drawn: whether this process has claimed something.
    pub(crate) claims: Option<AtomicBool>,
}

#[async_trait]
impl StoreLayer for WatchedLog {
    fn inner(&self) -> &dyn PaymentStore {
        &*self.log
    }

    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        let created = self.log.create(new, at, after).await?;
        if let Created::New(stored) = &created {
            let detail = stored.payment.invoice().to_string();
            self.story.ask((self.who, "log"), "new attempt", &detail);
        }
        Ok(created)
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let written = self.log.append(onto, events, schedule).await;
        for event in events {
            let (text, detail) = if self.claims.is_some() {
                (format!("write onto {}", onto.version.0), of(event))
            } else {
                (of(event), String::new())
            };
            self.story.ask((self.who, "log"), &text, &detail);
        }
        if self.claims.is_some() && !events.is_empty() {
            match &written {
                Ok(stored) => {
                    let text = format!("version {}", stored.version.0);
                    self.story.answer(("log", self.who), &text, "");
                }
                Err(_) => self.story.tell(|it| {
                    it.note("log", "bad", "refused: there is another version");
                }),
            }
        }
        written
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        let claimed = self.log.claim_due(queue, terminal, now, limit, lease).await?;
        let Some(has_claimed) = &self.claims else { return Ok(claimed) };
        // Whoever has claimed something asks in the same round whether there is more: not drawn.
        if queue == Queue::UnknownChecks && !has_claimed.load(Ordering::SeqCst) {
            self.story.ask((self.who, "log"), "claim", "what is due");
            for stored in &claimed {
                let text = format!("version {}", stored.version.0);
                let detail = format!("leased for {} s", lease.as_secs());
                self.story.answer(("log", self.who), &text, &detail);
                has_claimed.store(true, Ordering::SeqCst);
            }
            if claimed.is_empty() {
                self.story.answer(("log", self.who), "nothing", "");
            }
        }
        Ok(claimed)
    }
}

/// An event in a few words.
fn of(event: &Event) -> String {
    match &event.kind {
        EventKind::Asked(Command::Authorize) => "asked: authorize".to_owned(),
        EventKind::Asked(Command::HandOver { .. }) => "asked: at the pay form".to_owned(),
        EventKind::Asked(Command::Confirm) => "asked: confirm".to_owned(),
        EventKind::Unanswered(_) => "no answer".to_owned(),
        EventKind::Observed(seen) => {
            let source = if seen.source == Source::Status { "status" } else { "reply" };
            let fact = match &seen.fact {
                Fact::Captured { .. } => "captured",
                Fact::ThreeDsRequired(_) => "3-D Secure",
                Fact::Approved => "approved",
                other => panic!("no picture has {other:?} so far"),
            };
            format!("{source}: {fact}")
        }
        EventKind::Notified { kind, .. } => format!("notified: {kind}"),
        other => panic!("no picture has {other:?} so far"),
    }
}

/// The shop that is told.
#[derive(Debug)]
pub(crate) struct WatchedShop(pub(crate) Story);

#[async_trait]
impl NotificationHandler for WatchedShop {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let order = notification.attempt().order().as_str();
        self.0.ask(("epay", "shop"), &notification.kind().to_string(), order);
        Ok(())
    }
}
