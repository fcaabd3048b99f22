//! Each link of a page leads to a file that is there, and each anchor to a heading of it, by GitHub's rule.

use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with the links of `pages`, each a path and its text. `exists` answers for files that are no pages.
pub(super) fn broken(pages: &BTreeMap<&str, String>, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let headings: BTreeMap<&str, BTreeSet<String>> =
        pages.iter().map(|(path, text)| (*path, anchors(text))).collect();
    let mut wrong = Vec::new();
    for (page, text) in pages {
        for (line, link) in links(text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { (*page).to_owned() } else { resolve(page, file) };
            match headings.get(target.as_str()) {
                Some(headings) if anchor.is_empty() || headings.contains(anchor) => {}
                Some(_) => wrong.push(format!("{page}:{line}: {target} has no heading #{anchor}")),
                None if exists(&target) => {}
                None => wrong.push(format!("{page}:{line}: there is no {target}")),
            }
        }
    }
    wrong
}

/// The lines of a page that are not inside a block of code, numbered.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        (!fence && !in_code).then_some((index + 1, line))
    })
}

/// The links of a page into this repository, with the number of their line.
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    prose(text).flat_map(|(number, line)| {
        let found = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        found.filter(|link| inside(link)).map(move |link| (number, link))
    })
}

/// Whether a link is to a file or a heading here: no address, and no item that only rustdoc can follow.
fn inside(link: &str) -> bool {
    !link.contains(':') && (link.starts_with('#') || link.contains(['.', '/']))
}

/// The path of `link`, as seen from `page`.
fn resolve(page: &str, link: &str) -> String {
    let mut path: Vec<&str> = page.split('/').collect();
    path.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(path.pop()),
            part => path.push(part),
        }
    }
    path.join("/")
}

/// The anchors that GitHub gives the headings of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose(text) {
        let heading = line.trim_start_matches('#');
        if heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let slug = slug(heading.trim());
        let again = (1..).map(|count| format!("{slug}-{count}"));
        let free = std::iter::once(slug.clone()).chain(again).find(|slug| !anchors.contains(slug));
        anchors.extend(free);
    }
    anchors
}

/// Letters and digits in lower case, blanks as hyphens; of a link its text, and nothing of other marks.
fn slug(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading;
    while let Some((before, link)) = rest.split_once("](") {
        text.push_str(before);
        rest = link.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text.chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_the_anchor_that_github_gives_it() {
        for (heading, anchor) in [
            ("The binary", "the-binary"),
            ("10. The bank's own pay form", "10-the-banks-own-pay-form"),
            ("Copies, and the way back", "copies-and-the-way-back"),
            ("`capture` and `void_all`", "capture-and-void_all"),
            ("A [link](page.md#there) in it", "a-link-in-it"),
            ("Оплата — картой", "оплата--картой"),
        ] {
            assert_eq!(slug(heading), anchor);
        }
    }

    #[test]
    fn the_same_heading_again_is_numbered_and_code_has_none() {
        let page = "# A\n## B\n### B\n```sh\n# C\n```\n#no heading\n## B\n";
        assert_eq!(Vec::from_iter(anchors(page)), ["a", "b", "b-1", "b-2"]);
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let pages = BTreeMap::from([
            ("docs/a.md", text.to_owned()),
            ("README.md", "# Epay\n## What is assumed\n".to_owned()),
        ]);
        assert_eq!(broken(&pages, |path| path == "docs/adr" || path == "xtask/a.rs"), expected);
    }

    #[test]
    fn a_link_leads_to_what_is_there() {
        check("# A\n[a](#a), [b](../README.md#what-is-assumed) and [c](../README.md)\n", &[]);
        check("[decisions](./adr) and [code](../xtask/a.rs#L3), ![x](./adr/../adr)\n", &[]);
        check("[out](https://bank.example/a#b), [m](mailto:a@b.example), [`T`](Self::t)\n", &[]);
        check("```md\n[in code](nowhere.md)\n```\n", &[]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named_with_its_line() {
        check("# A\n\n[a](#b)\n", &["docs/a.md:3: docs/a.md has no heading #b"]);
        check(
            "[a](../README.md#assumed), [b](b.md#x)\n",
            &[
                "docs/a.md:1: README.md has no heading #assumed",
                "docs/a.md:1: there is no docs/b.md",
            ],
        );
    }
}
