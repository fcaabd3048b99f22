//! The demo's stories: each pays as a shop would, and states how it must end; any other ending
//! fails the demo.

use std::time::Duration;

use epay::{
    ApplePayToken, Card, CardId, CardNumber, Currency, Cvc, Expiry, GooglePayToken, HandOver,
    Method, Money, Outcome, PayErrorKind, PaymentRequest, PaymentStatus, ReconcileReport,
    StepOutcome,
};
use epay_domain::Clock;
use epay_fakebank::{Endpoint, cards};
use url::Url;

use super::admin::Admin;
use super::browser::{Browser, Page};
use super::pay_form;
use super::phone::Phone;
use super::shop::{Shop, Till};
use crate::Failure;
use crate::timeline::Who;

/// The shop, the bank's back door and a payer's browser: all that a story needs.
pub(crate) struct Stage {
    pub(crate) shop: Shop,
    pub(crate) bank: Admin,
    pub(crate) browser: Browser,
    /// Where the bank's pay form is.
    pub(crate) form_url: String,
}

/// A story, named by what happens in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    Card,
    ThreeDs,
    Abandoned,
    ApplePayOpened,
    ApplePayToken,
    GooglePay,
    SavedCard,
    Recurrent,
    HandedOver,
    HoldAndRefund,
    HoldAndVoid,
    Declined,
    LostAnswer,
    LostSight,
    Hints,
}

impl Story {
    pub(crate) const ALL: [Story; 15] = [
        Story::Card,
        Story::ThreeDs,
        Story::Abandoned,
        Story::ApplePayOpened,
        Story::ApplePayToken,
        Story::GooglePay,
        Story::SavedCard,
        Story::Recurrent,
        Story::HandedOver,
        Story::HoldAndRefund,
        Story::HoldAndVoid,
        Story::Declined,
        Story::LostAnswer,
        Story::LostSight,
        Story::Hints,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Story::Card => "a test card that the bank publishes",
            Story::ThreeDs => "a card with 3-D Secure",
            Story::Abandoned => "a payer leaves 3-D Secure and pays with another card",
            Story::ApplePayOpened => "Apple Pay, opened by the merchant",
            Story::ApplePayToken => "Apple Pay, opened by the bank",
            Story::GooglePay => "Google Pay, whose token comes a second time",
            Story::SavedCard => "a card is verified and kept, and the payer pays with it",
            Story::Recurrent => "the shop asks a kept card by itself, and the answer is lost",
            Story::HandedOver => "the payer pays at the bank's own form, and no callback comes",
            Story::HoldAndRefund => "a hold, captured in part, refunded twice",
            Story::HoldAndVoid => "a hold, released",
            Story::Declined => "a card without funds",
            Story::LostAnswer => "the bank books, and its answer is lost",
            Story::LostSight => "the answer is lost, and so is every status check for a while",
            Story::Hints => "postLink comes early, twice, and forged",
        }
    }

    /// The shop's order, also the story's name in the table.
    pub(crate) fn order(self) -> &'static str {
        match self {
            Story::Card => "card",
            Story::ThreeDs => "3-d-secure",
            Story::Abandoned => "abandoned",
            Story::ApplePayOpened => "apple-pay-opened",
            Story::ApplePayToken => "apple-pay-token",
            Story::GooglePay => "google-pay",
            Story::SavedCard => "saved-card",
            Story::Recurrent => "recurrent",
            Story::HandedOver => "handed-over",
            Story::HoldAndRefund => "hold-and-refund",
            Story::HoldAndVoid => "hold-and-void",
            Story::Declined => "declined",
            Story::LostAnswer => "lost-answer",
            Story::LostSight => "lost-sight",
            Story::Hints => "hints",
        }
    }

    /// The till that knows the order.
    pub(crate) fn till(self, shop: &Shop) -> &Till {
        match self {
            Story::HoldAndRefund | Story::HoldAndVoid => &shop.two_stage,
            _ => &shop.one_stage,
        }
    }

    /// Tells it. An error is an ending that is not in the script.
    pub(crate) async fn play(self, stage: &Stage) -> Result<(), Failure> {
        let scene = Scene { stage, till: self.till(&stage.shop), order: self.order() };
        match self {
            Story::Card => scene.card().await,
            Story::ThreeDs => scene.three_ds().await,
            Story::Abandoned => scene.abandoned().await,
            Story::ApplePayOpened => scene.apple_pay_opened().await,
            Story::ApplePayToken => scene.apple_pay_token().await,
            Story::GooglePay => scene.google_pay().await,
            Story::SavedCard => scene.saved_card().await,
            Story::Recurrent => scene.recurrent().await,
            Story::HandedOver => scene.handed_over().await,
            Story::HoldAndRefund => scene.hold_and_refund().await,
            Story::HoldAndVoid => scene.hold_and_void().await,
            Story::Declined => scene.declined().await,
            Story::LostAnswer => scene.lost_answer().await,
            Story::LostSight => scene.lost_sight().await,
            Story::Hints => scene.hints().await,
        }
    }
}

const PRICE: Money = Money::tenge(5_000);

/// The shop's name for the payer who puts a card on file.
const PAYER: &str = "demo-payer";

/// One story on the stage.
struct Scene<'a> {
    stage: &'a Stage,
    till: &'a Till,
    order: &'static str,
}

impl Scene<'_> {
    async fn card(&self) -> Result<(), Failure> {
        must_be(PaymentStatus::Paid, &self.pay(good_card()?).await?)
    }

    async fn three_ds(&self) -> Result<(), Failure> {
        let page = self.challenged().await?;
        self.payer("sees our form, whose script takes them to the issuer");
        let browser = &self.stage.browser;
        let issuer = browser.submit(&page, None).await?;
        self.payer("presses \"Approve\" at the issuer's page");
        let way_back = browser.submit(&issuer, Some("approve")).await?;
        let end = browser.submit(&way_back, None).await?;
        expect(end.shows("paid"), "the shop's page does not tell the payer that they paid")?;
        must_be(PaymentStatus::Paid, &self.till.payments.status(self.order).await?)
    }

    async fn abandoned(&self) -> Result<(), Failure> {
        self.challenged().await?;
        self.payer("closes the page");
        must_be(PaymentStatus::NotExecuted, &self.till.payments.abandon(self.order).await?)?;
        self.payer("tries again with another card");
        self.card().await
    }

    async fn apple_pay_opened(&self) -> Result<(), Failure> {
        let clock = &self.stage.shop.clock;
        let phone = Phone::new(clock.now())?;
        self.payer("confirms the sum on the phone, whose wallet mints a token");
        let token = phone.confirm(PRICE, cards::VISA_OK, clock.now());
        let opened = phone.open(&token, PRICE, clock.now())?;
        self.note(
            Who::TheDemo,
            "verifies and opens the token: it is fresh, untouched, and for this sum",
        );
        must_be(PaymentStatus::Paid, &self.pay(opened).await?)?;
        self.note(Who::TheDemo, "sends the same token again, for another order");
        let again = phone.open(&token, PRICE, clock.now())?;
        self.is_replayed("apple-pay-again", again).await
    }

    /// What was paid with pays no other order.
    async fn is_replayed(&self, order: &str, again: impl Into<Method>) -> Result<(), Failure> {
        let again = again.into();
        let refused = self.till.payments.pay_with(order, PRICE, again, &self.request()?).await;
        let replayed = refused.is_err_and(|error| error.kind() == PayErrorKind::Replayed);
        expect(replayed, "a token was paid with twice")
    }

    async fn apple_pay_token(&self) -> Result<(), Failure> {
        self.payer("confirms the sum on the phone, and nobody here opens the token");
        let now = self.stage.shop.clock.now();
        let token = Phone::new(now)?.confirm(PRICE, cards::VISA_OK, now);
        must_be(PaymentStatus::Paid, &self.pay(ApplePayToken::new(token)).await?)
    }

    async fn google_pay(&self) -> Result<(), Failure> {
        self.payer("picks a card in the sheet of Google Pay, and nobody here opens the token");
        let token = || {
            let form = r#"{"signature":"","protocolVersion":"ECv2","signedMessage":"{}"}"#;
            GooglePayToken::new(form)
        };
        must_be(PaymentStatus::Paid, &self.pay(token()).await?)?;
        self.note(Who::TheDemo, "sends the same token again, for another order");
        self.is_replayed("google-pay-again", token()).await
    }

    async fn saved_card(&self) -> Result<(), Failure> {
        let card = self.kept("saved-card-verified").await?;
        self.payer("chooses the card that is kept, and types no number");
        must_be(PaymentStatus::Paid, &self.pay(card.clone()).await?)?;
        self.payer("takes the card off file");
        self.till.payments.deactivate_card(&card).await?;
        let left = self.till.payments.saved_cards(PAYER).await?;
        expect(left.iter().all(|it| it.id != card), "the card that was ended is still listed")
    }

    async fn recurrent(&self) -> Result<(), Failure> {
        let card = self.kept("recurrent-verified").await?;
        self.note(Who::TheDemo, "lets a month pass; the payer is not there");
        self.fault("cryptopay", "the bank will book, and cut the connection instead of answering")
            .await?;
        must_be(PaymentStatus::Paid, &self.pay(Method::Recurrent(card)).await?)?;
        self.bank_was_asked_once().await
    }

    /// The handle of a card that the bank keeps from here on, and that was verified for it.
    async fn kept(&self, order: &str) -> Result<CardId, Failure> {
        self.payer("puts a card on file: it is verified, and nothing is taken");
        let request = self.request()?.with_account(PAYER)?.with_saved_card(true);
        let payments = &self.till.payments;
        let verified = payments.verify_card(order, Currency::KZT, good_card()?, &request).await?;
        must_be(PaymentStatus::Verified, &verified)?;
        let kept = payments.saved_cards(PAYER).await?;
        let told = verified.attempt().saved_card().ok_or("the bank told no handle")?.id;
        expect(kept.iter().any(|card| card.id == told), "the bank does not list the card")?;
        Ok(told)
    }

    async fn handed_over(&self) -> Result<(), Failure> {
        let payments = &self.till.payments;
        let handed_over = payments.hand_over(self.order, PRICE, &self.request()?).await?;
        let HandOver::Form(form) = handed_over else {
            return Err("there is no form".into());
        };
        self.note(Who::We, "show the bank's form, and see no card");
        let waits = self.pay(good_card()?).await?;
        must_be(PaymentStatus::AwaitingPayer, &waits)?;
        self.note(Who::We, "ask for no money by card while the payer may be paying there");
        self.payer("types the card at the bank, and never comes back to the shop");
        let Stage { browser, form_url, .. } = self.stage;
        let typed = (cards::VISA_OK, "0127", "321");
        pay_form::pay(&browser.0, form_url, form.expose_params(), typed).await?;
        self.stage.shop.clock.advance(Duration::from_secs(60));
        self.note(Who::TheDemo, "puts the clock a minute forward, and the reconciler works");
        payments.reconcile().await?;
        must_be(PaymentStatus::Paid, &payments.status(self.order).await?)
    }

    async fn hold_and_refund(&self) -> Result<(), Failure> {
        let payments = &self.till.payments;
        must_be(PaymentStatus::Held, &self.pay(good_card()?).await?)?;
        must_be_done(&payments.capture(self.order, "capture", Money::tenge(3_000)).await?)?;
        must_be(PaymentStatus::Paid, &payments.check_status(self.order).await?)?;
        for (step, sum) in [("refund-1", Money::tenge(1_000)), ("refund-2", Money::tiyn(500_50))] {
            must_be_done(&payments.refund(self.order, step, sum).await?)?;
            must_be(PaymentStatus::Paid, &payments.check_status(self.order).await?)?;
        }
        let kept = payments.status(self.order).await?.attempt().net_captured();
        expect(
            kept == Some(Money::tiyn(1_499_50)),
            "what is kept is not what was captured less both refunds",
        )
    }

    async fn hold_and_void(&self) -> Result<(), Failure> {
        must_be(PaymentStatus::Held, &self.pay(good_card()?).await?)?;
        must_be_done(&self.till.payments.void(self.order, "void").await?)?;
        must_be(PaymentStatus::Voided, &self.till.payments.check_status(self.order).await?)
    }

    async fn declined(&self) -> Result<(), Failure> {
        let outcome = self.pay(card(cards::INSUFFICIENT_FUNDS, "1230", "123")?).await?;
        must_be(PaymentStatus::Declined, &outcome)?;
        let Outcome::Declined(_, decline) = outcome else { return Ok(()) };
        expect(decline.code() == 484, "the decline is not 484")?;
        must_be(PaymentStatus::Declined, &self.till.payments.check_status(self.order).await?)
    }

    async fn lost_answer(&self) -> Result<(), Failure> {
        self.fault("cryptopay", "the bank will book, and cut the connection instead of answering")
            .await?;
        // What was asked is in the log, the answer is not; the one status check that follows by
        // itself settles it.
        must_be(PaymentStatus::Paid, &self.pay(good_card()?).await?)?;
        self.bank_was_asked_once().await
    }

    async fn lost_sight(&self) -> Result<(), Failure> {
        self.fault("cryptopay", "the bank will book, and cut the connection instead of answering")
            .await?;
        self.fault("status", "and the next status check will be cut off too").await?;
        must_be(PaymentStatus::Unknown, &self.pay(good_card()?).await?)?;
        self.note(Who::We, "do not know, and say so: \"Do not pay again, we are asking the bank\"");
        self.fault("status", "so will the status check after that").await?;
        self.payer("clicks \"Pay\" all the same");
        must_be(PaymentStatus::Unknown, &self.pay(good_card()?).await?)?;
        self.note(Who::We, "checked, still do not know, and asked for no money");
        self.bank_was_asked_once().await?;
        self.stage.shop.clock.advance(Duration::from_secs(60));
        self.note(Who::TheDemo, "puts the clock a minute forward, and the reconciler works");
        let ReconcileReport { checked, .. } = self.till.payments.reconcile().await?;
        expect(checked > 0, "nothing was due")?;
        must_be(PaymentStatus::Paid, &self.till.payments.status(self.order).await?)?;
        self.bank_was_asked_once().await
    }

    async fn hints(&self) -> Result<(), Failure> {
        let Stage { shop, bank, browser, .. } = self.stage;
        bank.plan("cryptopay", "callback_early").await?;
        bank.plan("cryptopay", "callback_twice").await?;
        self.note(
            Who::TheDemo,
            "holds the clock; the bank will send postLink twice, before it answers",
        );
        shop.clock.hold();
        let link = shop.url("/post-link");
        let request = self.request()?.with_post_links(&link, &link)?;
        let paid = self.till.payments.pay_with(self.order, PRICE, good_card()?, &request).await?;
        must_be(PaymentStatus::Paid, &paid)?;
        let invoice = paid.attempt().invoice().as_str();
        self.checks_are(1, invoice).await?;
        let link = Url::parse(&link)?;
        let forged = |invoice: &str| {
            serde_json::json!({ "invoiceId": invoice, "code": "error", "reasonCode": 484, "secret_hash": "guessed" })
                .to_string()
        };
        for invoice in [invoice, "999999999999999"] {
            let answer = browser.post_json(&link, forged(invoice)).await?;
            expect(answer.is_success(), "the shop did not take a hint")?;
        }
        self.checks_are(1, invoice).await?;
        shop.clock.advance(Duration::from_secs(1));
        self.note(Who::TheDemo, "puts the clock one second forward");
        browser.post_json(&link, forged(invoice)).await?;
        self.checks_are(2, invoice).await?;
        shop.clock.release();
        expect(
            bank.count(Endpoint::Status, "999999999999999").await? == 0,
            "the bank was asked about a foreign invoice",
        )?;
        must_be(PaymentStatus::Paid, &self.till.payments.status(self.order).await?)
    }

    async fn pay(&self, method: impl Into<Method> + Send) -> Result<Outcome, Failure> {
        Ok(self.till.payments.pay_with(self.order, PRICE, method, &self.request()?).await?)
    }

    fn request(&self) -> Result<PaymentRequest, Failure> {
        Ok(PaymentRequest::new(self.order)?.with_payer_name("DEMO PAYER")?)
    }

    /// Pays with a card that wants 3-D Secure, and gives the page the payer then sees.
    async fn challenged(&self) -> Result<Page, Failure> {
        let outcome = self.pay(card(cards::THREE_DS, "1230", "123")?).await?;
        must_be(PaymentStatus::AwaitingPayer, &outcome)?;
        let Outcome::AskPayer(challenge) = outcome else {
            return Err("there is no challenge".into());
        };
        let address = self.stage.shop.url("/3ds");
        Ok(Page::new(Url::parse(&address)?, challenge.form(&address)?.html()))
    }

    async fn fault(&self, endpoint: &str, told: &str) -> Result<(), Failure> {
        self.note(Who::TheDemo, format!("plans a fault: {told}"));
        self.stage.bank.plan(endpoint, "cut_after_effect").await
    }

    async fn bank_was_asked_once(&self) -> Result<(), Failure> {
        let outcome = self.till.payments.status(self.order).await?;
        let times = self
            .stage
            .bank
            .count(Endpoint::Cryptopay, outcome.attempt().invoice().as_str())
            .await?;
        self.note(
            Who::TheDemo,
            format!("counts the asks for money in the bank's wire log: {times}"),
        );
        expect(times == 1, "the bank was not asked exactly once")
    }

    async fn checks_are(&self, expected: usize, invoice: &str) -> Result<(), Failure> {
        let checks = self.stage.bank.count(Endpoint::Status, invoice).await?;
        self.note(
            Who::TheDemo,
            format!("counts the status checks in the bank's wire log: {checks}"),
        );
        expect(checks == expected, "the bank was asked more or less than once a second")
    }

    fn payer(&self, does: &str) {
        self.note(Who::ThePayer, does);
    }

    fn note(&self, who: Who, text: impl Into<String>) {
        self.stage.shop.diary.note(who, text);
    }
}

fn good_card() -> Result<Card, Failure> {
    card(cards::VISA_OK, "0127", "321")
}

fn card(number: &str, expiry: &str, cvc: &str) -> Result<Card, Failure> {
    Ok(Card::new(CardNumber::new(number)?, Expiry::parse_mmyy(expiry)?, Cvc::new(cvc)?))
}

fn expect(holds: bool, otherwise: &'static str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

fn must_be(scripted: PaymentStatus, outcome: &Outcome) -> Result<(), Failure> {
    let ended = outcome.attempt().answer().status;
    if ended == scripted {
        Ok(())
    } else {
        Err(format!("it is {ended} where the script says {scripted}").into())
    }
}

fn must_be_done(outcome: &StepOutcome) -> Result<(), Failure> {
    expect(matches!(outcome, StepOutcome::Done(_)), "a step was not done")
}
