//! Starting, standing and stopping.

use super::console::desk::Desk;
use super::wallet::{Apple, Opens, now};
use super::world::World;
use epay_fakebank::{Endpoint, FaultKind, cards};
use epay_serve::{Config, Service};
use epay_testkit::fakebank::Fault;
use std::collections::BTreeSet;
use std::time::Duration;

#[tokio::test]
async fn it_is_alive_and_ready() {
    let world = World::open().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(world.ask("GET", path, None, "").await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn what_waits_is_counted_from_the_log() {
    let world = World::open().await;
    let told = async || world.ask("GET", "/metrics", None, "").await.text;
    for line in [
        "# TYPE epay_serve_open_payments gauge\n",
        "epay_serve_log_readable{shop=\"books\"} 1\n",
        "epay_serve_open_payments{shop=\"books\"} 0\n",
        "epay_serve_needs_attention{shop=\"tools\"} 0\n",
    ] {
        let text = told().await;
        assert!(text.contains(line), "{line}{text}");
    }
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::THREE_DS);
    world.post(&link, sealed).await;
    let text = told().await;
    assert!(text.contains("epay_serve_open_payments{shop=\"books\"} 1\n"), "{text}");
    assert!(text.contains("epay_serve_open_payments{shop=\"tools\"} 0\n"), "{text}");
}

/// What the service tells, once each of its shops has the bank's key.
async fn told(world: &World) -> String {
    loop {
        let text = world.ask("GET", "/metrics", None, "").await.text;
        let held = |shop| text.contains(&format!("epay_serve_bank_key_held{{shop=\"{shop}\"}} 1"));
        if held("books") && held("tools") {
            return text;
        }
        tokio::task::yield_now().await;
    }
}

/// The number of this gauge for `books`.
#[track_caller]
fn number(text: &str, gauge: &str) -> u64 {
    let line = format!("{gauge}{{shop=\"books\"}} ");
    let (_, rest) = text.split_once(&line).unwrap_or_else(|| panic!("{gauge}: {text}"));
    rest.split_once('\n').unwrap().0.parse().unwrap()
}

#[tokio::test]
async fn what_runs_out_is_told_before_it_has() {
    let apple = Apple::of(now() - 710 * 24 * 60 * 60).await;
    let mut world = World::with(&apple.lines(Opens::Us)).await;
    let text = told(&world).await;
    assert!(number(&text, "epay_serve_bank_key_age_seconds") < 60, "{text}");
    assert_eq!(number(&text, "epay_serve_invoices_left"), 1_000_000);
    let days = number(&text, "epay_serve_apple_pay_days_left");
    assert!([19, 20].contains(&days), "{text}");
    assert!(!text.contains("unfetched"), "webhooks bring the events: {text}");
    world.order(&world.books, "17").await;
    let text = world.ask("GET", "/metrics", None, "").await.text;
    assert_eq!(number(&text, "epay_serve_invoices_left"), 999_999);

    // A bank whose key can't be had, by either shop.
    world.tell_to_stop().await.unwrap();
    let before = world.asked(Endpoint::PublicKey);
    for skip in 0..2 {
        let (on, kind) = (Endpoint::PublicKey, FaultKind::ErrorAfterEffect);
        world.bank.with_bank(|bank| bank.plan(Fault { on, skip, kind }));
    }
    world.start().await;
    while world.asked(Endpoint::PublicKey) < before + 2 {
        tokio::task::yield_now().await;
    }
    let text = world.ask("GET", "/metrics", None, "").await.text;
    assert_eq!(number(&text, "epay_serve_bank_key_held"), 0);
    assert!(!text.contains("epay_serve_bank_key_age_seconds{shop=\"books\"}"), "{text}");
    // A payer's page asks again.
    let link = world.order(&world.books, "17").await;
    world.pay(&link, cards::VISA_OK).await;
    let text = world.ask("GET", "/metrics", None, "").await.text;
    assert_eq!(number(&text, "epay_serve_bank_key_held"), 1);
}

#[tokio::test]
async fn an_event_that_nobody_fetches_is_told_until_somebody_does() {
    let gauge = "epay_serve_oldest_unfetched_event_seconds";
    let world = World::without_webhooks("").await;
    let text = world.ask("GET", "/metrics", None, "").await.text;
    assert_eq!(number(&text, gauge), 0);
    world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    // The service tells it by the log's times: it was paid three hours ago.
    let log = rusqlite::Connection::open(world.folder.path().join("books.db")).unwrap();
    let earlier = "UPDATE attempts SET next_notify_at = next_notify_at - 10800000";
    assert_eq!(log.execute(earlier, []).unwrap(), 1);
    let text = world.ask("GET", "/metrics", None, "").await.text;
    assert!((10_800..11_000).contains(&number(&text, gauge)), "{text}");
    let mut found = Vec::new();
    let config = Config::read(world.config()).unwrap();
    config.examine(|diagnosis| found.push(diagnosis.to_string())).await;
    let risky = "risky: shop books: events: one waits since 3 h";
    assert!(found.iter().any(|line| line.starts_with(risky)), "{found:?}");
    let health = async || Desk::of(&world, "vera").await.get("/console/health").await.text;
    let page = health().await;
    assert!(
        page.contains("<p class=\"said bad\">Events: one waits to be fetched since 3 h"),
        "{page}"
    );

    let feed = world.call(&world.books, "GET", "/v1/events", "").await.json();
    let after = feed["after"].as_str().unwrap();
    world.call(&world.books, "GET", &format!("/v1/events?after={after}"), "").await;
    let text = world.ask("GET", "/metrics", None, "").await.text;
    assert_eq!(number(&text, gauge), 0, "{text}");
    let page = health().await;
    for line in [
        "<p class=\"said\">Events: none waits to be fetched",
        "<p class=\"said\">The bank's key: ",
        "<figcaption>Invoices left</figcaption><b>999999</b>",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_is_under_way_and_the_next_start_goes_on() {
    let mut world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::VISA_OK);
    world.fault(Endpoint::Cryptopay, FaultKind::Delay(500));
    let (client, url) = (world.client.clone(), link.clone());
    let paying = tokio::spawn(async move {
        let form = "application/x-www-form-urlencoded";
        let request = client.post(url).header("content-type", form).body(sealed);
        request.send().await.map(|answer| answer.status().as_u16())
    });
    while world.asked(Endpoint::Cryptopay) == 0 {
        tokio::task::yield_now().await;
    }
    let ended = world.tell_to_stop();
    assert_eq!(paying.await.unwrap().unwrap(), 303);
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap().unwrap();

    world.start().await;
    let paid = world.call(&world.books, "GET", "/v1/orders/17", "").await;
    assert_eq!(paid.json()["status"], "paid");
    // A link outlives the process: what it is signed with is worked out anew.
    assert!(world.page(&link).await.contains("Paid. Thank you!"));
}

#[tokio::test]
async fn every_answer_names_its_request_and_a_problem_names_the_same() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let mut seen = BTreeSet::new();
    for url in [
        link,
        format!("{}/healthz", world.url),
        format!("{}/v1/orders/17", world.url), // 401
        format!("{}/nowhere", world.url),      // 404
        format!("{}/console", world.url),      // to the sign-in
    ] {
        let answer = world.client.get(&url).send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let kind = answer.headers().get("content-type");
        if kind.is_some_and(|kind| kind == "application/problem+json") {
            let text = answer.text().await.unwrap();
            let problem: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(problem["request_id"], id, "{url}");
        }
        assert!(seen.insert(id), "{url}: it was another request's");
    }
    // The world's client is a proxy that is trusted.
    for (sent, taken) in [("5f3c-77_a.b", true), ("a b", false), (&"a".repeat(65), false)] {
        let request = world.client.get(format!("{}/nowhere", world.url));
        let answer = request.header("x-request-id", sent).send().await.unwrap();
        assert_eq!(answer.headers()["x-request-id"] == sent, taken, "{sent}");
    }
}

#[tokio::test]
async fn who_is_no_proxy_of_ours_names_no_request() {
    let mut world = World::open().await;
    let ended = world.tell_to_stop();
    ended.await.unwrap();
    let text = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), text.replace("127.0.0.0/8", "10.0.0.0/8")).unwrap();
    world.start().await;
    let request = world.client.get(format!("{}/healthz", world.url));
    let answer = request.header("x-request-id", "5f3c").send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"].len(), 32);
}

#[tokio::test]
async fn what_is_wrong_is_said_instead_of_served() {
    let world = World::open().await;
    let text = std::fs::read_to_string(world.config()).unwrap();
    let config: Config = text.replace("file = 'secret'", "file = 'nowhere'").parse().unwrap();
    let error = Service::open(&config).await.unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.starts_with("wrong: shop books: client_secret: the file nowhere"), "{why}");
}

#[tokio::test]
async fn the_alerts_ask_for_what_is_served_and_for_all_of_it() {
    let apple = Apple::open().await;
    let world = World::without_webhooks(&apple.lines(Opens::Us)).await;
    let served = told(&world).await;
    let named = |text: &str| -> BTreeSet<String> {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        words.filter(|word| word.starts_with("epay_")).map(str::to_owned).collect()
    };
    let alerts = include_str!("../../deploy/alerts.yml");
    assert_eq!(named(alerts), named(&served));
    let [rules, asked, said] =
        ["- alert: ", "expr: ", "summary: "].map(|key| alerts.matches(key).count());
    assert!(rules > 0 && rules == asked && rules == said, "{rules} {asked} {said}");
    let page = include_str!("../../docs/serve-operating.md");
    assert_eq!(named(alerts), named(page), "docs/serve-operating.md tells of each");
}
