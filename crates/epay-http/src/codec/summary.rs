//! The fields that the bank's answers have in common: operation, invoice, terminal, amount.

use epay_domain::{
    BankAmount, BankText, Currency, Details, Fact, Money, Observation, TerminalId, TransactionId,
};

use super::{
    AnswerError, details,
    fields::{Fields, Name},
};

/// `id`: the operation (`documented`).
const ID: Name = Name::new("id");
/// `invoiceID` in good answers, `invoiceId` in refusals, `InvoiceID` on the page with 3-D Secure (`documented`).
const INVOICE: Name = Name::new("invoiceID");
/// The merchant's UUID. `terminal` beside it is the acquirer's eight digits and not read (`documented`).
const TERMINAL: Name = Name::new("terminalID");
/// The card's part of the sum (`documented`).
const AMOUNT: Name = Name::new("amount");
/// The bonus' part of the sum; the other two are machine translations of it on the bank's pages (`documented`).
const BONUS: Name = Name("amountBonus", &["accumtBonus", "accumulatedBonus"]);
const CURRENCY: Name = Name::new("currency");

/// The parts an answer names; each may be missing.
#[derive(Debug)]
pub(crate) struct Summary {
    transaction: Option<TransactionId>,
    invoice: Option<BankText>,
    terminal: Option<TerminalId>,
    pub(crate) amount: Option<BankAmount>,
    currency: Option<Currency>,
    details: Details,
}

impl Summary {
    /// Reads them; sums without a currency are in `expected`, the payment's.
    ///
    /// An operation's name that can't be one is refused rather than skipped: skipped, an answer about
    /// somebody else's payment would pass for one about ours. An invoice may be any text: one that we
    /// would not issue is another's, and the payment says so.
    pub(crate) fn read(fields: &Fields<'_>, expected: Currency) -> Result<Summary, AnswerError> {
        let transaction = fields.text(ID)?.map(|id| TransactionId::new(&id)).transpose();
        let currency = fields.text(CURRENCY)?.map(|code| currency(&code, expected)).transpose()?;
        let read_in = currency.unwrap_or(expected);
        let bonus = fields.amount(BONUS, read_in)?.unwrap_or(Money::zero(read_in));
        Ok(Summary {
            transaction: transaction.map_err(|_| AnswerError::Unreadable(ID.0))?,
            invoice: fields.text(INVOICE)?.map(|text| BankText::new(&text)),
            terminal: fields.text(TERMINAL)?.and_then(|uuid| TerminalId::new(&uuid).ok()),
            amount: fields.amount(AMOUNT, read_in)?.map(|card| BankAmount { card, bonus }),
            currency,
            details: details::read(fields),
        })
    }

    /// The currency this answer's sums are read in.
    pub(crate) fn currency_or(&self, expected: Currency) -> Currency {
        self.currency.unwrap_or(expected)
    }

    /// The answer to an ask.
    pub(crate) fn reply(self, fact: Fact) -> Observation {
        self.onto(Observation::reply(fact))
    }

    /// The answer to a status query.
    pub(crate) fn status(self, fact: Fact) -> Observation {
        self.onto(Observation::status(fact))
    }

    fn onto(self, observation: Observation) -> Observation {
        let Summary { transaction, invoice, terminal, amount, currency, details } = self;
        Observation { transaction, invoice, terminal, amount, currency, details, ..observation }
    }
}

/// The bank tells three letters and never how many decimals. Ours is ours; of others two decimals are `assumed`, and a
/// payment in another currency than asked is flagged anyway.
fn currency(code: &str, expected: Currency) -> Result<Currency, AnswerError> {
    if code.eq_ignore_ascii_case(expected.code()) {
        return Ok(expected);
    }
    Currency::new(&code.to_ascii_uppercase(), 2).map_err(|_| AnswerError::Unreadable(CURRENCY.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Observation, AnswerError> {
        Summary::read(&Fields::read(body.as_bytes())?, Currency::KZT)
            .map(|summary| summary.reply(Fact::Approved))
    }

    #[test]
    fn every_spelling_of_the_pages_is_read() {
        let full = Observation {
            transaction: TransactionId::new("7943816b-58a8").ok(),
            invoice: Some(BankText::new("938290483290")),
            terminal: TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").ok(),
            amount: Some(BankAmount { card: Money::tiyn(12_22), bonus: Money::tiyn(50) }),
            currency: Some(Currency::KZT),
            ..Observation::reply(Fact::Approved)
        };
        for (invoice, bonus) in [
            ("invoiceID", "amountBonus"),
            ("InvoiceID", "accumtBonus"),
            ("invoiceId", "accumulatedBonus"),
        ] {
            let body = format!(
                r#"{{"id":"7943816b-58a8","{invoice}":"938290483290","amount":12.22,"{bonus}":"0.5","currency":"KZT",
                "terminal":"98120001","terminalID":"67E34D63-102f-4bd1-898e-370781d0074d","new":[]}}"#
            );
            assert_eq!(read(&body), Ok(full.clone()), "{invoice} {bonus}");
        }
        let numeric =
            read(r#"{"invoiceID":938290483290,"terminalID":"98120001","currency":"kzt"}"#).unwrap();
        assert_eq!((numeric.invoice, numeric.terminal), (full.invoice, None));
        assert_eq!(numeric.currency, Some(Currency::KZT));
        let empty = read(r#"{"id":"","invoiceID":"","amount":null,"currency":"","amountBonus":0}"#);
        assert_eq!(empty, Ok(Observation::reply(Fact::Approved)));
    }

    #[test]
    fn what_names_no_payment_is_refused() {
        for (body, part) in [
            (r#"{"id":"../x"}"#, "id"),
            (r#"{"invoiceID":true}"#, "invoiceID"),
            (r#"{"amount":"NaN"}"#, "amount"),
            (r#"{"amountBonus":-1}"#, "amountBonus"),
            (r#"{"currency":"398"}"#, "currency"),
        ] {
            assert_eq!(read(body), Err(AnswerError::Unreadable(part)), "{body}");
        }
        assert_eq!(
            read(r#"{"invoiceID":"938290483290","invoiceId":"1"}"#),
            Err(AnswerError::Twice("invoiceID"))
        );
    }

    #[test]
    fn an_invoice_is_any_text_as_it_stands_there() {
        for (invoice, text) in [
            (r#""12-1738952601""#, "12-1738952601"),
            (r#""000123456""#, "000123456"),
            ("163637162556226", "163637162556226"),
            ("1e12", "1e12"),
            (r#""12""#, "12"),
        ] {
            let read = read(&format!(r#"{{"invoiceID":{invoice}}}"#)).unwrap();
            assert_eq!(read.invoice, Some(BankText::new(text)), "{invoice}");
        }
    }

    #[test]
    fn another_currency_is_kept_for_the_payment_to_judge() {
        let dollars = read(r#"{"amount":1.5,"currency":"USD"}"#).unwrap();
        assert_eq!(dollars.currency, Some(Currency::USD));
        assert_eq!(dollars.amount.map(|amount| amount.card), Some(Money::new(150, Currency::USD)));
        let dinars = Currency::new("KWD", 3).unwrap();
        let fields = Fields::read(br#"{"amount":1.234,"currency":"KWD"}"#).unwrap();
        let ours = Summary::read(&fields, dinars).unwrap();
        assert_eq!(ours.amount, Some(BankAmount::card_only(Money::new(1234, dinars))));
    }
}
