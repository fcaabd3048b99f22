//! Money is conserved: nothing is taken above the order nor given back above the taking without a contradiction.

use crate::anything::{Move, ORDERED, Told, moves};
use epay_domain::*;
use proptest::prelude::*;

/// Nothing is acknowledged in this test: a person who does takes the answer for the money too.
fn unacknowledged() -> impl Strategy<Value = Vec<Move>> {
    moves().prop_map(|moves| {
        moves.into_iter().filter(|this| !matches!(this, Move::Acknowledge)).collect()
    })
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn whatever_is_said_no_sum_is_out_of_bounds(moves in unacknowledged()) {
        let payment = Told::of(&moves).payment;
        if payment.is_contradicted() {
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
        if payment.status() == PaymentStatus::Paid {
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
            let accepted = payment.steps().filter(|(_, answer)| *answer == StepStatus::Accepted);
            let sums = accepted.map(|(step, _)| if let StepKind::Refund(sum) = step.kind() { sum.minor() } else { 0 });
            prop_assert!(sums.sum::<u64>() <= total.minor());
        }
    }
}
