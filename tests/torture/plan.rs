//! What is to happen, drawn from the seed before anything happens: the orders, what goes wrong with them, and the kills.

use epay_fakebank::{Endpoint, Fault, FaultKind, Misbooking, cards};

use crate::dice::Dice;

/// One order and everybody who has to do with it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) name: String,
    /// Tiyn.
    pub(crate) amount: u64,
    pub(crate) two_stage: bool,
    pub(crate) card: &'static str,
    /// How many times it is submitted at once.
    pub(crate) clicks: usize,
    pub(crate) payer: Payer,
    /// Whether the payer tries again with a good card once the first attempt is dead.
    pub(crate) insists: bool,
    pub(crate) hold: Hold,
    /// Whether the shop ends the hold more than a day later, as it does when it ships later.
    pub(crate) ships_later: bool,
    /// How much of a thousandth part of what was taken is given back, in one refund or two.
    pub(crate) refunds: &'static [u64],
    /// How many times each step is asked at once, and again after its answer.
    pub(crate) step_clicks: usize,
    /// What the bank's side does to the calls that this order brings.
    pub(crate) faults: Vec<Fault>,
    /// Kills a worker this many milliseconds after the order is submitted.
    pub(crate) kill: Option<(usize, u64)>,
    /// Somebody posts a lie about this order's invoice.
    pub(crate) forged_hint: bool,
}

/// What the payer does at the 3-D Secure page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payer {
    Approves,
    Refuses,
    /// Closes the page; the shop hears no more.
    Leaves,
    /// Goes back to the shop and cancels.
    Cancels,
}

/// What the shop does with a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    ChargeAll,
    ChargeHalf,
    Cancel,
    Keep,
}

/// The order of this number. `workers` may be killed.
pub(crate) fn order(seed: u64, index: u64, workers: u64) -> Order {
    let dice = &mut Dice::new(seed, index);
    let card = dice.one_of([
        cards::VISA_OK,
        cards::VISA_OK,
        cards::MASTERCARD_OK,
        cards::AMEX_OK,
        cards::VISA_OK,
        cards::THREE_DS,
        cards::THREE_DS,
        cards::INSUFFICIENT_FUNDS,
        cards::NOT_FINAL,
        cards::VISA_LOCKED,
    ]);
    let two_stage = dice.percent(40);
    let payer = dice.one_of([
        Payer::Approves,
        Payer::Approves,
        Payer::Approves,
        Payer::Refuses,
        Payer::Leaves,
        Payer::Cancels,
    ]);
    let hold =
        dice.one_of([Hold::ChargeAll, Hold::ChargeAll, Hold::ChargeHalf, Hold::Cancel, Hold::Keep]);
    let refunds: &[u64] = dice.one_of([&[][..], &[], &[], &[1_000], &[300], &[250, 250]]);
    Order {
        name: format!("order-{index}"),
        // Whole tenge and a half, which no amount of the fake bank's own takes for a command.
        amount: (200 + dice.below(50_000)) * 100 + 50,
        two_stage,
        card,
        clicks: usize::try_from(1 + dice.below(3)).unwrap_or(1),
        payer,
        insists: dice.percent(60),
        hold,
        ships_later: dice.percent(25),
        refunds,
        step_clicks: usize::try_from(1 + dice.below(2)).unwrap_or(1),
        faults: faults(
            dice,
            card == cards::THREE_DS,
            two_stage.then_some(hold),
            !refunds.is_empty(),
        ),
        kill: dice
            .percent(14)
            .then(|| (usize::try_from(dice.below(workers)).unwrap_or(0), dice.below(60))),
        forged_hint: dice.percent(25),
    }
}

/// Faults wait at the bank for the next calls, whoever's they are. So that they do not pile up, an order brings only
/// faults of calls that it brings too.
fn faults(dice: &mut Dice, three_ds: bool, hold: Option<Hold>, refunds: bool) -> Vec<Fault> {
    let mut calls = vec![
        (Endpoint::Cryptopay, 30),
        (Endpoint::Status, 40),
        (Endpoint::Token, 4),
        (Endpoint::PublicKey, 2),
    ];
    if three_ds {
        calls.push((Endpoint::Confirm, 30));
    }
    match hold {
        Some(Hold::ChargeAll | Hold::ChargeHalf) => calls.push((Endpoint::Charge, 30)),
        Some(Hold::Cancel) => calls.push((Endpoint::Cancel, 30)),
        Some(Hold::Keep) | None => {}
    }
    if refunds {
        calls.push((Endpoint::Refund, 30));
    }
    let mut faults = Vec::new();
    for (on, percent) in calls {
        if dice.percent(percent) {
            faults.push(Fault {
                on,
                skip: u32::try_from(dice.below(3)).unwrap_or(0),
                kind: what(dice, on),
            });
        }
    }
    faults
}

fn what(dice: &mut Dice, on: Endpoint) -> FaultKind {
    let late = FaultKind::LateVisible(50 + dice.below(1_000));
    // Now and then longer than a call is waited for.
    let delay = FaultKind::Delay(if dice.percent(10) { 2_000 } else { dice.below(200) });
    let truncate = FaultKind::Truncate(usize::try_from(dice.below(120)).unwrap_or(0));
    let lost = [
        FaultKind::CutBeforeEffect,
        FaultKind::CutAfterEffect,
        FaultKind::ErrorAfterEffect,
        truncate,
        delay,
    ];
    let visible =
        [late, FaultKind::CallbackLost, FaultKind::CallbackTwice, FaultKind::CallbackEarly];
    let all: Vec<FaultKind> = match on {
        Endpoint::Cryptopay | Endpoint::Confirm => lost.into_iter().chain(visible).collect(),
        Endpoint::Charge | Endpoint::Cancel | Endpoint::Refund => {
            lost.into_iter().chain(visible.into_iter().take(1)).collect()
        }
        Endpoint::Token
        | Endpoint::PublicKey
        | Endpoint::Status
        | Endpoint::Terminal
        | Endpoint::PayForm
        | Endpoint::Cards
        | Endpoint::DeactivateCard
        | Endpoint::Other => lost.into_iter().collect(),
    };
    let at = usize::try_from(dice.below(all.len() as u64)).unwrap_or(0);
    all.into_iter().nth(at).unwrap_or(FaultKind::Misbook(Misbooking::Twice))
}
