//! The one answer about an attempt, as every command prints it: computed by `epay-domain`, not
//! judged again here.

use epay::{Answer, FulfilOn, NextCall, Payment};
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
        ("next call", command(next_call)),
    ]
}

/// What comes next, by its command where that has another name than the call.
fn command(next: NextCall) -> String {
    match next {
        NextCall::ChooseTransaction => "a person compares with the bank, then choose".to_owned(),
        NextCall::PayAgain => "nothing; pay-again, to allow a new payment of the order".to_owned(),
        call => call.to_string(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_next_is_named_as_a_person_types_it() {
        for next in [
            NextCall::Pay,
            NextCall::ShowForm,
            NextCall::HandOver,
            NextCall::CheckStatus,
            NextCall::CaptureOrVoid,
            NextCall::Ship,
            NextCall::ChooseTransaction,
            NextCall::Acknowledge,
            NextCall::PayAgain,
        ] {
            let text = command(next);
            // A status is checked by `reconcile`, which the text says.
            assert!(!text.replace("check_status, or", "").contains('_'), "{text}");
        }
        assert!(command(NextCall::ChooseTransaction).ends_with("then choose"));
    }
}
