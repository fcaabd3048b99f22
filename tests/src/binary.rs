//! The program `epay` as a process of its own: the binary that was built beside the tests, ended with them.

use std::env;
use std::io::{Write, stderr};
use std::path::PathBuf;
use std::process::{Child, Command};

/// The binary that was built beside this test; building the workspace's tests builds it. Where there is none it says so,
/// and on the CI machine it panics.
pub fn epay() -> Option<PathBuf> {
    let here = env::current_exe().ok()?;
    let epay = here.parent()?.parent()?.join("epay").with_extension(env::consts::EXE_EXTENSION);
    if epay.is_file() {
        return Some(epay);
    }
    assert!(env::var_os("CI").is_none(), "there is no {}", epay.display());
    let how = "NOT RUN: there is no `epay` beside this test; `cargo build -p epay-cli` makes it";
    // Past the capture of a test that passes.
    let _ = writeln!(stderr(), "{how}");
    None
}

/// A program that runs until it is dropped.
#[derive(Debug)]
pub struct Process(pub Child);

impl Process {
    /// Starts it.
    pub fn of(command: &mut Command) -> std::io::Result<Process> {
        command.spawn().map(Process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
