//! Every kind of event has a record that stays readable for ever, and other text is refused by
//! name.

use std::{fs, path::PathBuf, time::Duration};

use epay_domain::{
    BankAmount, BankText, CardId, Challenge, CloseReason, Command, Contradiction, Currency,
    Decline, Details, Event, EventKind, Fact, Money, Moved, Note, NotificationKind, Observation,
    Origin, PayerCharged, PayerStep, Question, Refunds, StepId, StepKind, TerminalId, Timestamp,
    TransactionId, VoidReason,
};

use super::{RecordErrorKind, decode, encode};

const SUM: Money = Money::tenge(5_000);

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

fn transaction() -> TransactionId {
    TransactionId::new("0a1b2c3d-0000-4000-8000-000000000017").unwrap()
}

fn terminal() -> TerminalId {
    TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap()
}

fn not_shown(accepted: StepKind) -> Contradiction {
    Contradiction::StepNotShown { accepted, shown: Money::tenge(0) }
}

/// But a capture and a void that no status shows, which came later and have a line of their own.
fn every_contradiction() -> Vec<Contradiction> {
    let question = Question::Step(step());
    let moved = |charged, sum| Moved { charged, sum };
    vec![
        Contradiction::OtherInvoice { named: BankText::new("ИНВ-17") },
        Contradiction::OtherTerminal { named: terminal(), moved: moved(PayerCharged::Held, None) },
        Contradiction::OtherCurrency {
            named: Currency::USD,
            moved: moved(PayerCharged::Yes, None),
        },
        Contradiction::TwoTransactions { ids: vec![transaction()] },
        Contradiction::NotOurs { transaction: None },
        Contradiction::NotOurs { transaction: Some(transaction()) },
        Contradiction::NumberTaken { moved: moved(PayerCharged::NotKnownYet, None) },
        Contradiction::WrongAmount { told: SUM, moved: moved(PayerCharged::Yes, Some(SUM)) },
        Contradiction::DeclinedYetMoved {
            decline: Decline::from_code(484),
            moved: moved(PayerCharged::No, None),
        },
        Contradiction::VoidedYetCaptured,
        Contradiction::TwoCapturedSums { low: Money::tiyn(1), high: SUM },
        Contradiction::OverRefunded { captured: SUM, total: Money::tenge(50_000) },
        not_shown(StepKind::Refund(SUM)),
        Contradiction::LateSuccess { transaction: None, moved: moved(PayerCharged::Held, None) },
        Contradiction::SentAfterAll { question, moved: moved(PayerCharged::Yes, Some(SUM)) },
        Contradiction::NotFoundThoughNamed,
    ]
}

/// The same as they were written when three of them did not say how far the money had gone, and one
/// was not there.
fn first_contradictions() -> Vec<Contradiction> {
    let mut first = every_contradiction();
    first.retain(|it| !matches!(it, Contradiction::StepNotShown { .. }));
    for it in &mut first {
        if let Contradiction::OtherTerminal { moved, .. }
        | Contradiction::OtherCurrency { moved, .. }
        | Contradiction::WrongAmount { moved, .. } = it
        {
            *moved = Moved { charged: PayerCharged::NotKnownYet, sum: None };
        }
    }
    first
}

/// Every kind there is: a kind that the format lacks is refused by `encode`.
fn every_kind() -> Vec<(String, EventKind)> {
    let other = Currency::new("JPY", 0).unwrap();
    let full = Observation {
        transaction: Some(transaction()),
        invoice: Some(BankText::new("000000017")),
        terminal: Some(terminal()),
        amount: Some(BankAmount { card: Money::tenge(4_900), bonus: Money::tenge(100) }),
        currency: Some(Currency::KZT),
        origin: Origin::Ours,
        details: Details {
            reference: Some(BankText::new("232115123456")),
            approval_code: Some(BankText::new("A1B2C3")),
            card_mask: Some(BankText::new("440043...0035")),
            ..Details::default()
        },
        elapsed: Some(Duration::from_millis(3_600_017)),
        ..Observation::status(Fact::Captured {
            captured: Some(SUM),
            refunded: Refunds::Total(Money::tenge(0)),
        })
    };
    let of_card = Observation {
        details: Details { card_id: CardId::new("10a2a0d0-17b3").ok(), ..Details::default() },
        ..Observation::status(Fact::Verified)
    };
    let foreign = Observation { origin: Origin::Other, ..Observation::status(Fact::Authorized) };
    let abandoned = CloseReason::Abandoned { not_found_window: Duration::from_secs(86_400) };
    let seen = |fact| EventKind::Observed(Observation::reply(fact));
    let captured = |captured, refunded| seen(Fact::Captured { captured, refunded });
    let not_sent = |question, ask| EventKind::NotSent { question, ask };
    let asked = EventKind::Asked;
    let kinds = [
        ("asked-authorize", asked(Command::Authorize)),
        (
            "asked-hand-over",
            asked(Command::HandOver { until: Timestamp::from_unix_millis(1_790_000_001_200) }),
        ),
        ("asked-confirm", asked(Command::Confirm)),
        ("asked-capture", asked(Command::Capture(step(), SUM))),
        ("asked-void", asked(Command::Void(step()))),
        ("asked-refund", asked(Command::Refund(step(), Money::new(u64::MAX, other)))),
        ("asked-refund-stated", asked(Command::RefundStated(step(), SUM, note()))),
        ("asked-close", asked(Command::Close(CloseReason::NeverAsked))),
        ("asked-give-up", asked(Command::GiveUp(step(), note()))),
        (
            "asked-acknowledge",
            asked(Command::Acknowledge(vec![Contradiction::VoidedYetCaptured], note())),
        ),
        ("asked-choose-transaction", asked(Command::ChooseTransaction(transaction(), note()))),
        ("asked-reopen", asked(Command::Reopen(note()))),
        ("not-sent", not_sent(None, 0)),
        ("not-sent-authorize", not_sent(Some(Question::Authorize), 1)),
        ("not-sent-step", not_sent(Some(Question::Step(step())), 2)),
        ("unanswered", EventKind::Unanswered(None)),
        ("unanswered-hand-over", EventKind::Unanswered(Some(Question::HandOver))),
        ("unanswered-confirm", EventKind::Unanswered(Some(Question::Confirm))),
        ("unanswered-step", EventKind::Unanswered(Some(Question::Step(step())))),
        ("observed-with-all-names", EventKind::Observed(full)),
        ("observed-with-a-card-id", EventKind::Observed(of_card)),
        ("observed-of-another", EventKind::Observed(foreign)),
        ("observed-approved", seen(Fact::Approved)),
        ("observed-three-ds-required", seen(Fact::ThreeDsRequired(challenge()))),
        ("observed-in-progress", seen(Fact::InProgress)),
        ("observed-fingerprint", seen(Fact::AwaitingPayer(PayerStep::Fingerprint))),
        ("observed-challenge", seen(Fact::AwaitingPayer(PayerStep::Challenge))),
        ("observed-number-taken", seen(Fact::NumberTaken)),
        ("observed-not-found", seen(Fact::NotFound)),
        ("observed-other", seen(Fact::Other(BankText::new("SOMETHING_NEW")))),
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
        ("closed-abandoned", EventKind::Closed(abandoned)),
        ("closed-by-person", EventKind::Closed(CloseReason::ByPerson(note()))),
        ("given-up", EventKind::GivenUp(step(), note())),
        ("acknowledged-as-far-as", EventKind::Acknowledged(every_contradiction(), note())),
        (
            "acknowledged-not-shown",
            EventKind::Acknowledged(
                [StepKind::Capture(SUM), StepKind::Void].map(not_shown).to_vec(),
                note(),
            ),
        ),
        (
            "chosen",
            EventKind::Chosen {
                transaction: transaction(),
                among: vec![transaction(), TransactionId::new("18").unwrap()],
                note: note(),
            },
        ),
        ("reopened", EventKind::Reopened(note())),
    ];
    let notified = NotificationKind::ALL.map(|kind| {
        (format!("notified-{}", kind.name()), EventKind::Notified { kind, through: 7 })
    });
    kinds.into_iter().map(|(name, kind)| (name.to_owned(), kind)).chain(notified).collect()
}

/// What lines of before are read as, although nothing is written so any more.
fn only_read() -> Vec<(String, EventKind)> {
    let first = EventKind::Acknowledged(first_contradictions(), note());
    vec![("acknowledged".to_owned(), first)]
}

fn at(kind: EventKind) -> Event {
    Event { at: Timestamp::from_unix_millis(1_790_000_000_000), kind }
}

fn events() -> impl Iterator<Item = (String, Event)> {
    every_kind().into_iter().map(|(name, kind)| (name, at(kind)))
}

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1.jsonl")
}

/// `EPAY_BLESS=1` writes lines that are missing; a line that is there is never written anew,
/// because files of shops hold it too.
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
        match lines.iter().find(|(golden, _)| *golden == name) {
            Some((_, golden)) => {
                assert_eq!(written, *golden, "{name} is written another way than it was");
                assert_eq!(
                    decode(golden).unwrap(),
                    event,
                    "{name} is read another way than it was"
                );
            }
            None if std::env::var_os("EPAY_BLESS").is_some() => lines.push((name, written)),
            None => panic!("{name} has no golden line; EPAY_BLESS=1 writes it"),
        }
    }
    for (name, kind) in only_read() {
        let (_, golden) = lines.iter().find(|(golden, _)| *golden == name).unwrap();
        assert_eq!(decode(golden).unwrap(), at(kind), "{name} is read another way than it was");
    }
    let known = every_kind().len() + only_read().len();
    assert_eq!(lines.len(), known, "a golden line that is in no list");
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
        for word in ["source", "reason", "origin", "payer_step", "notification"] {
            let word = &format!("\"{word}\":\"");
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
        r#""kind":"asked","command":{"kind":"capture","step":"s","sum":{"minor":1,"currency":"kzt","exponent":2}}"#,
        r#""kind":"asked","command":{"kind":"capture","step":"s","sum":{"minor":1,"currency":"KZT","exponent":5}}"#,
        r#""kind":"observed","observation":{"source":"reply","terminal":"leak","fact":{"kind":"approved"}}"#,
        r#""kind":"chosen","transaction":"17","among":["a leak"],"note":"n""#,
    ] {
        refused(&line(what), RecordErrorKind::InvalidValue);
    }
    let long = "x".repeat(501);
    for what in [
        format!(r#""kind":"reopened","note":"{long}""#),
        format!(
            r#""kind":"observed","observation":{{"source":"reply","fact":{{"kind":"other","name":"{long}"}}}}"#
        ),
        format!(
            r#""kind":"observed","observation":{{"source":"reply","invoice":"{long}","fact":{{"kind":"approved"}}}}"#
        ),
    ] {
        refused(&line(&what), RecordErrorKind::InvalidValue);
    }
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

#[test]
fn a_contradiction_is_written_by_its_name() {
    for it in every_contradiction() {
        let seen = EventKind::Acknowledged(vec![it.clone()], note());
        let line = encode(&Event { at: Timestamp::default(), kind: seen }).unwrap();
        let head = format!(r#""contradictions":[{{"kind":"{}""#, it.name());
        assert!(line.contains(&head), "{line}");
    }
}

#[test]
fn a_duration_is_whole_milliseconds_rounded_down() {
    let longest = Duration::from_millis(u64::MAX);
    for (heard, kept) in [
        (Duration::from_nanos(1_999_999), Duration::from_millis(1)),
        (longest, longest),
        (Duration::MAX, longest),
    ] {
        let seen = Observation { elapsed: Some(heard), ..Observation::status(Fact::NotFound) };
        let event = Event { at: Timestamp::default(), kind: EventKind::Observed(seen.clone()) };
        let read = decode(&encode(&event).unwrap()).unwrap().kind;
        assert_eq!(read, EventKind::Observed(Observation { elapsed: Some(kept), ..seen }));
    }
}

/// A payer whose page is loaded again after a restart has to see the same form, so the challenge is
/// in the record. It is shown nowhere else.
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
