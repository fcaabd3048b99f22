//! The one answer of an attempt, as every command prints it: `epay-domain` gives it, nobody here
//! judges again.

use epay::{Answer, FulfilOn, Payment};
use serde_json::{Value, json};

/// The answer for a shop that ships on a status; what another shop waits for is its own to say.
pub(crate) fn of(payment: &Payment) -> Answer {
    payment.answer(FulfilOn::Status)
}

/// How it stands, whether the payer was charged, who acts next, and by what.
pub(crate) fn fields(answer: Answer) -> [(&'static str, String); 4] {
    let Answer { status, payer_charged, acts_next, next_call, .. } = answer;
    [
        ("status", status.to_string()),
        ("payer charged", payer_charged.to_string()),
        ("acts next", acts_next.to_string()),
        ("next call", next_call.to_string()),
    ]
}

/// The same in a line.
pub(crate) fn line(answer: Answer) -> String {
    let [(_, status), rest @ ..] = fields(answer);
    let rest = rest.map(|(name, value)| format!("; {name}: {value}"));
    status + &rest.concat()
}

/// The same for programs, as fields of `object`.
pub(crate) fn put(object: &mut Value, answer: Answer) {
    put_all(object, fields(answer).map(|(name, value)| (name, Some(value))));
}

/// Named texts as fields of `object`.
pub(crate) fn put_all<const N: usize>(object: &mut Value, fields: [(&str, Option<String>); N]) {
    let field = |(name, value): (&str, _)| (name.to_lowercase().replace(' ', "_"), json!(value));
    if let Some(object) = object.as_object_mut() {
        object.extend(fields.map(field));
    }
}
