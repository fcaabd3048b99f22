//! What `epay probe` saw at the bank stands in docs/bank-notes.md as docs/observed.json has it.

use serde::Deserialize;

use crate::marks;
use crate::run::{Outcome, Run, Verdict};

const FILE: &str = "docs/observed.json";
const PAGE: &str = "docs/bank-notes.md";
const MARKS: &str = "observed";

#[derive(Deserialize)]
struct Observed {
    asked: String,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    question: u8,
    text: String,
    verdict: String,
    answer: Option<String>,
    evidence: Option<String>,
}

pub(crate) fn observed(run: &Run) -> Verdict {
    let file = run.sh.current_dir().join(FILE);
    let table = match file.exists() {
        true => table(&serde_json::from_str(&run.sh.read_file(&file)?)?),
        false => "Nobody has committed an answer of the bank's yet.\n".to_owned(),
    };
    let page = run.sh.read_file(PAGE)?;
    let wanted = marks::with(&page, MARKS, &table)
        .ok_or_else(|| format!("{PAGE} has no marks `{MARKS}`"))?;
    if run.bless {
        run.sh.write_file(PAGE, wanted)?;
    } else if wanted != page {
        return Err(format!("{PAGE} is not as {FILE}; `cargo xtask bless` writes it").into());
    }
    Ok(Outcome::Passed)
}

/// The answers that somebody got; the questions that were not asked stay open.
fn table(observed: &Observed) -> String {
    let mut table = format!(
        "Asked at the {}.\n\n| question | answer | | evidence |\n|---|---|---|---|\n",
        observed.asked
    );
    for Answer { question, text, verdict, answer, evidence } in &observed.answers {
        let (Some(answer), Some(evidence)) = (answer, evidence) else { continue };
        // A cell ends where somebody else's text would end it.
        let cell = |text: &str| text.replace('|', "\\|");
        let (text, answer, evidence) = (cell(text), cell(answer), cell(evidence));
        table += &format!("| {question}: {text} | {answer} | `{verdict}` | {evidence} |\n");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_is_a_row_and_what_was_not_is_none() {
        let file = r#"{"asked":"test hosts","switches":{},"answers":[
            {"question":3,"name":"dedupe","text":"are used invoice numbers refused?","verdict":"refuted","answer":"strict","evidence":"POST | HTTP 400"},
            {"question":1,"name":"expiry","text":"which forms?","verdict":"not_asked","answer":null,"evidence":null}]}"#;
        let table = table(&serde_json::from_str(file).unwrap());
        let row =
            "| 3: are used invoice numbers refused? | strict | `refuted` | POST \\| HTTP 400 |";
        assert!(table.contains("test hosts") && table.contains(row), "{table}");
        assert!(!table.contains("which forms?"), "{table}");
    }
}
