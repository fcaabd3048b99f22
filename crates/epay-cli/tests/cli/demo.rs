//! The demo succeeds whatever the bank's status says of refunds, notices every false entry, and
//! shows no secret.

use std::process::{Command, Output};

use epay_fakebank::{SANDBOX_SECRET, cards};
use serde_json::Value;

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_epay")).arg("demo").args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn succeeds(arguments: &[&str]) -> String {
    let output = demo(arguments);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    no_secret_in(&text);
    text
}

/// The demo fails, and its last lines name the first payment together with `difference`.
#[track_caller]
fn notices(tamper: &str, difference: &str) {
    let output = demo(&["--tamper", tamper]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    let line = format!("order card, invoice 100000001: {difference}");
    assert!(text.lines().any(|told| told == line), "no line \"{line}\" in\n{text}");
    no_secret_in(&text);
}

/// Nothing the demo pays with, signs with or was given may be read in what it prints.
#[track_caller]
fn no_secret_in(text: &str) {
    let secrets = [
        cards::VISA_OK,
        cards::THREE_DS,
        cards::INSUFFICIENT_FUNDS,
        "4111111111111111",
        "AgAAAAAABk4DWZ4C28yUQAAAAAA",
        "bWFkZSB1cCBieSB0aGUgZGVtbw",
        "guards no real money",
        "guessed",
        SANDBOX_SECRET,
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    for line in text.lines().filter(|line| !line.contains("\"after_ms\"")) {
        for word in line.split(|c: char| !c.is_ascii_alphanumeric()) {
            assert!(!matches!(word, "321" | "123"), "a CVC in {line}");
        }
        // Tokens, cryptograms, answers of issuers and tags are all longer than any name here.
        let secret_looking =
            |word: &str| word.len() > 40 && word.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(!line.split([' ', '"']).any(secret_looking), "something long in {line}");
    }
}

#[test]
fn every_story_ends_as_scripted_and_ledger_and_log_agree() {
    let text = succeeds(&[]);
    for line in [
        "→ paid; payer charged: yes; acts next: shop; next call: ship; refund gives money back",
        "→ voided; payer charged: no; acts next: nobody; next call: nothing; pay-again, to \
        allow a new payment of the order",
        "→ declined; payer charged: no; acts next: payer; next call: pay, if the payer wants to",
        "15 stories ended as scripted, ledger and log agree on 18 payments",
    ] {
        assert!(text.lines().any(|told| told.trim() == line), "no line \"{line}\" in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "colours, although this is no terminal");
}

#[test]
fn a_refund_that_is_reported_as_if_it_had_not_happened() {
    succeeds(&["--refund-report", "charge-original"]);
}

#[test]
fn a_refund_that_is_reported_by_what_is_left() {
    succeeds(&["--refund-report", "charge-remainder"]);
}

#[test]
fn a_refund_that_is_reported_with_its_total() {
    succeeds(&["--refund-report", "refund-total"]);
}

#[test]
fn a_refund_that_is_reported_without_a_sum() {
    succeeds(&["--refund-report", "refund-no-sum"]);
}

#[test]
fn an_extra_operation_is_noticed() {
    notices("extra", "CHARGE with 500000 less 0 at the bank that no call made");
}

#[test]
fn another_amount_is_noticed() {
    notices(
        "amount",
        "taken or held 500001, given back 0, ordered 500000; ordered: ours 5000.00 KZT, the \
        bank's 5000.01 KZT; captured: ours 5000.00 KZT, the bank's 5000.01 KZT",
    );
}

#[test]
fn another_invoice_is_noticed_from_both_sides() {
    let output = demo(&["--tamper", "invoice"]);
    assert_eq!(output.status.code(), Some(3));
    let text = text(&output);
    let named = |start: &str| text.lines().any(|line| line.starts_with(start));
    assert!(named("order card, invoice 100000001: "), "{text}");
    assert!(named("no order of ours, invoice 999999999: "), "{text}");
    assert!(text.contains("our log has it as 100000001"), "{text}");
}

#[test]
fn json_is_one_document_with_the_same_verdict() {
    let document: Value = serde_json::from_str(&succeeds(&["--json"])).unwrap();
    assert_eq!(document["agree"], true);
    assert_eq!(document["stories"].as_array().unwrap().len(), 15);
    let payments = document["payments"].as_array().unwrap();
    assert_eq!(payments.len(), 18);
    for story in document["stories"].as_array().unwrap() {
        // The facade's answer is the story's, the command line's stands beside the bank's book.
        let ours = payments.iter().rfind(|payment| payment["order"] == story["order"]).unwrap();
        for field in ["status", "payer_charged", "acts_next", "next_call"] {
            assert_eq!(story[field], ours["ours"][field], "{} {field}", story["order"]);
            assert!(story[field].is_string(), "{story}");
        }
    }
    let refunded = payments.iter().find(|payment| payment["order"] == "hold-and-refund").unwrap();
    for book in ["ours", "bank"] {
        assert_eq!(
            (&refunded[book]["captured"], &refunded[book]["refunded"]),
            (&300_000.into(), &150_050.into())
        );
    }

    let tampered = demo(&["--json", "--tamper", "amount"]);
    assert_eq!(tampered.status.code(), Some(3));
    let document: Value = serde_json::from_str(&text(&tampered)).unwrap();
    assert_eq!(document["agree"], false);
    assert_eq!(document["payments"][0]["differences"].as_array().unwrap().len(), 3);
}

#[test]
fn arguments_that_do_not_exist_are_a_usage_error() {
    for arguments in [&["--tamper", "nothing"][..], &["--refund-report", "yes"], &["--colour"]] {
        assert_eq!(demo(arguments).status.code(), Some(2), "{arguments:?}");
    }
}
