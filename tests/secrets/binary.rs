//! What `epay demo` and `epay payments` print, on a terminal or as JSON, holds none of the secrets that were paid with.

use crate::scan::{Needle, none_in};
use epay::{InvoiceId, Money, Outcome, Payments};
use epay_store::{InvoiceNumbers, SqliteStore};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking};
use epay_testkit::fakebank::{SANDBOX_SECRET, cards};
use epay_tests::bench::card;
use epay_tests::binary::{Process, epay};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Everything one run says, errors too.
fn said(epay: &PathBuf, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(epay)
        .args(arguments)
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), text)
}

#[test]
fn the_demo_shows_no_secret() {
    let Some(epay) = epay() else { return };
    let needles = [
        Needle::new("card number", cards::VISA_OK),
        Needle::new("card number of the challenge", cards::THREE_DS),
        Needle::new("card number without funds", cards::INSUFFICIENT_FUNDS),
        Needle::new("device number", "4111111111111111"),
        Needle::new("payment cryptogram", "AgAAAAAABk4DWZ4C28yUQAAAAAA="),
        Needle::new("Apple Pay token", "bWFkZSB1cCBieSB0aGUgZGVtbw=="),
        Needle::new("client secret", SANDBOX_SECRET),
        Needle::new("key of tags", "epay demo, guards no real money!"),
        Needle::new("card code", "321"),
        Needle::new("expiry", "0127"),
    ];
    for arguments in [&["demo"][..], &["demo", "--json"]] {
        let (succeeded, text) = said(&epay, arguments);
        assert!(succeeded, "{text}");
        // A card's code may be a number of milliseconds, and nothing else of the demo's.
        let text: String = text.lines().filter(|line| !line.contains("\"after_ms\"")).collect();
        none_in(&format!("{arguments:?}"), &text, &needles);
    }
    // What it is called with it repeats: so it would be found.
    let (_, text) = said(&epay, &["demo", cards::VISA_OK]);
    assert!(!needles[0].found_in(&text).is_empty(), "{text}");
}

#[tokio::test]
async fn a_log_that_is_shown_shows_no_secret() {
    let Some(epay) = epay() else { return };
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("shop.db");
    let bank = FakeBank::start();
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
    let store = SqliteStore::create(&path, &numbers).unwrap();
    let shop = Payments::with_clock(bank.gateway(), store, bank.clock());
    let pay = async |order: &str, number: &str| {
        shop.pay(order, Money::tiyn(5_000_00), card(number)).await.unwrap()
    };
    let _ = pay("declined", cards::INSUFFICIENT_FUNDS).await;
    bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(50_00)));
    let _ = pay("flagged", cards::VISA_OK).await;
    let Outcome::AskPayer(ask) = pay("challenged", cards::THREE_DS).await else {
        panic!("no challenge")
    };
    let challenge = ask.attempt().payment().challenge().cloned().unwrap();
    let needles = [
        Needle::new("card number", cards::VISA_OK),
        Needle::new("card number of the challenge", cards::THREE_DS),
        Needle::new("card number without funds", cards::INSUFFICIENT_FUNDS),
        Needle::new("holder", "ARMAN ALI"),
        Needle::new("card code", "321"),
        Needle::new("expiry", "0127"),
        Needle::new("challenge's request", &challenge.pa_req),
        Needle::new("challenge's data", &challenge.md),
        Needle::new("state of the return link", &ask.state()),
        Needle::new("client secret", SANDBOX_SECRET),
    ];
    let log = path.to_str().unwrap();
    for arguments in [
        &["list", log][..],
        &["list", log, "--json"],
        &["show", log, "100000002"],
        &["show", log, "100000003"],
        &["show", log, "100000003", "--json"],
        &["watch", log, "100000001"],
        &["export", log],
    ] {
        let (succeeded, text) = said(&epay, &[&["payments"], arguments].concat());
        assert!(succeeded, "{text}");
        none_in(&format!("{arguments:?}"), &text, &needles);
    }
}

#[test]
fn the_probe_shows_and_writes_no_secret() {
    let Some(epay) = epay() else { return };
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("probe");
    let mut bank =
        Process::of(Command::new(&epay).args(["fakebank", "--json"]).stdout(Stdio::piped()))
            .unwrap();
    let mut line = String::new();
    BufReader::new(bank.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let urls: serde_json::Value = serde_json::from_str(&line).unwrap();
    let three_ds = format!("{}:0127:321", cards::THREE_DS);
    let (succeeded, text) = said(
        &epay,
        &[
            "probe",
            "--bank",
            urls["console"].as_str().unwrap(),
            "--first-invoice",
            "700000001",
            "--three-ds-card",
            &three_ds,
            "--listen",
            "127.0.0.1:0",
            "--wait",
            "1",
            "--out",
            out.to_str().unwrap(),
        ],
    );
    assert!(succeeded, "{text}");
    let needles = [
        Needle::new("card number", cards::VISA_OK),
        Needle::new("locked card number", cards::VISA_LOCKED),
        Needle::new("card number of the challenge", cards::THREE_DS),
        Needle::new("holder", "EPAY PROBE"),
        Needle::new("client secret", SANDBOX_SECRET),
        Needle::new("expiry", "0127"),
        Needle::new("PaRes", "eJzprobe"),
        Needle::new("token", "Bearer"),
    ];
    none_in("what the probe prints", &text, &needles);
    for extension in ["json", "txt"] {
        let written = std::fs::read_to_string(out.with_extension(extension)).unwrap();
        none_in(extension, &written, &needles);
    }
}
