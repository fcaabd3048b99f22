//! How a command ends, as the number it exits with. There is one table: `--help` of every command
//! has it, and so has docs/operating.md.

use std::{error::Error, fmt, process::ExitCode};

use crate::Failure;

/// What the numbers mean.
pub(crate) const TABLE: &str = "\
Exit codes:
    0  done; also of a command that only prints (list, show, export), whatever it prints
    1  failed, wholly or in part: standard error says what, and who acts
    2  wrong arguments or environment: nothing was begun
    3  done, and a person has to look: list --disputed or \
--needs-attention found one, a payment stays disputed, or a check did not pass
  141  the reader of the output has gone: cut short, as by SIGPIPE";

/// What a command has to say by its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Done,
    /// What could be done was, and what could not has been named.
    InPart,
    NeedsAttention,
}

impl Ended {
    pub(crate) fn needs_attention_if(it_is: bool) -> Ended {
        if it_is { Ended::NeedsAttention } else { Ended::Done }
    }

    /// A failure outweighs whatever else there is to say, because more may be behind it.
    pub(crate) fn in_part_if(self, it_is: bool) -> Ended {
        if it_is { Ended::InPart } else { self }
    }
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> ExitCode {
        ExitCode::from(match ended {
            Ended::Done => 0,
            Ended::InPart => 1,
            Ended::NeedsAttention => 3,
        })
    }
}

/// A failure's exit code.
pub(crate) fn of(failure: &Failure) -> ExitCode {
    ExitCode::from(if failure.is::<Wrong>() { 2 } else { 1 })
}

/// Nobody reads the output any more.
pub(crate) fn unread() -> ExitCode {
    ExitCode::from(141)
}

/// The arguments or the environment are wrong, which was found out only after they were read.
pub(crate) fn wrong(text: impl Into<String>) -> Failure {
    Wrong(text.into()).into()
}

#[derive(Debug)]
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Wrong {}
