//! `epay doctor` checks the setup of `epay serve` beyond its file: logs, the bank, host names and
//! the clock.

use std::{io::Write, path::PathBuf};

use epay_serve::{Config, Diagnosis, Finding};

use crate::{
    Failure,
    exit::{self, Ended},
    foreign,
};

/// Look at everything that `epay serve` will need: the file, the logs, the bank's key and credentials, the
/// clock, and the names of public address and webhooks.
///
/// It asks the bank for its key and for the status of one payment. It moves no money, makes no log and
/// sends nothing to a webhook. What is wrong ends it with 3.
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
    Ok(Ended::for_a_person_if(wrong))
}
