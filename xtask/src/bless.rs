//! `bless` accepts every generated file as it is now: the layer picture, the READMEs of the crates, the error codes and the API here, the rest by the tests that compare them.

use xshell::cmd;

use crate::{
    api, codes, layers, observed, readme,
    run::{Run, Verdict},
    steps::WHOLE,
};

pub(crate) fn bless(run: &Run) -> Verdict {
    let blessing = Run { bless: true, ..run.clone() };
    layers::layers(&blessing)?;
    readme::readme(&blessing)?;
    codes::codes(&blessing)?;
    observed::observed(&blessing)?;
    cmd!(run.sh, "cargo test --quiet {WHOLE...} --test it --test cli")
        .env("EPAY_BLESS", "1")
        .run()?;
    cmd!(run.sh, "cargo test --quiet -p epay-serve --lib").env("EPAY_BLESS", "1").run()?;
    cmd!(run.sh, "cargo test --quiet {WHOLE...} --test ui").env("TRYBUILD", "overwrite").run()?;
    // Last, because it fails when another's type is new in what we offer: whether that may be is for a person to write.
    api::api(&blessing)
}
