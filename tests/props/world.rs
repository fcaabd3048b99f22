//! The fake bank behind `HttpGateway`, in one process: no socket, no clock, and a wire that can be cut.

use async_trait::async_trait;
use bytes::Bytes;
use epay_crypto::{Card, CardNumber, Cvc, Expiry, PublicKey, Secret};
use epay_domain::{Exposed, SealedMethod, TerminalId, Timestamp};
use epay_fakebank::{Bank, Delivery, Millis, SANDBOX_CLIENT, SANDBOX_SECRET, Settings};
use epay_http::{Credentials, Environment, HttpGateway, Transport, TransportError};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

/// A bank, the time, and whether anything can reach it.
pub(crate) struct World {
    pub(crate) bank: Bank,
    pub(crate) now: Timestamp,
    pub(crate) down: bool,
}

/// One handle for the shop's side and for whoever stages the story.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn new(settings: Settings) -> Shared {
        let now = Timestamp::from_unix_millis(1_790_000_000_000);
        Shared(Arc::new(Mutex::new(World { bank: Bank::new(settings), now, down: false })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub(crate) fn gateway(&self, terminal: &TerminalId) -> HttpGateway {
        let base = |path| format!("http://127.0.0.1{path}");
        let environment = Environment::fake_bank(&base("/oauth"), &base("/api")).unwrap();
        let credentials = Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), terminal.clone());
        HttpGateway::new(self.clone(), environment, credentials)
    }
}

impl World {
    pub(crate) fn millis(&self) -> Millis {
        Millis(self.now.unix_millis())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fake bank")
    }
}

#[async_trait]
impl Transport for Shared {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let mut world = self.lock();
        if world.down {
            return Err(TransportError::not_sent("unreachable"));
        }
        let now = world.millis();
        match world.bank.answer(&request, now).delivery {
            Delivery::Whole(response) => Ok(response),
            Delivery::Truncated(..) | Delivery::Cut => Err(TransportError::interrupted("cut")),
        }
    }
}

/// The card sealed for a terminal. Sealing is slow, so each is sealed once.
pub(crate) fn sealed(bank: &Bank, pan: &'static str, terminal: &TerminalId) -> SealedMethod {
    static SEALED: OnceLock<Mutex<BTreeMap<(&'static str, TerminalId), String>>> = OnceLock::new();
    let mut texts = SEALED.get_or_init(Mutex::default).lock().unwrap();
    let text = texts.entry((pan, terminal.clone())).or_insert_with(|| {
        let key = PublicKey::parse(bank.public_key_pem().as_bytes()).unwrap();
        let number = CardNumber::new(pan).unwrap();
        let card = Card::new(number, Expiry::parse_mmyy("0139").unwrap(), Cvc::new("321").unwrap());
        let sealed = key.seal_card(card, terminal).unwrap();
        let Exposed::Card { cryptogram } = sealed.expose() else { panic!("a card is sealed as a card") };
        cryptogram.to_owned()
    });
    SealedMethod::card(text.clone())
}
