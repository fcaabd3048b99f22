//! The dependency tree of one crate, as names without versions: which crates are inside is policy, which patch release is not.

use xshell::{Shell, cmd};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Node {
    depth: usize,
    name: String,
    proc_macro: bool,
}

/// The tree of `package` on every platform, the package itself first.
pub(crate) fn of(
    sh: &Shell,
    package: &str,
    flags: &[&str],
) -> Result<Vec<Node>, Box<dyn std::error::Error>> {
    let text =
        cmd!(sh, "cargo tree -p {package} --target all --no-dedupe --prefix depth {flags...}")
            .quiet()
            .read()?;
    read(&text).ok_or_else(|| "cargo tree prints another shape than expected".into())
}

/// Reads lines as `1async-trait v0.1.92 (proc-macro)`.
fn read(text: &str) -> Option<Vec<Node>> {
    let node = |line: &str| {
        let start = line.find(|c: char| !c.is_ascii_digit())?;
        let (depth, rest) = line.split_at_checked(start)?;
        let name = rest.split_whitespace().next()?.to_owned();
        Some(Node { depth: depth.parse().ok()?, name, proc_macro: rest.contains("(proc-macro)") })
    };
    text.lines().filter(|line| !line.is_empty()).map(node).collect()
}

/// The crates in `tree` that are one of `families` or named after one, as `hyper-util` is after `hyper`.
pub(crate) fn named<'a>(tree: &'a [Node], families: &'a [&str]) -> impl Iterator<Item = &'a str> {
    tree.iter().map(|node| node.name.as_str()).filter(|name| {
        families.iter().any(|family| {
            name.strip_prefix(family)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
        })
    })
}

pub(crate) fn proc_macros(tree: &[Node]) -> impl Iterator<Item = &str> {
    tree.iter().filter(|node| node.proc_macro).map(|node| node.name.as_str())
}

/// One name a line, two spaces a level.
pub(crate) fn print(tree: &[Node]) -> String {
    let line = |node: &Node| {
        let mark = if node.proc_macro { " (proc-macro)" } else { "" };
        format!("{:indent$}{}{mark}\n", "", node.name, indent = node.depth * 2)
    };
    tree.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0one v0.0.0 (/somewhere/one)\n1macros v0.1.92 (proc-macro)\n2hyper-util v2.0.1\n1hyperion v1.0.0\n";

    #[test]
    fn a_tree_is_printed_without_versions_and_paths() {
        assert_eq!(
            print(&read(TEXT).unwrap()),
            "one\n  macros (proc-macro)\n    hyper-util\n  hyperion\n"
        );
    }

    #[test]
    fn another_shape_is_not_an_empty_tree() {
        for text in ["one v0.0.0\n", "0\n", "1 \n"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_family_is_found_by_its_first_word_only() {
        let tree = read(TEXT).unwrap();
        assert_eq!(named(&tree, &["hyper"]).collect::<Vec<_>>(), ["hyper-util"]);
        assert_eq!(named(&tree, &["hyperion"]).collect::<Vec<_>>(), ["hyperion"]);
        assert_eq!(named(&tree, &["util"]).count(), 0);
    }

    #[test]
    fn proc_macros_are_found_at_any_depth() {
        assert_eq!(proc_macros(&read(TEXT).unwrap()).collect::<Vec<_>>(), ["macros"]);
    }
}
