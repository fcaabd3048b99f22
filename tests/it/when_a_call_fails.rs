//! docs/when-a-call-fails.md is printed by a shop whose calls fail in every way we know, one cell after the other.

mod failure;
mod outcome;
mod shop;

use failure::{Failure, LOOKS};
use outcome::Legend;
use shop::{CALLS, Call, Look, Shop};

const HEAD: &str = "\
# When a call fails

Every cell below is a call that a test let fail (tests/it/when_a_call_fails): a real `HttpGateway` under a real
`Payments`, and a line on which answers come late, cut, garbled or not at all. Do not edit: `cargo xtask bless` writes
it, and the test suite fails when the code does something else.

Three rules explain all of it:

1. **Ask once.** A call that moves money is tried again only while it is certain that no byte of it left, and then at
   most twice.
2. **Then only check the status.** When it may have left, nobody knows what it did. The library asks for the status, at once and
   again later (`reconcile`), and for nothing else.
3. **No is an answer, silence is not.** A payment is declined only where the bank says so, with a number that is final.

A transport makes the first difference: `not_sent` means that no byte can have left, `interrupted` is everything else
([writing a transport](writing-a-transport.md)).
";

#[test]
fn the_page_is_what_the_code_does() {
    let mut legend = Legend::default();
    let mut page = HEAD.to_owned();
    page += &before_the_ask(&mut legend);
    page += &the_asks(&mut legend);
    page += &the_look(&mut legend);
    page += &the_end(&mut legend);
    page += &legend.print();
    crate::blessed::check("docs/when-a-call-fails.md", &page);
}

fn table(corner: &str, head: &[String], rows: &[(String, Vec<String>)]) -> String {
    let line = |first: &str, cells: &[String]| format!("| {first} | {} |\n", cells.join(" | "));
    let rule = format!("|{}\n", "---|".repeat(head.len() + 1));
    line(corner, head)
        + &rule
        + &rows.iter().map(|(name, cells)| line(name, cells)).collect::<String>()
}

/// Rows with the same cells become one row.
fn merged(rows: impl IntoIterator<Item = (String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    let mut merged: Vec<(String, Vec<String>)> = Vec::new();
    for (name, cells) in rows {
        match merged.iter_mut().find(|(_, other)| *other == cells) {
            Some((names, _)) => *names += &format!("; {name}"),
            None => merged.push((name, cells)),
        }
    }
    merged
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn before_the_ask(legend: &mut Legend) -> String {
    let rows = failure::of_any().into_iter().map(|failure| {
        let mut of_calls = CALLS.map(|call| {
            let shop = Shop::before(call);
            shop.token(&failure);
            let (heard, tried) = shop.heard();
            assert_eq!(shop.asks(), 0, "{call:?} was asked for without a token");
            let outcome = legend.note(shop.ask());
            (call, vec![legend.hear(&heard), tried.to_string(), outcome])
        });
        let same = of_calls.iter().all(|(_, cells)| cells[..2] == of_calls[0].1[..2]);
        assert!(same, "a token fails differently: {of_calls:?}");
        let outcomes = of_calls.iter().map(|(_, cells)| cells[2].clone()).collect::<Vec<_>>();
        of_calls[0].1.truncate(2);
        (failure.name().to_owned(), [std::mem::take(&mut of_calls[0].1), outcomes].concat())
    });
    let names = CALLS.map(Call::name);
    let columns = [&["we hear", "tries"][..], &names].concat();
    format!(
        "\n## Before the ask: there is no token\n\nNothing was asked, so nothing moved; each of the calls then ends like \
         this. Whoever asked may ask again at once.\n\n{}",
        table("what the token call meets", &head(&columns), &merged(rows))
    )
}

/// Calls that fail alike share a table.
fn the_asks(legend: &mut Legend) -> String {
    let mut tables: Vec<(Vec<Call>, String)> = Vec::new();
    for call in CALLS {
        let table = the_ask(call, legend);
        match tables.iter_mut().find(|(_, other)| *other == table) {
            Some((calls, _)) => calls.push(call),
            None => tables.push((vec![call], table)),
        }
    }
    let section = |(calls, table): (Vec<Call>, String)| {
        let names = calls.iter().map(|call| call.name()).collect::<Vec<_>>().join(", ");
        let notes = calls
            .iter()
            .map(|call| format!("- {}: {}\n", call.name(), call.note()))
            .collect::<String>();
        format!("\n## The ask: {names}\n\n{table}\n{notes}")
    };
    tables.into_iter().map(section).collect()
}

fn the_ask(call: Call, legend: &mut Legend) -> String {
    let rows = failure::of_an_ask().into_iter().map(|failure| {
        let shop = Shop::before(call);
        shop.fails(&failure, Look::Fails);
        let (heard, tried) = shop.heard();
        let mut looks = Vec::new();
        let outcomes = [Look::Done, Look::NotDone, Look::Fails].map(|look| {
            let shop = Shop::before(call);
            shop.fails(&failure, look);
            let outcome = legend.note(shop.ask());
            let asked = shop.asks();
            looks.push(shop.looks().to_string());
            // A second click asks for nothing while nobody knows.
            let _ = shop.ask();
            assert!(
                shop.asks() == asked || shop.may_ask_again(),
                "{call:?} was asked for twice: {failure:?}"
            );
            outcome
        });
        looks.dedup();
        let cells =
            [vec![legend.hear(&heard), tried.to_string(), looks.join(" or ")], outcomes.to_vec()]
                .concat();
        (failure.name().to_owned(), cells)
    });
    let columns = [
        "we hear",
        "sent",
        "status checks",
        "a status check finds it done",
        "finds nothing",
        "fails too",
    ];
    table("what the call meets", &head(&columns), &merged(rows))
}

/// What the bank says of a call whose answer was lost, and keeps to.
const LASTING: [(Call, &str, &str); 11] = [
    (Call::Pay, "102, not found", r#"{"resultCode":"102","transaction":null}"#),
    (Call::Pay, "`3D`: the page of 3-D Secure was lost", "3D"),
    (Call::Pay, "`FINGERPRINT`", "FINGERPRINT"),
    (Call::Pay, "`NEW`", "NEW"),
    (Call::Pay, "a status nobody knows", "FROZEN"),
    (Call::Confirm, "`3D`", "3D"),
    (Call::Confirm, "102, not found", r#"{"resultCode":"102","transaction":null}"#),
    (Call::Capture, "`AUTH`", "AUTH"),
    (Call::Void, "`AUTH`", "AUTH"),
    (Call::Refund, "`CHARGE`, and nothing given back", "CHARGE"),
    (Call::Pay, "nothing: each check fails, too", ""),
];

fn the_end(legend: &mut Legend) -> String {
    let time = |minutes: u64| match minutes {
        minutes if minutes % 60 == 0 && minutes > 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    };
    let rows = LASTING.map(|(call, name, says)| {
        let shop = Shop::before(call);
        let look = if says.is_empty() { Look::Fails } else { Look::Keeps(says) };
        shop.fails(&Failure::cut(), look);
        let _ = shop.ask();
        let (ended, told) = shop.ends();
        let ended = ended.map(|(ended, after)| (legend.note(ended), time(after)));
        let (ends, after) = ended.unwrap_or_else(|| ("a person ends it".into(), "".into()));
        let told = told.map(time).unwrap_or_default();
        (call.name().to_owned(), vec![name.to_owned(), ends, after, told])
    });
    let columns = ["what the bank keeps saying", "it ends as", "after", "`NeedsAttention` after"];
    format!(
        "\n## How long nobody knows\n\nThe answer to the call was lost, the bank says the same for three days, and it is \
         asked every five minutes. A person ends what time does not:\n`close` a payment, `give_up` a step. Where the page \
         was lost, `abandon` need not wait.\n\n{}",
        table("call", &head(&columns), &rows)
    )
}

fn the_look(legend: &mut Legend) -> String {
    let answers = LOOKS.iter().map(|(name, status, body)| (*name, Look::Says(*status, body)));
    let failures =
        failure::of_any().into_iter().map(|failure| (failure.name(), Look::Meets(failure)));
    let rows = answers.chain(failures).map(|(name, look)| {
        let shop = Shop::before(Call::Pay);
        shop.fails(&Failure::cut(), look);
        (name.to_owned(), vec![legend.note(shop.ask())])
    });
    format!(
        "\n## A status check\n\nThe answer to a payment was lost, and the status is asked for. A status check moves no money, so it may fail \
         as often as it likes: it only has to be tried again, and `reconcile` does.\n\n{}",
        table("what the status check brings", &head(&["pay then says"]), &merged(rows))
    )
}
