//! The memory of a process, as Linux shows it in a file: what is in it.

use std::fs::{File, read_to_string};
use std::io;
use std::os::unix::fs::FileExt;

/// Calls `look` with each piece of memory that `process`, a number or `self`, can write to: heap, stacks, and what its
/// libraries keep. Each piece is wiped afterwards, so that a process that looks through itself finds nothing twice.
pub fn each_writable(process: &str, mut look: impl FnMut(&[u8])) -> io::Result<()> {
    let memory = File::open(format!("/proc/{process}/mem"))?;
    for line in read_to_string(format!("/proc/{process}/maps"))?.lines() {
        let mut words = line.split(' ');
        let (place, rights) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !rights.starts_with("rw") {
            continue;
        }
        let ends =
            place.split_once('-').and_then(|(from, to)| Some((address(from)?, address(to)?)));
        let (from, to) = ends.ok_or_else(|| io::Error::other(line.to_owned()))?;
        let size = usize::try_from(to.saturating_sub(from)).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        // Some pieces, like the kernel's, can't be read.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            look(&bytes);
        }
        bytes.fill(0);
    }
    Ok(())
}

fn address(hexadecimal: &str) -> Option<u64> {
    u64::from_str_radix(hexadecimal, 16).ok()
}
