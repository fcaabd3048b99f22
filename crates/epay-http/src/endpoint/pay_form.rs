//! `halyk.pay(params)`: what a shop's page hands to the bank's pay form (bank page "Payment page", `documented`).

use epay_crypto::Secret;
use epay_domain::{Payment, PaymentRequest};
use serde_json::value::RawValue;

use super::{
    EncodeError,
    payment_body::{Body, Part, about},
};
use crate::{
    AttemptTagField, Wire,
    codec::{decimal, origin},
};

/// One JSON object that can stand in a `<script>`. `answer` is the whole answer to the token request:
/// the script wants it as it came.
pub(crate) fn encode(
    wire: &Wire,
    answer: &str,
    payment: &Payment,
    request: &PaymentRequest,
) -> Result<Secret, EncodeError> {
    // The form takes Latin letters alone (`documented`).
    if request.payer_name().is_some_and(|name| !name.is_ascii()) {
        return Err(EncodeError::PayerName);
    }
    let (ordered, currency) = (payment.ordered(), payment.ordered().currency());
    let amount = RawValue::from_string(decimal::write(ordered, wire.amount_text))?;
    let tag = payment.tag().filter(|_| wire.attempt_tag == AttemptTagField::Data);
    let data = tag.map(origin::data);
    let text = |text| Part::Text(Some(text));
    let order = [
        ("amount", Part::Json(Some(&amount))),
        ("currency", text(currency.code())),
        ("terminal", text(payment.terminal().as_str())),
        ("name", Part::Text(request.payer_name())),
        ("data", Part::Text(data.as_deref())),
    ];
    let more = [("cardSave", Part::Flag(request.save_card().then_some(true)))];
    let params = serde_json::to_string(&Body([&order, &about(payment, request), &more]))?;
    let params = params.strip_suffix('}').unwrap_or(&params);
    // Of one piece: a buffer that grows would leave copies of the token behind.
    let size =
        |text: &str| text.bytes().map(|byte| if is_markup(byte) { 6 } else { 1 }).sum::<usize>();
    let mut all = String::with_capacity(size(params) + size(answer) + AUTH.len() + 1);
    escape(params, &mut all);
    all.push_str(AUTH);
    escape(answer.trim(), &mut all);
    all.push('}');
    Ok(Secret::new(all))
}

const AUTH: &str = ",\"auth\":";

/// What could end a script or begin a comment in it. In JSON these stand in texts alone.
fn is_markup(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'&')
}

fn escape(json: &str, into: &mut String) {
    for letter in json.chars() {
        match letter {
            '<' => into.push_str("\\u003c"),
            '>' => into.push_str("\\u003e"),
            '&' => into.push_str("\\u0026"),
            letter => into.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{payment, tag};

    const ANSWER: &str = r#"{"access_token":"T-1_x","expires_in":"1200","scope":"payment"}"#;

    fn written(request: &PaymentRequest) -> String {
        let payment = payment().with_tag(Some(tag()));
        encode(&Wire::default(), ANSWER, &payment, request).unwrap().expose().to_owned()
    }

    #[test]
    fn the_params_are_the_order_the_links_and_the_whole_token_answer() {
        let request = PaymentRequest::new("Order 17").unwrap();
        assert_eq!(
            written(&request),
            r#"{"amount":100,"currency":"KZT","terminal":"67e34d63-102f-4bd1-898e-370781d0074d","data":"{\"attempt\":\"07070707070707070707070707070707\"}","invoiceId":"163637162556226","description":"Order 17","language":"rus","auth":{"access_token":"T-1_x","expires_in":"1200","scope":"payment"}}"#
        );
        let request = request.with_account("payer-7").unwrap().with_saved_card(true);
        let request = request.with_payer_name("ARMAN ALI").unwrap();
        let request = request.with_return_links("https://a.example/?a&b", "https://b.example");
        let text = written(&request.unwrap());
        for part in [
            r#""cardSave":true"#,
            r#""accountId":"payer-7""#,
            r#""name":"ARMAN ALI""#,
            r#""backLink":"https://a.example/?a\u0026b""#,
        ] {
            assert!(text.contains(part), "{text}");
        }
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["backLink"], "https://a.example/?a&b");
    }

    #[test]
    fn no_text_ends_the_script_that_it_stands_in() {
        let request = PaymentRequest::new("</script><!-- &").unwrap();
        let text = written(&request);
        assert!(!text.contains(['<', '>', '&']), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["description"], "</script><!-- &");
    }

    #[test]
    fn a_name_that_the_form_does_not_take_is_refused() {
        let request = PaymentRequest::new("x").unwrap().with_payer_name("Арман").unwrap();
        let refused = encode(&Wire::default(), ANSWER, &payment(), &request);
        assert!(matches!(refused, Err(EncodeError::PayerName)));
    }
}
