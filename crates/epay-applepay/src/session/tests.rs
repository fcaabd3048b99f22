//! Each answer of Apple's has its meaning, each malformed request is refused, and no text repeats what was given.

use super::*;
use InvalidSessionRequest::{DisplayName, Domain, GatewayUrl, MerchantIdentifier, TeamId};
use SessionErrorKind::{
    Malformed, NotASession, NotRegistered, Redirected, TooLarge, Unavailable, Unexpected,
    WrongAddress,
};

const MERCHANT: &str = "merchant.kz.example.shop";
const SHOP: &str = "shop.example.kz";

fn body(request: &SessionRequest) -> serde_json::Value {
    serde_json::from_slice(request.request().body()).unwrap()
}

#[test]
fn a_request_is_a_post_of_four_fields_to_the_fixed_address() {
    let asked = SessionRequest::web(MERCHANT, "Дүкен \"№1\"", SHOP).unwrap();
    let request = asked.request();
    assert_eq!(
        (request.method(), request.uri().to_string()),
        (&Method::POST, ValidationUrl::APPLE.to_string())
    );
    for name in [header::CONTENT_TYPE, header::ACCEPT] {
        assert_eq!(request.headers()[name], "application/json");
    }
    assert_eq!(request.headers().len(), 2);
    let expected = serde_json::json!({
        "merchantIdentifier": MERCHANT,
        "displayName": "Дүкен \"№1\"",
        "initiative": "web",
        "initiativeContext": SHOP,
    });
    assert_eq!(body(&asked), expected);
}

#[test]
fn each_initiative_has_its_context() {
    for (asked, initiative, context) in [
        (SessionRequest::web(MERCHANT, "Shop", SHOP), "web", SHOP),
        (
            SessionRequest::messaging(MERCHANT, "Shop", "https://shop.example.kz/pay"),
            "messaging",
            "https://shop.example.kz/pay",
        ),
        (SessionRequest::in_app(MERCHANT, "Shop", "A1B2C3D4E5"), "in_app", "A1B2C3D4E5"),
    ] {
        let body = body(&asked.unwrap());
        assert_eq!(
            (body["initiative"].as_str(), body["initiativeContext"].as_str()),
            (Some(initiative), Some(context))
        );
    }
}

#[test]
fn another_address_is_somebodys_choice() {
    let asked = SessionRequest::web(MERCHANT, "Shop", SHOP).unwrap();
    for url in [
        ValidationUrl::APPLE,
        ValidationUrl::CHINA,
        ValidationUrl::SANDBOX,
        ValidationUrl::SANDBOX_CHINA,
    ] {
        assert_eq!(asked.clone().at(url).request().uri(), url.as_str());
    }
}

#[track_caller]
fn check_web(merchant: &str, name: &str, domain: &str, wrong: Option<InvalidSessionRequest>) {
    assert_eq!(
        SessionRequest::web(merchant, name, domain).err(),
        wrong,
        "{merchant:?} {name:?} {domain:?}"
    );
}

#[test]
fn a_domain_is_a_full_name_as_registered() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}.kz", "a".repeat(58));
    assert_eq!(longest.len(), 253);
    for domain in [
        SHOP,
        "a.kz",
        "1.example",
        "xn--80ak6aa92e.xn--p1ai",
        "a-b.c--d.kz",
        &format!("{label}.kz"),
        &longest,
    ] {
        check_web(MERCHANT, "Shop", domain, None);
    }
    for domain in [
        "",
        "kz",
        "localhost",
        ".kz",
        "shop..kz",
        "shop.example.kz.",
        ".shop.example.kz",
        "Shop.example.kz",
        "дүкен.қаз",
        "shop.example.kz:443",
        "https://shop.example.kz",
        "shop.example.kz/",
        "shop.example.kz/pay",
        "user@shop.example.kz",
        "*.example.kz",
        "-shop.example.kz",
        "shop-.example.kz",
        "shop_1.example.kz",
        "shop example.kz",
        "shop.example.kz ",
        "shop.example.kz\n",
        "shop\0.example.kz",
        "shop.example.kz\",\"a\":\"b",
        "192.0.2.7",
        "[2001:db8::1]",
        "example.1",
        &format!("{label}a.kz"),
        &format!("{label}.{label}.{label}.{}.kz", "a".repeat(59)),
    ] {
        check_web(MERCHANT, "Shop", domain, Some(Domain));
    }
}

#[test]
fn a_display_name_has_64_characters_and_no_control_character() {
    for name in ["S", " Shop ", "Кофе & чай", &"ә".repeat(64), &"🍵".repeat(64), "a\u{301}"]
    {
        check_web(MERCHANT, name, SHOP, None);
    }
    for name in [
        "",
        " ",
        "\u{a0}",
        &"a".repeat(65),
        &"ә".repeat(65),
        "a\nb",
        "a\tb",
        "\0",
        "a\u{7f}",
        "a\u{85}b",
        "a\u{2028}b",
        "\u{1b}[0m",
    ] {
        check_web(MERCHANT, name, SHOP, Some(DisplayName));
    }
}

#[test]
fn a_merchant_identifier_has_no_room_for_anything_else() {
    for merchant in
        [MERCHANT, "merchant.com.example-shop_2", "platformintegrator.kz.example", &"a".repeat(255)]
    {
        check_web(merchant, "Shop", SHOP, None);
    }
    for merchant in [
        "",
        " ",
        "merchant kz",
        "merchant.kz\n",
        "merchant.қаз",
        "merchant.kz\"",
        "merchant/kz",
        &"a".repeat(256),
    ] {
        check_web(merchant, "Shop", SHOP, Some(MerchantIdentifier));
    }
}

#[test]
fn a_gateway_url_is_https_with_a_host_name() {
    let check = |url: &str, wrong| {
        assert_eq!(SessionRequest::messaging(MERCHANT, "Shop", url).err(), wrong, "{url:?}")
    };
    for url in [
        "https://shop.example.kz",
        "https://shop.example.kz/",
        "https://shop.example.kz:8443/pay?a=b",
    ] {
        check(url, None);
    }
    for url in [
        "",
        "shop.example.kz",
        "http://shop.example.kz/",
        "HTTPS://shop.example.kz/",
        "https://",
        "https:///pay",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://user@shop.example.kz/",
        "https://shop.example.kz/a b",
        "https://shop.example.kz/\n",
        "https://shop.example.kz/ә",
        &format!("https://shop.example.kz/{}", "a".repeat(2048)),
    ] {
        check(url, Some(GatewayUrl));
    }
}

#[test]
fn a_team_id_is_ten_characters() {
    for team in ["", "A1B2C3D4E", "A1B2C3D4E5F", "a1b2c3d4e5", "A1B2C3D4E\n", "A1B2C3D4ә"] {
        assert_eq!(SessionRequest::in_app(MERCHANT, "Shop", team).err(), Some(TeamId), "{team:?}");
    }
}

fn answer(status: u16, body: &[u8]) -> Response<&[u8]> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

#[test]
fn a_session_is_passed_on_byte_for_byte() {
    let largest = format!("{{\"a\":\"{}\"}}", "x".repeat(MerchantSession::MAX_BYTES - 8));
    assert_eq!(largest.len(), MerchantSession::MAX_BYTES);
    for body in [
        "{}",
        r#"{"merchantSessionIdentifier":"SSH1","nonce":"1","signature":"308006","retries":0}"#,
        " \r\n{ \"b\" : 1.0e2 , \"a\" : [ 1 , { } ] , \"a\" : \"\\u0041\\/\" }\n",
        r#"{"name":"Дүкен"}"#,
        &largest,
    ] {
        let session = MerchantSession::read(answer(200, body.as_bytes())).unwrap();
        assert_eq!((session.as_bytes(), session.as_str()), (body.as_bytes(), body));
        assert_eq!(session.into_bytes(), body.as_bytes());
    }
}

#[track_caller]
fn check_failure(status: u16, body: &[u8], kind: SessionErrorKind) {
    let error = MerchantSession::read(answer(status, body)).unwrap_err();
    assert_eq!((error.kind(), error.status().as_u16()), (kind, status));
    let text = error.to_string();
    assert!(
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.ends_with(&format!("({})", format_args!("http status {status}"))),
        "{text}"
    );
    for text in [text, format!("{error:?}")] {
        assert!(!text.contains("hush"), "{text}");
    }
}

#[test]
fn each_status_says_who_acts() {
    for (status, kind) in [
        (400, Malformed),
        (404, WrongAddress),
        (417, NotRegistered),
        (300, Redirected),
        (301, Redirected),
        (302, Redirected),
        (304, Redirected),
        (307, Redirected),
        (308, Redirected),
        (408, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
        (599, Unavailable),
        (100, Unexpected),
        (201, Unexpected),
        (202, Unexpected),
        (204, Unexpected),
        (206, Unexpected),
        (401, Unexpected),
        (403, Unexpected),
        (405, Unexpected),
        (418, Unexpected),
        (600, Unexpected),
        (999, Unexpected),
    ] {
        // A body that would be a session under 200, and one that would be too long.
        check_failure(status, br#"{"merchantSessionIdentifier":"hush"}"#, kind);
        check_failure(status, &vec![b'x'; MerchantSession::MAX_BYTES + 1], kind);
        check_failure(status, b"", kind);
    }
}

#[test]
fn what_is_no_json_object_is_no_session() {
    for body in [
        b"".as_slice(),
        b" ",
        b"null",
        b"true",
        b"417",
        b"\"hush\"",
        b"[]",
        br#"[{"hush":1}]"#,
        br#"{"hush":1"#,
        br#"{"hush":1}}"#,
        br#"{"hush":1}{"hush":1}"#,
        br#"{"hush":1} x"#,
        br#"{"hush":1,}"#,
        br#"{hush:1}"#,
        br#"{"hush":01}"#,
        br#"{"hush":"\x"}"#,
        b"{\"hush\":\"\n\"}",
        b"{\"hush\":\"\xff\"}",
        b"\xff\xfe{\0}\0",
        b"\xef\xbb\xbf{}",
        b"\x1f\x8b\x08\0hush",
        b"<html>hush</html>",
        b"{}\0",
    ] {
        check_failure(200, body, NotASession);
    }
    check_failure(200, &[b'['; 10_000], NotASession);
    check_failure(200, "{\"a\":".repeat(10_000).as_bytes(), NotASession);
}

#[test]
fn an_answer_over_the_limit_is_not_read() {
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(MerchantSession::MAX_BYTES - 7));
    assert_eq!(body.len(), MerchantSession::MAX_BYTES + 1);
    check_failure(200, body.as_bytes(), TooLarge);
    check_failure(200, &vec![0; 10 * MerchantSession::MAX_BYTES], TooLarge);
}

#[test]
fn the_debug_of_a_session_is_its_size() {
    let session = MerchantSession::read(answer(200, br#"{"nonce":"hush"}"#)).unwrap();
    assert_eq!(
        format!("{session:?} {:?}", Some(&session)),
        "MerchantSession(16 bytes) Some(MerchantSession(16 bytes))"
    );
}

#[test]
fn what_is_wrong_with_a_request_is_a_lower_case_fragment() {
    for error in [MerchantIdentifier, DisplayName, Domain, GatewayUrl, TeamId] {
        let text = error.to_string();
        assert!(
            text.starts_with(|first: char| first.is_ascii_lowercase()) && !text.ends_with('.'),
            "{text}"
        );
    }
}
