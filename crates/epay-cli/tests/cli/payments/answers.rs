//! The facade and every command answer the same about the same attempt.

use epay::{Answer, PaymentStatus};
use epay_domain::{ListQuery, PaymentStore};
use serde_json::Value;

use super::shop::{LOG, Shop};

/// Status, whether the payer was charged, who acts next, what is called next.
type Four = [String; 4];

fn of(answer: Answer) -> Four {
    let Answer { status, payer_charged, acts_next, next_call, .. } = answer;
    [status.to_string(), payer_charged.to_string(), acts_next.to_string(), next_call.to_string()]
}

fn in_json(object: &Value) -> Four {
    ["status", "payer_charged", "acts_next", "next_call"]
        .map(|name| object[name].as_str().unwrap_or_default().to_owned())
}

fn in_text(text: &str) -> Four {
    ["status", "payer charged", "acts next", "next call"].map(|name| {
        let name = format!("{name:<15}  ");
        let value = text.lines().find_map(|line| line.strip_prefix(&name));
        value.unwrap_or_default().to_owned()
    })
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn every_command_answers_as_the_facade_does() {
    let shop = Shop::after_a_bad_week().await;
    let listed = lines(&shop.epay(&["list", LOG, "--json"]).with(0));
    let table = shop.epay(&["list", LOG]).with(0);
    let exported = lines(&shop.epay(&["export", LOG]).with(0));
    let (payments, mut statuses) = (shop.payments(), Vec::new());
    for (invoice, _) in shop.store().list(ListQuery::newest(100)).await.unwrap().into_iter().rev() {
        let number = invoice.as_str();
        let outcome = payments.status(&invoice).await.unwrap();
        let facade = of(outcome.attempt().answer());
        let said = [outcome.payer_charged().name(), outcome.acts_next().name()];
        assert_eq!(facade[1..3], said);
        let shown = shop.epay(&["show", LOG, number]).told();
        let document: Value =
            serde_json::from_str(&shop.epay(&["show", LOG, number, "--json"]).told()).unwrap();
        let mut printed = vec![("show", in_text(&shown)), ("show --json", in_json(&document))];
        let here = |line: &&Value| line["invoice"] == number;
        let list = listed.iter().filter(here).map(|line| ("list --json", in_json(line)));
        let export = exported.iter().filter(here);
        let export = export.map(|line| ("export", in_json(&line["attempt"])));
        printed.extend(list.chain(export));
        if !matches!(facade[0].as_str(), "unknown" | "awaiting payer" | "disputed") {
            let watched = shop.epay(&["watch", LOG, number]).with(0);
            let (_, last) = watched.split_once("it stands as     ").unwrap();
            let [status, charged, acts, call] = &facade;
            let line = format!(
                "{status}; payer charged: {charged}; acts next: {acts}; next call: {call}\n"
            );
            assert_eq!(last, line, "watch {number}");
        }
        assert!(printed.len() >= 4, "{printed:?}");
        for (command, answer) in printed {
            println!("{number}  facade {facade:?}  {command} {answer:?}");
            assert_eq!(answer, facade, "{command} {number}");
        }
        let row = table.lines().find(|line| line.starts_with(number)).unwrap();
        assert!(row.contains(&format!("  {:<14}  {:<13}  ", facade[0], facade[1])), "{row}");
        statuses.push(outcome.attempt().answer().status);
    }
    use PaymentStatus::{AwaitingPayer, Declined, Disputed, Paid, Unknown};
    assert_eq!(statuses, [Disputed, Paid, Disputed, Unknown, Declined, AwaitingPayer, Unknown]);
}
