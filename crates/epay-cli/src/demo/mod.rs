//! `epay demo` pays in every way a shop can against the fake bank, and succeeds only if ledger and
//! log agree in the end.

mod admin;
mod browser;
mod clock;
mod journal;
mod ledger;
#[cfg(feature = "serve")]
mod live;
mod pay_form;
mod phone;
mod report;
mod shop;
mod stories;

use std::time::Duration;

use clap::ValueEnum;
use epay::HyperTransport;
use epay_fakebank::server::FakeBankServer;
use epay_fakebank::{Settings, Switches};
use epay_testkit::judge::{Attempt, Books};
use serde_json::json;

use self::admin::Admin;
use self::browser::Browser;
use self::ledger::Row;
use self::report::{Paint, PlayedStory, Report};
use self::shop::Shop;
use self::stories::{Stage, Story};
use crate::{Failure, exit::Ended, out::Out};

/// Play short stories of payments against the fake bank, then compare its ledger with our log.
///
/// Everything runs on this machine: the fake bank and a shop on loopback, a payer's browser without
/// a window. Each story is shown as a timeline: what we asked, what the bank said, how it ended.
/// It has passed if every story ended as scripted, and ledger and log agree on every payment;
/// otherwise its last lines name the payment and what differs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print one JSON document instead of text; sums are in minor units.
    #[arg(long)]
    json: bool,
    /// What the fake bank's status says after a partial refund: the bank's documents leave it open.
    #[arg(long, value_enum, default_value_t = RefundReport::ChargeRemainder, value_name = "HOW")]
    refund_report: RefundReport,
    /// Falsify the fake bank's ledger before the comparison, to see that the demo notices.
    #[arg(long, value_enum, value_name = "WHAT")]
    tamper: Option<Tamper>,
    /// Open a small shop in place of the stories: buy there in a browser by card or at a simulated
    /// Apple Pay sheet, break things, and watch. All of it is at the one address that is printed.
    #[cfg(feature = "serve")]
    #[arg(long, conflicts_with_all = ["json", "refund_report", "tamper"])]
    serve: bool,
    /// Where --serve listens: a loopback address. Port 0 takes any free port.
    #[cfg(feature = "serve")]
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS", requires = "serve")]
    addr: std::net::SocketAddr,
}

#[derive(Clone, Copy, ValueEnum)]
enum RefundReport {
    /// CHARGE with the captured sum, as if nothing had happened.
    ChargeOriginal,
    /// CHARGE with what is left, and the refunded sum beside it.
    ChargeRemainder,
    /// REFUND with the refunded sum.
    RefundTotal,
    /// REFUND without a sum.
    RefundNoSum,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tamper {
    /// Book one operation that nobody asked for.
    Extra,
    /// Book one tiyn more than was asked for.
    Amount,
    /// Book an operation under another invoice number.
    Invoice,
}

pub(crate) async fn run(args: &Args, out: &mut Out) -> Result<Ended, Failure> {
    #[cfg(feature = "serve")]
    if args.serve {
        return live::run(args.addr, out).await;
    }
    let switches = Switches { refund_report: args.refund_report.into(), ..Switches::default() };
    let bank = FakeBankServer::start(
        Settings { switches, ..Settings::default() },
        ([127, 0, 0, 1], 0).into(),
    )
    .await?;
    // A status that is cut on a kept connection may be asked for again, and the stories cut each once.
    let transport = HyperTransport::new()?.keep_connections(0, Duration::ZERO);
    let stage = Stage {
        shop: Shop::open(&bank, &transport).await?,
        bank: Admin::new(bank.admin_url(), transport.clone()),
        form_url: bank.form_url(),
        browser: Browser(transport),
    };
    let mut report = Report::new(args.json, Paint::of(out), out);
    report.begin(&bank.console_url())?;
    for story in Story::ALL {
        report.story(tell(story, &stage).await)?;
    }
    if let Some(tamper) = args.tamper {
        tamper.apply(&stage).await?;
    }
    let agreed = report.end(compare(&stage).await?)?;
    Ok(Ended::needs_attention_if(!agreed))
}

/// Plays one story and keeps what was noted meanwhile.
async fn tell(story: Story, stage: &Stage) -> PlayedStory {
    let astray = story.play(stage).await.err().map(|failure| epay::with_causes(failure.as_ref()));
    let entries = stage.shop.diary.turn();
    let stands = story.till(&stage.shop).payments.status(story.order()).await.ok();
    let ending = stands.map(|outcome| outcome.attempt().answer());
    PlayedStory { title: story.title(), order: story.order(), entries, ending, astray }
}

async fn compare(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let (ledger, wire) = (stage.bank.ledger().await?, stage.bank.calls().await?);
    let books = Books::of(ledger, wire, attempts(&stage.shop).await?);
    Ok(ledger::compare(&Books { all_arrive: true, ..books }))
}

async fn attempts(shop: &Shop) -> Result<Vec<Attempt>, Failure> {
    let mut attempts = Attempt::all(&shop.one_stage.journal).await?;
    attempts.extend(Attempt::all(&shop.two_stage.journal).await?);
    Ok(attempts)
}

impl Tamper {
    /// Falsifies the first payment of the demo.
    async fn apply(self, stage: &Stage) -> Result<(), Failure> {
        let attempts = attempts(&stage.shop).await?;
        let first = attempts.first().ok_or("there is no payment to tamper with")?;
        let payment = &first.stored.payment;
        let how = match self {
            Tamper::Extra => json!("twice"),
            Tamper::Amount => json!({ "amount": payment.ordered().minor().saturating_add(1) }),
            Tamper::Invoice => json!({ "invoice": "999999999" }),
        };
        stage.bank.tamper(payment.invoice().as_str(), how).await
    }
}

impl From<RefundReport> for epay_fakebank::RefundReport {
    fn from(report: RefundReport) -> epay_fakebank::RefundReport {
        match report {
            RefundReport::ChargeOriginal => epay_fakebank::RefundReport::ChargeOriginal,
            RefundReport::ChargeRemainder => epay_fakebank::RefundReport::ChargeRemainder,
            RefundReport::RefundTotal => epay_fakebank::RefundReport::RefundTotal,
            RefundReport::RefundNoSum => epay_fakebank::RefundReport::RefundNoSum,
        }
    }
}
