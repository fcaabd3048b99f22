//! The admin API: JSON under `/__epay`, reading for everybody on this machine, changing only with `x-epay-admin: 1`.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{clock, guard, shared::Shared};
use crate::{
    amount::Amount,
    bank::Bank,
    facts,
    faults::{Fault, Misbooking},
    ledger::LedgerLine,
    reply,
    settings::Switches,
    three_ds::PayerChoice,
    time::Millis,
};

pub(super) const BASE: &str = "/__epay";

pub(super) fn answer(request: &Request<Bytes>, bank: &Shared) -> Response<Bytes> {
    let call = request.uri().path().strip_prefix(BASE).unwrap_or_default();
    let mut bank = bank.lock();
    let answered = match *request.method() {
        Method::GET => read(call, &bank),
        Method::POST if guard::is_deliberate(request.headers()) => {
            change(call, &mut bank, request.body())
        }
        Method::POST => {
            Err(Problem(StatusCode::FORBIDDEN, "changes need the header x-epay-admin: 1"))
        }
        _ => Err(Problem(StatusCode::METHOD_NOT_ALLOWED, "GET reads, POST changes")),
    };
    answered.unwrap_or_else(Problem::answer)
}

fn read(call: &str, bank: &Bank) -> Result<Response<Bytes>, Problem> {
    match call {
        "/ledger" => Ok(ok(&bank.ledger().iter().map(LedgerLine::from).collect::<Vec<_>>())),
        "/wire" => Ok(ok(&bank.wire_log())),
        "/facts" => Ok(ok(&facts::facts())),
        "/settings" => Ok(ok(&bank.settings().switches)),
        _ => Err(Problem(StatusCode::NOT_FOUND, "read ledger, wire, facts or settings")),
    }
}

/// One fault or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    One(Fault),
    Many(Vec<Fault>),
}

impl Faults {
    fn into_vec(self) -> Vec<Fault> {
        match self {
            Self::One(fault) => vec![fault],
            Self::Many(faults) => faults,
        }
    }
}

/// A falsification of what is already booked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tamper {
    invoice: String,
    how: Misbooking,
}

/// What the payer does at the 3-D Secure page, for a client without a browser.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AtThePage {
    #[serde(rename = "paReq")]
    pa_req: String,
    md: String,
    choice: PayerChoice,
}

#[derive(Serialize)]
struct FromThePage {
    #[serde(rename = "PaRes")]
    pa_res: String,
    #[serde(rename = "MD")]
    md: String,
}

#[derive(Serialize)]
struct Expired {
    expired: usize,
}

#[derive(Serialize)]
struct Passed {
    passed: usize,
}

/// A payment that somebody else made, so many milliseconds ago.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stranger {
    terminal: String,
    invoice: String,
    minor: u64,
    before_ms: u64,
}

fn change(call: &str, bank: &mut Bank, body: &[u8]) -> Result<Response<Bytes>, Problem> {
    match call {
        "/faults" => {
            parse::<Faults>(body)?.into_vec().into_iter().for_each(|fault| bank.plan(fault))
        }
        "/tamper" => {
            let Tamper { invoice, how } = parse(body)?;
            if !bank.misbook(&invoice, how) {
                return Err(Problem(StatusCode::NOT_FOUND, "no such invoice"));
            }
        }
        "/settings" => *bank.switches_mut() = turned(&bank.settings().switches, parse(body)?)?,
        "/acs" => {
            let AtThePage { pa_req, md, choice } = parse(body)?;
            let none = Problem(StatusCode::NOT_FOUND, "no payment waits for this");
            let pa_res = bank.pa_res(&pa_req, &md, choice).ok_or(none)?;
            return Ok(ok(&FromThePage { pa_res, md }));
        }
        "/expire-holds" => return Ok(ok(&Expired { expired: bank.expire_holds(clock::now()) })),
        "/expire-challenges" => {
            return Ok(ok(&Expired { expired: bank.expire_challenges(clock::now()) }));
        }
        "/pass-fingerprints" => {
            return Ok(ok(&Passed { passed: bank.pass_fingerprints(clock::now()) }));
        }
        "/book-stranger" => {
            let Stranger { terminal, invoice, minor, before_ms } = parse(body)?;
            let now = Millis(clock::now().0.saturating_sub(before_ms));
            let sum = Amount::from_minor(minor);
            if bank.book_stranger(&terminal, &invoice, sum, now).is_err() {
                return Err(Problem(StatusCode::CONFLICT, "the bank refuses this payment"));
            }
        }
        "/reset" => bank.reset(),
        _ => {
            let calls = "change faults, tamper, settings, acs, expire-holds, expire-challenges, pass-fingerprints, book-stranger or reset";
            return Err(Problem(StatusCode::NOT_FOUND, calls));
        }
    }
    Ok(ok(&Map::new()))
}

/// The switches with those named in `changes` turned.
fn turned(switches: &Switches, changes: Map<String, Value>) -> Result<Switches, Problem> {
    let wrong = |_| Problem(StatusCode::BAD_REQUEST, "no such switch or position");
    let mut all: Map<String, Value> =
        serde_json::to_value(switches).and_then(serde_json::from_value).map_err(wrong)?;
    all.extend(changes);
    serde_json::from_value(Value::Object(all)).map_err(wrong)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|_| Problem(StatusCode::BAD_REQUEST, "body is not what this call takes"))
}

fn ok(body: &impl Serialize) -> Response<Bytes> {
    reply::json(StatusCode::OK, body)
}

/// An admin call that was not done; on the wire `{"problem":…}`.
struct Problem(StatusCode, &'static str);

impl Problem {
    fn answer(self) -> Response<Bytes> {
        #[derive(Serialize)]
        struct Body {
            problem: &'static str,
        }
        reply::json(self.0, &Body { problem: self.1 })
    }
}
