//! What the pages show: what is in the log and no more, told as it changes, and never obeyed.

use super::desk::{Desk, FIRST, HELD, paid};
use crate::world::World;
use epay_fakebank::cards;

#[tokio::test]
async fn what_shops_and_people_write_is_shown_and_never_obeyed() {
    let world = World::open().await;
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;";
    let path: String = form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    let path = path.replace('+', "%20");
    world.order(&world.tools, &path).await;
    let link = world.order(&world.tools, &path).await;
    world.pay(&link, cards::VISA_OK).await;
    let bek = Desk::of(&world, "bek").await;
    let released = bek.act(HELD, "void", &[]).await;
    assert_eq!(released.status, 303, "{}", released.text);
    let note = format!("{hostile} \u{1b}[1m");
    assert_eq!(bek.act(HELD, "pay-again", &[("note", &note)]).await.status, 409, "an escape");
    let note = format!("  {hostile}\r\n  agreed  ");
    assert_eq!(bek.act(HELD, "pay-again", &[("note", &note)]).await.status, 303);
    let find = form_urlencoded::byte_serialize("<b>nothing</b>".as_bytes()).collect::<String>();
    for path in [HELD, "/console/shops/tools", &format!("/console?find={find}")] {
        let page = bek.get(path).await.text;
        let lower = page.to_lowercase();
        assert!(
            !lower.contains("<img")
                && !lower.contains("<script>alert")
                && !lower.contains("<b>nothing"),
            "{page}"
        );
    }
    let page = bek.get(HELD).await.text;
    assert!(page.contains("bek: &lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    for (note, why) in [
        ("card 4405 6397 0401 5096 was charged", "card number in the note"),
        ("   ", "the note says nothing"),
        (&"x".repeat(501), "longer than the log takes"),
    ] {
        let page = bek.act(HELD, "pay-again", &[("note", note)]).await;
        assert_eq!(page.status, 400);
        assert!(page.text.contains(why), "{}", page.text);
    }
}

#[tokio::test]
async fn lists_have_what_the_log_has_and_a_search_goes_to_it() {
    let world = World::open().await;
    paid(&world, "17").await;
    let link = world.order(&world.books, "18").await;
    world.pay(&link, cards::INSUFFICIENT_FUNDS).await;
    let vera = Desk::of(&world, "vera").await;
    for (show, has, has_not) in [
        ("all", vec![">17<", ">18<"], vec![]),
        ("paid", vec![">17<"], vec![">18<"]),
        ("declined", vec![">18<"], vec![">17<"]),
        ("needs+attention", vec![], vec![">17<", ">18<"]),
    ] {
        let page = vera.get(&format!("/console/shops/books?show={show}")).await.text;
        assert!(has.iter().all(|it| page.contains(it)), "{show}: {page}");
        assert!(!has_not.iter().any(|it| page.contains(it)), "{show}: {page}");
    }
    let after = vera.get("/console/shops/books?show=all&after=100000002").await.text;
    assert!(after.contains(">17<") && !after.contains(">18<"), "{after}");
    for find in ["17", "100000001", "%20100000001%20"] {
        assert_eq!(vera.get(&format!("/console?find={find}")).await.to(), FIRST, "{find}");
    }
    assert_eq!(vera.get("/console?find=nothing").await.status, 404);
    for path in [
        "/console/shops/books/999999999",
        "/console/shops/books/%00",
        "/console/shops/books/x",
        &format!("/console/shops/books/{}", "9".repeat(2_000)),
    ] {
        assert_eq!(vera.get(path).await.status, 404, "{path}");
    }
    let page = vera.get(FIRST).await.text;
    for wanted in ["for 5000.00 KZT", "class=\"timeline\"", "class=\"reply\"", "taken 5000.00 KZT"]
    {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
}

#[tokio::test]
async fn a_stream_tells_that_a_page_has_changed_and_ends_with_the_service() {
    let mut world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let vera = Desk::of(&world, "vera").await;
    let request = world.client.get(format!("{}/console/live?shop=books", world.url));
    let mut stream = request.header("cookie", &vera.cookie).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut next = async || {
        let piece = stream.chunk().await.unwrap();
        piece.map(|piece| String::from_utf8_lossy(&piece).into_owned())
    };
    assert_eq!(next().await.as_deref(), Some(": watching\nretry: 3000\n\n"));
    world.pay(&link, cards::VISA_OK).await;
    while !next().await.unwrap().starts_with("event: changed") {}
    let other = world.client.get(format!("{}/console/live", world.url)).send().await.unwrap();
    assert_eq!(other.status(), 303, "nobody is signed in");
    assert_eq!(vera.get("/console/live?shop=no-such-shop").await.status, 404);
    let ended = world.tell_to_stop();
    while next().await.is_some() {}
    ended.await.unwrap();
}

#[tokio::test]
async fn health_counts_what_waits_in_the_shops_that_one_sees() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::THREE_DS);
    world.post(&link, sealed).await;
    let vera = Desk::of(&world, "vera").await.get("/console/health").await.text;
    assert!(vera.contains("<figcaption>Open</figcaption><b>1</b>"), "{vera}");
    assert!(vera.contains("<figcaption>Needs attention</figcaption><b>0</b>"), "{vera}");
    let bek = Desk::of(&world, "bek").await.get("/console/health").await.text;
    assert!(!bek.contains("<b>1</b>") && !bek.contains("Shop of books"), "{bek}");
}
