//! What a person rules about: only what they were shown, and one of two who do it at once.

use super::desk::{Desk, FIRST, paid};
use crate::world::World;
use axum::http::StatusCode;
use epay_fakebank::{Endpoint, FaultKind, Misbooking, cards};

#[tokio::test]
async fn what_came_in_between_is_not_ruled_about_and_of_two_operators_one_rules() {
    let world = World::open().await;
    world.fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(499_900)));
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::VISA_OK);
    world.post(&link, sealed).await;
    let (aida, other) = (Desk::of(&world, "aida").await, Desk::of(&world, "aida").await);
    let list = aida.get("/console").await.text;
    assert!(list.contains(">17<") && list.contains("4999.00 KZT"), "{list}");
    let page = aida.get(FIRST).await;
    for wanted in ["ordered: 5000.00 KZT", "taken 4999.00 KZT", "look up the sum in the bank"] {
        assert!(page.text.contains(wanted), "{wanted}: {}", page.text);
    }
    let shown = page.field("shown");
    let stale = [("shown", shown.as_str()), ("note", "agreed with the payer")];
    world.bank.with_bank(|bank| bank.misbook("100000001", Misbooking::Twice));
    other.act(FIRST, "check", &[]).await;
    let refused = aida.post(&format!("{FIRST}/acknowledge"), &stale).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("reload it"), "{}", refused.text);
    assert!(!aida.get(FIRST).await.text.contains("we acknowledged"));

    let note = [("note", "agreed with the payer")];
    assert_eq!(aida.act(FIRST, "acknowledge", &note).await.status, 303);
    let page = aida.get(FIRST).await;
    assert!(page.text.contains("aida: agreed with the payer"), "{}", page.text);
    let ours = page.field("transaction");
    let choice =
        [("note", "the portal says so"), ("transaction", &ours), ("shown", &page.field("shown"))];
    let path = format!("{FIRST}/choose");
    let (one, two) = tokio::join!(aida.post(&path, &choice), other.post(&path, &choice));
    assert_eq!((one.status.min(two.status), one.status.max(two.status)), (303, 409));
    let page = aida.get(FIRST).await;
    assert!(
        page.text.contains("we chose") && !page.text.contains("class=\"conflict\""),
        "{}",
        page.text
    );
    assert!(!aida.get("/console").await.text.contains(">17<"));
    // Signed in twice as the same operator, so it was their turn one after the other.
    for transaction in ["", "x y", "<b>", &"a".repeat(65)] {
        let fields = [("note", "x"), ("transaction", transaction)];
        assert_eq!(aida.act(FIRST, "choose", &fields).await.status, 400, "{transaction}");
    }
}

#[tokio::test]
async fn a_webhook_is_sent_once_more_by_whoever_resolves() {
    let world = World::open().await;
    paid(&world, "17").await;
    let first = world.receiver.told().await;
    let aida = Desk::of(&world, "aida").await;
    let page = aida.act(FIRST, "notify", &[]).await;
    assert_eq!(page.to(), format!("{FIRST}?done=told"), "{}", page.text);
    let again = world.receiver.told().await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    world.receiver.answers(StatusCode::INTERNAL_SERVER_ERROR);
    let page = aida.act(FIRST, "notify", &[]).await;
    assert_eq!(page.to(), format!("{FIRST}?done=not-told"));
}
