//! Shell completions and man pages, both made from the argument definitions.

use std::{fs, io::Write, path::PathBuf};

use clap_complete::Shell;

use crate::{Failure, cli, exit::Ended, foreign};

/// Print the completion script for a shell.
///
/// For bash: epay completions bash > ~/.local/share/bash-completion/completions/epay
#[derive(clap::Args)]
pub(crate) struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

/// Write the man pages: one for the command and one for each subcommand.
#[derive(clap::Args)]
pub(crate) struct Man {
    /// The directory to write to, such as ~/.local/share/man/man1; it is created if missing.
    directory: PathBuf,
}

pub(crate) fn completions(args: &Completions, out: &mut impl Write) -> Result<Ended, Failure> {
    // Where its reader goes, what writes it would panic.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli(), "epay", &mut script);
    out.write_all(&script)?;
    Ok(Ended::Done)
}

pub(crate) fn man(args: &Man, out: &mut impl Write) -> Result<Ended, Failure> {
    let directory = &args.directory;
    let named = |error| format!("{}: {error}", directory.display());
    fs::create_dir_all(directory).map_err(named)?;
    clap_mangen::generate_to(cli(), directory).map_err(named)?;
    let name = foreign::text(&directory.display().to_string());
    writeln!(out, "the man pages are in {name}: man -l {name}/epay.1")?;
    Ok(Ended::Done)
}
