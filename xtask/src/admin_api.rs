//! `admin` and `merchant` have schemathesis make up calls from the OpenAPI documents, and send them to a fake bank and to a
//! service that run.

use std::{
    error::Error,
    io::{BufRead, BufReader},
    path::PathBuf,
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

/// A terminal of the fake bank, and its client; the secret is published with it.
const SHOP: &str = r#"
[[shop]]
name = "books"
title = "Books"
terminal = "67e34d63-102f-4bd1-898e-370781d0074d"
client_id = "test"
client_secret = { env = "EPAY_SHOP_SECRET" }
store = "books.db"
first_invoice = "100000001"
return_url = "http://127.0.0.1/{order}"
[[shop.api_key]]
name = "all"
scopes = ["read", "pay", "refund", "operate"]
"#;
const SECRET: &str = "yF587AV9Ms94qN2QShFzVR3vFnWkhjbAK3sG";

pub(crate) fn admin(run: &Run) -> Verdict {
    if let Some(missing) = missing(run) {
        return Ok(missing);
    }
    let epay = built(run)?;
    let (_bank, admin) =
        Running::start(Command::new(epay).args(["fakebank", "--json"]), "\"admin\":\"")?;
    schemathesis(run, &format!("{admin}/openapi.json"), &admin, "x-epay-admin:1")
}

pub(crate) fn merchant(run: &Run) -> Verdict {
    if let Some(missing) = missing(run) {
        return Ok(missing);
    }
    let epay = built(run)?;
    let start_bank = &mut Command::new(&epay);
    let (_bank, console) =
        Running::start(start_bank.args(["fakebank", "--json"]), "\"console\":\"")?;
    let folder = metadata::target(&run.sh)?.join("merchant-api");
    run.sh.remove_path(&folder)?;
    run.sh.create_dir(&folder)?;
    let keys = cmd!(run.sh, "{epay} serve --new-key").quiet().read()?;
    let [_, key, _, hash] = keys.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err("epay serve --new-key has another shape than expected".into());
    };
    let file = folder.join("epay.toml");
    let listen = "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"";
    let hash = format!("sha256 = \"{hash}\"");
    run.sh.write_file(&file, format!("{listen}\nbank = \"{console}\"\n{SHOP}{hash}\n"))?;
    let start = &mut Command::new(&epay);
    let start = start.arg("serve").arg(&file).env("EPAY_SHOP_SECRET", SECRET).stderr(Stdio::null());
    let (_service, url) = Running::start(start, "serves on ")?;
    let key = format!("Authorization: Bearer {key}");
    schemathesis(run, &format!("{url}/v1/openapi.json"), &url, &key)
}

fn missing(run: &Run) -> Option<Outcome> {
    let asked = cmd!(run.sh, "schemathesis --version").quiet().ignore_stdout().ignore_stderr();
    let missing = || Outcome::MissingTool("pip install schemathesis".to_owned());
    asked.run().is_err().then(missing)
}

fn built(run: &Run) -> Result<PathBuf, Box<dyn Error>> {
    steps::build_epay(run, None)?;
    Ok(metadata::target(&run.sh)?.join("debug").join("epay"))
}

fn schemathesis(run: &Run, document: &str, url: &str, header: &str) -> Verdict {
    // What it writes down for next time is no part of the project.
    let _there = run.sh.push_dir(metadata::target(&run.sh)?);
    let seed = run.seed.unwrap_or(1).to_string();
    let how = ["--checks", CHECKS, "--max-examples", EXAMPLES, "--seed", &seed, "--no-color"];
    cmd!(run.sh, "schemathesis run {document} --url {url} --header {header} {how...}").run()?;
    Ok(Outcome::Passed)
}

/// A command that ends when dropped.
struct Running(Child);

impl Running {
    /// Starts it, and waits for its first line: what stands in it after `word`, up to a quote or the end.
    fn start(command: &mut Command, word: &str) -> Result<(Running, String), Box<dyn Error>> {
        let mut running = Running(command.stdout(Stdio::piped()).spawn()?);
        let mut line = String::new();
        let out = running.0.stdout.take().ok_or("it has no output")?;
        BufReader::new(out).read_line(&mut line)?;
        let (_, rest) = line.split_once(word).ok_or("it did not say where it is")?;
        let said = rest.split('"').next().unwrap_or_default().trim().to_owned();
        Ok((running, said))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
