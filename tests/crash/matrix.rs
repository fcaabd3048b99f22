//! Every flow, disturbed at every crossing in every way: nothing is complained about.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use epay_testkit::PostgresCluster;

use crate::crash_points::{CrashPoints, How, Place};
use crate::flows::{BAD_DAYS, FLOWS, Flow};
use crate::judge::Complaint;
use crate::planted::Bug;
use crate::script::run;

/// One run of a flow.
#[derive(Clone, Copy)]
pub(crate) struct Disturbance {
    pub(crate) crossing: usize,
    pub(crate) place: Place,
    pub(crate) how: How,
}

/// Everything that can happen to a flow, in order of its crossings. They are counted with the bug in place, for it may
/// add calls of its own.
pub(crate) fn disturbances(flow: &Flow, bug: Option<Bug>) -> (Vec<Disturbance>, Vec<Complaint>) {
    let undisturbed = run(flow, bug, &CrashPoints::undisturbed());
    let places = undisturbed.places.iter().enumerate();
    let all = places
        .flat_map(|(crossing, &place)| {
            place.can_happen.iter().map(move |&how| Disturbance { crossing, place, how })
        })
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
    let complaints = on_all_cores(&runs, |(flow, Disturbance { crossing, place, how })| {
        let complaints = run(flow, None, &CrashPoints::at(*crossing, *how)).complaints.into_iter();
        let said = |complaint| {
            format!("{}, {how:?} at crossing {crossing}, {place}: {complaint}", flow.name)
        };
        complaints.map(said).collect::<Vec<_>>()
    });
    wrong.extend(complaints.into_iter().flatten());
    (runs.len(), wrong)
}

/// What each of them comes to, in no order.
pub(crate) fn on_all_cores<T: Sync, R: Send>(all: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, SeqCst)) {
                    let came_to = each(one);
                    done.lock().unwrap().push(came_to);
                }
            });
        }
    });
    done.into_inner().unwrap()
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

/// One flow, because each run makes its log anew.
const IN_POSTGRES: &str = "a refund of all";

#[test]
fn and_also_where_the_log_is_in_postgresql() {
    if PostgresCluster::shared().is_some() {
        let flows = FLOWS.iter().filter(|flow| flow.name == IN_POSTGRES);
        check(&flows.map(|flow| Flow { in_postgres: true, ..*flow }).collect::<Vec<_>>());
    }
}
