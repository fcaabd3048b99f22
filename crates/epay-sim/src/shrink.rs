//! Makes a failing scenario as small as possible while it still fails for the same reason.

use epay::PaymentStore;
use epay_fakebank::Switches;

use crate::scenario::{Scenario, Shop};
use crate::simulation::Simulation;

/// More runs than this are not worth it.
const MOST_RUNS: u32 = 3_000;

impl<S: PaymentStore + 'static, F: Fn() -> S> Simulation<F> {
    /// The smallest scenario found that breaks the same rule as `scenario` does first; the scenario
    /// itself where it breaks none.
    pub fn shrink(&self, scenario: &Scenario) -> Scenario {
        let Some(rule) = self.broken(scenario) else { return scenario.clone() };
        let mut search = Search { simulation: self, rule, runs: 0, best: scenario.clone() };
        loop {
            let before = search.best.clone();
            search.drop_parts(|scenario| &mut scenario.strikes);
            search.drop_parts(|scenario| &mut scenario.acts);
            search.simplify();
            if search.best == before || search.runs >= MOST_RUNS {
                return search.best;
            }
        }
    }

    fn broken(&self, scenario: &Scenario) -> Option<String> {
        self.scenario(scenario).complaints.first().map(|complaint| complaint.rule.clone())
    }
}

struct Search<'a, F> {
    simulation: &'a Simulation<F>,
    rule: String,
    runs: u32,
    best: Scenario,
}

impl<S: PaymentStore + 'static, F: Fn() -> S> Search<'_, F> {
    /// Takes `smaller` where it breaks the same rule.
    fn takes(&mut self, smaller: Scenario) -> bool {
        if smaller == self.best || self.runs >= MOST_RUNS {
            return false;
        }
        self.runs += 1;
        let complaints = self.simulation.scenario(&smaller).complaints;
        let same = complaints.iter().any(|complaint| complaint.rule == self.rule);
        if same {
            self.best = smaller;
        }
        same
    }

    /// Drops halves, then quarters, and so on down to single ones.
    fn drop_parts<T>(&mut self, of: impl Fn(&mut Scenario) -> &mut Vec<T>) {
        let mut part = of(&mut self.best).len();
        while part > 0 {
            let mut at = 0;
            while at < of(&mut self.best).len() {
                let mut smaller = self.best.clone();
                let list = of(&mut smaller);
                list.drain(at..(at + part).min(list.len()));
                if !self.takes(smaller) {
                    at += part;
                }
            }
            part /= 2;
        }
    }

    /// Everything that can be as usual is made so, and orders that nothing happens to are dropped.
    fn simplify(&mut self) {
        let usual: [fn(&mut Scenario); 7] = [
            |it| it.store_millis = 0,
            |it| it.bank = Switches::default(),
            |it| it.shop = Shop::default(),
            |it| (it.processes, it.reconcilers) = (1, 1),
            |it| it.acts.iter_mut().for_each(|act| act.dropped_after = None),
            |it| it.acts.iter_mut().for_each(|act| act.process = 0),
            |it| it.acts.iter_mut().for_each(|act| act.at -= act.at % 1_000),
        ];
        for change in usual {
            let mut smaller = self.best.clone();
            change(&mut smaller);
            self.takes(smaller);
        }
        self.drop_orders();
    }

    fn drop_orders(&mut self) {
        for order in (0..self.best.orders.len()).rev() {
            let used = self.best.acts.iter().any(|act| act.order == order)
                || self.best.strikes.iter().any(|strike| strike.order == order);
            if used || self.best.orders.len() == 1 {
                continue;
            }
            let mut smaller = self.best.clone();
            smaller.orders.remove(order);
            let down = |number: &mut usize| *number -= usize::from(*number > order);
            smaller.acts.iter_mut().for_each(|act| down(&mut act.order));
            smaller.strikes.iter_mut().for_each(|strike| down(&mut strike.order));
            self.takes(smaller);
        }
    }
}
