//! The access token and the bank's key over the HTTP door.

use epay_fakebank::{Bank, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings};

use crate::merchant::{NOW, call, form, post, read, token_form, whole};

#[test]
fn a_token_is_the_documented_shape_with_its_lifetime_as_text() {
    let mut bank = Bank::new(Settings::default());
    let response = whole(bank.answer(&post("/oauth/oauth2/token", None, token_form(&[])), NOW));
    assert_eq!(
        std::str::from_utf8(response.body()).unwrap(),
        r#"{"access_token":"E7byCjXeRGNU-WuHqcPSlw","expires_in":"1200","refresh_token":"","scope":"webapi usermanagement email_send verification statement statistics payment","token_type":"Bearer"}"#
    );
}

#[test]
fn a_token_needs_a_client_its_secret_and_a_whole_payment() {
    type Case = (&'static [(&'static str, &'static str)], u16, &'static str);
    let cases: [Case; 8] = [
        (&[("client_id", "Test"), ("client_secret", SANDBOX_SECRET)], 200, ""),
        (&[("client_id", "other"), ("client_secret", SANDBOX_SECRET)], 401, "invalid_client"),
        (&[("client_id", SANDBOX_CLIENT), ("client_secret", "wrong")], 401, "invalid_client"),
        (&[("client_id", SANDBOX_CLIENT)], 401, "invalid_client"),
        (
            &[
                ("client_id", SANDBOX_CLIENT),
                ("client_secret", SANDBOX_SECRET),
                ("grant_type", "password"),
            ],
            400,
            "unsupported_grant_type",
        ),
        (
            &[("client_id", SANDBOX_CLIENT), ("client_secret", SANDBOX_SECRET), ("scope", "")],
            400,
            "invalid_scope",
        ),
        (
            &[
                ("client_id", SANDBOX_CLIENT),
                ("client_secret", SANDBOX_SECRET),
                ("invoiceID", "123456"),
            ],
            400,
            "invalid_request",
        ),
        (
            &[
                ("client_id", SANDBOX_CLIENT),
                ("client_secret", SANDBOX_SECRET),
                ("invoiceID", "123456"),
                ("amount", "1e2"),
                ("currency", "KZT"),
                ("terminal", SANDBOX_TERMINAL),
            ],
            400,
            "invalid_request",
        ),
    ];
    for (fields, status, error) in cases {
        let mut pairs = vec![("grant_type", "client_credentials"), ("scope", "payment")];
        pairs.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        pairs.extend_from_slice(fields);
        let response = whole(
            Bank::new(Settings::default())
                .answer(&post("/oauth/oauth2/token", None, form(&pairs)), NOW),
        );
        assert_eq!(response.status(), status, "{fields:?}");
        assert_eq!(read(&response)["error"].as_str().unwrap_or_default(), error, "{fields:?}");
    }
}

#[test]
fn the_key_is_served_as_spki_pem() {
    let mut bank = Bank::new(Settings::default());
    let response = whole(bank.answer(&call("GET", "/api/public.rsa", None, ""), NOW));
    assert!(response.body().starts_with(b"-----BEGIN PUBLIC KEY-----\n"));
    assert_eq!(response.body(), bank.public_key_pem().as_bytes());
}
