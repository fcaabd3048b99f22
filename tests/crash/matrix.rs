//! Every flow, disturbed at every crossing in every way: nothing is complained about.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use crate::crash_points::{CrashPoints, How, Place};
use crate::flows::{BAD_DAYS, FLOWS, Flow};
use crate::judge::Complaint;
use crate::planted::Bug;
use crate::script::run;

/// One run of a flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disturbance {
    pub(crate) crossing: usize,
    pub(crate) place: Place,
    pub(crate) how: How,
}

/// Everything that can happen to a flow, in order of its crossings. They are counted with the bug in place, for it may
/// add calls of its own.
pub(crate) fn disturbances(flow: &Flow, bug: Option<Bug>) -> (Vec<Disturbance>, Vec<Complaint>) {
    let undisturbed = run(flow, bug, &CrashPoints::undisturbed());
    let happens = |crossing: usize, place: Place| {
        How::ALL
            .into_iter()
            // A log that says nothing has no deadline of ours: SQLite waits for a lock as long as it was told to.
            .filter(move |how| *how != How::Silent || place.on_the_wire)
            .map(move |how| Disturbance { crossing, place, how })
    };
    let all = undisturbed
        .places
        .iter()
        .enumerate()
        .flat_map(|(crossing, place)| happens(crossing, *place))
        .collect();
    (all, undisturbed.complaints)
}

/// How many runs a matrix had, and what was wrong with them.
fn matrix(flows: &[Flow]) -> (usize, Vec<String>) {
    let (mut runs, mut wrong) = (Vec::new(), Vec::new());
    for flow in flows {
        let (all, complaints) = disturbances(flow, None);
        wrong.extend(
            complaints.iter().map(|complaint| format!("{}, undisturbed: {complaint}", flow.name)),
        );
        eprintln!(
            "{}: {} crossings, {} runs",
            flow.name,
            all.last().map_or(0, |last| last.crossing + 1),
            all.len()
        );
        runs.extend(all.into_iter().map(|disturbance| (flow, disturbance)));
    }
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((flow, disturbance)) = runs.get(next.fetch_add(1, SeqCst)) {
                    for complaint in
                        run(flow, None, &CrashPoints::at(disturbance.crossing, disturbance.how))
                            .complaints
                    {
                        found
                            .lock()
                            .unwrap()
                            .push(format!("{}, {disturbance:?}: {complaint}", flow.name));
                    }
                }
            });
        }
    });
    wrong.extend(found.into_inner().unwrap());
    (runs.len(), wrong)
}

#[track_caller]
fn check(flows: &[Flow]) {
    let (runs, wrong) = matrix(flows);
    eprintln!("{runs} runs of {} flows", flows.len());
    assert!(
        wrong.is_empty(),
        "{} complaints, first of them:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

#[test]
fn whatever_happens_wherever_each_flow_ends_as_the_bank_has_it() {
    check(FLOWS);
}

#[test]
fn and_also_on_the_banks_bad_days() {
    check(BAD_DAYS);
}
