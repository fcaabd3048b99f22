//! `fuzz` lets each target of `fuzz/` meet random bytes for a while; it is not part of `ci`, because it is never done.

use xshell::cmd;

use crate::{
    run::{Outcome, Run, Verdict},
    tools,
};

/// For each target, when nobody says how long.
const MINUTES: u32 = 10;

pub(crate) fn fuzz(run: &Run) -> Verdict {
    let tools::Found::At(cargo_fuzz) = tools::find(run, "cargo-fuzz")? else {
        return Err("cargo-fuzz is neither here nor wanted".into());
    };
    let seconds = (u64::from(run.minutes.unwrap_or(MINUTES)) * 60).to_string();
    let manifest = run.sh.read_file("fuzz/Cargo.toml")?;
    let targets = chosen(targets(&manifest), run.only.as_deref())?;
    for target in targets {
        println!("{target}: {seconds} s");
        run.sh.create_dir(format!("fuzz/found/{target}"))?;
        // Our crates forbid `unsafe`, so a sanitizer has little to find here and would need a nightly compiler.
        cmd!(
            run.sh,
            "{cargo_fuzz} fuzz run --fuzz-dir fuzz --sanitizer none {target} fuzz/found/{target} fuzz/corpus/{target}"
        )
        .args(["--", "-dict=fuzz/words.dict", "-print_final_stats=1", "-rss_limit_mb=512", "-timeout=10"])
        .arg(format!("-max_total_time={seconds}"))
        .run()?;
    }
    Ok(Outcome::Passed)
}

/// The names of the binaries in the manifest, in its order.
fn targets(manifest: &str) -> Vec<&str> {
    let binaries = manifest.split("[[bin]]").skip(1);
    binaries.filter_map(|binary| binary.split("name = \"").nth(1)?.split('"').next()).collect()
}

fn chosen<'a>(all: Vec<&'a str>, only: Option<&str>) -> Result<Vec<&'a str>, String> {
    let Some(only) = only else { return Ok(all) };
    if all.contains(&only) {
        return Ok(all.into_iter().filter(|target| *target == only).collect());
    }
    Err(format!("no target `{only}`; there are {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_or_all_in_the_order_of_the_manifest() {
        let manifest = "[package]\nname = \"x\"\n\n[[bin]]\nname = \"b\"\npath = \"b.rs\"\n\n[[bin]]\nname = \"a\"\n";
        assert_eq!(targets(manifest), ["b", "a"]);
        assert_eq!(chosen(targets(manifest), None), Ok(vec!["b", "a"]));
        assert_eq!(chosen(targets(manifest), Some("a")), Ok(vec!["a"]));
        assert_eq!(
            chosen(targets(manifest), Some("x")),
            Err("no target `x`; there are b, a".to_owned())
        );
    }
}
