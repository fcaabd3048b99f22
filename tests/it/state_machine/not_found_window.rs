//! Table 6: for how long has the bank not known it?

use super::drive::*;
use super::table::table;
use core::time::Duration;
use epay_domain::*;

const HEAD: &str = "\
## 6. For how long was it not found?

Only while somebody checks does \"not found\" count. Each gap between two answered checks adds the least of three: its
length by the log's times, two hours, and the monotonic time where one process made both. An attempt is closed as
abandoned once the window is full; never one that the bank has named.
";

/// Hours after the start, what was answered, and the hours that passed by one process' monotonic clock.
type Check = (u32, Fact, Option<u32>);

pub(crate) fn print() -> String {
    let found = |at| (at, Fact::NotFound, None);
    let knows = (1, Fact::InProgress, None);
    let stories: Vec<(&str, Vec<Check>)> = vec![
        ("not found once", vec![found(0)]),
        ("again after an hour", vec![found(0), found(1)]),
        ("and after another", vec![found(0), found(1), found(2)]),
        ("nobody checked for a day", vec![found(0), found(24)]),
        ("the clock jumped by a day, and one process knows that no time passed", {
            vec![found(0), (24, Fact::NotFound, Some(0))]
        }),
        ("the clock jumped by a day, and nobody knows", vec![found(0), found(24)]),
        ("the clock went back by an hour, and returned", vec![found(1), found(0), found(1)]),
        ("the bank knows it in between", vec![found(0), knows.clone(), found(2)]),
        ("and then again not, for an hour", vec![found(0), knows, found(2), found(3)]),
    ];
    // The token of a payer who was handed over lives for two hours.
    let handed_over: Vec<(&str, Vec<Check>)> = vec![
        ("handed over, and not found while the token lives", vec![found(0), found(1)]),
        ("the same, and when its life is over", vec![found(0), found(1), found(2)]),
        ("the same, and an hour later", vec![found(0), found(1), found(2), found(3)]),
    ];
    let by = |wish: Command| move |(name, checks)| (name, wish.clone(), checks);
    let stories = stories.into_iter().map(by(Command::Authorize));
    let stories = stories.chain(handed_over.into_iter().map(by(hand_over(120))));
    let rows: Vec<_> = stories
        .map(|(name, wish, checks)| {
            let asked = opened().ask(wish);
            let payment = checks.into_iter().fold(asked, |payment, (hours, fact, elapsed)| {
                let hour = Duration::from_secs(3_600);
                let at = START + hour * hours;
                let elapsed = elapsed.map(|hours| hour * hours);
                payment.heard_at(Ok(Observation { elapsed, ..Observation::status(fact) }), at)
            });
            let counted = payment.pending().unwrap().not_found_for;
            let shown = counted.map_or("not at all".to_owned(), |counted| {
                format!("{} h", counted.as_secs() / 3_600)
            });
            (name.to_owned(), vec![shown])
        })
        .collect();
    format!("{HEAD}\n{}", table("what happened", &["counted".to_owned()], &rows))
}
