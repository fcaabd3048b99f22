//! Who takes payments: workers, with a line to each that breaks when the process is killed, or `epay serve`.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{error::Elapsed, timeout},
};

use crate::{
    Failure, end,
    service::Service,
    words::{Answer, Ask, POST, Post, Said, Wish},
};

/// Far more than all deadlines of one ask together.
const LONGEST: Duration = Duration::from_secs(120);

/// Who waits for an answer; nothing once the process is gone.
type Waiting = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Said>>>>>;

pub(crate) enum Crew {
    Workers(Vec<Worker>),
    /// The service; and once it has stopped, a worker on the same log, for whom days pass.
    Service(Box<(Service, OnceLock<Worker>)>),
}

impl Crew {
    /// How many may be asked.
    pub(crate) fn count(&self) -> u64 {
        match self {
            Crew::Workers(workers) => workers.len() as u64,
            Crew::Service(_) => 1,
        }
    }

    /// What is answered; `None` when whoever was asked died before that.
    pub(crate) async fn ask(
        &self,
        which: usize,
        order: &str,
        two_stage: bool,
        wish: Wish,
    ) -> Result<Option<Said>, Elapsed> {
        match self {
            Crew::Workers(workers) => workers[which].ask(order, two_stage, wish).await,
            Crew::Service(both) => match both.1.get() {
                Some(worker) => worker.ask(order, two_stage, wish).await,
                None => timeout(LONGEST, both.0.ask(order, two_stage, wish)).await,
            },
        }
    }

    pub(crate) fn kill(&self, which: usize) -> Result<(), Failure> {
        match self {
            Crew::Workers(workers) => workers.get(which).ok_or("there is no such worker")?.kill(),
            Crew::Service(both) => both.0.kill(which),
        }
    }

    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        let workers = match self {
            Crew::Workers(workers) => workers.as_slice(),
            Crew::Service(both) => both.1.get().map_or(&[][..], std::slice::from_ref),
        };
        for worker in workers {
            worker.stop().await?;
        }
        Ok(())
    }
}

pub(crate) struct Worker {
    program: PathBuf,
    name: String,
    post: Post,
    life: Mutex<Life>,
}

struct Life {
    /// How many processes it has been.
    number: u64,
    /// How many asks it was sent.
    asks: u64,
    /// Nothing after it was told to stop.
    process: Option<Child>,
    line: Option<ChildStdin>,
    waiting: Waiting,
}

impl Worker {
    /// Starts it; `post` without the file for the notifications, which every process has of its own.
    pub(crate) fn start(program: PathBuf, name: String, post: Post) -> Result<Worker, Failure> {
        let life = begin(&program, &name, &post, 1)?;
        Ok(Worker { program, name, post, life: Mutex::new(life) })
    }

    /// What it answers; `None` when it died before that. One that lives and does not answer has hung.
    pub(crate) async fn ask(
        &self,
        order: &str,
        two_stage: bool,
        wish: Wish,
    ) -> Result<Option<Said>, Elapsed> {
        let Some(answer) = self.asked(order, two_stage, wish) else { return Ok(None) };
        Ok(timeout(LONGEST, answer).await?.ok())
    }

    fn asked(&self, order: &str, two_stage: bool, wish: Wish) -> Option<oneshot::Receiver<Said>> {
        let mut life = self.life();
        life.asks += 1;
        let id = life.asks;
        let (sender, answer) = oneshot::channel();
        lock(&life.waiting).as_mut()?.insert(id, sender);
        let text =
            serde_json::to_string(&Ask { id, order: order.to_owned(), two_stage, wish }).ok()?;
        writeln!(life.line.as_mut()?, "{text}").ok()?;
        Some(answer)
    }

    /// Kills it without a word and starts it again.
    pub(crate) fn kill(&self) -> Result<(), Failure> {
        let mut life = self.life();
        life.kill()?;
        *life = begin(&self.program, &self.name, &self.post, life.number + 1)?;
        Ok(())
    }

    /// Tells it to stop; it has to end what it has begun.
    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        let process = self.life().process.take();
        let mut process = process.ok_or("a worker is stopped once")?;
        let ended = end::well(&mut process, &self.name).await;
        if ended.is_err() {
            process.kill()?;
            process.wait()?;
        }
        ended
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        lock(&self.life)
    }
}

impl Life {
    fn kill(&mut self) -> Result<(), Failure> {
        if let Some(process) = &mut self.process {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.kill();
    }
}

fn begin(program: &Path, name: &str, post: &Post, number: u64) -> Result<Life, Failure> {
    let post = Post {
        notifications: post.notifications.join(format!("{name}-{number}.jsonl")),
        ..post.clone()
    };
    let mut process = Command::new(program)
        .env(POST, serde_json::to_string(&post)?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let waiting = Waiting::new(Mutex::new(Some(HashMap::new())));
    let (line, said) =
        (process.stdin.take(), process.stdout.take().ok_or("a worker has no output")?);
    std::thread::spawn({
        let waiting = Arc::clone(&waiting);
        move || hear(said, &waiting)
    });
    Ok(Life { number, asks: 0, process: Some(process), line, waiting })
}

/// Hands each answer to who waits for it, until the line breaks; then nobody waits in vain.
fn hear(said: ChildStdout, waiting: &Waiting) {
    let answers = BufReader::new(said).lines().map_while(Result::ok);
    for Answer { id, said } in answers.filter_map(|line| serde_json::from_str(&line).ok()) {
        if let Some(sender) = lock(waiting).as_mut().and_then(|waiting| waiting.remove(&id)) {
            // Who asked may have left.
            let _ = sender.send(said);
        }
    }
    *lock(waiting) = None;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
