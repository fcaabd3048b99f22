//! What `cargo metadata` says about our own crates: their names, features and imports.

use std::error::Error;

use serde_json::Value;
use xshell::{Shell, cmd};

/// A crate of this workspace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Without `default`.
    pub(crate) features: Vec<String>,
    /// The package names it depends on, in its tests and build script as well.
    pub(crate) imports: Vec<String>,
}

pub(crate) fn members(sh: &Shell) -> Result<Vec<Member>, Box<dyn Error>> {
    let text = cmd!(sh, "cargo metadata --no-deps --format-version 1").quiet().read()?;
    read(&serde_json::from_str(&text)?)
        .ok_or_else(|| "cargo metadata has another shape than expected".into())
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
    Some(Member { name: name(package)?, features, imports })
}

fn name(package: &Value) -> Option<String> {
    package.get("name")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_features_and_every_kind_of_import() {
        let metadata = serde_json::json!({ "packages": [{
            "name": "one",
            "features": { "default": ["x"], "x": [] },
            "dependencies": [
                { "name": "normal", "kind": null },
                { "name": "testing", "kind": "dev", "rename": "t" },
                { "name": "building", "kind": "build" },
            ],
        }]});
        let imports = ["normal", "testing", "building"].map(str::to_owned).to_vec();
        let expected = Member { name: "one".to_owned(), features: vec!["x".to_owned()], imports };
        assert_eq!(read(&metadata), Some(vec![expected]));
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
