//! How a process is told to stop, and whether it ended by itself and well.

use std::{process::Child, time::Duration};

use epay::TokioClock;
use epay_domain::Clock as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::Failure;

/// How often, and how many times, it is asked whether it has ended.
const PAUSE: Duration = Duration::from_millis(20);
const TRIES: u32 = 1_000;

/// SIGTERM, and then exit code 0 within twenty seconds.
pub(crate) async fn well(process: &mut Child, who: &str) -> Result<(), Failure> {
    kill_process(Pid::from_child(process), Signal::TERM)?;
    for _ in 0..TRIES {
        if let Some(status) = process.try_wait()? {
            return if status.success() {
                Ok(())
            } else {
                Err(format!("{who} ended with {status}").into())
            };
        }
        TokioClock.sleep(PAUSE).await;
    }
    Err(format!("{who} does not end when it is told to").into())
}
