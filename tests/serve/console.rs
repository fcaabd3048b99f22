//! The console over sockets: who gets in, who may do what, and what a stranger, a double click and a hostile text
//! come to.

use super::world::{PASSWORD, World, form};
use axum::http::StatusCode;
use epay_fakebank::{Endpoint, FaultKind, Misbooking, cards};
use reqwest::header::HeaderMap;

/// An operator's browser, with its cookie.
struct Desk<'a> {
    world: &'a World,
    cookie: String,
}

struct Page {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Page {
    /// What the first field of this name has.
    #[track_caller]
    fn field(&self, name: &str) -> String {
        let (_, rest) = self
            .text
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("no field {name}: {}", self.text));
        rest.split_once('"').unwrap().0.to_owned()
    }

    fn to(&self) -> &str {
        self.headers.get("location").map_or("", |to| to.to_str().unwrap())
    }
}

impl<'a> Desk<'a> {
    async fn of(world: &'a World, name: &str) -> Desk<'a> {
        let page = sign_in(world, name, PASSWORD).await;
        assert_eq!(page.status, 303, "{}", page.text);
        let cookie = page.headers["set-cookie"].to_str().unwrap();
        Desk { world, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    async fn get(&self, path: &str) -> Page {
        let request = self.world.client.get(format!("{}{path}", self.world.url));
        read(request.header("cookie", &self.cookie)).await
    }

    /// Posts these fields as a page of the console does.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.get("/console").await.field("token");
        let fields = [fields, &[("token", &token)]].concat();
        self.post_from(&self.world.url, path, &fields).await
    }

    async fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        post(self.world, path, Some(origin), Some(&self.cookie), fields).await
    }

    /// Does what the form of the page is for.
    async fn act(&self, invoice: &str, act: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(invoice).await;
        let (shown, name) = (page.field_or("shown"), page.field_or("name"));
        let fields = [fields, &[("shown", &shown), ("name", &name)]].concat();
        self.post(&format!("{invoice}/{act}"), &fields).await
    }
}

impl Page {
    fn field_or(&self, name: &str) -> String {
        let found = self.text.contains(&format!("name=\"{name}\" value=\""));
        if found { self.field(name) } else { "a2345678bc".to_owned() }
    }
}

async fn sign_in(world: &World, name: &str, password: &str) -> Page {
    let fields = [("name", name), ("password", password), ("to", "/console?find=17")];
    post(world, "/console/sign-in", Some(&world.url), None, &fields).await
}

async fn post(
    world: &World,
    path: &str,
    origin: Option<&str>,
    cookie: Option<&str>,
    fields: &[(&str, &str)],
) -> Page {
    let mut request = world.client.post(format!("{}{path}", world.url)).body(form(fields));
    request = request.header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in [("origin", origin), ("cookie", cookie)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    read(request).await
}

async fn read(request: reqwest::RequestBuilder) -> Page {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Page { status, headers, text: answer.text().await.unwrap() }
}

const FIRST: &str = "/console/shops/books/100000001";
const HELD: &str = "/console/shops/tools/200000001";

/// An order of 5000 tenge that is paid.
async fn paid(world: &World, order: &str) {
    let link = world.order(&world.books, order).await;
    world.pay(&link, cards::VISA_OK).await;
}

/// One that is held, in the other shop.
async fn held(world: &World) {
    let link = world.order(&world.tools, "17").await;
    world.pay(&link, cards::VISA_OK).await;
}

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
        ("for+a+person", vec![], vec![">17<", ">18<"]),
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
    assert!(refused.text.contains("look again"), "{}", refused.text);
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

#[tokio::test]
async fn health_counts_what_waits_in_the_shops_that_one_sees() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::THREE_DS);
    world.post(&link, sealed).await;
    let vera = Desk::of(&world, "vera").await.get("/console/health").await.text;
    assert!(vera.contains("<figcaption>Open</figcaption><b>1</b>"), "{vera}");
    assert!(vera.contains("<figcaption>For a person</figcaption><b>0</b>"), "{vera}");
    let bek = Desk::of(&world, "bek").await.get("/console/health").await.text;
    assert!(!bek.contains("<b>1</b>") && !bek.contains("Shop of books"), "{bek}");
}
