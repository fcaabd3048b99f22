//! The admin API: JSON under `/__epay`, reading for whoever may, changing only with the header `x-epay-admin`.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{reference, shared::Shared};
use crate::{
    amount::Amount,
    callbacks::Callback,
    cards, facts,
    faults::{Fault, Misbooking},
    ledger::LedgerLine,
    reply,
    settings::Switches,
    three_ds::PayerChoice,
    time::Millis,
};

pub(super) const BASE: &str = "/__epay";

/// What can be called, and what it takes or tells. `GET /__epay` tells this.
const CALLS: [(&str, &str, &str); 21] = [
    ("GET", "/reference", "all of this as a page, with the shape of each body"),
    ("GET", "/openapi.json", "the same for programs"),
    ("GET", "/ledger", "every payment, its sums in minor units"),
    ("GET", "/wire", "every call of the bank, and how it ended"),
    ("GET", "/callbacks", "every callback, and how each attempt to deliver it ended"),
    ("GET", "/faults", "the faults still to come"),
    ("GET", "/facts", "what is believed of the real bank, with evidence and switch"),
    ("GET", "/settings", "the switches as they stand"),
    ("GET", "/cards", "the card numbers that choose an outcome"),
    ("GET", "/clock", "the bank's time, in milliseconds since 1970"),
    (
        "POST",
        "/faults",
        r#"{"on":"cryptopay","skip":0,"kind":"cut_after_effect"}, or a list of such"#,
    ),
    ("POST", "/settings", r#"{"refund_report":"refund_total"}: the switches to turn"#),
    ("POST", "/clock", r#"{"stop_at_ms":1790000000000}, {"advance_ms":600000} or "go""#),
    ("POST", "/redeliver", r#"{"invoice":"1000001"}: its last callback once more"#),
    (
        "POST",
        "/acs",
        r#"{"paReq":"…","md":"…","choice":"approve"}: what a payer's browser would bring back"#,
    ),
    ("POST", "/expire-holds", "nothing; every hold lapses"),
    ("POST", "/expire-challenges", "nothing; every 3-D Secure challenge lapses"),
    ("POST", "/pass-fingerprints", "nothing; every payer's device is recognised"),
    ("POST", "/tamper", r#"{"invoice":"1000001","how":{"amount":9900}}: the ledger lies"#),
    (
        "POST",
        "/book-stranger",
        r#"{"terminal":"…","invoice":"1000001","minor":10000,"before_ms":60000}: another's payment"#,
    ),
    ("POST", "/reset", "nothing; all is forgotten"),
];

/// The answer, and a callback to be delivered again.
pub(super) fn answer(
    request: &Request<Bytes>,
    shared: &Shared,
) -> (Response<Bytes>, Option<Callback>) {
    let call = request.uri().path().strip_prefix(BASE).unwrap_or_default();
    let mut again = None;
    let answered = match *request.method() {
        Method::GET => read(call, shared),
        Method::POST if shared.listen().may_change(request.headers()) => match call {
            "/redeliver" => redeliver(shared, request.body()).map(|callback| {
                again = Some(callback);
                ok(&Map::new())
            }),
            "/clock" => parse(request.body()).map(|turn| {
                shared.clock().turn(turn);
                ok(&Map::new())
            }),
            _ => change(call, shared, request.body()),
        },
        Method::POST => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "changes need the header x-epay-admin: 1, or the token in place of 1",
        )),
        _ => Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "GET reads, POST changes")),
    };
    (answered.unwrap_or_else(Problem::answer), again)
}

fn read(call: &str, shared: &Shared) -> Result<Response<Bytes>, Problem> {
    let now = shared.now();
    let bank = shared.lock();
    match call {
        "" | "/" => Ok(ok(&CALLS)),
        "/openapi.json" => Ok(reference::document()),
        "/reference" => Ok(reference::page(BASE, shared.listen().header_value())),
        "/ledger" => Ok(ok(&bank.ledger().iter().map(LedgerLine::from).collect::<Vec<_>>())),
        "/wire" => Ok(ok(&bank.wire_log())),
        "/callbacks" => Ok(ok(&bank.callback_log())),
        "/faults" => Ok(ok(&bank.planned())),
        "/facts" => Ok(ok(&facts::facts())),
        "/settings" => Ok(ok(&bank.settings().switches)),
        "/cards" => Ok(ok(&cards::listed(&bank.settings().cards))),
        "/clock" => Ok(ok(&now)),
        _ => Err(Problem::no_such_call()),
    }
}

/// One invoice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    invoice: String,
}

fn redeliver(shared: &Shared, body: &[u8]) -> Result<Callback, Problem> {
    let About { invoice } = parse(body)?;
    let none =
        || Problem::new(StatusCode::NOT_FOUND, "it has no callback, or no link to send it to");
    shared.lock().redeliver(&invoice).ok_or_else(none)
}

/// One fault or a list of them.
fn faults_of(body: &[u8]) -> Result<Vec<Fault>, Problem> {
    match parse(body)? {
        many @ Value::Array(_) => serde_json::from_value(many).map_err(Problem::wrong),
        one => Ok(vec![serde_json::from_value(one).map_err(Problem::wrong)?]),
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

fn change(call: &str, shared: &Shared, body: &[u8]) -> Result<Response<Bytes>, Problem> {
    let now = shared.now();
    let mut bank = shared.lock();
    match call {
        "/faults" => faults_of(body)?.into_iter().for_each(|fault| bank.plan(fault)),
        "/tamper" => {
            let Tamper { invoice, how } = parse(body)?;
            if !bank.misbook(&invoice, how) {
                return Err(Problem::new(StatusCode::NOT_FOUND, "no such invoice"));
            }
        }
        "/settings" => *bank.switches_mut() = turned(&bank.settings().switches, parse(body)?)?,
        "/acs" => {
            let AtThePage { pa_req, md, choice } = parse(body)?;
            let none = Problem::new(StatusCode::NOT_FOUND, "no payment waits for this");
            let pa_res = bank.pa_res(&pa_req, &md, choice).ok_or(none)?;
            return Ok(ok(&FromThePage { pa_res, md }));
        }
        "/expire-holds" => return Ok(ok(&Expired { expired: bank.expire_holds(now) })),
        "/expire-challenges" => {
            return Ok(ok(&Expired { expired: bank.expire_challenges(now) }));
        }
        "/pass-fingerprints" => {
            return Ok(ok(&Passed { passed: bank.pass_fingerprints(now) }));
        }
        "/book-stranger" => {
            let Stranger { terminal, invoice, minor, before_ms } = parse(body)?;
            let now = Millis(now.0.saturating_sub(before_ms));
            let sum = Amount::from_minor(minor);
            if bank.book_stranger(&terminal, &invoice, sum, now).is_err() {
                return Err(Problem::new(StatusCode::CONFLICT, "the bank refuses this payment"));
            }
        }
        "/reset" => bank.reset(),
        _ => return Err(Problem::no_such_call()),
    }
    Ok(ok(&Map::new()))
}

/// The switches with those named in `changes` turned.
fn turned(switches: &Switches, changes: Map<String, Value>) -> Result<Switches, Problem> {
    let mut all: Map<String, Value> =
        serde_json::to_value(switches).and_then(serde_json::from_value).map_err(Problem::wrong)?;
    all.extend(changes);
    serde_json::from_value(Value::Object(all)).map_err(Problem::wrong)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(Problem::wrong)
}

fn ok(body: &impl Serialize) -> Response<Bytes> {
    reply::json(StatusCode::OK, body)
}

/// An admin call that was not done; on the wire `{"problem":…}`.
struct Problem {
    status: StatusCode,
    why: String,
}

impl Problem {
    fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }

    /// A body that is not what the call takes: the words say what it takes.
    fn wrong(error: serde_json::Error) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }

    fn no_such_call() -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("no such call; GET {BASE} lists them"))
    }

    fn answer(self) -> Response<Bytes> {
        #[derive(Serialize)]
        struct Body {
            problem: String,
        }
        reply::json(self.status, &Body { problem: self.why })
    }
}
