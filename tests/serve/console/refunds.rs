//! Money given back by an operator: once for a form, up to their limit, and under their name; and who may do more.

use super::desk::{Desk, FIRST, HELD, held, paid};
use crate::world::World;
use epay_fakebank::{Endpoint, FaultKind};

#[tokio::test]
async fn a_double_click_is_one_refund_and_the_log_says_whose() {
    let world = World::open().await;
    paid(&world, "17").await;
    let aida = Desk::of(&world, "aida").await;
    let page = aida.get(FIRST).await;
    let (shown, name) = (page.field("shown"), page.field("name"));
    let fields = [("shown", &*shown), ("name", &*name), ("sum", "1 000,00")];
    let path = format!("{FIRST}/refund");
    let (one, two) = tokio::join!(aida.post(&path, &fields), aida.post(&path, &fields));
    assert_eq!(
        (one.to(), two.to()),
        (&*format!("{FIRST}?done=done"), &*format!("{FIRST}?done=done"))
    );
    assert_eq!(world.asked(Endpoint::Refund), 1);
    let page = aida.get(&format!("{FIRST}?done=done")).await;
    assert!(page.text.contains("The bank did it."), "{}", page.text);
    assert!(
        page.text.contains(&format!("aida-{name}: give back 1000.00 KZT, done")),
        "{}",
        page.text
    );
    // The same form with another sum is no second refund.
    let other = [("shown", &*shown), ("name", &*name), ("sum", "500")];
    assert_eq!(aida.post(&path, &other).await.status, 409);
    for sum in ["", "0", "9.99", "4000.01", "-1", "1e3"] {
        let page = aida.act(FIRST, "refund", &[("sum", sum)]).await;
        assert!([400, 409].contains(&page.status), "{sum}: {}", page.status);
    }
    for name in ["", "x", "a-23456789", "../../../..", &"a".repeat(99)] {
        let fields = [("shown", &*shown), ("name", name), ("sum", "500")];
        assert_eq!(aida.post(&path, &fields).await.status, 400, "{name}");
    }
    assert_eq!(world.asked(Endpoint::Refund), 1);
}

#[tokio::test]
async fn each_role_does_what_it_may_and_no_more() {
    let world = World::open().await;
    held(&world).await;
    let acts = [
        "capture",
        "void",
        "acknowledge",
        "choose",
        "give-up",
        "close",
        "pay-again",
        "refund-stated",
    ];
    for name in ["vera", "ravil"] {
        let desk = Desk::of(&world, name).await;
        for act in acts {
            let page = desk.act(HELD, act, &[("note", "looked"), ("sum", "5000")]).await;
            assert_eq!(page.status, 403, "{name} {act}");
            assert!(page.text.contains("needs the role resolve"), "{}", page.text);
        }
        assert!(!desk.get(HELD).await.text.contains("Capture the hold"), "{name}");
        assert_eq!(desk.act(HELD, "check", &[]).await.status, 303, "{name}");
    }
    let vera = Desk::of(&world, "vera").await;
    assert_eq!(vera.act(HELD, "refund", &[("sum", "10")]).await.status, 403);
    assert_eq!(vera.act(HELD, "no-such-act", &[]).await.status, 404);
    for endpoint in [Endpoint::Charge, Endpoint::Cancel, Endpoint::Refund] {
        assert_eq!(world.asked(endpoint), 0, "{endpoint:?}");
    }
    let bek = Desk::of(&world, "bek").await;
    let page = bek.act(HELD, "capture", &[("sum", "5000")]).await;
    assert_eq!(page.to(), format!("{HELD}?done=done"), "{}", page.text);
    // Of the other shop he sees nothing, not even that it is there.
    for path in ["/console/shops/books", FIRST, "/console/shops/no-such-shop"] {
        assert_eq!(bek.get(path).await.status, 404, "{path}");
    }
    assert_eq!(bek.act(HELD, "void", &[]).await.status, 409, "it is captured");
    assert!(!bek.get("/console").await.text.contains("Shop of books"));
}

#[tokio::test]
async fn a_limit_counts_what_they_gave_back_of_the_payment_before() {
    let world = World::open().await;
    paid(&world, "17").await;
    let ravil = Desk::of(&world, "ravil").await;
    let page = ravil.get(FIRST).await;
    assert!(page.text.contains("you may give back 2\u{202f}000,00"), "{}", page.text);
    for (sum, status) in
        [("2000.01", 403), ("1500", 303), ("500.01", 403), ("500", 303), ("10", 403)]
    {
        let page = ravil.act(FIRST, "refund", &[("sum", sum)]).await;
        assert_eq!(page.status, status, "{sum}: {}", page.text);
    }
    assert_eq!(world.asked(Endpoint::Refund), 2);
    // At once, and under two names: together they are more than the limit.
    paid(&world, "18").await;
    let second = "/console/shops/books/100000002";
    let shown = ravil.get(second).await.field("shown");
    let post = |name: &'static str| {
        let (ravil, shown) = (&ravil, shown.clone());
        async move {
            let fields = [("shown", &*shown), ("name", name), ("sum", "1500")];
            ravil.post(&format!("{second}/refund"), &fields).await.status
        }
    };
    let (one, two) = tokio::join!(post("aaaaaaaaaa"), post("bbbbbbbbbb"));
    assert_eq!(one.min(two), 303);
    assert_eq!(one.max(two), 403);
}

#[tokio::test]
async fn what_never_left_counts_when_it_leaves() {
    let world = World::open().await;
    paid(&world, "17").await;
    let ravil = Desk::of(&world, "ravil").await;
    let shown = ravil.get(FIRST).await.field("shown");
    let post = async |name: &str| {
        let fields = [("shown", &*shown), ("name", name), ("sum", "1500")];
        ravil.post(&format!("{FIRST}/refund"), &fields).await
    };
    // Without a token nothing leaves.
    world.fault(Endpoint::Token, FaultKind::CutBeforeEffect);
    let page = post("aaaaaaaaaa").await;
    assert_eq!(page.to(), format!("{FIRST}?done=not-sent"), "{}", page.text);
    assert_eq!(post("bbbbbbbbbb").await.to(), format!("{FIRST}?done=done"));
    assert_eq!(post("aaaaaaaaaa").await.status, 403, "two of them are more than the limit");
    assert_eq!(post("bbbbbbbbbb").await.status, 303, "the same form is the same refund");
    assert_eq!(world.asked(Endpoint::Refund), 1);
}
