//! The payer's browser goes to the issuer and comes back, and the shop keeps nothing meanwhile.

use epay::{Outcome, Payments, read_three_ds_return};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, PayerChoice, cards};
use epay_tests::bench::{PRICE, card};

use super::watched::{Story, WatchedWire};

pub(crate) async fn draw() -> String {
    let story = Story::new(
        "3-D Secure: out to the issuer and back",
        &[("issuer", ""), ("payer", "the browser"), ("shop", ""), ("epay", ""), ("bank", "")],
    );
    let bank = FakeBank::start();
    let payments = Payments::with_clock(
        WatchedWire::gateway("epay", &bank, &story),
        epay::MemoryStore::default(),
        bank.clock(),
    );

    story.ask(("payer", "shop"), "the card", "");
    story.ask(("shop", "epay"), "pay", "");
    let outcome = payments.pay("order-17", PRICE, card(cards::THREE_DS)).await.unwrap();
    let Outcome::AskPayer(challenge) = outcome else { panic!("{outcome:?}") };
    story.answer(("epay", "shop"), "AskPayer", "");
    let form = challenge.form("https://shop.example/3ds").unwrap();
    let fields: Vec<&str> =
        ["PaReq", "MD", "TermUrl"].into_iter().filter(|it| form.html().contains(it)).collect();
    story.answer(("shop", "payer"), "a form:", &fields.join(", "));
    story.ask(("payer", "issuer"), "POST the form", "");
    story.tell(|it| it.note("payer", "plain", "the payer types a code,\nor closes the page"));
    let shown = challenge.attempt().payment().challenge().unwrap();
    let answer = bank.payer_answers(shown, PayerChoice::Approve).unwrap();
    story.answer(("issuer", "payer"), "PaRes, MD", "");
    let fields = [("PaRes", answer.pa_res()), ("MD", answer.md())];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    story.ask(("payer", "shop"), "POST /3ds", "?state=…");
    story.ask(("shop", "epay"), "confirm", "state, PaRes, MD");
    let answer = read_three_ds_return(body.as_bytes()).unwrap();
    let outcome = payments.confirm(&challenge.state(), answer).await.unwrap();
    assert!(matches!(outcome, Outcome::Paid(_)), "{outcome:?}");
    story.answer(("epay", "shop"), "Paid", "");
    story.answer(("shop", "payer"), "thank you", "");
    assert_eq!(bank.calls(Endpoint::Confirm), 1);
    story.tell(|it| {
        it.moral(
            "The state in the link is an HMAC: no cookie, nothing stored. It leads the way back\n\
             to its payment. Who never comes back is not charged.",
        );
    });
    story.svg()
}
