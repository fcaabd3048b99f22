//! `epay probe` against fake banks, each with one switch turned: that difference is named, and no other; and whatever
//! was taken is given back.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use epay::TokioClock;
use epay_domain::Clock;
use epay_fakebank::{
    Bank, Millis, SANDBOX_TERMINAL, Settings, Status, Switches, TWO_STAGE_TERMINAL, cards,
    server::FakeBankServer,
};
use epay_fakewallet::Wallet;
use serde_json::{Map, Value, json};

use crate::fakebank::{FakeBank, ask};

const CARD: &str = "4000000000000002:0127:321";

/// What a probe of a bank with these switches found.
struct Probed {
    code: Option<i32>,
    page: String,
    answers: Value,
    transcript: String,
    ledger: Value,
}

/// What a probe is started with.
struct Probe<'a> {
    switches: &'a Value,
    terminal: &'a str,
    faults: Vec<Value>,
    arguments: Vec<String>,
}

impl Default for Probe<'_> {
    fn default() -> Self {
        let arguments =
            ["--three-ds-card", CARD, "--listen", "127.0.0.1:0", "--wait", "2"].map(str::to_owned);
        let (terminal, faults) = (TWO_STAGE_TERMINAL, Vec::new());
        Probe { switches: &Value::Null, terminal, faults, arguments: arguments.into() }
    }
}

impl Probe<'_> {
    fn run(self) -> Probed {
        let home = tempfile::tempdir().unwrap();
        let mut started = Vec::new();
        let file = home.path().join("observed.json");
        if !self.switches.is_null() {
            fs::write(&file, json!({ "asked": "x", "switches": self.switches }).to_string())
                .unwrap();
            started.extend(["--observed", file.to_str().unwrap()]);
        }
        let (bank, urls) = FakeBank::start(&started);
        let url = |name: &str| urls[name].as_str().unwrap().to_owned();
        self.faults.iter().for_each(|fault| plan(&url("admin"), fault));
        let output = Command::new(env!("CARGO_BIN_EXE_epay"))
            .args(["probe", "--bank", &url("console"), "--first-invoice", "700000001"])
            .args(self.arguments)
            .env("EPAY_TERMINAL", self.terminal)
            .current_dir(home.path())
            .output()
            .unwrap();
        let page =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        let ledger = ask(&format!("{}/ledger", url("admin")), "GET", "");
        let (_, ledger) = ledger.split_once("\r\n\r\n").unwrap();
        let ledger = serde_json::from_str(ledger).unwrap();
        drop(bank);
        Probed { code: output.status.code(), page, ledger, ..read(home.path()) }
    }
}

fn plan(admin: &str, fault: &Value) {
    let (address, path) = admin.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let (mut stream, body) = (TcpStream::connect(address).unwrap(), fault.to_string());
    write!(
        stream,
        "POST /{path}/faults HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         x-epay-admin: 1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

fn read(home: &Path) -> Probed {
    let read = |name: &str| fs::read_to_string(home.join(name)).unwrap_or_default();
    let answers = serde_json::from_str(&read("epay-probe.json")).unwrap_or_default();
    let transcript = read("epay-probe.txt");
    Probed { code: None, page: String::new(), answers, transcript, ledger: Value::Null }
}

impl Probed {
    fn names(&self, verdict: &str) -> Vec<&str> {
        let all = self.answers["answers"].as_array().unwrap().iter();
        let such = all.filter(|answer| answer["verdict"] == verdict);
        such.map(|answer| answer["name"].as_str().unwrap()).collect()
    }

    /// Nothing is held, and nothing is taken that was not given back.
    #[track_caller]
    fn is_given_back(&self, switches: &Value) {
        let operations = self.ledger.as_array().unwrap();
        assert!(operations.len() >= 5, "{switches}: {}", self.page);
        for operation in operations {
            let status = operation["status"].as_str().unwrap();
            let over = ["CANCEL", "REFUND", "REJECT", "FAILED"].contains(&status);
            assert!(over, "{switches} leaves {operation}");
        }
    }
}

/// Turns `turned` and expects just these to be refuted.
#[track_caller]
fn check(turned: &Value, refuted: &[&str], terminal: &str) {
    let mut probe = Probe { switches: turned, terminal, ..Probe::default() };
    if turned.get("visible_after").is_some() {
        // Until each payment is seen.
        probe.arguments.extend(["--wait".to_owned(), "6".to_owned()]);
        probe.arguments.drain(4..6);
    }
    let probed = probe.run();
    assert_eq!(probed.code, Some(0), "{turned}: {}", probed.page);
    assert_eq!(probed.names("refuted"), refuted, "{turned}: {}", probed.page);
    for name in refuted {
        assert!(probed.page.contains(&format!("  {name} = ")), "{}", probed.page);
        // How late it is depends on when it is looked at.
        if *name != "visible_after" {
            assert_eq!(probed.answers["switches"][name], turned[name], "{turned}");
        }
    }
    probed.is_given_back(turned);
}

fn turned_once() -> Vec<(Value, Vec<&'static str>)> {
    let one = |name: &'static str, value: Value| (json!({ name: value }), vec![name]);
    vec![
        one("dedupe", json!("strict")),
        one("dedupe", json!("off")),
        one("reply_shape", json!("minimal")),
        one("confirm_reply", json!("page200")),
        one("confirm_reply", json!("json")),
        one("confirm_without_token", json!(false)),
        one("success_body", json!("json_code0")),
        one("wrong_state_code", json!(477)),
        one("refund_report", json!("charge_original")),
        one("refund_report", json!("refund_total")),
        one("refund_report", json!("refund_no_sum")),
        one("external_id_dedupes", json!(true)),
        one("echo_data", json!("nothing")),
        one("echo_data", json!("anothers")),
        one("visible_after", json!(1_500)),
        // Without a delay nobody can see it.
        (
            json!({ "visible_after": 1_500, "invisible_as": "in_progress" }),
            vec!["visible_after", "invisible_as"],
        ),
        one("status_errors_as_400", json!(true)),
        one("bonus_minor", json!(1_000)),
        one("callback_on_operations", json!(true)),
        one("secret_hash_on_failure", json!(true)),
        one("check_card_details", json!(true)),
        one("magic_amounts", json!(false)),
        one("token_reuse", json!(false)),
        one("strict", json!(true)),
    ]
}

#[test]
fn each_switch_that_is_turned_is_found_out_and_nothing_else() {
    let mut cases = turned_once();
    cases.push((json!({}), vec![]));
    let runs: Vec<_> = cases
        .into_iter()
        .flat_map(|(turned, refuted)| {
            // On a one-stage terminal nothing is held, and all else is as on the other.
            [TWO_STAGE_TERMINAL, SANDBOX_TERMINAL].map(|terminal| {
                let (turned, refuted) = (turned.clone(), refuted.clone());
                move || check(&turned, &refuted, terminal)
            })
        })
        .collect();
    // A few side by side: most of the time is spent waiting for callbacks.
    for few in runs.chunks(24) {
        thread::scope(|scope| {
            few.iter().for_each(|run| {
                scope.spawn(run);
            });
        });
    }
}

#[test]
fn every_switch_is_turned_once_or_needs_more_than_a_test_card() {
    let all: Map<String, Value> =
        serde_json::to_value(Switches::default()).unwrap().as_object().unwrap().clone();
    let cases = turned_once();
    for name in all.keys() {
        let turned = cases.iter().any(|(turned, _)| turned.get(name).is_some());
        // Apple Pay asks for the first, and a card that was saved for the second, both below; for the third
        // somebody has to tap.
        let elsewhere = ["expiry", "saved_card_three_ds", "google_pay_three_ds"];
        let elsewhere = elsewhere.contains(&name.as_str());
        assert!(turned || elsewhere, "{name} is not turned by any case");
    }
}

#[tokio::test]
async fn a_saved_card_tells_whether_it_asks_for_3_d_secure_again() {
    for asks in [false, true] {
        let switches = Switches { saved_card_three_ds: asks, ..Switches::default() };
        let settings = Settings { switches, ..Settings::default() };
        let bank = FakeBankServer::start(settings, ([127, 0, 0, 1], 0).into()).await.unwrap();
        let save = |bank: &mut Bank| {
            bank.save_card(TWO_STAGE_TERMINAL, "payer-7", cards::THREE_DS, Millis(0)).unwrap()
        };
        let (card, home) = (bank.with_bank(save), tempfile::tempdir().unwrap());
        let mut probe = Command::new(env!("CARGO_BIN_EXE_epay"));
        probe.args(["probe", "--bank", &bank.console_url(), "--first-invoice", "700000001"]);
        probe.args(["--saved-card", &card, "--wait", "2"]).current_dir(home.path());
        probe.env("EPAY_TERMINAL", TWO_STAGE_TERMINAL);
        let output = tokio::task::spawn_blocking(move || probe.output().unwrap()).await.unwrap();
        let page = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{page}");
        let probed = read(home.path());
        let refuted: &[&str] = if asks { &["saved_card_three_ds"] } else { &[] };
        assert_eq!(probed.names("refuted"), refuted, "{page}");
        assert_eq!(probed.answers["switches"]["saved_card_three_ds"], asks);
        let over = [Status::Cancel, Status::Refund, Status::Reject, Status::Failed];
        let over = bank.with_bank(|bank| bank.ledger().iter().all(|it| over.contains(&it.status)));
        assert!(over, "something is not given back: {page}");
    }
}

#[test]
fn what_is_believed_is_how_the_fake_bank_does_it() {
    let plain = Probe::default().run();
    let believed = serde_json::to_value(Switches::default()).unwrap();
    for (name, value) in plain.answers["switches"].as_object().unwrap() {
        assert_eq!(*value, believed[name], "{name}");
    }
    // Nothing was invisible, and only Apple Pay asks for the expiry.
    assert_eq!(
        plain.names("not_asked"),
        ["invisible_as", "expiry", "saved_card_three_ds"],
        "{}",
        plain.page
    );
    for secret in [CARD.split(':').next().unwrap(), "4405639704015096", "EPAY PROBE", "Bearer"] {
        for text in [&plain.page, &plain.transcript, &plain.answers.to_string()] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}

#[test]
fn a_lost_answer_ends_the_probe_and_says_what_to_do() {
    for (on, kind, operations) in [
        ("cryptopay", "cut_after_effect", 1),
        ("cryptopay", "cut_before_effect", 0),
        ("cryptopay", "error_after_effect", 1),
        ("charge", "cut_after_effect", 1),
        ("refund", "cut_after_effect", 1),
        ("refund", "error_after_effect", 1),
    ] {
        let faults = vec![json!({ "on": on, "kind": kind })];
        let probed = Probe { faults, ..Probe::default() }.run();
        assert_eq!(probed.code, Some(3), "{on} {kind}: {}", probed.page);
        for told in ["ENDED EARLY", "Invoice 700000001 may be held or taken, 100.00 KZT"] {
            assert!(probed.page.contains(told), "{on} {kind}: {}", probed.page);
        }
        assert!(probed.transcript.contains("ENDED EARLY"), "{}", probed.transcript);
        // Nothing was asked for after it, and nothing twice.
        assert_eq!(probed.ledger.as_array().unwrap().len(), operations, "{on} {kind}");
    }
}

#[test]
fn a_payment_that_a_status_shows_late_is_not_taken_for_none() {
    // Done, answered with a 500, and unknown to the first looks.
    let strike = |kind: Value| json!({ "on": "cryptopay", "kind": kind });
    let faults = vec![strike(json!("error_after_effect")), strike(json!({ "late_visible": 700 }))];
    let probed = Probe { faults, ..Probe::default() }.run();
    assert_eq!(probed.code, Some(3), "{}", probed.page);
    let told = "Invoice 700000001 may be held or taken, 100.00 KZT";
    assert!(probed.page.contains(told), "{}", probed.page);
    assert_eq!(probed.ledger.as_array().unwrap().len(), 1);
}

#[test]
fn a_lost_answer_to_confirm_ends_the_probe_and_is_handed_in_once() {
    let faults = vec![json!({ "on": "confirm", "kind": "cut_before_effect" })];
    let probed = Probe { faults, ..Probe::default() }.run();
    assert_eq!(probed.code, Some(3), "{}", probed.page);
    assert!(probed.page.contains("the answer to confirm was lost"), "{}", probed.page);
    assert_eq!(probed.transcript.matches("POST /api/payment/confirm").count(), 1);
}

#[test]
fn what_the_bank_has_not_refused_for_certain_is_told_to_a_person() {
    let page = Probe::default().run().page;
    let told = "No status has shown a payment under invoice ";
    // The used token was turned away by a 401.
    assert_eq!(page.matches(told).count(), 1, "{page}");
}

#[test]
fn without_a_status_no_money_is_asked_for() {
    let faults = vec![json!({ "on": "status", "kind": "cut_before_effect" })];
    let probed = Probe { faults, ..Probe::default() }.run();
    assert!(probed.page.contains("with no money out there"), "{}", probed.page);
    assert_eq!(probed.ledger.as_array().unwrap().len(), 0);
}

/// Apple Pay by a fake wallet, whose token is for `minor` units.
fn by_apple_pay(switches: &Value, form: &str, minor: u64) -> Probed {
    let wallet = Wallet::new(29, TokioClock.now().unix_millis() / 1_000);
    let merchant = wallet.merchant("merchant.kz.example.probe");
    let token = wallet.pay(&merchant).card(cards::VISA_OK).amount(minor).mint();
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = merchant.processing();
    let arguments = [
        ("--apple-pay", file("token", token.json.as_bytes())),
        ("--cert", file("cert", key.certificate_pem().as_bytes())),
        ("--key", file("key", key.key_pem().as_bytes())),
        ("--root", file("root", &wallet.root_der())),
        ("--expiry", form.to_owned()),
    ];
    let arguments = arguments.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
    Probe { switches, arguments: arguments.collect(), ..Probe::default() }.run()
}

#[test]
fn apple_pay_asks_in_which_form_the_expiry_is_taken() {
    let six = json!({ "expiry": "card_four_apple_six" });
    let plain = json!({});
    for (switches, form, refuted, said) in [
        (&plain, "mmyy", vec![], "four_or_six"),
        (&six, "mmyy", vec!["expiry"], "card_four_apple_six"),
        (&plain, "yymmdd", vec![], "Yymmdd is taken"),
        (&six, "ddmmyy", vec![], "Ddmmyy is taken"),
    ] {
        let probed = by_apple_pay(switches, form, 10_00);
        assert_eq!(probed.code, Some(0), "{}", probed.page);
        assert_eq!(probed.names("refuted"), refuted, "{form}: {}", probed.page);
        let answers = probed.answers["answers"].as_array().unwrap();
        let expiry = answers.iter().find(|answer| answer["name"] == "expiry").unwrap();
        assert_eq!(expiry["answer"], said, "{form}");
        let operations = probed.ledger.as_array().unwrap();
        assert!(operations.iter().all(|operation| operation["status"] == "CANCEL"), "{form}");
        assert!(!probed.transcript.contains(cards::VISA_OK));
    }
}

#[test]
fn a_token_for_another_sum_is_not_asked_with() {
    let probed = by_apple_pay(&json!({}), "yymmdd", 10_01);
    assert_eq!(probed.code, Some(1), "{}", probed.page);
    assert_eq!(probed.ledger.as_array().unwrap().len(), 0);
}

#[test]
fn real_money_is_asked_for_only_after_the_words() {
    let home = tempfile::tempdir().unwrap();
    let mut probe = Command::new(env!("CARGO_BIN_EXE_epay"))
        .args(["probe", "--prod", "--first-invoice", "700000001", "--expiry", "yymmdd"])
        .args(["--apple-pay", "none", "--cert", "none", "--key", "none"])
        .env("EPAY_CLIENT_ID", "nobody")
        .env("EPAY_CLIENT_SECRET", "nothing")
        .env("EPAY_TERMINAL", SANDBOX_TERMINAL)
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    probe.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    let output = probe.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("Type PAY 10 TENGE"));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
