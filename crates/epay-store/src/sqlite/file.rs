//! Opens a file only if it is a log that this version may write; a log is never created by
//! accident.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{
    error::{SqliteError, SqliteErrorKind},
    list, numbers, private,
};
use crate::numbers::InvoiceNumbers;

/// "ePay": tells a log from every other SQLite file.
const APPLICATION: i32 = 0x6550_6179;
/// The version of the tables.
const SCHEMA: i32 = 2;
const VERSION_1: &str = include_str!("schema.sql");
const VERSION_2: &str = include_str!("schema_2.sql");

pub(super) const WRITING: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    busy_timeout: Duration,
    most_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> SqliteOptions {
        SqliteOptions { busy_timeout: Duration::from_secs(5), most_pages: None }
    }
}

impl SqliteOptions {
    /// How long a call waits for another process that writes; five seconds unless told.
    pub fn with_busy_timeout(self, wait: Duration) -> SqliteOptions {
        SqliteOptions { busy_timeout: wait, ..self }
    }

    /// A quota for the file, in pages of 4096 bytes: beyond it every write answers
    /// [`Full`](SqliteErrorKind::Full).
    pub fn with_most_pages(self, pages: u32) -> SqliteOptions {
        SqliteOptions { most_pages: Some(pages), ..self }
    }
}

/// Makes the log, in one write that is there whole or not at all.
pub(super) fn create(
    path: &Path,
    numbers: &InvoiceNumbers,
    options: SqliteOptions,
) -> Result<(), SqliteError> {
    let path = &private::claim(path)?;
    let conn = connect(path, WRITING | OpenFlags::SQLITE_OPEN_NOFOLLOW, options)?;
    must_be_empty(&conn)?;
    conn.execute_batch("BEGIN IMMEDIATE")?;
    // Asked again within the write, because another process may be doing the same.
    must_be_empty(&conn)?;
    private::restrict(path)?;
    conn.execute_batch(VERSION_1)?;
    conn.execute_batch(VERSION_2)?;
    numbers::set(&conn, numbers)?;
    conn.pragma_update(None, "application_id", APPLICATION)?;
    conn.pragma_update(None, "user_version", SCHEMA)?;
    conn.execute_batch("COMMIT")?;
    Ok(())
}

/// The connection that writes. There is one in each process.
pub(super) fn open(path: &Path, options: SqliteOptions) -> Result<Connection, SqliteError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(SqliteError::new(SqliteErrorKind::NotALog)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SqliteError::new(SqliteErrorKind::Missing).with_source(error));
        }
        Err(error) => return Err(SqliteError::new(SqliteErrorKind::Failed).with_source(error)),
    }
    whole(path)?;
    let conn = connect(path, WRITING, options)?;
    must_be_a_log(&conn)?;
    // SQLite opens a file that may not be written for reading, without a word.
    if conn.is_readonly(rusqlite::MAIN_DB)? {
        return Err(SqliteError::new(SqliteErrorKind::ReadOnly));
    }
    // Readers do not wait for the writer, and a transaction is one write and one sync.
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(SqliteError::new(SqliteErrorKind::Failed));
    }
    migrate(&conn)?;
    Ok(conn)
}

/// Makes a log of an older version one of this version, in one write.
pub(super) fn migrate(conn: &Connection) -> Result<(), SqliteError> {
    if pragma(conn, "user_version")? >= SCHEMA {
        return Ok(());
    }
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let migrated = from_version_1(conn);
    conn.execute_batch(if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    migrated
}

fn from_version_1(conn: &Connection) -> Result<(), SqliteError> {
    // Asked again within the write, because another process may have done the same.
    if pragma(conn, "user_version")? < SCHEMA {
        conn.execute_batch(VERSION_2)?;
        list::fill(conn)?;
        conn.pragma_update(None, "user_version", SCHEMA)?;
    }
    Ok(())
}

/// A file that was cut short is damage. SQLite reads what is missing of a page as zeros, and zeros
/// can pass for nothing found; so the length that the file's head tells is compared with the length
/// it has.
pub(super) fn whole(path: &Path) -> Result<(), SqliteError> {
    // What a write-ahead log still holds may be what is missing; SQLite brings it in when it opens
    // the file.
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if fs::metadata(log).is_ok_and(|found| found.len() > 0) {
        return Ok(());
    }
    let failed = |error| SqliteError::new(SqliteErrorKind::Failed).with_source(error);
    let mut file = fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut head = [0; 32];
    if let Err(error) = file.read_exact(&mut head) {
        // Too short for any head: SQLite says what such a file is.
        return if error.kind() == io::ErrorKind::UnexpectedEof {
            Ok(())
        } else {
            Err(failed(error))
        };
    }
    let (page_bytes, pages) =
        (u16::from_be_bytes([head[16], head[17]]), [head[28], head[29], head[30], head[31]]);
    let told = u64::from(page_bytes) * u64::from(u32::from_be_bytes(pages));
    if head.starts_with(b"SQLite format 3\0") && told > length {
        return Err(SqliteError::new(SqliteErrorKind::Damaged));
    }
    Ok(())
}

/// A connection that reads, beside the one of [`open`].
pub(super) fn reader(path: &Path, options: SqliteOptions) -> Result<Connection, SqliteError> {
    let conn = connect(path, WRITING, options)?;
    conn.pragma_update(None, "query_only", true)?;
    // Reading once maps the shared index of the write-ahead log, so that its file is there from
    // here on.
    pragma(&conn, "user_version")?;
    Ok(conn)
}

pub(super) fn connect(
    path: &Path,
    flags: OpenFlags,
    options: SqliteOptions,
) -> Result<Connection, SqliteError> {
    let connected = configured(path, flags, options);
    connected.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            SqliteError::new(SqliteErrorKind::NotALog).with_source(error)
        }
        _ => error.into(),
    })
}

fn configured(
    path: &Path,
    flags: OpenFlags,
    options: SqliteOptions,
) -> Result<Connection, rusqlite::Error> {
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(options.busy_timeout)?;
    conn.set_prepared_statement_cache_capacity(64);
    // What `append` has answered for survives the power going out, also where only a stronger sync
    // reaches the disk.
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "fullfsync", true)?;
    conn.pragma_update(None, "checkpoint_fullfsync", true)?;
    // A damaged page is noticed where it is read, and nothing in the file is run as code.
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    // A plan rests on the statement alone. Else SQLite plans each claim anew, because the values
    // that are bound might choose another partial index.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // What is erased is overwritten.
    conn.pragma_update(None, "secure_delete", true)?;
    if let Some(pages) = options.most_pages {
        conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(conn)
}

fn must_be_empty(conn: &Connection) -> Result<(), SqliteError> {
    match what(conn)? {
        FileKind::Nothing => Ok(()),
        FileKind::Log => Err(SqliteError::new(SqliteErrorKind::AlreadyThere)),
        FileKind::Other => Err(SqliteError::new(SqliteErrorKind::NotALog)),
    }
}

/// Whether it is a log that this version may read and write.
pub(super) fn must_be_a_log(conn: &Connection) -> Result<(), SqliteError> {
    match what(conn)? {
        FileKind::Log => {}
        // What a crash in the middle of `create` leaves behind.
        FileKind::Nothing => return Err(SqliteError::new(SqliteErrorKind::Missing)),
        FileKind::Other => return Err(SqliteError::new(SqliteErrorKind::NotALog)),
    }
    if pragma(conn, "user_version")? > SCHEMA {
        return Err(SqliteError::new(SqliteErrorKind::NewerSchema));
    }
    Ok(())
}

enum FileKind {
    Nothing,
    Log,
    Other,
}

fn what(conn: &Connection) -> Result<FileKind, SqliteError> {
    if pragma(conn, "application_id")? == APPLICATION {
        return Ok(FileKind::Log);
    }
    let holds: bool =
        conn.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    Ok(if holds { FileKind::Other } else { FileKind::Nothing })
}

fn pragma(conn: &Connection, name: &str) -> Result<i32, SqliteError> {
    Ok(conn.pragma_query_value(None, name, |row| row.get(0))?)
}

/// Which files were opened, to notice that they are no longer the ones at the path.
///
/// A deleted file can be written for as long as it is open, and every such write is lost without an
/// error.
#[derive(Debug)]
pub(super) struct Watched {
    files: Vec<(PathBuf, Identity)>,
}

impl Watched {
    /// Looks at the log and its write-ahead log, which both are open.
    pub(super) fn new(path: &Path) -> Result<Watched, SqliteError> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let identified = |path: PathBuf| identity(&path).map(|identity| (path, identity));
        Ok(Watched { files: vec![identified(path.to_owned())?, identified(log.into())?] })
    }

    pub(super) fn still_there(&self) -> Result<(), SqliteError> {
        for (path, opened) in &self.files {
            if identity(path)? != *opened {
                return Err(SqliteError::new(SqliteErrorKind::Gone));
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Result<Identity, SqliteError> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(path)
        .map_err(|error| SqliteError::new(SqliteErrorKind::Gone).with_source(error))?;
    Ok((found.dev(), found.ino()))
}

/// Elsewhere an open file can't be deleted, so that there is one is enough.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(path: &Path) -> Result<Identity, SqliteError> {
    fs::metadata(path)
        .map(|_| ())
        .map_err(|error| SqliteError::new(SqliteErrorKind::Gone).with_source(error))
}
