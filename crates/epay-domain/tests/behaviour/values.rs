//! Values give back what they were made of, and show no more than they may.

use epay_domain::*;
use std::error::Error;

#[test]
fn names_are_their_text() {
    let (digits, uuid) = ("100000017", "67e34d63-102f-4bd1-898e-370781d0074d");
    for (shown, debugged, text) in [
        (
            InvoiceId::new(digits).unwrap().to_string(),
            format!("{:?}", InvoiceId::new(digits)),
            digits,
        ),
        (OrderId::new("o 1").unwrap().to_string(), format!("{:?}", OrderId::new("o 1")), "o 1"),
        (TerminalId::new(uuid).unwrap().to_string(), format!("{:?}", TerminalId::new(uuid)), uuid),
        (
            TransactionId::new("t-1").unwrap().to_string(),
            format!("{:?}", TransactionId::new("t-1")),
            "t-1",
        ),
        (StepId::new("s-1").unwrap().to_string(), format!("{:?}", StepId::new("s-1")), "s-1"),
    ] {
        assert_eq!(shown, text);
        assert!(debugged.contains(&format!("({text})")), "{debugged}");
    }
    assert_eq!(InvoiceId::new(digits).unwrap().as_str(), digits);
    assert_eq!(OrderId::new("o 1").unwrap().as_str(), "o 1");
    assert_eq!(TerminalId::new(uuid).unwrap().as_str(), uuid);
    assert_eq!(TransactionId::new("t-1").unwrap().as_str(), "t-1");
    assert_eq!(StepId::new("s-1").unwrap().as_str(), "s-1");
}

#[test]
fn a_replay_key_is_its_bytes() {
    let bytes = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let key = ReplayKey::new(bytes);
    assert_eq!(key.as_bytes(), &bytes);
    let shown = "ReplayKey(000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f)";
    assert_eq!(format!("{key:?}"), shown);
}

#[test]
fn an_attempt_tag_is_read_as_it_is_written_and_nothing_else_is() {
    let bytes = core::array::from_fn(|at| u8::try_from(at * 17).unwrap());
    let (tag, text) = (AttemptTag::new(bytes), "00112233445566778899aabbccddeeff");
    assert_eq!((tag.to_string().as_str(), AttemptTag::parse(text)), (text, Some(tag)));
    assert_eq!(tag.as_bytes(), &bytes);
    assert_eq!(format!("{tag:?}"), format!("AttemptTag({text})"));
    let (upper, short, long) = (text.to_uppercase(), &text[1..], format!("{text}0"));
    for other in ["", short, &long, &upper, &text.replace('f', "g"), &text.replace('f', "+")] {
        assert_eq!(AttemptTag::parse(other), None, "{other}");
    }
    let opened = crate::story::opened();
    assert_eq!((opened.tag(), opened.clone().with_tag(Some(tag)).tag()), (None, Some(tag)));
}

#[test]
fn what_a_shop_and_a_log_print_is_one_text() {
    assert_eq!(BankText::new("CHARGE").to_string(), "CHARGE");
    for kind in NotificationKind::ALL {
        assert_eq!(kind.to_string(), kind.name());
    }
    let names: std::collections::BTreeSet<_> = NotificationKind::ALL.map(|it| it.name()).into();
    assert_eq!(names.len(), NotificationKind::ALL.len());
}

#[test]
fn a_moment_is_shown_by_the_calendar() {
    let day = |days: u64| Timestamp::from_unix_millis(days * 86_400_000).to_string();
    for (days, date) in [
        (0, "1970-01-01"),
        (30, "1970-01-31"),
        (31, "1970-02-01"),
        (58, "1970-02-28"),
        (59, "1970-03-01"),
        (364, "1970-12-31"),
        (365, "1971-01-01"),
        (789, "1972-02-29"),
        (790, "1972-03-01"),
        (11_016, "2000-02-29"),
        (11_017, "2000-03-01"),
        (20_781, "2026-11-24"),
        (47_540, "2100-02-28"),
        (47_541, "2100-03-01"),
        (157_113, "2400-02-29"),
        (157_114, "2400-03-01"),
    ] {
        assert_eq!(day(days), format!("{date} 00:00:00Z"));
    }
    let moment = Timestamp::from_unix_millis(((13 * 60 + 37) * 60 + 59) * 1_000 + 999);
    assert_eq!(moment.to_string(), "1970-01-01 13:37:59Z");
}

#[test]
fn money_and_declines_show_what_a_log_needs() {
    assert_eq!(format!("{:?} {:?}", Money::tenge(5_000), Currency::USD), "5000.00 KZT USD");
    assert_eq!((Currency::KZT.exponent(), Currency::new("JPY", 0).unwrap().exponent()), (2, 0));
    let decline = Decline::from_code(484);
    assert_eq!((decline.code(), decline.meaning()), (484, "insufficient funds"));
    assert_eq!(format!("{decline:?}"), "Decline(484 insufficient funds)");
    assert_eq!(Decline::from_code(999).meaning(), "a number that nobody here knows");
    let moment = Timestamp::from_unix_millis(17);
    assert_eq!((format!("{moment:?}").as_str(), moment.unix_millis()), ("17ms", 17));
}

#[test]
fn a_request_gives_back_its_parts_and_starts_without_them() {
    let bare = PaymentRequest::new("Order 17").unwrap();
    assert_eq!(
        (bare.description(), bare.language(), bare.save_card()),
        ("Order 17", Language::Russian, false)
    );
    for part in [
        bare.payer_name(),
        bare.email(),
        bare.phone(),
        bare.account(),
        bare.post_link(),
        bare.failure_post_link(),
        bare.back_link(),
        bare.failure_back_link(),
    ] {
        assert_eq!(part, None);
    }
    let full = bare
        .with_payer_name("Arman Ali")
        .and_then(|request| request.with_email("a@example.com"))
        .and_then(|request| request.with_phone("+77771232380"))
        .and_then(|request| request.with_account("payer-1"))
        .and_then(|request| {
            request.with_post_links("https://shop.example/1", "https://shop.example/2")
        })
        .and_then(|request| {
            request.with_return_links("https://shop.example/3", "https://shop.example/4")
        })
        .unwrap()
        .with_language(Language::Kazakh)
        .with_saved_card(true);
    assert_eq!(full.payer_name(), Some("Arman Ali"));
    assert_eq!(full.email(), Some("a@example.com"));
    assert_eq!(full.phone(), Some("+77771232380"));
    assert_eq!(full.account(), Some("payer-1"));
    assert_eq!(full.post_link(), Some("https://shop.example/1"));
    assert_eq!(full.failure_post_link(), Some("https://shop.example/2"));
    assert_eq!(full.back_link(), Some("https://shop.example/3"));
    assert_eq!(full.failure_back_link(), Some("https://shop.example/4"));
    assert_eq!((full.language(), full.save_card()), (Language::Kazakh, true));
}

#[test]
fn what_passes_through_is_not_shown() {
    let text = || "SECRET".to_owned();
    let challenge = Challenge { action: text(), pa_req: text(), md: text() };
    let answer = ThreeDsAnswer::new(PaRes::from(text()), Md::from(text()));
    let personal = PaymentRequest::new("x")
        .unwrap()
        .with_payer_name("SECRET")
        .unwrap()
        .with_email("SECRET")
        .unwrap();
    for (shown, says) in [
        (format!("{:?}", SealedMethod::card(text())), "card"),
        (
            format!("{:?}", SealedMethod::apple_pay(text(), text(), Some(text().into()))),
            "apple pay",
        ),
        (format!("{:?}", SealedMethod::apple_pay_token(text(), text())), "apple pay token"),
        (format!("{:?}", SealedMethod::google_pay_token(text(), text())), "google pay token"),
        (format!("{challenge:?}"), "pa_req_bytes: 6"),
        (format!("{answer:?}"), "redacted"),
        (format!("{personal:?}"), "payer_name: \"set\""),
    ] {
        assert!(shown.contains(says) && !shown.contains("SECRET"), "{shown}");
    }
    assert_eq!((answer.pa_res(), answer.md()), ("SECRET", "SECRET"));
}

#[test]
fn errors_are_fragments_in_lower_case_that_say_which_part() {
    let of = |error: &dyn Error| error.to_string();
    let all = [
        of(&InvalidId::Invoice),
        of(&InvalidId::Order),
        of(&InvalidId::Terminal),
        of(&InvalidId::Transaction),
        of(&InvalidId::Step),
        of(&InvalidMoney::Currency),
        of(&InvalidRequest::Description),
        of(&InvalidRequest::PayerName),
        of(&InvalidRequest::Email),
        of(&InvalidRequest::Phone),
        of(&InvalidRequest::Account),
        of(&InvalidRequest::Link),
    ];
    assert!(
        all.iter().all(|text| text.starts_with(char::is_lowercase) && !text.ends_with('.')),
        "{all:?}"
    );
    let different: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}
