//! A contradiction: our question beside the bank's answer, and what a person should do about it.

use super::attempt::Case;
use epay::story::Conflict;
use maud::{Markup, html};

pub(super) fn shown(case: &Case) -> Markup {
    let conflicts = Conflict::all(case.attempt.payment(), &case.history);
    html! {
        @for conflict in &conflicts {
            section.conflict aria-label="Contradiction" {
                h2 { (conflict.contradiction) }
                div.stories {
                    (story("We", &conflict.ours))
                    (story("The bank", &conflict.banks))
                }
                p.advice { b { "What to do" } " " (conflict.advice()) }
            }
        }
    }
}

fn story(who: &str, lines: &[String]) -> Markup {
    html! {
        div {
            h3 { (who) }
            ul { @for line in lines { li { (line) } } }
        }
    }
}
