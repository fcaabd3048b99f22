//! The fake bank in your process: one model, behind a gateway, behind a transport, and open to be looked at.

use crate::{FakeBankTransport, FakeGateway, ManualClock};
use epay_crypto::Secret;
use epay_domain::{Clock, TerminalId};
use epay_fakebank::{Bank, Millis, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, TWO_STAGE_TERMINAL};
use epay_http::{Credentials, Environment, HttpGateway};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A fake bank without sockets. Clones are the same bank.
///
/// Nothing in it reads a clock or waits: time is its [`clock`](FakeBank::clock), moved by hand.
#[derive(Clone)]
pub struct FakeBank {
    bank: Arc<Mutex<Bank>>,
    clock: ManualClock,
}

impl FakeBank {
    /// Opens a bank with the published sandbox client, a one-stage and a two-stage terminal, and an empty ledger.
    pub fn start() -> FakeBank {
        FakeBank::with(Settings::default())
    }

    /// Opens a bank with settings of one's own.
    pub fn with(settings: Settings) -> FakeBank {
        FakeBank { bank: Arc::new(Mutex::new(Bank::new(settings))), clock: ManualClock::default() }
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

    /// The bank without a wire, on the one-stage terminal: approval takes the money at once.
    pub fn gateway(&self) -> FakeGateway {
        FakeGateway::new(self.clone(), one_stage())
    }

    /// The bank without a wire, on the two-stage terminal: approval holds, a charge or cancel follows.
    pub fn two_stage_gateway(&self) -> FakeGateway {
        FakeGateway::new(self.clone(), two_stage())
    }

    /// The bank behind a [`Transport`](epay_http::Transport): what is sent is bytes.
    pub fn transport(&self) -> FakeBankTransport {
        FakeBankTransport::new(self.clone())
    }

    /// The real gateway over [`transport`](FakeBank::transport), on the one-stage terminal.
    pub fn http_gateway(&self) -> HttpGateway {
        HttpGateway::new(self.transport(), environment(), sandbox(one_stage()))
    }

    /// The real gateway over [`transport`](FakeBank::transport), on the two-stage terminal.
    pub fn two_stage_http_gateway(&self) -> HttpGateway {
        HttpGateway::new(self.transport(), environment(), sandbox(two_stage()))
    }

    pub(crate) fn now(&self) -> Millis {
        Millis(self.clock.now().unix_millis())
    }
}

impl fmt::Debug for FakeBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let booked = self.with_bank(|bank| bank.ledger().len());
        f.debug_struct("FakeBank").field("booked", &booked).finish_non_exhaustive()
    }
}

/// Never resolved: the transport ends in this process.
#[expect(clippy::expect_used, reason = "a constant of this file, checked by every test")]
pub(crate) fn environment() -> Environment {
    Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api").expect("two loopback addresses")
}

fn one_stage() -> TerminalId {
    terminal(SANDBOX_TERMINAL)
}

fn two_stage() -> TerminalId {
    terminal(TWO_STAGE_TERMINAL)
}

#[expect(clippy::expect_used, reason = "a constant of the fake bank, checked by every test")]
fn terminal(uuid: &str) -> TerminalId {
    TerminalId::new(uuid).expect("a uuid")
}

fn sandbox(terminal: TerminalId) -> Credentials {
    Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), terminal)
}
