//! Tokens that were not made here: `tests/data/apple-pay/README.md` says where they come from.

use std::io::Write;

use serde_json::Value;

/// Tokens of a test wallet, with what each must lead to.
pub(crate) fn suite_sample() -> Value {
    read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/apple-pay/suite-sample.json"))
        .unwrap()
}

/// Tokens that Apple's devices made. Who tests a package lacks them, which CI does not forgive.
pub(crate) fn genuine() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/apple-pay/genuine.json");
    let found = read(path);
    if found.is_none() {
        let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!ci, "there is no {path}");
        // Past the capture of a test that passes.
        let mut stderr = std::io::stderr();
        writeln!(stderr, "NOT RUN: there is no {path}").unwrap();
    }
    found
}

fn read(path: &str) -> Option<Value> {
    std::fs::read(path).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap())
}
