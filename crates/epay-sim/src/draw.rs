//! Draws a scenario from a seed: its own world, with its own few kinds of trouble, at its own rate.

use epay_fakebank::{
    ConfirmReply, Dedupe, EchoData, Invisible, PayerChoice, RefundReport, ReplyShape, SuccessBody,
    Switches,
};
use fastrand::Rng;

use crate::scenario::{Act, Card, Deed, Order, Scenario, Shop, Strike};
use crate::{Fault, Site};

mod forms;
mod pairs;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

impl Scenario {
    /// The scenario of this seed.
    pub fn of_seed(seed: u64) -> Scenario {
        Draw::new(seed).scenario(seed)
    }
}

/// One stream of random numbers for each thing that is drawn, so that another of one kind leaves the
/// others as they were.
struct Draw {
    world: Rng,
    orders: Rng,
    acts: Rng,
    strikes: Rng,
    wallets: Rng,
    saved: Rng,
    pairs: Rng,
    forms: Rng,
    /// The kinds of trouble of this seed.
    faults: Vec<Fault>,
    /// Of a hundred, how many orders a kind of trouble comes to.
    percent: u8,
}

impl Draw {
    fn new(seed: u64) -> Draw {
        let mut root = Rng::with_seed(seed);
        let (mut world, orders, acts, strikes) =
            (root.fork(), root.fork(), root.fork(), root.fork());
        let lies = chance(&mut world, 25);
        let share = world.u8(5..60);
        let of_seed = |fault: &Fault| (lies || !fault.lies()) && chance(&mut world, share);
        let faults = Fault::ALL.iter().copied().filter(of_seed).collect();
        let percent = root.u8(1..25);
        let (wallets, pairs, saved) = (root.fork(), root.fork(), root.fork());
        let forms = root.fork();
        Draw { world, orders, acts, strikes, wallets, saved, pairs, forms, faults, percent }
    }

    fn has(&mut self, fault: Fault) -> bool {
        self.faults.contains(&fault) && chance(&mut self.acts, self.percent.saturating_mul(2))
    }

    fn scenario(mut self, seed: u64) -> Scenario {
        let processes = self.world.usize(1..=3);
        let reconcilers = self.world.usize(1..=processes);
        let bank = self.bank();
        let shop = Shop {
            fulfil_on_reply: chance(&mut self.world, 25),
            asks_person_when_late: chance(&mut self.world, 25),
            reopen_after: chance(&mut self.world, 20).then(|| self.world.u32(15..60)),
        };
        let count = self.orders.usize(1..=19);
        let orders: Vec<Order> = (0..count).map(|_| self.order()).collect();
        let mut acts = Vec::new();
        for (number, order) in orders.iter().enumerate() {
            self.story(number, order, &mut acts);
        }
        for (number, order) in orders.iter().enumerate() {
            self.form(number, order, &mut acts);
        }
        self.happens(processes, count, &mut acts);
        acts.sort_by_key(|act| act.at);
        let mut strikes = Vec::new();
        for (number, order) in orders.iter().enumerate() {
            self.strike(number, &mut strikes);
            self.pair(number, order, &mut strikes);
        }
        // Where it takes none, nobody comes between two calls of it.
        let store_millis = if chance(&mut self.strikes, 40) { self.strikes.u64(1..60) } else { 0 };
        Scenario { seed, processes, reconcilers, store_millis, bank, shop, orders, acts, strikes }
    }

    fn bank(&mut self) -> Switches {
        let rng = &mut self.world;
        Switches {
            dedupe: one(rng, &[Dedupe::LastSix, Dedupe::Strict]),
            reply_shape: one(rng, &[ReplyShape::Full, ReplyShape::Minimal]),
            confirm_reply: one(
                rng,
                &[ConfirmReply::Redirect302, ConfirmReply::Page200, ConfirmReply::Json],
            ),
            success_body: one(rng, &[SuccessBody::Empty, SuccessBody::JsonCode0]),
            wrong_state_code: one(rng, &[100, 477]),
            refund_report: one(
                rng,
                &[
                    RefundReport::ChargeRemainder,
                    RefundReport::ChargeOriginal,
                    RefundReport::RefundTotal,
                    RefundReport::RefundNoSum,
                ],
            ),
            external_id_dedupes: chance(rng, 20),
            echo_data: one(rng, &[EchoData::Same, EchoData::Same, EchoData::Nothing]),
            visible_after: if chance(rng, 20) { rng.u64(1..90) * SECOND } else { 0 },
            invisible_as: one(rng, &[Invisible::NotFound, Invisible::InProgress]),
            status_errors_as_400: chance(rng, 20),
            callback_on_operations: chance(rng, 30),
            secret_hash_on_failure: chance(rng, 50),
            ..Switches::default()
        }
    }

    fn order(&mut self) -> Order {
        let card = one(
            &mut self.orders,
            &[
                Card::Good,
                Card::Good,
                Card::Good,
                Card::Good,
                Card::ThreeDs,
                Card::ThreeDs,
                Card::ThreeDs,
                Card::Declined,
                Card::NotFinal,
                Card::Fingerprint,
            ],
        );
        let by_phone = card == Card::Good && chance(&mut self.wallets, 20);
        let card = if by_phone {
            one(&mut self.wallets, &[Card::ApplePay, Card::ApplePayToken, Card::GooglePayToken])
        } else {
            card
        };
        let by_handle = card == Card::Good && chance(&mut self.saved, 10);
        let card =
            if by_handle { one(&mut self.saved, &[Card::Saved, Card::Recurrent]) } else { card };
        // Any sum but one with seven tiyn, which the fake bank may take for a command.
        let tiyn = one(&mut self.orders, &[0, 1, 8, 10, 20, 35, 50, 70, 90, 99]);
        let amount = self.orders.u64(200..50_000) * 100 + tiyn;
        Order { amount, two_stage: chance(&mut self.orders, 40), card }
    }

    /// What payer and shop do about one order.
    fn story(&mut self, order: usize, bought: &Order, acts: &mut Vec<Act>) {
        let mut at = self.acts.u64(0..2 * MINUTE);
        let mut does = |draw: &mut Draw, at: u64, deed: Deed| {
            let dropped_after = draw.has(Fault::CallerDropped).then(|| draw.acts.u32(1..8));
            let process = draw.acts.usize(0..3);
            acts.push(Act { at, order, process, deed, dropped_after });
        };
        let pay = Deed::Pay { card: None, more: None };
        if self.has(Fault::NumberUsed) {
            let lately = chance(&mut self.acts, 50);
            does(self, at.saturating_sub(1), Deed::UseNumber { lately });
        }
        does(self, at, pay.clone());
        if self.has(Fault::DoubleClick) {
            let soon = self.acts.u64(0..800);
            does(self, at + soon, pay.clone());
        }
        if self.has(Fault::Forged) {
            let (soon, count) = (self.acts.u64(0..MINUTE), self.acts.u16(1..40));
            does(self, at + soon, Deed::Forge { count });
        }
        if bought.card == Card::ThreeDs {
            at += self.acts.u64(3 * SECOND..40 * SECOND);
            if self.has(Fault::Tampered) {
                does(self, at - SECOND, Deed::Tamper);
            }
            match self.acts.u8(0..10) {
                0 => does(self, at, Deed::Abandon),
                1 => {}
                choice => {
                    let late = choice == 2;
                    if late {
                        at += self.late();
                        // In another tab.
                        let soon = at - self.acts.u64(0..300);
                        does(self, soon, Deed::CheckStatus);
                    }
                    let refuses = choice == 3;
                    let choice = if refuses { PayerChoice::Decline } else { PayerChoice::Approve };
                    does(self, at, Deed::Answer { choice });
                    if self.has(Fault::DoubleClick) {
                        does(self, at + 200, Deed::Answer { choice });
                    }
                    if self.has(Fault::ReturnedAgain) {
                        let later = self.acts.u64(100..2 * HOUR);
                        does(self, at + later, Deed::ReturnAgain);
                    }
                }
            }
        }
        at += self.acts.u64(SECOND..MINUTE);
        self.goes_on(order, bought, at, &mut does);
    }

    /// What comes after the first answer.
    fn goes_on(
        &mut self,
        _order: usize,
        bought: &Order,
        mut at: u64,
        does: &mut impl FnMut(&mut Draw, u64, Deed),
    ) {
        if bought.card == Card::Fingerprint && chance(&mut self.acts, 70) {
            let later = if chance(&mut self.acts, 30) { self.later(0, 2 * HOUR) } else { 0 };
            does(self, at + later, Deed::DevicesPass);
        }
        // Whoever was declined takes another card, and whoever is not sure clicks again.
        let again = matches!(bought.card, Card::Declined | Card::NotFinal);
        if again || chance(&mut self.acts, 15) {
            at += self.acts.u64(0..5 * MINUTE);
            let more = self.has(Fault::SumChanged).then_some(100);
            let card = again.then_some(Card::Good);
            does(self, at, Deed::Pay { card, more });
            if self.has(Fault::DoubleClick) {
                let soon = self.acts.u64(0..300);
                does(self, at + soon, Deed::Pay { card, more: None });
            }
        }
        if chance(&mut self.acts, 20) {
            does(self, at, Deed::CheckStatus);
        }
        if chance(&mut self.acts, 8) {
            at += self.acts.u64(10 * MINUTE..2 * HOUR);
            does(self, at, Deed::Reopen);
            does(self, at + MINUTE, Deed::Pay { card: Some(Card::Good), more: None });
        }
        if self.has(Fault::PersonCloses) {
            let soon = one(&mut self.acts, &[2 * MINUTE, HOUR]);
            let later = at + self.later(0, soon);
            does(self, later, Deed::Close);
        }
        if let Some(later) = self.is_looked_into() {
            does(self, at + later, Deed::Close);
        }
        if self.has(Fault::PersonHasty) {
            let later = at + self.later(0, HOUR);
            does(self, later, Deed::Acknowledge);
        }
        at += self.later(SECOND, 10 * MINUTE);
        if bought.two_stage {
            let percent = one(&mut self.acts, &[100, 100, 100, 100, 100, 50, 50, 120, 120, 0]);
            let hold = self.acts.u8(0..10);
            match hold {
                0 => {}
                1 | 2 => self.insists(at, Deed::Void { name: 1 }, does),
                _ => self.insists(at, Deed::Capture { name: 1, percent }, does),
            }
            if chance(&mut self.acts, 15) {
                let name = self.acts.u8(1..3);
                does(self, at + 300, Deed::Capture { name, percent });
            }
            if chance(&mut self.acts, 10) {
                does(self, at + 300, Deed::Void { name: 1 });
            }
            if self.has(Fault::PortalVoid) {
                let later = at + self.later(0, MINUTE);
                does(self, later, Deed::PortalVoid);
            }
            if self.has(Fault::HoldLapsed) {
                let later = at + self.later(0, HOUR);
                does(self, later, Deed::HoldsLapse);
            }
        }
        let taken = at;
        let refunds = one(&mut self.acts, &[0, 0, 0, 0, 1, 1, 2]);
        for name in 1..=refunds {
            at += self.later(SECOND, 30 * MINUTE);
            let percent = one(&mut self.acts, &[100, 100, 50, 50, 30, 30, 30, 0]);
            self.insists(at, Deed::Refund { name, percent }, does);
            if chance(&mut self.acts, 20) {
                let percent = one(&mut self.acts, &[percent, 20]);
                does(self, at + 100, Deed::Refund { name, percent });
            }
        }
        if self.has(Fault::PortalRefund) {
            let percent = one(&mut self.acts, &[100, 40]);
            // At times before the shop asks for what is then no longer there.
            let later = taken + self.later(0, HOUR);
            does(self, later, Deed::PortalRefund { percent });
        }
        if (refunds > 0 || bought.two_stage) && chance(&mut self.acts, 15) {
            at += self.later(MINUTE, HOUR);
            does(self, at, Deed::PayAgain);
            does(self, at + SECOND, Deed::Pay { card: Some(Card::Good), more: None });
        }
        // On a page that was left open.
        if chance(&mut self.acts, 10) {
            at += self.later(SECOND, HOUR);
            does(self, at, Deed::Pay { card: Some(Card::Good), more: None });
        }
    }

    /// A step, at times asked for again and again under its name.
    fn insists(&mut self, at: u64, step: Deed, does: &mut impl FnMut(&mut Draw, u64, Deed)) {
        does(self, at, step.clone());
        if chance(&mut self.acts, 20) {
            for later in [MINUTE / 2, 3 * MINUTE, 15 * MINUTE] {
                does(self, at + later, step.clone());
            }
        }
    }

    /// How late a payer is who takes their time: some come just when nobody waits any more.
    fn late(&mut self) -> u64 {
        if chance(&mut self.acts, 50) {
            return self.acts.u64(29 * MINUTE..31 * MINUTE);
        }
        self.acts.u64(SECOND..26 * HOUR)
    }

    fn later(&mut self, from: u64, to: u64) -> u64 {
        self.acts.u64(from..to)
    }

    /// What comes to the processes and their machines.
    fn happens(&mut self, processes: usize, orders: usize, acts: &mut Vec<Act>) {
        let kinds = [
            Fault::Kill,
            Fault::Kill,
            Fault::Kill,
            Fault::Deploy,
            Fault::Suspend,
            Fault::WallForward,
            Fault::WallBack,
        ];
        for fault in kinds {
            if !self.faults.contains(&fault) || !chance(&mut self.acts, 70) {
                continue;
            }
            let jump = one(&mut self.acts, &[5, 600, 3_700, 90_000, 300_000]);
            let deed = match fault {
                Fault::Kill => Deed::Kill,
                Fault::Deploy => Deed::Deploy,
                Fault::Suspend => Deed::Suspend { seconds: self.acts.u32(1..7_200) },
                Fault::WallForward => Deed::WallJump { seconds: jump },
                _ => Deed::WallJump { seconds: -jump },
            };
            let (at, process) = (self.acts.u64(0..10 * MINUTE), self.acts.usize(0..processes));
            let order = self.acts.usize(0..orders);
            acts.push(Act { at, order, process, deed, dropped_after: None });
        }
    }

    fn strike(&mut self, order: usize, strikes: &mut Vec<Strike>) {
        let faults = self.faults.clone();
        for fault in faults {
            let sites = fault.sites();
            if sites.is_empty() || !chance(&mut self.strikes, self.percent) {
                continue;
            }
            let site = one(&mut self.strikes, sites);
            let often = matches!(site, Site::Status | Site::Append | Site::Load);
            let after = self.strikes.u32(0..if often { 6 } else { 2 });
            let millis = self.millis(fault);
            strikes.push(Strike { fault, site, order, after, millis });
        }
    }

    fn millis(&mut self, fault: Fault) -> u64 {
        let rng = &mut self.strikes;
        match fault {
            Fault::RequestDelayed | Fault::AnswerDelayed => {
                one(rng, &[500, 5_000, 19_900, 25_000, 45_000])
            }
            Fault::Refused => one(rng, &[0, 2_000, 30_000]),
            // From then on, of everything about the order.
            Fault::LostAfter => one(rng, &[0, 0, 5 * MINUTE, HOUR]),
            // Of this status and of those that follow.
            Fault::InProgress | Fault::NotFound => one(rng, &[0, 0, HOUR, 30 * HOUR]),
            Fault::UnknownStatus
            | Fault::OtherInvoice
            | Fault::OtherSum
            | Fault::OtherOperation
            | Fault::OtherTag => one(rng, &[0, 0, 20 * MINUTE, 2 * HOUR]),
            // At times beyond the not-found window.
            Fault::LateVisible => one(rng, &[2, 60, 600, 7_200, 36_000, 108_000]) * SECOND,
            Fault::CallbackLate => one(rng, &[10, 3_600, 200_000]) * SECOND,
            Fault::StoreSlow => one(rng, &[50, 1_000, 30_000]),
            _ => 0,
        }
    }
}

fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(0..100) < percent
}

#[expect(clippy::indexing_slicing, reason = "the index is drawn from the length")]
fn one<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(0..of.len())]
}
