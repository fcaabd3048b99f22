//! The public API of each library is a committed file, so that every change of it is seen; foreign
//! types in it are a list.

mod foreign;
mod rustdoc;
mod surface;

use std::{collections::BTreeSet, error::Error};

pub(crate) use rustdoc::stand_in;
use surface::Surface;

use crate::{
    metadata,
    run::{Outcome, Run, Verdict},
};

const SNAPSHOTS: &str = "xtask/snapshots/api";

pub(crate) fn api(run: &Run) -> Verdict {
    let members = metadata::members(&run.sh)?;
    let libraries: Vec<&str> =
        members.iter().filter(|member| member.library).map(|member| member.name.as_str()).collect();
    let chosen = match run.only.as_deref() {
        Some(only) if libraries.contains(&only) => vec![only],
        Some(only) => return Err(format!("no library `{only}`").into()),
        None => libraries.clone(),
    };
    let mut wrong = Vec::new();
    for (name, json) in chosen.iter().zip(rustdoc::write(&run.sh, &chosen)?) {
        let surface = Surface::read(&json)?;
        wrong.extend(foreign::violations(name, &surface.foreign(&libraries)));
        wrong.extend(drift(run, name, &surface.lines())?);
    }
    if run.only.is_none() {
        wrong.extend(left_over(run, &libraries)?);
    }
    if wrong.is_empty() { Ok(Outcome::Passed) } else { Err(wrong.join("\n       ").into()) }
}

fn drift(run: &Run, name: &str, now: &[String]) -> Result<Option<String>, Box<dyn Error>> {
    let path = format!("{SNAPSHOTS}/{name}.txt");
    if run.bless {
        run.sh.create_dir(SNAPSHOTS)?;
        run.sh.write_file(path, now.iter().map(|line| format!("{line}\n")).collect::<String>())?;
        return Ok(None);
    }
    let Ok(committed) = run.sh.read_file(&path) else {
        return Ok(Some(format!("{path} is missing: `cargo xtask bless` writes it")));
    };
    let now: Vec<&str> = now.iter().map(String::as_str).collect();
    let difference = difference(&committed.lines().collect::<Vec<_>>(), &now);
    let sentence = || {
        format!(
            "{name} no longer offers what {path} says; if that is meant, `cargo xtask bless`\n{}",
            difference.join("\n")
        )
    };
    Ok((!difference.is_empty()).then(sentence))
}

/// What went and what came; where only the order is another, that.
fn difference(committed: &[&str], now: &[&str]) -> Vec<String> {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) =
        (committed.iter().collect(), now.iter().collect());
    let went =
        committed.iter().filter(|line| !after.contains(line)).map(|line| format!("- {line}"));
    let came = now.iter().filter(|line| !before.contains(line)).map(|line| format!("+ {line}"));
    let difference: Vec<String> = went.chain(came).collect();
    if difference.is_empty() && committed != now {
        return vec!["the same lines in another order or number".to_owned()];
    }
    difference
}

/// Snapshots of what is no library any more.
fn left_over(run: &Run, libraries: &[&str]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut wrong = Vec::new();
    for path in run.sh.read_dir(SNAPSHOTS).unwrap_or_default() {
        let known = path.file_stem().is_some_and(|stem| libraries.iter().any(|name| stem == *name));
        match (known, run.bless) {
            (true, _) => {}
            (false, true) => run.sh.remove_path(path)?,
            (false, false) => wrong.push(format!("{} is of no library", path.display())),
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(committed: &str, now: &str, expected: &[&str]) {
        let split = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
        let (committed, now) = (committed.to_owned().leak(), now.to_owned().leak());
        assert_eq!(difference(&split(committed), &split(now)), expected);
    }

    #[test]
    fn a_difference_is_what_went_and_what_came() {
        check("a b", "a b", &[]);
        check("a b c", "a d c", &["- b", "+ d"]);
        check("", "a", &["+ a"]);
        for other in ["b a", "a b b"] {
            check("a b", other, &["the same lines in another order or number"]);
        }
    }
}
