//! Table 1: what do we know, once these two facts were heard?

use super::drive::*;
use super::table::table;
use epay_domain::*;

type Hears = fn(Payment, Fact) -> Payment;

const HEAD: &str = "\
## 1. What do we know?

The furthest fact heard. A lesser fact is late, not false: nothing moves. Two facts that cannot both be true are a
contradiction (**bold**) for a person, and the money is recorded all the same; of a reply and a status that clash, the status holds.
The order in which the two were heard never matters.
";

pub(crate) fn print() -> String {
    let nothing = opened().ask(Command::Authorize);
    let (idle, moving): (Vec<_>, Vec<_>) =
        facts().into_iter().partition(|fact| moves_nothing(&nothing, fact));
    let idle: Vec<&str> = idle.iter().map(|(name, _)| *name).collect();
    let mut page = format!(
        "{HEAD}\nThese change nothing that is known, whatever else was heard: {}.\n",
        idle.join("; ")
    );
    page += "\nA reply said the row, a status shows the column:\n\n";
    page += &pairs(&nothing, &moving, "reply \\ status", Payment::reply);
    page += "\nBoth were shown by status:\n\n";
    page += &pairs(&nothing, &moving, "status \\ status", Payment::by_status);
    page + &sums(&nothing) + &misfits(&nothing)
}

/// Whether the fact leaves state and contradictions as they were, next to every other fact.
fn moves_nothing(start: &Payment, (_, fact): &(&str, Fact)) -> bool {
    let known = |payment: &Payment| (payment.state(), payment.contradictions());
    facts().into_iter().all(|(_, other)| {
        let without = start.clone().by_status(other);
        let with = [without.clone().reply(fact.clone()), without.clone().by_status(fact.clone())];
        with.iter().all(|with| known(with) == known(&without))
    })
}

/// Hears both, the row by `hear` and the column by status, in both orders, which have to agree.
fn both(start: &Payment, hear: Hears, row: &Fact, column: &Fact) -> Payment {
    let one = hear(start.clone(), row.clone()).by_status(column.clone());
    let other = hear(start.clone().by_status(column.clone()), row.clone());
    assert_eq!(
        (one.state(), one.contradictions()),
        (other.state(), other.contradictions()),
        "{row:?} {column:?}"
    );
    one
}

fn pairs(start: &Payment, facts: &[(&str, Fact)], corner: &str, hear: Hears) -> String {
    let cell = |payment: Payment| noted(state(&payment), &payment);
    let head = facts.iter().map(|(name, _)| (*name).to_owned());
    let rows = facts.iter().map(|(name, row)| {
        let cells = facts.iter().map(|(_, column)| cell(both(start, hear, row, column)));
        (
            (*name).to_owned(),
            std::iter::once(cell(hear(start.clone(), row.clone()))).chain(cells).collect(),
        )
    });
    let nothing = facts.iter().map(|(_, column)| cell(start.clone().by_status(column.clone())));
    let nothing = std::iter::once(cell(start.clone())).chain(nothing).collect();
    let rows: Vec<_> = std::iter::once(("(nothing)".to_owned(), nothing)).chain(rows).collect();
    table(corner, &std::iter::once("(nothing)".to_owned()).chain(head).collect::<Vec<_>>(), &rows)
}

/// How the sums of two `Captured` join.
fn sums(start: &Payment) -> String {
    let sums = [None, Some(ORDERED), Some(Money::tiyn(90_00))];
    let refunds = [
        ("not told", Refunds::NotTold),
        ("some, sum not told", Refunds::SumNotTold),
        ("30.00 in all", Refunds::Total(Money::tiyn(30_00))),
        ("100.00 in all", Refunds::Total(ORDERED)),
        ("100.01 in all", Refunds::Total(Money::tiyn(100_01))),
    ];
    let capture_of = |sum| captured(sum, Refunds::NotTold);
    let capture_rows: Vec<_> = sums
        .iter()
        .map(|row| {
            let cell = |column: &Option<Money>| {
                let payment = both(start, Payment::reply, &capture_of(*row), &capture_of(*column));
                let State::Captured { captured, .. } = payment.state() else {
                    panic!("not captured")
                };
                noted(sum(captured), &payment)
            };
            (sum(*row), sums.iter().map(cell).collect())
        })
        .collect();
    let capture_head: Vec<String> = sums.iter().map(|sum_told| sum(*sum_told)).collect();
    let refund_of = |refunded| captured(Some(ORDERED), refunded);
    let refund_rows: Vec<_> = refunds
        .iter()
        .map(|(name, row)| {
            let cell = |(_, column): &(&str, Refunds)| {
                let payment =
                    both(start, Payment::by_status, &refund_of(*row), &refund_of(*column));
                let State::Captured { refunded, .. } = payment.state() else {
                    panic!("not captured")
                };
                noted(sum(refunded), &payment)
            };
            ((*name).to_owned(), refunds.iter().map(cell).collect())
        })
        .collect();
    let refund_head: Vec<String> = refunds.iter().map(|(name, _)| (*name).to_owned()).collect();
    format!(
        "\nThe captured sum, when a reply and a status tell one:\n\n{}\nThe sum given back, when two status answers tell one; the larger wins:\n\n{}",
        table("reply \\ status", &capture_head, &capture_rows),
        table("status \\ status", &refund_head, &refund_rows),
    )
}

/// Answers that are about something else than what was asked.
fn misfits(start: &Payment) -> String {
    let right = || Observation {
        amount: Some(BankAmount::card_only(ORDERED)),
        ..Observation::status(Fact::Authorized)
    };
    let bonus = |bonus| BankAmount { card: Money::tiyn(90_00), bonus: Money::tiyn(bonus) };
    let named = |id| named(id, right());
    let other = |id| Observation { origin: Origin::Other, ..named(id) };
    let cases = [
        ("all as asked", vec![right()]),
        ("card 90.00 and bonus 10.00", vec![Observation { amount: Some(bonus(10_00)), ..right() }]),
        ("card 90.00 and bonus 5.00", vec![Observation { amount: Some(bonus(5_00)), ..right() }]),
        (
            "another invoice",
            vec![Observation { invoice: Some(BankText::new("999999")), ..right() }],
        ),
        (
            "another terminal",
            vec![Observation { terminal: TerminalId::new(ELSEWHERE).ok(), ..right() }],
        ),
        ("another currency", vec![Observation { currency: Some(Currency::USD), ..right() }]),
        ("the same transaction twice", vec![named("t1"), named("t1")]),
        ("two transactions", vec![named("t1"), named("t2")]),
        ("a transaction that says it is another's", vec![other("t1")]),
    ];
    let rows: Vec<_> = cases
        .into_iter()
        .map(|(name, answers)| {
            let payment = answers
                .into_iter()
                .fold(start.clone(), |payment, answer| payment.heard(Ok(answer)));
            (name.to_owned(), vec![noted(state(&payment), &payment)])
        })
        .collect();
    format!(
        "\nA status says `authorized`, and what it names is:\n\n{}",
        table("named", &["what we know then".to_owned()], &rows)
    )
}

const ELSEWHERE: &str = "00000000-0000-0000-0000-000000000000";
