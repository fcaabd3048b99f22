//! What may be kept of an answer: sums, numbers and words of a known form under known names. Of all
//! else only its type is kept.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The members of an answer by their path, such as `transaction.amount`, with what may be known of each.
pub(super) type Seen = BTreeMap<String, String>;

/// The members of a JSON object, each as it is written: a sum is never a float.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Reads a body. What is no JSON object has no members.
pub(super) fn body(bytes: &[u8]) -> Seen {
    let mut seen = Seen::new();
    for (name, value) in serde_json::from_slice::<Members<'_>>(bytes).unwrap_or_default() {
        let inner = match name.as_str() {
            "transaction" | "secure3D" => serde_json::from_str::<Members<'_>>(value.get()).ok(),
            _ => None,
        };
        match inner {
            None => keep(&mut seen, "", &name, value),
            Some(inner) => inner
                .into_iter()
                .for_each(|(inside, value)| keep(&mut seen, &format!("{name}."), &inside, value)),
        }
    }
    seen
}

fn keep(seen: &mut Seen, inside: &str, name: &str, value: &RawValue) {
    // A name is the bank's too, and could be anything.
    let is_name = |c: char| c.is_ascii_alphabetic() || c == '_';
    if name.len() > 24 || !name.chars().all(|c| is_name(c) || c == '3') {
        return;
    }
    seen.insert(format!("{inside}{name}"), told(name, value));
}

fn told(name: &str, value: &RawValue) -> String {
    let written = value.get();
    let text = match written.as_bytes().first() {
        Some(b'n' | b't' | b'f') => return written.to_owned(),
        Some(b'{' | b'[') => return "an object".to_owned(),
        Some(b'"') => serde_json::from_str(written).unwrap_or_default(),
        _ => written.to_owned(),
    };
    if text.is_empty() {
        return "empty".to_owned();
    }
    let short = |most: usize| text.len() <= most && !text.is_empty();
    let all = |of: fn(char) -> bool| text.chars().all(of);
    let kept = match name {
        "code" | "resultCode" | "reasonCode" => {
            short(6) && text.trim_start_matches('-').chars().all(|c| c.is_ascii_digit())
        }
        "amount" | "amountBonus" | "amount_bonus" | "orgAmount" | "payoutAmount" => {
            short(10) && all(|c| c.is_ascii_digit() || c == '.')
        }
        "status" | "statusName" => short(16) && all(|c| c.is_ascii_uppercase() || "_3".contains(c)),
        "error" => short(32) && all(|c| c.is_ascii_lowercase() || c == '_'),
        "expires_in" => short(6) && all(|c| c.is_ascii_digit()),
        "currency" => short(3) && all(|c| c.is_ascii_uppercase()),
        "createdDate" | "dateTime" => return zone(&text),
        _ => false,
    };
    match value {
        _ if kept => text,
        number if !number.get().starts_with('"') => "a number".to_owned(),
        _ => format!("text of {} characters", text.chars().count()),
    }
}

/// Of a date its zone alone.
fn zone(date: &str) -> String {
    let end = date.get(date.len().saturating_sub(6)..).unwrap_or_default();
    let is_offset =
        end.starts_with(['+', '-']) && end.chars().skip(1).all(|c| c.is_ascii_digit() || c == ':');
    match date {
        _ if is_offset => format!("a date at {end}"),
        _ if date.ends_with('Z') => "a date at Z".to_owned(),
        _ => "a date without a zone".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_kept() {
        let seen = body(
            br#"{"code":484,"message":"4444333322221111","access_token":"T","status":"AUTH","amount":12.50,
                "4444333322221111":"x","secure3D":{"paReq":"eJz","md":"m","action":"https://a"},"reference":"",
                "transaction":{"statusName":"CHARGE","payoutAmount":null,"createdDate":"2024-03-28T00:30:00+06:00"},
                "error":"card 4444","resultCode":"4444333322221111","reasonCode":"-31","amountBonus":"4444333322221111"}"#,
        );
        let line = |name: &str| seen.get(name).map(String::as_str);
        for (name, told) in [
            ("code", Some("484")),
            ("message", Some("text of 16 characters")),
            ("access_token", Some("text of 1 characters")),
            ("status", Some("AUTH")),
            ("amount", Some("12.50")),
            ("secure3D.paReq", Some("text of 3 characters")),
            ("reference", Some("empty")),
            ("transaction.statusName", Some("CHARGE")),
            ("transaction.payoutAmount", Some("null")),
            ("transaction.createdDate", Some("a date at +06:00")),
            ("error", Some("text of 9 characters")),
            ("resultCode", Some("text of 16 characters")),
            ("reasonCode", Some("-31")),
            ("amountBonus", Some("text of 16 characters")),
            ("4444333322221111", None),
        ] {
            assert_eq!(line(name), told, "{name}");
        }
        assert!(!format!("{seen:?}").contains("4444333322221111"));
        for nothing in ["", "x", "[1]", "\"4444333322221111\""] {
            assert!(body(nothing.as_bytes()).is_empty(), "{nothing}");
        }
    }
}
