//! Wipes the copies of keys and plaintexts that arithmetic leaves on the stack, which no type owns
//! or drops.

use std::hint::black_box;

/// Deeper than the frames below an opening, in builds without optimisation as well; a test of the whole process's
/// memory would find what lies deeper.
const DEPTH: usize = 48 * 1024;

/// Calls `work`, then overwrites the stack that it used, also when it panics.
#[inline(never)]
pub(crate) fn after<T>(work: impl FnOnce() -> T) -> T {
    let _wipe = Wipe;
    below(work)
}

/// A frame of its own, so that all of what `work` uses lies below the guard.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

struct Wipe;

impl Drop for Wipe {
    #[inline(never)]
    fn drop(&mut self) {
        let zeros = [0_u8; DEPTH];
        black_box(&zeros);
    }
}
