//! `mutants` breaks the code that decides money, trust and secrecy, one small change at a time, and a test has to notice.

use xshell::cmd;

use crate::{Outcome, Run, Verdict, tools};

/// Which code that is, and which changes mean nothing, stands in `.cargo/mutants.toml`. A survivor is a failure.
pub(crate) fn mutants(run: &Run) -> Verdict {
    let tools::Found::At(cargo_mutants) = tools::find(run, "cargo-mutants")? else {
        return Err("cargo-mutants is neither here nor wanted".into());
    };
    run.sh.create_dir("target/mutants")?;
    cmd!(run.sh, "{cargo_mutants} mutants").args(&run.rest).run()?;
    Ok(Outcome::Passed)
}
