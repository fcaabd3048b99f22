//! A JSON object is read by the names we know, in any casing; what stands twice, too deep or too odd is refused.

use std::{borrow::Cow, fmt, str::FromStr};

use epay_domain::{Currency, Money};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{AnswerError, decimal};

/// Deeper than anything the bank sends, and shallow enough for any reader.
const MAX_DEPTH: usize = 32;

/// Some ten times what the bank sends. A member costs ten times the bytes of the shortest one, so without a bound a body
/// takes many times its own size.
const MAX_MEMBERS: usize = 512;

/// As many as a status has, which has the most.
const USUAL_MEMBERS: usize = 32;

/// Longer than any text of the bank's: the longest, a challenge's `paReq`, is a few KiB.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// One name of the bank's with the spellings it was seen in; casing is ignored, so it is not listed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name(pub(crate) &'static str, pub(crate) &'static [&'static str]);

impl Name {
    pub(crate) const fn new(name: &'static str) -> Name {
        Name(name, &[])
    }

    fn is(self, key: &str) -> bool {
        self.0.eq_ignore_ascii_case(key)
            || self.1.iter().any(|other| other.eq_ignore_ascii_case(key))
    }
}

/// The members of one JSON object. Values stay raw text until somebody asks for them: an amount is never a float.
pub(crate) struct Fields<'a>(Vec<(Text<'a>, &'a RawValue)>);

/// A JSON string as it stands in the body, or a copy where it holds escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Fields<'a> {
    /// Reads one object in UTF-8. A byte order mark before it is ignored, as RFC 8259 §8.1 allows.
    pub(crate) fn read(body: &'a [u8]) -> Result<Fields<'a>, AnswerError> {
        let text = std::str::from_utf8(body).map_err(|_| AnswerError::NotJson)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Raw values are skipped without recursion, so serde_json's own limit does not apply to them.
        if opened(text) > MAX_DEPTH && depth(text) > MAX_DEPTH {
            return Err(AnswerError::TooDeep);
        }
        serde_json::from_str(text).map_err(|_| AnswerError::NotJson)
    }

    /// The text of a string or a number; `None` for what is absent, `null` or an empty string.
    pub(crate) fn text(&self, name: Name) -> Result<Option<Cow<'a, str>>, AnswerError> {
        let Some(raw) = self.raw(name)? else { return Ok(None) };
        let text = match raw.as_bytes() {
            _ if raw.len() > MAX_TEXT_BYTES => return Err(AnswerError::Unreadable(name.0)),
            [b'"', text @ .., b'"'] if !text.contains(&b'\\') => {
                // Without an escape what stands between the quotes is the text.
                Cow::Borrowed(raw.trim_matches('"'))
            }
            [b'"', ..] => match serde_json::from_str(raw) {
                Ok(Text(text)) => text,
                Err(_) => return Err(AnswerError::Unreadable(name.0)),
            },
            [b'-' | b'0'..=b'9', ..] => Cow::Borrowed(raw),
            _ => return Err(AnswerError::Unreadable(name.0)),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A text that must be there.
    pub(crate) fn required(&self, name: Name) -> Result<Cow<'a, str>, AnswerError> {
        self.text(name)?.ok_or(AnswerError::Missing(name.0))
    }

    /// A whole number, bare or as a string.
    pub(crate) fn number<N: FromStr>(&self, name: Name) -> Result<Option<N>, AnswerError> {
        let parse = |text: Cow<'_, str>| text.parse().map_err(|_| AnswerError::Unreadable(name.0));
        self.text(name)?.map(parse).transpose()
    }

    /// An amount in major units, bare or as a string.
    pub(crate) fn amount(
        &self,
        name: Name,
        currency: Currency,
    ) -> Result<Option<Money>, AnswerError> {
        let read = |text: Cow<'_, str>| {
            decimal::read(&text, currency).ok_or(AnswerError::Unreadable(name.0))
        };
        self.text(name)?.map(read).transpose()
    }

    /// An object inside this one.
    pub(crate) fn object(&self, name: Name) -> Result<Option<Fields<'a>>, AnswerError> {
        let read = |raw| serde_json::from_str(raw).map_err(|_| AnswerError::Unreadable(name.0));
        self.raw(name)?.map(read).transpose()
    }

    /// The one value of this name. Repeating it is harmless, contradicting it is not: which one did the bank mean?
    fn raw(&self, name: Name) -> Result<Option<&'a str>, AnswerError> {
        let mut values =
            self.0.iter().filter(|(Text(key), _)| name.is(key)).map(|(_, value)| value.get());
        let first = values.next();
        if values.any(|other| Some(other) != first) {
            return Err(AnswerError::Twice(name.0));
        }
        Ok(first.filter(|raw| *raw != "null"))
    }
}

/// How many brackets are opened, those in strings included: never less than how deep they go.
fn opened(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count()
}

/// How deep the brackets outside of strings go. Whether they match is the parser's question.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields<'a>, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(Text<'de>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(USUAL_MEMBERS);
                while let Some(member) = map.next_entry()? {
                    if members.len() == MAX_MEMBERS {
                        return Err(A::Error::custom("too many members"));
                    }
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Members).map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: Name = Name("a", &["alias"]);

    #[track_caller]
    fn check(body: &str, expected: Result<Option<&str>, AnswerError>) {
        let read = Fields::read(body.as_bytes()).and_then(|fields| fields.text(A));
        assert_eq!(
            read.as_ref().map(Option::as_deref),
            expected.as_ref().map(|text| *text),
            "{body}"
        );
    }

    #[test]
    fn a_text_is_found_by_any_spelling_and_told_once() {
        for body in [
            r#"{"a":"x"}"#,
            r#"{"A":"x"}"#,
            r#"{"ALIAS":"x"}"#,
            "\u{feff}{\"a\":\"x\"}",
            " \r\n{ \"a\" : \"x\" , \"b\" : [ { } ] }\t",
            r#"{"\u0061":"\u0078"}"#,
            r#"{"a":"x","A":"x","alias":"x"}"#,
            r#"{"b":1,"b":2,"a":"x"}"#,
        ] {
            check(body, Ok(Some("x")));
        }
        check(r#"{"a":12.220}"#, Ok(Some("12.220")));
        check(r#"{"a":-1}"#, Ok(Some("-1")));
        for body in ["{}", r#"{"a":null}"#, r#"{"a":""}"#, r#"{"b":"x"}"#, r#"{"ab":"x"}"#] {
            check(body, Ok(None));
        }
        for body in [r#"{"a":"x","A":"y"}"#, r#"{"a":"x","alias":null}"#, r#"{"a":"1","a":1}"#] {
            check(body, Err(AnswerError::Twice("a")));
        }
        for body in [r#"{"a":true}"#, r#"{"a":{}}"#, r#"{"a":[1]}"#, r#"{"a":"\ud800"}"#] {
            check(body, Err(AnswerError::Unreadable("a")));
        }
        for body in [
            "",
            "null",
            "[]",
            "\"a\"",
            "{",
            r#"{"a":"x",}"#,
            r#"{"a":"x"}{}"#,
            "<html>",
            r#"{"a":01}"#,
        ] {
            check(body, Err(AnswerError::NotJson));
        }
        assert_eq!(Fields::read(b"{\"a\":\"\xff\"}").err(), Some(AnswerError::NotJson));
    }

    #[test]
    fn members_and_texts_have_bounds() {
        let members = |count: usize| format!("{{{}\"a\":\"x\"}}", "\"\":0,".repeat(count - 1));
        check(&members(512), Ok(Some("x")));
        check(&members(513), Err(AnswerError::NotJson));
        let text = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 2));
        check(&text(65_536), Ok(Some(&"x".repeat(65_534))));
        check(&text(65_537), Err(AnswerError::Unreadable("a")));
    }

    #[test]
    fn numbers_amounts_and_objects_come_from_the_raw_text() {
        let read = |body: &'static str| Fields::read(body.as_bytes()).unwrap();
        assert_eq!(read(r#"{"a":487}"#).number(A), Ok(Some(487_u32)));
        assert_eq!(read(r#"{"a":"487"}"#).number(A), Ok(Some(487_u32)));
        assert_eq!(read(r#"{"a":"-31"}"#).number(A), Ok(Some(-31_i64)));
        for bad in [r#"{"a":-1}"#, r#"{"a":1.0}"#, r#"{"a":4294967296}"#, r#"{"a":"x"}"#] {
            assert_eq!(read(bad).number::<u32>(A), Err(AnswerError::Unreadable("a")), "{bad}");
        }
        for body in [r#"{"a":12.22}"#, r#"{"a":"12.22"}"#, r#"{"a":1222e-2}"#] {
            assert_eq!(read(body).amount(A, Currency::KZT), Ok(Some(Money::tiyn(12_22))), "{body}");
        }
        for bad in [r#"{"a":1e400}"#, r#"{"a":"NaN"}"#, r#"{"a":12.225}"#, r#"{"a":-5}"#] {
            assert_eq!(
                read(bad).amount(A, Currency::KZT),
                Err(AnswerError::Unreadable("a")),
                "{bad}"
            );
        }
        let inner = |body| {
            read(body)
                .object(A)
                .map(|object| object.map(|object| object.number::<u32>(Name::new("b"))))
        };
        assert_eq!(inner(r#"{"a":{"b":1}}"#), Ok(Some(Ok(Some(1)))));
        assert_eq!(inner(r#"{"a":null}"#), Ok(None));
        assert_eq!(inner(r#"{"a":"b"}"#), Err(AnswerError::Unreadable("a")));
        assert_eq!(read("{}").required(A), Err(AnswerError::Missing("a")));
    }

    #[test]
    fn depth_is_bounded_before_anything_is_parsed() {
        let nested =
            |depth: usize| format!("{{\"b\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert_eq!(Fields::read(nested(32).as_bytes()).err(), None);
        assert_eq!(Fields::read(nested(33).as_bytes()).err(), Some(AnswerError::TooDeep));
        assert_eq!(Fields::read("[".repeat(100_000).as_bytes()).err(), Some(AnswerError::TooDeep));
        let in_a_string = format!(r#"{{"a":"{}\"{}\\"}}"#, "[".repeat(40), "{".repeat(40));
        assert_eq!(Fields::read(in_a_string.as_bytes()).err(), None);
        // Neither closing brackets in a string nor backslashes outside of one make it look shallower than it is.
        let hidden =
            format!("{{\"a\":\"{}\",\"b\":{}{}}}", "]".repeat(40), "[".repeat(32), "]".repeat(32));
        assert_eq!(Fields::read(hidden.as_bytes()).err(), Some(AnswerError::TooDeep));
        assert_eq!(Fields::read("\\[".repeat(33).as_bytes()).err(), Some(AnswerError::TooDeep));
        let side_by_side = format!("{{\"b\":[{}[]]}}", "[],".repeat(100));
        assert_eq!(Fields::read(side_by_side.as_bytes()).err(), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>(), json in r#"[{}\[\]",:a0-9\\ -]{0,60}"#) {
            for body in [&bytes[..], json.as_bytes()] {
                let read = Fields::read(body);
                let _ = read.map(|fields| (fields.number::<i64>(A), fields.amount(A, Currency::KZT), fields.object(A).is_ok()));
            }
        }
    }
}
