//! `cargo xtask <name>` starts what a contributor runs; it imports nothing of ours, so it works while the rest is broken.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its terminal"
)]

mod admin_api;
mod api;
mod bench;
mod bless;
mod ci;
mod codes;
mod domain;
mod fuzz;
mod growth;
mod layers;
mod marks;
mod metadata;
mod mutants;
mod observed;
mod prerelease;
mod readme;
mod release;
mod run;
mod sim;
mod size;
mod steps;
mod tidy;
mod tools;
mod tree;

use std::{
    path::{self, Path},
    process::ExitCode,
};

use xshell::Shell;

use run::{Outcome, Run, Verdict};

struct Command {
    name: &'static str,
    help: &'static str,
    /// As the help prints them; the first word is what is typed.
    flags: &'static [&'static str],
    run: fn(&Run) -> Verdict,
}

/// The commands that are more than one step; every step of `ci` is a command as well.
const COMMANDS: &[Command] = &[
    Command {
        name: "quick",
        help: "the inner loop: fmt, tidy, layers, readme, codes, observed, clippy, unit",
        flags: &[],
        run: ci::quick,
    },
    Command {
        name: "ci",
        help: "what every change must pass; with --all what `.ci/run` runs",
        flags: &["--all", "--no-install"],
        run: ci::ci,
    },
    Command {
        name: "fuzz",
        help: "random bytes for every reader, ten minutes each",
        flags: &["--minutes N", "TARGET"],
        run: fuzz::fuzz,
    },
    Command {
        name: "bench",
        help: "each part beside its floor, on both backends; about 6 minutes, with --scale up to a million payments, and a picture; --bless writes the pages' tables",
        flags: &["--json", "--scale", "--bless"],
        run: bench::bench,
    },
    Command {
        name: "mutants",
        help: "whether a test fails for each small change to what decides money and trust; hours",
        flags: &["-- ARGS"],
        run: mutants::mutants,
    },
    Command {
        name: "release",
        help: "builds `epay`, static; with --check runs what must hold before a version is published",
        flags: &["--check", "--no-install"],
        run: release::release,
    },
    Command {
        name: "pictures",
        help: "takes the pictures of demo, checkout and console in docs/pictures, by a real Chromium",
        flags: &[],
        run: steps::pictures,
    },
    Command {
        name: "size",
        help: "characters that are not blank, of the core path and of everything",
        flags: &[],
        run: size::size,
    },
    Command {
        name: "bless",
        help: "accepts every generated file as it is now",
        flags: &[],
        run: bless::bless,
    },
];

fn main() -> ExitCode {
    if let Some(ended) = api::stand_in() {
        return ended;
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    if matches!(args.first().map(String::as_str), None | Some("help" | "--help" | "-h")) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    match start(&args) {
        Ok(Outcome::Passed) => ExitCode::SUCCESS,
        // Asked for by name, so not having run it is a failure everywhere.
        Ok(Outcome::MissingTool(why) | Outcome::NeedsNetwork(why)) => {
            eprintln!("NOT RUN ({why})");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &[String]) -> Verdict {
    let sh = Shell::new()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("xtask is not inside the workspace")?;
    sh.change_dir(root);
    let (run, asked) = parse(args, sh)?;
    run(&asked)
}

type Entry = fn(&Run) -> Verdict;

fn parse(args: &[String], sh: Shell) -> Result<(Entry, Run), String> {
    let (name, flags) = args.split_first().ok_or("which command?")?;
    let (entry, known) =
        find(name).ok_or_else(|| format!("no command `{name}`; `cargo xtask` lists them"))?;
    let mut run = Run {
        sh,
        install: true,
        all: false,
        check: false,
        fetch: false,
        bless: false,
        cases: None,
        minutes: None,
        orders: None,
        payments: None,
        planted: false,
        seed: None,
        store: None,
        serve: false,
        previous: None,
        json: false,
        scale: false,
        only: None,
        rest: Vec::new(),
    };
    let takes_a_name = known.iter().any(|known| !known.starts_with('-'));
    let mut flags = flags.iter().map(String::as_str);
    while let Some(flag) = flags.next() {
        if !flag.starts_with('-') && takes_a_name && run.only.is_none() {
            run.only = Some(flag.to_owned());
            continue;
        }
        if !known.iter().any(|known| known.split(' ').next() == Some(flag)) {
            return Err(format!("`{name}` takes no `{flag}`"));
        }
        match flag {
            "--no-install" => run.install = false,
            "--all" => run.all = true,
            "--check" => run.check = true,
            "--fetch" => run.fetch = true,
            "--bless" => run.bless = true,
            "--planted" => run.planted = true,
            "--json" => run.json = true,
            "--scale" => run.scale = true,
            "--serve" => run.serve = true,
            "--store" => {
                let name = flags.next().ok_or("`--store` needs a name")?;
                run.store = Some(name.to_owned());
            }
            "--previous" => {
                let program = flags.next().ok_or("`--previous` needs a program")?;
                run.previous = Some(path::absolute(program).map_err(|error| error.to_string())?);
            }
            "--" => run.rest.extend(flags.by_ref().map(str::to_owned)),
            _ => {
                let count =
                    flags.next().and_then(|text| text.parse().ok()).filter(|&count| count > 0);
                let count =
                    Some(count.ok_or_else(|| format!("`{flag}` needs a number above zero"))?);
                *match flag {
                    "--minutes" => &mut run.minutes,
                    "--orders" => &mut run.orders,
                    "--payments" => &mut run.payments,
                    "--seed" => &mut run.seed,
                    _ => &mut run.cases,
                } = count;
            }
        }
    }
    Ok((entry, run))
}

fn find(name: &str) -> Option<(Entry, &'static [&'static str])> {
    let command =
        COMMANDS.iter().find(|command| command.name == name).map(|found| (found.run, found.flags));
    command.or_else(|| {
        steps::STEPS.iter().find(|step| step.name == name).map(|found| (found.run, found.flags))
    })
}

fn help() -> String {
    let mut lines = vec!["cargo xtask <name> [flags]".to_owned(), String::new()];
    let mut line = |name: &str, flags: &[&str], help: &str| {
        let flags: String = flags.iter().map(|flag| format!("  [{flag}]")).collect();
        lines.push(format!("  {name:<12}{help}{flags}"));
    };
    COMMANDS.iter().for_each(|command| line(command.name, command.flags, command.help));
    line("", &[], "");
    steps::STEPS.iter().for_each(|step| line(step.name, step.flags, step.help));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Run, String> {
        let args: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        parse(&args, Shell::new().unwrap()).map(|(_, run)| run)
    }

    #[test]
    fn flags_reach_the_command_that_takes_them() {
        assert!(!parsed("ci --no-install").unwrap().install);
        assert!(parsed("ci").unwrap().install);
        assert!(parsed("ci --all").unwrap().all);
        assert!(!parsed("ci").unwrap().all);
        assert!(parsed("release --check").unwrap().check);
        assert!(parsed("advisories --fetch").unwrap().fetch);
        assert!(parsed("layers --bless").unwrap().bless);
        assert_eq!(parsed("props --cases 7").unwrap().cases, Some(7));
        assert_eq!(parsed("props").unwrap().cases, None);
        assert_eq!(parsed("fuzz --minutes 3 status").unwrap().minutes, Some(3));
        assert_eq!(parsed("fuzz --minutes 3 status").unwrap().only.as_deref(), Some("status"));
        let torture = parsed("torture --orders 9 --seed 7 --minutes 2").unwrap();
        assert_eq!((torture.orders, torture.seed, torture.minutes), (Some(9), Some(7), Some(2)));
        let torture = parsed("torture --store postgres --serve").unwrap();
        assert_eq!((torture.store.as_deref(), torture.serve), (Some("postgres"), true));
        let torture = parsed("torture --previous /old/torture").unwrap();
        assert_eq!(torture.previous, Some("/old/torture".into()));
        assert!(parsed("bench --json").unwrap().json);
        assert!(!parsed("bench").unwrap().json);
        assert_eq!(parsed("mutants -- --re sums.rs").unwrap().rest, ["--re", "sums.rs"]);
        assert!(parsed("mutants").unwrap().rest.is_empty());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let cases = [
            "",
            "nonsense",
            "tidy --cases 7",
            "props --cases",
            "props --cases many",
            "props --cases 0",
            "fuzz a b",
            "tidy TARGET",
            "fuzz TARGET TARGET",
            "mutants --re sums.rs",
            "tidy -- x",
        ];
        for case in cases {
            assert!(parsed(case).is_err(), "{case:?} was taken");
        }
    }

    #[test]
    fn the_help_of_quick_lists_its_steps() {
        let steps = steps::STEPS.iter().filter(|step| ci::in_quick(step.when));
        let steps: Vec<&str> = steps.map(|step| step.name).collect();
        let quick = COMMANDS.iter().find(|command| command.name == "quick").unwrap();
        assert_eq!(quick.help, format!("the inner loop: {}", steps.join(", ")));
    }

    #[test]
    fn the_help_names_every_command_once() {
        let help = help();
        let names = COMMANDS
            .iter()
            .map(|command| command.name)
            .chain(steps::STEPS.iter().map(|step| step.name));
        for name in names {
            let lines =
                help.lines().filter(|line| line.split_whitespace().next() == Some(name)).count();
            assert_eq!(lines, 1, "{name}");
        }
    }
}
