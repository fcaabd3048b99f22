//! A tool is taken from PATH when its version fits, else installed once into `target/tools`; nobody else's setup is changed.

use std::{error::Error, path::PathBuf};

use xshell::{Shell, cmd};

use crate::run::{Run, timed};

struct Tool {
    name: &'static str,
    version: &'static str,
}

/// The cargo tools, each with the version its checks were written for. `ci` needs cargo-deny; the others are for the
/// commands that bear their names.
const TOOLS: &[Tool] = &[
    Tool { name: "cargo-auditable", version: "0.7.7" },
    Tool { name: "cargo-deny", version: "0.20.2" },
    Tool { name: "cargo-fuzz", version: "0.13.2" },
    Tool { name: "cargo-mutants", version: "27.1.0" },
    Tool { name: "cargo-semver-checks", version: "0.51.0" },
];

pub(crate) enum Found {
    At(PathBuf),
    /// Not here and not wanted: the command that would install it.
    Nowhere(String),
}

/// Finds a tool of `TOOLS`, installing it when the caller allows that.
pub(crate) fn find(run: &Run, name: &str) -> Result<Found, Box<dyn Error>> {
    let tool = TOOLS
        .iter()
        .find(|tool| tool.name == name)
        .ok_or_else(|| format!("`{name}` is not in TOOLS"))?;
    let Tool { name, version } = tool;
    let root = run.sh.current_dir().join("target").join("tools");
    let ours = root.join("bin").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    // Started as cargo starts them, because not every tool answers to `--version` alone.
    let verb = name.trim_start_matches("cargo-");
    let of_itself = cmd!(run.sh, "{name} {verb} --version").quiet().ignore_stderr().read();
    if of_itself.is_ok_and(|said| fits(&said, name, version)) {
        return Ok(Found::At(PathBuf::from(name)));
    }
    // cargo-auditable tells cargo's version and not its own, so here cargo says what it has installed.
    let of_cargo =
        cmd!(run.sh, "cargo install --list --root {root}").quiet().ignore_stderr().read();
    if ours.is_file() && of_cargo.is_ok_and(|said| fits(&said, name, version)) {
        return Ok(Found::At(ours));
    }
    let install = format!("cargo install {name} --version ={version} --locked --root target/tools");
    if !run.install {
        return Ok(Found::Nowhere(install));
    }
    println!(
        "{name} {version} is not on PATH: installing it into target/tools, once (a few minutes)"
    );
    let exact = format!("={version}");
    // What it reads is small, so building it fast saves more than it would by being fast.
    let (done, took) = timed(|| {
        cmd!(
            run.sh,
            "cargo install {name} --version {exact} --locked --root {root} --debug --quiet"
        )
        .run()
    });
    done?;
    println!("{name} {version} installed in {} s", took.as_secs());
    Ok(Found::At(ours))
}

/// Whether the version of `tool` in `said`, the output of its `--version` or of `cargo install --list`, is `wanted` or a later
/// one that cargo calls compatible.
fn fits(said: &str, tool: &str, wanted: &str) -> bool {
    let of_tool = |line: &str| {
        let (name, rest) = line.split_once(' ')?;
        let said = rest.split_whitespace().next()?.trim_start_matches('v').trim_end_matches(':');
        (name == tool).then(|| version(said)).flatten()
    };
    let have = said.lines().find_map(of_tool);
    let (Some(have), Some(wanted)) = (have, version(wanted)) else { return false };
    let breaking = |(major, minor, patch): (u64, u64, u64)| match (major, minor) {
        (0, 0) => (0, 0, patch),
        (0, _) => (0, minor, 0),
        _ => (major, 0, 0),
    };
    breaking(have) == breaking(wanted) && have >= wanted
}

fn version(text: &str) -> Option<(u64, u64, u64)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let version = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(version)
}

/// Makes sure that the standard library of `target` is here, and says so when it had to be added.
///
/// The answer is the command to type where there is no rustup to do it.
pub(crate) fn target(sh: &Shell, target: &str) -> Result<Option<String>, xshell::Error> {
    let sysroot = PathBuf::from(cmd!(sh, "rustc --print sysroot").quiet().read()?);
    if sysroot.join("lib").join("rustlib").join(target).join("lib").is_dir() {
        return Ok(None);
    }
    if cmd!(sh, "rustup --version").quiet().ignore_stdout().ignore_stderr().run().is_err() {
        return Ok(Some(format!("rustup target add {target}")));
    }
    println!("the target {target} is missing: adding it");
    cmd!(sh, "rustup target add {target}").run()?;
    Ok(None)
}

/// Whether `cargo deny` has a copy of the advisory database to look into without the network.
pub(crate) fn advisory_database_is_here() -> bool {
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = cargo_home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    home.and_then(|home| std::fs::read_dir(home.join("advisory-dbs")).ok())
        .is_some_and(|databases| databases.flatten().any(|entry| entry.path().is_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_fits_when_it_is_the_pinned_one_or_a_compatible_later_one() {
        let cases = [
            ("cargo-deny 0.20.2", "0.20.2", true),
            ("cargo-deny 0.20.3 (abc 2026-01-01)", "0.20.2", true),
            ("cargo-deny 0.20.1", "0.20.2", false),
            ("cargo-deny 0.21.2", "0.20.2", false),
            ("cargo-deny 1.9.0", "1.2.3", true),
            ("cargo-deny 2.2.3", "1.2.3", false),
            ("cargo-deny 0.0.4", "0.0.3", false),
            ("cargo-deny 1.2", "1.2.0", false),
            (
                "cargo-fuzz v1.2.0:\n    cargo-fuzz\ncargo-deny v1.2.3:\n    cargo-deny",
                "1.2.3",
                true,
            ),
            ("cargo-fuzz v1.2.3:\n    cargo-fuzz", "1.2.3", false),
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "1.2.3", false),
            ("no version here", "1.2.3", false),
            ("", "1.2.3", false),
        ];
        for (said, wanted, expected) in cases {
            assert_eq!(fits(said, "cargo-deny", wanted), expected, "{said} for {wanted}");
        }
    }
}
