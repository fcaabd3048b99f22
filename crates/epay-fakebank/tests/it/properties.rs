//! Whatever is asked in whatever order, the ledger never gives back more than it took, nor takes more than it held.

use epay_fakebank::{
    Amount, Bank, Endpoint, Fault, FaultKind, Instrument, Millis, Operation, Pay, PayerChoice,
    SANDBOX_TERMINAL, Settings, Status, TWO_STAGE_TERMINAL, cards,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Ask {
    Charge(Option<u64>),
    Cancel,
    Refund(Option<u64>),
    Confirm(PayerChoice),
    ExpireHolds,
}

fn ask() -> impl Strategy<Value = Ask> {
    let sum = || prop::option::of(0..12_000_u64);
    prop_oneof![
        sum().prop_map(Ask::Charge),
        Just(Ask::Cancel),
        sum().prop_map(Ask::Refund),
        prop_oneof![Just(PayerChoice::Approve), Just(PayerChoice::Decline)].prop_map(Ask::Confirm),
        Just(Ask::ExpireHolds),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    let endpoint =
        prop_oneof![Just(Endpoint::Charge), Just(Endpoint::Cancel), Just(Endpoint::Refund)];
    let kind = prop_oneof![
        Just(FaultKind::CutBeforeEffect),
        Just(FaultKind::CutAfterEffect),
        Just(FaultKind::LateVisible(7))
    ];
    (endpoint, 0..3_u32, kind).prop_map(|(on, skip, kind)| Fault { on, skip, kind })
}

fn perform(bank: &mut Bank, ask: &Ask, now: Millis) {
    let operation = bank.ledger()[0].clone();
    let id = operation.id.as_str();
    let amount = |sum: Option<u64>| sum.map(Amount::from_minor);
    match *ask {
        Ask::Charge(sum) => drop(
            bank.perform(Endpoint::Charge, id, now, |bank| bank.charge(None, id, amount(sum), now)),
        ),
        Ask::Cancel => {
            drop(bank.perform(Endpoint::Cancel, id, now, |bank| bank.cancel(None, id, now)))
        }
        Ask::Refund(sum) => {
            drop(bank.perform(Endpoint::Refund, id, now, |bank| {
                bank.refund(None, id, amount(sum), None, now)
            }));
        }
        Ask::Confirm(choice) => {
            if let Some(challenge) = operation.challenge() {
                let pa_res = bank.pa_res(&challenge.pa_req, &challenge.md, choice).unwrap();
                drop(bank.confirm(None, id, &challenge.md, &pa_res, now));
            }
        }
        Ask::ExpireHolds => drop(bank.expire_holds(now)),
    }
}

fn agrees_with_itself(operation: &Operation) -> bool {
    let (held, captured, refunded) = (operation.held, operation.captured, operation.refunded());
    let sums = refunded <= captured && captured <= held && held <= operation.ordered;
    let status = match operation.status {
        Status::Fingerprint | Status::ThreeDs | Status::Failed | Status::Reject => {
            held == Amount::ZERO
        }
        Status::Auth | Status::Cancel | Status::CancelOld => {
            held == operation.ordered && captured == Amount::ZERO
        }
        Status::Charge => captured > Amount::ZERO && refunded < captured,
        Status::Refund => captured > Amount::ZERO && refunded == captured,
        Status::New | Status::Verified => false,
    };
    sums && status && operation.history.last().map(|(_, status)| *status) == Some(operation.status)
}

proptest! {
    #[test]
    fn money_is_conserved(
        two_stage: bool,
        three_ds: bool,
        asks in prop::collection::vec(ask(), 0..12),
        faults in prop::collection::vec(fault(), 0..4),
    ) {
        let mut bank = Bank::new(Settings::default());
        let terminal = if two_stage { TWO_STAGE_TERMINAL } else { SANDBOX_TERMINAL };
        let card = Instrument::card(if three_ds { cards::THREE_DS } else { cards::VISA_OK }).unwrap();
        bank.pay(Pay::kzt(terminal, "1000001", Amount::from_minor(10_000), card), Millis(0)).unwrap();
        faults.into_iter().for_each(|fault| bank.plan(fault));
        for (step, ask) in asks.iter().enumerate() {
            let before = bank.ledger()[0].clone();
            perform(&mut bank, ask, Millis(u64::try_from(step).unwrap()));
            let after = &bank.ledger()[0];
            prop_assert!(agrees_with_itself(after), "{before:?} {ask:?} {after:?}");
            prop_assert!(after.captured >= before.captured && after.refunded() >= before.refunded());
            prop_assert!(after.history.starts_with(&before.history));
        }
        prop_assert_eq!(bank.ledger().len(), 1);
    }
}
