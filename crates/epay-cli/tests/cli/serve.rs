//! `epay serve` as it is started and stopped: what it says of its file, and that SIGTERM ends it well.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL};

use crate::fakebank::{FakeBank, ask};

fn epay(arguments: &[&str]) -> Command {
    command("serve", arguments)
}

fn command(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
    command.arg(name).args(arguments).env("SHOP_SECRET", SANDBOX_SECRET);
    command
}

fn file(folder: &Path, bank: &str) -> String {
    let path = folder.join("epay.toml");
    let text = format!(
        "listen = '127.0.0.1:0'\npublic_url = 'http://127.0.0.1'\nbank = '{bank}'\n\
         [[shop]]\nname = 'books'\ntitle = 'Books'\nterminal = '{SANDBOX_TERMINAL}'\n\
         client_id = '{SANDBOX_CLIENT}'\nclient_secret = {{ env = 'SHOP_SECRET' }}\n\
         store = 'books.db'\nfirst_invoice = '100000001'\n\
         return_url = 'https://books.example.kz/{{order}}'\n"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8(output.stdout.clone()).unwrap())
}

#[test]
fn what_is_wrong_and_what_is_risky_is_told_apart_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let good = file(folder.path(), "http://127.0.0.1:1");
    let (code, text) = said(&epay(&[&good, "--check"]).output().unwrap());
    assert_eq!(code, Some(0));
    assert!(text.contains("risky: shop books: api_key: there is none"), "{text}");
    let wrong = file(folder.path(), "production");
    let (code, text) = said(&epay(&[&wrong, "--check"]).output().unwrap());
    assert_eq!(code, Some(2));
    assert!(text.contains("wrong: public_url is not https"), "{text}");
    let (code, text) = said(&epay(&[&good, "--print-config"]).output().unwrap());
    assert!(code == Some(0) && text.contains("SHOP_SECRET"), "{text}");
    assert!(!text.contains(SANDBOX_SECRET), "{text}");
}

#[test]
fn a_new_key_comes_with_its_hash() {
    let (code, text) = said(&epay(&["--new-key"]).output().unwrap());
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!((code, words[0], words[2], words[3].len()), (Some(0), "key", "sha256", 64));
    assert!(words[1].starts_with("epay_"), "{text}");
}

#[test]
fn it_serves_until_it_is_told_to_stop() {
    let (_bank, urls) = FakeBank::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path(), urls["console"].as_str().unwrap());
    let started = epay(&[&file]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut service = started.unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("epay serves on ").unwrap().to_owned();
    let ready = ask(&format!("{url}/readyz"), "GET", "");
    let stopped = Command::new("kill").arg(service.id().to_string()).status().unwrap();
    let ended = service.wait().unwrap();
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert_eq!((stopped.success(), ended.code()), (true, Some(0)));
}

/// What the doctor says of the file, where the shop's secret is this one.
fn examined(file: &str, secret: &str, code: i32) -> String {
    let output = command("doctor", &[file]).env("SHOP_SECRET", secret).output().unwrap();
    let (ended, text) = said(&output);
    assert_eq!(ended, Some(code), "{text}");
    text
}

#[test]
fn the_doctor_finds_what_the_file_does_not_tell() {
    let (_bank, urls) = FakeBank::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path(), urls["console"].as_str().unwrap());
    let said = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, said + "checkout = 'bank-form'\n").unwrap();
    let text = examined(&file, SANDBOX_SECRET, 0);
    for line in [
        "good: clock: ",
        "good: shop books: log: there is none yet; the first start makes it",
        "good: shop books: bank: it gave a key that is trusted",
        "good: shop books: bank: it takes the credentials, and answers a status check",
        "good: shop books: pay form: the bank's script is at http://127.0.0.1",
        "risky: public_url: ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!folder.path().join("books.db").exists(), "it only looks");
    let text = examined(&file, "another", 3);
    assert!(text.contains("wrong: shop books: bank: a status check: "), "{text}");
    assert!(!text.contains("another"), "{text}");
    std::fs::write(folder.path().join("books.db"), "name,price\n").unwrap();
    let text = examined(&file, SANDBOX_SECRET, 3);
    assert!(text.contains("wrong: shop books: log: "), "{text}");
}

#[test]
fn the_doctor_says_when_there_is_no_bank() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path(), "http://127.0.0.1:1");
    let text = examined(&file, SANDBOX_SECRET, 3);
    assert!(text.contains("wrong: bank: ") && text.contains("wrong: shop books: bank: "), "{text}");
}
