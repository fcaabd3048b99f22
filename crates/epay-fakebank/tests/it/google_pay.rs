//! A Google Pay token for the bank to open: in each form in which it may come, and with nothing of Apple's.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use epay_fakebank::{Bank, Method, SANDBOX_TERMINAL, Settings, Status, Switches};
use serde_json::{Value, json};

use crate::merchant::{plain, seal};
use crate::payment::changed;

const TOKEN: &str = r#"{"signature":"c2ln","protocolVersion":"ECv2","signedMessage":"{}"}"#;

/// What a body without a name is changed by; an empty `cryptogram` is left out.
fn pay(switches: Switches, cryptogram: &str, fields: &Value) -> (Bank, (u16, u64)) {
    let mut bank = Bank::new(Settings { switches, ..Settings::default() });
    let answer = changed(&mut bank, |body| {
        let body = body.as_object_mut().unwrap();
        body.remove("name");
        body.remove("cryptogram");
        body.extend(fields.as_object().unwrap().clone());
        if !cryptogram.is_empty() {
            body.insert("cryptogram".to_owned(), json!(cryptogram));
        }
    });
    (bank, answer)
}

fn sealed(literal: &str) -> String {
    let bank = Bank::new(Settings::default());
    seal(bank.public_key_pem(), &plain(literal, "expToken", "", SANDBOX_TERMINAL))
}

#[test]
fn it_pays_as_given_or_as_base64_with_placeholders_or_without() {
    let placeholders = sealed("GoogleToken");
    for token in [TOKEN.to_owned(), STANDARD.encode(TOKEN)] {
        for cryptogram in ["", &placeholders] {
            let fields = json!({ "paymentType": "googlePay", "cryptogramGooglePay": token });
            let (bank, answer) = pay(Switches::default(), cryptogram, &fields);
            assert_eq!(answer, (200, 0));
            let [paid] = bank.ledger() else { panic!("one payment") };
            let paid = (paid.method, paid.card_mask.as_str(), paid.status);
            assert_eq!(paid, (Method::GooglePayToken, "GoogleToken", Status::Charge));
        }
    }
}

#[test]
fn what_is_wrong_is_refused_and_not_booked() {
    let all_of_it = json!({ "paymentMethodData": { "tokenizationData": { "token": TOKEN } } });
    for (what, cryptogram, fields) in [
        ("no token", "", json!({ "paymentType": "googlePay" })),
        ("no type", "", json!({ "cryptogramGooglePay": TOKEN })),
        ("another type", "", json!({ "paymentType": "applePay", "cryptogramGooglePay": TOKEN })),
        (
            "all of paymentData",
            "",
            json!({ "paymentType": "googlePay", "cryptogramGooglePay": all_of_it.to_string() }),
        ),
        (
            "Apple's token besides",
            "",
            json!({ "paymentType": "googlePay", "cryptogramGooglePay": TOKEN, "applePay": {} }),
        ),
        (
            "Apple's placeholders",
            &sealed("AppleToken"),
            json!({ "paymentType": "googlePay", "cryptogramGooglePay": TOKEN }),
        ),
    ] {
        let (bank, answer) = pay(Switches::default(), cryptogram, &fields);
        assert_eq!(answer, (400, 477), "{what}");
        assert!(bank.ledger().is_empty(), "{what}");
    }
}

#[test]
fn the_switch_has_it_ask_for_3_d_secure() {
    let switches = Switches { google_pay_three_ds: true, ..Switches::default() };
    let fields = json!({ "paymentType": "GooglePay", "cryptogramGooglePay": TOKEN });
    let (bank, answer) = pay(switches, "", &fields);
    assert_eq!((answer, bank.ledger()[0].status), ((200, 0), Status::ThreeDs));
}
