//! Opens the log, and explains what is wrong with it and who has to act.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use epay::{InvoiceId, OrderId, PayError, PayErrorKind, PaymentStore};
use epay_domain::{StoreError, StoreErrorKind, Stored, is_seen};
use epay_store::{PostgresError, PostgresErrorKind, SqliteError, SqliteErrorKind};

use super::any_store::{self, AnyStore};
use crate::{Failure, complain, foreign};

/// The log that a command works on.
pub(crate) struct Log {
    pub(crate) store: AnyStore,
    path: PathBuf,
}

impl Log {
    pub(crate) async fn open(path: &Path) -> Result<Log, Failure> {
        any_store::warn_of_a_password(path);
        let store = AnyStore::open(path).await;
        Log::of(path, store)
    }

    /// The same, or a new one that gives out no invoice numbers, for a copy.
    pub(crate) async fn open_or_make_empty(path: &Path) -> Result<Log, Failure> {
        any_store::warn_of_a_password(path);
        must_have_a_directory(path)?;
        let store = AnyStore::open_or_make_empty(path).await;
        Log::of(path, store)
    }

    fn of(path: &Path, store: Result<AnyStore, Failure>) -> Result<Log, Failure> {
        let store = store.map_err(|error| explained(path, &*error))?;
        if matches!(&store, AnyStore::File(store) if store.is_shared()) {
            let name = named(path);
            complain(&format!("other users of this machine may read {name}: `chmod 600 {name}`"));
        }
        Ok(Log { store, path: path.to_owned() })
    }

    /// What went wrong with this log, and who does what.
    pub(crate) fn failure(&self, error: impl Error + Send + Sync + 'static) -> Failure {
        explained(&self.path, &error)
    }

    /// The same, where nobody knows of what type it is.
    pub(crate) fn explained(&self, error: &(dyn Error + 'static)) -> Failure {
        explained(&self.path, error)
    }

    /// How the path is written in a command that a shell reads.
    pub(crate) fn name(&self) -> String {
        named(&self.path)
    }

    pub(crate) async fn attempt(&self, invoice: &InvoiceId) -> Result<Stored, Failure> {
        let stored = self.store.load(invoice).await.map_err(|error| self.failure(error))?;
        stored.ok_or_else(|| self.absent(&format!("invoice {invoice}")))
    }

    /// The order's present attempt.
    pub(crate) async fn current(&self, order: &OrderId) -> Result<Stored, Failure> {
        let stored = self.store.current(order).await.map_err(|error| self.failure(error))?;
        stored.ok_or_else(|| self.absent(&format!("order {}", foreign::cell(order.as_str()))))
    }

    fn absent(&self, what: &str) -> Failure {
        let name = self.name();
        format!("there is no {what} in {name}: `epay payments list {name}` shows what is there")
            .into()
    }
}

/// A file can be made at this path. SQLite's own error would not say what is missing.
pub(crate) fn must_have_a_directory(path: &Path) -> Result<(), Failure> {
    let path_of_file = Some(path).filter(|path| !any_store::is_a_database(path));
    match path_of_file.and_then(Path::parent).filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) if !parent.is_dir() => {
            let (name, parent) = (named(path), named(parent));
            Err(format!("{name}: there is no directory {parent}. Make it, or choose another path.")
                .into())
        }
        _ => Ok(()),
    }
}

/// The error with its causes, and what to do about the file.
pub(crate) fn explained(path: &Path, error: &(dyn Error + 'static)) -> Failure {
    let path = any_store::told(path).to_string();
    let text = once(informative(error), &path);
    match advice(error) {
        Some(advice) => format!("{path}: {text}. {advice}").into(),
        None => format!("{path}: {text}").into(),
    }
}

/// The error with its causes, each thing said once.
fn once(error: &(dyn Error + 'static), path: &str) -> String {
    let (mut text, mut error) = (error.to_string(), error);
    while let Some(cause) = error.source().filter(|_| !says_all(error)) {
        let said = cause.to_string();
        let said = said.strip_suffix(path).map_or(said.as_str(), |it| it.trim_end_matches(": "));
        // What SQLite calls the same by its number.
        let bare = match said.split_once(": ") {
            Some((code, bare)) if code.starts_with("Error code ") => bare,
            _ => said,
        };
        if !text.contains(bare) {
            text.push_str(&format!(": {said}"));
        }
        error = cause;
    }
    text
}

/// Whether the machine's own words would add nothing.
fn says_all(error: &(dyn Error + 'static)) -> bool {
    use SqliteErrorKind::{AlreadyThere, Full, Locked, Missing, NotALog, ReadOnly};
    let all = |kind| matches!(kind, AlreadyThere | Full | Locked | Missing | NotALog | ReadOnly);
    error.downcast_ref::<SqliteError>().is_some_and(|error| all(error.kind()))
}

/// The outermost error that says more than that the log failed, which the file's name before it says.
fn informative<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let pay = error.downcast_ref::<PayError>().map(PayError::kind);
    let store = error.downcast_ref::<StoreError>().map(StoreError::kind);
    let says_nothing = pay == Some(PayErrorKind::Store) || store == Some(StoreErrorKind::Failed);
    error.source().filter(|_| says_nothing).map_or(error, informative)
}

/// Who acts, by the innermost error that knows it.
fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    let mut advice = None;
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<SqliteError>() {
            advice = advice_on_file(error.kind());
        } else if let Some(error) = error.downcast_ref::<PostgresError>() {
            advice = advice_on_database(error.kind());
        } else if let Some(error) = error.downcast_ref::<StoreError>() {
            advice = match error.kind() {
                StoreErrorKind::Conflict => Some("Nothing was written; run the command again."),
                StoreErrorKind::OutOfInvoices => Some(
                    "Ask the bank which range comes next: `epay payments renumber FILE FIRST`.",
                ),
                _ => advice,
            };
        }
        cause = error.source();
    }
    advice
}

fn advice_on_file(kind: SqliteErrorKind) -> Option<&'static str> {
    Some(match kind {
        SqliteErrorKind::Missing => {
            "Is the path right? If the shop is new, `epay payments create FILE --first-invoice N` \
            makes the log."
        }
        SqliteErrorKind::AlreadyThere => "It is kept as it is; the other commands open it.",
        SqliteErrorKind::Link => "Give the path of the file itself.",
        SqliteErrorKind::NotALog => "Give the path of the file that the shop opens.",
        SqliteErrorKind::NewerSchema | SqliteErrorKind::NewerRecord => {
            "Run the newest `epay` that works on this file, or a newer one; nothing was written."
        }
        SqliteErrorKind::ReadOnly => {
            "Give this user the right to write the file and its directory; nothing was written."
        }
        SqliteErrorKind::Full => "Make room on the disk; nothing was written.",
        SqliteErrorKind::Locked => {
            "Run the command again when the other process is done; nothing was written."
        }
        SqliteErrorKind::Gone => {
            "Put the file back where it was; events written since it was moved may be lost."
        }
        SqliteErrorKind::Damaged => {
            "Bring a copy back by `epay payments restore`, and compare it with the bank's portal for payments made after it."
        }
        SqliteErrorKind::NumbersInUse => "Choose a first number beyond all that were given out.",
        SqliteErrorKind::Failed => {
            "Check the machine's disk and the file's permissions, then run the command again."
        }
        _ => return None,
    })
}

fn advice_on_database(kind: PostgresErrorKind) -> Option<&'static str> {
    Some(match kind {
        PostgresErrorKind::Url => "It is `postgres://USER@HOST/DATABASE`.",
        PostgresErrorKind::Unreachable => {
            "Check that the database server runs and can be reached from here; nothing was written."
        }
        PostgresErrorKind::Tls => {
            "Name the root certificate by `?sslrootcert=PATH`; `sslmode=disable` is for a database \
            on this machine."
        }
        PostgresErrorKind::NotAllowed => "Check the database's roles, and the rights of this one.",
        PostgresErrorKind::Missing => {
            "Is it the right database? If the shop is new, `epay payments create URL \
            --first-invoice N` makes the log."
        }
        PostgresErrorKind::AlreadyThere => "It is kept as it is; the other commands open it.",
        PostgresErrorKind::OlderSchema => {
            "The owner of the tables migrates them: `epay payments migrate URL`."
        }
        PostgresErrorKind::NewerSchema | PostgresErrorKind::NewerRecord => {
            "Run the newest `epay` that works on this database, or a newer one; nothing was written."
        }
        PostgresErrorKind::ReadOnly => {
            "Run the command again when a server takes writes; nothing was written."
        }
        PostgresErrorKind::Full => "Make room on the database's disk; nothing was written.",
        PostgresErrorKind::Damaged => {
            "Bring a copy back, and compare it with the bank's portal for payments made after it."
        }
        PostgresErrorKind::NumbersInUse => "Choose a first number beyond all that were given out.",
        PostgresErrorKind::Failed => {
            "Check the database server's log; look at the payment before you repeat the command."
        }
        _ => return None,
    })
}

/// How a path is written in a command that a shell reads.
pub(crate) fn named(path: &Path) -> String {
    quoted(&any_store::told(path).to_string())
}

/// As a word for a shell: as it is, or in single quotes; in those with a dollar before them if it
/// has what a terminal may not get.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/-:@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.chars().all(is_seen) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        let bytes = |c: char| {
            let bytes = c.to_string().into_bytes();
            bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>()
        };
        let escape = |c: char| match c {
            '\'' | '\\' => format!("\\{c}"),
            _ if is_seen(c) => c.to_string(),
            _ => bytes(c),
        };
        format!("$'{}'", word.chars().map(escape).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use epay_store::{InvoiceNumbers, SqliteStore};

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_more_into_it() {
        for (word, expected) in [
            ("shop.db", "shop.db"),
            ("/var/my shop.db", "'/var/my shop.db'"),
            ("a'b", r"'a'\''b'"),
            ("", "''"),
            ("it's\u{1b}[2J\u{202e}.db", r"$'it\'s\x1b[2J\xe2\x80\xae.db'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn what_the_file_says_outweighs_what_the_port_says() {
        let missing = SqliteStore::open("/nowhere/at/all").map(drop).unwrap_err();
        let error = StoreError::new(StoreErrorKind::Failed).with_source(missing);
        let text = explained(Path::new("shop.db"), &error).to_string();
        assert!(text.starts_with("shop.db: there is no log at this path"), "{text}");
        assert!(text.ends_with("makes the log."), "{text}");
        let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100001").unwrap());
        let unopened = SqliteStore::create("/nowhere/shop.db", &numbers).map(drop).unwrap_err();
        let text = explained(Path::new("/nowhere/shop.db"), &unopened).to_string();
        assert_eq!(text.matches("/nowhere/shop.db").count(), 1, "{text}");
        assert!(text.matches("unable to open").count() <= 1, "{text}");
        let conflict =
            explained(Path::new("shop.db"), &StoreError::new(StoreErrorKind::Conflict)).to_string();
        assert_eq!(
            conflict,
            "shop.db: somebody else wrote first. Nothing was written; run the command again."
        );
        let unknown =
            explained(Path::new("shop.db"), &StoreError::new(StoreErrorKind::NoSuchInvoice))
                .to_string();
        assert_eq!(unknown, "shop.db: there is no such invoice");
    }
}
