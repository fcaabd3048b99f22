//! The network between shop and bank: requests and answers are cut, lost, delayed, doubled and
//! damaged.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use epay_fakebank::{Answer, Callback, Delivery, FaultKind, Moment};
use epay_http::{Transport, TransportError};
use http::{Request, Response, StatusCode};

use crate::call::Call;
use crate::clock::MachineClock;
use crate::trace::Who;
use crate::world::{Struck, World};
use crate::{Fault, Site, checks, damage, lie};

/// The network card of one process.
pub(crate) struct Network {
    pub(crate) world: Arc<World>,
    pub(crate) machine: MachineClock,
    pub(crate) process: usize,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Network({})", self.process)
    }
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.machine.awake().await;
        let call = Call::of(&request, &self.world);
        let strikes =
            call.order.map_or_else(Vec::new, |order| self.world.strikes(call.site, order));
        let struck = |fault: Fault| strikes.iter().find(|it| it.fault == fault).copied();
        let under_way = checks::begins(&self.world, &call, &self.machine, &request);
        let us = Who::Process(self.process);
        if self.is_down(&call, struck(Fault::Refused)) {
            return Err(TransportError::not_sent(Error::from(ErrorKind::ConnectionRefused)));
        }
        let key = [call.site.name(), &call.invoice];
        self.world.tell(call.order, (us, Who::Bank), &key, || key.join(" "));
        let heard = Heard::begins(&self.world, &call);
        if let Some(order) = call.order {
            self.world.with(|inner| inner.answers.sent(order, call.site));
        }
        let on_the_way = 5 + call.dice(&self.world, 40);
        if let Some(Struck { fault, millis }) = struck(Fault::RequestDelayed) {
            let late = self.arrives_late(request, call, fault, on_the_way + millis).await;
            if late.is_ok() {
                heard.whole();
            }
            return late;
        }
        self.world.time.wait(on_the_way).await;
        if let Some(Struck { fault, .. }) = struck(Fault::CutBefore) {
            self.world.struck(fault, call.order);
            return Err(TransportError::interrupted(Error::from(ErrorKind::ConnectionReset)));
        }
        if let Some(Struck { fault, .. }) = struck(Fault::LostBefore) {
            self.world.struck(fault, call.order);
            return std::future::pending().await;
        }
        if let Some((fault, response)) = strikes.iter().find_map(damage::refusal) {
            self.world.struck(fault, call.order);
            if let Some(under_way) = &under_way {
                under_way.is_answered(response.status());
            }
            return Ok(response);
        }
        let answered = self.effect(&request, &call, &strikes);
        if struck(Fault::KillAfterCall).is_some() {
            self.world.struck(Fault::KillAfterCall, call.order);
            crate::process::dies(&self.world, self.process);
        }
        let late = struck(Fault::AnswerDelayed).map_or(0, |it| {
            self.world.struck(it.fault, call.order);
            it.millis
        });
        self.world.time.wait(5 + call.dice(&self.world, 200) + late).await;
        self.machine.awake().await;
        let response = self.comes_back(answered, &call, &strikes).await?;
        let status = response.status();
        let words = || lie::in_words(&response);
        self.world.tell(call.order, (Who::Bank, us), &[status.as_str()], words);
        if !strikes.iter().any(|it| damage::is_damage(it.fault)) {
            if status != StatusCode::UNAUTHORIZED {
                heard.whole();
            }
            if let Some(under_way) = &under_way {
                under_way.is_answered(status);
            }
        }
        Ok(response)
    }
}

/// Whether the answer to a check has come back whole; else it is lost when this is dropped.
struct Heard<'a> {
    world: &'a World,
    order: Option<usize>,
    whole: bool,
}

impl Heard<'_> {
    fn begins<'a>(world: &'a World, call: &Call) -> Heard<'a> {
        Heard { world, order: call.order.filter(|_| call.site == Site::Status), whole: false }
    }

    fn whole(mut self) {
        self.whole = true;
    }
}

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        if let Some(order) = self.order {
            self.world.with(|inner| inner.answers.checked(order, self.whole));
        }
    }
}

impl Network {
    /// Whether there is no connection now, for as long as the strike says.
    fn is_down(&self, call: &Call, strike: Option<Struck>) -> bool {
        let (Some(order), now) = (call.order, self.world.time.millis()) else { return false };
        let key = (call.site, order);
        if let Some(Struck { fault, millis }) = strike {
            self.world.struck(fault, call.order);
            self.world.with(|inner| inner.down.insert(key, now + millis));
        }
        let until = self.world.with(|inner| inner.down.get(&key).copied());
        !self.world.is_healed() && until.is_some_and(|until| now <= until)
    }

    /// The bank does it, once or twice, and sends its callbacks.
    fn effect(&self, request: &Request<Bytes>, call: &Call, strikes: &[Struck]) -> Answer {
        let doubled = strikes.iter().any(|it| it.fault == Fault::Doubled);
        let at_the_bank = |it: &Struck| match it.fault {
            Fault::LateVisible => Some(FaultKind::LateVisible(it.millis)),
            Fault::NoMd => Some(FaultKind::ChallengeWithoutMd),
            Fault::SaysDone => Some(FaultKind::SaysDone),
            _ => None,
        };
        let answer = call.performed(&self.world, request, strikes.iter().filter_map(at_the_bank));
        let yes = matches!(&answer.delivery, Delivery::Whole(whole) if whole.status() == 200);
        for Struck { fault, .. } in strikes.iter().filter(|it| at_the_bank(it).is_some()) {
            // Whoever refuses says nothing that is not so.
            if *fault == Fault::SaysDone && !yes {
                continue;
            }
            self.world.struck(*fault, call.order);
            self.world.with(|inner| match fault {
                // What is shown so late that nobody waits any more is found by a daily check.
                Fault::LateVisible => inner.behind.extend(call.order),
                Fault::SaysDone => inner.said_done.extend(call.order),
                _ => {}
            });
        }
        let mut callbacks = answer.callbacks.clone();
        let answer = if doubled {
            self.world.struck(Fault::Doubled, call.order);
            let again = call.performed(&self.world, request, []);
            self.world.with(|inner| {
                let at = inner.bank.wire_log().len().saturating_sub(1);
                inner.doubled.insert(at);
            });
            callbacks.extend(again.callbacks.iter().cloned());
            again
        } else {
            answer
        };
        crate::check::after_call(&self.world, call);
        if let Some(order) = call.order {
            for callback in callbacks {
                post(&self.world, callback, order, call.dice(&self.world, 2_000));
            }
        }
        answer
    }

    async fn comes_back(
        &self,
        answered: Answer,
        call: &Call,
        strikes: &[Struck],
    ) -> Result<Response<Bytes>, TransportError> {
        for Struck { fault, .. } in strikes {
            match fault {
                Fault::CutAfter => {
                    self.world.struck(*fault, call.order);
                    let reset = Error::from(ErrorKind::ConnectionReset);
                    return Err(TransportError::interrupted(reset));
                }
                Fault::LostAfter => {
                    self.world.struck(*fault, call.order);
                    return std::future::pending().await;
                }
                _ => {}
            }
        }
        let Delivery::Whole(response) = answered.delivery else {
            return Err(TransportError::interrupted(Error::from(ErrorKind::ConnectionReset)));
        };
        if let Some((fault, response)) = strikes.iter().find_map(|it| damage::of(it, &response)) {
            self.world.struck(fault, call.order);
            return Ok(response);
        }
        Ok(lie::told(&self.world, call, strikes, response))
    }

    /// The request is under way for longer than its caller may wait; the bank does it all the same.
    async fn arrives_late(
        &self,
        request: Request<Bytes>,
        call: Call,
        fault: Fault,
        millis: u64,
    ) -> Result<Response<Bytes>, TransportError> {
        self.world.struck(fault, call.order);
        let (send, arrived) = tokio::sync::oneshot::channel();
        let late = Network {
            world: Arc::clone(&self.world),
            machine: self.machine.clone(),
            process: self.process,
        };
        tokio::spawn(async move {
            late.world.time.wait(millis).await;
            let answer = late.effect(&request, &call, &[]);
            // Nobody waits any more, at times.
            let _ = send.send(answer.whole());
        });
        let response = arrived.await.ok().flatten();
        self.machine.awake().await;
        response.ok_or_else(|| TransportError::interrupted(Error::from(ErrorKind::ConnectionReset)))
    }
}

/// A callback is under way, as the strikes of its order have it.
pub(crate) fn post(world: &Arc<World>, callback: Callback, order: usize, dice: u64) {
    let strikes = world.strikes(Site::Callback, order);
    let early = callback.moment == Moment::BeforeAnswer;
    let mut wait = if early { 0 } else { 300 + dice };
    let (mut copies, mut callback) = (callback.copies, callback);
    for Struck { fault, millis } in strikes {
        world.struck(fault, Some(order));
        match fault {
            Fault::CallbackLost => copies = 0,
            Fault::CallbackDoubled => copies = 3,
            Fault::CallbackEarly => wait = 0,
            Fault::CallbackLate => wait += millis,
            Fault::CallbackUnproven => callback.body = lie::without_secret(&callback.body),
            _ => {}
        }
    }
    for copy in 0..copies {
        let (world, callback) = (Arc::clone(world), callback.clone());
        tokio::spawn(async move {
            world.time.wait(wait + u64::from(copy) * 700).await;
            crate::shop::hears(&world, &callback.body, order, true).await;
        });
    }
}
