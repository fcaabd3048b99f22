//! After a hundred payments at its checkout `epay serve` has seen no card number: its memory, log and files hold none.
//!
//! The numbers are typed and sealed here, as the page's script does it in the payer's browser. The service is a process of
//! its own, so whatever it knows of them came to it by its sockets.

use crate::scan::{Needle, none_in};
use crate::world::World;
use epay::CardNumber;
use epay_fakebank::{Endpoint, FaultKind};
use epay_tests::binary::{Process, epay};
use epay_tests::process_memory::each_writable;

const PAYMENTS: usize = 100;
/// What all the cards begin with, so that one search finds any of them. It is none of the fake bank's own, which are in the
/// binary, and fails Luhn's check, so that it may name an order.
const BEGINS: &str = "487263501928";

/// The payer's own card of each payment.
fn card(payment: usize) -> String {
    let numbers = (0..10).map(|check| format!("{BEGINS}{payment:03}{check}"));
    numbers.into_iter().find(|number| CardNumber::new(number).is_ok()).unwrap()
}

/// All that the process can write to.
fn memory(service: &Process) -> String {
    let mut held = String::new();
    let look = |bytes: &[u8]| {
        held += &text(bytes.to_vec());
        held.push('\n');
    };
    each_writable(&service.0.id().to_string(), look).unwrap();
    held
}

/// Every disguise is of ASCII and without zeros, so nothing that is looked for is lost.
fn text(mut bytes: Vec<u8>) -> String {
    bytes.dedup_by(|one, other| *one == 0 && *other == 0);
    bytes.iter_mut().filter(|byte| !byte.is_ascii()).for_each(|byte| *byte = b'.');
    String::from_utf8(bytes).unwrap()
}

/// What the service has written: its stores with their journals, and its log.
fn files(world: &World) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(world.folder.path()).unwrap().map(|entry| entry.unwrap());
    let read = entries.map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        (name, text(std::fs::read(entry.path()).unwrap()))
    });
    read.filter(|(_, text)| !text.is_empty()).collect()
}

#[tokio::test]
async fn no_typed_card_number_comes_to_the_service() {
    let Some(epay) = epay() else { return };
    let mut world = World::open().await;
    let service = world.served_by(&epay, &[]).await;
    let needles = [Needle::new("typed card number", BEGINS)];
    let shown = |text: &str| !needles[0].found_in(text).is_empty();

    for payment in 0..PAYMENTS {
        let link = world.order(&world.books, &format!("order-{payment}")).await;
        let page = world.pay(&link, &card(payment)).await;
        assert!(page.contains("Paid. Thank you!"), "{page}");
    }
    assert_eq!(world.asked(Endpoint::Cryptopay), PAYMENTS);
    let held = memory(&service);
    assert!(held.contains("order-99"), "it was not the service's memory");
    none_in("the memory", &held, &needles);
    let written = files(&world);
    for name in ["books.db", "service.log"] {
        assert!(written.iter().any(|(file, _)| file == name), "{name} was not looked into");
    }
    written.iter().for_each(|(file, text)| none_in(file, text, &needles));

    // A payer without our script types their number for their name, and the bank thinks it over.
    let link = world.order(&world.books, "named").await;
    let sealed = world.sealed(&world.page(&link).await, &card(0));
    let named = sealed.replace("ARMAN+ALI", &card(1));
    assert_ne!(named, sealed);
    world.fault(Endpoint::Cryptopay, FaultKind::Delay(1000));
    let look = async {
        while world.asked(Endpoint::Cryptopay) == PAYMENTS {
            tokio::task::yield_now().await;
        }
        memory(&service)
    };
    let (_, held) = tokio::join!(world.post(&link, named), look);
    assert!(shown(&held), "a number in the memory is not found");

    // A shop that names an order so has it in its log of payments.
    world.pay(&world.order(&world.books, BEGINS).await, &card(0)).await;
    let found: Vec<String> =
        files(&world).into_iter().filter(|(_, text)| shown(text)).map(|(file, _)| file).collect();
    assert!(found.iter().any(|file| file.starts_with("books.db")), "found in {found:?} alone");
}
