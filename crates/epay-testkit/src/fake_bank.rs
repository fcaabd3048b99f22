//! The fake bank in your process: one ledger behind a gateway and behind a transport, and open to be looked at.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use epay_crypto::Secret;
use epay_domain::{Challenge, Clock, TerminalId, ThreeDsAnswer};
use epay_fakebank::{
    Bank, Callback, Endpoint, Fault, FaultKind, Millis, PayerChoice, SANDBOX_CLIENT,
    SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, TWO_STAGE_TERMINAL,
};
use epay_http::{Credentials, Environment, HttpGateway};

use crate::{FakeBankTransport, FakeGateway, ManualClock};

/// A fake bank without sockets. Clones are the same bank.
///
/// Nothing in it reads a clock or waits: time is its [`clock`](FakeBank::clock), moved by hand.
#[derive(Clone)]
pub struct FakeBank {
    bank: Arc<Mutex<Bank>>,
    clock: ManualClock,
    disconnected: Arc<AtomicBool>,
    callbacks: Arc<Mutex<Vec<Callback>>>,
}

impl FakeBank {
    /// Opens a bank with the published sandbox client, a one-stage and a two-stage terminal, and an empty ledger.
    pub fn start() -> FakeBank {
        FakeBank::with(Settings::default())
    }

    /// Opens a bank with settings of one's own.
    pub fn with(settings: Settings) -> FakeBank {
        FakeBank {
            bank: Arc::new(Mutex::new(Bank::new(settings))),
            clock: ManualClock::default(),
            disconnected: Arc::default(),
            callbacks: Arc::default(),
        }
    }

    /// The terminal where an approval takes the money at once: the bank's published one.
    pub fn one_stage() -> TerminalId {
        terminal(SANDBOX_TERMINAL)
    }

    /// The terminal where an approval is a hold, and a capture or void follows.
    pub fn two_stage() -> TerminalId {
        terminal(TWO_STAGE_TERMINAL)
    }

    /// The bank without a wire, on the one-stage terminal.
    pub fn gateway(&self) -> FakeGateway {
        FakeGateway::new(self.clone(), FakeBank::one_stage())
    }

    /// The bank without a wire, on the two-stage terminal.
    pub fn two_stage_gateway(&self) -> FakeGateway {
        FakeGateway::new(self.clone(), FakeBank::two_stage())
    }

    /// The bank behind a [`Transport`](epay_http::Transport): what is sent is bytes.
    pub fn transport(&self) -> FakeBankTransport {
        FakeBankTransport::new(self.clone())
    }

    /// The real gateway over [`transport`](FakeBank::transport), on the one-stage terminal.
    pub fn http_gateway(&self) -> HttpGateway {
        HttpGateway::new(self.transport(), environment(), sandbox(FakeBank::one_stage()))
    }

    /// The real gateway over [`transport`](FakeBank::transport), on the two-stage terminal.
    pub fn two_stage_http_gateway(&self) -> HttpGateway {
        HttpGateway::new(self.transport(), environment(), sandbox(FakeBank::two_stage()))
    }

    /// The bank's time, which is also a clock for the code under test.
    pub fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    /// Looks at the bank or changes it: ledger, wire log, planned faults, switches.
    pub fn with_bank<T>(&self, look: impl FnOnce(&mut Bank) -> T) -> T {
        // A test that panicked while looking has failed already; the model itself never stops half-way.
        look(&mut self.bank.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Plans what goes wrong with the next call of `endpoint`.
    pub fn inject_fault(&self, endpoint: Endpoint, kind: FaultKind) {
        self.with_bank(|bank| bank.plan(Fault { on: endpoint, skip: 0, kind }));
    }

    /// Pulls the network cable, or plugs it in: while it is out, no byte leaves.
    pub fn disconnect(&self, disconnected: bool) {
        self.disconnected.store(disconnected, Ordering::SeqCst);
    }

    /// How often `endpoint` was called, at either door.
    pub fn calls(&self, endpoint: Endpoint) -> usize {
        self.with_bank(|bank| {
            bank.wire_log().iter().filter(|entry| entry.endpoint == endpoint).count()
        })
    }

    /// What the payer's browser brings back from the 3-D Secure page; `None` where no payment waits for this challenge.
    pub fn payer_answers(
        &self,
        challenge: &Challenge,
        choice: PayerChoice,
    ) -> Option<ThreeDsAnswer> {
        let pa_res =
            self.with_bank(|bank| bank.pa_res(&challenge.pa_req, &challenge.md, choice))?;
        Some(ThreeDsAnswer::new(pa_res, challenge.md.clone()))
    }

    /// The callbacks sent since the last time: a test delivers them as late, often or forged as it likes.
    pub fn take_callbacks(&self) -> Vec<Callback> {
        std::mem::take(&mut *self.callbacks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn is_disconnected(&self) -> bool {
        self.disconnected.load(Ordering::SeqCst)
    }

    pub(crate) fn now(&self) -> Millis {
        Millis(self.clock.now().unix_millis())
    }

    /// What follows once a call has had its effect: callbacks go out, and the answer is late.
    pub(crate) async fn after_effect(&self, callbacks: Vec<Callback>, delay: u64) {
        self.callbacks.lock().unwrap_or_else(PoisonError::into_inner).extend(callbacks);
        self.clock.sleep(Duration::from_millis(delay)).await;
    }
}

impl fmt::Debug for FakeBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeBank").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Never resolved: the transport ends in this process.
#[expect(clippy::expect_used, reason = "a constant of this file, checked by every test")]
pub(crate) fn environment() -> Environment {
    Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api")
        .expect("two loopback addresses")
}

#[expect(clippy::expect_used, reason = "a constant of the fake bank, checked by every test")]
fn terminal(uuid: &str) -> TerminalId {
    TerminalId::new(uuid).expect("a uuid")
}

fn sandbox(terminal: TerminalId) -> Credentials {
    Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), terminal)
}

#[cfg(test)]
mod tests;
