//! The `epay` command: one subcommand is run, and how it ended becomes the exit code.

mod answer;
mod applepay;
mod cards;
#[cfg(feature = "fakebank")]
mod demo;
#[cfg(feature = "serve")]
mod doctor;
mod exit;
mod explain;
#[cfg(feature = "fakebank")]
mod fakebank;
mod foreign;
mod log;
mod manual;
mod out;
#[cfg(feature = "serve")]
mod password;
mod payments;
#[cfg(feature = "probe")]
mod probe;
mod progress;
#[cfg(feature = "serve")]
mod serve;
mod shutdown;
#[cfg(feature = "sim")]
mod sim;
mod timeline;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::exit::Ended;
use self::out::Out;

/// What stops a command. Its text and its sources are shown to the user, so none of them holds a
/// secret.
type Failure = Box<dyn Error + Send + Sync>;

/// Halyk ePay payments that cannot be charged twice.
#[cfg_attr(feature = "fakebank", doc = "It comes with a fake bank for tests.")]
#[derive(Parser)]
#[command(name = "epay", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Applepay(applepay::Args),
    Cards(cards::Args),
    #[cfg(feature = "fakebank")]
    Demo(demo::Args),
    Explain(explain::Args),
    #[cfg(feature = "fakebank")]
    Fakebank(fakebank::Args),
    Payments(payments::Args),
    #[cfg(feature = "probe")]
    Probe(probe::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    #[cfg(feature = "serve")]
    Doctor(doctor::Args),
    #[cfg(feature = "sim")]
    Sim(sim::Args),
    Completions(manual::Completions),
    Man(manual::Man),
}

impl Command {
    async fn run(&self, out: &mut Out) -> Result<Ended, Failure> {
        let ended = match self {
            Command::Applepay(args) => applepay::run(args, out),
            Command::Cards(args) => cards::run(args, out).await,
            #[cfg(feature = "fakebank")]
            Command::Demo(args) => demo::run(args, out).await,
            Command::Explain(args) => explain::run(args, out),
            #[cfg(feature = "fakebank")]
            Command::Fakebank(args) => fakebank::run(args, out).await,
            Command::Payments(args) => payments::run(args, out).await,
            #[cfg(feature = "probe")]
            Command::Probe(args) => probe::run(args, out).await,
            #[cfg(feature = "serve")]
            Command::Serve(args) => serve::run(args, out).await,
            #[cfg(feature = "serve")]
            Command::Doctor(args) => doctor::run(args, out).await,
            #[cfg(feature = "sim")]
            Command::Sim(args) => sim::run(args, out),
            Command::Completions(args) => manual::completions(args, out),
            Command::Man(args) => manual::man(args, out),
        }?;
        out.flush()?;
        Ok(ended)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let read = Cli::from_arg_matches(&cli().get_matches());
    let cli = read.unwrap_or_else(|error| error.exit());
    let mut out = Out::new();
    match cli.command.run(&mut out).await {
        Ok(ended) => ended.into(),
        Err(_) if out.is_unread() => exit::unread(),
        Err(failure) => {
            complain(&epay::with_causes(failure.as_ref()));
            exit::of(&failure)
        }
    }
}

/// All commands; the help of each ends with the exit codes.
fn cli() -> clap::Command {
    fn with_table(command: clap::Command) -> clap::Command {
        command.after_help(exit::TABLE).mut_subcommands(with_table)
    }
    with_table(Cli::command())
}

/// Says on standard error what went wrong.
fn complain(text: &str) {
    // Nowhere is left to report that standard error is closed.
    let _ = writeln!(io::stderr(), "epay: {}", foreign::text(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        cli().debug_assert();
    }
}
