//! JSON objects read strictly: no key twice at any depth, nothing too deep, values kept as their raw text.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};
use zeroize::Zeroizing;

type Result<T> = std::result::Result<T, &'static str>;

/// Apple's payload is three deep. Each level is scanned once more for the level above, so the depth bounds the work.
const MAX_DEPTH: usize = 8;
/// Apple's objects have a dozen members.
const MAX_MEMBERS: usize = 128;

/// The members of one JSON object, in order, every value as the text it was.
pub(crate) struct Object<'a>(Vec<(Key<'a>, &'a RawValue)>);

struct Key<'a>(Cow<'a, str>);

impl<'a> Object<'a> {
    /// Reads one whole document that is an object. What serde says about it is dropped, because it could repeat it.
    pub(crate) fn parse(text: &'a str) -> Result<Object<'a>> {
        let object = Object::shallow(text)?;
        object.refuse_repeated(MAX_DEPTH)?;
        Ok(object)
    }

    fn shallow(text: &'a str) -> Result<Object<'a>> {
        serde_json::from_str(text).map_err(|error| match error.is_data() {
            true => "it is not a json object, or names a key twice, or has too many",
            false => "it is not well-formed json",
        })
    }

    fn refuse_repeated(&self, depth: usize) -> Result<()> {
        self.0.iter().try_for_each(|(_, value)| value_without_repeats(value.get(), depth))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(name, _)| name.0 == key).map(|(_, value)| value.get())
    }

    /// The members whose keys are not among `known`.
    pub(crate) fn others(&self, known: &[&str]) -> impl Iterator<Item = (&str, &'a str)> {
        let others = self.0.iter().filter(|(name, _)| !known.contains(&name.0.as_ref()));
        others.map(|(name, value)| (name.0.as_ref(), value.get()))
    }
}

fn value_without_repeats(text: &str, depth: usize) -> Result<()> {
    let Some(deeper) = depth.checked_sub(1) else { return Err("it is nested too deep") };
    match text.as_bytes().first() {
        Some(b'{') => Object::shallow(text)?.refuse_repeated(deeper),
        Some(b'[') => array(text)?.iter().try_for_each(|item| value_without_repeats(item, deeper)),
        _ => Ok(()),
    }
}

/// The elements of a JSON array, as raw texts.
pub(crate) fn array(text: &str) -> Result<Vec<&str>> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| "it is not a json array")?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

/// The characters of a JSON string, in a buffer that is wiped: serde would leave those of an escaped string behind.
pub(crate) fn string(raw: &str) -> Result<Zeroizing<String>> {
    let inside = raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or("it is not a json string")?;
    // As long as the raw text, so that it never grows and leaves a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(inside.len()));
    let mut rest = inside;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = escaped.chars();
        text.push(unescape(&mut chars)?);
        rest = chars.as_str();
    }
    text.push_str(rest);
    Ok(text)
}

fn unescape(chars: &mut std::str::Chars<'_>) -> Result<char> {
    match chars.next() {
        Some(plain @ ('"' | '\\' | '/')) => Ok(plain),
        Some('b') => Ok('\u{8}'),
        Some('f') => Ok('\u{c}'),
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some('u') => match code_unit(chars)? {
            high @ 0xd800..0xdc00 => {
                let low = if chars.next() == Some('\\') && chars.next() == Some('u') {
                    code_unit(chars)?
                } else {
                    0
                };
                let pair = char::decode_utf16([high, low]).next();
                pair.and_then(std::result::Result::ok).ok_or("a json string holds half a character")
            }
            unit => char::from_u32(unit.into()).ok_or("a json string holds half a character"),
        },
        _ => Err("a json string holds an unknown escape"),
    }
}

fn code_unit(chars: &mut std::str::Chars<'_>) -> Result<u16> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = chars
            .next()
            .and_then(|char| char.to_digit(16))
            .ok_or("a json string holds an unknown escape")?;
        unit = unit << 4 | digit;
    }
    u16::try_from(unit).map_err(|_| "a json string holds an unknown escape")
}

/// A JSON number that is a whole number from 0 up, from its digits alone: no fraction, no exponent, no sign.
pub(crate) fn whole_number(raw: &str) -> Result<u64> {
    let whole = raw.bytes().all(|byte| byte.is_ascii_digit());
    whole.then(|| raw.parse().ok()).flatten().ok_or("it is not a whole number")
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Object<'de>, A::Error> {
                let mut members: Vec<(Key<'de>, &'de RawValue)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    if members.len() == MAX_MEMBERS
                        || members.iter().any(|(known, _)| known.0 == key.0)
                    {
                        return Err(A::Error::custom("refused"));
                    }
                    members.push((key, value));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(
                self,
                text: &'de str,
            ) -> std::result::Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> std::result::Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_at_every_depth_and_after_unescaping() {
        let deep =
            |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
        let many = |members: usize| {
            let members: Vec<_> = (0..members).map(|n| format!("\"k{n}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        for (text, fits) in [
            (r#"{"a":1,"b":{"a":2}}"#, true),
            (r#" {"a" : 1 } "#, true),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"a":1,"\u0061":1}"#, false),
            (r#"{"b":{"a":1,"a":2}}"#, false),
            (r#"{"b":[[{"a":1,"a":2}]]}"#, false),
            (r#"{"a":1} x"#, false),
            (r#"{"a":1,}"#, false),
            (r#"{"a":NaN}"#, false),
            ("[]", false),
            ("\u{feff}{}", false),
            ("", false),
            (&deep(7), true),
            (&deep(8), false),
            (&deep(30_000), false),
            (&many(128), true),
            (&many(129), false),
        ] {
            assert_eq!(Object::parse(text).is_ok(), fits, "{:.40}", text);
        }
    }

    #[test]
    fn strings_read_as_serde_reads_them() {
        for raw in [
            r#""""#,
            r#""a\/b\"\\\b\f\n\r\t""#,
            r#""\u0410\ud83d\ude00""#,
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\ud83dxx""#,
            r#""\x""#,
            r#""\u00g0""#,
            "5",
            "null",
        ] {
            let theirs: Option<String> = serde_json::from_str(raw).ok();
            let ours = string(raw).ok();
            assert_eq!(ours.as_deref(), theirs.as_ref(), "{raw}");
        }
    }

    #[test]
    fn amounts_are_digits() {
        for (raw, number) in [
            ("0", Some(0)),
            ("150000", Some(150_000)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1.0", None),
            ("1e5", None),
            ("-1", None),
            ("\"1\"", None),
            ("", None),
        ] {
            assert_eq!(whole_number(raw).ok(), number, "{raw}");
        }
    }
}
