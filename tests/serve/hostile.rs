//! Strangers at the door: hundreds of slow connections, forged names and headers, and bodies without end.

use super::world::World;
use epay_fakebank::{Endpoint, cards};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn address(world: &World) -> SocketAddr {
    world.url.strip_prefix("http://").unwrap().parse().unwrap()
}

#[tokio::test]
async fn five_hundred_slow_connections_stop_nobody_else() {
    let world = World::open().await;
    let mut slow = Vec::new();
    for number in 0..500 {
        let mut stream = TcpStream::connect(address(&world)).await.unwrap();
        let begun: &[u8] = match number % 2 {
            0 => b"GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ",
            _ => b"PUT /v1/orders/1 HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\n{",
        };
        stream.write_all(begun).await.unwrap();
        slow.push(stream);
    }
    let page = world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    assert!(page.contains("Paid. Thank you!"), "{page}");
    assert_eq!(slow.len(), 500);
}

/// What the service answers to these bytes, its head and what came of its body.
async fn answer(world: &World, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address(world)).await.unwrap();
    // It may be answered, and closed, before all of it is there.
    let _ = stream.write_all(sent).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_forged_host_names_no_address_of_a_payers() {
    let world = World::open().await;
    let key = world.books.expose();
    for host in ["evil.example", "127.0.0.1:1", "evil.example\r\nx-forwarded-host: evil.example"] {
        let said = answer(
            &world,
            format!(
                "PUT /v1/orders/17 HTTP/1.1\r\nhost: {host}\r\nx-forwarded-proto: evil\r\n\
                 authorization: Bearer {key}\r\nconnection: close\r\ncontent-length: 24\r\n\r\n\
                 {{\"amount_minor\": 500000}}"
            )
            .as_bytes(),
        )
        .await;
        assert!(said.starts_with("HTTP/1.1 200") && !said.contains("evil"), "{said}");
        assert!(said.contains(&format!("{}/pay/books/", world.url)), "{said}");
    }
}

#[tokio::test]
async fn no_address_of_the_checkout_leads_elsewhere() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    for more in [
        "?next=https://evil.example",
        "?lang=//evil.example",
        "/continue?url=//evil",
        "//evil.example",
    ] {
        let request = world.client.post(format!("{link}{more}")).body("seen=//evil.example");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.header("host", "evil.example").send().await.unwrap();
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        assert!(to.is_none_or(|to| to.starts_with(&world.url)), "{more}");
        assert!(!answer.status().is_server_error(), "{more}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_answered_4xx_or_with_nothing_and_asks_the_bank_nothing() {
    let world = World::open().await;
    let (long, many) = ("a".repeat(64 * 1024), "x: y\r\n".repeat(2_000));
    for sent in [
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        format!("GET /{long} HTTP/1.1\r\nhost: a\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: a\r\nx: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n"),
        "POST /v1/orders/1/check HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n".to_owned(),
        "PUT /v1/orders/1 HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"
            .to_owned(),
        format!(
            "PUT /v1/orders/1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{long}{long}",
            2 * long.len()
        ),
    ] {
        let said = answer(&world, sent.as_bytes()).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{sent:.60}: {said:.200}");
    }
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    assert_eq!(world.ask("GET", "/healthz", None, "").await.status, 200);
}
