//! What a SQLite store has answered is in the file: after every single call, after a kill at any moment, and whatever
//! is torn off the end of what was being written.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command as Process, Stdio},
    time::Duration,
};

use epay_domain::{
    AttemptTag, Challenge, CloseReason, Command, Created, DeadProof, Decline, Event, EventKind,
    Fact, InvoiceId, Money, NewPayment, Note, Observation, OrderId, PaymentStore, Queue, ReplayKey,
    Schedule, State, StepId, StoreErrorKind, Stored, TerminalId, Timestamp, Version,
};
use epay_store::{InvoiceNumbers, SqliteStore, without_challenge};
use epay_tests::bench::{PRICE, fold};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);
const LEASE: Duration = Duration::from_secs(30);
/// Where the child that is killed finds its file.
const FILE_OF_THE_CHILD: &str = "EPAY_STORE_OF_THE_CHILD";

fn numbers() -> InvoiceNumbers {
    InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap())
}

fn terminal() -> TerminalId {
    TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap()
}

fn order(name: &str) -> OrderId {
    OrderId::new(name).unwrap()
}

fn new(name: &str, replay: Option<u8>) -> NewPayment {
    let tag = Some(AttemptTag::new([replay.unwrap_or(0); 16]));
    let replay = replay.map(|key| ReplayKey::new([key; 32]));
    NewPayment { order: order(name), amount: PRICE, terminal: terminal(), replay, tag }
}

fn check_at(at: Timestamp) -> Schedule {
    Schedule { next_check_at: Some(at), ..Schedule::default() }
}

fn event(kind: EventKind) -> Event {
    Event { at: NOW, kind }
}

fn seen(fact: Fact) -> Event {
    event(EventKind::Observed(Observation::reply(fact)))
}

/// What was answered so far, and so has to be in every later file.
#[derive(Default)]
struct Answered {
    attempts: Vec<(Stored, Vec<Event>)>,
    leased: Vec<InvoiceId>,
    replays: Vec<(u8, InvoiceId)>,
}

impl Answered {
    fn now(&mut self, stored: Stored, events: &[Event]) {
        let same = |(known, _): &&mut (Stored, Vec<Event>)| {
            known.payment.invoice() == stored.payment.invoice()
        };
        match self.attempts.iter_mut().find(same) {
            Some((known, history)) => {
                *known = stored;
                history.extend_from_slice(events);
                // The store forgets the challenge once it is over.
                if known.payment.state() != State::New {
                    for event in history {
                        *event = without_challenge(event).unwrap_or(event.clone());
                    }
                }
            }
            None => self.attempts.push((stored, events.to_vec())),
        }
    }

    /// Asks a store that has just found its file.
    async fn is_all_in(&self, store: &SqliteStore, when: &str) {
        for (stored, history) in &self.attempts {
            let invoice = stored.payment.invoice();
            assert_eq!(store.load(invoice).await.unwrap().as_ref(), Some(stored), "{when}");
            assert_eq!(store.history(invoice).await.unwrap(), *history, "{when}");
            assert_eq!(stored.payment, fold(&stored.payment, history), "{when}");
            let late = Stored { version: Version(99), ..stored.clone() };
            let old = store.append(&late, &[], Schedule::default()).await.unwrap_err().kind();
            assert_eq!(old, StoreErrorKind::Conflict, "{when}");
        }
        if let Some((last, _)) = self.attempts.last() {
            let present = store.current(&last.order).await.unwrap().unwrap();
            assert_eq!(present, *last, "{when}: the order's present attempt");
        }
        let claimed =
            store.claim_due(Queue::UnknownChecks, &terminal(), NOW, 100, LEASE).await.unwrap();
        for invoice in &self.leased {
            assert!(
                claimed.iter().all(|stored| stored.payment.invoice() != invoice),
                "{when}: a lease is lost"
            );
        }
        for (key, _) in &self.replays {
            let replayed =
                store.create(new("a thief's order", Some(*key)), NOW, None).await.unwrap();
            assert_eq!(replayed, Created::Replayed, "{when}: a replay key is lost");
        }
        let Created::New(fresh) =
            store.create(new("an order after it all", None), NOW, None).await.unwrap()
        else {
            panic!("{when}: a new order is there");
        };
        let given = self.attempts.iter().map(|(stored, _)| stored.payment.invoice());
        assert!(
            given.into_iter().all(|given| given != fresh.payment.invoice()),
            "{when}: a number is given twice"
        );
    }
}

fn wal(path: &Path) -> PathBuf {
    path.with_file_name("log-wal")
}

/// The disk as it would be if the machine stopped now, with `torn` bytes of what was written last missing.
fn as_of_now(path: &Path, torn: usize) -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let copy = home.path().join("log");
    fs::copy(path, &copy).unwrap();
    let written = fs::read(wal(path)).unwrap_or_default();
    fs::write(wal(&copy), &written[..written.len().saturating_sub(torn)]).unwrap();
    (home, copy)
}

async fn stops_here(path: &Path, answered: &Answered, when: &str) {
    let (_home, copy) = as_of_now(path, 0);
    answered.is_all_in(&SqliteStore::open(copy).unwrap(), when).await;
}

/// Two attempts of one order, a third with a replay key, a challenge, a lease: every call that writes, and after each of
/// them the machine stops.
#[tokio::test]
async fn after_every_call_all_that_was_answered_is_there() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    let store = SqliteStore::create(&path, &numbers()).unwrap();
    let mut answered = Answered::default();
    stops_here(&path, &answered, "an empty log").await;

    let step = StepId::new("charge-1").unwrap();
    let challenge = Challenge {
        action: "https://acs.example/".to_owned(),
        pa_req: "x".repeat(9_000),
        md: "1".to_owned(),
    };
    let story = [
        vec![event(EventKind::Asked(Command::Authorize))],
        vec![event(EventKind::Unanswered(None)), seen(Fact::ThreeDsRequired(challenge))],
        vec![event(EventKind::Asked(Command::Confirm)), seen(Fact::InProgress)],
        vec![],
        vec![
            event(EventKind::Asked(Command::Capture(step.clone(), Money::tiyn(1)))),
            event(EventKind::GivenUp(step, note())),
        ],
        vec![seen(Fact::Declined(Decline::from_code(484)))],
        vec![
            event(EventKind::Closed(CloseReason::Abandoned { not_found_window: LEASE })),
            event(EventKind::Acknowledged(Vec::new(), note())),
        ],
    ];
    let dead = play(&store, &path, &mut answered, "order", None, &story).await;
    let next = create(&store, new("order", None), Some(dead)).await;
    answered.now(next, &[]);
    stops_here(&path, &answered, "the next attempt").await;

    let keyed = create(&store, new("with a key", Some(7)), None).await;
    answered.replays.push((7, keyed.payment.invoice().clone()));
    answered.now(keyed.clone(), &[]);
    stops_here(&path, &answered, "a replay key").await;

    let asked = [event(EventKind::Asked(Command::Authorize))];
    let due = store.append(&keyed, &asked, check_at(NOW)).await.unwrap();
    answered.now(due.clone(), &asked);
    stops_here(&path, &answered, "due").await;
    let claimed = store.claim_due(Queue::UnknownChecks, &terminal(), NOW, 10, LEASE).await.unwrap();
    assert_eq!(claimed.iter().map(|stored| &stored.payment).collect::<Vec<_>>(), [&due.payment]);
    claimed.iter().for_each(|stored| answered.now(stored.clone(), &[]));
    answered.leased.extend(claimed.iter().map(|stored| stored.payment.invoice().clone()));
    stops_here(&path, &answered, "a lease").await;

    drop(store);
    stops_here(&path, &answered, "closed").await;
}

fn note() -> Note {
    Note::new("by hand").unwrap()
}

async fn create(store: &SqliteStore, new: NewPayment, after: Option<DeadProof>) -> Stored {
    match store.create(new, NOW, after).await.unwrap() {
        Created::New(stored) => stored,
        other => panic!("{other:?}"),
    }
}

/// Appends the story to a new order, and stops the machine after each append. What it ends in is dead.
async fn play(
    store: &SqliteStore,
    path: &Path,
    answered: &mut Answered,
    name: &str,
    key: Option<u8>,
    story: &[Vec<Event>],
) -> DeadProof {
    let mut stored = create(store, new(name, key), None).await;
    answered.now(stored.clone(), &[]);
    stops_here(path, answered, name).await;
    for (at, events) in story.iter().enumerate() {
        stored = store.append(&stored, events, check_at(NOW + LEASE)).await.unwrap();
        answered.now(stored.clone(), events);
        stops_here(path, answered, &format!("{name} {at}")).await;
    }
    stored.payment.dead().unwrap()
}

/// The last write is torn at every length: what was answered before it is there, and it itself is there whole or not.
#[tokio::test]
async fn a_torn_write_is_there_whole_or_not_at_all() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    let store = SqliteStore::create(&path, &numbers()).unwrap();
    let opened = create(&store, new("order", None), None).await;
    let before = fs::metadata(wal(&path)).unwrap().len();
    let events = [
        event(EventKind::Asked(Command::Authorize)),
        seen(Fact::InProgress),
        seen(Fact::Authorized),
    ];
    store.append(&opened, &events, check_at(NOW)).await.unwrap();
    let written = usize::try_from(fs::metadata(wal(&path)).unwrap().len() - before).unwrap();
    assert!(written > 0, "the append is in the write-ahead log");
    let (mut whole, mut nothing) = (0, 0);
    for torn in (0..=written).filter(|torn| torn % 97 == 0 || *torn < 32 || written - torn < 32) {
        let (_home, copy) = as_of_now(&path, torn);
        let store = SqliteStore::open(copy).unwrap();
        match store.history(opened.payment.invoice()).await.unwrap().as_slice() {
            [] => nothing += 1,
            all if all == events => whole += 1,
            some => panic!("{torn} bytes torn off left {some:?}"),
        }
    }
    assert!(whole >= 1 && nothing > 1, "{whole} {nothing}");
}

/// Run by the test below, in a process of its own: it writes and says what was answered, until it is killed.
#[tokio::test]
async fn the_child_that_is_killed() {
    let Some(path) = env::var_os(FILE_OF_THE_CHILD) else { return };
    let store = SqliteStore::open(path).unwrap();
    for name in 0.. {
        let mut stored =
            create(&store, new(&format!("order-{name} of {}", std::process::id()), None), None)
                .await;
        for _ in 0..5 {
            let events = [event(EventKind::Asked(Command::Authorize)), seen(Fact::InProgress)];
            stored = store.append(&stored, &events, check_at(NOW)).await.unwrap();
            let mut out = std::io::stdout().lock();
            writeln!(out, "answered {} {}", stored.payment.invoice(), stored.version.0).unwrap();
            out.flush().unwrap();
        }
    }
}

fn child(path: &Path) -> Child {
    Process::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "store_durability::the_child_that_is_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FILE_OF_THE_CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_it_was_answered() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    drop(SqliteStore::create(&path, &numbers()).unwrap());
    let mut last = Vec::new();
    for lines in [1, 2, 7, 23, 40] {
        // Two at once: the one that is killed in the middle of a write must not hold up the other.
        let (mut killed, mut other) = (child(&path), child(&path));
        let mut reader = BufReader::new(killed.stdout.take().unwrap()).lines();
        let answered = |line: std::io::Result<String>| {
            let line = line.unwrap();
            let (invoice, version) = line.split_once("answered ")?.1.split_once(' ')?;
            Some((InvoiceId::new(invoice).unwrap(), version.parse::<u64>().unwrap()))
        };
        last.extend(reader.by_ref().filter_map(answered).take(lines));
        killed.kill().unwrap();
        killed.wait().unwrap();
        // What it said between the last line that was read and its end counts too.
        last.extend(reader.filter_map(answered));
        let mut lines_of_the_other = BufReader::new(other.stdout.take().unwrap()).lines();
        last.extend(lines_of_the_other.by_ref().filter_map(answered).take(1));
        other.kill().unwrap();
        other.wait().unwrap();

        let store = SqliteStore::open(&path).unwrap();
        for (invoice, version) in &last {
            let there = store.load(invoice).await.unwrap().unwrap();
            assert!(
                there.version >= Version(*version),
                "{invoice} was answered at {version}: {:?}",
                there.version
            );
            let events = store.history(invoice).await.unwrap().len();
            assert_eq!(events % 2, 0, "two events are written, or none");
        }
    }
    assert!(last.len() > 70, "{}", last.len());
}
