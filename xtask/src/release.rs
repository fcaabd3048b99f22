//! What must hold before a version is published, and the files for teams that have no Rust: `epay`, static.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use xshell::cmd;

use crate::{
    ci, metadata,
    run::{Outcome, Run, Verdict},
    steps::{STEPS, When},
    tools,
};

/// Of `ci`, once more: these are what a published crate can't take back.
const ALSO: &[&str] = &["doc", "api", "deny", "advisories"];

/// Runs on any Linux of this processor, whatever its C library.
const STATIC: &str = "x86_64-unknown-linux-musl";

/// `epay` for a machine that takes real payments; `layers` looks that no fake is in it.
pub(crate) const PRODUCTION: &[&str] =
    &["--no-default-features", "--features", "aws-lc,probe,serve"];

struct Program {
    /// Of the file, so that nobody takes one for the other.
    name: &'static str,
    features: &'static [&'static str],
    fakebank: bool,
}

const PROGRAMS: &[Program] = &[
    Program { name: "epay", features: PRODUCTION, fakebank: false },
    Program { name: "epay-with-fakebank", features: &[], fakebank: true },
];

pub(crate) fn release(run: &Run) -> Verdict {
    if !run.check {
        return binary(run);
    }
    let in_release = |when, name| matches!(when, When::Release) || ALSO.contains(&name);
    let steps = STEPS.iter().filter(|step| in_release(step.when, step.name));
    ci::finish(&ci::started(run, steps))
}

/// Packs every crate and builds what was packed, each from its package and nothing else.
///
/// Cargo believes that a version that was packed never changes, so what is left of the time before is removed: what was built
/// from it, and what was unpacked.
pub(crate) fn packages(run: &Run) -> Verdict {
    let apart = metadata::target(&run.sh)?.join("packages");
    run.sh.remove_path(&apart)?;
    for unpacked in run.sh.read_dir(cargo_home()?.join("registry/src")).unwrap_or_default() {
        // Of registries that are a directory, as packing makes one; they have no host in their name.
        if unpacked.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"-")) {
            run.sh.remove_path(unpacked)?;
        }
    }
    cmd!(run.sh, "cargo package --quiet --workspace --allow-dirty --offline --target-dir {apart}")
        .run()?;
    Ok(Outcome::Passed)
}

fn cargo_home() -> Result<PathBuf, &'static str> {
    let of_user = || std::env::home_dir().map(|home| home.join(".cargo"));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(of_user);
    home.ok_or("this user has no home, and CARGO_HOME is not set")
}

/// Whether the number of the version says what changed since the last one. Before the first there is nothing to break.
pub(crate) fn semver(run: &Run) -> Verdict {
    let tags = cmd!(run.sh, "git tag --list v* --sort=-version:refname").quiet().read()?;
    let Some(last) = tags.lines().next() else {
        println!("no version has a tag yet, so there is nothing to compare with");
        return Ok(Outcome::Passed);
    };
    match tools::find(run, "cargo-semver-checks")? {
        tools::Found::At(checks) => {
            cmd!(run.sh, "{checks} semver-checks --workspace --baseline-rev {last}").run()?;
            Ok(Outcome::Passed)
        }
        tools::Found::Nowhere(install) => Ok(Outcome::MissingTool(install)),
    }
}

/// Builds with the oldest compiler that the crates promise.
pub(crate) fn msrv(run: &Run) -> Verdict {
    let sh = &run.sh;
    let oldest = metadata::rust_version(sh)?;
    let here = || cmd!(sh, "rustup run {oldest} rustc --version").quiet().ignore_stderr().read();
    let install = format!("rustup toolchain install {oldest} --profile minimal");
    if here().is_err() {
        println!("Rust {oldest} is missing: adding it");
        let added = cmd!(sh, "rustup toolchain install {oldest} --profile minimal").run();
        if added.is_err() {
            return Ok(Outcome::MissingTool(install));
        }
    }
    cmd!(sh, "rustup run {oldest} cargo check --quiet --workspace --all-features").run()?;
    Ok(Outcome::Passed)
}

/// Builds with exactly the versions that the manifest names, so that none of them is a lie: in a copy, where each is pinned.
pub(crate) fn minimal(run: &Run) -> Verdict {
    let target = metadata::target(&run.sh)?;
    let root = run.sh.current_dir();
    let copy = target.join("minimal");
    run.sh.remove_path(&copy)?;
    let listed = cmd!(run.sh, "git ls-files -z --cached --others --exclude-standard").quiet();
    for path in listed.read()?.split('\0').filter(|path| root.join(path).is_file()) {
        let to = copy.join(path);
        run.sh.create_dir(to.parent().unwrap_or(&copy))?;
        run.sh.copy_file(root.join(path), to)?;
    }
    let manifest = copy.join("Cargo.toml");
    run.sh.write_file(&manifest, pinned(&run.sh.read_file("Cargo.toml")?))?;
    cmd!(
        run.sh,
        "cargo check --quiet --manifest-path {manifest} --target-dir {target} --workspace --all-features"
    )
    .run()?;
    Ok(Outcome::Passed)
}

/// The manifest with every version of another's crate turned from "this or later" into "this".
fn pinned(manifest: &str) -> String {
    let mut theirs = false;
    let line = |line: &str| {
        if line.starts_with('[') {
            theirs = line == "[workspace.dependencies]";
        }
        let requirement = |start: &str| {
            let (before, after) = line.split_once(start)?;
            let (version, rest) = after.split_once('"')?;
            Some(format!("{before}{start}{}\"{rest}\n", exact(version)))
        };
        let pinned = (theirs && !line.contains("path = "))
            .then(|| requirement("version = \"").or_else(|| requirement(" = \"")))
            .flatten();
        pinned.unwrap_or_else(|| format!("{line}\n"))
    };
    manifest.lines().map(line).collect()
}

/// `1.10` asks for 1.10.0 or later, so that is what it promises to work with.
fn exact(requirement: &str) -> String {
    if requirement.starts_with('=') {
        return requirement.to_owned();
    }
    let missing = 2_usize.saturating_sub(requirement.matches('.').count());
    format!("={requirement}{}", ".0".repeat(missing))
}

/// Builds `epay`, static, with the list of what it is made of inside, where `cargo audit bin` and scanners look.
pub(crate) fn binary(run: &Run) -> Verdict {
    if let Some(how) = tools::target(&run.sh, STATIC)? {
        return Ok(Outcome::MissingTool(how));
    }
    if cmd!(run.sh, "musl-gcc --version").quiet().ignore_stdout().ignore_stderr().run().is_err() {
        return Ok(Outcome::MissingTool("apt-get install musl-tools".to_owned()));
    }
    let auditable = match tools::find(run, "cargo-auditable")? {
        tools::Found::At(auditable) => auditable,
        tools::Found::Nowhere(install) => return Ok(Outcome::MissingTool(install)),
    };
    let target = metadata::target(&run.sh)?;
    let dist = target.join("dist");
    run.sh.create_dir(&dist)?;
    for &Program { name, features, fakebank } in PROGRAMS {
        cmd!(
            run.sh,
            "{auditable} auditable build --quiet --locked --release --target {STATIC} -p epay-cli {features...}"
        )
        .run()?;
        let epay = dist.join(name);
        run.sh.copy_file(target.join(STATIC).join("release").join("epay"), &epay)?;
        judge(&run.sh.read_binary_file(&epay)?, fakebank)?;
        println!("{}", said(run, &epay)?);
    }
    Ok(Outcome::Passed)
}

fn said(run: &Run, epay: &Path) -> Result<String, Box<dyn Error>> {
    let version = cmd!(run.sh, "{epay} --version").quiet().read()?;
    let megabytes = std::fs::metadata(epay)?.len() / 1_000_000;
    Ok(format!("{version}, static, {megabytes} MB, lists what it is made of: {}", epay.display()))
}

/// What is wrong with the program, as its bytes tell: its functions bear the names of the crates they come from.
fn judge(program: &[u8], fakebank: bool) -> Result<(), &'static str> {
    let has = |words: &[u8]| program.windows(words.len()).any(|window| window == words);
    if has(b"/ld-linux") || has(b"/ld-musl") {
        return Err("epay asks for a loader, so it is not static");
    }
    if !has(b".dep-v0") {
        return Err("epay does not list what it is made of");
    }
    match (has(b"epay_fakebank"), fakebank) {
        (true, false) => return Err("the fake bank is in the epay for production"),
        (false, true) => return Err("the fake bank is missing"),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_manifest_names_one_version_of_each_crate_of_others() {
        let manifest = "[workspace.package]\nrust-version = \"1.89\"\n\n[workspace.dependencies]\n\
                        ours = { version = \"0.1.0\", path = \"a\" } # ours\nbytes = \"1.10\" # why\n\
                        cms = { version = \"=0.3.0-pre.1\", features = [\"std\"] } # why\n\
                        tokio = { version = \"1.54.1\", default-features = false } # why\n\n[profile]\nx = \"1\"\n";
        let expected = manifest
            .replace("bytes = \"1.10\"", "bytes = \"=1.10.0\"")
            .replace("\"1.54.1\"", "\"=1.54.1\"");
        assert_eq!(pinned(manifest), expected);
    }

    #[test]
    fn a_program_is_static_and_tells_what_it_is_made_of() {
        assert_eq!(judge(b"..\0.dep-v0\0..", false), Ok(()));
        assert!(judge(b"..\0.text\0..", false).is_err());
        assert!(judge(b".dep-v0 /lib64/ld-linux-x86-64.so.2", false).is_err());
        assert!(judge(b".dep-v0 /lib/ld-musl-x86_64.so.1", false).is_err());
    }

    #[test]
    fn the_fake_bank_is_in_the_program_that_is_meant() {
        let with = b".dep-v0 _RNvCs1_13epay_fakebank6answer";
        assert_eq!((judge(with, true), judge(b".dep-v0", false)), (Ok(()), Ok(())));
        assert!(judge(with, false).is_err());
        assert!(judge(b".dep-v0", true).is_err());
    }
}
