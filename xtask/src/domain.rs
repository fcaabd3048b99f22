//! `epay-domain` stays embeddable: its whole tree is a committed file, and it builds where there is no operating system.

use std::error::Error;

use xshell::cmd;

use crate::{
    run::{Outcome, Run, Verdict},
    tools, tree,
};

const SNAPSHOT: &str = "xtask/snapshots/epay-domain.tree";

/// A browser-like machine and a bare one: the second has no standard library to link by accident.
const TARGETS: &[&str] = &["wasm32-unknown-unknown", "thumbv7em-none-eabihf"];

pub(crate) fn domain(run: &Run) -> Verdict {
    if let Some(wrong) = drift(run)? {
        return Err(wrong.into());
    }
    for target in TARGETS {
        if let Some(how) = tools::target(&run.sh, target)? {
            return Ok(Outcome::MissingTool(how));
        }
        for flags in [&[][..], &["--no-default-features"][..]] {
            cmd!(run.sh, "cargo build --quiet -p epay-domain --target {target} {flags...}")
                .run()?;
        }
    }
    Ok(Outcome::Passed)
}

/// What is wrong with the dependency tree, after accepting it if that was asked.
pub(crate) fn drift(run: &Run) -> Result<Option<String>, Box<dyn Error>> {
    let edges = ["--edges", "normal,build"];
    let whole = tree::of(&run.sh, "epay-domain", &[&edges[..], &["--all-features"]].concat())?;
    let bare =
        tree::of(&run.sh, "epay-domain", &[&edges[..], &["--no-default-features"]].concat())?;
    if let Some(name) = tree::proc_macros(&bare).next() {
        return Ok(Some(format!(
            "epay-domain without its features has the proc-macro {name} in its tree"
        )));
    }
    let now = format!(
        "# epay-domain, all features\n{}\n# epay-domain, no features\n{}",
        tree::print(&whole),
        tree::print(&bare)
    );
    if run.bless {
        run.sh.write_file(SNAPSHOT, now)?;
        return Ok(None);
    }
    let committed = run.sh.read_file(SNAPSHOT).unwrap_or_default();
    let sentence = format!(
        "the tree of epay-domain is not {SNAPSHOT}; if that is meant, `cargo xtask bless`. It is\n{now}"
    );
    Ok((committed != now).then_some(sentence))
}
