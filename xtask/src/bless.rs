//! `bless` accepts every generated file as it is now: the layer picture here, the rest by the tests that compare them.

use xshell::cmd;

use crate::{Outcome, Run, Verdict, layers};

pub(crate) fn bless(run: &Run) -> Verdict {
    layers::layers(&Run { bless: true, ..run.clone() })?;
    cmd!(run.sh, "cargo test --quiet --all-features -p epay-tests -p epay-cli")
        .env("EPAY_BLESS", "1")
        .run()?;
    cmd!(run.sh, "cargo test --quiet -p epay-compile-fail").env("TRYBUILD", "overwrite").run()?;
    Ok(Outcome::Passed)
}
