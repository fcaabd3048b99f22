//! A password is typed at the terminal, where it is not shown, or is the first line of standard input. It is
//! never an argument, which every process of the machine can read.

use std::io::{self, IsTerminal, Write};

use crate::Failure;

/// The line that was typed, without its end.
pub(crate) fn read(prompt: &str) -> Result<String, Failure> {
    let mut typed = String::new();
    if io::stdin().is_terminal() {
        write!(io::stderr(), "{prompt}")?;
        io::stderr().flush()?;
        let _hidden = Hidden::begin();
        io::stdin().read_line(&mut typed)?;
        writeln!(io::stderr())?;
    } else {
        io::stdin().read_line(&mut typed)?;
    }
    let line = typed.strip_suffix('\n').unwrap_or(&typed);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// While it lives, the terminal does not show what is typed.
#[cfg(unix)]
struct Hidden(rustix::termios::Termios);

#[cfg(unix)]
impl Hidden {
    fn begin() -> Option<Hidden> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin()).ok()?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden).ok()?;
        Some(Hidden(before))
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // There is nobody left to tell.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

#[cfg(not(unix))]
struct Hidden;

#[cfg(not(unix))]
impl Hidden {
    fn begin() -> Hidden {
        Hidden
    }
}
