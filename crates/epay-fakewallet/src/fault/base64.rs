//! Faults of base64 and hex: one byte string has one text, and any other text of it must be refused.

use super::row::faults;
use crate::json::{Object, quoted};

faults! { BOTH on Both:
    ok {
        "the transaction id is in upper case":
            Json |j| j.object("header").change("transactionId", |hex| hex.to_uppercase());
        "the applicationData is in upper case": Order |o| o.application_data = Some(b"cart 17".to_vec()),
            Json |j| j.object("header").change("applicationData", |hex| hex.to_uppercase());
        "the token carries applicationData": Order |o| o.application_data = Some(b"cart 17".to_vec());
        "the token carries applicationData of nothing": Order |o| o.application_data = Some(Vec::new());
    }
    token {
        "the data is in the alphabet of URLs": Json |j| j.change("data", url);
        "the signature is in the alphabet of URLs": Json |j| j.change("signature", url);
        "the key is in the alphabet of URLs": Json |j| key(j, url);
        "the key hash is in the alphabet of URLs":
            Json |j| j.object("header").text("publicKeyHash", &("-_".repeat(21) + "8="));
        "the data has a newline": Json |j| j.change("data", |text| insert(&text, 64, "\n"));
        "the signature has a newline": Json |j| j.change("signature", |text| insert(&text, 64, "\n"));
        "a newline follows the signature": Json |j| j.change("signature", |text| text + "\n");
        "the key has a newline": Json |j| key(j, |text| insert(&text, 64, "\n"));
        "a space follows the key hash": Json |j| hash(j, |text| text + " ");
        "a space precedes the data": Json |j| j.change("data", |text| format!(" {text}"));
        "the data lacks its padding": Order |o| o.pad_data(1), Json |j| j.change("data", unpadded);
        "the key lacks its padding": Json |j| key(j, unpadded);
        "the key hash lacks its padding": Json |j| hash(j, unpadded);
        "the key lacks half of its padding": Json |j| key(j, |text| text[..text.len() - 1].to_owned());
        "the key hash has too much padding": Json |j| hash(j, |text| text + "=");
        "the data has padding and needs none": Order |o| o.pad_data(0),
            Json |j| j.change("data", |text| text + "====");
        "the data's last character has bits that nobody reads": Order |o| o.pad_data(1),
            Json |j| j.change("data", spare);
        "the data's last character has two bits that nobody reads": Order |o| o.pad_data(2),
            Json |j| j.change("data", spare);
        "the key's last character has bits that nobody reads": Json |j| key(j, spare);
        "the key hash's last character has bits that nobody reads": Json |j| hash(j, spare);
        "the data has padding in the middle": Json |j| j.change("data", |text| insert(&text, 64, "===="));
        "the data has a letter beyond ASCII": Json |j| j.change("data", |text| insert(&text, 64, "Ж"));
        "the data has one character too many": Order |o| o.pad_data(0),
            Json |j| j.change("data", |text| text + "A");
        "a zero byte follows the data":
            Json |j| j.set("data", format!("{}\\u0000\"", quoted(&j.read("data")).trim_end_matches('"')));
        "the key hash has 31 bytes": Json |j| j.object("header").text("publicKeyHash", &("A".repeat(40) + "AA=="));
        "the key hash has 33 bytes": Json |j| j.object("header").text("publicKeyHash", &"A".repeat(44));
        "the key hash is empty": Json |j| j.object("header").text("publicKeyHash", "");
        "the key hash is in hex": Json |j| j.object("header").hex("publicKeyHash", &[0xAB; 32]);
        "the transaction id has 63 digits": Json |j| id(j, |hex| hex[1..].to_owned());
        "the transaction id has 31 bytes": Json |j| id(j, |hex| hex[2..].to_owned());
        "the transaction id has 33 bytes": Json |j| id(j, |hex| hex + "00");
        "the transaction id is empty": Json |j| id(j, |_| String::new());
        "the transaction id has a letter beyond F": Json |j| id(j, |hex| format!("g{}", &hex[1..]));
        "the transaction id begins with 0x": Json |j| id(j, |hex| format!("0x{}", &hex[2..]));
        "the transaction id ends in a space": Json |j| id(j, |hex| format!("{} ", &hex[..63]));
        "the transaction id has a plus": Json |j| id(j, |hex| format!("+{}", &hex[1..]));
        "the transaction id is in base64": Json |j| id(j, |_| "A".repeat(43) + "=");
        "the applicationData has 63 digits": Json |j| application(j, &"a".repeat(63));
        "the applicationData has 31 bytes": Json |j| application(j, &"a".repeat(62));
        "the applicationData has 33 bytes": Json |j| application(j, &"a".repeat(66));
        "the applicationData is an empty text": Json |j| application(j, "");
        "the applicationData has a letter beyond F": Json |j| application(j, &"x".repeat(64));
        "the applicationData is in base64": Json |j| application(j, &("A".repeat(43) + "="));
    }
}

faults! { EC on Ec:
    token {
        "the key is two base64 texts in a row": Json |j| key(j, |text| format!("{text}{text}"));
    }
}

fn key(token: &mut Object, by: impl FnOnce(String) -> String) {
    let header = token.object("header");
    let name =
        if header.read("wrappedKey").is_empty() { "ephemeralPublicKey" } else { "wrappedKey" };
    header.change(name, by);
}

fn hash(token: &mut Object, by: impl FnOnce(String) -> String) {
    token.object("header").change("publicKeyHash", by);
}

fn id(token: &mut Object, by: impl FnOnce(String) -> String) {
    token.object("header").change("transactionId", by);
}

fn application(token: &mut Object, text: &str) {
    token.object("header").text("applicationData", text);
}

/// The same bytes in the other alphabet. A text without the two letters that differ gets one of them.
fn url(text: String) -> String {
    let other = text.replace('+', "-").replace('/', "_");
    if other == text { format!("-{}", &text[1..]) } else { other }
}

fn insert(text: &str, at: usize, what: &str) -> String {
    format!("{}{what}{}", &text[..at], &text[at..])
}

fn unpadded(text: String) -> String {
    text.trim_end_matches('=').to_owned()
}

/// The last character before the padding, one further in the alphabet: the same bytes to a careless decoder.
fn spare(text: String) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    let (head, last) = digits.split_at(digits.len() - 1);
    let next =
        ALPHABET.find(last).and_then(|place| ALPHABET.get(place + 1..place + 2)).unwrap_or("B");
    format!("{head}{next}{}", &text[digits.len()..])
}
