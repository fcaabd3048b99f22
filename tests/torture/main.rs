//! Several real processes share one log and are killed again and again, the bank loses answers, and its ledger judges.
//!
//! `cargo xtask torture` starts it. It starts the fake bank (`epay fakebank`) and itself as the workers; time runs faster
//! for them (see `clock`), so that the not-found window of a day is over in seconds. The seed decides what is planned: orders, faults
//! and when who is killed. What real processes make of it is theirs.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table and what is wrong are its output"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "a torture that was put together wrongly has nothing to say"
)]

mod bank;
mod clock;
mod cluster;
mod conductor;
mod crew;
mod dice;
mod end;
mod failover;
mod front;
mod payer;
mod plan;
#[path = "../postgres/proxy.rs"]
mod proxy;
mod service;
mod shop;
mod stage;
mod store;
mod summary;
mod webhooks;
mod words;
mod worker;

use std::{env, error::Error, path::PathBuf, process::ExitCode};

type Failure = Box<dyn Error + Send + Sync>;

/// What the caller asked for.
struct Wanted {
    orders: u64,
    /// Runs on until then, however many orders that makes.
    minutes: Option<u64>,
    seed: u64,
    store: StoreKind,
    /// This program of an earlier version, of which every second worker is then one: as while a shop deploys.
    previous: Option<PathBuf>,
    /// Whether shops and payers come to `epay serve`, in place of our own workers.
    serve: bool,
}

/// Where the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StoreKind {
    Sqlite,
    /// One server, whose wires and sessions end.
    Postgres,
    /// Three servers, of which the one that leads dies.
    Patroni,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (who, ended) = if env::var_os(words::POST).is_some() {
        ("worker", worker::run().await.map(|()| true))
    } else {
        match wanted() {
            Ok(wanted) => ("torture", conductor::run(&wanted).await),
            Err(error) => ("torture", Err(error)),
        }
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{who}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn wanted() -> Result<Wanted, Failure> {
    let mut wanted = Wanted {
        orders: 500,
        minutes: None,
        seed: 1,
        store: StoreKind::Sqlite,
        previous: None,
        serve: false,
    };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        // What cargo hands on to every test.
        if word == "--quiet" {
            continue;
        }
        if word == "--serve" {
            wanted.serve = true;
            continue;
        }
        if word == "--store" {
            wanted.store = match words.next().as_deref() {
                Some("sqlite") => StoreKind::Sqlite,
                Some("postgres") => StoreKind::Postgres,
                Some("patroni") => StoreKind::Patroni,
                _ => return Err("--store is sqlite, postgres or patroni".into()),
            };
            continue;
        }
        if word == "--previous" {
            wanted.previous = Some(words.next().ok_or("--previous needs a program")?.into());
            continue;
        }
        let number: u64 = words.next().ok_or_else(|| format!("{word} needs a number"))?.parse()?;
        match word.as_str() {
            "--orders" => wanted.orders = number,
            "--minutes" => wanted.minutes = Some(number),
            "--seed" => wanted.seed = number,
            _ => return Err(format!("no such flag as {word}").into()),
        }
    }
    if wanted.serve && wanted.previous.is_some() {
        return Err("--previous is a worker's program, and --serve has no workers".into());
    }
    Ok(wanted)
}
