//! The not-found window against real time: several processes, clocks that jump and differ, and nobody there for days.

use core::time::Duration;
use epay_domain::*;
use proptest::{collection::vec, prelude::*, sample::select};

use crate::anything::opened;

const TWO_HOURS: u64 = 2 * 3_600_000;

/// One thing that happens while an attempt is not found.
#[derive(Clone, Debug)]
enum Turn {
    /// A process checks, and the bank answers or not.
    Check { process: usize, answered: bool },
    /// So many milliseconds pass.
    Pass(u64),
    /// The clock of a process jumps, forward or back.
    Jump { process: usize, by: i64 },
    /// A process starts anew, and remembers nothing.
    Restart { process: usize },
}

fn turn() -> impl Strategy<Value = Turn> {
    let process = || 0..3_usize;
    let millis = select(vec![0, 2_000, 60_000, 3_600_000, TWO_HOURS, 3 * TWO_HOURS, 86_400_000]);
    let jump =
        select(vec![-86_400_000, -3_600_000, -1_000, 1_000, 3_600_000, 86_400_000, 900_000_000]);
    prop_oneof![
        6 => (process(), proptest::bool::weighted(0.8))
            .prop_map(|(process, answered)| Turn::Check { process, answered }),
        5 => millis.prop_map(Turn::Pass),
        2 => (process(), jump).prop_map(|(process, by)| Turn::Jump { process, by }),
        1 => process().prop_map(|process| Turn::Restart { process }),
    ]
}

/// What the real clock says, and what the attempt has counted.
struct World {
    payment: Payment,
    real: u64,
    /// How far each process' wall clock is off.
    off: [i64; 3],
    /// Since when each process remembers what it heard.
    born: [u64; 3],
    /// Who heard the last answer, and when.
    last: Option<(usize, u64)>,
    first: Option<u64>,
    /// How often a clock went forward, or another one came in.
    jumps: u64,
}

impl World {
    fn new(skew: [i64; 3]) -> World {
        let start = 1_790_000_000_000;
        let now = Timestamp::from_unix_millis(start);
        let asked = opened().decide(Command::Authorize, now).unwrap();
        World {
            payment: opened().apply(&asked),
            real: start,
            off: skew,
            born: [start; 3],
            last: None,
            first: None,
            // The second and the third clock may be ahead of the first.
            jumps: 2,
        }
    }

    fn go(&mut self, turn: &Turn) {
        match *turn {
            Turn::Check { process, answered } => {
                if answered {
                    self.answered(process);
                }
            }
            Turn::Pass(millis) => self.real += millis,
            Turn::Jump { process, by } => {
                self.off[process] += by;
                self.jumps += u64::from(by > 0);
            }
            Turn::Restart { process } => self.born[process] = self.real + 1,
        }
    }

    fn answered(&mut self, process: usize) {
        let elapsed = self.last.filter(|(by, at)| *by == process && *at >= self.born[process]);
        let elapsed = elapsed.map(|(_, at)| Duration::from_millis(self.real - at));
        let wall = self.real.saturating_add_signed(self.off[process]);
        let seen = Observation { elapsed, ..Observation::status(Fact::NotFound) };
        let event = self.payment.record_reply(Ok(seen), Timestamp::from_unix_millis(wall));
        self.payment = self.payment.clone().apply(&event);
        self.first.get_or_insert(self.real);
        self.last = Some((process, self.real));
    }

    fn counted(&self) -> u64 {
        let counted = self.payment.pending().unwrap().not_found_for.unwrap_or_default();
        u64::try_from(counted.as_millis()).unwrap()
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_jump_shortens_the_window_by_two_hours_at_most_and_downtime_never(
        skew in [-3_600_000..3_600_000_i64, -3_600_000..3_600_000_i64, -3_600_000..3_600_000_i64],
        turns in vec(turn(), 1..60),
    ) {
        let mut world = World::new(skew);
        for turn in &turns {
            world.go(turn);
            let Some(first) = world.first else { continue };
            let real = world.real - first;
            prop_assert!(world.counted() <= real + world.jumps * TWO_HOURS, "{} of {real}", world.counted());
        }
    }

    /// One process that was never restarted is misled by no jump at all.
    #[test]
    fn a_process_that_heard_both_is_not_misled(turns in vec(turn(), 1..60)) {
        let mut world = World::new([0; 3]);
        for turn in &turns {
            match turn {
                Turn::Check { answered, .. } => world.go(&Turn::Check { process: 0, answered: *answered }),
                Turn::Jump { by, .. } => world.go(&Turn::Jump { process: 0, by: *by }),
                Turn::Pass(millis) => world.go(&Turn::Pass(*millis)),
                Turn::Restart { .. } => {}
            }
            let Some(first) = world.first else { continue };
            prop_assert!(world.counted() <= world.real - first);
        }
    }

    /// And while somebody checks with an even clock, each minute of it counts.
    #[test]
    fn checked_time_counts_in_full(gaps in vec((1..=TWO_HOURS, 0..3_usize), 1..40)) {
        let mut world = World::new([0; 3]);
        world.answered(0);
        for (gap, process) in &gaps {
            world.real += gap;
            world.answered(*process);
        }
        prop_assert_eq!(world.counted(), gaps.iter().map(|(gap, _)| gap).sum::<u64>());
    }
}
