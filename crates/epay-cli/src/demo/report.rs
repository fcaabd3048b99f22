//! The demo's report: line by line for a person as it happens, one JSON document at the end for a
//! program.

use std::io::Write;

use epay::{Answer, Currency, Money};
use serde_json::{Value, json};

use super::ledger::{Row, Sums};
use crate::timeline::Entry;
use crate::{Failure, answer, foreign, out::Out};

/// A story that has been played.
pub(crate) struct PlayedStory {
    pub(crate) title: &'static str,
    pub(crate) order: &'static str,
    pub(crate) entries: Vec<Entry>,
    /// How the order stands now, as the facade answers; `None` where it was not begun.
    pub(crate) ending: Option<Answer>,
    /// Why it did not end as scripted.
    pub(crate) astray: Option<String>,
}

/// Writes as text or JSON.
pub(crate) struct Report<'a, W> {
    out: &'a mut W,
    json: bool,
    paint: Paint,
    stories: Vec<PlayedStory>,
}

impl<'a, W: Write> Report<'a, W> {
    pub(crate) fn new(json: bool, paint: Paint, out: &'a mut W) -> Report<'a, W> {
        Report { out, json, paint, stories: Vec::new() }
    }

    pub(crate) fn begin(&mut self, console: &str) -> Result<(), Failure> {
        self.text(|_| format!("The fake bank is at {console} while this runs.\n\n"))
    }

    pub(crate) fn story(&mut self, told: PlayedStory) -> Result<(), Failure> {
        self.text(|paint| timeline(&told, paint))?;
        self.stories.push(told);
        Ok(())
    }

    /// Writes the comparison, and says whether all is well.
    pub(crate) fn end(mut self, rows: Vec<Row>) -> Result<bool, Failure> {
        let well = rows.iter().all(|row| row.differences.is_empty())
            && self.stories.iter().all(|told| told.astray.is_none());
        if self.json {
            let document = document(&self.stories, &rows, well);
            let document = serde_json::to_string_pretty(&document)?;
            writeln!(self.out, "{}", foreign::json_text(&document))?;
        } else {
            let verdict = verdict(&self.stories, &rows, self.paint);
            self.text(|paint| format!("{}\n{verdict}", table(&rows, paint)))?;
        }
        self.out.flush()?;
        Ok(well)
    }

    fn text(&mut self, text: impl FnOnce(Paint) -> String) -> Result<(), Failure> {
        if !self.json {
            self.out.write_all(text(self.paint).as_bytes())?;
            self.out.flush()?;
        }
        Ok(())
    }
}

/// Colours, or none.
#[derive(Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    /// Colours on a terminal, unless `NO_COLOR` is set and not empty (<https://no-color.org>).
    pub(crate) fn of(out: &Out) -> Paint {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Paint(out.is_terminal() && !unwanted)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn timeline(told: &PlayedStory, paint: Paint) -> String {
    let mut text = format!("{} · {}\n", told.order, told.title);
    for (entry, after) in told.entries.iter().zip(elapsed(&told.entries)) {
        let time = format!("{:>4}.{:02} s", after / 1_000, after % 1_000 / 10);
        text.push_str(&format!("{}  {:<17}{}\n", paint.dim(&time), entry.who.label(), entry.text));
    }
    let ending = told.ending.map_or("not begun".to_owned(), answer::line);
    let ending = match &told.astray {
        None => paint.good(&format!("→ {ending}")),
        Some(astray) => paint.bad(&format!("→ {ending}, not as scripted: {astray}")),
    };
    text.push_str(&format!("{:11}{ending}\n\n", ""));
    text
}

/// Milliseconds since the story began, for each entry.
fn elapsed(entries: &[Entry]) -> impl Iterator<Item = u128> {
    let start = entries.first().map(|entry| entry.at).unwrap_or_default();
    entries.iter().map(move |entry| entry.at.since(start).as_millis())
}

/// Log and ledger side by side.
fn table(rows: &[Row], paint: Paint) -> String {
    let head = [
        "order",
        "invoice",
        "ours",
        "captured",
        "refunded",
        "the bank's",
        "captured",
        "refunded",
        "agree?",
    ];
    let body: Vec<[String; 9]> = rows.iter().map(cells).collect();
    let widest = |column: usize, head: &str| {
        let cells = body.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).chain([head.len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> =
        head.iter().enumerate().map(|(column, head)| widest(column, head)).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&widths).enumerate();
        let padded = cells.map(|(column, (cell, width))| match column {
            3 | 4 | 6 | 7 => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut text = format!("{}\n", paint.dim(&line(&mut head.into_iter())));
    for (row, cells) in rows.iter().zip(&body) {
        let line = line(&mut cells.iter().map(String::as_str));
        let line = if row.differences.is_empty() { line } else { paint.bad(&line) };
        text.push_str(&format!("{line}\n"));
    }
    text
}

fn cells(row: &Row) -> [String; 9] {
    let known = |sum: Option<Money>| sum.map_or("not known".to_owned(), |sum| sum.to_string());
    let [stands, captured, refunded] = match &row.ours {
        Some(payment) => {
            let sums = Sums::of(payment);
            [answer::of(payment).status.to_string(), known(sums.captured), known(sums.refunded)]
        }
        None => ["-", "-", "-"].map(str::to_owned),
    };
    let [status, bank_captured, bank_refunded] = match &row.bank {
        Some(bank) => {
            // Every currency the fake bank keeps books in has two digits.
            let currency = Currency::new(&bank.currency, 2);
            let money = |minor: u64| {
                currency
                    .map_or(minor.to_string(), |currency| Money::new(minor, currency).to_string())
            };
            [bank.status.name().to_owned(), money(bank.captured), money(bank.refunded)]
        }
        None => ["-", "-", "-"].map(str::to_owned),
    };
    let order = row.order.as_ref().map_or("-", |order| order.as_str()).to_owned();
    let agree = if row.differences.is_empty() { "yes" } else { "NO" }.to_owned();
    [
        order,
        row.invoice.clone(),
        stands,
        captured,
        refunded,
        status,
        bank_captured,
        bank_refunded,
        agree,
    ]
}

/// The last lines: that all is well, or each payment and story that is not.
fn verdict(stories: &[PlayedStory], rows: &[Row], paint: Paint) -> String {
    let mut wrong = Vec::new();
    for told in stories {
        if let Some(astray) = &told.astray {
            wrong
                .push(format!("order {}: the story did not end as scripted: {astray}", told.order));
        }
    }
    for row in rows.iter().filter(|row| !row.differences.is_empty()) {
        let whose = row
            .order
            .as_ref()
            .map_or("no order of ours".to_owned(), |order| format!("order {order}"));
        wrong.push(format!("{whose}, invoice {}: {}", row.invoice, row.differences.join("; ")));
    }
    if wrong.is_empty() {
        let all = format!(
            "{} stories ended as scripted, ledger and log agree on {} payments",
            stories.len(),
            rows.len()
        );
        return format!("{}\n", paint.good(&all));
    }
    wrong.iter().map(|line| format!("{}\n", paint.bad(line))).collect()
}

fn document(stories: &[PlayedStory], rows: &[Row], well: bool) -> Value {
    let minor = |sum: Option<Money>| sum.map(|sum| sum.minor());
    let story = |told: &PlayedStory| {
        let line = |(entry, after): (&Entry, u128)| {
            let (after, who) = (u64::try_from(after).ok(), entry.who.label());
            json!({ "after_ms": after, "who": who, "text": entry.text })
        };
        let timeline = told.entries.iter().zip(elapsed(&told.entries)).map(line);
        let mut story = json!({
            "order": told.order,
            "title": told.title,
            "astray": told.astray,
            "timeline": timeline.collect::<Vec<_>>(),
        });
        if let Some(ending) = told.ending {
            answer::put(&mut story, ending);
        }
        story
    };
    let payment = |row: &Row| {
        json!({
            "order": row.order.as_ref().map(|order| order.as_str()),
            "invoice": row.invoice,
            "ours": row.ours.as_ref().map(|payment| {
                let sums = Sums::of(payment);
                let mut ours = json!({
                    "captured": minor(sums.captured),
                    "refunded": minor(sums.refunded),
                });
                answer::put(&mut ours, answer::of(payment));
                ours
            }),
            "bank": row.bank.as_ref().map(|bank| {
                let (captured, refunded) = (bank.captured, bank.refunded);
                json!({ "status": bank.status.name(), "captured": captured, "refunded": refunded })
            }),
            "differences": row.differences,
        })
    };
    json!({
        "agree": well,
        "stories": stories.iter().map(story).collect::<Vec<_>>(),
        "payments": rows.iter().map(payment).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Who;
    use epay::story;
    use epay::{InvoiceId, OrderId, Payment, TerminalId};
    use epay_domain::Timestamp;

    fn told(astray: Option<&str>) -> PlayedStory {
        let line = |millis, who, text: &str| Entry {
            at: Timestamp::from_unix_millis(millis),
            who,
            text: text.into(),
        };
        PlayedStory {
            title: "a card",
            order: "card",
            entries: vec![
                line(50_000, Who::Log(story::Who::WeAsked), "for 5000.00 KZT"),
                line(61_239, Who::Log(story::Who::TheBankSaid), "taken 5000.00 KZT"),
            ],
            ending: Some(answer::of(&row(&[]).ours.unwrap())),
            astray: astray.map(str::to_owned),
        }
    }

    fn row(differences: &[&str]) -> Row {
        let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
        let payment = Payment::open(InvoiceId::new("100001").unwrap(), Money::tiyn(5), terminal);
        Row {
            order: OrderId::new("card").ok(),
            invoice: "100001".into(),
            ours: Some(payment),
            bank: None,
            differences: differences.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn times_are_told_from_the_start_of_the_story() {
        let text = "card · a card\n   \
            0.00 s  we asked         for 5000.00 KZT\n  \
            11.23 s  the bank said    taken 5000.00 KZT\n           \
            → new; payer charged: no; acts next: shop; next call: pay, if the payer wants to\n\n";
        assert_eq!(timeline(&told(None), Paint(false)), text);
        let astray = timeline(&told(Some("no")), Paint(false));
        assert!(astray.ends_with("wants to, not as scripted: no\n\n"), "{astray}");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let text = "\
order  invoice  ours  captured  refunded  the bank's  captured  refunded  agree?
card   100001   new   0.00 KZT  0.00 KZT  -                  -         -  yes
";
        assert_eq!(table(&[row(&[])], Paint(false)), text);
    }

    #[test]
    fn colours_are_written_only_where_wanted() {
        let (plain, coloured) =
            (table(&[row(&["x"])], Paint(false)), table(&[row(&["x"])], Paint(true)));
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}[1;31mcard"));
    }

    #[test]
    fn the_verdict_names_the_payment_and_what_differs() {
        let fine = verdict(&[told(None)], &[row(&[])], Paint(false));
        assert_eq!(fine, "1 stories ended as scripted, ledger and log agree on 1 payments\n");
        let wrong = verdict(&[told(Some("lost"))], &[row(&["one", "two"])], Paint(false));
        assert_eq!(
            wrong,
            "order card: the story did not end as scripted: lost\norder card, invoice 100001: \
            one; two\n"
        );
        let foreign =
            verdict(&[], &[Row { order: None, ours: None, ..row(&["one"]) }], Paint(false));
        assert_eq!(foreign, "no order of ours, invoice 100001: one\n");
    }

    #[test]
    fn all_is_well_only_if_every_story_and_every_payment_is() {
        for (astray, differences, well) in [
            (None, &[][..], true),
            (Some("lost"), &[], false),
            (None, &["one"], false),
            (Some("lost"), &["one"], false),
        ] {
            for json in [false, true] {
                let mut out = Vec::new();
                let mut report = Report::new(json, Paint(false), &mut out);
                report.story(told(astray)).unwrap();
                assert_eq!(
                    report.end(vec![row(differences)]).unwrap(),
                    well,
                    "{astray:?} {differences:?}"
                );
            }
        }
    }

    #[test]
    fn the_document_says_the_same() {
        let document = document(&[told(None)], &[row(&["one"])], false);
        assert_eq!(document["agree"], false);
        assert_eq!(document["stories"][0]["timeline"][1]["after_ms"], 11_239);
        assert_eq!(document["payments"][0]["ours"]["captured"], 0);
        assert_eq!(document["payments"][0]["bank"], Value::Null);
        assert_eq!(document["payments"][0]["differences"][0], "one");
    }
}
