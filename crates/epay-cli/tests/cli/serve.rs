//! `epay serve` as it is started and stopped: what it says of its file, and that SIGTERM ends it well.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL};
use serde_json::Value;

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

const FORGED: &str = "aida\n2026-11-28T10:00:00.000000Z ERROR epay: forged\r\u{1b}[2K";

/// What a service in this format writes while a stranger sends it what would be a line of its own, and the
/// id of the request that was a sign-in under such a name.
fn logged(format: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path(), "http://127.0.0.1:1");
    let mut hashing = epay(&["--new-operator"]);
    let hashing = hashing.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut hashing = hashing.spawn().unwrap();
    hashing.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
    let (_, hash) = said(&hashing.wait_with_output().unwrap());
    let operator = format!("[[operator]]\nname = 'aida'\nrole = 'view'\n{hash}");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + &operator).unwrap();

    let mut service = epay(&[&file, "--log", format]);
    let mut service = service.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("epay serves on http://").unwrap().to_owned();
    let escaped: String = FORGED.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let send = |head: &str, body: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head} HTTP/1.1\r\nhost: a\r\nx-request-id: a\tb\r\nuser-agent: \u{85}{escaped}\r\n\
             origin: http://127.0.0.1\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    send(&format!("PUT /v1/orders/{escaped}"), "{\"description\": \"\\n2026 ERROR forged\"}");
    send(&format!("GET /pay/books/{escaped}"), "");
    let answer = send("POST /console/sign-in", &format!("name={escaped}&password=guessed"));
    let stopped = Command::new("kill").arg(service.id().to_string()).status().unwrap();
    let output = service.wait_with_output().unwrap();
    assert!(stopped.success() && answer.starts_with("HTTP/1.1 401"), "{answer}");
    let (_, id) = answer.split_once("x-request-id: ").unwrap();
    (String::from_utf8(output.stderr).unwrap(), id.split_once('\r').unwrap().0.to_owned())
}

#[test]
fn nobody_writes_a_line_of_the_log_but_the_service() {
    let (log, id) = logged("text");
    let of_id = format!("request{{id={id} route=\"/console/sign-in\"}}");
    let found: Vec<&str> = log.lines().filter(|line| line.contains(&of_id)).collect();
    assert_eq!(found.len(), 1, "{log}");
    assert!(found[0].ends_with("a sign-in to the console failed"), "{log}");
    assert!(log.chars().all(|c| c == '\n' || c >= ' '), "{log:?}");
    // What is no operator's name may be a password in the wrong field.
    assert!(!log.contains("forged") && !log.contains("guessed"), "{log}");
}

#[test]
fn each_line_of_the_log_is_json_where_that_is_asked_for() {
    let (log, id) = logged("json");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let risky = |line: &&Value| line["message"].as_str().unwrap().starts_with("risky: ");
    assert_eq!(lines.iter().find(risky).unwrap()["level"], "WARN", "{log}");
    let found: Vec<&Value> = lines.iter().filter(|line| line["spans"][0]["id"] == id).collect();
    assert_eq!(found.len(), 1, "{log}");
    assert_eq!(found[0]["operator"], Value::Null);
    assert!(!log.contains("forged") && !log.contains("guessed"), "{log}");
    assert_eq!(found[0]["spans"][0]["route"], "/console/sign-in");
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
