//! `epay fakebank` serves the fake bank until it is told to stop, and says first where.

use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};

use epay_fakebank::server::{FakeBankServer, Running};
use epay_fakebank::{
    BankKey, Keep, SANDBOX_CLIENT, SANDBOX_TERMINAL, Settings, TWO_STAGE_TERMINAL,
};
use serde::Serialize;

use crate::{Failure, exit::Ended, foreign, shutdown};

/// Serve the fake bank, for a client in any language.
///
/// It takes the sandbox client, secret and terminal that the bank publishes, opens every cryptogram
/// with its own RSA-4096 key, and keeps a ledger that its console shows. Ctrl-C or SIGTERM stops it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen: a loopback address. Port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS", value_parser = loopback)]
    addr: SocketAddr,
    /// Print the URLs as one line of JSON: oauth, api, form, console, admin.
    #[arg(long)]
    json: bool,
    /// Decides every id, token and reference number: the same seed and calls give the same answers.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Keep the books of the latest N payments alone, or up to a quarter more.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_payments: Option<u32>,
    /// Keep in the books what is younger than so many minutes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_minutes: Option<u32>,
    /// Make a new RSA-4096 key instead of the fixed one, whose private half is published.
    #[arg(long)]
    fresh_key: bool,
}

/// The bank refuses any other, too; here it is a wrong argument.
fn loopback(text: &str) -> Result<SocketAddr, &'static str> {
    let wrong = "an address is like 127.0.0.1:8080 or localhost:8080";
    let mut all = text.to_socket_addrs().map_err(|_| wrong)?;
    let local = |address: &SocketAddr| address.ip().is_loopback();
    all.find(local).ok_or("it is not on loopback")
}

/// Everything a client has to know.
#[derive(Serialize)]
struct Urls {
    oauth: String,
    api: String,
    form: String,
    console: String,
    admin: String,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let key = if args.fresh_key { BankKey::fresh()? } else { BankKey::fixed() };
    // Listens for the signal before it says that it is ready, so that one sent right after is not
    // missed.
    let shutdown = shutdown::signal()?;
    let keep = Keep {
        payments: args.keep_payments.and_then(|count| usize::try_from(count).ok()),
        millis: args.keep_minutes.map(|minutes| u64::from(minutes) * 60_000),
    };
    let settings = Settings { seed: args.seed, key, keep, ..Settings::default() };
    let bank = FakeBankServer::start(settings, args.addr)
        .await
        .map_err(|error| format!("{}: {error}", args.addr))?;
    let urls = urls(&bank);
    if args.json {
        writeln!(out, "{}", foreign::json(&urls)?)?;
    } else {
        out.write_all(for_a_person(&urls).as_bytes())?;
    }
    out.flush()?;
    shutdown.await;
    bank.shutdown().await;
    Ok(Ended::Done)
}

fn urls(bank: &Running) -> Urls {
    Urls {
        oauth: bank.oauth_url(),
        api: bank.api_url(),
        form: bank.form_url(),
        console: bank.console_url(),
        admin: bank.admin_url(),
    }
}

fn for_a_person(urls: &Urls) -> String {
    format!(
        "The fake bank is open. Its key and secrets are published: never use it in production.\n\n  \
         oauth    {}\n  api      {}\n  form     {}\n  console  {}\n  admin    {}\n\n  \
         client   {SANDBOX_CLIENT}, with the secret on the bank's page \"test credentials\"\n  \
         terminal {SANDBOX_TERMINAL} (captures at once)\n  \
         terminal {TWO_STAGE_TERMINAL} (holds first)\n\nCtrl-C stops it.\n",
        urls.oauth, urls.api, urls.form, urls.console, urls.admin,
    )
}
