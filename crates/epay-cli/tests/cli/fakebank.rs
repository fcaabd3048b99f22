//! `epay fakebank` says where it listens in one line, serves the published client, and stops when
//! told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL};
use serde_json::Value;

/// The running command; a test that fails leaves none behind.
pub(crate) struct FakeBank(Child);

impl Drop for FakeBank {
    fn drop(&mut self) {
        // It may have ended already, as it should.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl FakeBank {
    /// Starts it, and waits for its one line.
    pub(crate) fn start(arguments: &[&str]) -> (FakeBank, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
        let started =
            command.args(["fakebank", "--json"]).args(arguments).stdout(Stdio::piped()).spawn();
        let mut bank = FakeBank(started.unwrap());
        let mut line = String::new();
        BufReader::new(bank.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (bank, serde_json::from_str(&line).unwrap())
    }

    /// Sends `signal` and gives the exit code.
    #[cfg(unix)]
    fn stop(mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.0.wait().unwrap().code()
    }
}

/// The raw answer to one request, so that no client of ours can hide what is on the wire.
pub(crate) fn ask(url: &str, method: &str, body: &str) -> String {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn token(urls: &Value) -> String {
    let form = format!(
        "grant_type=client_credentials&scope=payment&client_id={SANDBOX_CLIENT}&client_secret={SANDBOX_SECRET}\
         &invoiceID=100000001&amount=100&currency=KZT&terminal={SANDBOX_TERMINAL}"
    );
    ask(&format!("{}/oauth2/token", urls["oauth"].as_str().unwrap()), "POST", &form)
}

#[test]
fn its_urls_are_one_line_of_json_and_each_of_them_answers() {
    let (_bank, urls) = FakeBank::start(&[]);
    let names: Vec<&str> = urls.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["admin", "api", "console", "form", "oauth"]);
    let url = |name: &str| urls[name].as_str().unwrap();
    let answer = token(&urls);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"access_token\""), "{answer}");
    assert!(ask(&format!("{}/public.rsa", url("api")), "GET", "").contains("BEGIN PUBLIC KEY"));
    assert!(ask(url("console"), "GET", "").contains("<table>"));
    assert!(ask(&format!("{}/wire", url("admin")), "GET", "").contains("\"token\""));
}

#[test]
fn the_seed_decides_what_it_answers() {
    let answer = |seed: &str| {
        let (_bank, urls) = FakeBank::start(&["--seed", seed]);
        token(&urls).split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    let seven = answer("7");
    assert_eq!(answer("7"), seven);
    assert_ne!(answer("8"), seven);
}

#[cfg(unix)]
#[test]
fn it_stops_with_success_when_told_to() {
    for signal in ["-TERM", "-INT"] {
        let (bank, _urls) = FakeBank::start(&[]);
        assert_eq!(bank.stop(signal), Some(0), "{signal}");
    }
}

#[test]
fn it_refuses_to_be_reached_from_outside() {
    let output = Command::new(env!("CARGO_BIN_EXE_epay"))
        .args(["fakebank", "--addr", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"));
}

#[test]
fn a_fresh_key_is_another_key() {
    let key = |arguments: &[&str]| {
        let (_bank, urls) = FakeBank::start(arguments);
        ask(&format!("{}/public.rsa", urls["api"].as_str().unwrap()), "GET", "")
    };
    assert_ne!(key(&["--fresh-key"]).split_once("BEGIN"), key(&[]).split_once("BEGIN"));
}

/// Its page of the docs.
const DOCS: &str = include_str!("../../../../docs/fake-bank.md");

/// The blocks of the page that are written in `language`.
pub(crate) fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    DOCS.split(&fence).skip(1).filter_map(|rest| Some(rest.split_once("\n```")?.0)).collect()
}

/// What `program` prints, with the addresses of the bank in its environment; `None` where it is not
/// installed, which is a failure on the CI machine.
pub(crate) fn run(urls: &Value, program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    for name in ["oauth", "api", "admin", "console"] {
        command.env(format!("EPAY_{}", name.to_uppercase()), urls[name].as_str().unwrap());
    }
    let missing = |what: &str| {
        // Nothing is lost where it cannot be said.
        let _ = writeln!(std::io::stderr(), "NOT RUN: {program} {what}");
        assert!(std::env::var("CI").is_err(), "{program} {what}");
        None
    };
    let output = match command.args(arguments).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return missing("is not installed");
        }
        output => output.unwrap(),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("ModuleNotFoundError") {
        return missing("has no module `cryptography`");
    }
    assert!(output.status.success(), "{program}: {said}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_clients_of_its_page_pay_as_they_stand() {
    let (_bank, urls) = FakeBank::start(&["--addr", "localhost:0"]);
    for (language, program, flag) in
        [("js", "node", "-e"), ("python", "python3", "-c"), ("php", "php", "-r")]
    {
        let [code] = blocks(language)[..] else { panic!("one client in {language}") };
        assert!(code.lines().count() <= 40, "{language}");
        let code = code.trim_start_matches("<?php\n");
        let printed = run(&urls, program, &[flag, code]);
        assert_eq!(printed.unwrap_or("CHARGE".to_owned()).trim(), "CHARGE", "{language}");
    }
}

#[test]
fn every_curl_line_and_every_fault_of_its_page_is_taken() {
    let (_bank, urls) = FakeBank::start(&[]);
    let mut lines: Vec<String> = blocks("sh")
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| line.starts_with("curl "))
        .map(str::to_owned)
        .collect();
    let faults = DOCS.lines().filter_map(|line| line.strip_prefix('|')?.split_once("| `{"));
    let faults: Vec<String> =
        faults.map(|(_, fault)| format!("{{{}", &fault[..fault.len() - 3])).collect();
    assert!(lines.len() >= 9 && faults.len() >= 12, "{lines:?} {faults:?}");
    let before_reset = lines.len() - 1;
    let plan =
        |fault: &String| format!("curl -sS -H 'x-epay-admin: 1' -d '{fault}' $EPAY_ADMIN/faults");
    lines.splice(before_reset..before_reset, faults.iter().map(plan));
    for line in lines {
        let Some(answer) = run(&urls, "sh", &["-c", &line]) else { return };
        let nothing_to_send = line.ends_with("/redeliver") && answer.contains("no callback");
        assert!(nothing_to_send || !answer.contains("problem"), "{line}: {answer}");
        assert!(serde_json::from_str::<Value>(&answer).is_ok(), "{line}: {answer}");
    }
}
