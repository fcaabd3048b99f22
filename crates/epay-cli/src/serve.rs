//! `epay serve` runs the service until it is stopped, and reports first what is wrong with its
//! file.

use std::io::Write;
use std::path::PathBuf;

use epay::Secret;
use epay_serve::{ApiKey, Config, Finding, PasswordHash, Service};

use crate::exit::{self, Ended};
use crate::log::{self, LogFormat};
use crate::{Failure, foreign, password, shutdown};

/// Serve payments to a shop in any language: a merchant API, webhooks, a checkout and a console.
///
/// The file names the bank, the shops and their keys; secrets are in the environment or in files of
/// their own. Ctrl-C or SIGTERM stops it: requests under way are finished first.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The TOML file.
    #[arg(value_name = "FILE", required_unless_present_any = ["new_key", "new_operator"])]
    config: Option<PathBuf>,
    /// List what is wrong or risky in the file, and serve nothing.
    #[arg(long)]
    check: bool,
    /// Print the settings in force, with defaults and without secrets, and serve nothing.
    #[arg(long, conflicts_with = "check")]
    print_config: bool,
    /// The format of the log on standard error: one line of text or of JSON for each event.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,
    /// Print a new key of the merchant API, and its hash for the file.
    #[arg(long, conflicts_with_all = ["config", "check", "print_config"])]
    new_key: bool,
    /// Print the hash of a new operator's password, for the file. The password is read from the terminal, or
    /// is the first line of standard input.
    #[arg(long, conflicts_with_all = ["config", "check", "print_config", "new_key"])]
    new_operator: bool,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let Some(path) = &args.config else {
        return if args.new_operator { new_operator(out) } else { new_key(out) };
    };
    let config = Config::read(path).map_err(|error| exit::wrong(error.to_string()))?;
    if args.print_config {
        write!(out, "{}", foreign::text(&config.printed()))?;
        return Ok(Ended::Done);
    }
    let findings = config.check();
    if args.check {
        return check(&findings, out);
    }
    log::to_standard_error(args.log);
    for finding in &findings {
        tracing::warn!("{finding}");
    }
    // Listens for the signal before it says that it is ready, so that one sent right after is not missed.
    let shutdown = shutdown::signal()?;
    let service = Service::open(&config).await?;
    writeln!(out, "epay serves on http://{}", service.address())?;
    out.flush()?;
    service.run(shutdown).await;
    Ok(Ended::Done)
}

fn check(findings: &[Finding], out: &mut impl Write) -> Result<Ended, Failure> {
    for finding in findings {
        writeln!(out, "{}", foreign::text(&finding.to_string()))?;
    }
    if findings.is_empty() {
        writeln!(out, "nothing is wrong or risky")?;
    }
    let wrong = findings.iter().any(|finding| matches!(finding, Finding::Wrong(_)));
    if wrong { Err(exit::wrong("it can't be served so")) } else { Ok(Ended::Done) }
}

fn new_key(out: &mut impl Write) -> Result<Ended, Failure> {
    let key = ApiKey::random().ok_or("the system gives no random numbers")?;
    writeln!(out, "key     {}\nsha256  {}", key.expose(), key.sha256())?;
    Ok(Ended::Done)
}

fn new_operator(out: &mut impl Write) -> Result<Ended, Failure> {
    let typed = Secret::new(password::read("password of the new operator: ")?);
    let hash = PasswordHash::of(&typed).map_err(|weak| exit::wrong(weak.to_string()))?;
    writeln!(out, "password_hash = '{}'", hash.expose())?;
    Ok(Ended::Done)
}
