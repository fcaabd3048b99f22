//! Whatever is answered in the bank's place: a typed error, and a payment that nobody knows about, never a decline or a yes.

use crate::damage::{self, Leaves};
use crate::samples::{SAMPLES, Sample};
use epay_domain::{Decline, Delivery, Fact, GatewayErrorKind, PaymentStatus};
use epay_tests::stage::{Call, Tried, answer};
use http::header::LOCATION;

/// The calls that may move money.
const ASKS: [Call; 5] = [Call::Authorize, Call::Confirm, Call::Capture, Call::Void, Call::Refund];

/// Nothing was read: the call may have been heard all the same.
fn unread(call: Call, kind: GatewayErrorKind) -> Tried {
    let delivery = (call != Call::Status).then_some(Delivery::MaybeSent);
    Tried { heard: Err((delivery, kind)), stands: PaymentStatus::Unknown, sent: 1 }
}

#[test]
fn the_samples_are_read() {
    for Sample { call, status, body, stands, .. } in SAMPLES {
        let tried = call.tried(&answer(*status, *body));
        assert!(tried.heard.is_ok(), "{call:?} {body}");
        assert_eq!((tried.stands, tried.sent), (*stands, 1), "{call:?} {body}");
    }
}

#[test]
fn a_damaged_answer_teaches_nothing_or_what_it_said_before() {
    for sample in SAMPLES {
        let whole = sample.call.tried(&sample.answer());
        for damage in damage::all(sample.body, sample.keys) {
            let tried = sample.call.tried(&damage.answer(sample.status));
            let what =
                format!("{:?} {} {}: {}", sample.call, sample.status, sample.body, damage.what);
            let is_step = matches!(sample.call, Call::Capture | Call::Void | Call::Refund);
            // The bank's pages promise a step no body, so an empty 200 is its yes.
            let leaves = if damage.body.is_empty() && is_step && sample.status == 200 {
                Leaves::Everything
            } else {
                damage.leaves
            };
            match leaves {
                Leaves::Everything => assert_eq!(tried, whole, "{what}"),
                Leaves::Nothing => {
                    assert_eq!(tried, unread(sample.call, GatewayErrorKind::Answer), "{what}")
                }
                Leaves::Less => {
                    assert!(
                        [PaymentStatus::Unknown, whole.stands].contains(&tried.stands),
                        "{what}: {tried:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_status_but_two_is_an_answer() {
    use GatewayErrorKind::{Access, Answer, Unavailable};
    let kinds =
        [(201, Answer), (204, Answer), (401, Access), (403, Access), (404, Answer), (405, Answer)];
    let kinds = kinds.into_iter().chain([
        (429, Unavailable),
        (500, Unavailable),
        (502, Unavailable),
        (599, Unavailable),
    ]);
    for (status, kind) in kinds {
        for Sample { call, body, .. } in SAMPLES {
            let tried = call.tried(&answer(status, *body));
            // A status check is repeated once with a fresh token, for it moves no money.
            let sent = if *call == Call::Status && status == 401 { 2 } else { 1 };
            assert_eq!(tried, Tried { sent, ..unread(*call, kind) }, "{call:?} {status} {body}");
        }
    }
}

const TOKEN: &str =
    r#"{"access_token":"T-1_x","expires_in":"1200","token_type":"Bearer","scope":"payment"}"#;

#[test]
fn a_damaged_token_is_no_token_and_nothing_was_asked() {
    let done = answer(200, r#"{"code":0}"#);
    let kept_out = Tried {
        heard: Err((Some(Delivery::NotSent), GatewayErrorKind::Answer)),
        stands: PaymentStatus::New,
        sent: 0,
    };
    for call in ASKS {
        for damage in damage::all(TOKEN, &["access_token"]) {
            let tried = call.tried_with(&damage.answer(200), &done);
            let what = format!("{call:?}: {}", damage.what);
            match damage.leaves {
                Leaves::Everything => assert_eq!(tried, call.tried(&done), "{what}"),
                Leaves::Nothing | Leaves::Less => {
                    assert_eq!((&tried.heard, tried.sent), (&kept_out.heard, 0), "{what}");
                    assert_ne!(
                        tried.stands,
                        PaymentStatus::Unknown,
                        "{what}: it is known that nothing was asked"
                    );
                }
            }
        }
    }
}

/// What the confirmation tells on each of the bank's result pages. The status decides, so nobody knows yet.
fn results() -> [(&'static str, Fact); 2] {
    const PAGES: [&str; 2] = [
        "https://epay.homebank.kz/payform/success.html?invoiceID=938290483290&reference=114537489258",
        "https://epay.homebank.kz/payform/?invoiceID=938290483290&code=484&message=no",
    ];
    [(PAGES[0], Fact::Approved), (PAGES[1], Fact::Declined(Decline::as_hint(484)))]
}

/// A redirect or a page that is cut, garbled or not the bank's.
#[test]
fn a_damaged_result_page_decides_nothing() {
    for (link, fact) in results() {
        for at in 0..link.len() {
            let mut redirect = answer(302, "");
            redirect.headers_mut().insert(LOCATION, link[..at].parse().unwrap());
            undecided(&redirect, &format!("redirect to {}", &link[..at]));
        }
        let page = format!("<!doctype html>\n<script>location.href='{link}';</script>");
        let end = page.rfind('\'').unwrap();
        for at in 0..=end {
            let cut = answer(200, page[..at].to_owned());
            assert_eq!(
                Call::Confirm.tried(&cut),
                unread(Call::Confirm, GatewayErrorKind::Answer),
                "cut at byte {at}"
            );
        }
        let tried = Call::Confirm.tried(&answer(200, page));
        assert_eq!(
            tried,
            Tried { heard: Ok(fact), stands: PaymentStatus::Unknown, sent: 1 },
            "{link}"
        );
    }
    // What is no invoice of ours concerns nobody, and a person is told.
    let strange = answer(200, "<a href='/payform/?reference=1&invoiceID=1e400'>");
    assert_eq!(Call::Confirm.tried(&strange).stands, PaymentStatus::Disputed);
    undecided(&strange, "no invoice");
    let far = format!("<html>{}/payform/success.html?reference=1'", " ".repeat(10 * 1024 * 1024));
    for (page, what) in [
        (far.into_bytes(), "10 MB"),
        (b"<\xff\xfe/payform/success.html?reference=1'".to_vec(), "no utf-8"),
        (b"<a href='/payform/?code=9223372036854775808'>".to_vec(), "a code out of range"),
        (b"<a href='/payform/?code=NaN'>".to_vec(), "no code"),
        ("<a href='/payfоrm/success.html'>".into(), "Cyrillic letters"),
        (b"<html>502 Bad Gateway</html>".to_vec(), "another page"),
    ] {
        assert_eq!(
            Call::Confirm.tried(&answer(200, page)),
            unread(Call::Confirm, GatewayErrorKind::Answer),
            "{what}"
        );
    }
}

#[track_caller]
fn undecided(page: &http::Response<bytes::Bytes>, what: &str) {
    let tried = Call::Confirm.tried(page);
    // An invoice cut short is another one, about which a person is asked.
    assert!(
        matches!(tried.stands, PaymentStatus::Unknown | PaymentStatus::Disputed),
        "{what}: {tried:?}"
    );
    match tried.heard {
        Ok(fact) => assert!(matches!(fact, Fact::Approved | Fact::Declined(_)), "{what}: {fact:?}"),
        Err(error) => {
            assert_eq!(error, (Some(Delivery::MaybeSent), GatewayErrorKind::Answer), "{what}")
        }
    }
}
