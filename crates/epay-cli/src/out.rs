//! Standard output. Whoever reads it may stop before the end, as `head` does: then there is nobody
//! to write for, and nothing to complain of.

#[cfg(feature = "fakebank")]
use std::io::IsTerminal;
use std::io::{self, ErrorKind, Stdout, Write};

/// Standard output, which remembers that nobody reads it any more.
pub(crate) struct Out {
    stdout: Stdout,
    unread: bool,
}

impl Out {
    pub(crate) fn new() -> Out {
        Out { stdout: io::stdout(), unread: false }
    }

    pub(crate) fn is_unread(&self) -> bool {
        self.unread
    }

    #[cfg(feature = "fakebank")]
    pub(crate) fn is_terminal(&self) -> bool {
        self.stdout.is_terminal()
    }

    fn noting<T>(&mut self, written: io::Result<T>) -> io::Result<T> {
        self.unread |= written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe);
        written
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stdout.write(bytes);
        self.noting(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.stdout.flush();
        self.noting(flushed)
    }
}
