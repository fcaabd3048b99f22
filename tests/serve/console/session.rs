//! Who gets in, and from which page a form is taken.

use super::desk::{Desk, FIRST, paid, post, read, sign_in};
use crate::world::{PASSWORD, World, form};
use epay_fakebank::Endpoint;

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_and_comes_back() {
    let world = World::open().await;
    for path in ["/console", FIRST, "/console/shops/books?show=open"] {
        let page = read(world.client.get(format!("{}{path}", world.url))).await;
        assert_eq!(page.status, 303);
        assert!(page.to().starts_with("/console/sign-in?to=%2Fconsole"), "{}", page.to());
    }
    let page = sign_in(&world, "aida", PASSWORD).await;
    assert_eq!((page.status, page.to()), (303, "/console?find=17"));
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    for wanted in ["epay-console=aida.", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age="] {
        assert!(cookie.contains(wanted), "{cookie}");
    }
    let desk = Desk::of(&world, "aida").await;
    let page = desk.get("/console").await;
    assert_eq!(page.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(page.headers[name], value);
    }
    assert!(!page.text.contains("style=") && !page.text.contains("<script>"), "{}", page.text);
    let out = desk.post("/console/sign-out", &[]).await;
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn whoever_guesses_is_slowed_by_the_address_that_our_proxy_saw() {
    let world = World::open().await;
    let guess = async |name: &str, from: &str| {
        let request = world.client.post(format!("{}/console/sign-in", world.url));
        let request = request.header("origin", &world.url).header("x-forwarded-for", from);
        let body = form(&[("name", name), ("password", "wrong horse battery"), ("to", "")]);
        request.body(body).send().await.unwrap().status().as_u16()
    };
    for number in 0..21 {
        // What stands first they have written themselves, another each time.
        let from = format!("198.51.100.{number}, 5.6.7.8");
        assert_eq!(guess(&format!("guess{number}"), &from).await, 401);
    }
    assert_eq!(guess("another", "5.6.7.8").await, 429);
    assert_eq!(guess("another", "5.6.7.9").await, 401, "who is elsewhere is not slowed");
}

#[tokio::test]
async fn a_wrong_name_is_told_as_a_wrong_password_and_guessing_is_slowed() {
    let world = World::open().await;
    let mut pages = Vec::new();
    for (name, password) in [("aida", "wrong horse battery"), ("nobody", PASSWORD), ("aida", "")] {
        let page = sign_in(&world, name, password).await;
        assert_eq!(page.status, 401);
        assert!(!page.headers.contains_key("set-cookie"));
        pages.push(page.text);
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    for _ in 0..3 {
        sign_in(&world, "aida", "wrong horse battery").await;
    }
    let page = sign_in(&world, "aida", PASSWORD).await;
    assert_eq!(page.status, 429, "also with the right one");
    assert!(page.headers.contains_key("retry-after"));
    assert_eq!(sign_in(&world, "vera", PASSWORD).await.status, 303);
    let huge = "a".repeat(5_000);
    assert_eq!(sign_in(&world, &huge, &huge).await.status, 401);
    assert_eq!(sign_in(&world, "aida\r\nset-cookie: a=b", "x").await.status, 401);
    let foreign = post(
        &world,
        "/console/sign-in",
        Some("https://evil.example"),
        None,
        &[("name", "vera"), ("password", PASSWORD)],
    );
    assert_eq!(foreign.await.status, 403);
}

#[tokio::test]
async fn a_form_is_taken_from_a_page_of_the_same_session_alone() {
    let world = World::open().await;
    paid(&world, "17").await;
    let (aida, other) = (Desk::of(&world, "aida").await, Desk::of(&world, "aida").await);
    let page = aida.get(FIRST).await;
    let (token, shown, name) = (page.field("token"), page.field("shown"), page.field("name"));
    let path = format!("{FIRST}/refund");
    let fields = |token| [("token", token), ("shown", &*shown), ("name", &*name), ("sum", "100")];
    let theirs = other.get(FIRST).await.field("token");
    for token in ["", "x", theirs.as_str()] {
        let page = aida.post_from(&world.url, &path, &fields(token)).await;
        assert_eq!(page.status, 403, "{token}");
    }
    for origin in [Some("https://evil.example"), Some("null"), None] {
        let page = post(&world, &path, origin, Some(&aida.cookie), &fields(&token)).await;
        assert_eq!(page.status, 403, "{origin:?}");
    }
    // Forged, another's, none, and one of another key.
    for cookie in [
        "epay-console=aida.9999999999.AAAA.AAAA",
        "epay-console=",
        "a=b",
        &aida.cookie.replace("aida", "vera"),
    ] {
        let page = post(&world, &path, Some(&world.url), Some(cookie), &fields(&token)).await;
        assert_eq!(page.status, 303, "{cookie}");
        assert!(page.to().starts_with("/console/sign-in"), "{}", page.to());
    }
    assert_eq!(world.asked(Endpoint::Refund), 0);
    let page = aida.post_from(&world.url, &path, &fields(&token)).await;
    assert_eq!(page.to(), format!("{FIRST}?done=done"), "{}", page.text);
    let huge = aida.post(&path, &[("note", &"x".repeat(40_000))]).await;
    assert_eq!(huge.status, 413);
}
