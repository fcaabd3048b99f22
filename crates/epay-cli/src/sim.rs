//! `epay sim` runs the facade in a hostile world, in virtual time: many seeds, or one scenario again.

mod many;

use std::io::Write;
use std::path::{Path, PathBuf};

use epay::MemoryStore;
use epay_sim::{RunEnd, Scenario, Simulation};

use crate::{Failure, exit::Ended, exit::wrong};

/// Run payments in a simulated world in which everything fails; the same seed gives the same run.
///
/// Processes die, the network cuts and duplicates, the bank deviates from its documents, payers click
/// twice. Then the faults stop, and the bank's books, the log and the notifications are compared.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    /// Do the cryptography for each payment instead of once for all: slower, the same findings.
    #[arg(long, global = true)]
    real_crypto: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    Run(many::Args),
    Replay(Replay),
    Shrink(Shrink),
}

/// Run one scenario again and print what happened, line by line.
#[derive(clap::Args)]
struct Replay {
    /// The file of a scenario, or the number of a seed.
    #[arg(value_name = "FILE|SEED")]
    scenario: String,
    /// Also write the run as one HTML page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Make a failing scenario as small as possible, and print it.
#[derive(clap::Args)]
struct Shrink {
    /// The file of a scenario, or the number of a seed.
    #[arg(value_name = "FILE|SEED")]
    scenario: String,
}

type Worlds = Simulation<fn() -> MemoryStore>;

pub(crate) fn run(args: &Args, out: &mut (impl Write + Send)) -> Result<Ended, Failure> {
    // A world has a runtime of its own, and there is one around this already.
    let ended = std::thread::scope(|scope| {
        let running = scope.spawn(move || {
            let store: fn() -> MemoryStore = MemoryStore::default;
            let simulation = Simulation::new(store).with_real_crypto(args.real_crypto);
            match &args.command {
                Command::Run(args) => many::run(&simulation, args, out),
                Command::Replay(args) => replay(&simulation, args, out),
                Command::Shrink(args) => shrink(&simulation, args, out),
            }
        });
        running.join()
    });
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn read(scenario: &str) -> Result<Scenario, Failure> {
    if let Ok(seed) = scenario.parse() {
        return Ok(Scenario::of_seed(seed));
    }
    let text =
        std::fs::read_to_string(scenario).map_err(|error| wrong(format!("{scenario}: {error}")))?;
    Scenario::read(&text).map_err(|error| wrong(format!("{scenario}: {error}")))
}

fn replay(simulation: &Worlds, args: &Replay, out: &mut impl Write) -> Result<Ended, Failure> {
    let scenario = read(&args.scenario)?;
    let end = simulation.told(&scenario);
    for line in &end.lines {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    if let Some(path) = &args.html {
        write_page(path, &end, &scenario)?;
    }
    concludes(&end, out)
}

fn write_page(path: &Path, end: &RunEnd, scenario: &Scenario) -> Result<(), Failure> {
    std::fs::write(path, end.page(scenario))
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

fn concludes(end: &RunEnd, out: &mut impl Write) -> Result<Ended, Failure> {
    for complaint in &end.complaints {
        writeln!(out, "{}: {}", complaint.rule, complaint.what)?;
    }
    if end.complaints.is_empty() {
        writeln!(out, "nothing wrong; trace {:016x}", end.hash)?;
    }
    Ok(Ended::needs_attention_if(!end.complaints.is_empty()))
}

fn shrink(simulation: &Worlds, args: &Shrink, out: &mut impl Write) -> Result<Ended, Failure> {
    let small = simulation.shrink(&read(&args.scenario)?);
    let end = simulation.scenario(&small);
    for complaint in &end.complaints {
        writeln!(out, "# {}: {}", complaint.rule, complaint.what)?;
    }
    write!(out, "{}", small.to_text())?;
    Ok(Ended::needs_attention_if(!end.complaints.is_empty()))
}
