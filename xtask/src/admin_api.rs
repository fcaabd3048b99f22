//! `admin` has schemathesis make up calls from the committed OpenAPI document and send them to a fake bank that runs.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use xshell::cmd;

use crate::{
    metadata,
    run::{Outcome, Run, Verdict},
    steps,
};

/// No 5xx, and nothing else that the document does not say.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// So many for each call and phase keep it under half a minute.
const EXAMPLES: &str = "25";

pub(crate) fn admin(run: &Run) -> Verdict {
    if cmd!(run.sh, "schemathesis --version").quiet().ignore_stdout().ignore_stderr().run().is_err()
    {
        return Ok(Outcome::MissingTool("pip install schemathesis".to_owned()));
    }
    steps::build_epay(run, None)?;
    let target = metadata::target(&run.sh)?;
    let epay = target.join("debug").join("epay");
    // What it writes down for next time is no part of the project.
    let _there = run.sh.push_dir(&target);
    let bank =
        FakeBank(Command::new(epay).args(["fakebank", "--json"]).stdout(Stdio::piped()).spawn()?);
    let (bank, admin) = bank.said("\"admin\":\"")?;
    let seed = run.seed.unwrap_or(1).to_string();
    let how = ["--checks", CHECKS, "--max-examples", EXAMPLES, "--seed", &seed, "--no-color"];
    let to = ["--url", &admin, "--header", "x-epay-admin:1"];
    cmd!(run.sh, "schemathesis run {admin}/openapi.json {to...} {how...}").run()?;
    drop(bank);
    Ok(Outcome::Passed)
}

/// Ends when dropped.
struct FakeBank(Child);

impl FakeBank {
    /// What stands after `word` in its first line, up to the next quote.
    fn said(mut self, word: &str) -> Result<(Self, String), Box<dyn std::error::Error>> {
        let mut line = String::new();
        let out = self.0.stdout.take().ok_or("it has no output")?;
        BufReader::new(out).read_line(&mut line)?;
        let after = line.split_once(word).and_then(|(_, rest)| rest.split_once('"'));
        let (said, _) = after.ok_or("the fake bank did not say where it is")?;
        Ok((self, said.to_owned()))
    }
}

impl Drop for FakeBank {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
