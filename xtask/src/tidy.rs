//! House rules that no other tool checks: each is a function from a file's text to its findings.

mod anchors;

use std::{collections::BTreeMap, path::Path};

use xshell::cmd;

use crate::run::{Outcome, Run, Verdict};

const LINES_WARN: usize = 400;
const LINES_MAX: usize = 600;

/// Work that is not finished is not merged; a test that is not run protects nothing.
const UNFINISHED: &[&str] =
    &["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "dbg!", "#[ignore"];

/// There is the bank and there is the fake bank; another name would be a third thing to look for.
const OTHER_NAMES: &[&str] = &["emulator", "mock bank", "sandbox server"];

/// Starts of paths that exist on one machine only.
const LOCAL_PATHS: &[&str] = &["/work/", "/home/", "/root/", "/Users/"];

/// This file and the pages for people have to name what they forbid.
const NAMES_WHAT_IT_FORBIDS: &[&str] =
    &["xtask/src/tidy.rs", "CONTRIBUTING.md", "docs/glossary.md"];

const LICENCES: &[&str] = &["LICENSE-MIT", "LICENSE-APACHE"];

pub(crate) fn tidy(run: &Run) -> Verdict {
    let root = run.sh.current_dir();
    let listed =
        cmd!(run.sh, "git ls-files -z --cached --others --exclude-standard").quiet().read()?;
    // A file that git still lists although it was deleted is no file.
    let paths: Vec<&str> = listed.split('\0').filter(|path| root.join(path).is_file()).collect();
    let mut wrong = missing_licences(&paths);
    let mut pages = BTreeMap::new();
    for path in paths {
        // What is not text is an image or the like, and has no lines to check.
        let Ok(text) = String::from_utf8(run.sh.read_binary_file(path)?) else { continue };
        wrong.extend(file(path, &text));
        if let Some(count) = long(path, &text) {
            println!("warning: {path} has {count} lines; split it before it reaches {LINES_MAX}");
        }
        if has_extension(path, "md") {
            pages.insert(path, text);
        }
    }
    wrong.extend(anchors::broken(&pages, |path| root.join(path).exists()));
    if wrong.is_empty() { Ok(Outcome::Passed) } else { Err(wrong.join("\n       ").into()) }
}

/// Everything that is wrong with one file.
fn file(path: &str, text: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_rust = has_extension(path, "rs");
    let mut wrong = Vec::new();
    if !NAMES_WHAT_IT_FORBIDS.contains(&path) {
        wrong.extend(each_line(text, |line| {
            LOCAL_PATHS.iter().find_map(|local| local_path(line, local))
        }));
        if !as_seen(path) && name != "Cargo.lock" {
            wrong.extend(each_line(text, unfinished));
            wrong.extend(each_line(text, other_name));
        }
        if is_rust {
            wrong.extend(silent_exceptions(text));
        }
    }
    if !as_seen(path) {
        wrong.extend(each_line(text, |line| {
            line.ends_with([' ', '\t']).then(|| "white space at the end".to_owned())
        }));
    }
    if is_rust {
        wrong.extend(each_line(text, |line| line.contains('\t').then(|| "a tab".to_owned())));
        wrong.extend(rust_shape(text));
    }
    if path == "Cargo.toml" {
        wrong.extend(dependencies_without_why(text));
    } else if name == "Cargo.toml" {
        wrong.extend(dependencies_of_their_own(text));
    }
    if path.starts_with("docs/adr/") && has_extension(path, "md") {
        wrong.extend(adr_shape(text));
    }
    wrong.into_iter().map(|(line, what)| format!("{path}:{line}: {what}")).collect()
}

fn has_extension(path: &str, wanted: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == wanted)
}

/// Kept byte for byte as the bank or the compiler wrote it, so no rule about style holds for it.
fn as_seen(path: &str) -> bool {
    path.starts_with("tests/data/") || has_extension(path, "stderr")
}

type Finding = (usize, String);

fn each_line(text: &str, rule: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, rule(line)?))).collect()
}

fn local_path(line: &str, local: &str) -> Option<String> {
    let inside_another_path = |before: char| before.is_alphanumeric() || "._-}*~".contains(before);
    let mut before: Vec<&str> = line.split(local).collect();
    before.pop();
    let found = before.iter().any(|before| !before.ends_with(inside_another_path));
    found.then(|| format!("a path of one machine (`{local}`)"))
}

fn unfinished(line: &str) -> Option<String> {
    UNFINISHED
        .iter()
        .find(|marker| has_word(line, marker))
        .map(|marker| format!("unfinished work (`{marker}`)"))
}

/// Whether `word` stands in `line` as a whole word: `XXX` is not in `4405XXXXXXXX1234`.
fn has_word(line: &str, word: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let around: Vec<&str> = line.split(word).collect();
    around.windows(2).any(|pair| {
        let [before, after] = pair else { return false };
        let goes_on = word.ends_with(in_word) && after.starts_with(in_word);
        !(goes_on || before.ends_with(in_word))
    })
}

fn other_name(line: &str) -> Option<String> {
    let line = line.to_lowercase();
    OTHER_NAMES
        .iter()
        .find(|name| line.contains(*name))
        .map(|name| format!("`{name}`: we say \"the fake bank\""))
}

fn rust_shape(text: &str) -> Vec<Finding> {
    let mut wrong = Vec::new();
    if !text.starts_with("//! ") {
        wrong.push((1, "line 1 is not the `//!` sentence that the file keeps true".to_owned()));
    }
    let count = text.lines().count();
    if count > LINES_MAX {
        wrong.push((LINES_MAX + 1, format!("{count} lines, more than {LINES_MAX}: split by idea")));
    }
    wrong
}

fn long(path: &str, text: &str) -> Option<usize> {
    let count = text.lines().count();
    (has_extension(path, "rs") && count > LINES_WARN).then_some(count)
}

/// Lint exceptions that don't say why. An attribute may stretch over lines, so this looks at the whole text.
fn silent_exceptions(text: &str) -> Vec<Finding> {
    let starts = ["[allow(", "[expect("].into_iter().flat_map(|start| text.match_indices(start));
    starts
        .filter_map(|(at, _)| {
            let (before, rest) = text.split_at_checked(at)?;
            let says_why = rest.split(")]").next()?.contains("reason = \"");
            (!says_why).then(|| {
                (before.split('\n').count(), "a lint exception without `reason = \"…\"`".to_owned())
            })
        })
        .collect()
}

/// They belong at the root, and into each package.
fn missing_licences(paths: &[&str]) -> Vec<String> {
    let crates = paths.iter().filter_map(|path| path.strip_suffix("Cargo.toml"));
    let packages = crates.filter(|path| path.starts_with("crates/"));
    [""].into_iter()
        .chain(packages)
        .flat_map(|directory| LICENCES.iter().map(move |licence| format!("{directory}{licence}")))
        .filter(|licence| !paths.contains(&licence.as_str()))
        .map(|licence| format!("{licence} is missing"))
        .collect()
}

/// Lines of the root manifest that take a dependency without saying what for.
fn dependencies_without_why(manifest: &str) -> Vec<Finding> {
    let why = |line: &str| line.rsplit_once('#').is_some_and(|(_, why)| !why.trim().is_empty());
    entries(manifest, |section| section == "workspace.dependencies")
        .filter(|(_, line)| !why(line))
        .map(|(number, _)| (number, "a dependency that does not end in `# why`".to_owned()))
        .collect()
}

/// Lines of a crate's manifest that choose a version of their own.
fn dependencies_of_their_own(manifest: &str) -> Vec<Finding> {
    let shared =
        |line: &str| line.contains(".workspace = true") || line.contains("{ workspace = true");
    let a_table = |line: &str| line.contains("dependencies.") && line.starts_with('[');
    let tables =
        manifest.lines().enumerate().filter(|(_, line)| a_table(line)).map(|(index, _)| index + 1);
    let lines = entries(manifest, |section| section.ends_with("dependencies"));
    tables
        .chain(lines.filter(|(_, line)| !shared(line)).map(|(number, _)| number))
        .map(|number| (number, "a dependency without `workspace = true` on its line".to_owned()))
        .collect()
}

/// The numbered lines that are entries of the sections that `wanted` chooses.
fn entries(manifest: &str, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    manifest.lines().enumerate().filter_map(move |(index, line)| {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            inside = wanted(section);
            return None;
        }
        (inside && !line.is_empty() && !line.starts_with('#')).then_some((index + 1, line))
    })
}

fn adr_shape(text: &str) -> Vec<Finding> {
    let mut wrong = Vec::new();
    if !text.starts_with("# ") {
        wrong.push((1, "a decision starts with its title".to_owned()));
    }
    if !text.lines().any(|line| line.starts_with("Status: ")) {
        wrong.push((2, "a decision has a line `Status: …`".to_owned()));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(file(path, text), expected);
    }

    const RUST: &str = "crates/a/src/b.rs";

    #[test]
    fn a_clean_file_has_nothing_wrong() {
        check(RUST, "//! Says what it keeps true.\n\nfn f() {}\n", &[]);
        check("docs/a.md", "No rule of Rust holds here.\n", &[]);
    }

    #[test]
    fn rust_files_open_with_their_sentence() {
        let message =
            "crates/a/src/b.rs:1: line 1 is not the `//!` sentence that the file keeps true";
        for text in ["fn f() {}\n", "\n//! Late.\n", "//!\n", "// Plain.\n", ""] {
            check(RUST, text, &[message]);
        }
    }

    #[test]
    fn six_hundred_lines_are_the_limit() {
        let of = |count: usize| format!("//! Long.\n{}", "//\n".repeat(count - 1));
        check(RUST, &of(600), &[]);
        check(RUST, &of(601), &["crates/a/src/b.rs:601: 601 lines, more than 600: split by idea"]);
        assert_eq!((long(RUST, &of(400)), long(RUST, &of(401))), (None, Some(401)));
        assert_eq!(long("docs/a.md", &of(401)), None);
    }

    #[test]
    fn white_space_is_seen_where_it_hides() {
        check(RUST, "//! A.\n//\ttab\n", &["crates/a/src/b.rs:2: a tab"]);
        for path in ["docs/a.md", "Cargo.lock", ".ci/run"] {
            check(path, "end \n", &[&format!("{path}:1: white space at the end")]);
        }
        check("tests/data/a.json", "kept as seen \n", &[]);
    }

    #[test]
    fn unfinished_work_is_named_with_its_line() {
        for (marker, line) in [
            ("TODO", "// TODO: later"),
            ("FIXME", "//FIXME"),
            ("XXX", "XXX"),
            ("todo!", "fn f() { todo!() }"),
            ("unimplemented!", "unimplemented!();"),
            ("dbg!", "let a = dbg!(b);"),
            ("#[ignore", "#[ignore = \"slow\"]"),
        ] {
            let expected = format!("crates/a/src/b.rs:2: unfinished work (`{marker}`)");
            check(RUST, &format!("//! A.\n{line}\n"), &[&expected]);
        }
        check(RUST, "//! Masks 4405XXXXXXXX1234 and TODOS and my_dbg!().\n", &[]);
        check("tests/ui/mistakes/a.stderr", "19 ~ _ => todo!(),\n", &[]);
    }

    #[test]
    fn the_fake_bank_has_one_name() {
        for (name, line) in [
            ("emulator", "The Emulator."),
            ("mock bank", "a mock bank"),
            ("sandbox server", "Sandbox server"),
        ] {
            check(
                "README.md",
                &format!("{line}\n"),
                &[&format!("README.md:1: `{name}`: we say \"the fake bank\"")],
            );
            check("docs/glossary.md", &format!("{line}\n"), &[]);
        }
    }

    #[test]
    fn paths_of_one_machine_are_seen_and_urls_are_not() {
        for (local, line) in
            [("/work/", "see /work/main"), ("/home/", "\"/home/me\""), ("/root/", "/root/x")]
        {
            let expected = format!("tests/data/a.json:1: a path of one machine (`{local}`)");
            check("tests/data/a.json", line, &[&expected]);
        }
        check("README.md", "https://bank.example/home/ and a/work/b and ~/work/\n", &[]);
    }

    #[test]
    fn a_lint_exception_gives_its_reason() {
        let message = "crates/a/src/b.rs:2: a lint exception without `reason = \"…\"`";
        check(RUST, "//! A.\n#[allow(clippy::x)]\nfn f() {}\n", &[message]);
        check(
            RUST,
            "//! A.\n#![expect(\n    clippy::x,\n)]\n// reason = \"elsewhere\"\n",
            &[message],
        );
        check(
            RUST,
            "//! A.\n#[allow(\n    clippy::x,\n    reason = \"because\"\n)]\nfn f() {}\n",
            &[],
        );
        check(RUST, "//! A.\nlet a = b.expect(\"c\");\n", &[]);
    }

    #[test]
    fn a_dependency_says_what_it_is_for() {
        let manifest = "[workspace.dependencies]\n# Theirs.\na = \"1\" # a reason\nb = \"1\"\nc = \"1\" #\n\n[profile]\nd = 1\n";
        let expected = [
            "Cargo.toml:4: a dependency that does not end in `# why`",
            "Cargo.toml:5: a dependency that does not end in `# why`",
        ];
        check("Cargo.toml", manifest, &expected);
    }

    #[test]
    fn a_crate_takes_its_versions_from_the_workspace() {
        let fine = "[package]\nname = \"a\"\n[dependencies]\na.workspace = true\nb = { workspace = true }\n[lints]\nx = 1\n";
        check("crates/a/Cargo.toml", fine, &[]);
        for own in [
            "[dependencies]\na = \"1\"\n",
            "[dev-dependencies]\na = { version = \"1\" }\n",
            "[target.'cfg(unix)'.dependencies]\na = \"1\"\n",
        ] {
            let expected =
                "crates/a/Cargo.toml:2: a dependency without `workspace = true` on its line";
            check("crates/a/Cargo.toml", own, &[expected]);
        }
        let table = "[dependencies.a]\nversion = \"1\"\n";
        check(
            "crates/a/Cargo.toml",
            table,
            &["crates/a/Cargo.toml:1: a dependency without `workspace = true` on its line"],
        );
    }

    #[test]
    fn a_decision_has_a_title_and_a_status() {
        check("docs/adr/0001-a.md", "# 0001. A\n\nStatus: accepted\n", &[]);
        check(
            "docs/adr/0001-a.md",
            "# 0001. A\n",
            &["docs/adr/0001-a.md:2: a decision has a line `Status: …`"],
        );
        check(
            "docs/adr/0001-a.md",
            "Status: accepted\n",
            &["docs/adr/0001-a.md:1: a decision starts with its title"],
        );
    }

    #[test]
    fn both_licences_are_there() {
        assert_eq!(missing_licences(&["LICENSE-MIT"]), ["LICENSE-APACHE is missing"]);
        let both = ["LICENSE-MIT", "LICENSE-APACHE"];
        assert_eq!(missing_licences(&both), Vec::<String>::new());
        let of_a_crate = ["crates/a/Cargo.toml", "crates/a/LICENSE-MIT"];
        let missing = missing_licences(&[&both[..], &of_a_crate].concat());
        assert_eq!(missing, ["crates/a/LICENSE-APACHE is missing"]);
    }
}
