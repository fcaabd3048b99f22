//! rustdoc writes what it knows of a crate as JSON when it is told that it may, and nobody else is told.

use std::{
    env,
    error::Error,
    path::PathBuf,
    process::{Command, ExitCode},
};

use xshell::{Shell, cmd};

use crate::metadata;

/// Names the real rustdoc to xtask, which cargo takes for rustdoc.
const REAL: &str = "EPAY_XTASK_RUSTDOC";

/// Where the JSON of each crate is, after one go over all of them.
///
/// The format is unstable, so the compiler wants `RUSTC_BOOTSTRAP=1`. If cargo had it, so had every build script that
/// looks for a nightly compiler, and half of the tree would be built anew: here, and again at the next step.
pub(crate) fn write(sh: &Shell, crates: &[&str]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let packages = crates.iter().flat_map(|name| ["-p", name]);
    cmd!(sh, "cargo doc --quiet --no-deps --all-features --lib {packages...}")
        .env("RUSTDOC", env::current_exe()?)
        .env(REAL, env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()))
        // What `doc` warns of is told by `doc`.
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cap-lints allow")
        .quiet()
        .run()?;
    let pages = metadata::target(sh)?.join("doc");
    Ok(crates.iter().map(|name| pages.join(name.replace('-', "_") + ".json")).collect())
}

/// Does what rustdoc would, where cargo means rustdoc.
pub(crate) fn stand_in() -> Option<ExitCode> {
    let real = env::var_os(REAL)?;
    let mut rustdoc = Command::new(real);
    rustdoc.args(env::args_os().skip(1)).env_remove(REAL).env("RUSTC_BOOTSTRAP", "1");
    let fine = rustdoc.status().is_ok_and(|status| status.success());
    Some(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
