//! A payment of zero verifies the card: it takes nothing, and money that moves all the same is for a
//! person.

use crate::story::*;
use epay_domain::*;

const NOTHING: Money = Money::zero(Currency::USD);

/// A verification that was asked for, and was answered so.
fn answered(answers: &[Observation]) -> Payment {
    let (invoice, terminal) = (opened().invoice().clone(), opened().terminal().clone());
    let payment = Payment::open(invoice, NOTHING, terminal);
    let asked = payment.decide(Command::Authorize, Timestamp::default()).unwrap();
    answers.iter().fold(payment.apply(&asked), |payment, answer| {
        let heard = payment.record_reply(Ok(answer.clone()), Timestamp::default());
        payment.apply(&heard)
    })
}

#[test]
fn a_card_that_is_verified_is_charged_nothing_and_nothing_can_be_taken() {
    let verified = answered(&[Observation::status(Fact::Verified)]);
    assert_eq!(verified.status(), PaymentStatus::Verified);
    assert_eq!(verified.payer_charged(), PayerCharged::No);
    for (wish, refusal) in [
        (capture("c1", Money::new(1, Currency::USD)), Refusal::NotHeld),
        (refund("r1", Money::new(1, Currency::USD)), Refusal::NotCaptured),
        (Command::Authorize, Refusal::AlreadyAuthorized),
    ] {
        assert_eq!(verified.decide(wish, Timestamp::default()), Err(refusal));
    }
}

#[test]
fn silence_leaves_it_unknown_and_a_decline_ends_it() {
    assert_eq!(answered(&[]).status(), PaymentStatus::Unknown);
    let declined = answered(&[Observation::status(Fact::Declined(Decline::by_status(484)))]);
    assert_eq!((declined.status(), declined.dead().is_some()), (PaymentStatus::Declined, true));
}

#[test]
fn money_that_moves_for_a_verification_is_a_contradiction() {
    let sum = Money::new(100, Currency::USD);
    let of = |fact| Observation {
        amount: Some(BankAmount::card_only(sum)),
        ..Observation::status(fact)
    };
    for fact in
        [Fact::Authorized, Fact::Captured { captured: Some(sum), refunded: Refunds::NotTold }]
    {
        let payment = answered(&[of(fact)]);
        assert_eq!(payment.status(), PaymentStatus::Disputed);
    }
    // A hold of nothing is how a bank may tell the same; it can be let go.
    let held = answered(&[Observation::status(Fact::Authorized)]);
    assert_eq!(held.status(), PaymentStatus::Held);
    assert!(held.decide(void("v1"), Timestamp::default()).is_ok());
}

#[test]
fn the_handle_of_the_card_is_the_one_that_a_status_tells() {
    let told = |source: fn(Fact) -> Observation, id: &str| {
        let details = Details {
            card_id: CardId::new(id).ok(),
            card_mask: Some(BankText::new("440563...5096")),
            ..Details::default()
        };
        Observation { details, ..source(Fact::Verified) }
    };
    let card = |payment: Payment| payment.saved_card().map(|card| card.id.to_string());
    assert_eq!(answered(&[Observation::status(Fact::Verified)]).saved_card(), None);
    let reply = told(Observation::reply, "of-the-reply");
    assert_eq!(card(answered(std::slice::from_ref(&reply))).as_deref(), Some("of-the-reply"));
    let both = answered(&[told(Observation::status, "of-the-status"), reply]);
    assert_eq!(card(both).as_deref(), Some("of-the-status"));
}
