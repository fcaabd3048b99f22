//! What programs read: lists, documents and exports in JSON say what the log says, no more and no less.

use epay_domain::{Command, Event, EventKind, Fact, PaymentStore};
use serde_json::Value;

use crate::shop::{LATE, LOG, PAYER_AWAITED, Shop, WRONG_SUM};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_list_in_json_is_a_line_for_each_attempt_and_one_with_the_counts() {
    let shop = Shop::after_a_bad_week().await;
    let mut listed = lines(&shop.epay(&["list", LOG, "--json"]).with(0));
    let counts = listed.pop().unwrap();
    assert_eq!(listed.len(), 7);
    for (name, count) in
        [("attempts", 7), ("listed", 7), ("flagged", 2), ("open", 3), ("invoices_left", 999_993)]
    {
        assert_eq!(counts[name], count, "{name}");
    }
    assert_eq!(listed[0]["flags"][0], "late_success");
    assert_eq!((&listed[2]["amount"], &listed[2]["currency"]), (&500_000.into(), &"KZT".into()));
    let flagged = lines(&shop.epay(&["list", LOG, "--json", "--flagged"]).with(1));
    let invoices: Vec<&Value> = flagged.iter().map(|line| &line["invoice"]).take(2).collect();
    assert_eq!(invoices, [LATE, WRONG_SUM]);
}

#[tokio::test]
async fn nothing_flagged_is_nothing_for_a_person() {
    let shop = Shop::empty();
    let text = shop.epay(&["list", LOG, "--flagged"]).with(0);
    assert!(text.contains("0 of 0 attempts listed"), "{text}");
}

#[tokio::test]
async fn a_story_in_json_has_both_stories_of_its_flag() {
    let shop = Shop::after_a_bad_week().await;
    let shown: Value =
        serde_json::from_str(&shop.epay_now(&["show", LOG, WRONG_SUM, "--json"]).with(0)).unwrap();
    let flag = &shown["flags"][0];
    assert_eq!(
        (&flag["flag"], &flag["we"][0]),
        (&"wrong_amount".into(), &"ordered: 5000.00 KZT".into())
    );
    assert!(flag["the_bank"][0].as_str().unwrap().contains("taken 50.00 KZT"), "{flag}");
    assert_eq!((&shown["payer_charged"], &shown["acts_next"]), (&"yes".into(), &"a person".into()));
    let next = format!("epay payments resolve {LOG} {WRONG_SUM} --who NAME --why TEXT");
    assert_eq!(shown["next"][0]["command"], next.as_str());
    let history =
        shop.store().history(shop.attempt(WRONG_SUM).await.payment.invoice()).await.unwrap();
    assert_eq!(shown["timeline"].as_array().unwrap().len(), history.len());
}

#[tokio::test]
async fn an_export_is_every_event_as_a_record_that_can_be_read_back() {
    let shop = Shop::after_a_bad_week().await;
    let text = shop.epay(&["export", LOG]).with(0);
    let mut rest = text.lines();
    for stored in shop.store().page(None, 100).await.unwrap() {
        let invoice = stored.payment.invoice();
        for (event, number) in shop.store().history(invoice).await.unwrap().iter().zip(1_u64..) {
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
        let text = shop.epay(command).with(0);
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
