//! No pre-release is built into what others use. `deny.toml` can name crates, and not this kind of version.

use std::error::Error;

use xshell::{Shell, cmd};

/// Both workspaces, as each has a lock file of its own.
pub(crate) const MANIFESTS: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];

/// Fails with the pre-releases below anything but a test.
pub(crate) fn check(sh: &Shell) -> Result<(), Box<dyn Error>> {
    for manifest in MANIFESTS {
        let tree = cmd!(
            sh,
            "cargo tree --offline --locked --manifest-path {manifest} --workspace --all-features
             --target all --edges normal,build --prefix none"
        )
        .quiet()
        .read()?;
        let found = prereleases(&tree).collect::<Vec<_>>().join(", ");
        if !found.is_empty() {
            return Err(format!("{manifest}: pre-releases outside tests: {found}").into());
        }
    }
    Ok(())
}

/// The lines of `cargo tree` whose version has a hyphen before its build metadata.
fn prereleases(tree: &str) -> impl Iterator<Item = &str> {
    tree.lines().filter(|line| {
        let version = line.split(' ').nth(1).unwrap_or_default();
        version.split('+').next().is_some_and(|version| version.contains('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hyphen_in_a_name_or_in_build_metadata_is_no_prerelease() {
        let tree = "epay-http v0.1.0 (/w-1/crates/epay-http)\n\
                    cms v0.3.0-pre.1\n\
                    wasi v0.11.1+wasi-snapshot-preview1\n\
                    toml v1.2.2+spec-1.1.0 (*)\n\
                    \n\
                    x509-cert v0.3.0-rc.4+x (*)";
        let found: Vec<_> = prereleases(tree).collect();
        assert_eq!(found, ["cms v0.3.0-pre.1", "x509-cert v0.3.0-rc.4+x (*)"]);
    }
}
