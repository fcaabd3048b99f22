//! The shop's side: it receives callbacks and notifications, and records each.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use epay::{HintOutcome, Notification, NotificationHandler, PostLink};

use crate::clock::MachineClock;
use crate::trace::Who;
use crate::world::{Struck, World};
use crate::{Fault, Site, check, hints, store};

/// Who is notified, in one process.
pub(crate) struct Handler {
    pub(crate) world: Arc<World>,
    pub(crate) machine: MachineClock,
    pub(crate) process: usize,
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handler({})", self.process)
    }
}

#[async_trait]
impl NotificationHandler for Handler {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.machine.awake().await;
        let order = store::number_of(notification.attempt().order());
        let mut lost = false;
        for Struck { fault, .. } in
            order.map_or_else(Vec::new, |order| self.world.strikes(Site::Notify, order))
        {
            self.world.struck(fault, order);
            match fault {
                Fault::HandlerFailed => return Err("the shop's database is away".into()),
                Fault::HandlerForgot => lost = true,
                Fault::HandlerHangs => std::future::pending().await,
                // Without the hook that prints it: here it is no accident.
                Fault::HandlerPanics => std::panic::resume_unwind(Box::new("the shop panics")),
                _ => {}
            }
        }
        let (invoice, kind) = (notification.attempt().invoice().as_str(), notification.kind());
        let who = (Who::Process(self.process), Who::Shop);
        self.world.tell(order, who, &[invoice, kind.name()], || format!("{invoice} is {kind}"));
        check::is_told(&self.world, notification);
        if lost { Err("the shop's answer was lost".into()) } else { Ok(()) }
    }
}

/// A callback comes in at a process that lives; `genuine` where the bank has sent it.
pub(crate) async fn hears(world: &Arc<World>, body: &[u8], order: usize, genuine: bool) {
    let process = world
        .with(|inner| inner.processes.iter().find(|process| !process.machine.is_dead()).cloned());
    let Some(process) = process else { return };
    process.machine.awake().await;
    let till = process.till(world, order);
    let Ok(post) = PostLink::read(body) else {
        world.sometimes("a callback that can't be read");
        return;
    };
    let hint = post.check(&process.tags, till.terminal());
    let before = hints::about(world, &hint);
    let heard = till.hint(&hint).await;
    hints::judge(world, (&process.machine, till.terminal()), (&hint, genuine), before, &heard);
    let what = match &heard {
        Ok(HintOutcome::Due) => "a callback makes it due",
        Ok(HintOutcome::Postponed) => "a callback is postponed",
        Ok(_) => "a callback is nobody's",
        Err(_) => "a callback could not be noted",
    };
    world.sometimes(what);
    world.note(Some(order), Who::Bank, Who::Process(process.number), what);
}
