//! `size` counts characters that are not blank: lines would change with the width of the page.

use std::path::Path;

use xshell::cmd;

use crate::run::{Outcome, Run, Verdict};

/// Through these goes every payment.
const CORE: &[&str] = &["epay-domain", "epay-crypto", "epay-http", "epay", "epay-store"];

pub(crate) fn size(run: &Run) -> Verdict {
    let listed = cmd!(run.sh, "git ls-files -z --cached --others --exclude-standard -- *.rs")
        .quiet()
        .read()?;
    let (mut core, mut all) = (0, 0);
    for path in listed.split('\0').map(Path::new) {
        // A file that git still lists although it was deleted is no file.
        let Ok(text) = run.sh.read_file(path) else { continue };
        all += solid(&text);
        if in_core(path) {
            core += solid(&without_tests(&text));
        }
    }
    println!("{core:>9} src of {}, without tests\n{all:>9} every .rs file", CORE.join(", "));
    Ok(Outcome::Passed)
}

fn in_core(path: &Path) -> bool {
    CORE.iter().any(|name| path.starts_with(format!("crates/{name}/src")))
        && !path.iter().any(|part| part == "tests" || part == "tests.rs")
}

fn solid(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Without the modules that are only built for tests. Each ends, as rustfmt has it, at a brace that is no deeper than
/// its first line.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start() != "#[cfg(test)]" {
            kept += line;
            continue;
        }
        let rest = lines.clone();
        let head = rest.clone().find(|line| !line.trim_start().starts_with("#["));
        if !head.is_some_and(|head| head.trim_start().starts_with("mod ")) {
            kept += line;
            continue;
        }
        let end = line.replace("#[cfg(test)]", "}");
        while lines
            .next()
            .is_some_and(|line| line != end && !(line.ends_with(';') && Some(line) == head))
        {
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_tests_are_not_counted() {
        let text = "a\n#[cfg(test)]\n#[path = \"x\"]\nmod tests {\n    fn f() {\n    }\n}\nb\n";
        assert_eq!(without_tests(text), "ab");
        assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests;\nb\n"), "ab");
        assert_eq!(solid(&without_tests("#[cfg(test)]\nfn f() {}\nb\n")), 20);
        assert_eq!(solid(" é\t=\n"), 2);
    }

    #[test]
    fn the_core_is_the_source_of_five_crates() {
        for (path, expected) in [
            ("crates/epay/src/lib.rs", true),
            ("crates/epay/src/tests.rs", false),
            ("crates/epay/src/a/tests/b.rs", false),
            ("crates/epay/tests/a.rs", false),
            ("crates/epay-cli/src/main.rs", false),
        ] {
            assert_eq!(in_core(Path::new(path)), expected, "{path}");
        }
    }
}
