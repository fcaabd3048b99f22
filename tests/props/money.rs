//! Money is conserved: nothing is taken above the order nor given back above the taking without a flag.

use crate::anything::{Move, ORDERED, Told, moves};
use epay_domain::*;
use proptest::prelude::*;

/// Flags stay up for this test: a person who acknowledges takes the answer for the money too.
fn unacknowledged() -> impl Strategy<Value = Vec<Move>> {
    moves().prop_map(|moves| {
        moves
            .into_iter()
            .filter(|this| !matches!(this, Move::Wish(Command::Acknowledge(_))))
            .collect()
    })
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn whatever_is_said_no_sum_is_out_of_bounds_without_a_flag(moves in unacknowledged()) {
        let payment = Told::of(&moves).payment;
        if !payment.flags().is_empty() {
            prop_assert_eq!(payment.status(), PaymentStatus::Disputed);
            return Ok(());
        }
        if let State::Captured { captured: Some(captured), refunded } = payment.state() {
            prop_assert_eq!(ORDERED.covers(captured), Some(true));
            if let Some(refunded) = refunded {
                prop_assert_eq!(captured.covers(refunded), Some(true));
                prop_assert_eq!(payment.refundable(), captured.checked_sub(refunded));
            }
        }
    }

    #[test]
    fn paid_means_the_whole_order_or_a_capture_we_asked_for(moves in unacknowledged()) {
        let payment = Told::of(&moves).payment;
        if matches!(payment.status(), PaymentStatus::Paid | PaymentStatus::Refunded) {
            let State::Captured { captured: Some(captured), .. } = payment.state() else {
                return Err(TestCaseError::fail("paid, and nothing known to be taken"));
            };
            let asked_for = payment.steps().any(|(step, _)| step.kind() == StepKind::Capture(captured));
            prop_assert!(captured == ORDERED || asked_for);
            prop_assert_eq!(payment.pending(), None);
        }
    }

    /// The sum of what each step is said to have given back is never more than the total.
    #[test]
    fn no_refund_is_counted_twice(moves in moves()) {
        let payment = Told::of(&moves).payment;
        if let State::Captured { refunded: Some(total), .. } = payment.state() {
            let accepted = payment.steps().filter(|(_, answer)| *answer == StepAnswer::Accepted);
            let sums = accepted.map(|(step, _)| if let StepKind::Refund(sum) = step.kind() { sum.minor() } else { 0 });
            prop_assert!(sums.sum::<u64>() <= total.minor());
        }
    }
}
