//! `epay applepay` says of tokens, keys and suites what is so, in its exit code too, and prints
//! nothing worth stealing.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use epay_fakebank::cards;
use epay_fakewallet::{Credential, Merchant, MintedToken, Wallet};
use serde_json::{Value, json};

const NOW: u64 = 1_795_521_600;
const DAY: u64 = 86_400;

/// A wallet, and a directory for its files.
struct World {
    wallet: Wallet,
    merchant: Merchant,
    directory: PathBuf,
}

impl World {
    fn new(name: &str) -> World {
        let wallet = Wallet::new(23, NOW);
        let merchant = wallet.merchant("merchant.kz.example.shop");
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("applepay").join(name);
        fs::create_dir_all(&directory).unwrap();
        World { wallet, merchant, directory }
    }

    fn mint(&self) -> MintedToken {
        self.wallet.pay(&self.merchant).card(cards::VISA_OK).mint()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.directory.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What the command says and how it ends, at the wallet's time.
    fn inspect(&self, token: &str, more: &[&str]) -> (i32, String) {
        let (token, root) =
            (self.file("token.json", token), self.file("root.der", self.wallet.root_der()));
        let mut arguments = vec!["inspect", &token, "--root", &root];
        arguments.extend(more);
        if !more.contains(&"--now") {
            arguments.extend(["--now", "1795521600"]);
        }
        epay(&arguments)
    }

    fn check_keys(
        &self,
        certificate: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
        now: u64,
    ) -> (i32, String) {
        let (certificate, key) = (self.file("certificate", certificate), self.file("key", key));
        epay(&["check-keys", &certificate, &key, "--now", &now.to_string()])
    }

    /// A suite in the format that others write as well.
    fn suite(&self, cases: &[Value]) -> Value {
        let merchants: Vec<Value> =
            [self.merchant.processing(), self.merchant.next_processing(), self.merchant.rsa_processing()]
                .map(|key| json!({"id": self.merchant.id(), "cert": base64(key.certificate_der()), "key_pkcs8": base64(&key.key_der())}))
                .into();
        json!({"root": base64(&self.wallet.root_der()), "now": NOW, "merchants": merchants, "cases": cases})
    }

    /// The exit code, and the one line of JSON.
    fn score(&self, suite: &str) -> (i32, Value) {
        let file = self.file("suite.json", suite);
        let (code, line) = epay(&["score", &file, "--json"]);
        (code, serde_json::from_str(&line).unwrap())
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Exit code and both outputs.
fn epay(arguments: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_epay")).arg("applepay").args(arguments).output().unwrap();
    let text =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

#[track_caller]
fn check_says(said: &str, stage: &str, verdict: &str) {
    let line = said.lines().find(|line| line.trim_start().starts_with(&format!("{stage} ")));
    assert!(line.is_some_and(|line| line.contains(verdict)), "{stage}: {said}");
}

#[test]
fn a_good_token_passes_what_can_be_checked_without_a_key() {
    let world = World::new("good");
    let token = world.mint();
    for around in [
        token.json.clone(),
        token.payment_token(),
        json!({"token": {"paymentData": token.json}}).to_string(),
    ] {
        let (code, said) = world.inspect(&around, &[]);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("EC_v1"), "{said}");
        for stage in
            ["token", "cms", "attributes", "marker", "chain", "signature", "digest", "time"]
        {
            check_says(&said, stage, "passed");
        }
        for stage in ["key", "opening", "payload"] {
            check_says(&said, stage, "not tried");
        }
    }
    let (code, said) = world.inspect(&world.wallet.pay(&world.merchant).rsa().mint().json, &[]);
    assert!(code == 0 && said.contains("RSA_v1"), "{said}");
}

#[test]
fn with_the_key_it_is_opened_and_only_its_sum_is_shown() {
    let world = World::new("opened");
    let token = world.mint();
    let pem = |name: &str, credential: &Credential| {
        (
            world.file(&format!("{name}.pem"), credential.certificate_pem()),
            world.file(&format!("{name}.key"), credential.key_pem()),
        )
    };
    let (certificate, key) = pem("processing", world.merchant.processing());
    let (code, said) = world.inspect(&token.json, &["--cert", &certificate, "--key", &key]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("150000 minor units of currency 398"), "{said}");
    for stage in ["key", "opening", "payload"] {
        check_says(&said, stage, "passed");
    }
    let payload: Value = serde_json::from_str(&token.payload).unwrap();
    let cryptogram = payload["paymentData"]["onlinePaymentCryptogram"].as_str().unwrap();
    for secret in [cards::VISA_OK, cryptogram] {
        assert!(!said.contains(secret), "{said}");
    }

    let (certificate, key) = pem("next", world.merchant.next_processing());
    let (code, said) = world.inspect(&token.json, &["--cert", &certificate, "--key", &key]);
    assert_eq!(code, 3, "{said}");
    check_says(&said, "time", "passed");
    check_says(&said, "key", "REFUSED");
    check_says(&said, "opening", "not reached");

    let (code, said) = world.inspect(&token.json, &["--cert", &certificate]);
    assert!(code == 2 && said.contains("--key"), "{said}");
}

#[test]
fn a_refusal_names_its_stage_and_an_old_token_fails_nothing_but_the_time() {
    let world = World::new("refused");
    let token = world.mint();
    let (code, said) = world.inspect(&token.json, &["--now", "1795522600"]);
    assert_eq!(code, 3, "{said}");
    check_says(&said, "digest", "passed");
    check_says(&said, "time", "REFUSED");

    let id: String = token.transaction_id.iter().map(|byte| format!("{byte:02x}")).collect();
    let (code, said) = world.inspect(&token.json.replace(&id, &"ab".repeat(32)), &[]);
    assert_eq!(code, 3, "{said}");
    check_says(&said, "signature", "passed");
    check_says(&said, "digest", "REFUSED");
    check_says(&said, "time", "not reached");
    assert!(!said.contains(&"ab".repeat(5)), "{said}");

    let file = world.file("token.json", &token.json);
    let (code, said) = epay(&["inspect", &file, "--now", "1795521600"]);
    assert_eq!(code, 3, "{said}");
    check_says(&said, "chain", "REFUSED");
}

#[test]
fn what_is_no_token_is_called_what_it_is() {
    let world = World::new("other");
    for (file, says) in [
        (r#"{"signedTransactionInfo":"a.b.c"}"#, "StoreKit"),
        (r#"{"merchantSessionIdentifier":"SSH"}"#, "merchant session"),
        ("not json", "well-formed"),
        ("", "REFUSED"),
    ] {
        let (code, said) = world.inspect(file, &[]);
        assert!(code == 3 && said.contains(says), "{said}");
    }
    let (code, said) = epay(&["inspect", "/nowhere/token.json"]);
    assert!(code == 1 && said.contains("/nowhere/token.json"), "{said}");
}

#[test]
fn a_processing_key_is_told_with_its_days_in_pem_and_in_der() {
    let world = World::new("keys");
    for credential in [world.merchant.processing(), world.merchant.rsa_processing()] {
        let hash = base64(&credential.public_key_hash());
        for (certificate, key) in [
            (credential.certificate_pem().into_bytes(), credential.key_pem().into_bytes()),
            (credential.certificate_der().to_vec(), credential.key_pem().into_bytes()),
            (credential.certificate_der().to_vec(), credential.key_der()),
        ] {
            let (code, said) = world.check_keys(certificate, key, NOW);
            assert_eq!(code, 0, "{said}");
            for part in ["merchant.kz.example.shop", &hash, "days left        729"] {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
    }
}

#[test]
fn a_certificate_that_expires_soon_or_has_expired_is_for_a_person() {
    let world = World::new("expiry");
    let credential = world.merchant.processing();
    for (days, ends, says) in [
        (690, 0, "days left        39"),
        (705, 3, "Make the next certificate now"),
        (731, 3, "expired 1 days ago"),
    ] {
        let (code, said) =
            world.check_keys(credential.certificate_der(), credential.key_der(), NOW + days * DAY);
        assert!(code == ends && said.contains(says), "{said}");
        assert_eq!(said.contains("Make the next"), days == 705, "{said}");
    }
}

#[test]
fn each_mistake_with_keys_has_its_words() {
    let world = World::new("mistakes");
    let (ours, next, identity) =
        (world.merchant.processing(), world.merchant.next_processing(), world.merchant.identity());
    let root = world.wallet.root_pem();
    for (certificate, key, says) in [
        (ours.certificate_pem(), next.key_pem(), "not the certificate's"),
        (identity.certificate_pem(), identity.key_pem(), "merchant identity certificate"),
        (root, ours.key_pem(), "not an apple pay payment processing certificate"),
        ("rubbish".into(), ours.key_pem(), "x.509"),
        (ours.key_pem(), ours.key_pem(), "not one x.509 certificate"),
        (ours.certificate_pem(), ours.certificate_pem(), "can't be read"),
        (ours.certificate_pem(), "rubbish".into(), "can't be read"),
    ] {
        let (code, said) = world.check_keys(certificate, &key, NOW);
        assert!(code == 1 && said.contains(says), "{says}: {said}");
        assert!(!said.contains("BEGIN PRIVATE"), "{said}");
    }
    // The beginning of a file in which Keychain Access exports both.
    let exported = b"\x30\x82\x09\xb9\x02\x01\x03\x30\x82";
    for certificate in [ours.certificate_der(), exported] {
        let (code, said) = world.check_keys(certificate, exported, NOW);
        assert!(code == 1 && said.contains("openssl pkcs12 -legacy -in "), "{said}");
    }
}

#[test]
fn a_suite_is_scored_case_by_case() {
    let world = World::new("score");
    let (first, second, old) =
        (world.mint(), world.wallet.pay(&world.merchant).rsa().mint(), world.mint());
    let object = |token: &MintedToken| serde_json::from_str::<Value>(&token.json).unwrap();
    let good = [
        json!({"name": "object", "expect": "ok", "reason": "", "now": NOW, "token": object(&first), "plain": first.payload}),
        json!({"name": "text", "expect": "ok", "token": second.json, "plain": second.payload}),
        json!({"name": "old", "expect": "reject", "reason": "time", "now": NOW + 600, "token": object(&old), "plain": null}),
        json!({"name": "old, at its stage", "expect": "reject", "stage": "time", "now": NOW + 600, "token": object(&old)}),
        json!({"name": "no token", "expect": "reject", "token": null}),
        json!({"name": "no json", "expect": "reject", "token": "{\"version\":"}),
    ];
    let (code, score) = world.score(&world.suite(&good).to_string());
    assert_eq!((code, score), (0, json!({"total": 6, "passed": 6, "failed": []})));

    let missed = [
        json!({"name": "accepted", "expect": "reject", "token": object(&first), "plain": first.payload}),
        json!({"name": "refused", "expect": "ok", "now": NOW + 600, "token": object(&old), "plain": old.payload}),
        json!({"name": "other text", "expect": "ok", "token": object(&first), "plain": format!("{} ", first.payload)}),
        json!({"name": "other stage", "expect": "reject", "stage": "digest", "now": NOW + 600, "token": object(&old)}),
        good[0].clone(),
    ];
    let (code, score) = world.score(&world.suite(&missed).to_string());
    assert_eq!((code, &score["total"], &score["passed"]), (3, &json!(5), &json!(1)));
    let failed: Vec<[&str; 3]> = score["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|miss| {
            assert_eq!(miss.as_object().unwrap().len(), 3);
            ["name", "expected", "got"].map(|key| miss[key].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        failed,
        [
            ["accepted", "reject", "ok"],
            ["refused", "ok", "reject at time: it is too old"],
            ["other text", "ok", "ok, with another plaintext"],
            ["other stage", "reject at digest", "reject at time: it is too old"],
        ]
    );
    let (code, said) =
        epay(&["score", &world.file("suite.json", world.suite(&missed).to_string())]);
    assert_eq!(code, 3);
    assert!(
        said.starts_with("total   5\npassed  1\n\naccepted\n  expected  reject\n  got       ok\n"),
        "{said}"
    );
}

/// A parser between the suite and the library would keep the last of two, and call the token good.
#[test]
fn a_key_that_comes_twice_in_a_token_survives_the_suite() {
    let world = World::new("twice");
    let token = world.mint();
    let twice = token.json.replacen('{', "{\"version\":\"EC_v1\",", 1);
    let case = r#"{"name":"twice","expect":"reject","stage":"token","token":HERE}"#
        .replace("HERE", &twice);
    let suite =
        world.suite(&[]).to_string().replace("\"cases\":[]", &format!("\"cases\":[{case}]"));
    assert_eq!(world.score(&suite), (0, json!({"total": 1, "passed": 1, "failed": []})));
}

#[test]
fn a_case_that_can_t_be_read_is_a_miss_and_not_the_end() {
    let world = World::new("unreadable");
    let token = world.mint();
    let whole =
        json!({"name": "whole", "expect": "ok", "token": token.json, "plain": token.payload});
    let cases = [json!({"name": "no token", "expect": "ok"}), json!([]), whole];
    let (code, score) = world.score(&world.suite(&cases).to_string());
    assert_eq!((code, &score["total"], &score["passed"]), (3, &json!(3), &json!(1)));
    let names = [0, 1].map(|at| score["failed"][at]["name"].as_str().unwrap());
    assert_eq!(names, ["no token", "without a name"]);
}

#[test]
fn a_suite_that_proves_nothing_is_no_success() {
    let world = World::new("nothing");
    assert_eq!(world.score(&world.suite(&[]).to_string()).0, 3);
    for suite in [
        "",
        "{}",
        "[]",
        r#"{"root":"!","merchants":[],"cases":[]}"#,
        r#"{"root":"AAAA","merchants":[],"cases":[]}"#,
    ] {
        let (code, said) = epay(&["score", &world.file("suite.json", suite), "--json"]);
        assert!(code == 1 && said.starts_with("epay: "), "{said}");
    }
}

#[test]
fn the_sample_suite_is_right_in_every_case() {
    let suite =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/apple-pay/suite-sample.json");
    assert_eq!(
        epay(&["score", suite, "--json"]),
        (0, "{\"total\":8,\"passed\":8,\"failed\":[]}\n".to_owned())
    );
}

/// Moves the cursor, hides what follows, turns it round.
const HOSTILE: &str = "merchant.\u{1b}[2J\u{9b}8m\u{202e}\u{200b}\r";
const HARMLESS: &str = "merchant.\\u{1b}[2J\\u{9b}8m\\u{202e}\\u{200b}\\r";

#[test]
fn a_certificates_name_does_not_speak_to_the_terminal() {
    let world = World::new("hostile-keys");
    let merchant = world.wallet.merchant(HOSTILE);
    let key = merchant.processing();
    let (code, said) = world.check_keys(key.certificate_der(), key.key_der(), NOW);
    assert_eq!(code, 0, "{said:?}");
    assert!(said.contains(&format!("  merchant         {HARMLESS}\n")), "{said:?}");
}

#[test]
fn a_suites_names_do_not_speak_to_the_terminal() {
    let world = World::new("hostile-suite");
    let case = json!({"name": HOSTILE, "expect": "reject", "stage": HOSTILE, "token": HOSTILE});
    let mut suite = world.suite(&[case]);
    suite["merchants"][0]["id"] = HOSTILE.into();
    suite["merchants"][0]["cert"] = "?".into();
    let file = world.file("suite.json", suite.to_string());
    let (_, said) = epay(&["score", &file]);
    for line in [
        format!("\n{HARMLESS}\n  expected  reject at {HARMLESS}\n"),
        format!("\nepay: a merchant of the suite, {HARMLESS}: the certificate is not base64\n"),
    ] {
        assert!(said.contains(&line), "{said:?}");
    }
    let (_, line) = epay(&["score", &file, "--json"]);
    let (json, _) = line.split_once('\n').unwrap();
    assert!(json.is_ascii() && !json.contains(|c: char| c.is_ascii_control()), "{json:?}");
    let score: Value = serde_json::from_str(json).unwrap();
    assert_eq!(score["failed"][0]["name"], HOSTILE);
}
