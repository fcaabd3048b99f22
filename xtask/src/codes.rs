//! `codes` generates from the error book, one data file, the code and the page of docs that explain
//! the bank's codes.

use std::{collections::BTreeMap, error::Error, fmt::Write};

use serde::Deserialize;

use crate::run::{Outcome, Run, Verdict};

const BOOK: &str = "crates/epay-domain/data/error-codes.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    codes: Vec<Code>,
    results: Vec<ResultCode>,
    texts: BTreeMap<String, Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: i64,
    meaning: String,
    page: Page,
    #[serde(rename = "final")]
    is_final: bool,
    who: Who,
    retry: Retry,
    payer: String,
}

/// What is known of whether a number is final, and how.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum Page {
    #[serde(rename = "documented final")]
    DocumentedFinal,
    #[serde(rename = "observed final")]
    ObservedFinal,
    #[serde(rename = "documented not final")]
    DocumentedNotFinal,
    #[serde(rename = "observed not final")]
    ObservedNotFinal,
    #[serde(rename = "disputed")]
    Disputed,
    #[serde(rename = "silent")]
    Silent,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Who {
    Payer,
    Merchant,
    Nobody,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Retry {
    Now,
    Later,
    AnotherCard,
    AfterMerchant,
    AfterStatus,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResultCode {
    code: u32,
    meaning: String,
    read: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    ru: String,
    kk: String,
    en: String,
}

impl Page {
    fn says_final(self) -> bool {
        matches!(self, Page::DocumentedFinal | Page::ObservedFinal)
    }

    fn words(self) -> &'static str {
        match self {
            Page::DocumentedFinal => "documented final",
            Page::ObservedFinal => "observed final",
            Page::DocumentedNotFinal => "documented not final",
            Page::ObservedNotFinal => "observed not final",
            Page::Disputed => "final in one language of the bank's page, not in another",
            Page::Silent => "on no page that was read",
        }
    }
}

pub(crate) fn codes(run: &Run) -> Verdict {
    let book = Book::read(&run.sh.read_file(BOOK)?)?;
    let mut wrong = Vec::new();
    for (path, made) in [
        ("crates/epay-domain/src/error_code/table.rs", book.table()),
        ("crates/epay-fakebank/src/messages.rs", book.messages()),
        ("crates/epay-cli/src/explain/result_codes.rs", book.result_codes()),
        ("docs/error-codes.md", book.page()),
    ] {
        if run.bless {
            run.sh.write_file(path, made)?;
        } else if run.sh.read_file(path).ok().as_ref() != Some(&made) {
            wrong.push(format!("{path} is not made from {BOOK}; `cargo xtask bless` writes it"));
        }
    }
    if wrong.is_empty() { Ok(Outcome::Passed) } else { Err(wrong.join("\n       ").into()) }
}

impl Book {
    /// The book, if it contradicts neither itself nor its evidence.
    fn read(text: &str) -> Result<Book, Box<dyn Error>> {
        let book: Book = toml::from_str(text)?;
        for needed in ["unknown", "failed"] {
            if !book.texts.contains_key(needed) {
                return Err(format!("there is no text `{needed}`").into());
            }
        }
        if !book.codes.is_sorted_by(|a, b| a.code < b.code) {
            return Err("a number is there twice, or not in its place".into());
        }
        match book.codes.iter().find_map(|row| Some((row.code, book.wrong(row)?))) {
            Some((code, why)) => Err(format!("{code}: {why}").into()),
            None => Ok(book),
        }
    }

    fn wrong(&self, row: &Code) -> Option<&'static str> {
        let after_status = matches!(row.retry, Retry::AfterStatus);
        if row.is_final && !row.page.says_final() {
            Some("it is final, but its evidence does not say so")
        } else if row.is_final && (row.who == Who::Nobody || after_status) {
            Some("it is final, so there is nothing to wait for")
        } else if !self.texts.contains_key(&row.payer) || row.payer == "unknown" {
            Some("it has no text for the payer")
        } else {
            None
        }
    }

    fn table(&self) -> String {
        let mut made = MADE.replace("WHAT", "The numbers of the error book.");
        made += "use super::{\n    ErrorCode, PayerText,\n    RetryAdvice::{AfterMerchant, AfterStatus, AnotherCard, Later, Now},\n    \
                 WhoActs::{Merchant, Nobody, Payer},\n};\nuse crate::Finality::{Final, NotFinal};\n";
        for (name, Text { ru, kk, en }) in &self.texts {
            let name = constant(name);
            _ = write!(
                made,
                "\n#[rustfmt::skip]\npub(super) const {name}: PayerText = PayerText {{\n    ru: {ru:?},\n    kk: {kk:?},\n    en: {en:?},\n}};\n"
            );
        }
        made += "\n#[rustfmt::skip]\npub(super) const CODES: &[ErrorCode] = &[\n";
        for Code { code, meaning, page, is_final, who, retry, payer } in &self.codes {
            let finality = if *is_final { "Final" } else { "NotFinal" };
            let (evidence, payer) = (page.words(), constant(payer));
            _ = writeln!(
                made,
                "    ErrorCode {{ code: {code}, meaning: {meaning:?}, evidence: {evidence:?}, finality: {finality}, \
                 who_acts: {who:?}, retry: {retry:?}, payer: &{payer} }},"
            );
        }
        made + "];\n"
    }

    /// The fake bank shares no code with the library, so it gets a table of its own.
    fn messages(&self) -> String {
        let mut made = MADE.replace("WHAT", "The bank's words for its numbers.");
        made += "/// None for a number that is not in the book.\n\
                 #[rustfmt::skip]\npub(crate) const fn message(code: u32) -> Option<&'static str> {\n    \
                 Some(match code {\n";
        for Code { code, meaning, .. } in self.codes.iter().filter(|row| row.code > 0) {
            _ = writeln!(made, "        {code} => {:?},", capital(meaning));
        }
        made += "        _ => return None,\n    })\n}\n\n\
                 /// What the payer may read of a payment that ended with it: Russian, Kazakh, English.\n\
                 #[cfg(feature = \"server\")]\n#[rustfmt::skip]\n\
                 pub(crate) const fn payer_text(code: u32) -> [&'static str; 3] {\n    match code {\n";
        let final_here = |row: &&Code| row.code > 0 && row.is_final && row.payer != "failed";
        for (name, Text { ru, kk, en }) in &self.texts {
            let rows = self.codes.iter().filter(final_here).filter(|row| row.payer == *name);
            let codes: Vec<String> = rows.map(|row| row.code.to_string()).collect();
            if !codes.is_empty() {
                _ = writeln!(made, "        {} => [{ru:?}, {kk:?}, {en:?}],", codes.join(" | "));
            }
        }
        if let Some(Text { ru, kk, en }) = self.texts.get("failed") {
            _ = writeln!(made, "        _ => [{ru:?}, {kk:?}, {en:?}],");
        }
        made + "    }\n}\n"
    }

    fn result_codes(&self) -> String {
        let mut made = MADE.replace(
            "WHAT",
            "What `resultCode` of a status means: number, meaning, how it is read.",
        );
        made += "#[rustfmt::skip]\npub(super) const RESULT_CODES: &[(i64, &str, &str)] = &[\n";
        for ResultCode { code, meaning, read } in &self.results {
            _ = writeln!(made, "    ({code}, {meaning:?}, {read:?}),");
        }
        made + "];\n"
    }

    fn page(&self) -> String {
        let mut page = PAGE.to_owned();
        for Code { code, meaning, page: known, is_final, who, retry, payer } in &self.codes {
            let is_final = if *is_final { "**yes**" } else { "no" };
            let (known, who, retry) = (known.words(), words(who), words(retry));
            _ = writeln!(
                page,
                "| {code} | {meaning} | {is_final} | {known} | {who} | {retry} | [{payer}](#{payer}) |"
            );
        }
        page += RESULTS;
        for ResultCode { code, meaning, read } in &self.results {
            _ = writeln!(page, "| {code} | {meaning} | {read} |");
        }
        page += TEXTS;
        for (name, Text { ru, kk, en }) in &self.texts {
            _ = write!(page, "\n### {name}\n\n- ru: {ru}\n- kk: {kk}\n- en: {en}\n");
        }
        page
    }
}

const MADE: &str = "//! WHAT Made from crates/epay-domain/data/error-codes.toml by `cargo xtask codes --bless`: change that.\n\n";

const PAGE: &str = "\
# The bank's error codes

Made from [`error-codes.toml`](../crates/epay-domain/data/error-codes.toml) by `cargo xtask codes --bless`: change that.
`epay explain 484` prints one row, in Russian, Kazakh or English.

These are `code` of an answer and `reasonCode` of a status or callback. **Final** is what `Decline::is_final` says: nothing
was or will be taken. It is never said where the evidence does not say so; it is not said either where the bank's page calls
a number final but means a time-out, a failure of its own or \"the money may be held\". A number that is not here is not final.
A status of `REJECT` or `FAILED` ends a payment whatever the number beside it.

The evidence is the bank's page of error codes, where its column of finality could be read (`documented`), and a
transcription of those that this page calls not final (`observed`): the page's other numbers are final by that.

| code | meaning | final | evidence | who acts | may be tried again | the payer reads, once it is final |
|--:|---|---|---|---|---|---|
";

const RESULTS: &str = "
## Result codes of a status

`resultCode` is about the query, not about the payment: another list of numbers, though 100 is in both. All are `observed`.

| resultCode | meaning | what the library makes of it |
|--:|---|---|
";

const TEXTS: &str = "
## What the payer reads

`Decline::payer_text`. Until a refusal is final, the text is [unknown](#unknown). None says that the payer was not charged.
";

/// A name of the book as a constant is written.
fn constant(name: &str) -> String {
    match name.strip_prefix("3ds") {
        Some(rest) => format!("THREE_DS{}", constant(rest)),
        None => name.replace('-', "_").to_uppercase(),
    }
}

/// `AfterMerchant` as people read it.
fn words(value: &impl std::fmt::Debug) -> String {
    let mut words = String::new();
    for letter in format!("{value:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &str = "[texts.unknown]\nru = 'р'\nkk = 'қ'\nen = 'e'\n[texts.failed]\nru = 'р'\nkk = 'қ'\nen = 'e'\n";

    fn read(rows: &[&str]) -> Result<Book, String> {
        let rows: Vec<String> =
            rows.iter().map(|row| format!("{{ meaning = 'x', {row} }}")).collect();
        Book::read(&format!("codes = [{}]\nresults = []\n{TEXTS}", rows.join(",\n")))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn no_number_is_final_without_evidence() {
        for (page, may) in [
            ("documented final", true),
            ("observed final", true),
            ("documented not final", false),
            ("observed not final", false),
            ("disputed", false),
            ("silent", false),
        ] {
            let row = format!(
                "code = 7, page = '{page}', final = true, who = 'payer', retry = 'now', payer = 'failed'"
            );
            assert_eq!(read(&[&row]).is_ok(), may, "{page}");
            let row = row.replace("true", "false");
            assert!(read(&[&row]).is_ok(), "{page}");
        }
    }

    #[test]
    fn a_book_that_contradicts_itself_is_refused() {
        let good = "code = 7, page = 'silent', final = false, who = 'nobody', retry = 'after-status', payer = 'failed'";
        let before = good.replace('7', "-31");
        assert!(read(&[&before, good]).is_ok());
        assert!(read(&[good, good]).is_err_and(|error| error.contains("twice")));
        assert!(read(&[good, &before]).is_err_and(|error| error.contains("place")));
        for bad in [
            good.replace("failed", "nobody-wrote-it"),
            good.replace("failed", "unknown"),
            good.replace("silent", "rumoured"),
            good.replace("false", "true").replace("silent", "observed final"),
        ] {
            assert!(read(&[&bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_written_as_each_place_has_them() {
        assert_eq!(constant("number-or-3ds"), "NUMBER_OR_3DS");
        assert_eq!(constant("3ds"), "THREE_DS");
        assert_eq!(words(&Retry::AfterMerchant), "after merchant");
        assert_eq!(capital("3-D Secure"), "3-D Secure");
        assert_eq!(capital("card blocked"), "Card blocked");
    }
}
