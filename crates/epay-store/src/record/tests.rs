//! Every kind of event has a line that is read for ever, and what is no record is refused by name.

use std::{fs, path::PathBuf, time::Duration};

use epay_domain::{
    BankAmount, Challenge, CloseReason, Command, Currency, Decline, Event, EventKind, Fact,
    InvoiceId, Money, Note, Observation, Question, Refunds, StatusName, StepId, TerminalId,
    Timestamp, TransactionId, VoidReason,
};

use super::{RecordErrorKind, decode, encode};

const SUM: Money = Money::kzt(5_000_00);

fn step() -> StepId {
    StepId::new("refund-1").unwrap()
}

fn note() -> Note {
    Note::new("the bank's support says: \"not booked\" (Аман)").unwrap()
}

fn challenge() -> Challenge {
    Challenge {
        action: "https://acs.example/pareq".to_owned(),
        pa_req: "eJxVUt1u+/=".to_owned(),
        md: "17".to_owned(),
    }
}

/// Every kind there is. The matches of `From` in `event.rs` and `fact.rs` are exhaustive, so a new kind fails to
/// compile there, and `every_kind_of_the_format_has_a_golden_line` asks for its line here.
fn every_kind() -> Vec<(&'static str, EventKind)> {
    let other = Currency::new("JPY", 0).unwrap();
    let full = Observation {
        transaction: Some(TransactionId::new("0a1b2c3d-0000-4000-8000-000000000017").unwrap()),
        invoice: Some(InvoiceId::new("000000017").unwrap()),
        terminal: Some(TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap()),
        amount: Some(BankAmount { card: Money::kzt(4_900_00), bonus: Money::kzt(100_00) }),
        currency: Some(Currency::KZT),
        ..Observation::status(Fact::Captured {
            captured: Some(SUM),
            refunded: Refunds::Total(Money::kzt(0)),
        })
    };
    let abandoned = |not_found_window| CloseReason::Abandoned { not_found_window };
    let day = Duration::from_secs(86_400);
    let seen = |fact| EventKind::Observed(Observation::reply(fact));
    let captured = |captured, refunded| seen(Fact::Captured { captured, refunded });
    vec![
        ("asked-authorize", EventKind::Asked(Command::Authorize)),
        ("asked-confirm", EventKind::Asked(Command::Confirm)),
        ("asked-capture", EventKind::Asked(Command::Capture(step(), SUM))),
        ("asked-void", EventKind::Asked(Command::Void(step()))),
        ("asked-refund", EventKind::Asked(Command::Refund(step(), Money::new(u64::MAX, other)))),
        ("asked-close", EventKind::Asked(Command::Close(CloseReason::NeverAsked))),
        ("asked-give-up", EventKind::Asked(Command::GiveUp(step(), note()))),
        ("asked-acknowledge", EventKind::Asked(Command::Acknowledge(note()))),
        ("not-sent", EventKind::NotSent(None)),
        ("not-sent-authorize", EventKind::NotSent(Some(Question::Authorize))),
        ("unanswered", EventKind::Unanswered(None)),
        ("unanswered-confirm", EventKind::Unanswered(Some(Question::Confirm))),
        ("unanswered-step", EventKind::Unanswered(Some(Question::Step(step())))),
        ("observed-with-all-names", EventKind::Observed(full)),
        ("observed-approved", seen(Fact::Approved)),
        ("observed-three-ds-required", seen(Fact::ThreeDsRequired(challenge()))),
        ("observed-in-progress", seen(Fact::InProgress)),
        ("observed-not-found", seen(Fact::NotFound)),
        ("observed-other", seen(Fact::Other(StatusName::new("SOMETHING_NEW")))),
        ("observed-declined-final", seen(Fact::Declined(Decline::from_code(484)))),
        ("observed-declined-not-final", seen(Fact::Declined(Decline::as_hint(484)))),
        ("observed-declined-by-status", seen(Fact::Declined(Decline::by_status(454)))),
        ("observed-verified", seen(Fact::Verified)),
        ("observed-authorized", seen(Fact::Authorized)),
        ("observed-voided-lapsed", seen(Fact::Voided(VoidReason::Lapsed))),
        ("observed-voided-requested", seen(Fact::Voided(VoidReason::Requested))),
        ("observed-captured-nothing-told", captured(None, Refunds::NotTold)),
        ("observed-captured-refund-untold", captured(Some(SUM), Refunds::SumNotTold)),
        ("observed-step-accepted", seen(Fact::StepAccepted(step()))),
        ("observed-step-refused", seen(Fact::StepRefused(step(), Decline::from_code(477)))),
        ("closed-never-asked", EventKind::Closed(CloseReason::NeverAsked)),
        ("closed-never-confirmed", EventKind::Closed(CloseReason::NeverConfirmed)),
        ("closed-abandoned", EventKind::Closed(abandoned(day))),
        (
            "closed-abandoned-to-the-nanosecond",
            EventKind::Closed(abandoned(Duration::new(1, 999_999_999))),
        ),
        ("given-up", EventKind::GivenUp(step(), note())),
        ("acknowledged", EventKind::Acknowledged(note())),
        ("notified", EventKind::Notified(7)),
    ]
}

fn events() -> impl Iterator<Item = (&'static str, Event)> {
    let at = Timestamp::from_unix_millis(1_790_000_000_000);
    every_kind().into_iter().map(move |(name, what)| (name, Event { at, kind: what }))
}

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1.jsonl")
}

/// `EPAY_BLESS=1` writes lines that are missing; a line that is there is never written anew, because files of shops
/// hold it too.
#[test]
fn every_kind_of_the_format_has_a_golden_line() {
    let text = fs::read_to_string(golden()).unwrap_or_default();
    let mut lines: Vec<(String, String)> = text
        .lines()
        .map(|line| {
            line.split_once('\t').map(|(name, line)| (name.to_owned(), line.to_owned())).unwrap()
        })
        .collect();
    for (name, event) in events() {
        let written = encode(&event).unwrap();
        match lines.iter().find(|(golden, _)| golden == name) {
            Some((_, golden)) => {
                assert_eq!(written, *golden, "{name} is written another way than it was");
                assert_eq!(
                    decode(golden).unwrap(),
                    event,
                    "{name} is read another way than it was"
                );
            }
            None if std::env::var_os("EPAY_BLESS").is_some() => {
                lines.push((name.to_owned(), written))
            }
            None => panic!("{name} has no golden line; EPAY_BLESS=1 writes it"),
        }
    }
    assert_eq!(lines.len(), every_kind().len(), "a golden line that no event of the list writes");
    let text: String = lines.iter().map(|(name, line)| format!("{name}\t{line}\n")).collect();
    if std::env::var_os("EPAY_BLESS").is_some() {
        fs::write(golden(), text).unwrap();
    }
}

#[track_caller]
fn refused(line: &str, kind: RecordErrorKind) {
    let error = decode(line).unwrap_err();
    assert_eq!(error.kind(), kind, "{line}");
    let said = format!(
        "{error} {error:?} {:?}",
        std::error::Error::source(&error).map(ToString::to_string)
    );
    assert!(!said.contains("leak"), "{said}");
}

#[test]
fn a_field_of_a_newer_program_is_passed_over() {
    for (name, event) in events() {
        let line = encode(&event).unwrap();
        // A new field at every level, whatever it holds.
        let newer = line.replace('{', r#"{"newer":{"kind":"leak","v":[1,null]},"#);
        assert_eq!(decode(&newer).unwrap(), event, "{name}: {newer}");
    }
}

#[test]
fn a_version_that_is_not_known_is_refused_whatever_else_it_says() {
    for line in
        [r#"{"v":2}"#, r#"{"v":2,"at":"leak","kind":7}"#, r#"{"kind":"asked","v":4294967295}"#]
    {
        refused(line, RecordErrorKind::NewerVersion);
    }
}

#[test]
fn a_kind_that_is_not_known_is_refused_at_every_level() {
    for (name, event) in events() {
        let line = encode(&event).unwrap();
        let kinds = line.match_indices(r#""kind":""#).map(|(at, key)| at + key.len());
        for at in kinds {
            let (before, after) = line.split_at(at);
            let newer = format!("{before}leak_{after}");
            assert_eq!(
                decode(&newer).unwrap_err().kind(),
                RecordErrorKind::UnknownKind,
                "{name}: {newer}"
            );
            refused(&newer, RecordErrorKind::UnknownKind);
        }
        for word in [r#""source":""#, r#""reason":""#] {
            if line.contains(word) {
                refused(&line.replace(word, &format!("{word}leak")), RecordErrorKind::UnknownKind);
            }
        }
    }
}

#[test]
fn a_line_that_was_cut_anywhere_is_no_record() {
    for (_, event) in events() {
        let line = encode(&event).unwrap();
        for (end, _) in line.char_indices() {
            refused(&line[..end], RecordErrorKind::NotARecord);
        }
        assert!(!line.contains('\n'), "a record is one line");
    }
}

#[test]
fn what_no_value_can_be_is_refused() {
    let line = |what: &str| format!(r#"{{"v":1,"at":1,{what}}}"#);
    for what in [
        r#""kind":"given_up","step":"a leak","note":"n""#,
        r#""kind":"closed","reason":{"kind":"abandoned","not_found_window":{"secs":18446744073709551615,"nanos":1000000000}}"#,
        r#""kind":"asked","command":{"kind":"capture","step":"s","sum":{"minor":1,"currency":"kzt","exponent":2}}"#,
        r#""kind":"asked","command":{"kind":"capture","step":"s","sum":{"minor":1,"currency":"KZT","exponent":5}}"#,
        r#""kind":"observed","observation":{"source":"reply","invoice":"leak","fact":{"kind":"approved"}}"#,
    ] {
        refused(&line(what), RecordErrorKind::InvalidValue);
    }
    let long = "x".repeat(501);
    refused(
        &line(&format!(r#""kind":"acknowledged","note":"{long}""#)),
        RecordErrorKind::InvalidValue,
    );
    let name = format!(
        r#""kind":"observed","observation":{{"source":"reply","fact":{{"kind":"other","name":"{long}"}}}}"#
    );
    refused(&line(&name), RecordErrorKind::InvalidValue);
    for what in [
        r#""kind":"asked""#,
        r#""kind":"asked","command":{"kind":"capture","step":"s","sum":{"minor":-1,"currency":"KZT","exponent":2}}"#,
        r#""kind":"asked","command":{"kind":"capture","step":"s","sum":{"minor":1.5,"currency":"KZT","exponent":2}}"#,
    ] {
        refused(&line(what), RecordErrorKind::NotARecord);
    }
    for text in ["", "leak", "[]", "null", "7", "{}", r#"{"v":0}"#, r#"{"v":"leak"}"#] {
        refused(text, RecordErrorKind::NotARecord);
    }
}

/// A payer whose page is loaded again after a restart has to see the same form, so the challenge is in the record. It is
/// shown nowhere else.
#[test]
fn the_challenge_is_kept_whole_and_shown_nowhere() {
    let event = Event {
        at: Timestamp::default(),
        kind: EventKind::Observed(Observation::reply(Fact::ThreeDsRequired(challenge()))),
    };
    let line = encode(&event).unwrap();
    let EventKind::Observed(Observation { fact: Fact::ThreeDsRequired(kept), .. }) =
        decode(&line).unwrap().kind
    else {
        panic!("another event");
    };
    assert_eq!(kept, challenge());
    for part in [challenge().action, challenge().pa_req, challenge().md] {
        assert!(line.contains(&format!("\"{part}\"")), "{part} is kept");
    }
    assert!(!format!("{event:?}").contains(&challenge().pa_req));
}
