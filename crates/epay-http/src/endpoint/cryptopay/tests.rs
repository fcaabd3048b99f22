//! What cryptopay writes, byte for byte, and how every answer of the page is read.

use epay_domain::{BankAmount, CardId, Decline, Details, Language, Money, TransactionId};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::{
    AmountText, ApplePayType,
    fixture::{answer, card, environment, payment, tag, token, written},
};

fn body(wire: &Wire, method: &SealedMethod, request: &PaymentRequest) -> String {
    body_of(&payment(), wire, method, request)
}

fn body_of(
    payment: &Payment,
    wire: &Wire,
    method: &SealedMethod,
    request: &PaymentRequest,
) -> String {
    let request = encode(&environment(), wire, &token(), payment, method, request).unwrap();
    let written = written(&request);
    let head = "POST http://127.0.0.1:8080/api/payment/cryptopay\nauthorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\n\
                content-type: application/json\n\n";
    written.strip_prefix(head).unwrap().to_owned()
}

fn order() -> PaymentRequest {
    PaymentRequest::new("Order \"17\"").unwrap()
}

fn apple_pay() -> SealedMethod {
    SealedMethod::apple_pay(
        "c2VhbGVk".to_owned(),
        "AgAAAA==".to_owned(),
        Some(Zeroizing::new("05".to_owned())),
    )
}

#[test]
fn a_full_request_stands_in_the_order_of_the_page() {
    let full = PaymentRequest::new("Заказ 17")
        .and_then(|request| request.with_payer_name("Arman Ali"))
        .and_then(|request| request.with_email("a@example.com"))
        .and_then(|request| request.with_phone("+77771232380"))
        .and_then(|request| request.with_account("uuid000001"))
        .and_then(|request| {
            request.with_post_links("https://shop.example/post", "https://shop.example/fail")
        })
        .and_then(|request| {
            request.with_return_links("https://shop.example/back", "https://shop.example/sorry")
        })
        .map(|request| request.with_language(Language::Kazakh).with_saved_card(true))
        .unwrap();
    assert_eq!(
        body(&Wire::default(), &card(), &full),
        "{\"amount\":100,\"currency\":\"KZT\",\"name\":\"Arman Ali\",\"cryptogram\":\"c2VhbGVk+w==\",\
         \"invoiceId\":\"163637162556226\",\"description\":\"Заказ 17\",\"accountId\":\"uuid000001\",\
         \"email\":\"a@example.com\",\"phone\":\"+77771232380\",\"backLink\":\"https://shop.example/back\",\
         \"failureBackLink\":\"https://shop.example/sorry\",\"postLink\":\"https://shop.example/post\",\
         \"failurePostLink\":\"https://shop.example/fail\",\"language\":\"kaz\",\"cardSave\":true}"
    );
}

#[test]
fn each_method_has_its_own_keys() {
    let wire = Wire::default();
    let rest = r#""invoiceId":"163637162556226","description":"Order \"17\"","language":"rus","cardSave":false"#;
    assert_eq!(
        body(&wire, &card(), &order()),
        format!(r#"{{"amount":100,"currency":"KZT","cryptogram":"c2VhbGVk+w==",{rest}}}"#)
    );
    assert_eq!(
        body(&wire, &apple_pay(), &order()),
        format!(
            r#"{{"amount":100,"currency":"KZT","cryptogramApplePay":"AgAAAA==","eci":"05","cryptogram":"c2VhbGVk",{rest},"paymentType":"ApplePay"}}"#
        )
    );
    let token = SealedMethod::apple_pay_token(
        "c2VhbGVk".to_owned(),
        r#"{"data": "\/+=", "version":"EC_v1"}"#.to_owned(),
    );
    assert_eq!(
        body(&wire, &token, &order()),
        format!(
            r#"{{"amount":100,"currency":"KZT","applePay":{{"data": "\/+=", "version":"EC_v1"}},"cryptogram":"c2VhbGVk",{rest},"paymentType":"applePay","terminalId":"67e34d63-102f-4bd1-898e-370781d0074d"}}"#
        )
    );
}

#[test]
fn google_pay_is_passed_on_as_its_switches_say() {
    let token = |text: &str| SealedMethod::google_pay_token("c2VhbGVk".to_owned(), text.to_owned());
    let rest = r#""invoiceId":"163637162556226","description":"Order \"17\"","language":"rus","cardSave":false,"paymentType":"googlePay""#;
    let mut wire = Wire::default();
    let expected = |google_pay: &str, cryptogram: &str| {
        format!(
            r#"{{"amount":100,"currency":"KZT","cryptogramGooglePay":"{google_pay}",{cryptogram}{rest}}}"#
        )
    };
    let sealed = r#""cryptogram":"c2VhbGVk","#;
    assert_eq!(body(&wire, &token(r#"{"a":"b"}"#), &order()), expected("eyJhIjoiYiJ9", sealed));
    wire.google_pay_text = GooglePayText::AsGiven;
    let as_given = expected(r#"{\"a\":\"b\"}"#, sealed);
    assert_eq!(body(&wire, &token(r#"{"a":"b"}"#), &order()), as_given);
    wire.send_google_placeholder = false;
    let alone = expected(r#"{\"a\":\"b\"}"#, "");
    assert_eq!(body(&wire, &token(r#"{"a":"b"}"#), &order()), alone);
    let (environment, secret) = (environment(), self::token());
    let none = encode(&environment, &wire, &secret, &payment(), &token(""), &order());
    assert!(matches!(none, Err(EncodeError::GooglePayToken)));
}

#[test]
fn a_tag_travels_as_json_in_a_string() {
    let tagged = payment().with_tag(Some(tag()));
    let mut wire = Wire::default();
    let plain = body(&wire, &apple_pay(), &order());
    let data = r#","data":"{\"attempt\":\"07070707070707070707070707070707\"}"}"#;
    let sent = body_of(&tagged, &wire, &apple_pay(), &order());
    assert_eq!(sent, format!("{}{data}", plain.strip_suffix('}').unwrap()));
    wire.attempt_tag = AttemptTagField::NotSent;
    assert_eq!(body_of(&tagged, &wire, &apple_pay(), &order()), plain);
}

#[test]
fn every_switch_changes_its_own_part() {
    let body = |change: &dyn Fn(&mut Wire)| {
        let mut wire = Wire::default();
        change(&mut wire);
        body(&wire, &apple_pay(), &order())
    };
    let default = body(&|_| {});
    let cyrillic = body(&|wire| wire.cryptogram_key = CryptogramKey::Cyrillic);
    assert_eq!(cyrillic, default.replace("\"cryptogram\"", "\"\u{441}ryptogram\""));
    assert!(cyrillic.as_bytes().windows(11).any(|key| key == b"\xd1\x81ryptogram"));
    let exact = body(&|wire| wire.amount_text = AmountText::AllDecimals);
    assert_eq!(exact, default.replace("\"amount\":100", "\"amount\":100.00"));
    assert_eq!(body(&|wire| wire.send_eci = false), default.replace("\"eci\":\"05\",", ""));
    let small = body(&|wire| wire.apple_pay_type = ApplePayType::Small);
    assert_eq!(small, default.replace("\"ApplePay\"", "\"applePay\""));
    assert_eq!(body(&|wire| wire.apple_pay_token_type = ApplePayType::Capital), default);
}

#[test]
fn what_is_not_one_object_never_becomes_a_body() {
    for bad in
        ["", "[]", "null", "{}{}", r#"{"a":1},"b":2"#, "{", "\u{feff}{}", &"{\"a\":".repeat(40)]
    {
        let token_method = SealedMethod::apple_pay_token("c2VhbGVk".to_owned(), bad.to_owned());
        let encoded =
            encode(&environment(), &Wire::default(), &token(), &payment(), &token_method, &order());
        assert!(matches!(encoded, Err(EncodeError::PaymentData)), "{bad}");
    }
}

/// The page's three samples, verbatim but for white space.
const APPROVED: &str = r#"{"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","amount":100,"currency":"KZT",
    "invoiceID":"938290483290","accountId":"uuid000001","phone":"77777777777","email":"jj@example.com ",
    "description":"test payment","link":"114537489258","language":"rus"}"#;
const REFUSED: &str = r#"{"code":487,"message":" Not permitted to merchant","invoiceId":"8161284658525","id":"",
    "reference":"","accountId":"uuid000001"}"#;
const CHALLENGED: &str = r#"{"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","AccountId":"","amount":100,"accumtBonus":0,
    "currency":"KZT","description":"Order payment 938290483290","email":"","InvoiceID":"938290483290",
    "invoiceIdAlt":"8564546","language":"RU","phone":"","reference":"","intReference":"","secure3D":{"paReq":"eyJt",
    "md":"MjAx","action":"https://epay-proxy.homebank.kz/"},"cardID":"","fee":0}"#;

fn read(status: u16, body: impl Into<Bytes>) -> Result<Observation, AnswerError> {
    decode(&answer(status, body), Money::tenge(100))
}

fn named(fact: Fact) -> Observation {
    Observation {
        transaction: TransactionId::new("7943816b-58a8-47f6-a11e-67b63c4228c7").ok(),
        invoice: Some(BankText::new("938290483290")),
        amount: Some(BankAmount::card_only(Money::tenge(100))),
        currency: Some(Currency::KZT),
        ..Observation::reply(fact)
    }
}

#[test]
fn the_samples_of_the_page_are_read() {
    assert_eq!(read(200, APPROVED), Ok(named(Fact::Approved)));
    let refused = Observation {
        invoice: Some(BankText::new("8161284658525")),
        ..Observation::reply(Fact::Declined(Decline::from_code(487)))
    };
    assert_eq!(read(400, REFUSED), Ok(refused));
    let challenge = Challenge {
        action: "https://epay-proxy.homebank.kz/".to_owned(),
        pa_req: "eyJt".to_owned(),
        md: "MjAx".to_owned(),
    };
    assert_eq!(read(200, CHALLENGED), Ok(named(Fact::ThreeDsRequired(challenge))));
}

#[test]
fn a_status_tells_the_stage() {
    let captured = Some(Money::tenge(100));
    for (status, fact) in [
        ("AUTH", Fact::Authorized),
        ("auth", Fact::Authorized),
        ("CHARGE", Fact::Captured { captured, refunded: Refunds::NotTold }),
        ("3D", Fact::AwaitingPayer(PayerStep::Challenge)),
        ("NEW", Fact::InProgress),
        ("FINGERPRINT", Fact::AwaitingPayer(PayerStep::Fingerprint)),
        ("REJECT", Fact::Other(BankText::new("REJECT"))),
        ("", Fact::Approved),
    ] {
        let body = APPROVED.replacen(
            '{',
            &format!(r#"{{"code":0,"secure3D":null,"status":"{status}","#),
            1,
        );
        assert_eq!(read(200, body), Ok(named(fact)), "{status}");
    }
    let no_sum = read(200, r#"{"status":"CHARGE"}"#).map(|seen| seen.fact);
    assert_eq!(no_sum, Ok(Fact::Captured { captured: None, refunded: Refunds::NotTold }));
}

#[test]
fn a_no_is_final_only_where_the_bank_says_no() {
    for (status, body, decline) in [
        (400, r#"{"code":484}"#, Decline::from_code(484)),
        (400, r#"{"code":0}"#, Decline::from_code(0)),
        (200, r#"{"code":484,"message":"funds"}"#, Decline::as_hint(484)),
    ] {
        assert_eq!(
            read(status, body),
            Ok(Observation::reply(Fact::Declined(decline))),
            "{status} {body}"
        );
    }
}

#[test]
fn a_number_that_is_taken_is_no_decline_of_this_payment() {
    let body = r#"{"code":"477","message":"exists","invoiceId":"163637162556226"}"#;
    let taken = Observation {
        invoice: Some(BankText::new("163637162556226")),
        ..Observation::reply(Fact::NumberTaken)
    };
    assert_eq!(read(400, body), Ok(taken));
    let hint = Fact::Declined(Decline::as_hint(477));
    assert_eq!(read(200, body).map(|seen| seen.fact), Ok(hint));
    let confirmed = answer(400, body);
    let declined = Fact::Declined(Decline::from_code(477));
    let confirmed = super::answer(&confirmed, Currency::KZT).map(|seen| seen.fact);
    assert_eq!(confirmed, Ok(declined), "to whatever is no payment it is a decline");
}

#[test]
fn a_challenge_that_cannot_be_read_waits_for_the_payer_all_the_same() {
    let waits = Fact::AwaitingPayer(PayerStep::Challenge);
    for secure in [
        r#"{"paReq":"a","action":"c"}"#,
        r#"{"paReq":"","md":"b","action":"c"}"#,
        r#"{"paReq":"a","md":"b"}"#,
        r#"{"acsUrl":"https://acs.example","creq":"a"}"#,
        "{}",
        r#""yes""#,
        "[1]",
    ] {
        for (status, fact) in [
            ("", waits.clone()),
            ("3D", waits.clone()),
            ("NEW", waits.clone()),
            ("ODD", waits.clone()),
            ("AUTH", Fact::Authorized),
        ] {
            let start = format!(r#"{{"secure3D":{secure},"status":"{status}","#);
            let body = APPROVED.replacen('{', &start, 1);
            assert_eq!(read(200, body), Ok(named(fact)), "{secure} {status}");
        }
    }
    let declined = read(200, r#"{"secure3D":{},"code":484}"#).map(|seen| seen.fact);
    assert_eq!(declined, Ok(Fact::Declined(Decline::as_hint(484))));
}

#[test]
fn what_accountants_match_by_is_kept() {
    let body = APPROVED.replacen(
        '{',
        r#"{"reference":"114537489258","approvalCode":"123456","cardMask":"440564...5096",
        "cardType":"VISA","cardID":"10a2a0d0-17","#,
        1,
    );
    let details = Details {
        reference: Some(BankText::new("114537489258")),
        approval_code: Some(BankText::new("123456")),
        card_mask: Some(BankText::new("440564...5096")),
        card_id: CardId::new("10a2a0d0-17").ok(),
    };
    assert_eq!(read(200, body), Ok(Observation { details, ..named(Fact::Approved) }));
}

#[test]
fn a_card_is_verified_only_where_that_was_asked_for() {
    let read = |ordered| {
        let body = r#"{"id":"7943816b-58a8","amount":0,"status":"VERIFIED"}"#;
        decode(&answer(200, body), ordered).map(|seen| seen.fact)
    };
    assert_eq!(read(Money::zero(Currency::USD)), Ok(Fact::Verified));
    assert_eq!(read(Money::tiyn(1)), Ok(Fact::Other(BankText::new("VERIFIED"))));
}

#[test]
fn whatever_else_comes_is_no_answer() {
    use AnswerError::{Missing, NotJson, Status, TooDeep, Twice, Unreadable};
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    for (status, body, error) in [
        (200, "", NotJson),
        (200, "<html><body>error</body></html>", NotJson),
        (200, r#"{"id":"7943"#, NotJson),
        (200, &deep, TooDeep),
        (200, r#"{"id":"7943","ID":"7944"}"#, Twice("id")),
        (200, r#"{"amount":1e400}"#, Unreadable("amount")),
        (200, r#"{"code":"ok"}"#, Unreadable("code")),
        (400, r#"{"message":"no"}"#, Missing("code")),
        (400, "<html>", NotJson),
        (400, "", NotJson),
        (201, APPROVED, Status(201)),
        (302, "", Status(302)),
        (401, REFUSED, Status(401)),
        (403, REFUSED, Status(403)),
        (404, REFUSED, Status(404)),
        (429, REFUSED, Status(429)),
        (500, REFUSED, Status(500)),
    ] {
        assert_eq!(read(status, body.to_owned()), Err(error), "{status} {body}");
    }
}

proptest! {
    #[test]
    fn a_cut_answer_is_an_error_and_a_damaged_one_never_panics(
        place in any::<prop::sample::Index>(),
        byte: u8,
        bytes in any::<Vec<u8>>(),
    ) {
        for (status, whole) in [(200, APPROVED), (200, CHALLENGED), (400, REFUSED)] {
            let place = place.index(whole.len());
            prop_assert!(read(status, whole.as_bytes()[..place].to_vec()).is_err());
            let mut damaged = whole.as_bytes().to_vec();
            damaged[place] = byte;
            let _ = (read(status, damaged), read(status, bytes.clone()));
        }
    }
}
