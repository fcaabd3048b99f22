//! The example shops sell: a payer buys, the shop ships by the webhook, gives the money back, and believes no forger.
//!
//! Needs PHP, Node and Python, so `cargo test` leaves it out; `cargo xtask shops` runs it where they are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

#[allow(dead_code, reason = "the tests of the service need more of it")]
#[path = "../serve/world.rs"]
mod world;

use epay_fakebank::{Endpoint, cards};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::net::TcpStream;
use world::{SECRETS, World, free_address};

const SHOPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/shops");

/// Ends when dropped.
struct Shop(Child);

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(language: &str, address: SocketAddr) -> Command {
    let (program, arguments) = match language {
        "php" => ("php", vec!["-S".to_owned(), address.to_string(), format!("{SHOPS}/shop.php")]),
        "node" => ("node", vec![format!("{SHOPS}/shop.mjs")]),
        "python" => ("python3", vec![format!("{SHOPS}/shop.py")]),
        other => panic!("no shop in {other}"),
    };
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("nothing came of it")
}

async fn sells(language: &str) {
    let address = free_address();
    let shop = format!("http://{address}");
    let world = World::telling(&format!("{shop}/webhook")).await;
    let started = command(language, address)
        .env("EPAY_URL", &world.url)
        .env("EPAY_KEY", world.books.expose())
        .env("EPAY_SECRET", SECRETS[1])
        .env("SHOP_FILES", world.folder.path())
        .env("PORT", address.port().to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _shop = Shop(started.unwrap());
    within(async { while TcpStream::connect(address).await.is_err() {} }).await;
    let order = async || world.page(&format!("{shop}/orders/17")).await;
    assert_eq!(order().await, "unpaid");

    let (status, checkout, page) = world.post(&format!("{shop}/buy/17"), String::new()).await;
    assert_eq!(status, 303, "{language}: {page}");
    let page = world.pay(&checkout.unwrap(), cards::VISA_OK).await;
    assert!(page.contains("Paid. Thank you!"), "{page}");
    within(async { while order().await != "shipped" {} }).await;

    let forged = r#"{"type":"payment.captured","data":{"order":"18"}}"#;
    let (status, ..) = world.post(&format!("{shop}/webhook"), forged.to_owned()).await;
    assert_eq!(status, 400, "{language}");
    assert_eq!(world.page(&format!("{shop}/orders/18")).await, "unpaid");

    for _ in 0..2 {
        let (_, _, said) = world.post(&format!("{shop}/refund/17"), String::new()).await;
        assert_eq!(said, "done", "{language}");
    }
    within(async { while order().await != "given back" {} }).await;
    assert_eq!((world.asked(Endpoint::Cryptopay), world.asked(Endpoint::Refund)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_in_php_sells() {
    sells("php").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_in_node_sells() {
    sells("node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_in_python_sells() {
    sells("python").await;
}

/// So a reader copies what was run, and it is as short as the page says.
#[test]
fn the_guide_shows_what_was_run() {
    let page = include_str!("../../docs/serve.md");
    let php = include_str!("../../examples/shops/shop.php");
    for function in ["/** A call of the merchant API.", "/** Whether the webhook is from our epay"]
    {
        let (_, rest) = php.split_once(function).unwrap();
        let (rest, _) = rest.split_once("\n}\n").unwrap();
        assert!(
            page.contains(&format!("{function}{rest}\n}}\n")),
            "not on docs/serve.md: {function}"
        );
    }
    for shop in [
        php,
        include_str!("../../examples/shops/shop.mjs"),
        include_str!("../../examples/shops/shop.py"),
    ] {
        assert!(shop.lines().count() < 80);
    }
}
