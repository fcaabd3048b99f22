//! A shop's whole day against the fake bank on sockets, failures included, with every crate's log at its loudest.

use bytes::Bytes;
use epay::{
    Credentials, Environment, HttpGateway, MemoryStore, Method, Money, Outcome, PayError, Payments,
    PostLink, ReqwestTransport, Secret, TerminalId, ThreeDsAnswer, TokioClock, Transport,
    read_three_ds_return,
};
use epay_hyper::HyperTransport;
use epay_testkit::fakebank::server::{FakeBankServer, Running};
use epay_testkit::fakebank::{
    Client, Endpoint, Fault, FaultKind, PayerChoice, SANDBOX_TERMINAL, Settings,
    TWO_STAGE_TERMINAL, cards,
};
use std::sync::Arc;
use tokio::net::TcpListener;

use crate::planted::{self, apple_pay, apple_pay_token, card, google_pay_token, request, tags};
use crate::scan::none_in;
use crate::sinks::{debug, error, logged};
use crate::tapped::{CHALLENGE, Tapped};

pub(crate) const PRICE: Money = Money::tiyn(5_000_00);

#[test]
fn nothing_is_seen_of_a_day_over_reqwest() {
    a_day(
        ReqwestTransport::new().unwrap(),
        &["epay_call", "reqwest::", "hyper_util::", "rustls::"],
    );
}

#[test]
fn nothing_is_seen_of_a_day_over_hyper() {
    a_day(HyperTransport::new().unwrap(), &["epay_call", "hyper_util::", "rustls::"]);
}

/// The day, and whose log lines there must be: without them nothing was looked at.
fn a_day(transport: impl Transport + 'static, loggers: &[&str]) {
    let transport = Tapped::new(transport);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut pages = String::new();
    let (log, shown) = logged(|| runtime.block_on(day(&transport, &mut pages)));
    for logger in loggers {
        assert!(log.contains(logger), "{logger} has logged nothing");
    }
    let made = transport.needles();
    for name in ["access token", "secret_hash", "sealed cryptogram", "issuer's answer", CHALLENGE] {
        assert!(made.iter().any(|needle| needle.name == name), "no {name} was made");
    }
    let needles = [planted::needles(), made].concat();
    none_in("the log", &log, &needles);
    none_in("outcomes, errors and the bank's pages", &shown, &needles);
    let (carried, needles): (Vec<_>, Vec<_>) =
        needles.into_iter().partition(|needle| needle.name == CHALLENGE);
    none_in("the page for the payer", &pages, &needles);
    assert!(
        carried.iter().all(|challenge| !challenge.found_in(&pages).is_empty()),
        "the page carries no challenge"
    );
    spans_say_this_and_no_more(&log);
}

/// How long a call took is the time between the two events of its span, which every subscriber measures by itself.
fn spans_say_this_and_no_more(log: &str) {
    const FIELDS: [&str; 4] = ["endpoint", "invoice", "delivery", "status"];
    let calls: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("epay_call{") && line.contains(": close"))
        .collect();
    for endpoint in [
        "oauth_token",
        "public_key",
        "cryptopay",
        "confirm",
        "charge",
        "cancel",
        "refund",
        "status",
    ] {
        let of = |line: &&&str| line.contains(&format!("endpoint=\"{endpoint}\""));
        let closed = calls.iter().find(of).unwrap_or_else(|| panic!("no span of {endpoint}"));
        assert!(closed.contains("time.busy=") && closed.contains("time.idle="), "{closed}");
    }
    for call in &calls {
        let (_, fields) = call.split_once("epay_call{").unwrap();
        let (fields, _) = fields.split_once('}').unwrap();
        let names: Vec<&str> =
            fields.split(' ').map(|field| field.split('=').next().unwrap()).collect();
        assert!(names.iter().all(|name| FIELDS.contains(name)), "{call}");
        assert!(names.contains(&"endpoint"), "{call}");
        // A call that was dropped has no end to tell.
        assert!(names.contains(&"delivery") || !names.contains(&"status"), "{call}");
    }
}

/// Everything that anybody could print of the day.
async fn day(transport: &Tapped, pages: &mut String) -> String {
    let client = |secret| Client {
        id: "test".to_owned(),
        secret: epay_testkit::fakebank::Secret::new(secret),
        terminals: vec![SANDBOX_TERMINAL.to_owned(), TWO_STAGE_TERMINAL.to_owned()],
    };
    let settings =
        Settings { clients: vec![client(planted::CLIENT_SECRET)], ..Settings::default() };
    let mut shown = debug(&settings);
    let bank = FakeBankServer::start(settings, ([127, 0, 0, 1], 0).into()).await.unwrap();
    let shops = [SANDBOX_TERMINAL, TWO_STAGE_TERMINAL]
        .map(|terminal| Shop::open(transport, &bank, terminal));
    for shop in &shops {
        shown += &payments(shop, &bank, pages).await;
        shown += &losses(shop, &bank).await;
        shown += &debug(&shop.payments);
        shown += &debug(&shop.store);
    }
    shown += &steps(&shops[1]).await;
    shown += &strangers(transport, &bank).await;
    shown += &of_the_bank(transport, &bank).await;
    shown += &debug(&bank);
    bank.with_bank(|bank| shown += &debug(bank));
    shown
}

struct Shop {
    payments: Payments,
    store: Arc<MemoryStore>,
    terminal: &'static str,
}

impl Shop {
    fn open(transport: &Tapped, bank: &Running, terminal: &'static str) -> Shop {
        let environment = Environment::fake_bank(&bank.oauth_url(), &bank.api_url()).unwrap();
        let gateway = planted::gateway(transport.clone(), environment, terminal);
        // Both shops are one merchant's, whose invoice numbers may not meet.
        let first = if terminal == SANDBOX_TERMINAL { "100000001" } else { "200500001" };
        let store = Arc::new(MemoryStore::starting_at(epay::InvoiceId::new(first).unwrap()));
        let payments = Payments::new(gateway.with_tags(tags()), Arc::clone(&store))
            .with_tags(tags())
            .with_apple_expiry(planted::APPLE_FORMAT);
        Shop { payments, store, terminal }
    }

    async fn pay(&self, order: &str, method: impl Into<Method> + Send) -> (String, Outcome) {
        let outcome = self.payments.pay_with(order, PRICE, method, &request()).await.unwrap();
        let history = self.payments.history(outcome.attempt().invoice()).await.unwrap();
        (debug(&outcome) + &debug(&history) + &debug(outcome.attempt()), outcome)
    }
}

/// A yes in every way a payer can pay, a no, a challenge.
async fn payments(shop: &Shop, bank: &Running, pages: &mut String) -> String {
    let mut shown = String::new();
    let methods: [(&str, Method); 5] = [
        ("card", card(planted::PAN).into()),
        ("opened", apple_pay().into()),
        ("token", apple_pay_token().into()),
        ("google", google_pay_token().into()),
        ("declined", card(cards::INSUFFICIENT_FUNDS).into()),
    ];
    for (order, method) in methods {
        shown += &debug(&method);
        let (told, outcome) = shop.pay(order, method).await;
        let expected = order != "declined";
        assert_eq!(
            matches!(outcome, Outcome::Paid(_) | Outcome::Held(_)),
            expected,
            "{order}: {outcome:?}"
        );
        shown += &told;
    }
    let (told, outcome) = shop.pay("challenged", card(cards::THREE_DS)).await;
    let Outcome::AskPayer(ask) = outcome else { panic!("{outcome:?}") };
    let form = ask.form("https://shop.example/3ds").unwrap();
    let challenge = ask.attempt().payment().challenge().unwrap().clone();
    shown += &[told, debug(&challenge), debug(&form)].concat();
    *pages += form.html();
    *pages += &form.headers().map(|(name, value)| format!("{name}: {value}\n")).concat();
    let answer = |choice| {
        bank.with_bank(|bank| bank.pa_res(&challenge.pa_req, &challenge.md, choice)).unwrap()
    };
    let pa_res = answer(PayerChoice::Approve);
    let mut posted = form_urlencoded::Serializer::new(String::new());
    posted.append_pair("PaRes", &pa_res).append_pair("MD", &challenge.md);
    let answer = read_three_ds_return(posted.finish().as_bytes()).unwrap();
    shown += &debug(&answer);
    let foreign = shop
        .payments
        .confirm(&ask.state(), ThreeDsAnswer::new(pa_res.into(), planted::MD.into()))
        .await;
    shown += &error(&foreign.unwrap_err());
    let outcome = shop.payments.confirm(&ask.state(), answer).await.unwrap();
    assert!(matches!(outcome, Outcome::Paid(_) | Outcome::Held(_)), "{outcome:?}");
    shown + &debug(&outcome) + &post_links(shop).await
}

/// What the bank posts, right and forged.
async fn post_links(shop: &Shop) -> String {
    let mut shown = String::new();
    let paid = shop.payments.status("card").await.unwrap();
    let invoice = paid.attempt().invoice();
    let hash = tags().tag(
        epay_crypto::Purpose::SecretHash,
        &TerminalId::new(shop.terminal).unwrap(),
        invoice,
    );
    for hash in [hash.as_str(), planted::PA_RES] {
        let body = format!(
            r#"{{"invoiceId":"{invoice}","code":"ok","secret_hash":"{hash}","name":"{}","phone":"{}","email":"{}"}}"#,
            planted::HOLDER,
            planted::PHONE,
            planted::EMAIL
        );
        let post_link = PostLink::read(body.as_bytes()).unwrap();
        let hint = post_link.check(&tags(), &TerminalId::new(shop.terminal).unwrap());
        shown += &debug(&post_link);
        shown += &debug(&hint);
        shown += &debug(&shop.payments.hint(&hint).await.unwrap());
    }
    shown
}

/// A hold captured in part, refunded, and one that is released.
async fn steps(shop: &Shop) -> String {
    let shop = &shop.payments;
    let outcomes = [
        shop.capture("card", "capture", Money::tiyn(3_000_00)).await,
        shop.refund("card", "refund", Money::tiyn(1_000_00)).await,
        shop.void("opened", "void").await,
        shop.capture("opened", "too late", PRICE).await,
    ];
    let shown = |outcome: Result<_, PayError>| match outcome {
        Ok(outcome) => debug(&outcome),
        Err(refused) => error(&refused),
    };
    outcomes.map(shown).concat() + &debug(&shop.reconcile().await)
}

/// The bank books and says nothing, or something else.
async fn losses(shop: &Shop, bank: &Running) -> String {
    let mut shown = String::new();
    for (order, kind) in [
        ("cut", FaultKind::CutAfterEffect),
        ("gone", FaultKind::CutBeforeEffect),
        ("error", FaultKind::ErrorAfterEffect),
        ("short", FaultKind::Truncate(40)),
    ] {
        bank.with_bank(|bank| {
            bank.plan(Fault { on: Endpoint::Cryptopay, skip: 0, kind: kind.clone() });
            bank.plan(Fault { on: Endpoint::Status, skip: 0, kind });
        });
        let (told, outcome) = shop.pay(order, card(planted::PAN)).await;
        assert!(matches!(outcome, Outcome::Unknown(_)), "{order}: {outcome:?}");
        shown += &told;
    }
    shown
}

/// Banks that are not there, not trusted, too slow, or do not know the shop.
async fn strangers(transport: &Tapped, bank: &Running) -> String {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let no_tls = silent.local_addr().unwrap();
    let answers = tokio::spawn(async move {
        while let Ok((stream, _)) = silent.accept().await {
            // Says something that is no TLS, and hangs up.
            let _ = stream.writable().await;
            let _ = stream.try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let mut shown = String::new();
    for base in [format!("https://{closed}"), format!("https://{no_tls}"), bank.api_url()] {
        let environment = Environment::fake_bank(&base.replace("/api", "/oauth"), &base).unwrap();
        let gateway =
            |clock| HttpGateway::new(transport.clone(), clock, environment.clone(), mistyped());
        let patient = gateway(Arc::new(TokioClock)).with_tags(tags());
        for gateway in [patient, gateway(Arc::new(epay_tests::bench::Alarm::Rings))] {
            shown += &debug(&gateway);
            let shop = Payments::new(gateway, MemoryStore::default()).with_tags(tags());
            let method = epay_crypto::SealedMethod::card("c2VhbGVk".to_owned());
            for paid in [
                shop.pay_with("sealed", PRICE, method, &request()).await,
                shop.pay_with("card", PRICE, card(planted::PAN), &request()).await,
            ] {
                match paid {
                    Ok(outcome) => shown += &debug(&outcome),
                    Err(failure) => shown += &error(&failure),
                }
            }
        }
    }
    answers.abort();
    shown
}

fn mistyped() -> Credentials {
    let terminal = TerminalId::new(SANDBOX_TERMINAL).unwrap();
    Credentials::new("test", Secret::new(planted::WRONG_CLIENT_SECRET), terminal)
}

/// What the fake bank shows of itself to whoever is on this machine.
async fn of_the_bank(transport: &Tapped, bank: &Running) -> String {
    let mut shown = String::new();
    let admin =
        ["ledger", "wire", "facts", "settings"].map(|page| format!("{}/{page}", bank.admin_url()));
    for address in admin.into_iter().chain([bank.console_url()]) {
        let request = http::Request::get(&address).body(Bytes::new()).unwrap();
        let page = transport.send(request).await.unwrap();
        assert!(page.status().is_success(), "{address}");
        shown += str::from_utf8(page.body()).unwrap();
    }
    assert!(shown.contains("444433...1111"), "the ledger shows no card, so nothing was looked at");
    shown
}
