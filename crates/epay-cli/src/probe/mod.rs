//! `epay probe` asks the bank what its documentation leaves open, one question at a time, and gives
//! back every payment it makes.

mod answers;
mod apple;
mod callbacks;
mod card;
mod page;
mod question;
mod recorder;
mod refunds;
mod saved_card;
mod scrub;
mod test_card;
mod till;

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::ArgGroup;
use epay::{CardId, Environment, InvoiceId, KeyTrust, SpkiPin};

use self::{
    answers::Answers,
    callbacks::Listener,
    test_card::TestCard,
    till::{Stop, Till},
};
use crate::{
    Failure,
    exit::{self, Ended},
    payments::bank,
};

/// Find out from the bank what its documentation leaves open, and give back every payment. THIS MOVES
/// MONEY, if the bank's is real.
///
/// Each question asks for money at most once: 100 tenge by a published test card (or, with --apple-pay,
/// 10 tenge by Apple Pay), voided or refunded at once. Credentials come from EPAY_CLIENT_ID,
/// EPAY_CLIENT_SECRET and EPAY_TERMINAL. If an answer is lost, the probe stops and prints what to do
/// then. It writes two files: the answers, which docs and `epay fakebank --observed` read, and a
/// transcript without secrets.
#[derive(clap::Args)]
#[command(group = ArgGroup::new("which").required(true).args(["bank", "test", "prod"]))]
pub(crate) struct Args {
    /// Use the fake bank at this URL, which `epay fakebank` prints as its console; a loopback address.
    #[arg(long, value_name = "URL", value_parser = bank::fake_bank)]
    bank: Option<Environment>,
    /// Use the bank's test hosts.
    #[arg(long)]
    test: bool,
    /// Use the real bank, with real money: 10 tenge by Apple Pay, which has no test host. You confirm
    /// it by typing a sentence.
    #[arg(long, requires = "apple_pay")]
    prod: bool,
    /// A file with an Apple Pay token for exactly 10 tenge, made for this probe; it can be used once.
    #[arg(long, value_name = "TOKEN", requires_all = ["cert", "key", "expiry"], conflicts_with = "test")]
    apple_pay: Option<PathBuf>,
    /// The payment processing certificate of that token.
    #[arg(long, value_name = "CERT", requires = "apple_pay")]
    cert: Option<PathBuf>,
    /// Its private key.
    #[arg(long, value_name = "KEY", requires = "apple_pay")]
    key: Option<PathBuf>,
    /// The format of Apple Pay's expiry to try: this is the question.
    #[arg(long, value_name = "FORM", requires = "apple_pay")]
    expiry: Option<apple::Form>,
    /// Trust this root certificate (PEM or DER) instead of Apple's: a fake wallet's.
    #[arg(long, value_name = "CERT", requires_all = ["apple_pay", "bank"])]
    root: Option<PathBuf>,
    /// The first of ten consecutive invoice numbers that nobody has used or will use, 6 to 14 digits;
    /// the number a million above it must be free, too.
    #[arg(long, value_name = "NUMBER", value_parser = InvoiceId::new)]
    first_invoice: InvoiceId,
    /// A test card that asks for 3-D Secure, as NUMBER:MMYY:CVC. Any local user can see it here: never a
    /// real card.
    #[arg(long, value_name = "CARD", value_parser = test_card::test_card)]
    three_ds_card: Option<TestCard>,
    /// The handle of a saved card of this terminal that asked for 3-D Secure when it was saved: it is
    /// charged once more.
    #[arg(long, value_name = "HANDLE", value_parser = CardId::new, conflicts_with = "apple_pay")]
    saved_card: Option<CardId>,
    /// Listen for callbacks here, such as 127.0.0.1:8099.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<std::net::SocketAddr>,
    /// The URL at which the bank reaches it; the default is the address itself, which only a fake bank
    /// reaches.
    #[arg(long, value_name = "URL", requires = "listen")]
    callback_url: Option<String>,
    /// How many seconds to wait for a late status or callback.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
    /// The files to write: PATH.json and PATH.txt.
    #[arg(long, value_name = "PATH", default_value = "epay-probe")]
    out: PathBuf,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let (environment, host) = match &args.bank {
        Some(fake) => (fake.clone(), "fake bank"),
        None if args.prod => {
            let pinned = KeyTrust::Pinned(vec![SpkiPin::HALYK_PRODUCTION]);
            (Environment::production(pinned), "production hosts")
        }
        // Only published cards are sealed there.
        None => (Environment::test(KeyTrust::FirstUse), "test hosts"),
    };
    let who = bank::who(args.bank.is_some())?;
    for file in files(&args.out) {
        if file.exists() {
            let file = file.display();
            return Err(exit::wrong(format!("{file} is there already: choose another --out")));
        }
    }
    if args.prod {
        confirmed(out)?;
    }
    let opened = apple::open(args)?;
    let listener = match args.listen {
        Some(address) => Some(Listener::start(address, args.callback_url.as_deref()).await?),
        None => None,
    };
    writeln!(out, "{}", page::head(host, &who))?;
    out.flush()?;
    let link = listener.as_ref().map(Listener::url);
    let wait = Duration::from_secs(args.wait);
    let mut till = Till::open(environment, who, args.first_invoice.clone(), link, wait)?;
    let mut answers = Answers::new(host);
    let (card, saved) = (args.three_ds_card.as_ref(), args.saved_card.as_ref());
    let asked = match opened {
        Some(opened) => apple::ask(&mut till, &mut answers, opened).await,
        None => card::ask(&mut till, &mut answers, card, saved, listener.as_ref()).await,
    };
    let stop = asked.err();
    let written = write(&args.out, &till, &answers, stop.as_ref());
    // Money that is out there is told whatever became of the files.
    write!(out, "{}", page::tail(&answers, &args.out, till.unshown(), stop.as_ref()))?;
    written?;
    Ok(Ended::needs_attention_if(stop.is_some()))
}

/// What has to be typed before real money is asked for.
const WORDS: &str = "PAY 10 TENGE";

fn confirmed(out: &mut impl Write) -> Result<(), Failure> {
    writeln!(
        out,
        "THIS TAKES 10 TENGE OF REAL MONEY, once, and gives it back.\nType {WORDS} to go on."
    )?;
    out.flush()?;
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    if typed.trim() == WORDS {
        Ok(())
    } else {
        Err(exit::wrong("not confirmed: nothing was asked"))
    }
}

fn files(out: &Path) -> [PathBuf; 2] {
    ["json", "txt"].map(|extension| {
        let mut name = out.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        name.into()
    })
}

/// Whatever happened, what was learnt is kept, and nothing secret with it: the transcript holds no text of the bank's that was
/// not recognised, and is looked through once more.
fn write(out: &Path, till: &Till, answers: &Answers, stop: Option<&Stop>) -> Result<(), Failure> {
    let [json, txt] = files(out);
    let transcript = page::transcript(till.recorder(), stop);
    let answers = format!("{}\n", answers.to_json()?);
    for text in [&transcript, &answers] {
        if till.is_told_in(text) {
            return Err("a secret would be in what is written: nothing was".into());
        }
    }
    std::fs::write(json, answers)?;
    std::fs::write(txt, transcript)?;
    Ok(())
}
