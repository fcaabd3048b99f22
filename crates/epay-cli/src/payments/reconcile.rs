//! `epay payments reconcile` asks the bank about what is due, once or until it is told to stop.

use std::{
    env,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use clap::ValueEnum;
use epay::{
    Credentials, Environment, KeyTrust, LateSuccess, Payments, ReconcileReport, Secret, SpkiPin,
    TerminalId, Timeouts,
};
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL};
use tracing_subscriber::filter::LevelFilter;

use super::Log;
use crate::{Failure, shutdown};

/// Whose payments, and who asks. Never on the command line, where every process of the machine could read them.
const CLIENT: &str = "EPAY_CLIENT_ID";
const SECRET: &str = "EPAY_CLIENT_SECRET";
const TERMINAL: &str = "EPAY_TERMINAL";

/// How long to wait when nothing was due.
const PAUSE: Duration = Duration::from_secs(5);

/// Ask the bank's status about the payments of a terminal that are due for a status check, at most 64 of them.
///
/// A status check moves no money. The environment says who asks: EPAY_CLIENT_ID, EPAY_CLIENT_SECRET and EPAY_TERMINAL; for the
/// fake bank what is not set is what it publishes. Status checks that brought no answer and flags are told on standard error; with
/// --keep also whatever moved. Exit code 1 when a status check brought no answer or found something for a
/// person.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// The fake bank, by the URL that `epay fakebank` gives as its console; a loopback address.
    #[arg(long, group = "which", value_name = "URL")]
    bank: Option<String>,
    /// The bank itself.
    #[arg(long, group = "which")]
    production: bool,
    /// Go on until Ctrl-C or SIGTERM; what was begun is finished first.
    #[arg(long)]
    keep: bool,
    /// What is done about money that moved after its attempt was given up.
    #[arg(long, value_enum, default_value_t = Late::Flag)]
    late: Late,
}

#[derive(Clone, Copy, ValueEnum)]
enum Late {
    /// A person decides.
    Flag,
    /// The order's payment if it has no other; given back if another attempt was paid. This may move money.
    Settle,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<bool, Failure> {
    let (environment, credentials) =
        bank(args, |name| env::var(name).ok().filter(|value| !value.is_empty()))?;
    let terminal = credentials.terminal().clone();
    let log = Log::open(&args.file)?;
    let (name, path) = (log.name(), args.file.clone());
    say_on_standard_error(if args.keep { LevelFilter::INFO } else { LevelFilter::WARN });
    // How long the shop waits before it gives an attempt up is the shop's to say; here it is only looked.
    let for_ever = Timeouts {
        payer: Duration::MAX,
        step: Duration::MAX,
        not_found_window: Duration::MAX,
        reopen: None,
    };
    let payments = Payments::new(epay::connect(environment, credentials)?, log.store)
        .with_timeouts(for_ever)
        .with_late_success(args.late.into());
    if args.keep {
        let shutdown = shutdown::signal()?;
        writeln!(out, "looking at what is due; Ctrl-C or SIGTERM ends it")?;
        out.flush()?;
        payments.keep_reconciling(PAUSE, shutdown).await;
        return Ok(false);
    }
    let report =
        payments.reconcile().await.map_err(|error| super::explain::explained(&path, &error))?;
    out.write_all(told(report, &terminal, &name).as_bytes())?;
    Ok(report.unanswered > 0 || report.flagged > 0)
}

fn say_on_standard_error(most: LevelFilter) {
    let lines = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(most);
    lines.without_time().with_target(false).with_ansi(false).init();
}

fn told(
    ReconcileReport { checked, unanswered, still_open, flagged }: ReconcileReport,
    terminal: &TerminalId,
    log: &str,
) -> String {
    let mut text = format!(
        "checked {checked} on terminal {terminal}: {still_open} still open, {flagged} flagged, {unanswered} without an answer\n"
    );
    if unanswered > 0 {
        text.push_str("what had no answer is looked at again later; why, is on standard error\n");
    }
    if flagged > 0 {
        text.push_str(&format!("for a person: epay payments list {log} --flagged\n"));
    }
    text
}

/// Which bank, and who asks it.
fn bank(
    args: &Args,
    env: impl Fn(&str) -> Option<String>,
) -> Result<(Environment, Credentials), Failure> {
    let root = args.bank.as_deref().map(|url| url.trim_end_matches('/'));
    let environment = match root {
        Some(root) => Environment::fake_bank(&format!("{root}/oauth"), &format!("{root}/api"))?,
        // A status check seals nothing, so the key is never asked for; pinned, it could not be another.
        None => Environment::production(KeyTrust::Pinned(vec![SpkiPin::HALYK_PRODUCTION])),
    };
    let said = |name: &'static str, published: &'static str| {
        env(name)
            .or_else(|| root.map(|_| published.to_owned()))
            .ok_or(format!("{name} is not set: it says who asks the bank"))
    };
    let (client, secret) =
        (said(CLIENT, SANDBOX_CLIENT)?, Secret::new(said(SECRET, SANDBOX_SECRET)?));
    let terminal = TerminalId::new(&said(TERMINAL, SANDBOX_TERMINAL)?)?;
    Ok((environment, Credentials::new(client, secret, terminal)))
}

impl From<Late> for LateSuccess {
    fn from(late: Late) -> LateSuccess {
        match late {
            Late::Flag => LateSuccess::Flag,
            Late::Settle => LateSuccess::Settle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(bank: Option<&str>) -> Args {
        Args {
            file: "x".into(),
            bank: bank.map(str::to_owned),
            production: bank.is_none(),
            keep: false,
            late: Late::Flag,
        }
    }

    #[test]
    fn the_real_bank_is_asked_only_by_whoever_says_who_he_is() {
        for missing in [CLIENT, SECRET, TERMINAL] {
            let env = |name: &str| (name != missing).then(|| SANDBOX_TERMINAL.to_owned());
            let error = bank(&args(None), env).unwrap_err().to_string();
            assert!(error.starts_with(missing), "{error}");
        }
        let (environment, credentials) =
            bank(&args(None), |_| Some(SANDBOX_TERMINAL.to_owned())).unwrap();
        assert!(!environment.is_fake_bank());
        assert_eq!(credentials.terminal().as_str(), SANDBOX_TERMINAL);
    }

    #[test]
    fn the_fake_bank_is_on_loopback_and_its_credentials_are_published() {
        let (environment, credentials) =
            bank(&args(Some("http://127.0.0.1:8080/")), |_| None).unwrap();
        assert_eq!(environment.oauth_base(), "http://127.0.0.1:8080/oauth");
        assert!(environment.is_fake_bank());
        assert_eq!(credentials.terminal().as_str(), SANDBOX_TERMINAL);
        assert!(bank(&args(Some("http://bank.example")), |_| None).is_err());
    }

    #[test]
    fn a_round_says_who_acts() {
        let terminal = TerminalId::new(SANDBOX_TERMINAL).unwrap();
        let quiet = told(
            ReconcileReport { checked: 2, unanswered: 0, still_open: 1, flagged: 0 },
            &terminal,
            "shop.db",
        );
        assert_eq!(
            quiet,
            "checked 2 on terminal 67e34d63-102f-4bd1-898e-370781d0074d: 1 still open, 0 flagged, 0 without an answer\n"
        );
        let loud = told(
            ReconcileReport { checked: 2, unanswered: 1, still_open: 1, flagged: 1 },
            &terminal,
            "shop.db",
        );
        assert!(
            loud.contains("\nwhat had no answer ")
                && loud.ends_with("epay payments list shop.db --flagged\n"),
            "{loud}"
        );
    }
}
