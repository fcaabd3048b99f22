//! `mutants` breaks the code that decides money, trust and secrecy, one small change at a time, and a test has to notice.

use xshell::cmd;

use crate::{
    run::{Outcome, Run, Verdict},
    tools,
};

/// Which code that is, and which changes mean nothing, stands in `.cargo/mutants.toml`. A survivor is a failure, and so
/// is an endless loop.
///
/// What is changed is narrowed by `--re`, as in `cargo xtask mutants -- --re sums.rs`; `--file` only adds to the list of
/// the configuration.
pub(crate) fn mutants(run: &Run) -> Verdict {
    let tools::Found::At(cargo_mutants) = tools::find(run, "cargo-mutants")? else {
        return Err("cargo-mutants is neither here nor wanted".into());
    };
    run.sh.create_dir("target/mutants")?;
    cmd!(run.sh, "{cargo_mutants} mutants").args(&run.rest).run()?;
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    const CONFIG: &str = include_str!("../../.cargo/mutants.toml");

    /// The texts of the list that bears this name, one a line.
    fn list(name: &str) -> Vec<&'static str> {
        let (_, rest) = CONFIG.split_once(&format!("\n{name} = [\n")).unwrap();
        let lines = rest.lines().take_while(|line| *line != "]").map(str::trim);
        lines
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.trim_matches(['"', '\'', ',']))
            .collect()
    }

    #[test]
    fn every_place_that_is_broken_on_purpose_is_there() {
        let globs = list("examine_globs");
        assert!(!globs.is_empty());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for glob in globs {
            let (before, after) = glob.split_once('{').unwrap_or((glob, "}"));
            let (names, after) = after.split_once('}').unwrap();
            for name in names.split(',') {
                let path = format!("{before}{name}{after}");
                assert!(root.join(path.trim_end_matches("**")).exists(), "{path} is gone");
            }
        }
    }

    #[test]
    fn few_changes_are_let_through() {
        let exclusions = list("exclude_re").len();
        assert!((1..=10).contains(&exclusions), "{exclusions}");
    }
}
