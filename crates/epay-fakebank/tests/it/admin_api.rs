//! The committed OpenAPI document is the admin API: its calls, its words, its examples and its answers.

use std::collections::BTreeSet;

use epay_fakebank::{cards, server::Running};
use serde_json::{Value, json};

use crate::server::{admin, body_of, pay, raw, start};

async fn document(bank: &Running) -> Value {
    admin(bank, "GET", "openapi.json", "").await.1
}

/// The words that the server itself names when it is given another.
async fn words(bank: &Running, call: &str, body: Value) -> BTreeSet<String> {
    let (status, told) = admin(bank, "POST", call, &body.to_string()).await;
    assert_eq!(status, "400", "{told}");
    let said = told["problem"].as_str().unwrap();
    let (_, expected) = said.split_once("expected ").unwrap();
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The words of a schema: an enumeration, and the one name of each object beside it.
fn in_schema(schema: &Value) -> BTreeSet<String> {
    let one = |schema: &Value| -> Vec<String> {
        let names = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name);
        let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.cloned().chain(words.map(str::to_owned)).collect()
    };
    let all = schema["oneOf"].as_array().cloned().unwrap_or(vec![schema.clone()]);
    all.iter().flat_map(one).collect()
}

#[tokio::test]
async fn the_document_has_every_call_and_no_other() {
    let bank = start().await;
    let document = document(&bank).await;
    let documented: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let (_, listed) = admin(&bank, "GET", "", "").await;
    let mut listed: BTreeSet<(String, String)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|call| (call[0].as_str().unwrap().to_owned(), call[1].as_str().unwrap().to_owned()))
        .collect();
    listed.insert(("GET".to_owned(), "/".to_owned()));
    assert_eq!(documented, listed);
}

#[tokio::test]
async fn the_document_has_the_words_that_the_server_takes() {
    let bank = start().await;
    let document = document(&bank).await;
    let schemas = &document["components"]["schemas"];
    let kind = json!("callback_lost");
    let on = words(&bank, "faults", json!({ "on": "?", "kind": kind })).await;
    assert_eq!(on, in_schema(&schemas["Endpoint"]));
    let kinds = words(&bank, "faults", json!({ "on": "token", "kind": "?" })).await;
    assert_eq!(kinds, in_schema(&schemas["FaultKind"]));
    let how = words(&bank, "tamper", json!({ "invoice": "1", "how": "?" })).await;
    assert_eq!(how, in_schema(&schemas["Misbooking"]));
    let turn = words(&bank, "clock", json!("?")).await;
    assert_eq!(turn, in_schema(&schemas["Turn"]));
    let (_, standing) = admin(&bank, "GET", "settings", "").await;
    let switches = &schemas["Switches"]["properties"];
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(switches), names(&standing));
    for (name, schema) in switches.as_object().unwrap() {
        if schema["enum"].is_array() {
            let taken = words(&bank, "settings", json!({ name.as_str(): "?" })).await;
            assert_eq!(taken, in_schema(schema), "{name}");
        }
    }
}

#[tokio::test]
async fn each_call_answers_as_the_document_says() {
    let bank = start().await;
    pay(&bank, "1000001", cards::THREE_DS, json!({})).await;
    let document = document(&bank).await;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let body = call["requestBody"]["content"]["application/json"]["example"].clone();
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let url = format!("/__epay{path}");
            let headers = [("x-epay-admin", "1")];
            let answer = raw(bank.address(), &method.to_uppercase(), &url, &headers, &body).await;
            let status = answer.split(' ').nth(1).unwrap();
            assert!(!call["responses"][status].is_null(), "{method} {path}: {answer}");
            assert_ne!(status, "400", "{method} {path}: its own example: {answer}");
        }
    }
}

#[tokio::test]
async fn the_reference_names_each_call_and_loads_nothing_from_elsewhere() {
    let bank = start().await;
    let page = raw(bank.address(), "GET", "/__epay/reference", &[], "").await;
    let document = document(&bank).await;
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("/__epay{path}</code></h2>")), "{path}");
    }
    let page = body_of(&page);
    for outside in ["src=", "@import", "url(", "<link", "http://", "https://"] {
        assert!(!page.contains(outside), "{outside}");
    }
}
