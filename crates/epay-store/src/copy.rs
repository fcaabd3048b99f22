//! Copies a log from one store to another, attempt by attempt, and compares both afterwards.

use std::{
    collections::HashMap,
    error::Error,
    fmt::{self, Display},
};

use epay_domain::{InvoiceId, StoreError};

use crate::row::{BEYOND, Damage, Row};

/// How many attempts, or keys, are read and written together.
const AT_ONCE: usize = 256;

/// A store whose log can be copied into another: [`SqliteStore`](crate::SqliteStore) and
/// [`PostgresStore`](crate::PostgresStore).
pub trait LogTables: tables::Tables {}

impl<T: tables::Tables> LogTables for T {}

/// The data to move.
pub(crate) mod tables {
    use super::{Image, StoreError};
    use crate::row::Key;

    /// What a copy asks of the tables. Rows come in the order of their keys, of which all are texts or
    /// bytes, compared byte by byte.
    #[async_trait::async_trait]
    pub trait Tables: Send + Sync {
        async fn count(&self) -> Result<u64, StoreError>;

        /// The attempts after the first invoice number, up to the second.
        async fn read(
            &self,
            after: String,
            until: String,
            limit: usize,
        ) -> Result<Vec<Image>, StoreError>;

        /// Writes the attempts that are not there, and those that have moved on since.
        async fn write(&self, images: Vec<Image>) -> Result<(), StoreError>;

        /// Who has which replay key, after this one.
        async fn read_keys(&self, after: Vec<u8>, limit: usize) -> Result<Vec<Key>, StoreError>;

        /// Writes those that are not there.
        async fn write_keys(&self, keys: Vec<Key>) -> Result<(), StoreError>;

        /// The first and the last invoice number that are left; `None` when there are none.
        async fn numbers(&self) -> Result<Option<(u64, u64)>, StoreError>;

        async fn set_numbers(&self, numbers: Option<(u64, u64)>) -> Result<(), StoreError>;
    }
}

/// An attempt with all that the tables say of it, but for its lease: nobody has it while it moves.
pub struct Image {
    pub(crate) row: Row,
    /// Whether it is its order's present attempt.
    pub(crate) is_present: bool,
}

impl Image {
    fn invoice(&self) -> &str {
        &self.row.opening.invoice
    }

    /// Whether this is where `later` once was.
    fn leads_to(&self, later: &Image) -> bool {
        self.row.opening == later.row.opening
            && self.row.checksum == later.row.checksum
            && self.row.version <= later.row.version
    }
}

impl PartialEq for Image {
    fn eq(&self, other: &Image) -> bool {
        let of = |it: &Image| {
            let Row { checksum, version, count, class, times: [check, notify, last, _], .. } =
                it.row;
            (it.is_present, checksum, version, count, class, [check, notify, last])
        };
        of(self) == of(other)
            && self.row.opening == other.row.opening
            && self.row.records == other.row.records
    }
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyProgress {
    /// Whether what was copied is compared already.
    pub compares: bool,
    /// Attempts that this is done with.
    pub done: u64,
    /// Attempts that the log had when the copy began.
    pub total: u64,
}

/// Moves a log into another store, and says how many attempts it has.
///
/// `to` is a log that gives out no invoice numbers: a new one, made with
/// [`InvoiceNumbers::none`](crate::InvoiceNumbers::none), or one that a copy was cut short in; it is then
/// gone on with. Each attempt is read whole, with its checksums, or the copy ends. When all is written it is read again from both and
/// compared. Only then the invoice numbers that are left move, too: from there on `from` gives out
/// none, like a backup.
///
/// **Nobody else writes to either meanwhile.** Who does is found out, by
/// [`Changed`](CopyErrorKind::Changed). A dropped future is a copy that was cut short.
pub async fn copy_log(
    from: &dyn LogTables,
    to: &dyn LogTables,
    progress: &mut (dyn FnMut(CopyProgress) + Send),
) -> Result<u64, CopyError> {
    let numbers = from.numbers().await.map_err(CopyError::source)?;
    if to.numbers().await.map_err(CopyError::target)?.is_some() {
        return Err(CopyError::of(CopyErrorKind::InUse));
    }
    let total = from.count().await.map_err(CopyError::source)?;
    let mut at = CopyProgress { compares: false, done: 0, total };
    for compares in [false, true] {
        (at.compares, at.done) = (compares, 0);
        let mut after = String::new();
        loop {
            let page = attempts(from, to, &after, compares).await?;
            let Some((last, count)) = page else { break };
            at.done += count;
            after = last;
            progress(at);
        }
        keys(from, to, compares).await?;
    }
    if from.numbers().await.map_err(CopyError::source)? != numbers {
        return Err(CopyError::of(CopyErrorKind::Changed));
    }
    let Some((first, _)) = numbers else { return Ok(at.done) };
    // Never both: two logs that give out one number charge one payer for another's order.
    from.set_numbers(None).await.map_err(CopyError::source)?;
    let moved = to.set_numbers(numbers).await;
    moved.map_err(|error| CopyError::target(error).with(CopyErrorKind::NumbersLeft { first }))?;
    Ok(at.done)
}

/// One page, copied or compared: its last invoice number and how many attempts it has.
async fn attempts(
    from: &dyn LogTables,
    to: &dyn LogTables,
    after: &str,
    compares: bool,
) -> Result<Option<(String, u64)>, CopyError> {
    let page = from.read(after.to_owned(), BEYOND.to_owned(), AT_ONCE).await;
    let page = page.map_err(CopyError::source)?;
    let last = page.last().map(|image| image.invoice().to_owned());
    // Beyond the last one of all nothing may be there either.
    let until = last.clone().unwrap_or_else(|| BEYOND.to_owned());
    let there = to.read(after.to_owned(), until, AT_ONCE + 1).await.map_err(CopyError::target)?;
    let mut there: HashMap<String, Image> =
        there.into_iter().map(|image| (image.invoice().to_owned(), image)).collect();
    let (count, mut left) = (page.len(), Vec::new());
    for image in page {
        let invoice = image.invoice();
        let copied = there.remove(invoice);
        if copied.as_ref() == Some(&image) {
            continue;
        }
        let leads = copied.is_none_or(|copied| copied.leads_to(&image));
        let kind = if compares { CopyErrorKind::Changed } else { CopyErrorKind::AnotherLog };
        if compares || !leads {
            return Err(CopyError::of(kind).about(invoice));
        }
        let whole = image.row.stored();
        whole.map_err(|damage| CopyError::damaged(damage).about(invoice))?;
        left.push(image);
    }
    if let Some(invoice) = there.keys().next() {
        return Err(CopyError::of(CopyErrorKind::AnotherLog).about(invoice));
    }
    if !left.is_empty() {
        to.write(left).await.map_err(CopyError::target)?;
    }
    Ok(last.map(|last| (last, count as u64)))
}

/// All replay keys, copied or compared.
async fn keys(from: &dyn LogTables, to: &dyn LogTables, compares: bool) -> Result<(), CopyError> {
    let mut after = Vec::new();
    loop {
        let page = from.read_keys(after.clone(), AT_ONCE).await.map_err(CopyError::source)?;
        let last = page.last().map(|(key, _)| key.clone());
        if !compares {
            to.write_keys(page).await.map_err(CopyError::target)?;
        } else if to.read_keys(after, AT_ONCE).await.map_err(CopyError::target)? != page {
            return Err(CopyError::of(CopyErrorKind::Changed));
        }
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

/// Why a log was not copied. What is copied stays, and the next copy goes on with it.
#[derive(Debug)]
pub struct CopyError {
    kind: CopyErrorKind,
    invoice: Option<String>,
    source: Option<StoreError>,
}

/// Why a copy stopped, which says who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyErrorKind {
    /// The log that is copied failed, or is damaged: its own error says who acts.
    Source,
    /// The log that is written failed: its own error says who acts.
    Target,
    /// The log that would be written gives out invoice numbers, so somebody uses it.
    InUse,
    /// The log that would be written has an attempt that is not the other's: look which log it is.
    AnotherLog,
    /// Somebody wrote to one of the two meanwhile: stop them, and copy again.
    Changed,
    /// All is copied and compared, and the invoice numbers from this one on were not handed over: set
    /// them by `renumber`.
    NumbersLeft {
        /// The first of them.
        first: u64,
    },
}

impl CopyError {
    fn of(kind: CopyErrorKind) -> CopyError {
        CopyError { kind, invoice: None, source: None }
    }

    fn source(error: StoreError) -> CopyError {
        CopyError { source: Some(error), ..CopyError::of(CopyErrorKind::Source) }
    }

    fn target(error: StoreError) -> CopyError {
        CopyError { source: Some(error), ..CopyError::of(CopyErrorKind::Target) }
    }

    fn damaged(damage: Damage) -> CopyError {
        CopyError::source(damage.into())
    }

    fn with(self, kind: CopyErrorKind) -> CopyError {
        CopyError { kind, ..self }
    }

    fn about(self, invoice: &str) -> CopyError {
        CopyError { invoice: Some(invoice.to_owned()), ..self }
    }

    /// The party who acts.
    pub fn kind(&self) -> CopyErrorKind {
        self.kind
    }

    /// Which attempt it is about, where it is about one.
    pub fn invoice(&self) -> Option<InvoiceId> {
        self.invoice.as_deref().and_then(|invoice| InvoiceId::new(invoice).ok())
    }
}

impl Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(invoice) = self.invoice() {
            write!(f, "invoice {invoice}: ")?;
        }
        match self.kind {
            CopyErrorKind::Source => f.write_str("the log can't be read"),
            CopyErrorKind::Target => f.write_str("the copy can't be written"),
            CopyErrorKind::InUse => f.write_str("there is a log that gives out invoice numbers"),
            CopyErrorKind::AnotherLog => f.write_str("what is there is no copy of this log"),
            CopyErrorKind::Changed => f.write_str("somebody wrote to it meanwhile"),
            CopyErrorKind::NumbersLeft { first } => {
                write!(f, "all is copied but the invoice numbers from {first} on")
            }
        }
    }
}

impl Error for CopyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as &(dyn Error + 'static))
    }
}
