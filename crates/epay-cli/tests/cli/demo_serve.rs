//! `epay demo --serve` is for this machine and this page: strangers lead no browser here, and nothing of it stays.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The running command; a test that fails leaves none behind.
struct Demo {
    process: Child,
    address: String,
}

impl Demo {
    fn start() -> Demo {
        let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
        let started = command.args(["demo", "--serve"]).stdout(Stdio::piped()).spawn();
        let mut demo = Demo { process: started.unwrap(), address: String::new() };
        let mut line = String::new();
        BufReader::new(demo.process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        demo.address = line.trim().strip_prefix("epay demo is on http://").unwrap().to_owned();
        demo
    }

    /// The raw answer to a request with these headers, on a connection that is kept.
    fn ask(&self, line: &str, headers: &str, body: &str) -> (String, TcpStream) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{line} HTTP/1.1\r\n{headers}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        (String::from_utf8_lossy(&answer).into_owned(), stream)
    }

    fn stop(&mut self) -> Option<i32> {
        Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        self.process.wait().unwrap().code()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            self.stop();
        }
    }
}

#[test]
fn only_its_own_pages_and_names_are_answered() {
    let demo = Demo::start();
    let (_, port) = demo.address.rsplit_once(':').unwrap();
    let (here, bank) = (&demo.address, format!("bank.localhost:{port}"));
    let own = format!("host: {here}\r\norigin: http://{here}");
    let strange = format!("host: {here}\r\norigin: http://shop.example");
    let sheet = "amount=5000.00&card=good";
    for (line, headers, body, expected) in [
        ("GET /", format!("host: {here}"), "", "200"),
        ("GET /", format!("host: {bank}"), "", "200"),
        ("GET /", format!("host: shop.example:{port}"), "", "403"),
        ("GET /", format!("host: not-the-{bank}"), "", "403"),
        ("POST /buy", own.clone(), "item=0&lang=kk", "303"),
        ("POST /buy", strange.clone(), "item=0&lang=kk", "403"),
        ("POST /break", strange.clone(), "what=kill", "403"),
        ("POST /phone", own.clone(), sheet, "200"),
        ("POST /phone", strange, sheet, "403"),
        ("POST /phone", own.clone(), "amount=5e3&card=good", "400"),
        ("POST /phone", own, "amount=5000.00&card=4000000000000002", "422"),
        // What a proxy passes on is the service's to answer; what stays inside is not passed on.
        ("GET /v1/orders/demo-1", format!("host: {here}"), "", "401"),
        ("GET /metrics", format!("host: {here}"), "", "404"),
    ] {
        let (answer, _) = demo.ask(line, &headers, body);
        assert_eq!(answer, format!("HTTP/1.1 {expected}"), "{line} {headers} {body}");
    }
}

#[test]
fn nothing_stays_when_it_is_stopped_although_a_browser_holds_on() {
    let mut demo = Demo::start();
    let folder = std::env::temp_dir().join(format!("epay-demo-{}", demo.process.id()));
    let (_, _held) = demo.ask("GET /", &format!("host: {}", demo.address), "");
    assert!(folder.join("demo.db").exists());
    assert_eq!(demo.stop(), Some(0));
    assert!(!folder.exists(), "its service was ended before that");
}
