//! The service as a process of its own: what strangers cost it, and that its log names requests and webhooks.

use super::world::World;
use axum::http::StatusCode;
use epay_fakebank::{Endpoint, cards};
use epay_tests::binary::{Process, epay};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

#[tokio::test]
async fn what_a_problem_and_a_webhook_are_called_finds_their_lines_in_the_log() {
    let Some(epay) = epay() else { return };
    let mut world = World::open().await;
    let _service = world.served_by(&epay, &["--log", "json"]).await;
    let problem = world.call(&world.books, "GET", "/v1/orders/nobody-s", "").await;
    assert_eq!(problem.status, 404);
    let request = problem.json()["request_id"].as_str().unwrap().to_owned();
    world.receiver.answers(StatusCode::INTERNAL_SERVER_ERROR);
    world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    let webhook = world.receiver.told().await.header("webhook-id").to_owned();
    // It comes again, so what was said of the first is written.
    assert_eq!(world.receiver.told().await.header("webhook-id"), webhook);

    let log = fs::read_to_string(world.folder.path().join("service.log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found = |span: &str, id: &str| -> Vec<&Value> {
        let is_of = |of: &Value| of["name"] == span && of["id"] == id;
        let of_it =
            |line: &&Value| line["spans"].as_array().is_some_and(|all| all.iter().any(is_of));
        lines.iter().filter(of_it).collect()
    };
    let of_request = found("request", &request);
    assert!(of_request.iter().any(|line| line["problem"] == "urn:epay:problem:not-found"), "{log}");
    assert!(
        of_request.iter().all(|line| line["spans"][0]["route"] == "/v1/orders/{order}"),
        "{log}"
    );
    assert!(found("webhook", &webhook).iter().any(|line| line["level"] == "WARN"), "{log}");
}

/// What a process takes of the machine, in KiB: now, and at most.
#[cfg(target_os = "linux")]
fn resident(service: &Process) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{}/status", service.0.id())).unwrap();
    let kib = |name: &str| {
        let (_, rest) = status.split_once(name).unwrap();
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    (kib("VmRSS:"), kib("VmHWM:"))
}

/// How many strangers of each kind come at a time.
const SLOW: usize = 500;
const LARGE: usize = 150;
const LOST: usize = 1_500;

/// How often they come. An allocator keeps what it had once, and finds better places for it after a while; so what the
/// last turn adds tells whether anything is kept for each of them.
const TURNS: usize = 4;
/// What all of them may cost together, and the last turn, in KiB.
const AT_MOST: u64 = 64 * 1024;
const LAST: u64 = 4 * 1024;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn whatever_strangers_send_the_process_stays_small() {
    let Some(epay) = epay() else { return };
    let mut world = World::open().await;
    let service = world.served_by(&epay, &[]).await;
    paid(&world, "before").await;
    let (idle, _) = resident(&service);
    let mut most = Vec::new();
    for turn in 0..TURNS {
        slow(&world, turn).await;
        large(&world).await;
        lost(&world, turn * LOST).await;
        most.push(resident(&service).1);
    }
    println!("{idle} KiB before, {most:?} at most");
    let [.., before, last] = most[..] else { panic!("{most:?}") };
    assert!(last.saturating_sub(idle) < AT_MOST, "{idle} KiB before, {most:?} at most");
    assert!(last.saturating_sub(before) < LAST, "{idle} KiB before, {most:?} at most");
    paid(&world, "after").await;
    assert_eq!(world.asked(Endpoint::Cryptopay), TURNS + 2);
}

async fn paid(world: &World, order: &str) {
    let page = world.pay(&world.order(&world.books, order).await, cards::VISA_OK).await;
    assert!(page.contains("Paid. Thank you!"), "{page}");
}

/// Each sends as much as is read before it ends, and never the end; and somebody pays meanwhile.
async fn slow(world: &World, turn: usize) {
    let address: SocketAddr = world.url.strip_prefix("http://").unwrap().parse().unwrap();
    let (head, body) = ("x".repeat(30 * 1024), "x".repeat(63 * 1024));
    let mut slow = Vec::new();
    for number in 0..SLOW {
        let begun = match number % 2 {
            0 => format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: {head}"),
            _ => format!(
                "PUT /v1/orders/1 HTTP/1.1\r\nhost: a\r\ncontent-length: 65000\r\n\r\n{body}"
            ),
        };
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    paid(world, &format!("meanwhile-{turn}")).await;
    assert_eq!(slow.len(), SLOW);
}

/// Bodies of a megabyte, where a few kilobytes are read.
async fn large(world: &World) {
    let huge = "x".repeat(1024 * 1024);
    let places =
        [("PUT", "/v1/orders/1"), ("POST", "/shops/books/callback"), ("POST", "/console/sign-in")];
    let sent = stream::iter(0..LARGE).map(|number| {
        let (method, path) = places[number % places.len()];
        let request = world.client.request(method.parse().unwrap(), format!("{}{path}", world.url));
        let huge = huge.clone();
        // It may be hung up on before it has sent all of it.
        async move { request.body(huge).send().await.map(|answer| answer.status().as_u16()) }
    });
    let answers: Vec<_> = sent.buffer_unordered(32).collect().await;
    assert!(answers.iter().flatten().all(|status| (400..500).contains(status)), "{answers:?}");
}

/// Links, invoices, keys and paths that nobody has, each from another address.
async fn lost(world: &World, first: usize) {
    let sent = stream::iter(first..first + LOST).map(|number| {
        let (method, path, body) = match number % 4 {
            0 => ("GET", format!("/pay/books/{number}"), String::new()),
            1 => {
                let forged = format!("{{\"invoiceId\":\"{number}\"}}");
                ("POST", "/shops/books/callback".to_owned(), forged)
            }
            2 => ("GET", format!("/v1/orders/{number}"), String::new()),
            _ => ("GET", format!("/{number}"), String::new()),
        };
        let from = format!("198.{}.{}.7", number / 256, number % 256);
        let request = world.client.request(method.parse().unwrap(), format!("{}{path}", world.url));
        let request = request.header("x-forwarded-for", from).bearer_auth(number).body(body);
        async move { request.send().await.unwrap().status().as_u16() }
    });
    let answers: Vec<_> = sent.buffer_unordered(64).collect().await;
    assert!(answers.iter().all(|status| *status < 500), "{answers:?}");
}
