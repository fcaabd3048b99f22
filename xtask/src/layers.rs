//! Imports point down `LAYERS`, never sideways, and docs/architecture.md shows the picture that is checked here.

use crate::{
    domain, marks,
    metadata::{self, Member},
    release,
    run::{Outcome, Run, Verdict},
    tree,
};

struct Layer {
    verb: &'static str,
    crates: &'static [&'static str],
}

const fn layer(verb: &'static str, crates: &'static [&'static str]) -> Layer {
    Layer { verb, crates }
}

/// From the top down. A crate may import what stands on a lower line, in its tests as well.
const LAYERS: &[Layer] = &[
    layer("start it", &["xtask"]),
    layer("check it", &["epay-tests", "epay-apple-pay-tests", "epay-compile-fail"]),
    layer("run it", &["epay-cli"]),
    layer("serve it", &["epay-serve"]),
    layer("route it", &["epay-axum"]),
    layer("prove it", &["epay-sim"]),
    layer("use it", &["epay"]),
    layer(
        "plug in",
        &[
            "epay-reqwest",
            "epay-hyper",
            "epay-store",
            "epay-testkit",
            "epay-fakebank",
            "epay-fakewallet",
        ],
    ),
    layer("speak bank", &["epay-http"]),
    layer("seal", &["epay-crypto", "epay-applepay"]),
    layer("core", &["epay-domain"]),
];

/// The one import along a line: tests of a merchant need the fake bank as a gateway and as a transport.
const SIDEWAYS: (&str, &str) = ("epay-testkit", "epay-fakebank");

/// These import nothing of ours: a mistake in a reader must not agree with itself, Apple Pay is of use without ePay, and xtask
/// must work while the rest is broken.
const ALONE: &[&str] = &["epay-fakebank", "epay-fakewallet", "epay-applepay", "xtask"];

/// Families of crates that a package is built without, with the features it is asked for.
const WITHOUT: &[(&str, &[&str], &[&str])] = &[
    // It speaks through a seam, so whoever brings another client or runtime pays for neither of these.
    ("epay-http", &["--all-features"], &["tokio", "reqwest", "hyper", "rustls"]),
    // The fakes open cards by keys that everybody has, so they are no part of what takes real payments.
    ("epay", &["--all-features"], FAKES),
    ("epay-axum", &["--all-features"], FAKES),
    ("epay-serve", &["--all-features"], FAKES),
    ("epay-cli", release::PRODUCTION, FAKES),
];

const FAKES: &[&str] = &["epay-fakebank", "epay-fakewallet", "epay-testkit", "epay-sim"];

const PICTURE: &str = "docs/architecture.md";
const MARKS: &str = "layers";

pub(crate) fn layers(run: &Run) -> Verdict {
    let mut wrong = violations(&metadata::members(&run.sh)?);
    for (package, features, without) in WITHOUT {
        let tree = tree::of(&run.sh, package, &[*features, &["--edges", "normal"]].concat())?;
        wrong.extend(
            tree::named(&tree, without).map(|name| format!("{package} has {name} in its tree")),
        );
    }
    wrong.extend(domain::drift(run)?);
    wrong.extend(drift(run)?);
    if wrong.is_empty() { Ok(Outcome::Passed) } else { Err(wrong.join("\n       ").into()) }
}

fn violations(members: &[Member]) -> Vec<String> {
    let mut wrong = Vec::new();
    for member in members {
        let Some(from) = line_of(&member.name) else {
            wrong.push(format!("{} has no line in LAYERS of xtask/src/layers.rs", member.name));
            continue;
        };
        for import in &member.imports {
            let Some(to) = line_of(import) else { continue };
            if ALONE.contains(&member.name.as_str()) {
                wrong
                    .push(format!("{} imports {import}, but imports nothing of ours", member.name));
            } else if to <= from && (member.name.as_str(), import.as_str()) != SIDEWAYS {
                wrong.push(format!("{} imports {import}, which is not below it", member.name));
            }
        }
    }
    for listed in LAYERS.iter().flat_map(|layer| layer.crates) {
        if members.iter().all(|member| member.name != *listed) {
            wrong.push(format!("{listed} is in LAYERS but not in the workspace"));
        }
    }
    wrong
}

fn line_of(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.crates.contains(&name))
}

/// What is wrong with the picture in the docs, after writing it if that was asked.
fn drift(run: &Run) -> Result<Option<String>, Box<dyn std::error::Error>> {
    let path = run.sh.current_dir().join(PICTURE);
    if run.bless && !path.exists() {
        run.sh.write_file(&path, "# Architecture\n\n<!-- layers -->\n<!-- /layers -->\n")?;
    }
    if !path.exists() {
        return Ok(Some(format!("{PICTURE} is missing: `cargo xtask bless` writes it")));
    }
    let page = run.sh.read_file(&path)?;
    let Some(wanted) = with_picture(&page) else {
        return Ok(Some(format!("{PICTURE} has no marks `{MARKS}` to print the picture between")));
    };
    if wanted == page {
        return Ok(None);
    }
    if run.bless {
        run.sh.write_file(&path, wanted)?;
        return Ok(None);
    }
    Ok(Some(format!(
        "the picture in {PICTURE} is not that of LAYERS: `cargo xtask bless` prints it"
    )))
}

/// `page` with today's picture between its markers.
fn with_picture(page: &str) -> Option<String> {
    marks::with(page, MARKS, &format!("```text\n{}```\n", picture()))
}

fn picture() -> String {
    let (from, to) = SIDEWAYS;
    let line = |layer: &Layer| {
        let crates =
            layer.crates.join("   ").replace(&format!("{from}   {to}"), &format!("{from} ─ {to}"));
        format!(" {:<13}{crates}\n", layer.verb)
    };
    LAYERS.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole workspace, where only the crates of `edges` import something.
    fn workspace(edges: &[(&str, &str)]) -> Vec<Member> {
        let names = LAYERS.iter().flat_map(|layer| layer.crates);
        let imports = |name: &str| {
            edges
                .iter()
                .filter(|(from, _)| *from == name)
                .map(|(_, to)| (*to).to_owned())
                .collect::<Vec<_>>()
        };
        names
            .map(|name| Member {
                name: (*name).to_owned(),
                description: String::new(),
                shipped: true,
                features: vec![],
                library: true,
                imports: imports(name),
            })
            .collect()
    }

    #[track_caller]
    fn check(edges: &[(&str, &str)], expected: &[&str]) {
        assert_eq!(violations(&workspace(edges)), expected);
    }

    #[test]
    fn imports_that_point_down_are_fine() {
        check(
            &[
                ("epay", "epay-domain"),
                ("epay-tests", "epay-cli"),
                ("epay-http", "serde"),
                ("xtask", "xshell"),
            ],
            &[],
        );
        check(&[("epay-testkit", "epay-fakebank")], &[]);
    }

    #[test]
    fn imports_that_point_up_or_sideways_are_named() {
        check(
            &[("epay-domain", "epay-http")],
            &["epay-domain imports epay-http, which is not below it"],
        );
        check(
            &[("epay-reqwest", "epay-testkit")],
            &["epay-reqwest imports epay-testkit, which is not below it"],
        );
        check(&[("epay", "epay")], &["epay imports epay, which is not below it"]);
    }

    #[test]
    fn the_one_exception_has_one_direction() {
        check(
            &[("epay-fakebank", "epay-testkit")],
            &["epay-fakebank imports epay-testkit, but imports nothing of ours"],
        );
    }

    #[test]
    fn those_that_stand_alone_import_nothing_of_ours() {
        check(
            &[("epay-fakebank", "epay-domain")],
            &["epay-fakebank imports epay-domain, but imports nothing of ours"],
        );
        check(
            &[("xtask", "epay-domain")],
            &["xtask imports epay-domain, but imports nothing of ours"],
        );
    }

    #[test]
    fn the_table_and_the_workspace_list_the_same_crates() {
        let mut members = workspace(&[]);
        members.retain(|member| member.name != "epay-http");
        members.push(Member {
            name: "epay-new".to_owned(),
            description: String::new(),
            shipped: true,
            features: vec![],
            library: true,
            imports: vec![],
        });
        let expected = [
            "epay-new has no line in LAYERS of xtask/src/layers.rs",
            "epay-http is in LAYERS but not in the workspace",
        ];
        assert_eq!(violations(&members), expected);
    }

    #[test]
    fn the_picture_replaces_what_stands_between_the_markers() {
        let page = "# A\n\n<!-- layers -->\nold\n<!-- /layers -->\n\nafter\n";
        let printed = with_picture(page).unwrap();
        assert!(
            printed.starts_with("# A\n\n")
                && printed.ends_with("\n\nafter\n")
                && !printed.contains("old")
        );
        assert!(
            printed.contains("\n plug in      epay-reqwest   epay-hyper   epay-store   epay-testkit ─ epay-fakebank   epay-fakewallet\n"),
            "{printed}"
        );
        assert_eq!(with_picture(&printed).unwrap(), printed, "printing twice changes nothing");
        assert_eq!(with_picture("no markers"), None);
        assert_eq!(with_picture("<!-- layers -->"), None);
    }
}
