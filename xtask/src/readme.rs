//! The README of each crate is the front page of its docs, so that the registry shows what docs.rs shows.

use std::error::Error;

use crate::{
    metadata,
    run::{Outcome, Run, Verdict},
};

pub(crate) fn readme(run: &Run) -> Verdict {
    let mut wrong = Vec::new();
    for member in metadata::members(&run.sh)?.iter().filter(|member| member.shipped) {
        let path = format!("crates/{}/README.md", member.name);
        let page = page(run, member)?;
        if run.bless {
            run.sh.write_file(path, page)?;
        } else if run.sh.read_file(&path).ok().as_ref() != Some(&page) {
            wrong.push(format!("{path} is not the front page; `cargo xtask bless` writes it"));
        }
    }
    if wrong.is_empty() { Ok(Outcome::Passed) } else { Err(wrong.join("\n       ").into()) }
}

fn page(run: &Run, member: &metadata::Member) -> Result<String, Box<dyn Error>> {
    let front = if member.library {
        front(&run.sh.read_file(format!("crates/{}/src/lib.rs", member.name))?)
    } else {
        format!("{}\n", member.description)
    };
    Ok(format!("# {}\n\n{front}\nMIT or Apache 2.0, at your choice.\n", member.name))
}

/// The `//!` lines at the top of a crate as a page that stands alone: without the lines that rustdoc hides, and without the
/// links that only rustdoc can follow.
fn front(source: &str) -> String {
    let mut in_code = false;
    let mut page = String::new();
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        let fence = line.starts_with("```");
        if fence {
            in_code = !in_code;
        }
        match (fence, in_code) {
            (true, true) => page.push_str("```rust"),
            (false, true) if line == "#" || line.starts_with("# ") => continue,
            (true, false) | (false, true) => page.push_str(line),
            (false, false) => page.push_str(&unlinked(line)),
        }
        page.push('\n');
    }
    page
}

/// A line without the brackets of links that name an item and no address.
fn unlinked(line: &str) -> String {
    let mut rest = line;
    let mut page = String::new();
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else { break };
        let brackets = if after.starts_with('(') { ["[", "]"] } else { ["", ""] };
        let [open, close] = brackets;
        page.push_str(&format!("{before}{open}`{name}`{close}"));
        rest = after;
    }
    page + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_page_stands_alone() {
        let source = "//! Pays by [`Payments::pay`], over [`reqwest`](https://docs.rs/reqwest).\n//!\n\
                      //! ```\n//! # hidden();\n//! #\n//! #[derive(Debug)]\n//! shown();\n//! ```\n\
                      \n//! Not of the page.\n";
        let page = "Pays by `Payments::pay`, over [`reqwest`](https://docs.rs/reqwest).\n\n\
                    ```rust\n#[derive(Debug)]\nshown();\n```\n";
        assert_eq!(front(source), page);
    }
}
