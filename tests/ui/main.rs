//! The compiler refuses each file in `mistakes`, and for the reason that stands in the file's first line.
#![cfg(test)]

use std::path::Path;

/// Each file first does it right, with the same names and types: a typo would show in its `.stderr`, where only the
/// mistake may stand. Another compiler may word it otherwise; `cargo xtask bless` accepts that.
#[test]
fn no_mistake_compiles() {
    assert!(Path::new("mistakes").is_dir(), "no file at all would be no failure");
    trybuild::TestCases::new().compile_fail("mistakes/*.rs");
}
