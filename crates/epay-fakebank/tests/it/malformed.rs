//! Ten thousand requests that somebody has damaged: none is answered 5xx, none is believed, and the books stay small.

use bytes::Bytes;
use epay_fakebank::{Bank, Keep, SANDBOX_TERMINAL, Settings, cards};
use http::{Request, StatusCode};

use crate::merchant::{NOW, card, payment, payment_token, token_form};

const REQUESTS: u64 = 10_000;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// Cut, doubled, or with another byte in it: sometimes more than once.
    fn damage(&mut self, mut text: Vec<u8>) -> Vec<u8> {
        const BYTES: &[u8] = b"\0\"{}[]:,&=%+\\\xff\xd1 0e9-.\r\n\x80<";
        for _ in 0..=self.below(3) {
            let at = self.below(text.len());
            match self.below(4) {
                0 => text.truncate(at),
                1 => text.insert(at.min(text.len()), BYTES[self.below(BYTES.len())]),
                2 if !text.is_empty() => text[at] = BYTES[self.below(BYTES.len())],
                _ => text.extend_from_within(at..),
            }
        }
        text
    }
}

#[test]
fn no_damaged_request_is_answered_5xx_or_kept_for_long() {
    let keep = Keep { payments: Some(10), millis: None };
    let mut bank = Bank::new(Settings { keep, ..Settings::default() });
    let mut dice = Dice(17);
    let token = payment_token(&mut bank, "1000001", "100", SANDBOX_TERMINAL);
    let body = payment("1000001", &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL)).to_string();
    let id = "7943816b-58a8-47f6-a11e-67b63c4228c7";
    let fields = [("invoiceID", "1000001"), ("amount", "100"), ("currency", "KZT")];
    let form = token_form(&fields);
    let multipart =
        "--X\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\ntest\r\n--X--\r\n";
    let good: [(&str, String, &str, String); 8] = [
        ("POST", "/oauth/oauth2/token".to_owned(), "", form),
        (
            "POST",
            "/oauth/oauth2/token".to_owned(),
            "multipart/form-data; boundary=X",
            multipart.to_owned(),
        ),
        ("POST", "/api/payment/cryptopay".to_owned(), "application/json", body),
        (
            "POST",
            "/api/payment/confirm".to_owned(),
            "application/json",
            format!("{{\"ID\":\"{id}\",\"PaRes\":\"eJz+\",\"MD\":\"x\"}}"),
        ),
        (
            "POST",
            format!("/api/operation/{id}/charge?amount=1.5"),
            "",
            "{\"amount\":1.5}".to_owned(),
        ),
        ("POST", format!("/api/operation/{id}/refund?amount=10&externalID=1"), "", String::new()),
        ("GET", "/api/check-status/payment/transaction/1000001".to_owned(), "", String::new()),
        (
            "POST",
            format!("/api/payments/cards/confirmPayment?Access={token}"),
            "",
            "PaRes=eJz&MD=x".to_owned(),
        ),
    ];
    let mut answered = 0;
    for _ in 0..REQUESTS {
        let (method, path, kind, body) = &good[dice.below(good.len())];
        let mut damaged = |text: &str| match dice.below(3) {
            0 => text.as_bytes().to_vec(),
            _ => dice.damage(text.as_bytes().to_vec()),
        };
        let (path, body) = (damaged(path), damaged(body));
        let bearer = damaged(&format!("Bearer {token}"));
        let kind = damaged(kind);
        let made = Request::builder()
            .method(*method)
            .uri(path.as_slice())
            .header("authorization", bearer.as_slice())
            .header("content-type", kind.as_slice())
            .body(Bytes::from(body));
        // What is no request at all the server has refused before.
        let Ok(request) = made else { continue };
        let answer = bank.answer(&request, NOW).whole().unwrap();
        answered += 1;
        let status = answer.status();
        let named = status == StatusCode::NOT_IMPLEMENTED;
        assert!(status.as_u16() < 500 || named, "{status}: {request:?}");
    }
    assert!(answered > REQUESTS / 2, "{answered}");
    assert!(bank.wire_log().len() <= 100 && bank.ledger().len() <= 12);
}
