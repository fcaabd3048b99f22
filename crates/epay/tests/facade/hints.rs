//! Callbacks and flags: a hint makes us look and moves nothing; a contradiction waits for a person.

use crate::{PRICE, Shop, card, name};
use epay::domain::{Flag, InvoiceId};
use epay::http::Authenticity;
use epay::{ActsNext, FollowUp, Hint, Outcome, PayErrorKind};
use epay_testkit::fakebank::{Endpoint, Misbooking, What, cards};

fn hint(invoice: &InvoiceId, authenticity: Authenticity) -> Hint {
    Hint { invoice: invoice.clone(), authenticity }
}

#[tokio::test]
async fn a_hint_makes_us_look_at_most_once_a_second() {
    let shop = Shop::one_stage();
    shop.bank.strike_next(Endpoint::Cryptopay, What::CutAfterEffect);
    shop.bank.strike_next(Endpoint::Status, What::CutBeforeEffect);
    let unknown = shop.pay("order").await;
    let hint = hint(unknown.receipt().invoice(), Authenticity::Forged);
    let looked = shop.payments.follow_up(&hint).await.unwrap();
    assert!(matches!(&looked, FollowUp::Looked(outcome) if name(outcome) == "paid"), "{looked:?}");
    let before = shop.bank.calls(Endpoint::Status);
    for _ in 0..1_000 {
        assert!(matches!(shop.payments.follow_up(&hint).await.unwrap(), FollowUp::TooSoon));
    }
    shop.asked(Endpoint::Status, before);
    shop.wait(1);
    assert!(matches!(shop.payments.follow_up(&hint).await.unwrap(), FollowUp::Looked(_)));
}

#[tokio::test]
async fn whatever_a_hint_says_only_the_status_moves_the_payment() {
    for authenticity in [Authenticity::Proven, Authenticity::Unproven, Authenticity::Forged] {
        let shop = Shop::one_stage();
        let declined = shop.payments.pay("order", PRICE, card(cards::INSUFFICIENT_FUNDS)).await.unwrap();
        let hint = hint(declined.receipt().invoice(), authenticity);
        let looked = shop.payments.follow_up(&hint).await.unwrap();
        assert!(matches!(&looked, FollowUp::Looked(outcome) if name(outcome) == "declined"), "{looked:?}");
    }
}

#[tokio::test]
async fn a_hint_about_nobodys_invoice_asks_the_bank_nothing() {
    let shop = Shop::one_stage();
    let hint = hint(&InvoiceId::new("999999").unwrap(), Authenticity::Unproven);
    assert!(matches!(shop.payments.follow_up(&hint).await.unwrap(), FollowUp::NotOurs));
    shop.asked(Endpoint::Status, 0);
}

#[tokio::test]
async fn another_sum_waits_for_a_person() {
    // The reply told the right sum and the status another; or the reply was lost and there is only the other one.
    for (reply, flag) in [(None, Flag::TwoCapturedSums), (Some(What::CutAfterEffect), Flag::WrongAmount)] {
        let shop = Shop::one_stage();
        shop.bank.strike_next(Endpoint::Cryptopay, What::Misbook(Misbooking::Amount(1_00)));
        reply.into_iter().for_each(|what| shop.bank.strike_next(Endpoint::Cryptopay, what));
        let outcome = shop.pay("order").await;
        let Outcome::Unknown(watch) = &outcome else { panic!("{outcome:?}") };
        assert_eq!(watch.flags().iter().collect::<Vec<_>>(), [flag]);
        assert_eq!(outcome.acts_next(), ActsNext::Person);
        let again = shop.pay("order").await;
        assert_eq!(name(&again), "unknown");
        shop.asked(Endpoint::Cryptopay, 1);

        let seen = shop.payments.acknowledge("order", "the bank corrects it, ticket 17").await.unwrap();
        assert!(seen.receipt().payment().flags().is_empty());
        let error = shop.payments.acknowledge("order", "again").await.unwrap_err();
        assert!(matches!(error.kind(), PayErrorKind::Refused(_)), "nothing is left to acknowledge");
    }
}
