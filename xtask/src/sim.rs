//! `sim` runs payments in the simulated world; `sim --planted` asks what that is worth: each planted bug is
//! applied to a copy, built, and run until a seed finds it.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use xshell::{Shell, cmd};

use crate::{
    metadata,
    run::{Outcome, Run, Verdict, timed},
    steps::WHOLE,
};

/// Payments when nobody says how many: what `ci` plays in half a minute, not optimised.
const PAYMENTS: u32 = 3_000;

/// From here on everything that must happen sometimes does.
const MANY: u32 = 20_000;

/// Seeds until a planted bug counts as missed.
const SEEDS: u32 = 2_000;

const PLANTED: &str = "crates/epay-sim/planted";

/// Optimised as far as it is built fast: each bug is built once.
const PROFILE: &[&str] = &["--profile", "planted", "-p", "epay-cli", "--no-default-features"];

pub(crate) fn sim(run: &Run) -> Verdict {
    let patches = patches(&run.sh)?;
    for patch in &patches {
        cmd!(run.sh, "git apply --check {patch}").quiet().run()?;
    }
    if run.planted {
        return planted(run, &patches);
    }
    let many = run.minutes.is_some() || run.payments.is_some_and(|count| count > PAYMENTS);
    let all = run.minutes.is_some() || run.payments.is_some_and(|count| count >= MANY);
    let sometimes = all.then_some("--sometimes");
    let release = many.then_some("--release");
    cmd!(run.sh, "cargo build --quiet {WHOLE...} {release...} --bin epay --test torture").run()?;
    let profile = if many { "release" } else { "debug" };
    let epay = metadata::target(&run.sh)?.join(profile).join("epay");
    let payments = run.payments.unwrap_or(PAYMENTS).to_string();
    let flags = [("--seed", run.seed), ("--minutes", run.minutes)];
    let flags = flags
        .into_iter()
        .filter_map(|(flag, count)| Some([flag.to_owned(), count?.to_string()]))
        .flatten();
    cmd!(run.sh, "{epay} sim run {sometimes...} --payments {payments}").args(flags).run()?;
    Ok(Outcome::Passed)
}

fn patches(sh: &Shell) -> Result<Vec<PathBuf>, xshell::Error> {
    let all = sh.read_dir(PLANTED)?.into_iter();
    Ok(all.filter(|path| path.extension().is_some_and(|it| it == "patch")).collect())
}

/// What became of one planted bug.
struct Found {
    name: String,
    /// How many seeds it took, and how many events are left of the first that failed.
    by: Option<(u64, usize)>,
}

fn planted(run: &Run, patches: &[PathBuf]) -> Verdict {
    let mut found = Vec::new();
    let chosen = |name: &str| run.only.as_deref().is_none_or(|only| name.contains(only));
    for patch in patches {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if chosen(&name) {
            let (by, took) = timed(|| hunted(run, patch));
            let by = by?;
            let seeds = by.map_or("MISSED".to_owned(), |(seeds, events)| {
                format!("{seeds} seeds, {events} events")
            });
            println!("{name:<44}{seeds:>24}{:>6} s", took.as_secs());
            found.push(Found { name, by });
        }
    }
    concluded(&found)
}

/// Builds a copy with this bug, and runs it until a seed finds it.
fn hunted(run: &Run, patch: &Path) -> Result<Option<(u64, usize)>, Box<dyn Error>> {
    let target = metadata::target(&run.sh)?;
    let tree = target.join("planted-tree");
    copied(&run.sh, &tree)?;
    let sh = run.sh.clone();
    sh.change_dir(&tree);
    // The copy lies inside the project, and is no part of it for git.
    sh.set_var("GIT_CEILING_DIRECTORIES", &target);
    cmd!(sh, "git apply {patch}").quiet().run()?;
    let target = target.join("planted-target");
    let built =
        cmd!(sh, "cargo build --quiet {PROFILE...} --features sim --target-dir {target}").run();
    let epay = target.join("planted").join("epay");
    let ended = built.map(|()| hunt(&sh, &epay));
    cmd!(sh, "git apply -R {patch}").quiet().run()?;
    ended?
}

fn hunt(sh: &Shell, epay: &Path) -> Result<Option<(u64, usize)>, Box<dyn Error>> {
    let seeds = SEEDS.to_string();
    let said = cmd!(sh, "{epay} sim run --first --seeds {seeds}").quiet().ignore_status().read()?;
    let number = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name))?;
        line.split([':', ' ']).find_map(|word| word.parse::<u64>().ok())
    };
    let (Some(took), Some(seed)) = (number("seeds"), number("seed ")) else { return Ok(None) };
    let seed = seed.to_string();
    let small = cmd!(sh, "{epay} sim shrink {seed}").quiet().ignore_status().read()?;
    let events = small.lines().filter(|line| matches!(*line, "[[act]]" | "[[strike]]")).count();
    Ok(Some((took, events)))
}

/// A copy of what is committed and what is not, with times that tell cargo what is new: files that are the same stay.
fn copied(sh: &Shell, copy: &Path) -> Result<(), Box<dyn Error>> {
    let root = sh.current_dir();
    let listed = cmd!(sh, "git ls-files -z --cached --others --exclude-standard").quiet().read()?;
    for path in listed.split('\0').filter(|path| root.join(path).is_file()) {
        let (from, to) = (root.join(path), copy.join(path));
        let now = sh.read_binary_file(&from)?;
        if sh.read_binary_file(&to).ok().as_ref() != Some(&now) {
            sh.create_dir(to.parent().unwrap_or(copy))?;
            sh.write_file(to, now)?;
        }
    }
    Ok(())
}

fn concluded(found: &[Found]) -> Verdict {
    let missed: Vec<&str> =
        found.iter().filter(|it| it.by.is_none()).map(|it| it.name.as_str()).collect();
    let mut seeds: Vec<u64> = found.iter().filter_map(|it| Some(it.by?.0)).collect();
    let mut events: Vec<usize> = found.iter().filter_map(|it| Some(it.by?.1)).collect();
    seeds.sort_unstable();
    events.sort_unstable();
    let (Some(by), Some(of)) = (seeds.get(seeds.len() / 2), events.get(events.len() / 2)) else {
        return Err("no planted bug was found".into());
    };
    println!("{} found, median {by} seeds, median {of} events", seeds.len());
    if missed.is_empty() {
        return Ok(Outcome::Passed);
    }
    Err(format!("missed: {}", missed.join(", ")).into())
}
