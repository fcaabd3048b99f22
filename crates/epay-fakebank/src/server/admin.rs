//! The admin API: JSON under `/__epay`, reading for everybody on this machine, changing only with `x-epay-admin: 1`.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{Shared, guard, now};
use crate::{
    bank::Bank,
    facts,
    faults::{Fault, Misbooking},
    ledger::LedgerLine,
    reply,
    settings::Switches,
    three_ds::PayerChoice,
};

pub(super) const BASE: &str = "/__epay";

pub(super) fn answer(request: &Request<Bytes>, bank: &Shared) -> Response<Bytes> {
    let call = request.uri().path().strip_prefix(BASE).unwrap_or_default();
    let mut bank = bank.lock();
    if request.method() == Method::GET {
        return read(call, &bank);
    }
    if request.method() != Method::POST {
        return problem(StatusCode::METHOD_NOT_ALLOWED, "GET reads, POST changes");
    }
    if !guard::is_deliberate(request.headers()) {
        return problem(StatusCode::FORBIDDEN, "changes need the header x-epay-admin: 1");
    }
    change(call, &mut bank, request.body()).unwrap_or_else(|problem| problem)
}

fn read(call: &str, bank: &Bank) -> Response<Bytes> {
    match call {
        "/ledger" => ok(&bank.ledger().iter().map(LedgerLine::from).collect::<Vec<_>>()),
        "/wire" => ok(&bank.wire_log()),
        "/facts" => ok(&facts::facts()),
        "/settings" => ok(&bank.settings().switches),
        _ => problem(StatusCode::NOT_FOUND, "read ledger, wire, facts or settings"),
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

fn change(call: &str, bank: &mut Bank, body: &[u8]) -> Result<Response<Bytes>, Response<Bytes>> {
    match call {
        "/faults" => {
            parse::<Vec<Fault>>(body)
                .or_else(|_| parse(body).map(|fault| vec![fault]))?
                .into_iter()
                .for_each(|fault| bank.plan(fault));
        }
        "/tamper" => {
            let Tamper { invoice, how } = parse(body)?;
            if !bank.misbook(&invoice, how) {
                return Err(problem(StatusCode::NOT_FOUND, "no such invoice"));
            }
        }
        "/settings" => *bank.switches_mut() = turned(&bank.settings().switches, parse(body)?)?,
        "/acs" => {
            let AtThePage { pa_req, md, choice } = parse(body)?;
            let none = problem(StatusCode::NOT_FOUND, "no payment waits for this");
            let pa_res = bank.pa_res(&pa_req, &md, choice).ok_or(none)?;
            return Ok(ok(&FromThePage { pa_res, md }));
        }
        "/expire-holds" => return Ok(ok(&Expired { expired: bank.expire_holds(now()) })),
        "/reset" => bank.reset(),
        _ => return Err(problem(StatusCode::NOT_FOUND, "change faults, tamper, settings, acs, expire-holds or reset")),
    }
    Ok(ok(&Map::new()))
}

/// The switches with those named in `changes` turned.
fn turned(switches: &Switches, changes: Map<String, Value>) -> Result<Switches, Response<Bytes>> {
    let wrong = |_| problem(StatusCode::BAD_REQUEST, "no such switch or position");
    let mut all: Map<String, Value> = serde_json::to_value(switches).and_then(serde_json::from_value).map_err(wrong)?;
    all.extend(changes);
    serde_json::from_value(Value::Object(all)).map_err(wrong)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Response<Bytes>> {
    serde_json::from_slice(body).map_err(|_| problem(StatusCode::BAD_REQUEST, "body is not what this call takes"))
}

fn ok(body: &impl Serialize) -> Response<Bytes> {
    reply::json(StatusCode::OK, body)
}

fn problem(status: StatusCode, message: &'static str) -> Response<Bytes> {
    #[derive(Serialize)]
    struct Problem {
        problem: &'static str,
    }
    reply::json(status, &Problem { problem: message })
}
