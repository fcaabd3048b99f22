//! The admin API for programs and for people: one committed OpenAPI document, and a page that is made from it.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::html::{self, escape};
use crate::reply;

/// `GET /__epay/openapi.json`.
const DOCUMENT: &str = include_str!("openapi.json");

pub(super) fn document() -> Response<Bytes> {
    reply::with_body(StatusCode::OK, "application/json", DOCUMENT)
}

/// `GET /__epay/reference`: what each call takes and tells, without a resource from elsewhere.
pub(super) fn page(base: &str, header: &str) -> Response<Bytes> {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap_or_default();
    let text = |value: &Value, key: &str| escape(at(value, key).as_str().unwrap_or_default());
    let mut body = format!(
        "<h1>{}</h1>\n<p>{} <a href=\"{base}/openapi.json\">OpenAPI</a> · <a href=\"/\">Console</a>\n\
         <p>Changes want the header <code>x-epay-admin: {header}</code>.\n",
        text(&document, "/info/title"),
        text(&document, "/info/description"),
    );
    for (path, methods) in members(at(&document, "/paths")) {
        for (method, call) in members(methods) {
            // Writing to a String cannot fail.
            let _ = writeln!(
                body,
                "<h2><code>{} {base}{}</code></h2>\n<p>{}",
                method.to_uppercase(),
                escape(path),
                text(call, "/summary"),
            );
            let taken = at(call, "/requestBody/content/application~1json");
            if !taken.is_null() {
                let example = escape(&at(taken, "/example").to_string());
                let schema = escape(&shape(at(taken, "/schema")));
                let _ = writeln!(body, "<p>Takes {schema}, such as\n<pre>{example}</pre>");
            }
            for (status, answer) in members(at(call, "/responses")) {
                let told = reference(answer)
                    .map_or(answer, |name| at(&document, &format!("/components/responses/{name}")));
                let schema = at(told, "/content/application~1json/schema");
                let schema = if schema.is_null() { String::new() } else { shape(schema) };
                let (what, schema) = (text(told, "/description"), escape(&schema));
                let _ = writeln!(body, "<p>{}: {what} <code>{schema}</code>", escape(status));
            }
        }
    }
    body.push_str("<h2>Shapes</h2>\n");
    for (name, schema) in members(at(&document, "/components/schemas")) {
        let (name, schema) = (escape(name), escape(&shape(schema)));
        let _ = writeln!(body, "<p id=\"{name}\"><b>{name}</b>\n<pre>{schema}</pre>");
    }
    html::page(StatusCode::OK, "Admin API of the epay fake bank", &body)
}

fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or(&Value::Null)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn reference(value: &Value) -> Option<&str> {
    at(value, "/$ref").as_str()?.rsplit('/').next()
}

/// A schema as one writes it down for a colleague.
fn shape(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return name.to_owned();
    }
    let joined = |all: &[Value], by: &str, one: &dyn Fn(&Value) -> String| {
        all.iter().map(one).collect::<Vec<_>>().join(by)
    };
    let kind = at(schema, "/type");
    let shaped = if let Some(all) = at(schema, "/oneOf").as_array() {
        joined(all, "\nor ", &shape)
    } else if let Some(all) = at(schema, "/enum").as_array() {
        joined(all, " | ", &Value::to_string)
    } else if kind == "array" {
        format!("list of {}", shape(at(schema, "/items")))
    } else if at(schema, "/properties").is_object() {
        let all = members(at(schema, "/properties"));
        let all: Vec<_> = all.map(|(name, of)| format!("{name}: {}", shape(of))).collect();
        format!("{{{}}}", all.join(", "))
    } else if let Some(all) = kind.as_array() {
        joined(all, " or ", &|one| one.as_str().unwrap_or_default().to_owned())
    } else {
        kind.as_str().unwrap_or_default().to_owned()
    };
    match (shaped.as_str(), at(schema, "/description").as_str()) {
        ("", Some(said)) => said.to_owned(),
        (_, Some(said)) => format!("{shaped} ({said})"),
        _ => shaped,
    }
}
