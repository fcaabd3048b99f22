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
use epay_domain::{Challenge, Clock, InvoiceId, Money, TerminalId, ThreeDsAnswer, Timestamp};
use epay_fakebank::{
    Amount, Bank, Callback, End, Endpoint, Fault, FaultKind, Instrument, Millis, NotPayable,
    PayerChoice, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, TWO_STAGE_TERMINAL,
};
use epay_http::{Credentials, Environment, HttpGateway};

use crate::{FakeBankTransport, FakeGateway, ManualClock};

/// A fake bank without sockets. Clones are the same bank.
///
/// Nothing in it reads a clock or waits: time is its [`clock`](FakeBank::clock), moved by hand. The bank's
/// own time follows how far that has come, and not [what its wall shows](ManualClock::set_wall).
#[derive(Clone)]
pub struct FakeBank {
    bank: Arc<Mutex<Bank>>,
    clock: ManualClock,
    opened: Timestamp,
    unplugged: Arc<AtomicBool>,
    callbacks: Arc<Mutex<Vec<Callback>>>,
}

impl FakeBank {
    /// Opens a bank with the published sandbox client, a one-stage and a two-stage terminal, and an empty ledger.
    pub fn start() -> FakeBank {
        FakeBank::with(Settings::default())
    }

    /// Opens a bank with settings of one's own.
    pub fn with(settings: Settings) -> FakeBank {
        let clock = ManualClock::default();
        FakeBank {
            bank: Arc::new(Mutex::new(Bank::new(settings))),
            opened: clock.now(),
            clock,
            unplugged: Arc::default(),
            callbacks: Arc::default(),
        }
    }

    /// The terminal where an approval takes the money at once: the bank's published one.
    pub fn one_stage() -> TerminalId {
        terminal(SANDBOX_TERMINAL)
    }

    /// The terminal where an approval is a hold, and a charge or cancel follows.
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
        self.http_gateway_on(FakeBank::one_stage())
    }

    /// The real gateway over [`transport`](FakeBank::transport), on the two-stage terminal.
    pub fn two_stage_http_gateway(&self) -> HttpGateway {
        self.http_gateway_on(FakeBank::two_stage())
    }

    fn http_gateway_on(&self, terminal: TerminalId) -> HttpGateway {
        let clock = Arc::new(self.clock());
        HttpGateway::new(self.transport(), clock, environment(), sandbox(terminal))
    }

    /// What moves the bank's time, which is also a clock for the code under test.
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
    pub fn disconnect(&self, unplugged: bool) {
        self.unplugged.store(unplugged, Ordering::SeqCst);
    }

    /// Books what somebody else paid under `invoice`, this long ago: as when a number is given out
    /// again. The same number, or one with its last six digits, is then refused as taken.
    ///
    /// # Panics
    /// Where a payment of this number is there already.
    #[expect(clippy::expect_used, reason = "a test's own mistake")]
    pub fn book_stranger(
        &self,
        terminal: &TerminalId,
        invoice: &InvoiceId,
        amount: Money,
        ago: Duration,
    ) {
        let at =
            Millis(self.now().0.saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)));
        let amount = Amount::from_minor(amount.minor());
        self.with_bank(|bank| bank.book_stranger(terminal.as_str(), invoice.as_str(), amount, at))
            .expect("the number is free");
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
        Some(ThreeDsAnswer::new(pa_res.into(), challenge.md.clone().into()))
    }

    /// The payer opens the bank's pay form with the params that a shop's page gave to `halyk.pay`, and pays
    /// there by the card of this number. Gives the id of what the bank has booked, declined or not; `None`
    /// where the connection was cut as planned, be it before or after.
    ///
    /// # Errors
    /// The form takes no card for it: nothing was booked.
    pub fn pay_at_form(&self, params: &str, card: &str) -> Result<Option<String>, NotPayable> {
        let unknown = || NotPayable(vec!["no such card".to_owned()]);
        let instrument = Instrument::card(card).ok_or_else(unknown)?;
        let now = self.now();
        // The form itself looks into the order; the wire log only needs its number.
        let number = params.split_once("\"invoiceId\":\"").and_then(|(_, it)| it.split_once('"'));
        let invoice = number.map_or("", |(number, _)| number).to_owned();
        let performed = self.with_bank(|bank| {
            bank.perform(Endpoint::PayForm, &invoice, now, |bank| {
                bank.pay_at_form(params, instrument, now)
            })
        });
        self.posted(performed.callbacks);
        match (performed.end, performed.value) {
            (End::Answered, Some(paid)) => paid.map(Some),
            _ => Ok(None),
        }
    }

    /// The payer answers the 3-D Secure challenge of an operation that they began at the pay form, and the
    /// form ends it. `false` where it waits for none.
    pub fn confirm_at_form(&self, id: &str, choice: PayerChoice) -> bool {
        let now = self.now();
        let performed = self.with_bank(|bank| {
            let challenge = bank.ledger().iter().find(|it| it.id == id)?.challenge()?.clone();
            let pa_res = bank.pa_res(&challenge.pa_req, &challenge.md, choice)?;
            Some(bank.perform(Endpoint::Confirm, id, now, |bank| {
                let _ = bank.confirm(None, id, &challenge.md, &pa_res, now);
            }))
        });
        let Some(performed) = performed else { return false };
        self.posted(performed.callbacks);
        true
    }

    /// The callbacks sent since the last time: a test delivers them as late, often or forged as it likes.
    pub fn take_callbacks(&self) -> Vec<Callback> {
        std::mem::take(&mut *self.callbacks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn is_disconnected(&self) -> bool {
        self.unplugged.load(Ordering::SeqCst)
    }

    pub(crate) fn now(&self) -> Millis {
        Millis((self.opened + self.clock.monotonic()).unix_millis())
    }

    fn posted(&self, callbacks: Vec<Callback>) {
        self.callbacks.lock().unwrap_or_else(PoisonError::into_inner).extend(callbacks);
    }

    /// What follows once a call has had its effect: callbacks go out, and the answer is late.
    pub(crate) async fn after_effect(&self, callbacks: Vec<Callback>, delay: u64) {
        self.posted(callbacks);
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
