//! A generated file equals what the code says now; `EPAY_BLESS=1` rewrites it, and a person reviews the difference.

use std::path::Path;

/// Compares `path`, seen from the workspace root, with the text generated a moment ago.
#[track_caller]
pub(crate) fn check(path: &str, fresh: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("EPAY_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, fresh).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    if kept == fresh {
        return;
    }
    let line = kept.lines().zip(fresh.lines()).take_while(|(kept, fresh)| kept == fresh).count();
    panic!(
        "{path} is not what the code says now; it differs at line {}:\n  kept  {}\n  fresh {}\n`cargo xtask bless` accepts it",
        line + 1,
        kept.lines().nth(line).unwrap_or("(end)"),
        fresh.lines().nth(line).unwrap_or("(end)"),
    );
}
