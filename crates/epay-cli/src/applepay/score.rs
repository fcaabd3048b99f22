//! `epay applepay score` judges each case of a suite as a merchant's server would, and counts the
//! right answers.

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use epay::apple_pay::{EncryptedToken, Keys, Payload, ProcessingKey, Refused, Root, Verifier};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::files;
use crate::{Failure, complain, foreign};

/// Score this build by a suite of tokens with known answers.
///
/// Each case is verified at its own time against the suite's root, and opened with the keys of the
/// suite's merchants. The score passes only if every case has the answer that the suite states.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The suite, as JSON: root, merchants, and cases with their tokens.
    #[arg(value_name = "SUITE")]
    suite: PathBuf,
    /// Print the result as one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, out: &mut impl Write) -> Result<bool, Failure> {
    let file = files::read(&args.suite)?;
    let suite: Suite = serde_json::from_slice(&file)
        .map_err(|error| format!("{}: it is no suite: {error}", args.suite.display()))?;
    let score = suite.score().map_err(|error| format!("{}: {error}", args.suite.display()))?;
    if args.json {
        writeln!(out, "{}", foreign::json(&score)?)?;
    } else {
        writeln!(out, "total   {}\npassed  {}", score.total, score.passed)?;
        for miss in &score.failed {
            writeln!(
                out,
                "\n{}\n  expected  {}\n  got       {}",
                foreign::text(&miss.name),
                foreign::text(&miss.expected),
                foreign::text(&miss.got)
            )?;
        }
    }
    // A suite without a case proves nothing.
    Ok(score.passed == score.total && score.total > 0)
}

#[derive(Deserialize)]
struct Suite {
    /// DER in base64, as everything binary here.
    root: String,
    /// The time of cases that have none of their own.
    now: Option<i64>,
    merchants: Vec<Merchant>,
    /// Each is read by itself, so that one that can't be read is a miss and not the end of the run.
    cases: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Merchant {
    id: String,
    cert: String,
    /// Published with the suite, so no secret.
    key_pkcs8: String,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    expect: Expect,
    /// The stage that has to refuse the token, where the suite wants it as exact as that.
    stage: Option<String>,
    now: Option<i64>,
    /// As it stands in the file: whatever a parser would tidy up may be what the case is about.
    token: Box<RawValue>,
    plain: Option<String>,
}

/// What can still be said of a case that can't be read.
#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Ok,
    Reject,
}

#[derive(Serialize)]
struct Score {
    total: usize,
    passed: usize,
    failed: Vec<Miss>,
}

#[derive(Serialize)]
struct Miss {
    name: String,
    expected: String,
    got: String,
}

impl Suite {
    fn score(&self) -> Result<Score, Failure> {
        let root = STANDARD.decode(&self.root).map_err(|_| "the suite's root is not base64")?;
        let verifier = Verifier::trusting(Root::read(&root)?);
        let (keys, unusable): (Vec<_>, Vec<_>) =
            self.merchants.iter().map(Merchant::key).partition(Result::is_ok);
        for why in unusable.into_iter().filter_map(Result::err) {
            // The cases that need it will tell.
            complain(&why.to_string());
        }
        let keys = Keys::new(keys.into_iter().flatten());
        let missed = |case: &RawValue| match serde_json::from_str::<Case>(case.get()) {
            Ok(case) => case.at(self.now).map_or_else(
                |why| Some(unread(&case.name, why)),
                |now| case.miss(&case.judge(&verifier, &keys, now)),
            ),
            Err(error) => {
                let name = serde_json::from_str::<Named>(case.get()).map(|case| case.name);
                Some(unread(name.as_deref().unwrap_or("without a name"), &error))
            }
        };
        let failed: Vec<Miss> = self.cases.iter().filter_map(|case| missed(case)).collect();
        Ok(Score { total: self.cases.len(), passed: self.cases.len() - failed.len(), failed })
    }
}

impl Merchant {
    fn key(&self) -> Result<ProcessingKey, Failure> {
        let unread = |what: &str| format!("a merchant of the suite, {}: {what}", self.id);
        let certificate =
            STANDARD.decode(&self.cert).map_err(|_| unread("the certificate is not base64"))?;
        let key = STANDARD.decode(&self.key_pkcs8).map_err(|_| unread("the key is not base64"))?;
        Ok(ProcessingKey::read(&certificate, &key).map_err(|error| unread(&error.to_string()))?)
    }
}

impl Case {
    fn at(&self, suite: Option<i64>) -> Result<SystemTime, &'static str> {
        let now = self.now.or(suite).ok_or("it has no time")?;
        let since = Duration::from_secs(now.unsigned_abs());
        let at =
            if now < 0 { UNIX_EPOCH.checked_sub(since) } else { UNIX_EPOCH.checked_add(since) };
        at.ok_or("its time is out of range")
    }

    fn judge(&self, verifier: &Verifier, keys: &Keys, now: SystemTime) -> Result<Payload, Refused> {
        let raw = self.token.get();
        // A text holds what could not stand in the file as it is. The white space of an object is
        // the file's.
        let token = serde_json::from_str::<String>(raw).unwrap_or_else(|_| compact(raw));
        verifier.verify(EncryptedToken::parse(token.as_bytes())?, now)?.open(keys)
    }

    /// `None` where the suite is right about this build.
    fn miss(&self, judged: &Result<Payload, Refused>) -> Option<Miss> {
        let (right, got) = match judged {
            Ok(payload) if self.plain.as_deref().is_none_or(|plain| plain == payload.expose()) => {
                (self.expect == Expect::Ok, "ok".to_owned())
            }
            Ok(_) => (false, "ok, with another plaintext".to_owned()),
            Err(refused) => {
                let (stage, reason) = (refused.stage().name(), refused.reason());
                let right = self.stage.as_deref().is_none_or(|expected| expected == stage);
                (self.expect == Expect::Reject && right, format!("reject at {stage}: {reason}"))
            }
        };
        let expected = match (self.expect, &self.stage) {
            (Expect::Ok, _) => "ok".to_owned(),
            (Expect::Reject, None) => "reject".to_owned(),
            (Expect::Reject, Some(stage)) => format!("reject at {stage}"),
        };
        (!right).then(|| Miss { name: self.name.clone(), expected, got })
    }
}

fn unread(name: &str, why: impl Display) -> Miss {
    Miss {
        name: name.to_owned(),
        expected: "a case of a suite".to_owned(),
        got: format!("unreadable: {why}"),
    }
}

/// JSON without the white space between its parts, everything else as it was.
fn compact(json: &str) -> String {
    let (mut in_text, mut escaped) = (false, false);
    let mut keep = |char: char| {
        let kept = in_text || !char.is_ascii_whitespace();
        match char {
            '"' if !escaped => in_text = !in_text,
            _ => {}
        }
        escaped = in_text && char == '\\' && !escaped;
        kept
    };
    json.chars().filter(|char| keep(*char)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_the_parts_goes() {
        for (json, expected) in [
            ("{ \"a\" : [ 1,\t2 ],\r\n\"b c\": \" \" }", "{\"a\":[1,2],\"b c\":\" \"}"),
            (r#"{ "a\\": "\" \\", "b" : 1 }"#, r#"{"a\\":"\" \\","b":1}"#),
        ] {
            assert_eq!(compact(json), expected);
        }
    }
}
