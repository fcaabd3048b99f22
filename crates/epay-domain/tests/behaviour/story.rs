//! The words the stories are told in.

use core::time::Duration;
use epay_domain::*;

/// What the payment of every story is opened for.
pub(crate) const ORDERED: Money = Money::tenge(100);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);

/// One line of a story.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// A wish that has to be granted, and is then written down.
    Ask(Command),
    /// The answer, the silence or the refusal to leave that the latest ask met.
    Hear(Result<Observation, Delivery>),
    /// An event that another process worked out from an older payment.
    Late(EventKind),
    /// A person looks into everything that is up, and says so.
    Acknowledged,
    /// An answer that was heard so many milliseconds off, by another's clock.
    At(i64, Observation),
    /// Time passes.
    Wait(Duration),
    /// A clock goes back.
    ClockBack(Duration),
}

pub(crate) fn ask(wish: Command) -> Line {
    Line::Ask(wish)
}

pub(crate) fn reply(fact: Fact) -> Line {
    Line::Hear(Ok(Observation::reply(fact)))
}

pub(crate) fn status(fact: Fact) -> Line {
    Line::Hear(Ok(Observation::status(fact)))
}

pub(crate) fn seen(observation: Observation) -> Line {
    Line::Hear(Ok(observation))
}

/// The call may have left and brought no answer.
pub(crate) fn lost() -> Line {
    Line::Hear(Err(Delivery::MaybeSent))
}

/// No byte of the call left.
pub(crate) fn unsent() -> Line {
    Line::Hear(Err(Delivery::NotSent))
}

pub(crate) fn late(kind: EventKind) -> Line {
    Line::Late(kind)
}

/// Proof, written down late, that one ask never left.
pub(crate) fn late_not_sent(question: Question, ask: u32) -> Line {
    Line::Late(EventKind::NotSent { question: Some(question), ask })
}

pub(crate) fn acknowledged() -> Line {
    Line::Acknowledged
}

pub(crate) fn wait(time: Duration) -> Line {
    Line::Wait(time)
}

pub(crate) fn clock_back(time: Duration) -> Line {
    Line::ClockBack(time)
}

pub(crate) fn opened() -> Payment {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    Payment::open(InvoiceId::new("100000017").unwrap(), ORDERED, terminal)
}

/// The payment at the end of the story, and when that is.
pub(crate) fn told(story: &[Line]) -> (Payment, Timestamp) {
    let mut now = Timestamp::from_unix_millis(1_790_000_000_000);
    let mut payment = opened();
    for line in story {
        let event = match line {
            Line::Ask(wish) => match payment.decide(wish.clone(), now) {
                Ok(event) => event,
                Err(refusal) => panic!("{wish:?} was refused ({refusal}) in {story:#?}"),
            },
            Line::Hear(what) => payment.record_reply(what.clone(), now),
            Line::Late(kind) => Event { at: now, kind: kind.clone() },
            Line::Acknowledged => {
                let wish = Command::Acknowledge(payment.contradictions(), note());
                payment.decide(wish, now).unwrap()
            }
            Line::At(offset, seen) => {
                let at = now.unix_millis().saturating_add_signed(*offset);
                payment.record_reply(Ok(seen.clone()), Timestamp::from_unix_millis(at))
            }
            Line::Wait(time) => {
                now = now + *time;
                continue;
            }
            Line::ClockBack(time) => {
                let millis = u64::try_from(time.as_millis()).unwrap();
                now = Timestamp::from_unix_millis(now.unix_millis() - millis);
                continue;
            }
        };
        payment = payment.apply(&event);
    }
    (payment, now)
}

pub(crate) fn payment(story: &[Line]) -> Payment {
    told(story).0
}

/// Two stories, one after the other.
pub(crate) fn after(start: &[Line], then: &[Line]) -> Vec<Line> {
    [start, then].concat()
}

#[track_caller]
pub(crate) fn check(story: &[Line], status: PaymentStatus) {
    assert_eq!(payment(story).status(), status, "{story:#?}");
}

pub(crate) fn step(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

pub(crate) fn capture(name: &str, sum: Money) -> Command {
    Command::Capture(step(name), sum)
}

pub(crate) fn void(name: &str) -> Command {
    Command::Void(step(name))
}

pub(crate) fn refund(name: &str, sum: Money) -> Command {
    Command::Refund(step(name), sum)
}

pub(crate) fn give_up(name: &str) -> Command {
    Command::GiveUp(step(name), note())
}

pub(crate) fn stated(name: &str, sum: Money) -> Command {
    Command::RefundStated(step(name), sum, note())
}

pub(crate) fn abandon(not_found_window: Duration) -> Command {
    Command::Close(CloseReason::Abandoned { not_found_window })
}

/// What surfaces after this is a late success.
pub(crate) fn by_person() -> Command {
    Command::Close(CloseReason::ByPerson(note()))
}

pub(crate) const NEVER_ASKED: Command = Command::Close(CloseReason::NeverAsked);
pub(crate) const NEVER_CONFIRMED: Command = Command::Close(CloseReason::NeverConfirmed);

pub(crate) fn note() -> Note {
    Note::new("last check").unwrap()
}

/// Taken, nothing said of refunds.
pub(crate) fn captured(captured: Money) -> Fact {
    Fact::Captured { captured: Some(captured), refunded: Refunds::NotTold }
}

/// Taken, and this much given back in all.
pub(crate) fn refunded(captured: Money, total: Money) -> Fact {
    Fact::Captured { captured: Some(captured), refunded: Refunds::Total(total) }
}

pub(crate) fn accepted(name: &str) -> Fact {
    Fact::StepAccepted(step(name))
}

pub(crate) fn refused(name: &str, code: i64) -> Fact {
    Fact::StepRefused(step(name), Decline::from_code(code))
}

/// Insufficient funds: final.
pub(crate) fn declined() -> Fact {
    Fact::Declined(Decline::from_code(484))
}

/// "Failed; the amount may be held": not final.
pub(crate) fn unsure() -> Fact {
    Fact::Declined(Decline::from_code(454))
}

pub(crate) fn challenge() -> Fact {
    Fact::ThreeDsRequired(Challenge {
        action: "https://acs.example/".into(),
        pa_req: "p".into(),
        md: "m".into(),
    })
}

/// The bank tells the operation's name.
pub(crate) fn named(id: &str, seen: Observation) -> Line {
    self::seen(Observation { transaction: TransactionId::new(id).ok(), ..seen })
}

pub(crate) fn transaction(id: &str) -> TransactionId {
    TransactionId::new(id).unwrap()
}

pub(crate) fn choose(id: &str) -> Line {
    ask(Command::ChooseTransaction(transaction(id), note()))
}

/// "Not found", and then again every hour for so many hours.
pub(crate) fn not_found_for(hours: usize) -> Vec<Line> {
    let hourly = [wait(HOUR), status(Fact::NotFound)];
    let hourly = std::iter::repeat_n(hourly, hours).flatten();
    std::iter::once(status(Fact::NotFound)).chain(hourly).collect()
}

pub(crate) fn asked() -> Vec<Line> {
    vec![ask(Command::Authorize)]
}

/// Asked, and held at the bank.
pub(crate) fn held() -> Vec<Line> {
    after(&asked(), &[reply(Fact::Authorized)])
}

/// Asked, and taken in full.
pub(crate) fn paid() -> Vec<Line> {
    after(&asked(), &[reply(captured(ORDERED))])
}

/// Asked, and the payer is at the issuer's page.
pub(crate) fn at_the_issuer() -> Vec<Line> {
    after(&asked(), &[reply(challenge())])
}
