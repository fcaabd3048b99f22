//! Invoice numbers are taken by blocks from one row, so that payments do not wait for each other
//! there. What a process had left of its last block when it ended is never given out.

use epay_domain::InvoiceId;
use tokio_postgres::Client;

use super::{
    connection::{Connection, query},
    error::{Fault, PostgresError, PostgresErrorKind},
    params::{Param, params},
    rows::column,
    sql,
};
use crate::{
    numbers::{InvoiceNumbers, LAST_SIX, number},
    row::{damaged, integer},
};

/// The greatest block.
const MOST: i64 = 64;

/// Numbers that are this store's to give out.
#[derive(Debug)]
pub(super) struct Block {
    next: i64,
    end: i64,
    /// The numbers taken from here and not used.
    returned: Vec<InvoiceId>,
    /// The length of the next block: each is twice as long as the one before it, so that a program
    /// that opens one attempt takes one number.
    length: i64,
}

impl Default for Block {
    fn default() -> Block {
        Block { next: 0, end: 0, returned: Vec::new(), length: 1 }
    }
}

impl Block {
    /// The next number; `None` when there are no more.
    pub(super) async fn next(
        &mut self,
        connection: &Connection,
    ) -> Result<Option<InvoiceId>, Fault> {
        if let returned @ Some(_) = self.returned.pop() {
            return Ok(returned);
        }
        if self.next >= self.end {
            // Where the answer is lost, these numbers are, too.
            let taken = connection.write(sql::TAKE_NUMBERS, params![self.length]).await?;
            let Some(taken) = taken.first() else { return Ok(None) };
            (self.next, self.end) = (
                column(taken, 0).map_err(Fault::Refused)?,
                column(taken, 1).map_err(Fault::Refused)?,
            );
            self.length = (self.length * 2).min(MOST);
        }
        let next = InvoiceId::new(&self.next.to_string());
        self.next += 1;
        Ok(Some(next.map_err(|error| Fault::Refused(damaged(error).into()))?))
    }

    /// A number under which nothing was opened, nor will be.
    pub(super) fn give_back(&mut self, number: InvoiceId) {
        self.returned.push(number);
    }

    /// How many are left here.
    pub(super) fn left(&self) -> u64 {
        let left = self.end.saturating_sub(self.next).saturating_add(integer(self.returned.len()));
        u64::try_from(left).unwrap_or_default()
    }
}

/// How many numbers nobody has taken.
pub(super) async fn left(connection: &Connection) -> Result<u64, Fault> {
    Ok(range(connection).await?.map_or(0, |(next, last)| last - next + 1))
}

/// The first and the last number that nobody has taken; `None` when there are none.
pub(super) async fn range(connection: &Connection) -> Result<Option<(u64, u64)>, Fault> {
    let row = connection.query(sql::NUMBERS, vec![]).await?;
    let Some(row) = row.first() else {
        return Err(Fault::Refused(PostgresError::new(PostgresErrorKind::Damaged)));
    };
    let number = |at| {
        let number = column::<i64>(row, at).map_err(Fault::Refused)?;
        u64::try_from(number).map_err(|error| Fault::Refused(damaged(error).into()))
    };
    Ok(Some((number(0)?, number(1)?)).filter(|(next, last)| next <= last))
}

/// The statement that sets a range as it is, and what it asks for.
pub(super) fn range_to_set(range: Option<(u64, u64)>) -> (&'static str, Vec<Param>) {
    match range {
        Some((first, last)) => (sql::SET_NUMBERS, params![first.cast_signed(), last.cast_signed()]),
        None => (sql::END_NUMBERS, vec![]),
    }
}

/// Sets the range. Numbers of this length from the first on must be new, or an attempt would get
/// another's.
pub(super) async fn set(client: &Client, numbers: &InvoiceNumbers) -> Result<(), Fault> {
    let Some(from) = &numbers.first else {
        return query(client, sql::END_NUMBERS, vec![]).await.map(|_| ());
    };
    let first = number(from.as_str());
    let used = query(client, sql::NUMBERS_USED, params![from.to_string()]).await?;
    let last_six = (first % LAST_SIX).cast_signed();
    let unused = query(client, sql::NUMBERS_UNUSED, params![last_six]).await?;
    let [used, unused] = [used.first(), unused.first()];
    let (Some(used), Some(unused)) = (used, unused) else {
        return Err(Fault::Refused(PostgresError::new(PostgresErrorKind::Damaged)));
    };
    let used = column(used, 0).map_err(Fault::Refused)?;
    let most = match column::<Option<i64>>(unused, 0).map_err(Fault::Refused)? {
        Some(unused) if !numbers.repeats => u64::try_from(unused).unwrap_or_default(),
        _ => LAST_SIX,
    };
    if used || most == 0 {
        return Err(Fault::Refused(PostgresError::new(PostgresErrorKind::NumbersInUse)));
    }
    let (first, last) = (first.cast_signed(), number(&numbers.last(from, most)).cast_signed());
    query(client, sql::SET_NUMBERS, params![first, last]).await.map(|_| ())
}
