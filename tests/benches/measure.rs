//! Processor time of many short batches; two works take turns, so that whatever disturbs one disturbs the other.
//!
//! A measuring tool from outside would time one work after the other and on the wall clock. Here the ratio of the two is
//! the result, and a server process or a neighbour on the machine must not count.

use std::time::Duration;

/// How often the two works take turns.
const TURNS: usize = 41;
const LONG_TURNS: usize = 3;
/// A batch is repeated work for at least this long, far above what reading the clock costs.
const BATCH: Duration = Duration::from_millis(8);

/// What one unit of work takes, in picoseconds, and how many thousandths of the floor that is.
pub(crate) struct Pair {
    pub(crate) ours: u64,
    pub(crate) floor: u64,
    pub(crate) permille: u64,
}

/// The median of `work`, which does `units` units each time it is called.
pub(crate) fn alone(units: u64, mut work: impl FnMut()) -> u64 {
    let calls = calibrated(&mut work);
    middle((0..TURNS).map(|_| time(&mut work, calls) / (calls * units)).collect())
}

/// The medians of both, and of the ratios within a turn.
pub(crate) fn pair(units: u64, ours: impl FnMut(), floor: impl FnMut()) -> Pair {
    in_turns(TURNS, units, ours, floor)
}

/// The same of works that take seconds.
pub(crate) fn long_pair(units: u64, ours: impl FnMut(), floor: impl FnMut()) -> Pair {
    in_turns(LONG_TURNS, units, ours, floor)
}

fn in_turns(count: usize, units: u64, mut ours: impl FnMut(), mut floor: impl FnMut()) -> Pair {
    let (of_ours, of_floor) = (calibrated(&mut ours), calibrated(&mut floor));
    let mut turns = Vec::new();
    for turn in 0..count {
        let (ours, floor) = if turn % 2 == 0 {
            let ours = time(&mut ours, of_ours);
            (ours, time(&mut floor, of_floor))
        } else {
            let floor = time(&mut floor, of_floor);
            (time(&mut ours, of_ours), floor)
        };
        turns.push((ours / (of_ours * units), floor / (of_floor * units)));
    }
    Pair {
        ours: middle(turns.iter().map(|(ours, _)| *ours).collect()),
        floor: middle(turns.iter().map(|(_, floor)| *floor).collect()),
        permille: middle(turns.iter().map(|(ours, floor)| ours * 1_000 / floor).collect()),
    }
}

/// How many calls make a batch. What only the first call does, such as connecting or gathering entropy, is not counted.
fn calibrated(work: &mut impl FnMut()) -> u64 {
    work();
    let mut calls = 1;
    while time(work, calls) < picoseconds(BATCH) {
        calls *= 2;
    }
    calls
}

fn time(work: &mut impl FnMut(), calls: u64) -> u64 {
    let start = processor_time();
    (0..calls).for_each(|_| work());
    picoseconds(processor_time() - start)
}

fn picoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap() * 1_000
}

fn middle(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap()
}

/// What all threads of this process have used so far.
#[cfg(unix)]
fn processor_time() -> Duration {
    rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).try_into().unwrap()
}

/// Elsewhere the wall clock has to do.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn processor_time() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}
