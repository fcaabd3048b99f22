//! The probe's answers, as a file that is committed: the fake bank reads its switches from it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::question::{QUESTIONS, Question};
use crate::{Failure, foreign};

/// How an answer compares with what was believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It was seen, and nothing was believed of it, or just that.
    Observed,
    /// What was believed is not so.
    Refuted,
    /// Nobody has seen it.
    NotAsked,
}

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) said: String,
    /// For the switch.
    pub(super) value: Option<Value>,
    pub(super) evidence: String,
}

/// The answers to all questions, in their order.
pub(super) struct Answers {
    host: &'static str,
    found: Vec<(&'static Question, Option<Answer>)>,
}

impl Answers {
    pub(super) fn new(host: &'static str) -> Answers {
        Answers { host, found: QUESTIONS.iter().map(|question| (question, None)).collect() }
    }

    /// What was seen, in words.
    pub(super) fn say(&mut self, name: &str, said: impl Into<String>, evidence: impl Into<String>) {
        self.put(name, Answer { said: said.into(), value: None, evidence: evidence.into() });
    }

    /// What was seen, as the switch has it.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>, evidence: impl Into<String>) {
        let value = value.into();
        let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.put(name, Answer { said, value: Some(value), evidence: evidence.into() });
    }

    pub(super) fn iter(
        &self,
    ) -> impl Iterator<Item = (&'static Question, Option<&Answer>, Verdict)> {
        self.found.iter().map(|(question, answer)| {
            (*question, answer.as_ref(), verdict(question, answer.as_ref()))
        })
    }

    pub(super) fn to_json(&self) -> Result<String, Failure> {
        let answers: Vec<Value> = self
            .iter()
            .map(|(question, answer, verdict)| {
                json!({
                    "question": question.number,
                    "name": question.name,
                    "text": question.text,
                    "verdict": verdict,
                    "answer": answer.map(|answer| &answer.said),
                    "evidence": answer.map(|answer| &answer.evidence),
                })
            })
            .collect();
        let switches: Map<String, Value> = self
            .iter()
            .filter_map(|(question, answer, _)| {
                let (name, _) = question.switch?;
                Some((name.to_owned(), answer?.value.clone()?))
            })
            .collect();
        let file = json!({ "asked": self.host, "switches": switches, "answers": answers });
        Ok(foreign::json_text(&serde_json::to_string_pretty(&file)?).into_owned())
    }

    fn put(&mut self, name: &str, answer: Answer) {
        if let Some((_, place)) = self.found.iter_mut().find(|(question, _)| question.name == name)
        {
            *place = Some(answer);
        }
    }
}

fn verdict(question: &Question, answer: Option<&Answer>) -> Verdict {
    match (question.switch, answer) {
        (_, None) => Verdict::NotAsked,
        (Some((_, believed)), Some(Answer { value: Some(value), .. }))
            if *value != believed.to_json() =>
        {
            Verdict::Refuted
        }
        _ => Verdict::Observed,
    }
}
