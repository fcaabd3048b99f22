//! `quick`, `ci` and `ci --all` run their steps; a table at the end says what passed, what failed and what was not run.

use std::time::Duration;

use crate::{
    run::{Outcome, Run, Verdict, timed},
    steps::{STEPS, Step, When},
};

/// What the inner loop runs.
pub(crate) fn in_quick(when: When) -> bool {
    matches!(when, When::Quick | When::QuickFor(_))
}

/// What everybody's change must pass, and with `all` what the CI machine runs.
fn in_ci(when: When, all: bool) -> bool {
    match when {
        When::Quick | When::Ci => true,
        When::QuickFor(_) | When::Release => false,
        When::All => all,
    }
}

pub(crate) fn quick(run: &Run) -> Verdict {
    finish(&started(run, STEPS.iter().filter(|step| in_quick(step.when))))
}

pub(crate) fn ci(run: &Run) -> Verdict {
    finish(&started(run, STEPS.iter().filter(|step| in_ci(step.when, run.all))))
}

/// A failed step does not stop the ones behind it: one run tells everything there is to mend.
pub(crate) fn started<'a>(run: &Run, steps: impl Iterator<Item = &'a Step>) -> Vec<Line> {
    steps
        .map(|step| {
            println!("\n== {}: {}", step.name, step.help);
            let (verdict, took) = timed(|| (step.run)(run));
            if let Err(error) = &verdict {
                eprintln!("error: {error}");
            }
            Line { name: step.name, took, end: verdict.into() }
        })
        .collect()
}

pub(crate) fn finish(lines: &[Line]) -> Verdict {
    println!("\n{}", table(lines));
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let sentence = sentence(lines, strict)?;
    println!("{sentence}");
    Ok(Outcome::Passed)
}

pub(crate) struct Line {
    name: &'static str,
    took: Duration,
    end: End,
}

enum End {
    Passed,
    Failed,
    MissingTool(String),
    NeedsNetwork(String),
}

impl From<Verdict> for End {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Ok(Outcome::Passed) => Self::Passed,
            Ok(Outcome::MissingTool(how)) => Self::MissingTool(how),
            Ok(Outcome::NeedsNetwork(how)) => Self::NeedsNetwork(how),
            Err(_) => Self::Failed,
        }
    }
}

/// One row a step; what was not run stands last, where it can't be overlooked.
fn table(lines: &[Line]) -> String {
    let mut rows: Vec<(bool, String)> = lines
        .iter()
        .map(|line| {
            let (not_run, end) = match &line.end {
                End::Passed => (false, "ok".to_owned()),
                End::Failed => (false, "FAILED".to_owned()),
                End::MissingTool(how) | End::NeedsNetwork(how) => {
                    (true, format!("NOT RUN ({how})"))
                }
            };
            (
                not_run,
                format!(
                    "{:<12}{:>5}.{} s  {end}\n",
                    line.name,
                    line.took.as_secs(),
                    line.took.subsec_millis() / 100
                ),
            )
        })
        .collect();
    rows.sort_by_key(|(not_run, _)| *not_run);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The last line of a run. "passed" alone is said only when everything was run.
fn sentence(lines: &[Line], strict: bool) -> Result<String, String> {
    let failed = |line: &&Line| {
        matches!(line.end, End::Failed) || (strict && matches!(line.end, End::MissingTool(_)))
    };
    let failed: Vec<&str> = lines.iter().filter(failed).map(|line| line.name).collect();
    if !failed.is_empty() {
        return Err(format!("failed: {}", failed.join(", ")));
    }
    match lines.iter().filter(|line| !matches!(line.end, End::Passed)).count() {
        0 => Ok("passed".to_owned()),
        1 => Ok("passed, 1 step not run".to_owned()),
        count => Ok(format!("passed, {count} steps not run")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &'static str, end: End) -> Line {
        Line { name, took: Duration::from_millis(1_250), end }
    }

    #[track_caller]
    fn check(ends: Vec<End>, strict: bool, expected: Result<&str, &str>) {
        let lines: Vec<Line> = ends.into_iter().map(|end| line("step", end)).collect();
        assert_eq!(sentence(&lines, strict).as_deref().map_err(String::as_str), expected);
    }

    fn tool() -> End {
        End::MissingTool("apt-get install thing".to_owned())
    }

    fn network() -> End {
        End::NeedsNetwork("fetch it".to_owned())
    }

    #[test]
    fn plain_passed_is_said_only_when_everything_ran() {
        check(vec![End::Passed, End::Passed], false, Ok("passed"));
        check(vec![End::Passed, tool()], false, Ok("passed, 1 step not run"));
        check(vec![network(), tool()], false, Ok("passed, 2 steps not run"));
        check(vec![End::Passed, End::Failed], false, Err("failed: step"));
    }

    #[test]
    fn ci_fails_on_a_missing_tool_but_not_on_what_only_the_network_has() {
        check(vec![End::Passed, tool()], true, Err("failed: step"));
        check(vec![End::Passed, network()], true, Ok("passed, 1 step not run"));
    }

    #[test]
    fn what_ci_leaves_to_quick_is_done_by_a_step_of_ci() {
        for step in STEPS {
            let When::QuickFor(other) = step.when else { continue };
            let does = STEPS.iter().find(|step| step.name == other).unwrap();
            assert!(in_ci(does.when, false), "{} is not in `ci`", does.name);
        }
    }

    #[test]
    fn all_adds_to_ci_and_takes_nothing_away() {
        let of = |all| STEPS.iter().filter(|step| in_ci(step.when, all)).count();
        assert!(of(false) < of(true));
        for step in STEPS {
            let known = in_quick(step.when) || in_ci(step.when, true) || step.when == When::Release;
            assert!(known, "{} is in no run", step.name);
            assert!(!in_ci(step.when, false) || in_ci(step.when, true), "{}", step.name);
        }
    }

    #[test]
    fn what_was_not_run_is_listed_last() {
        let lines =
            [line("first", tool()), line("second", End::Passed), line("third", End::Failed)];
        let expected = "second          1.2 s  ok\n\
                        third           1.2 s  FAILED\n\
                        first           1.2 s  NOT RUN (apt-get install thing)\n";
        assert_eq!(table(&lines), expected);
    }
}
