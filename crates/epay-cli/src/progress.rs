//! Shows the progress of a long run, on standard error if that is a terminal.

use std::io::{IsTerminal, stdout};

use indicatif::{ProgressBar, ProgressStyle};

/// Counts attempts. Where what is printed comes to the terminal itself, that is progress enough.
pub(crate) fn of_attempts() -> ProgressBar {
    if stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    counter()
}

/// The same where nothing is printed meanwhile.
pub(crate) fn counter() -> ProgressBar {
    let bar = ProgressBar::no_length();
    match ProgressStyle::with_template("{human_pos} attempts, {per_sec} {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Of so many attempts, once the number is known.
pub(crate) fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    match ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} attempts {msg}, {eta}")
    {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
