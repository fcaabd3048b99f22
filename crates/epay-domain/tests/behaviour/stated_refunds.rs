//! Where the bank does not tell how much it took, a person may give back a sum that they state.

use crate::story::*;
use epay_domain::*;

fn untold() -> Vec<Line> {
    after(&asked(), &[status(Fact::Captured { captured: None, refunded: Refunds::NotTold })])
}

fn sum_not_told() -> Line {
    status(Fact::Captured { captured: Some(ORDERED), refunded: Refunds::SumNotTold })
}

#[track_caller]
fn check_stated(story: &[Line], sum: Money, refusal: Option<Refusal>) {
    let (payment, now) = told(story);
    assert_eq!(payment.decide(stated("r1", sum), now).err(), refusal, "{story:#?}");
}

#[test]
fn at_most_what_was_ordered_and_only_where_the_sum_is_not_known() {
    let over = Money::tenge(101);
    check_stated(&untold(), ORDERED, None);
    check_stated(&untold(), over, Some(Refusal::Amount));
    check_stated(&untold(), Money::tenge(9), Some(Refusal::BelowLeastRefund(LEAST_REFUND)));
    check_stated(&after(&paid(), &[sum_not_told()]), ORDERED, None);
    for (story, refusal) in [
        (vec![], Refusal::SumKnown),
        (held(), Refusal::SumKnown),
        (paid(), Refusal::SumKnown),
        (asked(), Refusal::Unanswered),
    ] {
        check_stated(&story, ORDERED, Some(refusal));
    }
}

#[test]
fn what_was_given_back_already_is_not_given_back_again() {
    let part = Money::tenge(60);
    let once = after(&untold(), &[ask(stated("r0", part)), reply(accepted("r0"))]);
    check_stated(&once, Money::tenge(41), Some(Refusal::Amount));
    check_stated(&once, Money::tenge(40), None);
    // By somebody else, as the bank tells.
    let total = Fact::Captured { captured: None, refunded: Refunds::Total(part) };
    let elsewhere = after(&untold(), &[status(total)]);
    check_stated(&elsewhere, Money::tenge(41), Some(Refusal::Amount));
    check_stated(&elsewhere, Money::tenge(40), None);
    // What was refused or given up counts as not done, as it does where the sums are known.
    let asked = after(&untold(), &[ask(stated("r0", part)), lost()]);
    for end in [reply(refused("r0", 484)), ask(give_up("r0"))] {
        check_stated(&after(&asked, &[end]), ORDERED, None);
    }
}

#[test]
fn what_is_left_is_not_known_after_a_refund_of_an_untold_sum_elsewhere() {
    let part = Money::tenge(40);
    let back = [ask(stated("r0", part)), reply(accepted("r0"))];
    let elsewhere = after(&after(&paid(), &[sum_not_told()]), &back);
    let story = payment(&elsewhere);
    assert_eq!(story.state(), State::Captured { captured: Some(ORDERED), refunded: None });
    assert_eq!((story.refundable(), story.status()), (None, PaymentStatus::Unknown));
    assert_eq!(story.payer_charged(), PayerCharged::NotKnownYet);
    check_stated(&elsewhere, Money::tenge(61), Some(Refusal::Amount));
    check_stated(&elsewhere, Money::tenge(60), None);
    // A total that can't be ours alone tells it, and so does all that was taken.
    let total = after(&elsewhere, &[status(refunded(ORDERED, Money::tenge(55)))]);
    assert_eq!(payment(&total).refundable(), Some(Money::tenge(45)));
    assert_eq!(payment(&total).payer_charged(), PayerCharged::Yes);
    let stale = after(&elsewhere, &[status(refunded(ORDERED, part))]);
    assert_eq!(payment(&stale).refundable(), None);
    let rest = [ask(stated("r2", Money::tenge(60))), reply(accepted("r2"))];
    check(&after(&elsewhere, &rest), PaymentStatus::Refunded);
    // What the bank says after our own refund is our refund.
    let ours = [ask(refund("r0", part)), reply(accepted("r0")), sum_not_told()];
    assert_eq!(payment(&after(&paid(), &ours)).refundable(), Some(Money::tenge(60)));
}

#[test]
fn all_that_was_ordered_given_back_ends_it() {
    for start in [untold(), after(&paid(), &[sum_not_told()])] {
        check(&start, PaymentStatus::Unknown);
        let story = after(&start, &[ask(stated("r1", ORDERED)), reply(accepted("r1"))]);
        check(&story, PaymentStatus::Refunded);
        let (payment, now) = told(&story);
        assert!(payment.decide(Command::Reopen(note()), now).is_ok());
    }
}

#[test]
fn more_given_back_than_was_ordered_is_up_even_where_the_capture_is_not_told() {
    let total = Fact::Captured { captured: None, refunded: Refunds::Total(Money::tenge(1_000)) };
    let story = after(&untold(), &[status(total)]);
    check(&story, PaymentStatus::Disputed);
}
