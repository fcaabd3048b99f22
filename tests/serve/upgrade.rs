//! Upgrade in place: the log of an earlier program is opened as it is, and its orders go on.

use super::console::desk::Desk;
use super::world::World;
use epay::TokioClock;
use epay_domain::Clock;
use epay_fakebank::{Amount, Endpoint, Instrument, Millis, Pay, SANDBOX_TERMINAL, cards};
use serde_json::{Value, json};
use std::fs;

/// A log that the first version of the tables has, with an order in each status.
const VERSION_1: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/epay-store/tests/golden/v1.sql");

/// What the bank knows of it: one whose answer was lost, and one that is paid.
const DONE: [&str; 2] = ["100000002", "100000005"];

/// The shop `books`, whose log an earlier program has written.
async fn upgraded() -> World {
    let mut world = World::open().await;
    world.tell_to_stop().await.unwrap();
    let log = world.folder.path().join("books.db");
    for beside in ["", "-wal", "-shm"] {
        // A store that is closed has left the first alone.
        let _ = fs::remove_file(format!("{}{beside}", log.display()));
    }
    let file = rusqlite::Connection::open(&log).unwrap();
    file.execute_batch(&fs::read_to_string(VERSION_1).unwrap()).unwrap();
    drop(file);
    // What the earlier program had asked for, the bank has done.
    for invoice in DONE {
        let now = Millis(TokioClock.now().unix_millis());
        let card = Instrument::card(cards::VISA_OK).unwrap();
        let pay = Pay::kzt(SANDBOX_TERMINAL, invoice, Amount::from_minor(500_000), card);
        world.bank.with_bank(|bank| {
            bank.perform(Endpoint::Cryptopay, invoice, now, |bank| bank.pay(pay, now).unwrap())
        });
    }
    world.start().await;
    world
}

/// How the order stands, once the bank was asked.
async fn checked(world: &World, order: &str) -> Value {
    world.call(&world.books, "POST", &format!("/v1/orders/{order}/check"), "").await.json()
}

#[tokio::test]
async fn the_log_of_an_earlier_program_is_served_as_it_is_and_its_orders_go_on() {
    let world = upgraded().await;
    assert_eq!(world.ask("GET", "/readyz", None, "").await.status, 200);
    for (order, status) in [
        ("order-1", "new"),
        ("order-7", "refunded"),
        ("order-9", "declined"),
        ("order-13", "disputed"),
    ] {
        let told = world.call(&world.books, "GET", &format!("/v1/orders/{order}"), "").await.json();
        assert_eq!((&told["status"], &told["amount_minor"]), (&json!(status), &json!(500_000)));
    }
    let page = world.call(&world.books, "GET", "/v1/orders?limit=100", "").await.json();
    let orders = page["orders"].as_array().unwrap().len();
    assert_eq!(orders, 15, "one of sixteen is damaged: {page}");
    let desk = Desk::of(&world, "aida").await;
    for path in ["/console", "/console/shops/books/100000013", "/console/shops/books/100000014"] {
        assert_eq!(desk.get(path).await.status, 200, "{path}");
    }

    // Registered before, paid now. What was lost before is found, and nobody is charged for it again.
    let new = world.order(&world.books, "order-1").await;
    assert!(world.pay(&new, cards::VISA_OK).await.contains("Paid. Thank you!"));
    let lost = world.order(&world.books, "order-2").await;
    assert_eq!(checked(&world, "order-2").await["status"], "paid");
    assert!(world.page(&lost).await.contains("Paid. Thank you!"));
    assert_eq!(checked(&world, "order-5").await["status"], "paid");
    assert_eq!(world.asked(Endpoint::Cryptopay), DONE.len() + 1, "of the payers one has paid now");

    for order in ["order-1", "order-2", "order-5"] {
        let path = format!("/v1/orders/{order}/refunds/upgraded");
        let told = world.call(&world.books, "POST", &path, r#"{"amount_minor": 500000}"#).await;
        assert_eq!(told.json()["order"]["refunded_minor"], 500_000, "{order}: {told:?}");
    }
    let path = "/v1/orders/the-next";
    let next = world.call(&world.books, "PUT", path, r#"{"amount_minor": 100000}"#).await.json();
    assert_eq!(next["invoice"], "100000017", "numbers go on where they were");
}
