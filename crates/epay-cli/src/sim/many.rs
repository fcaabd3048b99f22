//! `epay sim run`: seed after seed on every core, until there are enough payments or no more time.

use std::io::Write;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use epay_sim::{Report, Scenario};
use indicatif::{ProgressBar, ProgressStyle};

use super::Worlds;
use crate::{Failure, exit::Ended};

/// Run seed after seed, and print a table of the faults that were injected and of the failures found.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Stop after at least this many payments.
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    payments: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Run exactly this many seeds instead.
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// Run for so many minutes instead.
    #[arg(long, value_name = "N")]
    minutes: Option<u64>,
    /// Stop at the first seed that fails.
    #[arg(long)]
    first: bool,
    /// How many cores to use; the default is all.
    #[arg(long, value_name = "N")]
    cores: Option<usize>,
    /// Also fail if a required event never occurred in any run.
    #[arg(long)]
    sometimes: bool,
}

struct Shared {
    next: AtomicU64,
    stop: AtomicBool,
    report: Mutex<Report>,
    bar: ProgressBar,
}

#[expect(clippy::disallowed_methods, reason = "the progress bar shows the speed")]
pub(super) fn run(
    simulation: &Worlds,
    args: &Args,
    out: &mut impl Write,
) -> Result<Ended, Failure> {
    let cores = args
        .cores
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let began = Instant::now();
    let shared = Shared {
        next: AtomicU64::new(args.seed),
        stop: AtomicBool::new(false),
        report: Mutex::default(),
        bar: bar(args),
    };
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| plays(simulation, args, &shared, began));
        }
    });
    shared.bar.finish_and_clear();
    let report = shared.report.into_inner().unwrap_or_else(PoisonError::into_inner);
    let took = began.elapsed();
    write!(out, "{report}")?;
    let rate = u128::from(report.tally.payments) * 1_000 / took.as_millis().max(1);
    writeln!(out, "\n{rate} payments/s on {cores} cores, {} s", took.as_secs())?;
    let wrong = !report.failures.is_empty() || (args.sometimes && !report.never().is_empty());
    Ok(Ended::needs_attention_if(wrong))
}

fn bar(args: &Args) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {unit} {per_sec} {eta} {msg}");
    let (length, unit) = match args.seeds {
        Some(seeds) => (seeds, "seeds"),
        None => (args.payments, "payments"),
    };
    let bar = ProgressBar::new(length).with_message("");
    match style {
        Ok(style) => bar.with_style(style.with_key(
            "unit",
            move |_: &indicatif::ProgressState, f: &mut dyn std::fmt::Write| {
                let _ = f.write_str(unit);
            },
        )),
        Err(_) => bar,
    }
}

fn plays(simulation: &Worlds, args: &Args, shared: &Shared, began: Instant) {
    while !shared.stop.load(Relaxed) {
        let seed = shared.next.fetch_add(1, Relaxed);
        if args.seeds.is_some_and(|seeds| seed >= args.seed + seeds) {
            return;
        }
        let end = simulation.scenario(&Scenario::of_seed(seed));
        let mut report = shared.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.add(seed, &end);
        let payments = report.tally.payments;
        let enough = match (args.seeds, args.minutes) {
            (Some(_), _) => false,
            (None, Some(minutes)) => began.elapsed() >= Duration::from_secs(60 * minutes),
            (None, None) => payments >= args.payments,
        };
        if enough || (args.first && !report.failures.is_empty()) {
            shared.stop.store(true, Relaxed);
        }
        shared.bar.set_position(if args.seeds.is_some() { report.seeds } else { payments });
        if !report.failures.is_empty() {
            shared.bar.set_message(format!("{} wrong", report.failures.len()));
        }
    }
}
