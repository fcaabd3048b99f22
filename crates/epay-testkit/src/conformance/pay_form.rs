//! Tries every rule of [`Bank::pay_form`] on a real bank, with the fake bank's pay form and ledger as judges.

use std::time::Duration;

use epay_domain::{AttemptTag, InvoiceId, Money, Origin, Payment, PaymentRequest, TerminalId};
use epay_fakebank::{Endpoint, FaultKind, Operation, cards};
use epay_http::{Bank, PayFormParams};

use crate::FakeBank;

#[cfg(test)]
mod tests;

/// How long the fake bank's tokens live.
const TOKEN: Duration = Duration::from_secs(1_200);

type Make<'a> = &'a dyn Fn(&FakeBank, TerminalId) -> Box<dyn Bank>;

/// Judges [`Bank::pay_form`] of the banks that `make` makes to a [`FakeBank`] on one of its terminals, and
/// panics with what one of them does wrong. Yours reaches that bank by [`FakeBank::transport`].
///
/// The payer then pays by what it gave, so the suite tells whether the form takes it for this payment and no
/// other, and whether the payment's status is its own.
pub async fn pay_form<F, B>(make: F)
where
    F: Fn(&FakeBank, TerminalId) -> B,
    B: Bank + 'static,
{
    let make: Make<'_> = &|bank, terminal| Box::new(make(bank, terminal));
    for terminal in [FakeBank::one_stage(), FakeBank::two_stage()] {
        they_pay_this_payment(make, terminal).await;
    }
    to_fetch_moves_nothing(make).await;
    each_fetch_is_another_token_for_the_same_payment(make).await;
    they_say_how_long_they_can_be_paid_with(make).await;
    a_card_is_kept_only_where_it_was_asked_for(make).await;
    what_is_not_to_be_had_is_an_error(make).await;
    what_the_form_refuses_is_not_handed_out(make).await;
    debug_shows_no_token(make).await;
}

struct Stage {
    bank: FakeBank,
    made: Box<dyn Bank>,
    terminal: TerminalId,
}

impl Stage {
    fn on(make: Make<'_>, terminal: TerminalId) -> Stage {
        let bank = FakeBank::start();
        Stage { made: make(&bank, terminal.clone()), bank, terminal }
    }

    fn one(make: Make<'_>) -> Stage {
        Stage::on(make, FakeBank::one_stage())
    }

    /// Payment `number`, of 5000.50 tenge, with a tag of its own.
    fn payment(&self, number: u64) -> Payment {
        let invoice = InvoiceId::new(&(800_000_000 + number).to_string()).expect("nine digits");
        let tag = AttemptTag::new(u128::from(number).to_be_bytes());
        Payment::open(invoice, Money::tiyn(5_000_50), self.terminal.clone()).with_tag(Some(tag))
    }

    async fn params(&self, payment: &Payment, request: &PaymentRequest) -> PayFormParams {
        self.made.pay_form(payment, request).await.expect("the bank gives its form")
    }

    /// The payer pays by them; what the bank has booked.
    fn paid(&self, params: &PayFormParams) -> Option<Operation> {
        let paid = self.bank.pay_at_form(params.expose(), cards::VISA_OK);
        let id =
            paid.unwrap_or_else(|why| panic!("with the params {why}")).expect("nothing is cut");
        self.bank.with_bank(|bank| bank.ledger().iter().find(|it| it.id == id).cloned())
    }

    fn booked(&self) -> usize {
        self.bank.with_bank(|bank| bank.ledger().len())
    }
}

fn order() -> PaymentRequest {
    let order = PaymentRequest::new("Order </script> & 17")
        .and_then(|order| order.with_payer_name("ARMAN ALI"))
        .and_then(|order| order.with_account("payer-7"));
    order.expect("three short texts")
}

async fn they_pay_this_payment(make: Make<'_>, terminal: TerminalId) {
    let stage = Stage::on(make, terminal);
    let payment = stage.payment(1);
    let params = stage.params(&payment, &order()).await;
    let text = params.expose();
    assert!(!text.contains(['<', '>', '&']), "they can end the script that they stand in: {text}");
    let paid = stage.paid(&params).expect("what was paid is booked");
    let (invoice, terminal) = (payment.invoice().as_str(), payment.terminal().as_str());
    assert_eq!((paid.invoice.as_str(), paid.terminal.as_str()), (invoice, terminal));
    let (ordered, currency) = (payment.ordered(), payment.ordered().currency());
    let booked = (paid.ordered.minor(), paid.currency.as_str());
    assert_eq!(booked, (ordered.minor(), currency.code()), "it is paid with another sum");
    let status = stage.made.status(&payment).await.expect("a status is answered");
    assert_eq!(status.origin, Origin::Ours, "its status does not tell whose payment it is");
}

async fn to_fetch_moves_nothing(make: Make<'_>) {
    let stage = Stage::one(make);
    let _unused = stage.params(&stage.payment(1), &order()).await;
    let calls = stage.bank.with_bank(|bank| {
        bank.wire_log().iter().filter(|call| call.endpoint.moves_money()).count()
    });
    assert_eq!((stage.booked(), calls), (0, 0), "to fetch the params moved money");
}

async fn each_fetch_is_another_token_for_the_same_payment(make: Make<'_>) {
    let stage = Stage::one(make);
    let payment = stage.payment(1);
    let first = stage.params(&payment, &order()).await;
    let second = stage.params(&payment, &order()).await;
    assert_ne!(
        first.expose(),
        second.expose(),
        "a page that is loaded again has no token of its own"
    );
    assert!(stage.paid(&second).is_some(), "the later params do not pay");
    let again = stage.bank.pay_at_form(first.expose(), cards::VISA_OK);
    assert!(again.is_err() && stage.booked() == 1, "one payment was paid twice");
    let other = stage.params(&stage.payment(2), &order()).await;
    assert!(stage.paid(&other).is_some(), "the params of another payment do not pay");
}

async fn they_say_how_long_they_can_be_paid_with(make: Make<'_>) {
    let stage = Stage::one(make);
    let params = stage.params(&stage.payment(1), &order()).await;
    assert_eq!(params.lifetime(), TOKEN, "they tell another lifetime than the bank");
    stage.bank.clock().advance(TOKEN);
    let late = stage.bank.pay_at_form(params.expose(), cards::VISA_OK);
    assert!(late.is_err(), "the form takes them after their lifetime");
}

async fn a_card_is_kept_only_where_it_was_asked_for(make: Make<'_>) {
    for save in [false, true] {
        let stage = Stage::one(make);
        let request = order().with_saved_card(save);
        let params = stage.params(&stage.payment(1), &request).await;
        let paid = stage.paid(&params).expect("what was paid is booked");
        let kept = stage.made.saved_cards("payer-7").await.expect("the bank lists its cards");
        let kept: Vec<&str> = kept.iter().map(|card| card.id.as_str()).collect();
        let expected: &[&str] = if save { &[&paid.card_id] } else { &[] };
        assert_eq!(kept, expected, "asked to keep the card: {save}");
    }
}

async fn what_is_not_to_be_had_is_an_error(make: Make<'_>) {
    let stage = Stage::one(make);
    let payment = stage.payment(1);
    // More than any number of careful repetitions.
    (0..20).for_each(|_| stage.bank.inject_fault(Endpoint::Token, FaultKind::CutBeforeEffect));
    assert!(
        stage.made.pay_form(&payment, &order()).await.is_err(),
        "without a token it gives params"
    );
    let stage = Stage::one(make);
    stage.bank.disconnect(true);
    assert!(
        stage.made.pay_form(&payment, &order()).await.is_err(),
        "it gives params without a bank"
    );
    stage.bank.disconnect(false);
    let params = stage.params(&payment, &order()).await;
    assert!(stage.paid(&params).is_some(), "after an error it can't be asked again");
}

async fn what_the_form_refuses_is_not_handed_out(make: Make<'_>) {
    let stage = Stage::one(make);
    let named = order().with_payer_name("Арман").expect("a short text");
    let refused = stage.made.pay_form(&stage.payment(1), &named).await;
    assert!(refused.is_err(), "the form takes Latin letters alone, and another name is handed out");
    let elsewhere = Stage::on(make, FakeBank::two_stage()).payment(1);
    let refused = stage.made.pay_form(&elsewhere, &order()).await;
    assert!(refused.is_err(), "it hands out a payment of another terminal");
    assert_eq!(stage.bank.calls(Endpoint::PayForm), 0);
}

async fn debug_shows_no_token(make: Make<'_>) {
    let stage = Stage::one(make);
    let params = stage.params(&stage.payment(1), &order()).await;
    let shown = format!("{params:?} {:?}", stage.made);
    let token =
        params.expose().split_once("access_token\":\"").and_then(|(_, it)| it.split_once('"'));
    let (token, _) = token.expect("the params have the answer to the token request");
    assert!(!shown.contains(token), "its Debug shows a token");
}
