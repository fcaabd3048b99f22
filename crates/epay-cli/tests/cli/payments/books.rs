//! What programs read: lists, documents and exports in JSON say what the log says, no more and no
//! less.

use epay_domain::{Command, Event, EventKind, Fact, ListQuery, Listed, PaymentStore};
use epay_fakebank::cards;
use serde_json::Value;

use super::shop::{LATE, LOG, PAID, PAYER_AWAITED, PRICE, REFUND_LOST, Shop, WRONG_SUM, card};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_list_in_json_is_a_line_for_each_attempt_and_one_with_the_counts() {
    let shop = Shop::after_a_bad_week().await;
    let mut listed = lines(&shop.epay(&["list", LOG, "--json"]).with(0));
    let counts = listed.pop().unwrap();
    assert_eq!(listed.len(), 7);
    for (name, count) in [("listed", 7), ("unreadable", 0), ("invoices_left", 999_993)] {
        assert_eq!(counts[name], count, "{name}");
    }
    assert_eq!(counts["goes_on_after"], Value::Null);
    let late = listed.iter().find(|line| line["invoice"] == LATE).unwrap();
    assert_eq!(late["contradictions"][0], "late_success");
    assert_eq!((&late["amount"], &late["currency"]), (&500_000.into(), &"KZT".into()));
    let disputed = lines(&shop.epay(&["list", LOG, "--json", "--disputed"]).with(3));
    let invoices: Vec<&Value> = disputed.iter().map(|line| &line["invoice"]).take(2).collect();
    assert_eq!(invoices, [WRONG_SUM, LATE]);
}

#[tokio::test]
async fn a_long_list_comes_in_parts_and_by_what_it_is_asked_for() {
    let shop = Shop::after_a_bad_week().await;
    let invoices = |arguments: &[&str], code| {
        let listed = lines(&shop.epay(&[&["list", LOG, "--json"], arguments].concat()).with(code));
        let of = |line: &Value| Some(line.get("invoice")?.as_str()?.to_owned());
        let goes_on = listed.last().unwrap()["goes_on_after"].as_str().map(str::to_owned);
        (listed.iter().filter_map(of).collect::<Vec<_>>(), goes_on)
    };
    let (all, _) = invoices(&[], 0);
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut arguments = vec!["--limit", "3"];
        arguments.extend(after.iter().flat_map(|after| ["--after", after.as_str()]));
        let (page, goes_on) = invoices(&arguments, 0);
        assert!(page.len() <= 3 && goes_on.as_ref().is_none_or(|it| Some(it) == page.last()));
        seen.extend(page);
        after = goes_on;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
    assert_eq!(invoices(&["--status", "awaiting-payer"], 0).0, [PAYER_AWAITED]);
    assert_eq!(invoices(&["--status", "disputed"], 0), invoices(&["--disputed"], 3));
    let needs = invoices(&["--needs-attention"], 3).0;
    assert!([LATE, WRONG_SUM].iter().all(|it| needs.contains(&(*it).to_owned())));
    assert_eq!(invoices(&["--day", "2026-11-24"], 0).0, [PAID, LATE]);
    assert_eq!(invoices(&["--day", "2026-11-24..2026-11-28"], 0).0, all);
    assert!(invoices(&["--day", "2026-11-23"], 0).0.is_empty());
    let day = lines(&shop.epay(&["export", LOG, "--day", "2026-11-24"]).with(0));
    assert!(day.iter().all(|line| [PAID, LATE].contains(&line["invoice"].as_str().unwrap())));
    assert!(!day.is_empty());
}

#[tokio::test]
async fn nothing_disputed_is_nothing_for_a_person() {
    let shop = Shop::empty();
    let text = shop.epay(&["list", LOG, "--disputed"]).with(0);
    assert!(text.contains("0 attempts listed"), "{text}");
}

#[tokio::test]
async fn a_story_in_json_has_both_stories_of_its_contradiction() {
    let shop = Shop::after_a_bad_week().await;
    let shown: Value =
        serde_json::from_str(&shop.epay_now(&["show", LOG, WRONG_SUM, "--json"]).with(0)).unwrap();
    let it = &shown["contradictions"][0];
    assert_eq!(
        (&it["kind"], &it["we"][0]),
        (&"wrong_amount".into(), &"ordered: 5000.00 KZT".into())
    );
    assert!(it["the_bank"][0].as_str().unwrap().contains("taken 50.00 KZT"), "{it}");
    let token = shown["shown"].as_str().unwrap();
    let acknowledge =
        format!("epay payments acknowledge {LOG} {WRONG_SUM} --shown {token} --note TEXT");
    assert_eq!(shown["commands"][0]["command"], acknowledge.as_str());
    let history =
        shop.store().history(shop.attempt(WRONG_SUM).await.payment.invoice()).await.unwrap();
    assert_eq!(shown["timeline"].as_array().unwrap().len(), history.len());
}

#[tokio::test]
async fn an_export_is_every_event_as_a_record_that_can_be_read_back() {
    let shop = Shop::after_a_bad_week().await;
    let text = shop.epay(&["export", LOG]).with(0);
    let mut rest = text.lines();
    for (invoice, listed) in shop.store().list(ListQuery::newest(100)).await.unwrap() {
        let Listed { stored, events, .. } = listed.unwrap();
        assert_eq!(events, shop.store().history(&invoice).await.unwrap());
        for (event, number) in events.iter().zip(1_u64..) {
            let line = rest.next().unwrap();
            let whose: Value = serde_json::from_str(line).unwrap();
            assert_eq!(whose["invoice"], invoice.as_str());
            assert_eq!(
                (&whose["order"], &whose["number"]),
                (&stored.order.as_str().into(), &number.into())
            );
            let read = epay_store::decode(line).unwrap();
            if !is_challenge(event) {
                assert_eq!(read, *event);
            }
        }
    }
    assert_eq!(rest.next(), None);
}

#[tokio::test]
async fn accountants_can_match_what_was_paid() {
    let shop = Shop::after_a_bad_week().await;
    let exported = lines(&shop.epay(&["export", LOG]).with(0));
    let paid = exported.iter().find(|line| line["invoice"] == REFUND_LOST).unwrap();
    let details = shop.attempt(REFUND_LOST).await.payment.details();
    let attempt = &paid["attempt"];
    for (name, value) in [
        ("amount", Value::from(500_000)),
        ("currency", "KZT".into()),
        ("captured", 500_000.into()),
        ("terminal", epay_fakebank::SANDBOX_TERMINAL.into()),
        ("reference", details.reference.unwrap().as_str().into()),
        ("approval_code", details.approval_code.unwrap().as_str().into()),
        ("card_mask", details.card_mask.unwrap().as_str().into()),
    ] {
        assert_eq!(attempt[name], value, "{name}");
    }
}

fn is_challenge(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Observed(seen) if matches!(seen.fact, Fact::ThreeDsRequired(_)))
}

#[tokio::test]
async fn the_issuers_challenge_is_kept_in_the_log_and_printed_nowhere() {
    let shop = Shop::after_a_bad_week().await;
    let challenge = shop.attempt(PAYER_AWAITED).await.payment.challenge().cloned().unwrap();
    let commands: [&[&str]; 5] = [
        &["list", LOG, "--json"],
        &["show", LOG, PAYER_AWAITED],
        &["show", LOG, PAYER_AWAITED, "--json"],
        &["export", LOG],
        &["list", LOG],
    ];
    for command in commands {
        let text = shop.epay(command).told();
        for secret in [&challenge.pa_req, &challenge.md, &challenge.action] {
            assert!(!text.contains(secret.as_str()), "{secret} is in\n{text}");
        }
    }
    // So it would be found: the log itself has it.
    let history =
        shop.store().history(shop.attempt(PAYER_AWAITED).await.payment.invoice()).await.unwrap();
    assert!(history.iter().any(is_challenge));
    assert!(history.iter().any(|event| event.kind == EventKind::Asked(Command::Authorize)));
}

#[tokio::test]
async fn the_name_of_an_order_is_no_column() {
    let shop = Shop::empty();
    let name = "a\"  5000.00 KZT  paid            yes";
    let _ = shop.payments().pay(name, PRICE, card(cards::INSUFFICIENT_FUNDS)).await.unwrap();
    let quoted = r#""a\"  5000.00 KZT  paid            yes""#;
    let list = shop.epay(&["list", LOG]).with(0);
    assert!(
        list.contains(&format!("\n100000001        {quoted}       5000.00 KZT  declined")),
        "{list}"
    );
    let watch = shop.epay(&["watch", LOG, "100000001"]).with(0);
    assert!(
        watch.lines().all(|line| line.contains(&format!("  100000001  {quoted}  "))),
        "{watch}"
    );
    let show = shop.epay(&["show", LOG, "100000001"]).with(0);
    assert!(show.starts_with(&format!("invoice 100000001, order {quoted}: ")), "{show}");
    let absent = shop.epay(&["show", LOG, "--order", "a  b"]).with(1);
    assert!(absent.contains(r#"there is no order "a  b" in shop.db"#), "{absent}");
}
