//! Every shape of a postLink that was observed, and bodies that are none.

use super::*;
use proptest::prelude::*;

fn fails(body: impl AsRef<[u8]>) -> CallbackError {
    PostLink::read(body.as_ref()).unwrap_err()
}

#[test]
fn a_post_link_is_read_in_every_spelling_seen() {
    let ok = r#"{"accountId":"","amount":100,"approvalCode":"123456","cardId":"c","code":"ok","dateTime":"2024-01-01",
        "id":"7943816b-58a8-47f6-a11e-67b63c4228c7","invoiceId":"938290483290","reason":"success","reasonCode":0,
        "secret_hash":"h","secure":"yes","terminal":"67e34d63-102f-4bd1-898e-370781d0074d"}"#;
    let declined = |code| Claim::Failed(Decline::as_hint(code));
    for (body, claim, transaction, hash) in [
        (ok, Claim::Approved, Some("7943816b-58a8-47f6-a11e-67b63c4228c7"), Some("h")),
        (
            r#"{"invoiceID":"938290483290","code":"success","secure":false,"cardID":null}"#,
            Claim::Approved,
            None,
            None,
        ),
        (
            r#"{"InvoiceId":938290483290,"code":"error","reasonCode":484}"#,
            declined(484),
            None,
            None,
        ),
        (
            r#"{"InvoiceID":"938290483290","code":"error","reasonCode":"484"}"#,
            declined(484),
            None,
            None,
        ),
        (
            r#"{"invoiceId":"938290483290","code":"error","reasonCode":-31}"#,
            declined(-31),
            None,
            None,
        ),
        (
            r#"{"invoiceId":"938290483290","code":"error","secretHash":"h"}"#,
            declined(0),
            None,
            Some("h"),
        ),
        (
            r#"{"invoiceId":"938290483290","code":"OK?","secret_hash":""}"#,
            Claim::Unclear,
            None,
            None,
        ),
        (
            r#"{"invoiceId":"938290483290","id":"../x","code":1,"secret_hash":null}"#,
            Claim::Unclear,
            None,
            None,
        ),
        (r#"{"invoiceId":"\u0039\u00338290483290","amount":1e400}"#, Claim::Unclear, None, None),
    ] {
        let read = PostLink::read(body.as_bytes()).unwrap();
        assert_eq!(read.invoice().as_str(), "938290483290", "{body}");
        assert_eq!(read.claim(), claim, "{body}");
        assert_eq!(read.transaction().map(TransactionId::as_str), transaction, "{body}");
        assert_eq!(read.secret_hash().map(Secret::expose), hash, "{body}");
    }
}

#[test]
fn a_post_link_about_a_payment_that_is_not_ours_concerns_nobody() {
    let tags = TagKey::new(*b"0123456789abcdef").unwrap();
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    let nobody = Hint { invoice: None, authenticity: Authenticity::Unproven };
    for (body, named) in [
        (r#"{"invoiceId":"12-1738952601","code":"ok"}"#, "12-1738952601"),
        (r#"{"invoiceId":"12345","secret_hash":"h"}"#, "12345"),
        (r#"{"invoiceId":"000123456"}"#, "000123456"),
        (r#"{"invoiceId":12345678901234567}"#, "12345678901234567"),
    ] {
        let read = PostLink::read(body.as_bytes()).unwrap();
        assert_eq!(read.invoice().as_str(), named);
        assert_eq!(read.check(&tags, &terminal), nobody, "{body}");
    }
}

#[test]
fn a_claimed_decline_is_never_final() {
    let read =
        PostLink::read(br#"{"invoiceId":"100001","code":"error","reasonCode":484}"#).unwrap();
    let Claim::Failed(decline) = read.claim() else { panic!("{:?}", read.claim()) };
    assert!(!decline.is_final());
}

#[test]
fn what_is_no_post_link_is_refused_by_kind() {
    let nested = |levels: usize| {
        format!("{{\"invoiceId\":\"100001\",\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
    };
    assert!(PostLink::read(nested(31).as_bytes()).is_ok());
    assert_eq!(fails(nested(32)), CallbackError::TooDeep);
    let quoted = format!(r#"{{"invoiceId":"100001","x":"\"{}"}}"#, "[".repeat(100));
    assert!(PostLink::read(quoted.as_bytes()).is_ok());
    let sized = |bytes: usize| format!("{{\"invoiceId\":\"100001\"}}{}", " ".repeat(bytes - 22));
    assert!(PostLink::read(sized(65_536).as_bytes()).is_ok());
    assert_eq!(fails(sized(65_537)), CallbackError::TooLarge);
    for body in [
        "",
        "null",
        "{",
        "[]",
        "invoiceId=100001",
        r#"{"invoiceId":"100001"} x"#,
        r#"{"invoiceId":true}"#,
    ] {
        assert_eq!(fails(body), CallbackError::Malformed, "{body}");
    }
    assert_eq!(fails(r#"{"invoiceId":"100001","invoiceID":"100002"}"#), CallbackError::Duplicate);
    assert_eq!(
        fails(r#"{"invoiceId":"100001","secret_hash":"a","secretHash":"b"}"#),
        CallbackError::Duplicate
    );
    assert_eq!(fails(b"{\"invoiceId\":\"10000\xff\"}"), CallbackError::Malformed);
    for body in ["{}", r#"{"invoiceId":""}"#, r#"{"invoiceId":null}"#] {
        assert_eq!(fails(body), CallbackError::Missing, "{body}");
    }
}

#[test]
fn an_error_says_what_is_wrong_and_nothing_of_the_body() {
    for (kind, text) in [
        (CallbackError::TooLarge, "the body is larger than 64 KiB"),
        (CallbackError::TooDeep, "the body is nested more than 32 deep"),
        (CallbackError::Malformed, "the body is not of the form the bank documents"),
        (CallbackError::Missing, "a needed field is absent or empty"),
        (CallbackError::Duplicate, "a field is there twice"),
    ] {
        assert_eq!(kind.to_string(), text);
    }
}

#[test]
fn only_the_tag_of_this_payment_proves_the_sender() {
    let tags = TagKey::new(*b"0123456789abcdef").unwrap();
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    let other_terminal = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").unwrap();
    let invoice = InvoiceId::new("938290483290").unwrap();
    let tag = tags.tag(Purpose::SecretHash, &terminal, &invoice);
    let body = |invoice: &InvoiceId, hash: &str| {
        format!(r#"{{"invoiceId":"{invoice}","secret_hash":"{hash}"}}"#)
    };
    let check = |body: String| {
        PostLink::read(body.as_bytes()).unwrap().check(&tags, &terminal).authenticity
    };

    assert_eq!(check(body(&invoice, &tag)), Authenticity::Proven);
    assert_eq!(check(body(&invoice, "")), Authenticity::Unproven);
    assert_eq!(check(body(&invoice, "guess")), Authenticity::Forged);
    assert_eq!(check(body(&invoice.next().unwrap(), &tag)), Authenticity::Forged);
    let read = PostLink::read(body(&invoice, &tag).as_bytes()).unwrap();
    assert_eq!(
        read.check(&tags, &other_terminal),
        Hint { invoice: Some(invoice), authenticity: Authenticity::Forged }
    );
    let shown = format!("{read:?}");
    assert!(shown.contains("938290483290") && !shown.contains(&tag), "{shown}");
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = (PostLink::read(&body), read_three_ds_return(&body));
    }
}
