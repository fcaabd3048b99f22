//! The bank's registry of settled payments: a file of rows whose columns the caller names.

use std::{fmt, path::Path};

use csv::ByteRecord;
use epay_domain::{Currency, Money};

use crate::{Failure, exit};

/// A column by its name in the first row, or by its number from 1 on.
#[derive(Clone, Debug)]
pub(crate) struct Column(String);

impl Column {
    pub(crate) fn read(text: &str) -> Result<Column, String> {
        let text = text.trim();
        if text.is_empty() {
            Err("a column has a name".to_owned())
        } else {
            Ok(Column(text.into()))
        }
    }

    fn place(&self, head: &ByteRecord) -> Result<usize, Failure> {
        let named = head.iter().position(|cell| cell.trim_ascii() == self.0.as_bytes());
        let numbered =
            || self.0.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < head.len());
        named.or_else(numbered).ok_or_else(|| {
            let names: Vec<_> =
                head.iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect();
            exit::wrong(format!("there is no column {:?}; there are: {}", self.0, names.join(", ")))
        })
    }
}

/// How the registry is written.
pub(crate) struct Columns<'a> {
    pub(crate) invoice: &'a Column,
    pub(crate) amount: &'a Column,
    pub(crate) reference: Option<&'a Column>,
    pub(crate) delimiter: u8,
}

/// An operation of the bank.
pub(crate) struct Entry {
    /// Of the file, the head being the first.
    pub(crate) line: u64,
    pub(crate) invoice: String,
    pub(crate) amount: String,
    pub(crate) reference: Option<String>,
}

/// The rows, read as they are asked for.
pub(crate) fn entries<'a>(
    path: &Path,
    columns: &Columns<'a>,
) -> Result<impl Iterator<Item = Result<Entry, csv::Error>> + use<'a>, Failure> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(columns.delimiter)
        .flexible(true)
        .from_path(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut head = reader.byte_headers()?.clone();
    // Excel puts a mark before the first name.
    if let Some(name) = head.get(0).and_then(|first| first.strip_prefix("\u{feff}".as_bytes())) {
        let names = std::iter::once(name).chain(head.iter().skip(1));
        head = names.collect();
    }
    let (invoice, amount) = (columns.invoice.place(&head)?, columns.amount.place(&head)?);
    let reference = columns.reference.map(|column| column.place(&head)).transpose()?;
    Ok(reader.into_byte_records().map(move |record| {
        let record = record?;
        let cell = |at: usize| {
            let cell = record.get(at).unwrap_or_default();
            String::from_utf8_lossy(cell).trim().trim_start_matches('\'').to_owned()
        };
        Ok(Entry {
            line: record.position().map_or(0, csv::Position::line),
            invoice: cell(invoice),
            amount: cell(amount),
            reference: reference.map(cell),
        })
    }))
}

/// A sum with its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// To the shop.
    In(Money),
    /// Back to the payer.
    Back(Money),
}

/// Why a sum is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoSum;

impl fmt::Display for NoSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a sum that has one meaning, like 5000, 5 000,00 or -5000.00")
    }
}

/// Reads a sum as people write it: blanks between thousands, a comma or a point before at most as many
/// digits as the currency has, a minus where it goes back.
pub(crate) fn sum(text: &str, currency: Currency) -> Result<Moved, NoSum> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (back, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => (true, digits),
        None => (false, text.as_str()),
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let exponent = usize::from(currency.exponent());
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || fraction.len() > exponent
    {
        return Err(NoSum);
    }
    let minor = format!("{whole}{fraction:0<exponent$}").parse().map_err(|_| NoSum)?;
    let sum = Money::new(minor, currency);
    Ok(if back { Moved::Back(sum) } else { Moved::In(sum) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_as_people_write_it() {
        let tiyn = |minor| Money::tiyn(minor);
        for (text, expected) in [
            ("5000", Ok(Moved::In(tiyn(5_000_00)))),
            ("5 000,00", Ok(Moved::In(tiyn(5_000_00)))),
            ("5\u{a0}000.5", Ok(Moved::In(tiyn(5_000_50)))),
            ("-12.34", Ok(Moved::Back(tiyn(12_34)))),
            ("\u{2212}12,34", Ok(Moved::Back(tiyn(12_34)))),
            ("0", Ok(Moved::In(tiyn(0)))),
            // A thousand, or one and something?
            ("1,234", Err(NoSum)),
            ("1.234,50", Err(NoSum)),
            ("", Err(NoSum)),
            ("-", Err(NoSum)),
            (".5", Err(NoSum)),
            ("5000 KZT", Err(NoSum)),
            ("1e3", Err(NoSum)),
            ("99999999999999999999", Err(NoSum)),
        ] {
            assert_eq!(sum(text, Currency::KZT), expected, "{text}");
        }
    }
}
