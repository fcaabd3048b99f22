//! A worker: one process of the shop, that takes orders, looks and tells, and may be killed at any moment.

use std::{
    env,
    error::Error,
    fs::{File, OpenOptions},
    io::{Write as _, stdin, stdout},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use epay::{
    Credentials, Environment, HttpGateway, HyperTransport, Money, Notification,
    NotificationHandler, Outcome, PayError, PaymentRequest, PaymentStore, Payments, PostLink,
    ReqwestTransport, Secret, StepOutcome, TagKey, TerminalId, Timeouts, TokioClock,
    read_three_ds_return,
};
use epay_domain::Timestamp;
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, TWO_STAGE_TERMINAL};
use epay_testkit::judge::NotificationLine;
use epay_tests::bench::card_of;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    Failure,
    clock::FastClock,
    store,
    words::{Answer, Ask, Is, POST, Post, Said, StepIs, Told as Line, Wish},
};

/// Signs the return links and recognises callbacks, the same in every process, also of the service.
fn tags() -> TagKey {
    TagKey::derived(&Secret::new(SANDBOX_SECRET))
}

/// How long a call may take. By the system's clock, because the bank answers by that.
const DEADLINE: Duration = Duration::from_millis(1_500);
/// How long the reconciler rests when nothing was due: 30 ms of real time.
const PAUSE: Duration = Duration::from_secs(324);
const CHECKS_PER_SECOND: u32 = 8;

/// The not-found window is the product's own. A call takes as long as it takes, and on the fast clock its deadline is
/// four hours and a half, so payer and step are given more than that.
fn timeouts() -> Timeouts {
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    let mut timeouts = Timeouts::default();
    (timeouts.payer, timeouts.step) = (hours(8), hours(9));
    // A handler writes to a disk, which is slow on the fast clock, too.
    timeouts.handler = hours(9);
    // What is unknown for so long is for a person; what a person gives up there, ours do in the calm.
    timeouts.attention = hours(12);
    timeouts
}

/// Runs until it is told to stop or the conductor is gone, and ends what it has begun.
pub(crate) async fn run() -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let post: Post = serde_json::from_str(&env::var(POST)?)?;
    let [one, two] = &post.logs;
    let of_one_stage = store::open(one).await?;
    let of_two_stage =
        if one == two { Arc::clone(&of_one_stage) } else { store::open(two).await? };
    let diary = Arc::new(Diary::open(&post)?);
    let shop = Arc::new(Shop {
        one_stage: till(&post, SANDBOX_TERMINAL, &of_one_stage, &diary)?,
        two_stage: till(&post, TWO_STAGE_TERMINAL, &of_two_stage, &diary)?,
        hooks: post.hooks.clone(),
        tags: tags(),
    });
    let (stop, stopped) = watch::channel(false);
    let mut looking = JoinSet::new();
    for payments in [&shop.one_stage, &shop.two_stage] {
        let (payments, mut stopped) = (payments.clone(), stopped.clone());
        looking.spawn(async move {
            let word = async move { drop(stopped.wait_for(|said| *said).await) };
            payments.keep_reconciling(PAUSE, word).await;
        });
    }
    let (mut asks, mut asked) = (asks(), JoinSet::new());
    loop {
        tokio::select! {
            ask = asks.recv() => match ask {
                Some(ask) => drop(asked.spawn(answered(shop.clone(), ask))),
                None => break,
            },
            _ = terminate.recv() => break,
            Some(_) = asked.join_next() => {}
        }
    }
    while asked.join_next().await.is_some() {}
    stop.send(true)?;
    while let Some(ended) = looking.join_next().await {
        ended?;
    }
    Ok(())
}

/// What the conductor asks, until it closes the line.
fn asks() -> mpsc::UnboundedReceiver<Ask> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let lines = stdin().lines().map_while(Result::ok);
        for ask in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
            if sender.send(ask).is_err() {
                return;
            }
        }
    });
    receiver
}

async fn answered(shop: Arc<Shop>, ask: Ask) {
    let id = ask.id;
    let said = shop.answer(ask).await.unwrap_or_else(|error| Said::Error(error.to_string()));
    if let Ok(line) = serde_json::to_string(&Answer { id, said }) {
        // A conductor that is gone hears nothing, and needs nothing.
        let _ = writeln!(stdout().lock(), "{line}");
    }
}

struct Shop {
    one_stage: Payments,
    two_stage: Payments,
    hooks: String,
    tags: TagKey,
}

fn till(
    post: &Post,
    terminal: &str,
    store: &Arc<dyn PaymentStore>,
    diary: &Arc<Diary>,
) -> Result<Payments, Failure> {
    let environment = Environment::fake_bank(&post.oauth, &post.api)?;
    let credentials =
        Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), TerminalId::new(terminal)?);
    let clock = Arc::new(TokioClock);
    let gateway = if post.by_hyper {
        HttpGateway::new(HyperTransport::new()?, clock, environment, credentials)
    } else {
        HttpGateway::new(ReqwestTransport::new()?, clock, environment, credentials)
    };
    let gateway = gateway.with_deadline(DEADLINE).with_tags(tags());
    let clock = FastClock { started: Timestamp::from_unix_millis(post.started) };
    Ok(Payments::with_clock(gateway, Arc::clone(store), clock)
        .with_tags(tags())
        .with_timeouts(timeouts())
        .with_status_checks_per_second(CHECKS_PER_SECOND)
        .with_notification_handler(Told(Arc::clone(diary))))
}

impl Shop {
    async fn answer(&self, ask: Ask) -> Result<Said, Failure> {
        let till = if ask.two_stage { &self.two_stage } else { &self.one_stage };
        let order = ask.order.as_str();
        match ask.wish {
            Wish::Pay { amount, card } => {
                let hook = format!("{}/{}", self.hooks, ask.two_stage);
                let request = PaymentRequest::new(order)?.with_post_links(&hook, &hook)?;
                let card = card_of(&card, "01/30", "321", "ARMAN ALI");
                Ok(payment(&till.pay_with(order, Money::tiyn(amount), card, &request).await?))
            }
            Wish::Confirm { state, form } => {
                Ok(payment(&till.confirm(&state, read_three_ds_return(form.as_bytes())?).await?))
            }
            Wish::PaymentStatus => Ok(payment(&till.status(order).await?)),
            Wish::Abandon => Ok(payment(&till.abandon(order).await?)),
            Wish::Capture { step, amount } => {
                step_said(till.capture(order, &step, Money::tiyn(amount)).await)
            }
            Wish::Void { step } => step_said(till.void(order, &step).await),
            Wish::Refund { step, amount } => {
                step_said(till.refund(order, &step, Money::tiyn(amount)).await)
            }
            Wish::GiveUp { step } => {
                till.operator()
                    .give_up(order, &step, "the bank's cabinet shows no such refund")
                    .await?;
                Ok(Said::Step(StepIs::GivenUp))
            }
            Wish::Hint { body } => {
                let terminal = if ask.two_stage { TWO_STAGE_TERMINAL } else { SANDBOX_TERMINAL };
                let hint =
                    PostLink::read(body.as_bytes())?.check(&self.tags, &TerminalId::new(terminal)?);
                till.hint(&hint).await?;
                Ok(Said::HintOutcome)
            }
        }
    }
}

fn payment(outcome: &Outcome) -> Said {
    let attempt = outcome.attempt();
    let is = match outcome {
        // No promise: whoever pays now pays under this invoice.
        Outcome::NotAsked(_) => Is::New,
        Outcome::Paid(attempt) => {
            Is::Paid { kept: attempt.net_captured().map_or(0, |kept| kept.minor()) }
        }
        Outcome::Held(_) => Is::Held,
        Outcome::AskPayer(ask) => match attempt.payment().challenge() {
            Some(challenge) => Is::AskPayer {
                state: ask.state(),
                pa_req: challenge.pa_req.clone(),
                md: challenge.md.clone(),
            },
            None => Is::Unknown,
        },
        Outcome::Declined(..) => Is::Declined,
        Outcome::NotExecuted(_) => Is::NotExecuted,
        Outcome::Abandoned(_) => Is::Abandoned,
        Outcome::Voided(_) | Outcome::Refunded(_) | Outcome::Verified(_) => Is::GivenBack,
        _ => Is::Unknown,
    };
    Said::Payment { invoice: attempt.invoice().to_string(), is }
}

fn step_said(outcome: Result<StepOutcome, PayError>) -> Result<Said, Failure> {
    Ok(Said::Step(match outcome? {
        StepOutcome::Done(_) => StepIs::Done,
        StepOutcome::Declined(..) => StepIs::Declined,
        StepOutcome::NotSent(_) => StepIs::NotSent,
        StepOutcome::GivenUp(_) => StepIs::GivenUp,
        StepOutcome::Superseded(_) => StepIs::Superseded,
        _ => StepIs::Unknown,
    }))
}

/// The shop's own book: what it was told, on the disk before it says that it has heard.
#[derive(Debug)]
struct Diary {
    file: Mutex<File>,
    lines: AtomicU64,
}

#[derive(Debug)]
struct Told(Arc<Diary>);

impl Diary {
    fn open(post: &Post) -> Result<Diary, Failure> {
        let file = OpenOptions::new().create_new(true).append(true).open(&post.notifications)?;
        Ok(Diary { file: Mutex::new(file), lines: AtomicU64::new(0) })
    }
}

#[async_trait]
impl NotificationHandler for Told {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let attempt = notification.attempt();
        let (id, kind, status) = (notification.id(), notification.kind(), attempt.answer().status);
        let line = NotificationLine::new(id, kind, attempt.order(), attempt.payment(), status);
        let mut text = serde_json::to_string(&Line::from(line))?;
        text.push('\n');
        let mut file = self.0.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        // Sometimes it fails after it has written, as a shop does whose answer is lost: the same must come again.
        if self.0.lines.fetch_add(1, Relaxed) % 13 == 12 {
            Err("the shop's answer was lost".into())
        } else {
            Ok(())
        }
    }
}
