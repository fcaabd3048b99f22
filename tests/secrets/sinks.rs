//! Where things are shown: logs, values, errors. Each gives everything it was told as one text.

use std::error::Error;
use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::Level;
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};
use tracing_subscriber::util::SubscriberInitExt;

/// Everything that any crate logs, by `tracing` or by `log`, on this thread while `run` runs.
pub(crate) fn logged<T>(run: impl FnOnce() -> T) -> (String, T) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // Takes what is written by `log` along.
    let until_dropped = subscriber.set_default();
    let result = run();
    drop(until_dropped);
    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    (text, result)
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

/// A value, on one line and on many.
pub(crate) fn debug(value: &dyn Debug) -> String {
    format!("{value:?}\n{value:#?}\n")
}

/// An error and everything below it, as a person and as a developer reads it.
pub(crate) fn error(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    chain.map(|error| format!("{error}\n{error:#}\n{}", debug(&error))).collect()
}

#[test]
fn what_is_shown_by_mistake_is_found_in_each() {
    use crate::scan::Needle;
    let needle = Needle::new("canary", "canary/of+every=sink");
    let secret = "canary/of+every=sink";
    let found = |sink: &str, text: &str| {
        assert!(!needle.found_in(text).is_empty(), "not found in {sink}: {text}")
    };

    for level in [log::Level::Error, log::Level::Trace] {
        let (text, ()) = logged(|| log::log!(target: "hyper::proto", level, "header {secret}"));
        found("a log line", &text);
    }
    found("an event", &logged(|| tracing::trace!(?secret, "sent")).0);
    found("a span", &logged(|| drop(tracing::info_span!("call", body = %hex(secret)).entered())).0);
    let late = || {
        let span = tracing::info_span!("call", later = tracing::field::Empty);
        span.record("later", secret);
    };
    found("a field that is told later", &logged(late).0);

    found("a value", &debug(&Some(secret)));
    found("bytes", &debug(&secret.as_bytes()));
    let source = std::io::Error::other(secret);
    found("a cause", &error(&epay_http::TransportError::not_sent(source)));
    assert!(logged(|| ()).0.is_empty());
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}
