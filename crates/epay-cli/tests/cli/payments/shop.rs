//! A shop that had a bad week: its log has a payment of every kind a person asks about.

use std::{
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use epay::{
    Card, CardNumber, Cvc, Expiry, InvoiceId, LateSuccess, Money, Outcome, Payments, TagKey,
    Timeouts,
};
use epay_domain::{Clock, PaymentStore, Stored};
use epay_store::{InvoiceNumbers, SqliteStore};
use epay_testkit::{
    FakeBank,
    fakebank::{Endpoint, FaultKind, Misbooking, cards},
};
use tempfile::TempDir;

pub(crate) const PRICE: Money = Money::tenge(5_000);
pub(crate) const LOG: &str = "shop.db";

/// The invoice numbers by what happened to them.
pub(crate) const LATE: &str = "100000001";
pub(crate) const PAID: &str = "100000002";
pub(crate) const WRONG_SUM: &str = "100000003";
pub(crate) const REFUND_LOST: &str = "100000004";
pub(crate) const PAYER_AWAITED: &str = "100000006";
pub(crate) const UNKNOWN: &str = "100000007";

/// The shop's directory, and its bank.
pub(crate) struct Shop {
    pub(crate) home: TempDir,
    pub(crate) bank: FakeBank,
}

impl Shop {
    /// A shop whose log is empty.
    pub(crate) fn empty() -> Shop {
        let shop = Shop { home: tempfile::tempdir().unwrap(), bank: FakeBank::start() };
        let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
        SqliteStore::create(shop.home.path().join(LOG), &numbers).unwrap();
        shop
    }

    /// The shop at the end of that week.
    pub(crate) async fn after_a_bad_week() -> Shop {
        let shop = Shop::empty();
        let payments = shop.payments();
        let pay = async |order: &str, number: &str| {
            payments.pay(order, PRICE, card(number)).await.unwrap()
        };

        // It was done, nobody heard of it, and the bank did not know it for more than an hour.
        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::LateVisible(100 * 3_600_000));
        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::ErrorAfterEffect);
        let _ = pay("order-1", cards::VISA_OK).await;
        for _ in 0..2 {
            shop.wait(3_600);
            let _ = payments.reconcile().await.unwrap();
        }
        let again = pay("order-1", cards::VISA_OK).await;
        assert!(matches!(again, Outcome::Paid(_)), "{again:?}");
        shop.wait(103 * 3_600);
        let report = payments.reconcile().await.unwrap();
        assert_eq!(report.contradicted, 1, "the first attempt has surfaced");

        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(50_00)));
        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::ErrorAfterEffect);
        let _ = pay("order-2", cards::VISA_OK).await;

        let _ = pay("order-3", cards::VISA_OK).await;
        shop.bank.inject_fault(Endpoint::Refund, FaultKind::CutBeforeEffect);
        let _ = payments.refund("order-3", "refund-1", Money::tenge(2_000)).await.unwrap();

        let _ = pay("order-4", cards::INSUFFICIENT_FUNDS).await;
        let _ = pay("order-5", cards::THREE_DS).await;

        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
        let _ = pay("the order with a longer name", cards::VISA_OK).await;
        shop.wait(7_380);
        shop
    }

    pub(crate) fn store(&self) -> SqliteStore {
        SqliteStore::open(self.home.path().join(LOG)).unwrap()
    }

    pub(crate) fn payments(&self) -> Payments {
        let tags = TagKey::new([7; 32]).unwrap();
        Payments::with_clock(self.bank.gateway(), self.store(), self.bank.clock())
            .with_tags(tags)
            .with_timeouts(timeouts())
            .with_late_success(LateSuccess::AskPerson)
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.bank.clock().advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn attempt(&self, invoice: &str) -> Stored {
        self.store().load(&InvoiceId::new(invoice).unwrap()).await.unwrap().unwrap()
    }

    /// Runs `epay payments` with these arguments, where the log is.
    pub(crate) fn epay(&self, arguments: &[&str]) -> Ended {
        run(self.home.path(), arguments)
    }

    /// The same, judged at the shop's own time.
    pub(crate) fn epay_now(&self, arguments: &[&str]) -> Ended {
        let now = (self.bank.clock().now().unix_millis() / 1_000).to_string();
        self.epay(&[arguments, &["--at", &now]].concat())
    }
}

/// An hour of "not found" is enough here.
pub(crate) fn timeouts() -> Timeouts {
    let mut timeouts = Timeouts::default();
    timeouts.not_found_window = Duration::from_secs(3_600);
    timeouts
}

/// How a command ended and what it said.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        if code == 0 { self.out } else { [self.out, self.err].concat() }
    }

    /// What it told, whether or not there is something for a person in it.
    #[track_caller]
    pub(crate) fn told(self) -> String {
        assert!(matches!(self.code, Some(0 | 3)), "{}{}", self.out, self.err);
        self.out
    }
}

pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Ended {
    run_with(directory, arguments, &[])
}

pub(crate) fn run_with(directory: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
    command.arg("payments").args(arguments).current_dir(directory).env("RUST_LOG", "trace");
    command.envs(env.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    no_secret_in(&out);
    no_secret_in(&err);
    Ended { code: status.code(), out, err }
}

pub(crate) fn card(number: &str) -> Card {
    let (number, expiry) = (CardNumber::new(number).unwrap(), Expiry::parse_mmyy("01/27").unwrap());
    Card::new(number, expiry, Cvc::new("321").unwrap()).with_holder("ARMAN ALI")
}

/// Nothing the shop pays with may be read in what is printed.
#[track_caller]
fn no_secret_in(text: &str) {
    let secrets = [
        cards::VISA_OK,
        cards::THREE_DS,
        cards::INSUFFICIENT_FUNDS,
        "ARMAN",
        "0127",
        "01/27",
        epay_fakebank::SANDBOX_SECRET,
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/') {
        assert!(word != "321", "a CVC in\n{text}");
        // Cryptograms, tokens, tags and challenges are all longer than any name here.
        assert!(word.len() <= 40, "something long in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "colours, although this is no terminal");
}
