//! Answers that are whole, and say something else than the bank's books: strange ones, and lies.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value, json};

use crate::Fault;
use crate::call::Call;
use crate::world::{Struck, World};

/// How the operations are named that this bank does not have, one for each order.
const OTHER_OPERATION: &str = "0ddba11e-0000-4000-8000-";

/// The tag of an attempt that is nobody's here.
const OTHER_TAG: &str = "0123456789abcdef0123456789abcdef";

/// The answer as this call gets to see it.
pub(crate) fn told(
    world: &World,
    call: &Call,
    strikes: &[Struck],
    answer: Response<Bytes>,
) -> Response<Bytes> {
    let mut answer = answer;
    for Struck { fault, .. } in strikes {
        if let Some(changed) = changed(world, call, *fault, answer.body()) {
            world.struck(*fault, call.order);
            if let Some(order) = call.order.filter(|order| world.is_not_found(*order)) {
                // As what is shown late: nobody waits for it for so long.
                world.with(|inner| inner.behind.insert(order));
            }
            *answer.body_mut() = changed;
        }
    }
    let elsewhere = strikes.iter().any(|it| it.fault == Fault::OtherInvoice);
    let tagged = answer.body().windows(OTHER_TAG.len()).any(|it| it == OTHER_TAG.as_bytes());
    if tagged && !elsewhere {
        world.with(|inner| inner.anothers.insert(call.invoice.clone()));
    }
    answer
}

fn changed(world: &World, call: &Call, fault: Fault, body: &Bytes) -> Option<Bytes> {
    match fault {
        Fault::InProgress => return Some(of_code("107", "in progress")),
        Fault::NotFound => return Some(of_code("102", "invoice not found")),
        // As it was before anything came of it.
        Fault::Stale => return stale(body),
        _ => {}
    }
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let status = value.get("transaction").is_some();
    let operation = if status { value.get_mut("transaction")? } else { &mut value };
    let operation = operation.as_object_mut()?;
    let had = text(operation, "id").is_some_and(|id| !id.is_empty());
    let approved = had && operation.get("secure3D").is_none_or(Value::is_null);
    match fault {
        Fault::UnknownStatus => put(operation, "statusName", json!("ON_REVIEW"))?,
        Fault::UnknownCode if !approved => put(operation, "code", json!(9_173))?,
        Fault::NoId if had => put(operation, "id", json!(""))?,
        Fault::BonusSplit => {
            put(operation, "amount", one_less(operation.get("amount")?)?)?;
            put(operation, "amountBonus", json!(1))?;
        }
        Fault::NoEcho => drop(operation.remove("data")?),
        Fault::OtherTag if had => {
            put(operation, "data", json!(format!(r#"{{"attempt":"{OTHER_TAG}"}}"#)))?;
        }
        Fault::OtherOperation if had => {
            put(operation, "id", json!(format!("{OTHER_OPERATION}{:012}", call.order?)))?;
        }
        Fault::OtherInvoice => put(operation, "invoiceID", json!("987654321"))?,
        Fault::OtherSum if approved => {
            put(operation, "amount", json!(1 + call.dice(world, 9)))?;
        }
        Fault::OtherCurrency if had => put(operation, "currency", json!("USD"))?,
        Fault::OtherTerminal if had => {
            let key = if status { "terminalID" } else { "terminal" };
            let other = world
                .terminals
                .iter()
                .find(|it| call.order.is_some_and(|order| *it != world.terminal(order)))?;
            operation.insert(key.to_owned(), json!(other.as_str()));
        }
        Fault::StageSkipped if text(operation, "statusName")? == "AUTH" => {
            put(operation, "statusName", json!("CHARGE"))?;
        }
        Fault::ThenRefused if matches!(text(operation, "statusName")?, "AUTH" | "CHARGE") => {
            put(operation, "statusName", json!("REJECT"))?;
        }
        _ => return None,
    }
    serde_json::to_vec(&value).ok().map(Bytes::from)
}

/// A sum of which one tenge was paid with bonuses, digit for digit.
fn one_less(amount: &Value) -> Option<Value> {
    let text = amount.as_number()?.to_string();
    let (tenge, rest) = text.split_once('.').unwrap_or((&text, "0"));
    let tenge = tenge.parse::<u64>().ok()?.checked_sub(1).filter(|tenge| *tenge > 0)?;
    serde_json::from_str(&format!("{tenge}.{rest}")).ok()
}

/// Found, and not yet decided.
fn stale(body: &Bytes) -> Option<Bytes> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let name = value.get("transaction")?.get("statusName")?.as_str()?;
    matches!(name, "AUTH" | "CHARGE" | "REJECT" | "CANCEL" | "REFUND")
        .then(|| of_code("107", "in progress"))
}

fn of_code(code: &str, message: &str) -> Bytes {
    json!({ "resultCode": code, "resultMessage": message }).to_string().into()
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

/// Changes what is there; what is not there is left so.
fn put(object: &mut Map<String, Value>, name: &str, value: Value) -> Option<()> {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    object.insert(key, value);
    Some(())
}

/// A callback whose proof was lost on the way.
pub(crate) fn without_secret(body: &Bytes) -> Bytes {
    let Ok(Value::Object(mut object)) = serde_json::from_slice(body) else { return body.clone() };
    object.remove("secret_hash");
    serde_json::to_vec(&object).unwrap_or_default().into()
}

/// A callback that the bank never sent.
pub(crate) fn forged(invoice: &str, code: &str) -> String {
    json!({ "invoiceId": invoice, "code": code, "reasonCode": 484, "secret_hash": "made up" })
        .to_string()
}

/// What an answer says, in a few words, for whoever reads the trace.
pub(crate) fn in_words(answer: &Response<Bytes>) -> String {
    let status = answer.status().as_u16();
    let Ok(value) = serde_json::from_slice::<Value>(answer.body()) else {
        return format!("{status}, no JSON");
    };
    let operation = value.get("transaction").unwrap_or(&value);
    let mut words = format!("{status}");
    for name in ["resultCode", "code", "statusName", "status", "amount", "message"] {
        let said = value.get(name).or_else(|| operation.get(name));
        match said {
            Some(Value::String(said)) if !said.is_empty() => {
                words.push_str(&format!(" {name} {said}"));
            }
            Some(Value::Number(said)) => words.push_str(&format!(" {name} {said}")),
            _ => {}
        }
    }
    if operation.get("secure3D").is_some_and(|page| !page.is_null()) {
        words.push_str(" asks for 3-D Secure");
    }
    words
}
