//! A bank and a log that go on, and a shop whose processes come and go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use epay::{
    ApplePayToken, Credentials, Environment, ExpiryFormat, HttpGateway, InvoiceId, Method,
    PaymentRequest, PaymentStore, Payments, Secret, TagKey, TerminalId, ThreeDsAnswer, Timeouts,
};
use epay_domain::{Clock, Timestamp};
use epay_http::Claim;
use epay_store::{InvoiceNumbers, SqliteStore};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{
    BankKey, Callback, Endpoint, FaultKind, Misbooking, SANDBOX_CLIENT, SANDBOX_SECRET, Settings,
    Switches,
};
use epay_tests::bench::{card, google_pay_token};
use tempfile::TempDir;

use crate::apple;
use crate::book::Book;
use crate::broken::{Plugs, plug};
use crate::clock::{DEADLINE, ShopClock};
use crate::crash_points::CrashPoints;
use crate::database::Database;
use crate::flows::{Act, Flow, Means, PRICE};
use crate::log::Log;
use crate::planted::Bug;
use crate::wire::Wire;

/// Nobody here judges how long a key is, and to open by one of 4096 bits would be a sixth of what all runs take.
static SHORT_KEY: LazyLock<BankKey> = LazyLock::new(|| BankKey::fresh_2048().unwrap());

/// What outlives a process: the bank, the file of the log, the shop's books, the payer's browser. Clones are the same.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) flow: Flow,
    pub(crate) bug: Option<Bug>,
    pub(crate) bank: FakeBank,
    pub(crate) clock: ShopClock,
    pub(crate) book: Book,
    /// Where the payer's browser brings an answer of their issuer to: the state of the link, and the answer.
    pub(crate) browser: Arc<Mutex<Option<(String, String, String)>>>,
    /// What callbacks have claimed. Nobody believes it but a planted bug.
    pub(crate) claims: Arc<Mutex<BTreeMap<InvoiceId, Vec<Claim>>>>,
    taps: Arc<AtomicU8>,
    posted: Arc<Mutex<Vec<Callback>>>,
    /// How many names of a step have come to nothing.
    given_up: Arc<Mutex<BTreeMap<&'static str, u32>>>,
    home: Arc<TempDir>,
    database: Option<Arc<Database>>,
}

/// One process of the shop.
pub(crate) struct Process {
    pub(crate) payments: Payments,
    /// The log as this process sees it.
    pub(crate) log: Arc<dyn PaymentStore>,
}

impl World {
    pub(crate) fn new(flow: &Flow, bug: Option<Bug>) -> World {
        let mut switches = Switches::default();
        (flow.switches)(&mut switches);
        let settings = Settings { switches, key: SHORT_KEY.clone(), ..Settings::default() };
        let bank = FakeBank::with(settings);
        if flow.misbooks {
            bank.inject_fault(
                Endpoint::Cryptopay,
                FaultKind::Misbook(Misbooking::Amount(PRICE.minor() - 1)),
            );
        }
        let world = World {
            flow: *flow,
            bug,
            clock: ShopClock::new(bank.clock(), bug == Some(Bug::DeadlineByTheWallClock)),
            book: Book::new(bank.clone()),
            bank,
            browser: Arc::default(),
            claims: Arc::default(),
            taps: Arc::default(),
            posted: Arc::default(),
            given_up: Arc::default(),
            home: Arc::new(home()),
            database: flow.in_postgres.then(|| Arc::new(Database::new(&numbers("100000001")))),
        };
        for (file, first) in [("log", "100000001"), ("another-log", "200000001")] {
            if file == "log" || bug == Some(Bug::LastSixCollision) {
                std::fs::write(world.file(file), fresh_log(first)).unwrap();
            }
        }
        world
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn terminal(&self) -> TerminalId {
        if self.flow.two_stages { FakeBank::two_stage() } else { FakeBank::one_stage() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Another process: nothing of the one before is left but the file, and the key that every process is given.
    pub(crate) fn started(&self, crash_points: &CrashPoints) -> Process {
        let wire = Wire {
            bank: self.bank.transport(),
            crash_points: crash_points.clone(),
            doubles: self.flow.doubles,
            last_token: Mutex::default(),
        };
        let log = |name: &str| Log {
            store: match &self.database {
                Some(database) => Arc::new(database.open()),
                None => Arc::new(SqliteStore::open(self.file(name)).unwrap()),
            },
            crash_points: crash_points.clone(),
        };
        let Plugs { wire, log, bank, handler } = plug(self, wire, log);
        let environment =
            Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api").unwrap();
        let credentials =
            Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), self.terminal());
        let clock = Arc::new(self.clock.clone());
        let gateway = HttpGateway::new(wire, clock, environment, credentials)
            .with_tags(tags())
            .with_deadline(DEADLINE);
        let payments = Payments::with_clock(bank(gateway), Arc::clone(&log), self.clock.clone())
            .with_tags(tags())
            .with_timeouts(timeouts())
            .with_apple_expiry(ExpiryFormat::Yymmdd)
            .with_notification_handler(handler);
        Process { payments, log }
    }

    /// A way to pay, as the payer's device gives it now.
    pub(crate) fn method(&self, means: Means) -> Method {
        match means {
            Means::Card(number) => card(number).into(),
            Means::Token => {
                let token =
                    r#"{"version":"EC_v1","data":"VGhlIHRva2Vu","signature":"c2ln","header":{}}"#;
                ApplePayToken::new(token.to_owned()).into()
            }
            Means::Google => google_pay_token(&format!("tap {}", self.taps.load(SeqCst))).into(),
            Means::Opened => apple::opened(self.taps.load(SeqCst)),
        }
    }

    /// The payer opens the sheet again, which makes another token.
    pub(crate) fn tapped_again(&self) {
        self.taps.fetch_add(1, SeqCst);
    }

    /// Everything that the bank has posted so far.
    pub(crate) fn posted(&self) -> Vec<Callback> {
        let mut posted = self.posted.lock().unwrap();
        posted.extend(self.bank.take_callbacks());
        posted.clone()
    }

    /// The name under which the shop asks for a step now.
    pub(crate) fn step_name(&self, act: Act) -> String {
        let given_up = self.given_up.lock().unwrap().get(act.name()).copied().unwrap_or_default();
        format!("{}-try-{given_up}", act.name())
    }

    pub(crate) fn step_came_to_nothing(&self, act: Act) {
        *self.given_up.lock().unwrap().entry(act.name()).or_default() += 1;
    }

    /// The answer that the payer's browser brings, now and whenever the page is loaded again.
    pub(crate) fn in_the_browser(&self) -> Option<(String, ThreeDsAnswer)> {
        let (state, pa_res, md) = self.browser.lock().unwrap().clone()?;
        Some((state, ThreeDsAnswer::new(pa_res.into(), md.into())))
    }
}

pub(crate) fn request(order: &str) -> PaymentRequest {
    PaymentRequest::new(order)
        .and_then(|request| request.with_payer_name("ARMAN ALI"))
        .and_then(|request| {
            request.with_post_links("https://shop.example/post", "https://shop.example/fail")
        })
        .unwrap()
}

pub(crate) fn tags() -> TagKey {
    TagKey::new([7; 32]).unwrap()
}

/// Short, so that few status checks have to be waited for; all other timeouts are as they come.
pub(crate) const NOT_FOUND_WINDOW: Duration = Duration::from_secs(5 * 60);

fn timeouts() -> Timeouts {
    let mut timeouts = Timeouts::default();
    timeouts.not_found_window = NOT_FOUND_WINDOW;
    timeouts
}

/// In memory where the system has such a directory: a log syncs each write, no crash here is one of the machine, and a
/// disk makes the same runs ten times as long.
fn home() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn numbers(first: &str) -> InvoiceNumbers {
    InvoiceNumbers::starting_at(InvoiceId::new(first).unwrap())
}

/// The file of a log that gives out numbers from `first` on. Making one is most of what a short run costs, so each is made
/// once.
fn fresh_log(first: &'static str) -> Vec<u8> {
    static MADE: Mutex<BTreeMap<&'static str, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap();
    let make = || {
        let home = home();
        let file = home.path().join("log");
        SqliteStore::create(&file, &numbers(first)).unwrap();
        std::fs::read(file).unwrap()
    };
    made.entry(first).or_insert_with(make).clone()
}
