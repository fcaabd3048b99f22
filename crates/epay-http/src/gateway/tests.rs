//! How often each request leaves, with which token, and what is known when nothing came back.

use std::{error::Error, sync::Arc, time::Duration};

use epay_crypto::{KeyErrorKind, KeyTrust};
use epay_domain::{
    Decline,
    Delivery::{self, MaybeSent, NotSent},
    Fact,
    GatewayErrorKind::{self, Access, Answer, Connection, Deadline, Request, Unavailable},
    Payment,
};
use pollster::block_on;

use super::*;
use crate::{
    MAX_RESPONSE_BYTES,
    fixture::{SECRET, card, credentials, environment, invoice, named_payment, payment, step},
};
use script::{HandClock, Play, Script, both, says, token};

mod connections;
mod keys;
mod script;

fn gateway(script: &Script) -> HttpGateway {
    gateway_by(script, &Arc::default())
}

fn gateway_by(script: &Script, clock: &Arc<HandClock>) -> HttpGateway {
    HttpGateway::new(script.clone(), Arc::clone(clock) as _, environment(), credentials())
}

const TOKEN: &str = "POST /oauth/oauth2/token";
const STATUS: &str = "GET /api/check-status/payment/transaction/163637162556226";
const OPERATION: &str = "POST /api/operation/7943816b-58a8-47f6-a11e-67b63c4228c7";

#[derive(Clone, Copy, Debug)]
enum Ask {
    Authorize,
    Confirm,
    Charge,
    Cancel,
    Refund,
}

const ASKS: [Ask; 5] = [Ask::Authorize, Ask::Confirm, Ask::Charge, Ask::Cancel, Ask::Refund];

impl Ask {
    fn of(self, gateway: &HttpGateway, payment: &Payment) -> Result<Observation, GatewayError> {
        block_on(async {
            let request = PaymentRequest::new("Order 17").unwrap();
            let answer = || ThreeDsAnswer::new("eJz+".into(), "bWQ=".into());
            match self {
                Ask::Authorize => gateway.authorize(payment, card(), &request).await,
                Ask::Confirm => gateway.confirm(payment, answer()).await,
                Ask::Charge => gateway.capture(payment, &step(), Money::tenge(60)).await,
                Ask::Cancel => gateway.void(payment, &step()).await,
                Ask::Refund => gateway.refund(payment, &step(), Money::tenge(40)).await,
            }
        })
    }

    fn call(self) -> String {
        match self {
            Ask::Authorize => "POST /api/payment/cryptopay".to_owned(),
            Ask::Confirm => "POST /api/payment/confirm".to_owned(),
            Ask::Charge => format!("{OPERATION}/charge?amount=60"),
            Ask::Cancel => format!("{OPERATION}/cancel"),
            Ask::Refund => format!("{OPERATION}/refund?amount=40&externalID=step-1"),
        }
    }

    fn accepted(self) -> Fact {
        match self {
            Ask::Authorize | Ask::Confirm => Fact::Approved,
            Ask::Charge | Ask::Cancel | Ask::Refund => Fact::StepAccepted(step()),
        }
    }

    fn refused(self) -> Fact {
        match self {
            Ask::Authorize | Ask::Confirm => Fact::Declined(Decline::from_code(484)),
            Ask::Charge | Ask::Cancel | Ask::Refund => {
                Fact::StepRefused(step(), Decline::from_code(484))
            }
        }
    }
}

/// Plays a script to each of the five asks: what comes of it, and how often the ask itself left.
#[track_caller]
fn check(
    plays: impl Fn() -> Vec<Play>,
    calls: (usize, usize),
    expected: Result<(), (Delivery, GatewayErrorKind)>,
) {
    for ask in ASKS {
        let script = Script::new(plays());
        let gateway = gateway(&script);
        let asked = ask.of(&gateway, &named_payment());
        if let Err(error) = &asked {
            assert_eq!(error.source().is_none(), error.kind() == Deadline, "{ask:?} {error:?}");
        }
        let asked = asked.map(|seen| assert_eq!(seen.fact, ask.accepted()));
        assert_eq!(
            asked.map_err(|error| (error.delivery(), error.kind())),
            expected,
            "{ask:?} {:?}",
            plays()
        );
        let expected_calls = [vec![TOKEN.to_owned(); calls.0], vec![ask.call(); calls.1]].concat();
        assert_eq!(script.calls(), expected_calls);
        assert!(script.is_played());
    }
}

#[test]
fn an_ask_leaves_once_and_says_whether_it_did() {
    use Play::{Hang, Interrupted, NotSent as Unsent, TooLarge};
    let done = || says(200, r#"{"code":0}"#);
    check(|| vec![token("T"), done()], (1, 1), Ok(()));
    check(|| vec![token("T"), Unsent, done()], (1, 2), Ok(()));
    check(|| vec![token("T"), Unsent, Unsent, done()], (1, 3), Ok(()));
    check(|| vec![token("T"), Unsent, Unsent, Unsent], (1, 3), Err((NotSent, Connection)));
    check(|| vec![token("T"), Interrupted], (1, 1), Err((MaybeSent, Connection)));
    check(|| vec![token("T"), Unsent, Interrupted], (1, 2), Err((MaybeSent, Connection)));
    check(|| vec![token("T"), TooLarge], (1, 1), Err((MaybeSent, Answer)));
    check(
        || vec![token("T"), says(200, &" ".repeat(MAX_RESPONSE_BYTES + 1))],
        (1, 1),
        Err((MaybeSent, Answer)),
    );
    let longest = || says(200, &format!(r#"{{"code":0}}{}"#, " ".repeat(MAX_RESPONSE_BYTES - 10)));
    check(|| vec![token("T"), longest()], (1, 1), Ok(()));
    check(|| vec![token("T"), Hang], (1, 1), Err((MaybeSent, Deadline)));
    check(|| vec![token("T"), Unsent, Hang], (1, 2), Err((MaybeSent, Deadline)));
    for (status, body, kind) in [
        (401, r#"{"code":484}"#, Access),
        (403, r#"{"code":484}"#, Access),
        (404, r#"{"code":484}"#, Answer),
        (429, r#"{"code":484}"#, Unavailable),
        (500, r#"{"code":484}"#, Unavailable),
        (503, "", Unavailable),
        (400, "<html>", Answer),
        (400, "", Answer),
        (200, "<html>", Answer),
        (200, r#"{"code":"#, Answer),
    ] {
        check(|| vec![token("T"), says(status, body)], (1, 1), Err((MaybeSent, kind)));
    }
}

#[test]
fn without_a_token_nothing_was_sent() {
    use Play::{Hang, Interrupted, NotSent as Unsent, TooLarge};
    let done = || says(200, r#"{"code":0}"#);
    check(|| vec![Unsent, Unsent, token("T"), done()], (3, 1), Ok(()));
    check(|| vec![Unsent, Unsent, Unsent], (3, 0), Err((NotSent, Connection)));
    check(|| vec![Interrupted], (1, 0), Err((NotSent, Connection)));
    check(|| vec![TooLarge], (1, 0), Err((NotSent, Answer)));
    check(|| vec![Hang], (1, 0), Err((NotSent, Deadline)));
    for (status, body, kind) in [
        (401, "", Access),
        (400, r#"{"error":"invalid_client"}"#, Access),
        (429, "", Unavailable),
        (500, "", Unavailable),
        (200, "<html>", Answer),
        (200, r#"{"access_token":"line\nbreak"}"#, Request),
    ] {
        check(|| vec![says(status, body)], (1, 0), Err((NotSent, kind)));
    }
}

#[test]
fn a_refusal_is_an_answer() {
    for ask in ASKS {
        let script = Script::new([token("T"), says(400, r#"{"code":484,"message":"no"}"#)]);
        assert_eq!(
            ask.of(&gateway(&script), &named_payment()).unwrap(),
            Observation::reply(ask.refused()),
            "{ask:?}"
        );
    }
}

#[test]
fn a_payment_on_another_terminal_is_not_asked_for() {
    let other = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").unwrap();
    let other = Payment::open(invoice(), Money::tenge(100), other);
    for ask in ASKS {
        let script = Script::default();
        let error = ask.of(&gateway(&script), &other).unwrap_err();
        assert_eq!((error.delivery(), error.kind()), (NotSent, Request), "{ask:?}");
        assert_eq!(block_on(gateway(&script).status(&other)).unwrap_err().kind(), Request);
        assert_eq!(script.sent().len(), 0);
    }
}

#[test]
fn an_operation_the_bank_has_not_named_is_not_asked_for() {
    for ask in [Ask::Confirm, Ask::Charge, Ask::Cancel, Ask::Refund] {
        let script = Script::new([token("T")]);
        let error = ask.of(&gateway(&script), &payment()).unwrap_err();
        assert_eq!((error.delivery(), error.kind()), (NotSent, Request), "{ask:?}");
        assert!(script.is_played());
    }
}

/// Whether the token form names the payment, and whether the ask carried that very token.
fn tokens(ask: Ask, wire: Wire) -> Vec<bool> {
    let script = Script::new([token("T1"), says(200, "{}"), token("T2"), says(200, "{}")]);
    let gateway = gateway(&script).with_wire(wire);
    ask.of(&gateway, &named_payment()).unwrap();
    ask.of(&gateway, &named_payment()).unwrap();
    let mut current = "";
    let sent = script.sent();
    let mut bound = Vec::new();
    for request in &sent {
        if request.starts_with("POST http://127.0.0.1:8080/oauth/") {
            current = if current.is_empty() { "Bearer T1\n" } else { "Bearer T2\n" };
            bound.push(request.contains("invoiceID=163637162556226&amount=100&currency=KZT"));
        } else {
            assert!(request.contains(current), "{request}");
        }
    }
    bound
}

#[test]
fn every_ask_has_the_token_it_needs() {
    for ask in ASKS {
        let is_bound = matches!(ask, Ask::Authorize | Ask::Confirm);
        assert_eq!(tokens(ask, Wire::default()), [is_bound; 2], "{ask:?}");
        for (usage, forms) in [
            (TokenUse::Payment, &[true, true][..]),
            (TokenUse::Terminal, &[false, false]),
            (TokenUse::Shared, &[false]),
        ] {
            let wire = Wire { confirm_token: usage, operation_token: usage, ..Wire::default() };
            let expected = if matches!(ask, Ask::Authorize) { &[true, true] } else { forms };
            assert_eq!(tokens(ask, wire), expected, "{ask:?} {usage:?}");
        }
    }
}

#[test]
fn a_tag_goes_into_payment_tokens() {
    let tags = || TagKey::new(*b"0123456789abcdef").unwrap();
    let script = Script::new([token("T"), says(200, "{}"), token("T"), says(200, "{}")]);
    let gateway = gateway(&script).with_tags(tags());
    Ask::Authorize.of(&gateway, &named_payment()).unwrap();
    Ask::Cancel.of(&gateway, &named_payment()).unwrap();
    let tag = tags().tag(epay_crypto::Purpose::SecretHash, named_payment().terminal(), &invoice());
    let sent = script.sent();
    assert!(sent[0].ends_with(&format!("&secret_hash={tag}")), "{}", sent[0]);
    assert!(!sent[2].contains("secret_hash"), "{}", sent[2]);
}

const NOT_FOUND: &str = r#"{"resultCode":"102"}"#;

fn look(gateway: &HttpGateway) -> Result<Fact, GatewayErrorKind> {
    block_on(gateway.status(&payment())).map(|seen| seen.fact).map_err(|error| error.kind())
}

#[test]
fn looks_share_a_token_until_the_bank_refuses_it() {
    let script = Script::new([
        token("T1"),
        says(200, NOT_FOUND),
        says(200, NOT_FOUND),
        says(401, ""),
        token("T2"),
        says(200, NOT_FOUND),
        says(401, ""),
        token("T3"),
        says(401, ""),
    ]);
    let gateway = gateway(&script);
    for expected in [Ok(Fact::NotFound), Ok(Fact::NotFound), Ok(Fact::NotFound), Err(Access)] {
        assert_eq!(look(&gateway), expected);
    }
    assert_eq!(
        script.calls(),
        [TOKEN, STATUS, STATUS, STATUS, TOKEN, STATUS, STATUS, TOKEN, STATUS]
    );
    assert!(script.sent()[5].contains("Bearer T2\n"));
    assert!(script.sent()[0].ends_with("&terminal=67e34d63-102f-4bd1-898e-370781d0074d"));
}

#[test]
fn a_refused_token_of_its_own_is_not_asked_for_again() {
    let script = Script::new([token("T"), says(401, "")]);
    let wire = Wire { status_token: TokenUse::Terminal, ..Wire::default() };
    assert_eq!(look(&gateway(&script).with_wire(wire)), Err(Access));
    assert!(script.is_played());
}

#[test]
fn a_token_is_renewed_before_it_is_over() {
    let script = Script::new([
        token("T1"),
        says(200, NOT_FOUND),
        says(200, NOT_FOUND),
        token("T2"),
        says(200, NOT_FOUND),
    ]);
    let clock = Arc::new(HandClock::default());
    let gateway = gateway_by(&script, &clock);
    for seconds in [0, 899, 900] {
        clock.set(seconds);
        assert_eq!(look(&gateway), Ok(Fact::NotFound));
    }
    assert_eq!(script.calls(), [TOKEN, STATUS, STATUS, TOKEN, STATUS]);
}

#[test]
fn a_look_may_be_repeated_but_is_not_by_itself() {
    use Play::{Hang, Interrupted, NotSent as Unsent, TooLarge};
    for (plays, expected) in [
        (vec![Unsent, token("T"), Unsent, Unsent, says(200, NOT_FOUND)], Ok(Fact::NotFound)),
        (vec![Unsent, Unsent, Unsent], Err(Connection)),
        (vec![token("T"), Interrupted], Err(Connection)),
        (vec![token("T"), TooLarge], Err(Answer)),
        (vec![token("T"), Hang], Err(Deadline)),
        (vec![Hang], Err(Deadline)),
        (vec![says(403, "")], Err(Access)),
        (vec![token("T"), says(403, "")], Err(Access)),
        (vec![token("T"), says(200, r#"{"resultCode":104}"#)], Err(Access)),
        (vec![token("T"), says(500, "")], Err(Unavailable)),
        (vec![token("T"), says(200, "<html>")], Err(Answer)),
    ] {
        let script = Script::new(plays);
        assert_eq!(look(&gateway(&script)), expected);
        assert!(script.is_played());
    }
}

#[test]
fn whoever_comes_while_a_token_or_key_is_fetched_waits_for_the_same() {
    let script = Script::new([token("T"), says(200, NOT_FOUND), says(200, NOT_FOUND)]);
    let gateway = gateway(&script);
    let payment = payment();
    let (one, two) = block_on(both(gateway.status(&payment), gateway.status(&payment)));
    assert_eq!((one.unwrap().fact, two.unwrap().fact), (Fact::NotFound, Fact::NotFound));
    assert_eq!(script.calls(), [TOKEN, STATUS, STATUS]);

    let script = Script::new([says(200, keys::PEM)]);
    let gateway = self::gateway(&script);
    let (one, two) = block_on(both(gateway.bank_key(), gateway.bank_key()));
    assert!(Arc::ptr_eq(&one.unwrap(), &two.unwrap()));
    assert!(block_on(gateway.bank_key()).is_ok());
    assert_eq!(script.calls(), ["GET /api/public.rsa"]);
}

#[test]
fn a_call_is_dropped_after_a_minute_unless_told() {
    for (seconds, set) in [(60, None), (30, Some(Duration::from_secs(30)))] {
        let (script, clock) = (Script::new([token("T"), Play::Hang]), Arc::default());
        let gateway = gateway_by(&script, &clock);
        let gateway = match set {
            Some(wait) => gateway.with_deadline(wait),
            None => gateway,
        };
        assert_eq!(look(&gateway), Err(Deadline));
        assert_eq!(clock.waited(), Duration::from_secs(seconds));
    }
}

/// The sentences of an error and of all that is behind it.
fn sentences(error: &(dyn Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect()
}

#[test]
fn after_a_change_of_format_the_causes_name_the_status_and_the_field() {
    let (sent, unread) = ("may have been sent", "the answer could not be read as the bank's");
    let with = |status: u16| format!("an answer with http status {status} can't be used");
    for (plays, expected) in [
        (
            vec![token("T"), says(200, r#"{"id":"../x"}"#)],
            vec![
                format!("{unread} ({sent})"),
                with(200),
                "`id` of the answer can't be read".into(),
            ],
        ),
        (
            vec![token("T"), says(400, r#"{"errorCode":484}"#)],
            vec![format!("{unread} ({sent})"), with(400), "the answer lacks `code`".into()],
        ),
        (
            vec![says(200, r#"{"accessToken":"T"}"#)],
            vec![
                format!("{unread} (not sent)"),
                with(200),
                "the answer lacks `access_token`".into(),
            ],
        ),
        (
            vec![token("T"), says(502, "")],
            vec![
                format!("the bank said it cannot serve now ({sent})"),
                "the bank answered with http status 502".into(),
            ],
        ),
    ] {
        let script = Script::new(plays);
        let error = Ask::Authorize.of(&gateway(&script), &named_payment()).unwrap_err();
        assert_eq!(sentences(&error), expected);
    }
    let body = r#"{"resultCode":100,"transaction":{"status":"AUTH"}}"#;
    let script = Script::new([token("T"), says(200, body)]);
    let error = block_on(gateway(&script).status(&payment())).unwrap_err();
    assert_eq!(sentences(&error), [unread, &with(200), "the answer lacks `statusName`"]);
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error| (*error).source());
    sources.map(|error| format!("{error} {error:?}\n")).collect()
}

#[test]
fn nothing_shown_holds_a_secret() {
    let gateway = gateway(&Script::default()).with_tags(TagKey::new(*b"0123456789abcdef").unwrap());
    assert_eq!(gateway.terminal(), named_payment().terminal());
    assert!(gateway.environment().is_mock());
    let mut shown = format!("{gateway:?} {gateway:#?}");
    for told in
        ["HttpGateway {", "127.0.0.1:8080", "67e34d63-102f-4bd1-898e-370781d0074d", "status_token"]
    {
        assert!(shown.contains(told), "{told} not in {shown}");
    }
    for plays in [
        vec![says(401, "hush+hush BODY")],
        vec![token("TOKEN"), says(200, "{\"id\":\"BODY BODY\"}")],
        vec![token("TOKEN"), says(400, "{\"code\":\"BODY\"}")],
        vec![token("TOKEN"), Play::Interrupted],
        vec![says(200, "{\"access_token\":\"TOKEN\\n\"}")],
    ] {
        for ask in ASKS {
            let script = Script::new(plays.iter().map(|play| match play {
                Play::Answer(status, body) => says(*status, body),
                _ => Play::Interrupted,
            }));
            if let Err(error) = ask.of(&self::gateway(&script), &named_payment()) {
                shown += &chain(&error);
            }
        }
    }
    assert!(shown.contains("Connection"), "{shown}");
    for secret in [SECRET, "hush", "TOKEN", "BODY", "c2VhbGVk", "eJz", "0123456789abcdef"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
