//! `epay doctor` checks the setup of `epay serve` beyond its file: logs, the bank, host names and
//! the clock.

use std::{io::Write, path::PathBuf};

use epay_serve::{Config, Diagnosis, Finding};

use crate::{
    Failure,
    exit::{self, Ended},
    foreign,
};

/// Check everything that `epay serve` needs: the file, the logs, the bank's key and credentials, the
/// clock, and the host names of the public address and the webhooks.
///
/// The command asks the bank for its key and for the status of one payment. It moves no money, creates no
/// log and sends nothing to a webhook. It exits with 3 if anything is wrong.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The TOML file of `epay serve`.
    #[arg(value_name = "FILE")]
    config: PathBuf,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let config = Config::read(&args.config).map_err(|error| exit::wrong(error.to_string()))?;
    let (mut wrong, mut unwritten) = (false, Ok(()));
    config
        .examine(|diagnosis| {
            wrong |= matches!(diagnosis, Diagnosis::Found(Finding::Wrong(_)));
            let line = foreign::text(&diagnosis.to_string());
            let written = writeln!(out, "{line}").and_then(|()| out.flush());
            if unwritten.is_ok() {
                unwritten = written;
            }
        })
        .await;
    unwritten?;
    Ok(Ended::needs_attention_if(wrong))
}
