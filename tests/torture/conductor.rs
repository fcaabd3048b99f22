//! The conductor: it starts everybody, lets them meet, waits until all is quiet, and brings the books to the judge.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    routing::post,
};
use epay::{PaymentStore, TokioClock};
use epay_domain::{Clock as _, Step, StepKind, StepStatus, Stored};
use epay_fakebank::TWO_STAGE_TERMINAL;
use epay_testkit::judge::{Attempt, Books, Complaint, Kind, NotificationLine, judge};
use http::StatusCode;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

use crate::{
    Failure, StoreKind, Wanted,
    bank::Bank,
    crew::{Crew, Worker},
    dice::Dice,
    payer, plan,
    service::Service,
    stage::{Stage, Tally, count},
    store::{self, Place},
    summary,
    words::{Post, Said, Told, Wish},
};

const WORKERS: u64 = 3;
/// How many orders are busy at once.
const AT_ONCE: usize = 10;
/// How long all may take to become quiet, asked four times a second: the not-found window ten times over.
const CALM: Duration = Duration::from_millis(250);
const CALMS: usize = 480;
/// For how many of them in a row nothing has to be under way. A delivery that is late by this hurried clock plans
/// itself once more after another has made the same, and is done a moment later.
const QUIET: usize = 8;
/// When the bank lets the 3-D Secure pages lapse that nobody has answered, and when a person looks after the refunds.
const LAPSE: usize = 4;
const PERSON: usize = 12;

/// Plays all of it; whether nothing is wrong.
pub(crate) async fn run(wanted: &Wanted) -> Result<bool, Failure> {
    let started = TokioClock.now();
    let home = tempfile::tempdir()?;
    let place = Arc::new(Place::new(wanted.store, home.path(), "payments", "100000001").await?);
    // A shop of the service has a log of its own, so there are two.
    let other = match wanted.serve {
        true => Some(Place::new(wanted.store, home.path(), "others", "200000001").await?),
        false => None,
    };
    let each = |of: fn(&Place) -> String| [of(&place), of(other.as_ref().unwrap_or(&place))];
    let logs = each(Place::log);
    let mut stores = vec![store::open(&place.undisturbed()).await?];
    if let Some(other) = &other {
        stores.push(store::open(&other.undisturbed()).await?);
    }
    let bank = Bank::start(&epay()?, wanted.seed)?;
    let hooks = TcpListener::bind(("127.0.0.1", 0)).await?;
    let notifications = home.path().join("notifications");
    fs::create_dir(&notifications)?;
    let post = |index| Post {
        logs: logs.clone(),
        notifications: notifications.clone(),
        oauth: bank.urls().oauth.clone(),
        api: bank.urls().api.clone(),
        hooks: hooks.local_addr().map(|address| format!("http://{address}")).unwrap_or_default(),
        started: started.unix_millis(),
        by_hyper: index % 2 == 1,
    };
    let after = post(0);
    let this = env::current_exe()?;
    let program = |index| match &wanted.previous {
        Some(previous) if index % 2 == 0 => previous.clone(),
        _ => this.clone(),
    };
    let start = |index| Worker::start(program(index), format!("worker-{index}"), post(index));
    let tally = Arc::<Tally>::default();
    let crew = if wanted.serve {
        let root = bank.urls().oauth.trim_end_matches("/oauth");
        // One process where the log is a file: that is how it is run.
        let replicas = if wanted.store == StoreKind::Sqlite { 1 } else { 2 };
        let (at, seed) = (home.path(), wanted.seed);
        let service = Service::start(epay()?, &logs, replicas, root, at, seed, &tally).await?;
        Crew::Service(Box::new((service, OnceLock::new())))
    } else {
        Crew::Workers((1..=WORKERS).map(start).collect::<Result<_, _>>()?)
    };
    let stage = Arc::new(Stage::new(bank, crew, wanted.seed, tally));
    let heard = tokio::spawn(hear(hooks, Arc::clone(&stage)));

    let stop = Arc::new(AtomicBool::new(false));
    let disturbed = tokio::spawn({
        let orders = wanted.orders;
        let (place, stop, dice) =
            (Arc::clone(&place), Arc::clone(&stop), Dice::new(wanted.seed, 0));
        async move { place.disturb(dice, orders, &stop).await }
    });
    let orders = rush(&stage, wanted, || disturbed.is_finished() || !place.is_waited_for()).await?;
    stop.store(true, Relaxed);
    disturbed.await??;
    let busy = TokioClock.now().since(started);
    if let Crew::Service(both) = &stage.crew {
        let (service, worker) = &**both;
        all_told(&stores).await?;
        service.stop().await?;
        let post = Post {
            logs: each(Place::undisturbed),
            started: TokioClock.now().unix_millis(),
            ..after
        };
        // What is unknown still waits for days, and they pass for a worker.
        let _ = worker.set(Worker::start(this.clone(), "after".to_owned(), post)?);
    }
    calm(&stage, &stores).await?;
    stage.crew.stop().await?;
    heard.abort();
    // The error says that it was aborted, which is what was asked for.
    let _ = heard.await;
    let (ledger, wire) = (stage.bank.ledger().await?, stage.bank.wire().await?);
    let books = Books {
        orders,
        notifications: Some(told(&notifications)?),
        promises: stage.promises(),
        ..Books::of(ledger, wire, attempts(&stores).await?)
    };
    let stage = Arc::into_inner(stage).ok_or("somebody is still on the stage")?;
    let Stage { bank, tally, .. } = stage;
    bank.stop().await?;
    let verdict = judge(&books);
    summary::print(wanted, &books, &tally, &verdict, busy, TokioClock.now().since(started));
    if let Some(told) = place.told().await {
        println!("{told}");
    }
    // This bank does not lie, so a flag explains nothing that differs.
    let unexplained = verdict.contradicted.iter().filter(|it| it.kind != Kind::Contradicted);
    let wrong: Vec<&Complaint> = verdict.complaints.iter().chain(unexplained).collect();
    if wrong.is_empty() {
        return Ok(tally.hung.load(Relaxed) == 0 && tally.out_of_order.load(Relaxed) == 0);
    }
    report(&wrong, &home.keep());
    Ok(false)
}

/// The program beside this one, built in the same profile.
fn epay() -> Result<PathBuf, Failure> {
    let here = env::current_exe()?;
    let target = here.parent().and_then(Path::parent).ok_or("this program lies nowhere")?;
    Ok(target.join("epay"))
}

/// All orders, some at a time, until there are enough of them or the time is over. What each was to cost.
async fn rush(
    stage: &Arc<Stage>,
    wanted: &Wanted,
    is_disturbed_enough: impl Fn() -> bool,
) -> Result<BTreeMap<String, u64>, Failure> {
    let started = TokioClock.now();
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let (mut stories, mut orders) = (JoinSet::new(), BTreeMap::new());
    for index in 0.. {
        let enough = match wanted.minutes {
            Some(minutes) => TokioClock.now().since(started) >= Duration::from_secs(minutes * 60),
            None => index >= wanted.orders && is_disturbed_enough(),
        };
        if enough {
            break;
        }
        let permit = Arc::clone(&permits).acquire_owned().await?;
        let order = plan::order(wanted.seed, index, WORKERS);
        orders.insert(order.name.clone(), order.amount);
        stories.spawn(payer::play(Arc::clone(stage), order, permit));
        while let Some(ended) = stories.try_join_next() {
            ended??;
        }
    }
    while let Some(ended) = stories.join_next().await {
        ended??;
    }
    Ok(orders)
}

/// The bank's callbacks: three in ten are lost on the way, the others go to any worker.
async fn hear(hooks: TcpListener, stage: Arc<Stage>) {
    let routes = Router::new().route("/{two_stage}", post(hook)).with_state(stage);
    // It ends only with the task, so there is no end to report.
    let _ = axum::serve(hooks, routes).await;
}

async fn hook(
    State(stage): State<Arc<Stage>>,
    UrlPath(two_stage): UrlPath<bool>,
    body: String,
) -> StatusCode {
    if stage.roll(|dice| dice.percent(30)) {
        count(&stage.tally.lost, 1);
        return StatusCode::OK;
    }
    match stage.ask("", two_stage, Wish::Hint { body }).await {
        Some(Said::HintOutcome) => {
            count(&stage.tally.delivered, 1);
            StatusCode::OK
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Waits until the service has told all that there is to tell, or for half a minute: what is unknown comes later.
async fn all_told(stores: &[Arc<dyn PaymentStore>]) -> Result<(), Failure> {
    for _ in 0..120 {
        // What is for a person is told when it has been so for long.
        let soon = TokioClock.now() + Duration::from_secs(60);
        let is_told = |it: &Stored| it.schedule.next_notify_at.is_none_or(|at| at > soon);
        if stored(stores).await?.iter().all(is_told) {
            break;
        }
        TokioClock.sleep(CALM).await;
    }
    Ok(())
}

/// Nobody is killed and no fault is added any more: waits until every question has its answer and everything is told.
async fn calm(stage: &Stage, stores: &[Arc<dyn PaymentStore>]) -> Result<(), Failure> {
    let mut quiet = 0;
    for round in 0..CALMS {
        if round == LAPSE {
            stage.bank.expire_challenges().await?;
        }
        let mut under_way = stored(stores).await?;
        under_way.retain(is_under_way);
        quiet = if under_way.is_empty() { quiet + 1 } else { 0 };
        if quiet > QUIET && round > PERSON {
            return Ok(());
        }
        if round >= PERSON && round % PERSON == 0 {
            a_person_looks(stage, &under_way).await?;
        }
        TokioClock.sleep(CALM).await;
    }
    // Not an error: the judge says which they are.
    Ok(())
}

/// What the library leaves to a person: a refund without an answer, whose sum the bank does not show. The person compares
/// with the bank, and says that it did not happen where the bank has it not.
async fn a_person_looks(stage: &Stage, under_way: &[Stored]) -> Result<(), Failure> {
    let ledger = stage.bank.ledger().await?;
    for stored in under_way {
        for step in open_refunds(stored) {
            let mut refunds = ledger
                .iter()
                .filter(|done| done.invoice == stored.payment.invoice().as_str())
                .flat_map(|done| &done.refunds);
            if refunds.all(|refund| refund.external_id.as_deref() != Some(&step)) {
                let two_stage = stored.payment.terminal().as_str() == TWO_STAGE_TERMINAL;
                stage.ask(stored.order.as_str(), two_stage, Wish::GiveUp { step }).await;
                count(&stage.tally.given_up, 1);
            }
        }
    }
    Ok(())
}

/// Whether something is still to be done about it: a question, a reply that no status has confirmed, or a notification.
fn is_under_way(stored: &Stored) -> bool {
    let payment = &stored.payment;
    let on_a_reply_alone = matches!(payment.state(), epay_domain::State::Captured { .. })
        && !payment.confirmed_by_status();
    payment.pending().is_some() || on_a_reply_alone || stored.schedule.next_notify_at.is_some()
}

/// The refunds whose answer only a sum or a person can bring.
fn open_refunds(stored: &Stored) -> impl Iterator<Item = String> {
    let refund = |step: &Step| matches!(step.kind(), StepKind::Refund(_));
    let open = stored
        .payment
        .steps()
        .filter(move |(step, answer)| *answer == StepStatus::Open && refund(step));
    open.map(|(step, _)| step.id().to_string())
}

async fn stored(stores: &[Arc<dyn PaymentStore>]) -> Result<Vec<Stored>, Failure> {
    Ok(attempts(stores).await?.into_iter().map(|attempt| attempt.stored).collect())
}

async fn attempts(stores: &[Arc<dyn PaymentStore>]) -> Result<Vec<Attempt>, Failure> {
    let mut all = Vec::new();
    for store in stores {
        all.extend(Attempt::all(&**store).await?);
    }
    Ok(all)
}

/// What the shop has written down. A line that was never finished was never answered, so it is no line.
fn told(notifications: &Path) -> Result<Vec<NotificationLine>, Failure> {
    let mut lines = Vec::new();
    for file in fs::read_dir(notifications)? {
        let text = fs::read_to_string(file?.path())?;
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let told: Told = serde_json::from_str(line)?;
            lines.push(told.line().ok_or("a worker has written what is no word")?);
        }
    }
    Ok(lines)
}

fn report(wrong: &[&Complaint], home: &Path) {
    for complaint in wrong.iter().take(40) {
        eprintln!("{complaint}");
    }
    eprintln!("the log and the notifications are kept in {}", home.display());
}
