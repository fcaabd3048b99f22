//! The payer at the bank's own pay form: plays the script of a shop's page, and the payer's typing.

use epay::{HyperTransport, Transport};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::Value;
use url::form_urlencoded;

use crate::Failure;

/// The digits of `LZString.compressToEncodedURIComponent`.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";

/// The payer opens the form at `address` with `params`, as `halyk.pay` does, and types a card.
pub(crate) async fn pay(
    browser: &HyperTransport,
    address: &str,
    params: &str,
    (number, expiry, cvc): (&str, &str, &str),
) -> Result<(), Failure> {
    let mut order = form_urlencoded::Serializer::new(String::new());
    nest("", &serde_json::from_str(params)?, &mut order);
    let mut typed = form_urlencoded::Serializer::new(String::new());
    typed.append_pair("params", &pack(&order.finish()));
    typed.extend_pairs([("number", number), ("expiry", expiry), ("cvc", cvc)]);
    let request = http::Request::post(format!("{address}/payform/pay"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(typed.finish().into())?;
    let answer = browser.send(request).await?;
    // Paid or not, the form goes on to the page of its result.
    let taken = answer.status() == StatusCode::SEE_OTHER;
    taken.then_some(()).ok_or_else(|| format!("the pay form answered {}", answer.status()).into())
}

/// `a=…&b[c]=…`, as the script of the form writes an object.
fn nest(name: &str, value: &Value, into: &mut form_urlencoded::Serializer<'_, String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}[{key}]") };
                nest(&inner, value, into);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            into.append_pair(name, text);
        }
        other => {
            into.append_pair(name, &other.to_string());
        }
    }
}

/// As LZ-string may write an ASCII text: each letter as itself, and nothing made shorter.
fn pack(text: &str) -> String {
    let (mut bits, mut phrases) = (Vec::new(), 3_u32);
    let mut push = |number: u32, width: u32| bits.extend((0..width).map(|at| number >> at & 1));
    for (at, byte) in text.bytes().enumerate() {
        push(0, 32 - phrases.leading_zeros());
        push(u32::from(byte), 8);
        phrases += if at == 0 { 1 } else { 2 };
    }
    push(2, 32 - phrases.leading_zeros());
    bits.resize(bits.len().next_multiple_of(6), 0);
    let digit = |six: &[u32]| six.iter().fold(0, |digit, bit| digit << 1 | *bit) as usize;
    bits.chunks(6).filter_map(|six| DIGITS.get(digit(six)).copied().map(char::from)).collect()
}
