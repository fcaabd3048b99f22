//! A command's exit code means what the table says, which is in its help and in the docs.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

use crate::payments::shop::{LOG, Shop, UNKNOWN, WRONG_SUM};

fn epay(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
    for name in ["EPAY_CLIENT_ID", "EPAY_CLIENT_SECRET", "EPAY_TERMINAL"] {
        command.env_remove(name);
    }
    command.args(arguments).output().unwrap()
}

#[track_caller]
fn check(arguments: &[&str], code: i32, says: &str) {
    let output = epay(arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    assert!(error.contains(says), "{arguments:?}: {error}");
}

#[test]
fn the_table_is_in_every_help_and_in_the_docs() {
    let docs = include_str!("../../../../docs/operating.md");
    for command in
        [&[][..], &["demo"], &["payments"], &["payments", "show"], &["applepay", "score"]]
    {
        let help = String::from_utf8(epay(&[command, &["--help"]].concat()).stdout).unwrap();
        let (_, table) = help.split_once("Exit codes:\n").unwrap();
        let lines: Vec<&str> = table.lines().map(str::trim).collect();
        let codes: Vec<&str> = lines.iter().map(|line| line.split_once("  ").unwrap().0).collect();
        assert_eq!(codes, ["0", "1", "2", "3", "141"]);
        for line in lines {
            let (code, meaning) = line.split_once("  ").unwrap();
            assert!(docs.contains(&format!("| {code} | {meaning} |\n")), "docs lack: {line}");
        }
    }
}

#[test]
fn shells_and_man_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = String::from_utf8(epay(&["completions", shell]).stdout).unwrap();
        assert!(script.contains("refund-stated") && script.contains("first-invoice"), "{shell}");
    }
    check(&["completions", "dos"], 2, "'dos'");
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("man1");
    assert!(epay(&["man", directory.to_str().unwrap()]).status.success());
    for page in ["epay.1", "epay-payments.1", "epay-payments-show.1", "epay-completions.1"] {
        let page = std::fs::read_to_string(directory.join(page)).unwrap();
        assert!(
            page.contains(".TH ") && page.contains("the reader of the output has gone"),
            "{page}"
        );
    }
    check(&["man", "/proc/nowhere"], 1, "epay: /proc/nowhere: ");
}

#[tokio::test]
async fn what_looks_for_disputes_ends_with_3_and_what_only_prints_with_0() {
    let shop = Shop::after_a_bad_week().await;
    shop.epay(&["list", LOG, "--disputed"]).with(3);
    shop.epay(&["list", LOG]).with(0);
    shop.epay(&["show", LOG, WRONG_SUM]).with(0);
}

#[test]
fn what_is_wrong_with_the_arguments_is_2_and_is_named() {
    for stranger in ["http://bank.example", "https://bank.example", "nonsense"] {
        let argument = format!("invalid value '{stranger}' for '--bank <URL>'");
        check(&["payments", "reconcile", LOG, "--bank", stranger], 2, &argument);
        check(
            &["payments", "close", LOG, UNKNOWN, "--bank", stranger, "--note", "b"],
            2,
            &argument,
        );
    }
    let unset = "epay: EPAY_CLIENT_ID is not set";
    check(&["payments", "reconcile", LOG, "--production"], 2, unset);
    check(&["payments", "close", LOG, UNKNOWN, "--force", "--note", " "], 2, "epay: --note says");
    check(&["fakebank", "--addr", "0.0.0.0:0"], 2, "epay: --addr is not on loopback");
    check(&["nothing"], 2, "'nothing'");
}

#[test]
fn what_failed_is_1_and_is_named() {
    check(&["payments", "list", "/nowhere/shop.db"], 1, "epay: /nowhere/shop.db: ");
    check(&["applepay", "score", "/nowhere/suite"], 1, "epay: /nowhere/suite: ");
}

#[test]
fn nobody_who_reads_on_is_no_failure_to_complain_of() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
    let mut demo =
        command.arg("demo").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(demo.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("The fake bank is at "), "{line}");
    let mut error = String::new();
    demo.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!((demo.wait().unwrap().code(), error.as_str()), (Some(141), ""));
}
