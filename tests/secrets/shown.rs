//! Every public type that can hold a secret is shown in every way it can be: none is told.

use crate::planted::{
    self, apple_pay, apple_pay_token, card, google_pay_token, needles, request, tags,
};
use crate::scan::{Needle, none_in};
use crate::sinks::debug;
use epay::{
    CardNumber, Cvc, Environment, Expiry, HttpGateway, InvoiceId, KeyTrust, Language, MemoryStore,
    Method, Money, OrderId, Payment, Payments, PostLink, Secret, TerminalId, ThreeDsAnswer,
};
use epay_applepay::{EncryptedToken, Expected, Keys, ProcessingKey, Root, SharedSecret, Verifier};
use epay_crypto::{Eci, PublicKey, SealedMethod};
use epay_domain::{Challenge, Command, Event, EventKind, Fact, Observation, Stored, Timestamp};
use epay_fakewallet::Wallet;
use epay_http::{Nonce, ThreeDsForm, TransportError, transport_fn};
use epay_testkit::fakebank::{self, Instrument, Pay};
use epay_testkit::{FakeBank, ManualClock};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

const PEM: &[u8] = include_bytes!("../../crates/epay-fakebank/keys/fixed-public.pem");
const NOW: u64 = 1_795_521_600;
const TERMINAL: &str = fakebank::SANDBOX_TERMINAL;

fn terminal() -> TerminalId {
    TerminalId::new(TERMINAL).unwrap()
}

fn challenge() -> Challenge {
    let (pa_req, md) = (planted::PA_RES.to_owned(), planted::MD.to_owned());
    Challenge { action: "https://acs.example/".to_owned(), pa_req, md }
}

/// A payment that awaits the payer.
fn challenged() -> Payment {
    let now = Timestamp::from_unix_millis(1_790_000_000_000);
    let payment =
        Payment::open(InvoiceId::new("100000017").unwrap(), Money::tiyn(5_000_00), terminal());
    let asked = payment.decide(Command::Authorize, now).unwrap();
    let heard =
        payment.record_reply(Ok(Observation::reply(Fact::ThreeDsRequired(challenge()))), now);
    payment.apply(&asked).apply(&heard)
}

/// Its transport holds a secret, as a client with a default header does.
fn gateway() -> HttpGateway {
    let held = Arc::new(planted::CLIENT_SECRET.to_owned());
    let transport = transport_fn(move |_| {
        let held = Arc::clone(&held);
        async move {
            Err(TransportError::not_sent(if held.is_empty() { "no header" } else { "no network" }))
        }
    });
    let environment = Environment::production(KeyTrust::FirstUse);
    planted::gateway(transport, environment, TERMINAL).with_tags(tags())
}

#[test]
fn a_value_that_holds_a_secret_shows_none() {
    let key = PublicKey::parse(PEM).unwrap();
    let card_of = |pan| CardNumber::new(pan).unwrap();
    let sealed = [
        key.seal_card(card(planted::PAN), &terminal()).unwrap(),
        key.seal_apple_pay(apple_pay(), &terminal(), planted::APPLE_FORMAT).unwrap(),
        key.seal_apple_pay_token(apple_pay_token(), &terminal()).unwrap(),
        key.seal_google_pay_token(google_pay_token(), &terminal()).unwrap(),
    ];
    let post_link = format!(r#"{{"invoiceId":"100000017","secret_hash":"{}"}}"#, planted::PA_RES);
    let form = ThreeDsForm::new(
        &challenge(),
        "https://shop.example/",
        Language::English,
        &Environment::production(KeyTrust::FirstUse),
        Nonce::from_bits(7),
    )
    .unwrap();
    let at = Timestamp::from_unix_millis(0);
    let heard = Event {
        at,
        kind: EventKind::Observed(Observation::reply(Fact::ThreeDsRequired(challenge()))),
    };
    let order = OrderId::new("order-17").unwrap();
    let stored = Stored::opened(order, challenged(), None);
    let shown = [
        debug(&card_of(planted::PAN)),
        format!("{} {:#}", card_of(planted::DPAN), card_of(planted::PAN)),
        card_of(planted::PAN).masked(),
        debug(&Cvc::new(planted::CVC).unwrap()),
        debug(&Expiry::parse_mmyy("11/38").unwrap()),
        debug(&card(planted::PAN)),
        card(planted::PAN).masked(),
        debug(&apple_pay()),
        debug(&apple_pay_token()),
        debug(&google_pay_token()),
        debug(&Secret::new(planted::CLIENT_SECRET)),
        debug(&tags()),
        debug(&key),
        debug(&sealed),
        debug(&Method::from(card(planted::PAN))),
        debug(&Method::from(apple_pay())),
        debug(&Method::from(apple_pay_token())),
        debug(&Method::from(google_pay_token())),
        debug(&Method::from(SealedMethod::card(planted::APPLE_CRYPTOGRAM.to_owned()))),
        debug(&ThreeDsAnswer::new(planted::PA_RES.into(), planted::MD.into())),
        debug(&challenge()),
        debug(&challenged()),
        debug(&heard),
        debug(&stored),
        debug(&form),
        debug(&request()),
        debug(&PostLink::read(post_link.as_bytes()).unwrap()),
        debug(&planted::credentials(TERMINAL)),
        debug(&gateway()),
        debug(
            &Payments::with_clock(gateway(), MemoryStore::default(), ManualClock::default())
                .with_tags(tags()),
        ),
        debug(&Eci::new("05")),
    ];
    none_in("a value", &shown.concat(), &needles());
}

/// The token is minted, so that its secrets are planted where Apple's would be.
#[test]
fn a_token_on_its_way_shows_none() {
    let wallet = Wallet::new(5, NOW);
    let merchant = wallet.merchant("merchant.kz.example.shop");
    let payment = wallet.pay(&merchant).card(planted::DPAN).cardholder(planted::HOLDER);
    let minted = payment.cryptogram(planted::APPLE_CRYPTOGRAM.as_bytes()).mint();
    let processing = merchant.processing();
    let key = ProcessingKey::read(processing.certificate_der(), &processing.key_der()).unwrap();
    let private_key = processing.key_pem();
    let mut shown = debug(&key);
    let keys = Keys::new([key]);
    let token = EncryptedToken::parse(minted.json.as_bytes()).unwrap();
    let verifier = Verifier::trusting(Root::read(&wallet.root_der()).unwrap());
    shown += &[debug(&keys), debug(&token), debug(&verifier)].concat();
    let verified = verifier.verify(token, UNIX_EPOCH + Duration::from_secs(NOW)).unwrap();
    shown += &debug(&verified);
    let payload = verified.open(&keys).unwrap();
    let order = Expected {
        amount: payload.amount() + 1,
        currency: payload.currency(),
        application_data: None,
    };
    shown += &debug(&payload);
    let refused = payload.expect(&order).unwrap_err();
    shown += &[debug(&refused), refused.to_string(), refused.reason().to_owned()].concat();
    let order = Expected { amount: order.amount - 1, ..order };
    let approved = verified.open(&keys).unwrap().expect(&order).unwrap();
    shown += &[debug(&approved), debug(approved.proof()), debug(approved.payload())].concat();
    shown += &debug(&SharedSecret::from_slice(&planted::DPAN.repeat(2).as_bytes()[..32]));
    let lines = private_key.lines().filter(|line| line.len() == 64);
    let keys = lines.map(|line| Needle::new("processing key", line));
    none_in("a token", &shown, &needles().into_iter().chain(keys).collect::<Vec<_>>());
}

#[test]
fn the_fake_bank_shows_none_either() {
    let instrument = Instrument::card(planted::PAN).unwrap();
    let mut pay =
        Pay::kzt(TERMINAL, "100000017", fakebank::Amount::from_minor(5_000_00), instrument);
    let details = &mut pay.details;
    details.name = planted::HOLDER.to_owned();
    details.email = planted::EMAIL.to_owned();
    details.phone = planted::PHONE.to_owned();
    let bank = FakeBank::start();
    let mut shown = debug(&pay);
    bank.with_bank(|bank| {
        let operation = bank.pay(pay, fakebank::Millis(0)).unwrap();
        shown += &[debug(&operation), debug(bank), debug(bank.settings())].concat();
    });
    shown += &[
        debug(&bank),
        debug(&bank.gateway()),
        debug(&bank.transport()),
        debug(&bank.take_callbacks()),
    ]
    .concat();
    let private_key = include_str!("../../crates/epay-fakebank/keys/fixed-private.pem");
    let private_key = private_key.lines().find(|line| line.len() == 64).unwrap();
    let banks = [
        Needle::new("client secret", fakebank::SANDBOX_SECRET),
        Needle::new("private key", private_key),
    ];
    none_in("a value of the fake bank", &shown, &[needles(), banks.into()].concat());
}

/// The page goes to the payer's own browser: the challenge belongs in it, what they paid with does not.
#[test]
fn a_card_number_in_the_page_would_be_found() {
    let page = |pa_req: &str| {
        let challenge = Challenge { pa_req: pa_req.to_owned(), ..challenge() };
        let environment = Environment::production(KeyTrust::FirstUse);
        let nonce = Nonce::from_bits(7);
        ThreeDsForm::new(&challenge, "https://shop.example/", Language::Kazakh, &environment, nonce)
            .unwrap()
    };
    let number = Needle::new("card number", planted::PAN);
    assert!(number.found_in(page("eJz").html()).is_empty());
    assert!(!number.found_in(page(&format!("<{}>", planted::PAN)).html()).is_empty());
}
