//! The context of every command, how it may end, and how long it took.

use std::{
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

use xshell::Shell;

/// How a step that did not fail ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// A tool that this machine lacks; the text is the command that installs it. `CI=true` makes this a failure.
    MissingTool(String),
    /// What only the network has, and the command that brings it. No failure where there is none; the workflow fetches it
    /// in a job of its own, which is red when it can't.
    NeedsNetwork(String),
}

pub(crate) type Verdict = Result<Outcome, Box<dyn Error>>;

/// What the caller asked for, with a shell that stands in the workspace root.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) sh: Shell,
    pub(crate) install: bool,
    pub(crate) all: bool,
    pub(crate) check: bool,
    pub(crate) fetch: bool,
    pub(crate) bless: bool,
    pub(crate) cases: Option<u32>,
    pub(crate) minutes: Option<u32>,
    pub(crate) orders: Option<u32>,
    pub(crate) payments: Option<u32>,
    /// Asks what a suite is worth instead of running it.
    pub(crate) planted: bool,
    pub(crate) seed: Option<u32>,
    /// Where a log is kept, by name.
    pub(crate) store: Option<String>,
    /// Through `epay serve`, and not by the library.
    pub(crate) serve: bool,
    /// The torture's program as an older version built it, which every second worker runs.
    pub(crate) previous: Option<PathBuf>,
    pub(crate) json: bool,
    /// Measures large logs too.
    pub(crate) scale: bool,
    /// The one of many that was named.
    pub(crate) only: Option<String>,
    /// What stands after `--`, for the tool underneath.
    pub(crate) rest: Vec<String>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever waits is told how long it took; no test looks at it"
)]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}
