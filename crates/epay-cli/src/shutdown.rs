//! Ctrl-C and SIGTERM end a command that would go on for ever; ended so, it has done what was asked
//! of it.

use crate::Failure;

/// Resolves when somebody asks the process to stop.
#[cfg(unix)]
pub(crate) fn signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves when somebody presses Ctrl-C.
#[cfg(windows)]
pub(crate) fn signal() -> Result<impl Future<Output = ()>, Failure> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupt.recv().await;
    })
}
