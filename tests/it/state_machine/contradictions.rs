//! Table 5: every contradiction, what it takes to see it, and what a person does about it.

use super::drive::*;
use super::table::table;
use epay_domain::*;

const HEAD: &str = "\
## 5. What contradicts itself?

A contradiction is its evidence: to acknowledge one covers that one, and not the next of its kind. While one is up nothing
is captured and nothing fulfilled; void, refund and status checks go on. The last column is
where the payment stands once a person has used the command.
";

/// A way to see each, as it is told on the page.
fn stories() -> Vec<(&'static str, Payment)> {
    let asked = opened().ask(Command::Authorize);
    let held = asked.clone().reply(Fact::Authorized);
    let taken = |sum| captured(Some(Money::tenge(sum)), Refunds::NotTold);
    let status = Observation::status;
    let (_, challenge) =
        facts().into_iter().find(|(_, fact)| matches!(fact, Fact::ThreeDsRequired(_))).unwrap();
    let payer = asked.clone().reply(challenge);
    let declined = || Fact::Declined(Decline::from_code(484));
    let invoice = Some(BankText::new("999999"));
    let terminal = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    let authorized = || status(Fact::Authorized);
    let refunded = captured(Some(ORDERED), Refunds::Total(Money::tenge(1_000)));
    let unsent = held.clone().ask(Command::Void(step("s"))).heard(Err(Delivery::NotSent));
    let unshown = asked.clone().by_status(taken(100)).ask(Command::Refund(step("s"), ORDERED));
    let unshown = unshown.reply(Fact::StepAccepted(step("s"))).by_status(taken(100));
    let unshown = unshown.ask(Command::GiveUp(step("s"), note()));
    let done = |wish| {
        let done = held.clone().ask(wish).reply(Fact::StepAccepted(step("s")));
        done.by_status(Fact::Authorized).ask(Command::GiveUp(step("s"), note()))
    };
    let capture = done(Command::Capture(step("s"), ORDERED));
    let void = done(Command::Void(step("s")));
    vec![
        (
            "an answer names another invoice",
            asked.clone().heard(Ok(Observation { invoice, ..authorized() })),
        ),
        (
            "an answer names another terminal",
            asked.clone().heard(Ok(Observation { terminal, ..authorized() })),
        ),
        (
            "an answer names another currency",
            asked.clone().heard(Ok(Observation { currency: Some(Currency::USD), ..authorized() })),
        ),
        (
            "answers name two transactions",
            asked.clone().heard(Ok(named("t1", authorized()))).heard(Ok(named("t2", authorized()))),
        ),
        (
            "a transaction says that it is another's",
            asked
                .clone()
                .heard(Ok(named("t1", Observation { origin: Origin::Other, ..authorized() }))),
        ),
        ("the answer to the ask: this number is taken", asked.clone().reply(Fact::NumberTaken)),
        ("90.00 was captured", asked.clone().by_status(taken(90))),
        ("declined, then authorized", asked.clone().reply(declined()).by_status(Fact::Authorized)),
        (
            "voided, then captured",
            held.by_status(Fact::Voided(VoidReason::Requested)).by_status(taken(100)),
        ),
        (
            "90.00 captured and acknowledged, then 80.00",
            asked.clone().by_status(taken(90)).acknowledged().by_status(taken(80)),
        ),
        ("1000.00 was given back", asked.clone().by_status(refunded)),
        ("a capture was accepted, and no status has shown it", capture),
        ("a void was accepted, and no status has shown it", void),
        ("a refund was accepted, and no status has shown it", unshown),
        (
            "closed as never confirmed, then authorized",
            payer.ask(Command::Close(CloseReason::NeverConfirmed)).by_status(Fact::Authorized),
        ),
        ("a void never left, and voided", unsent.by_status(Fact::Voided(VoidReason::Requested))),
        (
            "named, then not found for an hour",
            not_found_for(asked.heard(Ok(named("t1", status(Fact::InProgress)))), 1),
        ),
    ]
}

pub(crate) fn print() -> String {
    let rows: Vec<_> = stories()
        .into_iter()
        .map(|(story, payment)| {
            let up = payment.contradictions();
            let names: Vec<&str> = up.iter().map(Contradiction::name).collect();
            let words: Vec<String> = up.iter().map(ToString::to_string).collect();
            let (lowers, lowered) = match &up[..] {
                [Contradiction::TwoTransactions { ids }] => {
                    let choose = Command::ChooseTransaction(ids[0].clone(), note());
                    ("choose_transaction", payment.clone().ask(choose))
                }
                _ => ("acknowledge", payment.clone().acknowledged()),
            };
            assert!(!lowered.is_contradicted(), "{story}");
            // Or a person says that it was not done.
            let not_done = payment.steps().find(|(step, _)| payment.is_not_shown(step.id()));
            let not_done = not_done.map(|(step, _)| Command::GiveUp(step.id().clone(), note()));
            let (lowers, then) = match not_done {
                Some(wish) => {
                    let then = [&lowered, &payment.clone().ask(wish)].map(status);
                    ("acknowledge, or give up the step", then.join(", or "))
                }
                None => (lowers, status(&lowered)),
            };
            let charged = payment.payer_charged().to_string();
            let cells = vec![words.join("; "), story.to_owned(), charged, lowers.to_owned()];
            (names.join(", "), [cells, vec![then]].concat())
        })
        .collect();
    let head = ["in words", "for example", "charged?", "what lowers it", "it is then"];
    format!("{HEAD}\n{}", table("contradiction", &head.map(str::to_owned), &rows))
}
