//! Attempts that ended without the bank's word, with their proof and without it.

use epay_domain::{BankText, Challenge, Origin, PayerStep, TransactionId};

use super::*;

#[test]
fn an_attempt_that_ended_without_its_proof_is_found() {
    // Every hour an answer; the window is 24 of them.
    let absent = |hours: std::ops::RangeInclusive<u32>, odd: Option<(u32, EventKind)>| {
        let mut story = soon([
            EventKind::Asked(Command::Authorize),
            EventKind::Unanswered(Some(Question::Authorize)),
        ]);
        for hour in hours {
            let odd = odd.as_ref().filter(|(at, _)| *at == hour).map(|(_, kind)| kind.clone());
            story.push((DAY / 24 * hour, odd.unwrap_or(told(Fact::NotFound))));
        }
        story.push((DAY * 3, abandoned()));
        let told = story.len() as u64;
        ended(&story, told)
    };
    check(&absent(0..=24, None), &[]);
    let mut longer = absent(0..=24, None);
    longer.not_found_window = DAY * 2;
    check(&longer, &[Kind::NoProof]);
    check(&absent(0..=23, None), &[Kind::NoProof]);
    check(&absent(0..=24, Some((12, told(Fact::InProgress)))), &[Kind::NoProof]);
    let silence = EventKind::Unanswered(Some(Question::Authorize));
    check(&absent(0..=24, Some((12, silence))), &[Kind::NoProof]);
    // What is said of another's payment adds nothing and takes nothing away.
    let seen = Observation::status(Fact::Authorized);
    let transaction = TransactionId::new("another").ok();
    let invoice = Some(BankText::new("987654"));
    let another =
        Observation { origin: Origin::Other, transaction: transaction.clone(), ..seen.clone() };
    for odd in [another, Observation { invoice, transaction, ..seen }] {
        let books = absent(0..=24, Some((12, EventKind::Observed(odd))));
        check_apart(&books, &[Kind::NotNotified], &[Kind::Contradicted]);
    }
    // Nor is what an operation told before it was said to be another's the bank's name for ours.
    for (origin, wrong) in [(Origin::Other, false), (Origin::NotTold, true)] {
        let transaction = TransactionId::new("another").ok();
        let named = Observation { transaction, ..Observation::status(Fact::InProgress) };
        let then = Observation { origin, ..named.clone() };
        let mut story = soon([EventKind::Asked(Command::Authorize), EventKind::Observed(named)]);
        story.push((DAY / 24, EventKind::Observed(then)));
        story.extend((2..=26).map(|hour| (DAY / 24 * hour, told(Fact::NotFound))));
        story.push((DAY * 3, abandoned()));
        let told = story.len() as u64;
        let verdict = judged(&ended(&story, told));
        let found = verdict.complaints.iter().any(|it| it.kind == Kind::NoProof);
        assert_eq!(found, wrong, "{origin:?}");
    }
    // A gap counts two hours at most, and by the monotonic clock where one process made both.
    let answered = |elapsed: Duration| {
        let elapsed = Some(elapsed);
        EventKind::Observed(Observation { elapsed, ..Observation::status(Fact::NotFound) })
    };
    let jump = [(Duration::ZERO, told(Fact::NotFound)), (DAY, told(Fact::NotFound))];
    let slow = (DAY / 24, answered(Duration::from_secs(1)));
    for extra in [vec![], vec![slow]] {
        let mut story = soon([EventKind::Asked(Command::Authorize)]);
        story.extend(jump.clone());
        story.extend(extra);
        story.push((DAY * 3, abandoned()));
        let told = story.len() as u64;
        check(&ended(&story, told), &[Kind::NoProof]);
    }

    let challenge = Challenge {
        action: "https://acs.example".into(),
        pa_req: "eJz+".into(),
        md: "bWQ=".into(),
    };
    let shown = EventKind::Observed(Observation::reply(Fact::ThreeDsRequired(challenge)));
    let asked = || EventKind::Asked(Command::Authorize);
    let left = |story: Vec<EventKind>| {
        let story = soon(story);
        ended(&story, story.len() as u64)
    };
    let gone = || EventKind::Closed(CloseReason::NeverConfirmed);
    check(&left(vec![asked(), shown.clone(), gone()]), &[]);
    // The page itself was lost, and the bank waits for the payer.
    let waits = told(Fact::AwaitingPayer(PayerStep::Challenge));
    check(&left(vec![asked(), waits, gone()]), &[]);
    let fingerprint = told(Fact::AwaitingPayer(PayerStep::Fingerprint));
    check(&left(vec![asked(), fingerprint, gone()]), &[Kind::NoProof]);
    // A confirm that never left is as if it was never asked.
    let unsent = [EventKind::Asked(Command::Confirm), not_sent(Question::Confirm)];
    check(&left([vec![asked(), shown.clone()], unsent.into(), vec![gone()]].concat()), &[]);
    check(&left(vec![asked(), gone()]), &[Kind::NoProof]);
    check(
        &left(vec![asked(), shown.clone(), EventKind::Asked(Command::Confirm), gone()]),
        &[Kind::NoProof],
    );
    check(&left(vec![asked(), EventKind::Closed(CloseReason::NeverAsked)]), &[Kind::NoProof]);

    let mut never_sent = left(vec![asked(), not_sent(Question::Authorize)]);
    check(&never_sent, &[Kind::SentAgain]);
    never_sent.wire.clear();
    check(&never_sent, &[]);
}
