//! Apple Pay has two certificates: one says who asks Apple for a session, the other opens tokens.

use std::time::{Duration, SystemTime};

use epay::apple_pay::{EncryptedToken, Keys, ProcessingKey, Root, Verifier, expected};
use epay::{ExpiryFormat, MemoryStore, Method, Outcome, PaymentRequest, Payments};
use epay_applepay::session::SessionRequest;
use epay_fakewallet::{AppleGateway, Wallet};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::cards;
use epay_tests::bench::PRICE;
use serde_json::Value;

use crate::merchant_session::example;

use super::watched::{Story, WatchedWire};

const NOW: u64 = 1_795_521_600;

pub(crate) async fn draw() -> String {
    let story = Story::new(
        "The two certificates of Apple Pay",
        &[("payer", "a device"), ("shop", "its server"), ("Apple", ""), ("bank", "")],
    );
    let wallet = Wallet::new(1, NOW);
    let merchant = wallet.merchant("merchant.kz.example.shop");
    let apple = AppleGateway::start(&wallet).await.unwrap();
    apple.register(merchant.id(), "shop.example.kz");

    story.tell(|it| it.note("shop", "warm", "1. merchant identity certificate"));
    story.ask(("payer", "shop"), "a session, please", "");
    let asked = SessionRequest::web(merchant.id(), "Shop", "shop.example.kz").unwrap();
    let session = example::by_reqwest(&apple, &merchant, &asked).await.unwrap();
    let came = apple.asked().remove(0);
    assert_eq!(came.certificate, merchant.identity().certificate_der());
    let target = came.target.rsplit('/').next().unwrap();
    story.ask(("shop", "Apple"), &format!("{} {target}", came.method), "TLS by this certificate");
    let read: Value = serde_json::from_slice(session.as_bytes()).unwrap();
    assert_eq!(read["displayName"], "Shop");
    story.answer(("Apple", "shop"), "merchant session", "");
    story.answer(("shop", "payer"), "session, unchanged", "");
    story.tell(|it| it.note("payer", "plain", "Face ID:\n5000 tenge to Shop"));

    story.tell(|it| it.note("shop", "good", "2. payment processing certificate"));
    let token = wallet.pay(&merchant).amount(PRICE.minor()).card(cards::VISA_OK).expiry("311231");
    let token = token.mint();
    let header: Value = serde_json::from_str(&token.json).unwrap();
    let hash = header["header"]["publicKeyHash"].as_str().unwrap();
    let named = format!("publicKeyHash {}…", &hash[..8]);
    story.ask(("payer", "shop"), "a token for its key", &named);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let trust = Verifier::trusting(Root::read(&wallet.root_der()).unwrap());
    let verified =
        trust.verify(EncryptedToken::parse(token.json.as_bytes()).unwrap(), now).unwrap();
    let (certificate, key) =
        (merchant.processing().certificate_pem(), merchant.processing().key_pem());
    let key = ProcessingKey::read(certificate.as_bytes(), key.as_bytes()).unwrap();
    let payload = verified.open(&Keys::new([key])).unwrap();
    let approved = payload.expect(&expected(PRICE, None).unwrap()).unwrap();
    story.tell(|it| it.note("shop", "plain", "verify, open, compare\nwith the order"));
    let bank = FakeBank::start();
    let payments = Payments::with_clock(
        WatchedWire::gateway("shop", &bank, &story),
        MemoryStore::default(),
        bank.clock(),
    )
    .with_apple_expiry(ExpiryFormat::Yymmdd);
    let request = PaymentRequest::new("Order 17").unwrap().with_payer_name("ARMAN ALI").unwrap();
    let method = Method::try_from(approved).unwrap();
    let outcome = payments.pay_with("order-17", PRICE, method, &request).await.unwrap();
    assert!(matches!(outcome, Outcome::Paid(_)), "{outcome:?}");
    story.tell(|it| {
        it.moral(
            "The first says who the shop is, and opens nothing. The second opens tokens,\n\
             and is never shown in TLS. Each has a private key of its own.",
        );
    });
    story.svg()
}
