//! Cards that the bank keeps: saved with a payment or verified without one, paid with, listed, ended.

use epay::{
    CardId, Currency, Method, Money, Outcome, PayErrorKind, PayerChallenge, PayerCharged,
    PaymentRequest,
};
use epay_testkit::fakebank::{Endpoint, FaultKind, PayerChoice, cards};
use epay_tests::bench::{PRICE, Shop, card, name};

use crate::three_ds::answer;

const PAYER: &str = "payer-7";

fn keeping() -> PaymentRequest {
    let request = PaymentRequest::new("Order").unwrap().with_account(PAYER).unwrap();
    request.with_saved_card(true)
}

/// Pays an order by this card and has the bank keep it.
async fn save(shop: &Shop, order: &str, pan: &str) -> CardId {
    let paid = shop.payments.pay_with(order, PRICE, card(pan), &keeping()).await.unwrap();
    paid.attempt().saved_card().unwrap().id
}

/// The payer passes 3-D Secure.
pub(crate) async fn confirmed(shop: &Shop, challenge: &PayerChallenge) -> Outcome {
    let answer = answer(shop, challenge, PayerChoice::Approve);
    shop.payments.confirm(&challenge.state(), answer).await.unwrap()
}

#[tokio::test]
async fn a_card_is_kept_paid_with_and_ended() {
    let shop = Shop::one_stage();
    assert_eq!(shop.payments.saved_cards(PAYER).await.unwrap(), []);
    let id = save(&shop, "first", cards::VISA_OK).await;
    let [listed] = shop.payments.saved_cards(PAYER).await.unwrap().try_into().unwrap();
    assert_eq!((&listed.id, listed.mask.unwrap().as_str()), (&id, "440563...5096"));

    let paid = shop.payments.pay("second", PRICE, id.clone()).await.unwrap();
    assert_eq!((name(&paid), paid.payer_charged()), ("paid", PayerCharged::Yes));
    assert_eq!(paid.attempt().saved_card().unwrap().id, id);
    shop.asked(Endpoint::Cryptopay, 2);

    shop.payments.deactivate_card(&id).await.unwrap();
    shop.payments.deactivate_card(&id).await.unwrap();
    assert_eq!(shop.payments.saved_cards(PAYER).await.unwrap(), []);
    // The number that such a card is refused with is nowhere said to be final: the window decides.
    let refused = shop.payments.pay("third", PRICE, id).await.unwrap();
    assert_eq!(name(&refused), "unknown");
    assert_eq!(shop.ledger().len(), 2);
}

#[tokio::test]
async fn a_lost_answer_of_a_saved_card_is_never_asked_again() {
    for fault in
        [FaultKind::CutAfterEffect, FaultKind::CutBeforeEffect, FaultKind::ErrorAfterEffect]
    {
        for method in [Method::SavedCard as fn(CardId) -> Method, Method::Recurrent] {
            let shop = Shop::one_stage();
            let id = save(&shop, "first", cards::VISA_OK).await;
            shop.bank.inject_fault(Endpoint::Cryptopay, fault.clone());
            let lost = shop.payments.pay("second", PRICE, method(id.clone())).await.unwrap();
            let again = shop.payments.pay("second", PRICE, method(id.clone())).await.unwrap();
            assert_eq!(lost.attempt().invoice(), again.attempt().invoice());
            shop.asked(Endpoint::Cryptopay, 2);
            let known = if fault == FaultKind::CutBeforeEffect { "unknown" } else { "paid" };
            assert_eq!(name(&again), known, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_bank_that_asks_for_3_d_secure_asks_a_payer_who_is_there() {
    let shop = Shop::one_stage();
    let (typed, request) = (card(cards::THREE_DS), keeping());
    let first = shop.payments.pay_with("first", PRICE, typed, &request).await.unwrap();
    let Outcome::AskPayer(challenge) = first else { panic!("{first:?}") };
    let id = confirmed(&shop, &challenge).await.attempt().saved_card().unwrap().id;
    shop.bank.with_bank(|bank| bank.switches_mut().saved_card_three_ds = true);

    let asked = shop.payments.pay("second", PRICE, id.clone()).await.unwrap();
    let Outcome::AskPayer(challenge) = asked else { panic!("{asked:?}") };
    assert_eq!(name(&confirmed(&shop, &challenge).await), "paid");
    let recurrent = shop.payments.pay("third", PRICE, Method::Recurrent(id)).await.unwrap();
    assert_eq!(name(&recurrent), "paid");
}

#[tokio::test]
async fn a_verified_card_is_kept_and_charged_nothing_whatever_is_lost() {
    for fault in [None, Some(FaultKind::CutAfterEffect), Some(FaultKind::ErrorAfterEffect)] {
        let shop = Shop::one_stage();
        if let Some(fault) = fault.clone() {
            shop.bank.inject_fault(Endpoint::Cryptopay, fault);
        }
        let verify = || {
            let typed = card(cards::VISA_OK);
            let request = keeping();
            let shop = &shop.payments;
            async move { shop.verify_card("card-of-7", Currency::KZT, typed, &request).await.unwrap() }
        };
        let verified = verify().await;
        assert_eq!((name(&verified), verified.payer_charged()), ("verified", PayerCharged::No));
        assert_eq!(name(&verify().await), "verified", "{fault:?}");
        shop.asked(Endpoint::Cryptopay, 1);
        let id = verified.attempt().saved_card().unwrap().id;
        assert_eq!(name(&shop.payments.pay("order", PRICE, id).await.unwrap()), "paid");
        assert_eq!(shop.ledger(), [(0, 0), (PRICE.minor(), 0)]);
    }
}

#[tokio::test]
async fn a_card_that_does_not_verify_is_declined() {
    let shop = Shop::one_stage();
    let (typed, request) = (card(cards::INSUFFICIENT_FUNDS), keeping());
    let outcome = shop.payments.verify_card("card", Currency::KZT, typed, &request).await.unwrap();
    assert_eq!(name(&outcome), "declined");
    assert_eq!(shop.payments.saved_cards(PAYER).await.unwrap(), []);
}

#[tokio::test]
async fn a_bank_that_is_away_keeps_its_cards() {
    let shop = Shop::one_stage();
    let id = save(&shop, "first", cards::VISA_OK).await;
    shop.bank.inject_fault(Endpoint::Cards, FaultKind::CutBeforeEffect);
    shop.bank.inject_fault(Endpoint::DeactivateCard, FaultKind::CutAfterEffect);
    let listed = shop.payments.saved_cards(PAYER).await.unwrap_err();
    let ended = shop.payments.deactivate_card(&id).await.unwrap_err();
    assert_eq!(listed.kind(), PayErrorKind::SavedCards);
    assert_eq!(ended.kind(), PayErrorKind::SavedCards);
    shop.payments.deactivate_card(&id).await.unwrap();
    let unknown = CardId::new("never-kept").unwrap();
    let refused = shop.payments.deactivate_card(&unknown).await.unwrap_err();
    assert_eq!(refused.kind(), PayErrorKind::SavedCards);
}

#[tokio::test]
async fn nothing_is_not_paid_by_a_saved_card() {
    let shop = Shop::one_stage();
    let id = save(&shop, "first", cards::VISA_OK).await;
    let nothing = shop.payments.pay("second", Money::tenge(0), id).await.unwrap_err();
    assert_eq!(nothing.kind(), PayErrorKind::Amount);
}
