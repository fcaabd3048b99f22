//! Every step of `ci` has a name, one line of help and the commands it starts; each says in which runs it is.

use std::{ffi::OsStr, path::Path};

use xshell::cmd;

use crate::{
    admin_api, api, codes, domain, layers, metadata, observed, prerelease, readme, release,
    run::{Outcome, Run, Verdict},
    sim, tidy, tools,
};

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) flags: &'static [&'static str],
    pub(crate) when: When,
    pub(crate) run: fn(&Run) -> Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// In `quick` and in `ci`.
    Quick,
    /// In `quick` alone: the step of this name does the same and more in `ci`.
    QuickFor(&'static str),
    /// In `ci`: what Rust alone can run.
    Ci,
    /// In `ci --all` alone: it needs another program, or longer than everybody should wait.
    All,
    /// In `release --check` alone.
    Release,
}

const fn step(
    when: When,
    name: &'static str,
    help: &'static str,
    run: fn(&Run) -> Verdict,
) -> Step {
    Step { name, help, flags: &[], when, run }
}

/// In the order they run.
pub(crate) const STEPS: &[Step] = &[
    step(
        When::Ci,
        "fetch",
        "both Cargo.lock are up to date, and all that is in them is here",
        fetch,
    ),
    step(When::Quick, "fmt", "formatted as rustfmt.toml says", fmt),
    step(When::Quick, "tidy", "house rules that no other tool checks", tidy::tidy),
    Step {
        flags: &["--bless"],
        ..step(
            When::Quick,
            "layers",
            "imports point down, and no fake is in what takes payments",
            layers::layers,
        )
    },
    Step {
        flags: &["--bless"],
        ..step(
            When::Quick,
            "readme",
            "the README of each crate is the front page of its docs",
            readme::readme,
        )
    },
    Step {
        flags: &["--bless"],
        ..step(
            When::Quick,
            "codes",
            "what is made from the error book is what the book says",
            codes::codes,
        )
    },
    Step {
        flags: &["--bless"],
        ..step(
            When::Quick,
            "observed",
            "the bank's answers in the docs are those of docs/observed.json",
            observed::observed,
        )
    },
    step(When::Quick, "clippy", "no warning in any target with any feature on", clippy),
    step(When::QuickFor("test"), "unit", "the unit tests alone", unit),
    step(When::Ci, "test", "every test and every example in the docs, all features on", test),
    step(When::Ci, "demo", "the demo pays, and the fake bank's ledger agrees with our log", demo),
    Step {
        flags: &["--payments N", "--seed N", "--minutes N", "--planted", "NAME"],
        ..step(
            When::Ci,
            "sim",
            "payments in a world where everything fails, from seeds; with --planted what that finds",
            sim::sim,
        )
    },
    step(
        When::Ci,
        "backends",
        "sealing and Apple Pay again on the backend without aws-lc",
        backends,
    ),
    step(
        When::Ci,
        "features",
        "each crate with none of its features, and with each alone",
        features,
    ),
    step(
        When::Ci,
        "domain",
        "epay-domain: its tree, without std, without the ports",
        domain::domain,
    ),
    step(When::Ci, "doc", "the docs build without a warning", doc),
    Step {
        flags: &["--bless", "CRATE"],
        ..step(When::Ci, "api", "what each library offers, and whose types are in it", api::api)
    },
    step(When::Ci, "package", "each crate packages", package),
    Step {
        flags: &["--no-install"],
        ..step(When::Ci, "deny", "bans, licences and sources of the dependencies", deny)
    },
    Step {
        flags: &["--fetch", "--no-install"],
        ..step(When::Ci, "advisories", "known holes in the dependencies", advisories)
    },
    step(
        When::All,
        "browser",
        "a payer in a real Chromium: 3-D Secure, the pay form, checkout and console of epay serve; axe-core looks at the pages",
        browser,
    ),
    Step {
        flags: &["--seed N"],
        ..step(
            When::All,
            "admin",
            "calls made up from the OpenAPI document of the fake bank's admin API, none answered 5xx",
            admin_api::admin,
        )
    },
    step(
        When::All,
        "shops",
        "the example shops in PHP, Node and Python sell on `epay serve`",
        shops,
    ),
    Step {
        flags: &["--seed N"],
        ..step(
            When::All,
            "merchant",
            "calls made up from the OpenAPI document of `epay serve`, none answered 5xx",
            admin_api::merchant,
        )
    },
    Step {
        flags: &["--cases N"],
        ..step(When::All, "props", "the property tests over many histories", props)
    },
    Step {
        flags: &[
            "--minutes N",
            "--orders N",
            "--seed N",
            "--store NAME",
            "--serve",
            "--previous PROGRAM",
        ],
        ..step(
            When::All,
            "torture",
            "workers that share a log are killed, the bank loses answers, its ledger judges",
            torture,
        )
    },
    step(
        When::All,
        "postgres",
        "the same on PostgreSQL, whose wires and sessions end again and again",
        postgres,
    ),
    step(
        When::All,
        "patroni",
        "the same on three servers, whose leader dies with what its replica lacks",
        patroni,
    ),
    step(When::Release, "packages", "each crate builds from its package alone", release::packages),
    Step {
        flags: &["--no-install"],
        ..step(
            When::Release,
            "semver",
            "the version says what changed since the last",
            release::semver,
        )
    },
    step(When::Release, "msrv", "the oldest Rust that is promised builds it", release::msrv),
    step(
        When::Release,
        "minimal",
        "the oldest dependencies that are promised do",
        release::minimal,
    ),
    Step {
        flags: &["--no-install"],
        ..step(
            When::Release,
            "binary",
            "`epay`, static, with and without the fake bank, that lists what it is made of",
            release::binary,
        )
    },
];

/// What every step builds that does not say why it builds something else. Cargo builds a dependency again for every other
/// set of features, so two steps that choose alike share all of it.
pub(crate) const WHOLE: &[&str] = &["--workspace", "--all-features"];

/// What makes the next build of the same faster is slower to write and half of what is written, so a step whose builds nobody
/// goes on from does without.
const BUILT_ONCE: (&str, &str) = ("CARGO_INCREMENTAL", "0");

/// Cases of `props` when nobody says how many.
const CASES: u32 = 5_000;

/// Orders of `torture` when nobody says how many.
const ORDERS: u32 = 500;

/// The same on PostgreSQL.
const ORDERS_ON_POSTGRES: u32 = 40;

/// The same on a cluster, with a failover at least.
const ORDERS_ON_PATRONI: u32 = 300;

fn fetch(run: &Run) -> Verdict {
    for manifest in prerelease::MANIFESTS {
        cmd!(run.sh, "cargo fetch --locked --manifest-path {manifest}").run()?;
    }
    Ok(Outcome::Passed)
}

fn fmt(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo fmt --all --check").run()?;
    Ok(Outcome::Passed)
}

fn clippy(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo clippy --quiet {WHOLE...} --all-targets -- -D warnings").run()?;
    // `--all-targets` leaves out what `cargo test` does not run.
    cmd!(run.sh, "cargo clippy --quiet {WHOLE...} --test torture -- -D warnings").run()?;
    Ok(Outcome::Passed)
}

fn unit(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo test --quiet {WHOLE...} --lib --bins").run()?;
    Ok(Outcome::Passed)
}

fn test(run: &Run) -> Verdict {
    cmd!(run.sh, "cargo test --quiet {WHOLE...}").run()?;
    Ok(Outcome::Passed)
}

/// In the whole workspace one crate's wish for aws-lc is everybody's, so here the crates are built apart.
fn backends(run: &Run) -> Verdict {
    let _built_once = run.sh.push_env(BUILT_ONCE.0, BUILT_ONCE.1);
    cmd!(run.sh, "cargo test --quiet -p epay-crypto -p epay-applepay -p epay-apple-pay-tests")
        .run()?;
    Ok(Outcome::Passed)
}

fn shops(run: &Run) -> Verdict {
    for (program, install) in [("php", "php-cli"), ("node", "nodejs"), ("python3", "python3")] {
        let asked = cmd!(run.sh, "{program} --version").quiet().ignore_stdout().ignore_stderr();
        if asked.run().is_err() {
            return Ok(Outcome::MissingTool(format!("apt-get install {install}")));
        }
    }
    cmd!(run.sh, "cargo test --quiet {WHOLE...} --test shops").run()?;
    Ok(Outcome::Passed)
}

/// What finds what a page is to those who can't see or point well. The version is fixed: a new one has new rules.
const AXE: &str = "axe-core@4.14.1";

fn browser(run: &Run) -> Verdict {
    if let Some(missing) = no_browser(run)? {
        return Ok(missing);
    }
    let folder = metadata::target(&run.sh)?.join("axe");
    let axe = folder.join("node_modules/axe-core/axe.min.js");
    if axe.exists() {
        cmd!(run.sh, "cargo test --quiet {WHOLE...} --test browser").env("EPAY_AXE", axe).run()?;
        return Ok(Outcome::Passed);
    }
    cmd!(run.sh, "cargo test --quiet {WHOLE...} --test browser -- --skip accessible::").run()?;
    Ok(Outcome::MissingTool(format!("npm install --prefix {} {AXE}", folder.display())))
}

/// Keeps what the test takes of the real demo. In no run of `ci`: no two pictures are the same to the byte.
pub(crate) fn pictures(run: &Run) -> Verdict {
    if let Some(missing) = no_browser(run)? {
        return Ok(missing);
    }
    let folder = run.sh.current_dir().join("docs/pictures");
    cmd!(run.sh, "cargo test --quiet {WHOLE...} --test browser -- pictures::")
        .env("EPAY_PICTURES", folder)
        .run()?;
    Ok(Outcome::Passed)
}

/// The driver comes with the browser, in a package of its own. Where it is, what it opens is built.
fn no_browser(run: &Run) -> Result<Option<Outcome>, xshell::Error> {
    if cmd!(run.sh, "chromedriver --version").quiet().ignore_stdout().ignore_stderr().run().is_err()
    {
        let install = "apt-get install chromium chromium-driver".to_owned();
        return Ok(Some(Outcome::MissingTool(install)));
    }
    // The demo is bought in as a person starts it.
    cmd!(run.sh, "cargo build --quiet {WHOLE...} --bin epay").run()?;
    Ok(None)
}

/// Features only add, so each must stand alone. Clippy and not `check`: code that a feature leaves unused is an error.
fn features(run: &Run) -> Verdict {
    let _built_once = run.sh.push_env(BUILT_ONCE.0, BUILT_ONCE.1);
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
    let _built_once = run.sh.push_env(BUILT_ONCE.0, BUILT_ONCE.1);
    // `--lib`, because the binary `epay` would write its pages over those of the library `epay`.
    cmd!(run.sh, "cargo doc --quiet --workspace --no-deps --all-features --lib")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Outcome::Passed)
}

fn package(run: &Run) -> Verdict {
    // Without building what was packed, which is every crate once more: `release --check` does that.
    cmd!(run.sh, "cargo package --quiet --workspace --no-verify --allow-dirty --offline").run()?;
    Ok(Outcome::Passed)
}

/// Either workspace leaves some exceptions of deny.toml to the other.
const LOCKS: &[(&str, &[&str])] = &[
    (prerelease::MANIFESTS[0], &["license-exception-not-encountered"]),
    (
        prerelease::MANIFESTS[1],
        &["license-not-encountered", "unmatched-skip", "unnecessary-skip", "unused-wrapper"],
    ),
];

fn deny(run: &Run) -> Verdict {
    prerelease::check(&run.sh)?;
    match tools::find(run, "cargo-deny")? {
        tools::Found::At(deny) => judge(run, &deny, &["bans", "licenses", "sources"])?,
        tools::Found::Nowhere(install) => return Ok(Outcome::MissingTool(install)),
    }
    Ok(Outcome::Passed)
}

fn advisories(run: &Run) -> Verdict {
    let deny = match tools::find(run, "cargo-deny")? {
        tools::Found::At(deny) => deny,
        tools::Found::Nowhere(install) => return Ok(Outcome::MissingTool(install)),
    };
    if run.fetch {
        cmd!(run.sh, "{deny} fetch db").run()?;
    }
    if !tools::advisory_database_is_here() {
        return Ok(Outcome::NeedsNetwork("cargo xtask advisories --fetch".to_owned()));
    }
    judge(run, &deny, &["advisories"])?;
    Ok(Outcome::Passed)
}

fn judge(run: &Run, deny: &Path, what: &[&str]) -> Result<(), xshell::Error> {
    for (manifest, quiet) in LOCKS {
        let quiet = quiet.iter().flat_map(|lint| ["--allow", lint]);
        cmd!(run.sh, "{deny} --offline --manifest-path {manifest} check {quiet...} {what...}")
            .run()?;
    }
    Ok(())
}

/// Builds `epay` as the tests see it: without a test beside it cargo would leave out the features that only tests ask for,
/// and build half of the tree for that.
pub(crate) fn build_epay(run: &Run, profile: Option<&str>) -> Result<(), xshell::Error> {
    cmd!(run.sh, "cargo build --quiet {WHOLE...} {profile...} --bin epay --test torture").run()
}

/// Optimised where somebody asks for more than `ci` does: it is built longer and runs ten times as fast.
fn profile(asked: Option<u32>, in_ci: u32) -> Option<&'static str> {
    asked.is_some_and(|count| count > in_ci).then_some("--release")
}

fn demo(run: &Run) -> Verdict {
    build_epay(run, None)?;
    let epay = metadata::target(&run.sh)?.join("debug").join("epay");
    cmd!(run.sh, "{epay} demo").run()?;
    Ok(Outcome::Passed)
}

fn props(run: &Run) -> Verdict {
    let profile = profile(run.cases, CASES);
    let cases = run.cases.unwrap_or(CASES).to_string();
    cmd!(run.sh, "cargo test --quiet {WHOLE...} {profile...} --test props")
        .env("EPAY_PROPS_CASES", cases)
        .run()?;
    Ok(Outcome::Passed)
}

/// The bank is the program that anybody starts, and it is looked for beside the test.
fn torture(run: &Run) -> Verdict {
    let profile = profile(run.orders, ORDERS).or(profile(run.minutes, 0));
    build_epay(run, profile)?;
    let flags = [("--minutes", run.minutes), ("--orders", run.orders), ("--seed", run.seed)];
    let flags = flags
        .into_iter()
        .filter_map(|(flag, count)| Some([flag.to_owned(), count?.to_string()]))
        .flatten();
    cmd!(run.sh, "cargo test --quiet {WHOLE...} {profile...} --test torture --")
        .args(flags)
        .args(run.store.iter().flat_map(|store| ["--store", store]))
        .args(run.serve.then_some("--serve"))
        .args(run.previous.iter().flat_map(|program| [OsStr::new("--previous"), program.as_ref()]))
        .run()?;
    Ok(Outcome::Passed)
}

/// The tests beside it start their servers themselves, from the same binaries.
fn postgres(run: &Run) -> Verdict {
    let here = "ls /usr/lib/postgresql/*/bin/initdb || command -v initdb";
    if cmd!(run.sh, "sh -c {here}").quiet().ignore_stdout().ignore_stderr().run().is_err() {
        return Ok(Outcome::MissingTool("apt-get install postgresql pgbouncer".to_owned()));
    }
    let orders = Some(run.orders.unwrap_or(ORDERS_ON_POSTGRES));
    torture(&Run { orders, store: Some("postgres".to_owned()), ..run.clone() })
}

/// Etcd and Patroni are started by the test itself, on free ports and in folders of its own.
fn patroni(run: &Run) -> Verdict {
    let here = "patroni --version && etcd --version && ls /usr/lib/postgresql/*/bin/initdb";
    if cmd!(run.sh, "sh -c {here}").quiet().ignore_stdout().ignore_stderr().run().is_err() {
        return Ok(Outcome::MissingTool(
            "apt-get install postgresql patroni etcd-server".to_owned(),
        ));
    }
    let orders = Some(run.orders.unwrap_or(ORDERS_ON_PATRONI));
    torture(&Run { orders, store: Some("patroni".to_owned()), ..run.clone() })
}
