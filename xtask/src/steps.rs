//! Every step of `ci` has a name, one line of help and the commands it starts; `quick` is the steps marked so.

use xshell::cmd;

use crate::{
    api, domain, layers, metadata, prerelease,
    run::{Outcome, Run, Verdict},
    tidy, tools,
};

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) flags: &'static [&'static str],
    pub(crate) quick: bool,
    pub(crate) run: fn(&Run) -> Verdict,
}

const fn quick(name: &'static str, help: &'static str, run: fn(&Run) -> Verdict) -> Step {
    Step { name, help, flags: &[], quick: true, run }
}

const fn slow(name: &'static str, help: &'static str, run: fn(&Run) -> Verdict) -> Step {
    Step { name, help, flags: &[], quick: false, run }
}

/// In the order they run. `ci` is all of them, so that "in `quick`, not in `ci`" can't be written.
pub(crate) const STEPS: &[Step] = &[
    slow("fetch", "Cargo.lock is up to date and everything in it is here", fetch),
    quick("fmt", "formatted as rustfmt.toml says", fmt),
    quick("tidy", "house rules that no other tool checks", tidy::tidy),
    Step {
        flags: &["--bless"],
        ..quick("layers", "imports point down, never sideways", layers::layers)
    },
    quick("clippy", "no warning in any target with any feature on", clippy),
    quick("unit", "the unit tests", unit),
    slow("test", "every test and every example in the docs, all features on", test),
    slow("backends", "sealing and Apple Pay again on the backend without aws-lc", backends),
    slow("browser", "a payer passes 3-D Secure in a real Chromium", browser),
    slow("features", "each crate with none of its features, and with each alone", features),
    slow("domain", "epay-domain: its tree, without std, without the ports", domain::domain),
    slow("doc", "the docs build without a warning", doc),
    Step {
        flags: &["--bless", "CRATE"],
        ..slow("api", "what each library offers, and whose types are in it", api::api)
    },
    Step {
        flags: &["--no-install"],
        ..slow("deny", "bans, licences and sources of the dependencies", deny)
    },
    Step {
        flags: &["--no-install"],
        ..slow("advisories", "known holes in the dependencies", advisories)
    },
    slow("demo", "the demo pays against the fake bank and both ledgers agree", demo),
    Step {
        flags: &["--cases N"],
        ..slow("props", "the property tests over many histories", props)
    },
    Step {
        flags: &["--minutes N", "--orders N", "--seed N"],
        ..slow(
            "torture",
            "workers that share a log are killed, the bank loses answers, its ledger judges",
            torture,
        )
    },
];

/// Cases of `props` when nobody says how many.
const CASES: u32 = 10_000;

fn fetch(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo fetch --locked").run()?;
    Ok(Outcome::Passed)
}

fn fmt(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo fmt --all --check").run()?;
    Ok(Outcome::Passed)
}

fn clippy(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo clippy --quiet --workspace --all-targets --all-features -- -D warnings")
        .run()?;
    Ok(Outcome::Passed)
}

fn unit(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo test --quiet --workspace --lib --bins").run()?;
    Ok(Outcome::Passed)
}

fn test(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo test --quiet --workspace --all-features").run()?;
    Ok(Outcome::Passed)
}

/// In the whole workspace one crate's wish for aws-lc is everybody's, so here the crates are built apart.
fn backends(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo test --quiet -p epay-crypto -p epay-applepay").run()?;
    cmd!(run.sh, "cargo test --quiet -p epay-tests --test apple_pay --test apple_pay_memory")
        .run()?;
    Ok(Outcome::Passed)
}

/// The driver comes with the browser, in a package of its own.
fn browser(run: &Run) -> Verdict {
    if cmd!(run.sh, "chromedriver --version").quiet().ignore_stdout().ignore_stderr().run().is_err()
    {
        return Ok(Outcome::MissingTool("apt-get install chromium chromium-driver".to_owned()));
    }
    cmd!(run.sh, "cargo test --quiet -p epay-tests --test browser").run()?;
    Ok(Outcome::Passed)
}

/// Features only add, so each must stand alone. Clippy and not `check`: code that a feature leaves unused is an error.
fn features(run: &Run) -> Verdict {
    for member in metadata::members(&run.sh)? {
        if member.features.is_empty() {
            continue;
        }
        let name = &member.name;
        cmd!(run.sh, "cargo clippy --quiet -p {name} --no-default-features -- -D warnings")
            .run()?;
        for feature in &member.features {
            cmd!(run.sh, "cargo clippy --quiet -p {name} --no-default-features --features {feature} -- -D warnings")
                .run()?;
        }
    }
    Ok(Outcome::Passed)
}

fn doc(run: &Run) -> Verdict {
    // `--lib`, because the binary `epay` would write its pages over those of the library `epay`.
    cmd!(run.sh, "cargo doc --quiet --workspace --no-deps --all-features --lib")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Outcome::Passed)
}

fn deny(run: &Run) -> Verdict {
    prerelease::check(&run.sh)?;
    match tools::find(run, "cargo-deny")? {
        tools::Found::At(deny) => {
            // Either workspace leaves some entries to the other.
            let root = ["license-exception-not-encountered"].as_slice();
            let fuzz = &[
                "license-not-encountered",
                "unmatched-skip",
                "unnecessary-skip",
                "unused-wrapper",
            ];
            for (manifest, unused) in prerelease::MANIFESTS.into_iter().zip([root, fuzz]) {
                let allow: Vec<_> = unused.iter().flat_map(|lint| ["--allow", lint]).collect();
                let base = ["--offline", "--manifest-path", manifest, "check"];
                cmd!(run.sh, "{deny} {base...} {allow...} bans licenses sources").run()?;
            }
        }
        tools::Found::Nowhere(install) => return Ok(Outcome::MissingTool(install)),
    }
    Ok(Outcome::Passed)
}

fn advisories(run: &Run) -> Verdict {
    let deny = match tools::find(run, "cargo-deny")? {
        tools::Found::At(deny) => deny,
        tools::Found::Nowhere(install) => return Ok(Outcome::MissingTool(install)),
    };
    if !tools::advisory_database_is_here() {
        let here = run.sh.current_dir();
        let shown = deny.strip_prefix(here).unwrap_or(&deny).display();
        return Ok(Outcome::MissingData(format!(
            "no advisory database; `{shown} fetch db` brings it"
        )));
    }
    for manifest in prerelease::MANIFESTS {
        cmd!(run.sh, "{deny} --offline --manifest-path {manifest} check advisories").run()?;
    }
    Ok(Outcome::Passed)
}

fn demo(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo run --quiet --release -p epay-cli -- demo").run()?;
    Ok(Outcome::Passed)
}

fn props(run: &Run) -> Verdict {
    let cases = run.cases.unwrap_or(CASES).to_string();
    cmd!(run.sh, "cargo test --quiet --release -p epay-tests --test props")
        .env("EPAY_PROPS_CASES", cases)
        .run()?;
    Ok(Outcome::Passed)
}

/// The bank is the program that anybody starts, and it is looked for beside the test, in the same profile: release, which
/// is what `demo` and `props` have built before.
fn torture(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo build --quiet --release -p epay-cli").run()?;
    let flags = [("--minutes", run.minutes), ("--orders", run.orders), ("--seed", run.seed)];
    let flags = flags
        .into_iter()
        .filter_map(|(flag, count)| Some([flag.to_owned(), count?.to_string()]))
        .flatten();
    cmd!(run.sh, "cargo test --quiet --release -p epay-tests --test torture --")
        .args(flags)
        .run()?;
    Ok(Outcome::Passed)
}
