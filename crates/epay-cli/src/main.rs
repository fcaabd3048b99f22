//! The `epay` command: one subcommand is run, and how it ended becomes the exit code.

mod answer;
mod applepay;
mod demo;
mod fakebank;
mod foreign;
mod payments;
mod shutdown;
mod timeline;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What stops a command. Its text and its sources are shown to the user, so none of them holds a
/// secret.
type Failure = Box<dyn Error + Send + Sync>;

/// Halyk ePay payments that cannot be charged twice, and a fake bank to prove it on.
///
/// Exit codes: 0 done, 1 failed or something for a person (the demo found a disagreement, a check
/// did not pass, a payment is disputed), 2 wrong arguments.
#[derive(Parser)]
#[command(name = "epay", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Applepay(applepay::Args),
    Demo(demo::Args),
    Fakebank(fakebank::Args),
    Payments(payments::Args),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Applepay(args) => applepay::run(&args, &mut io::stdout()),
        Command::Demo(args) => demo::run(&args, &mut io::stdout()).await,
        Command::Fakebank(args) => fakebank::run(&args, &mut io::stdout()).await,
        Command::Payments(args) => payments::run(&args, &mut io::stdout()).await,
    };
    match ended {
        Ok(code) => code,
        Err(failure) => {
            complain(&chain(failure.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Says on standard error what went wrong.
fn complain(text: &str) {
    // Nowhere is left to report that standard error is closed.
    let _ = writeln!(io::stderr(), "epay: {}", foreign::text(text));
}

/// The error and what caused it, outermost first.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_failure_is_told_with_its_causes() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(chain(&io::Error::other(refused)), "connection refused");
    }
}
