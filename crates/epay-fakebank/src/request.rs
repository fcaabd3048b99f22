//! Requests are read the way the real server seems to: keys in any casing, numbers as numbers or text, forms in both encodings.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, header};
use serde::Deserialize as _;
use serde_json::value::RawValue;

use crate::amount::Amount;

/// A JSON object with lower-case keys and unread values: amounts are taken from their text.
pub(crate) struct Fields(HashMap<String, Box<RawValue>>);

impl Fields {
    /// `None` when the body is not one JSON object. A key that comes twice counts in its last form.
    pub(crate) fn of(body: &[u8]) -> Option<Self> {
        let object: HashMap<String, Box<RawValue>> = serde_json::from_slice(body).ok()?;
        Some(Self(object.into_iter().map(|(key, value)| (latin(&key), value)).collect()))
    }

    /// The text of a string field; an absent or null one is `None`, and so is anything else.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.raw(key)
            .and_then(|raw| String::deserialize(&mut serde_json::Deserializer::from_str(raw)).ok())
    }

    /// A decimal, as number or string.
    pub(crate) fn amount(&self, key: &str) -> Option<Amount> {
        let raw = self.raw(key)?;
        self.text(key).map_or_else(|| Amount::parse(raw), |text| Amount::parse(&text))
    }

    /// Whether the field holds an object.
    pub(crate) fn is_object(&self, key: &str) -> bool {
        self.raw(key).is_some_and(|raw| raw.starts_with('{'))
    }

    /// Whether the field is there and not null.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    /// Whether the field, where it is there, is a boolean.
    pub(crate) fn is_bool_or_absent(&self, key: &str) -> bool {
        self.raw(key).is_none_or(|raw| matches!(raw, "true" | "false"))
    }

    /// Whether the field is there and `true`.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.raw(key) == Some("true")
    }

    /// The fields of an object in this one.
    pub(crate) fn object(&self, key: &str) -> Option<Self> {
        self.raw(key).and_then(|raw| Self::of(raw.as_bytes()))
    }

    /// Texts and numbers as they are written.
    fn into_texts(self) -> Vec<(String, String)> {
        let written = |key: &String| self.text(key).or_else(|| self.raw(key).map(str::to_owned));
        let texts = self.0.keys().filter_map(|key| Some((key.clone(), written(key)?)));
        texts.collect()
    }

    fn raw(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }
}

/// Lower case, with the Cyrillic `с` of the bank's own `сryptogram` made Latin.
fn latin(key: &str) -> String {
    key.to_lowercase().replace('с', "c")
}

/// A form's fields by lower-case name; empty ones count as absent.
pub(crate) struct Form(HashMap<String, String>);

impl Form {
    /// Reads `multipart/form-data` or a JSON object where the header says so, else `application/x-www-form-urlencoded`:
    /// the bank's iOS SDK sends the latter without a header. That a JSON object will do is assumed.
    pub(crate) fn of(headers: &HeaderMap, body: &Bytes) -> Option<Self> {
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        let pairs = match kind.trim().to_ascii_lowercase().as_str() {
            "multipart/form-data" => {
                multipart(boundary(parameters)?, std::str::from_utf8(body).ok()?)
            }
            "application/json" => Fields::of(body)?.into_texts(),
            _ => urlencoded(body),
        };
        Some(Self(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()))
    }

    /// The fields of a JSON object, those of an object in it as `object[field]`, as a page hands an order
    /// to the pay form; `None` when it is not one.
    pub(crate) fn of_params(json: &str) -> Option<Self> {
        let fields = Fields::of(json.as_bytes())?;
        let keys: Vec<String> = fields.0.keys().cloned().collect();
        let inner = keys.iter().filter_map(|key| Some((key, fields.object(key)?)));
        let inner = inner.flat_map(|(key, object)| {
            let texts = object.into_texts().into_iter();
            texts.map(move |(name, value)| (format!("{key}[{name}]"), value))
        });
        let inner: Vec<_> = inner.collect();
        let all = fields.into_texts().into_iter().chain(inner);
        Some(Self(all.filter(|(_, value)| !value.is_empty()).collect()))
    }

    /// The fields of a query string.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        Self::of_text(query.unwrap_or_default())
    }

    /// The fields of an urlencoded text.
    pub(crate) fn of_text(text: &str) -> Self {
        let pairs = urlencoded(text.as_bytes()).into_iter();
        Self(pairs.filter(|(_, value)| !value.is_empty()).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn urlencoded(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text)
        .map(|(name, value)| (name.to_lowercase(), value.into_owned()))
        .collect()
}

fn boundary(parameters: &str) -> Option<&str> {
    let (_, value) = parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    Some(value.trim().trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// RFC 7578 for text fields, which is all a token request has.
fn multipart(boundary: &str, body: &str) -> Vec<(String, String)> {
    let delimiter = format!("--{boundary}");
    body.split(&delimiter)
        .skip(1)
        .take_while(|part| !part.starts_with("--"))
        .filter_map(|part| {
            let (head, value) = part.split_once("\r\n\r\n")?;
            let (_, name) = head.split_once("name=\"")?;
            let (name, _) = name.split_once('"')?;
            Some((name.to_lowercase(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
        })
        .collect()
}

/// The token of an `Authorization: Bearer` header, in any casing of the scheme.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_any_casing_and_the_cyrillic_one_too() {
        let fields = Fields::of(
            "{\"InvoiceID\":\"1\",\"сryptogram\":\"x\",\"AMOUNT\":12.22,\"cardSave\":true,\"n\":null}".as_bytes(),
        )
        .unwrap();
        assert_eq!(fields.text("invoiceid").as_deref(), Some("1"));
        assert_eq!(fields.text("cryptogram").as_deref(), Some("x"));
        assert_eq!(fields.amount("amount"), Some(Amount::from_minor(1222)));
        assert!(fields.is_bool_or_absent("cardsave") && fields.is_bool_or_absent("n"));
        assert!(!fields.is_bool_or_absent("amount"));
        assert!(fields.has("amount") && !fields.has("n"));
        assert_eq!(fields.text("amount"), None);
    }

    #[test]
    fn amounts_are_numbers_or_text_and_objects_are_objects() {
        let fields = Fields::of(br#"{"a":"10.5","b":10.0,"c":true,"d":{"x":1},"e":"{}"}"#).unwrap();
        assert_eq!(fields.amount("a"), Some(Amount::from_minor(1050)));
        assert_eq!(fields.amount("b"), Some(Amount::from_minor(1000)));
        assert_eq!(fields.amount("c"), None);
        assert!(fields.is_object("d") && !fields.is_object("e"));
        assert!(Fields::of(b"[]").is_none() && Fields::of(b"{\"a\":1,}").is_none());
    }

    #[test]
    fn both_form_encodings_give_the_same_fields() {
        let mut headers = HeaderMap::new();
        let plain =
            Form::of(&headers, &Bytes::from_static(b"Client_ID=Test&scope=a+b&x=&y=%2B")).unwrap();
        headers
            .insert(header::CONTENT_TYPE, "multipart/form-data; boundary=\"XX\"".parse().unwrap());
        let body = "--XX\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nTest\r\n--XX\r\n\
                    Content-Disposition: form-data; name=\"scope\"\r\n\r\na b\r\n--XX\r\n\
                    Content-Disposition: form-data; name=\"y\"\r\n\r\n+\r\n--XX--\r\n";
        let parts = Form::of(&headers, &Bytes::from(body)).unwrap();
        for form in [plain, parts] {
            assert_eq!(form.get("client_id"), Some("Test"));
            assert_eq!(form.get("scope"), Some("a b"));
            assert_eq!(form.get("y"), Some("+"));
            assert_eq!(form.get("x"), None);
        }
        headers.insert(header::CONTENT_TYPE, "multipart/form-data".parse().unwrap());
        assert!(Form::of(&headers, &Bytes::new()).is_none());
    }

    #[test]
    fn the_bearer_scheme_has_no_casing() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("Basic abc", None),
            ("Bearer ", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(bearer(&headers), token, "{value}");
        }
    }
}
