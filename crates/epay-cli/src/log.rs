//! The log on standard error, as people or programs read it: an event is one line, whatever is in it.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::foreign;

/// How a line is written.
#[cfg(feature = "serve")]
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Writes what `tracing` is told from here on.
#[cfg(feature = "serve")]
pub(crate) fn to_standard_error(format: LogFormat) {
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false);
    // Another subscriber is there only in a test.
    let _ = match format {
        LogFormat::Text => lines.map_event_format(text).try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .map_event_format(json)
            .try_init(),
    };
}

/// Lines for people.
pub(crate) fn text<F>(format: F) -> OneLine<F> {
    OneLine { format, safe: foreign::text }
}

/// Lines for programs.
#[cfg(any(feature = "serve", test))]
fn json<F>(format: F) -> OneLine<F> {
    OneLine { format, safe: |line| foreign::json_text(line).into_owned() }
}

/// A format, and what makes its line safe: `tracing-subscriber` lets an end of line through in whatever
/// is shown by its `Display`, as errors are, and letters that hide others anywhere.
pub(crate) struct OneLine<F> {
    format: F,
    safe: fn(&str) -> String,
}

impl<S, N, F> FormatEvent<S, N> for OneLine<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.format.format_event(context, Writer::new(&mut line), event)?;
        writeln!(to, "{}", (self.safe)(line.strip_suffix('\n').unwrap_or(&line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};
    use tracing::subscriber::with_default;

    /// Where lines go in place of standard error.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(piece)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const FORGED: &str =
        "17\n2026-11-28T10:00:00.000000Z ERROR epay: forged\r\x1b[2K\u{85}\u{202e}\u{2028}";

    fn said() {
        let span = tracing::info_span!("request", order = %FORGED, quoted = FORGED);
        let _in_it = span.enter();
        tracing::warn!(error = %FORGED, quoted = FORGED, debug = ?FORGED, "{FORGED}");
    }

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let (texts, objects) = (Kept::default(), Kept::default());
        let (to, kept) = (texts.clone(), objects.clone());
        let lines = || tracing_subscriber::fmt().with_ansi(false);
        let of_text = lines().with_writer(move || to.clone()).map_event_format(text).finish();
        with_default(of_text, said);
        let of_json = lines().with_writer(move || kept.clone()).json().flatten_event(true);
        with_default(of_json.map_event_format(json).finish(), said);
        for kept in [&texts, &objects] {
            let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
            let line = written.strip_suffix('\n').unwrap();
            assert!(line.chars().all(|c| (' '..='~').contains(&c)), "{line}");
        }
        let object: serde_json::Value = serde_json::from_slice(&objects.0.lock().unwrap()).unwrap();
        assert_eq!(object["error"], FORGED);
        assert_eq!((&object["message"], &object["quoted"]), (&object["error"], &object["error"]));
        assert_eq!(object["spans"][0]["order"], FORGED);
    }
}
