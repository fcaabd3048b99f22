//! Copies the log while it is being written to, and restores it from a copy.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use epay_domain::{CheckClass, Command, Schedule, Timestamp};
use rusqlite::{Connection, OpenFlags};

use super::{
    attempt,
    error::{Refused, SqliteError, SqliteErrorKind},
    file::{self, SqliteOptions},
    list, numbers, private,
};
use crate::{numbers::InvoiceNumbers, row};

const READING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// A copy that gives out no numbers: brought back by hand it answers `OutOfInvoices`, where a log
/// would give numbers again.
pub(super) fn backup(from: &Path, to: &Path, options: SqliteOptions) -> Result<(), SqliteError> {
    copy(from, to, options, numbers::exhaust)
}

/// The log of a copy, with a range of numbers of its own, and with what its lists find by read from
/// the events once more.
pub(super) fn restore(
    from: &Path,
    to: &Path,
    numbers: &InvoiceNumbers,
    options: SqliteOptions,
) -> Result<(), SqliteError> {
    copy(from, to, options, |conn| {
        list::fill(conn)?;
        numbers::set(conn, numbers)
    })
}

/// Copies the log as it is at one moment, changes the copy, checks it, and only then lets it stand
/// at `to`, where nothing was before.
fn copy(
    from: &Path,
    to: &Path,
    options: SqliteOptions,
    change: impl Fn(&Connection) -> Result<(), SqliteError>,
) -> Result<(), SqliteError> {
    if !fs::metadata(from).is_ok_and(|found| found.is_file()) {
        return Err(SqliteError::new(SqliteErrorKind::Missing));
    }
    file::whole(from)?;
    let log = file::connect(from, READING, options)?;
    file::must_be_a_log(&log)?;
    // Holds the name, so that two copies do not meet there.
    let to = private::make(to)?;
    let mut unfinished = Unfinished(vec![to.clone()]);
    let mut draft = to.clone().into_os_string();
    draft.push(format!(".{}", std::process::id()));
    let draft = private::make(Path::new(&draft))?;
    unfinished.0.push(draft.clone());
    // One reading transaction: it waits for no writer, and none waits for it.
    let name = draft.to_str().ok_or(SqliteError::new(SqliteErrorKind::Failed))?;
    log.execute("VACUUM INTO ?1", [name])?;
    let made = file::connect(&draft, file::WRITING, options)?;
    file::migrate(&made)?;
    change(&made)?;
    as_if_asked(&made)?;
    let verdict: String = made.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(SqliteError::new(SqliteErrorKind::Damaged));
    }
    drop(made);
    settle(&draft, &to)
        .map_err(|error| SqliteError::new(SqliteErrorKind::Failed).with_source(error))?;
    unfinished.0.clear();
    Ok(())
}

/// An attempt that was open and not asked may have been asked after this moment. In the copy it
/// counts as asked without an answer, so that its number is looked for and never asked with again.
fn as_if_asked(copy: &Connection) -> Result<(), SqliteError> {
    let mut unasked = copy.prepare("SELECT invoice, opened FROM attempts WHERE events = 0")?;
    let unasked = unasked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (invoice, opened) in unasked.collect::<Result<Vec<(String, i64)>, _>>()? {
        let at = Timestamp::from_unix_millis(u64::try_from(opened).unwrap_or_default());
        // What can't be read can't be asked with either.
        let read = attempt::load(copy, &invoice).ok().flatten().and_then(|row| row.stored().ok());
        let Some(stored) = read else { continue };
        let Ok(asked) = stored.payment.decide(Command::Authorize, at) else { continue };
        let keys = stored.payment.apply(&asked).list_keys();
        let records = row::written(&invoice, stored.version, &[asked])?;
        let schedule = Schedule {
            next_check_at: Some(at),
            check_class: CheckClass::Unknown,
            ..stored.schedule
        };
        let append = attempt::Append { records, schedule, keys, erases: false };
        attempt::append(copy, (&invoice, stored.version), &append).map_err(
            |refused| match refused {
                Refused::ByTheFile(error) => error,
                Refused::ByThePort(_) => SqliteError::new(SqliteErrorKind::Failed),
            },
        )?;
    }
    Ok(())
}

/// On the disk first, which SQLite leaves to us here; then under its name, and that on the disk too.
fn settle(draft: &Path, to: &Path) -> io::Result<()> {
    fs::OpenOptions::new().write(true).open(draft)?.sync_all()?;
    fs::rename(draft, to)?;
    #[cfg(unix)]
    if let Some(directory) = to.parent() {
        fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Files that go when the copy fails.
struct Unfinished(Vec<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        for path in &self.0 {
            // The error that is told is the one that came first.
            let _ = fs::remove_file(path);
        }
    }
}
