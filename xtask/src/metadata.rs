//! Reads `cargo metadata` about our own crates: their names, features and imports.

use std::{error::Error, path::PathBuf};

use serde_json::Value;
use xshell::{Shell, cmd};

/// A crate of this workspace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Without `default`.
    pub(crate) features: Vec<String>,
    /// Whether it is for others: it is in `crates/`.
    pub(crate) shipped: bool,
    /// Whether others can import it.
    pub(crate) library: bool,
    /// The package names it depends on, in its tests and build script as well.
    pub(crate) imports: Vec<String>,
}

pub(crate) fn members(sh: &Shell) -> Result<Vec<Member>, Box<dyn Error>> {
    read(&said(sh)?).ok_or_else(|| "cargo metadata has another shape than expected".into())
}

/// Where cargo puts what it makes.
pub(crate) fn target(sh: &Shell) -> Result<PathBuf, Box<dyn Error>> {
    let said = said(sh)?;
    let target = said.get("target_directory").and_then(Value::as_str);
    target.map(PathBuf::from).ok_or_else(|| "cargo metadata tells no target directory".into())
}

/// The oldest Rust that our crates promise to build with: one for all, as the workspace says.
pub(crate) fn rust_version(sh: &Shell) -> Result<String, Box<dyn Error>> {
    let said = said(sh)?;
    let version = said.pointer("/packages/0/rust_version").and_then(Value::as_str);
    version.map(str::to_owned).ok_or_else(|| "cargo metadata tells no rust-version".into())
}

fn said(sh: &Shell) -> Result<Value, Box<dyn Error>> {
    let text = cmd!(sh, "cargo metadata --no-deps --format-version 1").quiet().read()?;
    Ok(serde_json::from_str(&text)?)
}

fn read(metadata: &Value) -> Option<Vec<Member>> {
    metadata.get("packages")?.as_array()?.iter().map(member).collect()
}

fn member(package: &Value) -> Option<Member> {
    let features = package
        .get("features")?
        .as_object()?
        .keys()
        .filter(|name| *name != "default")
        .cloned()
        .collect();
    let imports =
        package.get("dependencies")?.as_array()?.iter().map(name).collect::<Option<_>>()?;
    let manifest = package.get("manifest_path")?.as_str()?.replace('\\', "/");
    let shipped = manifest.contains("/crates/");
    Some(Member {
        name: name(package)?,
        description: package.get("description")?.as_str().unwrap_or_default().to_owned(),
        features,
        shipped,
        library: shipped && has_a_library(package)?,
        imports,
    })
}

fn has_a_library(package: &Value) -> Option<bool> {
    let targets = package.get("targets")?.as_array()?.iter();
    let mut kinds =
        targets.flat_map(|target| target.get("kind").and_then(Value::as_array)).flatten();
    Some(kinds.any(|kind| kind == "lib"))
}

fn name(package: &Value) -> Option<String> {
    package.get("name")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_features_and_every_kind_of_import() {
        let member = |name: &str, path: &str, kind: &str| {
            serde_json::json!({
                "name": name,
                "description": "Says what.",
                "features": { "default": ["x"], "x": [] },
                "manifest_path": path,
                "targets": [{ "kind": [kind] }, { "kind": ["test"] }],
                "dependencies": [
                    { "name": "normal", "kind": null },
                    { "name": "testing", "kind": "dev", "rename": "t" },
                    { "name": "building", "kind": "build" },
                ],
            })
        };
        let expected = |name: &str, shipped, library| Member {
            name: name.to_owned(),
            description: "Says what.".to_owned(),
            shipped,
            features: vec!["x".to_owned()],
            library,
            imports: ["normal", "testing", "building"].map(str::to_owned).to_vec(),
        };
        let metadata = serde_json::json!({ "packages": [
            member("one", "/somewhere/crates/one/Cargo.toml", "lib"),
            member("two", "/somewhere/crates/two/Cargo.toml", "bin"),
            member("three", "C:\\somewhere\\three\\Cargo.toml", "lib"),
        ]});
        let members = [
            expected("one", true, true),
            expected("two", true, false),
            expected("three", false, false),
        ];
        assert_eq!(read(&metadata).as_deref(), Some(&members[..]));
    }

    #[test]
    fn another_shape_is_not_an_empty_workspace() {
        for metadata in
            [serde_json::json!({}), serde_json::json!({ "packages": [{ "name": "one" }] })]
        {
            assert_eq!(read(&metadata), None);
        }
    }
}
