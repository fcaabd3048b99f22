//! `epay applepay` checks what Apple Pay gives a merchant: a token, a certificate with its key, a
//! suite of tokens.

mod check_keys;
pub(crate) mod files;
pub(crate) mod inspect;
mod score;

use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Subcommand;
use epay::TokioClock;
use epay_domain::Clock;

use crate::{
    Failure,
    exit::{self, Ended},
};

/// Inspect an Apple Pay token, check a processing key, or score this build by a suite of tokens.
///
/// Nothing is sent anywhere, and no account number, cryptogram or key is printed.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Inspect(inspect::Args),
    CheckKeys(check_keys::Args),
    Score(score::Args),
}

pub(crate) fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let all_is_well = match &args.command {
        Command::Inspect(args) => inspect::run(args, out),
        Command::CheckKeys(args) => check_keys::run(args, out),
        Command::Score(args) => score::run(args, out),
    }?;
    Ok(Ended::needs_attention_if(!all_is_well))
}

/// The time of which somebody said the Unix seconds, or else the system's.
fn at(unix: Option<u64>) -> Result<SystemTime, Failure> {
    let since = unix
        .map_or_else(|| Duration::from_millis(TokioClock.now().unix_millis()), Duration::from_secs);
    UNIX_EPOCH.checked_add(since).ok_or_else(|| exit::wrong("--now is too far in the future"))
}
