//! The one hypothesis about what `amount`, `orgAmount` and `payoutAmount` of a status say about captures and refunds.
//!
//! The bank's page shows them in one sample (`orgAmount` 22.22, `amount` 12.22, `payoutAmount` 10) and explains none.
//! That they are the original sum, what is left and what was paid back is `assumed`.

use epay_domain::{Fact, Money, Refunds};

/// How the sums of a captured payment are read. Being wrong shows as a flag on the payment or as a refund total that
/// stays unknown, never as money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SumsReading {
    /// `payoutAmount` is the sum of the refunds. While the status name stays `CHARGE`, `amount` is what is left of the
    /// capture; once it is `REFUND`, `amount` is the capture (`assumed`).
    #[default]
    PayoutIsRefunded,
    /// `amount` is the capture, whatever was paid back; `payoutAmount` is not read (`assumed`).
    AmountOnly,
}

/// The sums a status tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) amount: Option<Money>,
    pub(crate) original: Option<Money>,
    pub(crate) payout: Option<Money>,
}

impl SumsReading {
    /// What `CHARGE` tells.
    pub(crate) fn charge(self, sums: Sums) -> Fact {
        let told = Fact::Captured { captured: sums.amount, refunded: Refunds::NotTold };
        let (SumsReading::PayoutIsRefunded, Some(amount), Some(payout)) =
            (self, sums.amount, sums.payout)
        else {
            return told;
        };
        let whole = amount.checked_add(payout).filter(|whole| {
            let within = sums.original.and_then(|original| original.covers(*whole));
            !payout.is_zero() && within == Some(true)
        });
        match whole {
            Some(whole) => {
                Fact::Captured { captured: Some(whole), refunded: Refunds::Total(payout) }
            }
            None => told,
        }
    }

    /// What `REFUND` tells: there are some, be their sum told or not.
    pub(crate) fn refund(self, sums: Sums) -> Fact {
        let payout =
            sums.payout.filter(|payout| self == SumsReading::PayoutIsRefunded && !payout.is_zero());
        // Nothing is captured with a sum of zero: that is what is left after a refund in full, so all of it was paid back.
        let captured =
            sums.amount.and_then(|amount| if amount.is_zero() { payout } else { Some(amount) });
        Fact::Captured { captured, refunded: payout.map_or(Refunds::SumNotTold, Refunds::Total) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type ToldSums = (Option<u64>, Option<u64>, Option<u64>);

    fn sums((amount, original, payout): ToldSums) -> Sums {
        let money = |minor: Option<u64>| minor.map(Money::tiyn);
        Sums { amount: money(amount), original: money(original), payout: money(payout) }
    }

    fn charged(captured: Option<u64>, refunded: Refunds) -> Fact {
        Fact::Captured { captured: captured.map(Money::tiyn), refunded }
    }

    fn total(minor: u64) -> Refunds {
        Refunds::Total(Money::tiyn(minor))
    }

    #[test]
    fn a_charge_tells_refunds_only_where_the_sums_add_up() {
        use Refunds::NotTold;
        for (told, captured, refunded) in [
            ((Some(12_22), Some(22_22), Some(10_00)), Some(22_22), total(10_00)),
            ((Some(0), Some(100), Some(100)), Some(100), total(100)),
            ((Some(30), Some(100), Some(20)), Some(50), total(20)),
            ((Some(100), Some(100), Some(0)), Some(100), NotTold),
            ((Some(100), Some(100), None), Some(100), NotTold),
            ((Some(100), None, Some(10)), Some(100), NotTold),
            ((Some(100), Some(100), Some(10)), Some(100), NotTold),
            ((Some(100), Some(109), Some(10)), Some(100), NotTold),
            ((Some(100), Some(110), Some(10)), Some(110), total(10)),
            ((Some(u64::MAX), Some(u64::MAX), Some(1)), Some(u64::MAX), NotTold),
            ((None, Some(100), Some(10)), None, NotTold),
            ((None, None, None), None, NotTold),
        ] {
            assert_eq!(
                SumsReading::PayoutIsRefunded.charge(sums(told)),
                charged(captured, refunded),
                "{told:?}"
            );
            assert_eq!(
                SumsReading::AmountOnly.charge(sums(told)),
                charged(told.0, NotTold),
                "{told:?}"
            );
        }
    }

    #[test]
    fn a_refund_tells_its_total_or_that_there_is_one() {
        use Refunds::SumNotTold;
        for (told, refunded) in [
            ((Some(100), Some(100), Some(30)), total(30)),
            ((Some(100), Some(100), Some(0)), SumNotTold),
            ((Some(100), Some(100), None), SumNotTold),
            ((None, None, Some(30)), total(30)),
        ] {
            assert_eq!(
                SumsReading::PayoutIsRefunded.refund(sums(told)),
                charged(told.0, refunded),
                "{told:?}"
            );
            assert_eq!(
                SumsReading::AmountOnly.refund(sums(told)),
                charged(told.0, SumNotTold),
                "{told:?}"
            );
        }
        for (told, captured, refunded) in [
            ((Some(0), Some(100), Some(100)), Some(100), total(100)),
            ((Some(0), Some(100), Some(60)), Some(60), total(60)),
            ((Some(0), Some(100), None), None, SumNotTold),
        ] {
            assert_eq!(
                SumsReading::PayoutIsRefunded.refund(sums(told)),
                charged(captured, refunded),
                "{told:?}"
            );
            assert_eq!(
                SumsReading::AmountOnly.refund(sums(told)),
                charged(None, SumNotTold),
                "{told:?}"
            );
        }
    }

    proptest! {
        /// The four ways in which a bank may report refunds, before and after them: whichever it is, two statuses of one
        /// payment never tell two captured sums, and a total that is told is right.
        #[test]
        fn no_way_of_reporting_contradicts_itself(
            original in 1..10_000_u64,
            captured in 1..10_000_u64,
            refunds in prop::collection::vec(1..10_000_u64, 0..4),
        ) {
            let captured = captured.min(original);
            let reading = SumsReading::default();
            let mut refunded = 0;
            for refund in [0].into_iter().chain(refunds) {
                refunded = captured.min(refunded + refund);
                let told = |amount, payout| sums((Some(amount), Some(original), payout));
                let mut facts = vec![
                    reading.charge(told(captured, Some(0))),
                    reading.charge(told(captured - refunded, Some(refunded))),
                ];
                if refunded > 0 {
                    facts.extend([
                        reading.refund(told(captured, Some(refunded))),
                        // In full and by what is left: the page keeps REFUND for a refund of all of it.
                        reading.refund(told(if refunded == captured { 0 } else { captured }, Some(refunded))),
                        reading.refund(told(captured, None)),
                    ]);
                }
                for fact in facts {
                    let Fact::Captured { captured: sum, refunded: refunds } = fact else { panic!("not charged") };
                    prop_assert_eq!(sum, Some(Money::tiyn(captured)));
                    if let Refunds::Total(sum) = refunds {
                        prop_assert_eq!(sum, Money::tiyn(refunded));
                    }
                }
            }
        }
    }
}
