//! The example shop takes a payment from the card's form to the warehouse, through 3-D Secure.

use std::future::{Future, pending};
use std::path::{Path, PathBuf};

use epay::Environment;
use epay_fakebank::server::{FakeBankServer, Running};
use epay_fakebank::{Endpoint, FaultKind, SANDBOX_CLIENT, SANDBOX_SECRET, Settings, cards};
use epay_testkit::fakebank::Fault;
use reqwest::{Client, StatusCode};
use tokio::net::TcpListener;

#[allow(dead_code, reason = "a test opens the shop by itself, and not by main")]
#[path = "../../crates/epay/examples/shop/main.rs"]
mod example;

struct World {
    bank: Running,
    shop: example::Shop,
    listener: Option<TcpListener>,
    url: String,
    folder: PathBuf,
    _dir: tempfile::TempDir,
    browser: Client,
}

impl World {
    async fn new() -> World {
        let bank =
            FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("shop-files");
        let environment = Environment::fake_bank(&bank.oauth_url(), &bank.api_url()).unwrap();
        let client = (SANDBOX_CLIENT, SANDBOX_SECRET);
        let shop = example::open(environment, client, &url, folder.clone()).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let browser = Client::builder().no_proxy().build().unwrap();
        World { bank, shop, listener: Some(listener), url, folder, _dir: dir, browser }
    }

    fn serve(&mut self, stop: impl Future<Output = ()> + Send + 'static) -> Serving {
        let listener = self.listener.take().unwrap();
        tokio::spawn(example::serve(self.shop.clone(), listener, stop))
    }

    async fn post(&self, url: &str, form: &[(String, String)]) -> String {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.browser.post(url).body(body);
        let form = "application/x-www-form-urlencoded";
        request.header("content-type", form).send().await.unwrap().text().await.unwrap()
    }

    async fn pay(&self, order: &str, number: &str) -> String {
        let typed =
            [("number", number), ("expiry", "0127"), ("cvc", "321"), ("holder", "ARMAN ALI")];
        let typed = typed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.post(&format!("{}/orders/{order}", self.url), &typed).await
    }

    async fn shown(&self, order: &str) -> String {
        let page = self.browser.get(format!("{}/orders/{order}", self.url));
        page.send().await.unwrap().text().await.unwrap()
    }

    fn asked(&self, endpoint: Endpoint) -> usize {
        self.bank.with_bank(|bank| {
            bank.wire_log().iter().filter(|entry| entry.endpoint == endpoint).count()
        })
    }
}

type Serving = tokio::task::JoinHandle<Result<(), example::AnyError>>;

/// The hidden fields of a page of ours, whose values need no unescaping but for `=` and `&`.
fn hidden(page: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0.replace("&#61;", "=").replace("&amp;", "&"))
    };
    page.split("<input")
        .skip(1)
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect()
}

fn told(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let told = files.filter(|path| !path.to_string_lossy().contains("payments.db"));
    told.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[tokio::test]
async fn a_payer_passes_3_d_secure_and_the_warehouse_is_told_once() {
    let mut world = World::new().await;
    let _serving = world.serve(pending());
    assert!(world.shown("17").await.contains("name=number"));

    let challenge = world.pay("17", cards::THREE_DS).await;
    let mut fields = hidden(&challenge);
    let term_url = fields.iter().find(|(name, _)| name == "TermUrl").unwrap().1.clone();
    fields.push(("choice".to_owned(), "approve".to_owned()));
    let issuer = format!("{}acs/answer", world.bank.console_url());
    let way_back = hidden(&world.post(&issuer, &fields).await);

    // A page that is loaded twice confirms once.
    for _ in 0..2 {
        let page = world.post(&term_url, &way_back).await;
        assert!(page.contains("It is paid"), "{page}");
    }
    assert_eq!(world.asked(Endpoint::Confirm), 1);
    assert!(world.shown("17").await.contains("It is paid"));

    let _ = world.shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(told(&world.folder), ["captured 17\n"]);
}

#[tokio::test]
async fn a_lost_answer_is_asked_about_and_a_second_click_pays_nothing() {
    let mut world = World::new().await;
    let _serving = world.serve(pending());
    let fault = |on, kind| world.bank.with_bank(|bank| bank.plan(Fault { on, skip: 0, kind }));
    fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let page = world.pay("18", cards::VISA_OK).await;
    assert!(page.contains("do not pay again"), "{page}");
    let page = world.pay("18", cards::VISA_OK).await;
    assert!(page.contains("It is paid"), "{page}");
    assert_eq!(world.asked(Endpoint::Cryptopay), 1);
}

#[tokio::test]
async fn what_the_payer_got_wrong_is_said_and_nothing_is_asked() {
    let mut world = World::new().await;
    let _serving = world.serve(pending());
    let page = world.pay("19", "4405639704015097").await;
    assert!(page.contains("Nothing was paid"), "{page}");
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    let page = world.pay("19", cards::INSUFFICIENT_FUNDS).await;
    assert!(page.contains("not charged") && page.contains("name=number"), "{page}");
    let page = world.pay("19", cards::VISA_OK).await;
    assert!(page.contains("It is paid"), "{page}");
}

#[tokio::test]
async fn callbacks_are_answered_by_whether_they_were_noted() {
    let mut world = World::new().await;
    let _serving = world.serve(pending());
    let post = async |body: &'static str| {
        let request = world.browser.post(format!("{}/callback", world.url)).body(body);
        request.send().await.unwrap().status()
    };
    assert_eq!(post(r#"{"invoiceId":"100000001","code":"ok"}"#).await, StatusCode::OK);
    assert_eq!(post("not json").await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn told_to_stop_it_ends_and_its_log_can_be_opened_again() {
    let mut world = World::new().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = world.serve(async { stopped.await.unwrap_or_default() });
    assert!(world.pay("20", cards::VISA_OK).await.contains("It is paid"));
    drop(stop);
    // The browser keeps its connection as long as it lives.
    world.browser = Client::new();
    serving.await.unwrap().unwrap();
    let log = epay::SqliteStore::open(world.folder.join("payments.db")).unwrap();
    assert_eq!(log.invoices_left().await.unwrap(), 999_999);
}

/// So a reader copies what was run.
#[test]
fn the_guide_shows_the_files_of_the_example() {
    let page = include_str!("../../docs/taking-payments.md");
    for file in [
        include_str!("../../crates/epay/examples/shop/main.rs"),
        include_str!("../../crates/epay/examples/shop/pages.rs"),
        include_str!("../../crates/epay/examples/shop/callback.rs"),
        include_str!("../../crates/epay/examples/shop/warehouse.rs"),
    ] {
        let block = format!("```rust,ignore\n{}\n```", file.trim());
        assert!(page.contains(&block), "this is not on docs/taking-payments.md:\n{block}");
    }
}
