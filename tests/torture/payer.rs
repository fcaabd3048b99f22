//! One order from the first click to the last refund, with everything that a payer and a shop do to it.

use std::{sync::Arc, time::Duration};

use epay::TokioClock;
use epay_domain::Clock as _;
use epay_fakebank::{PayerChoice, cards};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    Failure,
    clock::FACTOR,
    plan::{Hold, Order, Payer},
    stage::{Stage, count},
    words::{Is, Said, StepIs, Wish},
};

/// How long it waits between two questions, and how many it asks before it leaves the rest to the reconciler: longer than
/// the not-found window.
const PAUSE: Duration = Duration::from_millis(80);
const QUESTIONS: usize = 250;
/// How often a refund without an answer is asked about: only a sum or a person ends it.
const REFUND_QUESTIONS: usize = 10;

const MORE_THAN_A_DAY: Duration = Duration::from_secs(26 * 3_600);

struct Story {
    stage: Arc<Stage>,
    order: Order,
    questions: usize,
    /// Given back as soon as there is nothing to do but wait.
    permit: Option<OwnedSemaphorePermit>,
}

/// Plays the order, busy while it has the permit.
pub(crate) async fn play(
    stage: Arc<Stage>,
    order: Order,
    permit: OwnedSemaphorePermit,
) -> Result<(), Failure> {
    stage.bank.plan(&order.faults).await?;
    count(&stage.tally.faults, order.faults.len() as u64);
    let kill =
        order.kill.map(|(worker, after)| tokio::spawn(kill(Arc::clone(&stage), worker, after)));
    let mut story = Story { stage, order, questions: QUESTIONS, permit: Some(permit) };
    story.play().await;
    match kill {
        Some(kill) => kill.await?,
        None => Ok(()),
    }
}

async fn kill(stage: Arc<Stage>, worker: usize, after: u64) -> Result<(), Failure> {
    TokioClock.sleep(Duration::from_millis(after)).await;
    count(&stage.tally.kills, 1);
    stage.crew.kill(worker)
}

impl Story {
    async fn play(&mut self) {
        let mut card = self.order.card;
        let (mut at_the_page, mut tried_again) = (false, false);
        let mut said = self.pay(card, self.order.clicks).await;
        self.somebody_lies(&said).await;
        while let Some(Said::Payment { is, .. }) = said {
            said = match is {
                Is::AskPayer { state, pa_req, md } if !at_the_page => {
                    at_the_page = true;
                    self.at_the_page(state, &pa_req, &md).await
                }
                Is::Declined | Is::NotExecuted | Is::Abandoned
                    if self.order.insists && !tried_again =>
                {
                    (tried_again, at_the_page, card) = (true, false, cards::VISA_OK);
                    self.pay(card, self.order.clicks).await
                }
                Is::New | Is::Unknown | Is::AskPayer { .. } => {
                    if !self.may_ask_again().await {
                        return;
                    }
                    // Some click again while nobody knows, and must not be charged for it.
                    if is == Is::New || self.stage.roll(|dice| dice.percent(5)) {
                        count(&self.stage.tally.doubles, 1);
                        self.pay(card, 1).await
                    } else {
                        self.ask(Wish::PaymentStatus).await
                    }
                }
                Is::Held if self.order.hold != Hold::Keep => match self.end_the_hold().await {
                    Some(StepIs::Done) if self.order.hold != Hold::Cancel => {
                        self.ask(Wish::PaymentStatus).await
                    }
                    _ => return,
                },
                Is::Paid { kept } => return self.refund(kept).await,
                Is::Held | Is::Declined | Is::NotExecuted | Is::Abandoned | Is::GivenBack => {
                    return;
                }
            };
        }
    }

    async fn ask(&self, wish: Wish) -> Option<Said> {
        self.stage.ask(&self.order.name, self.order.two_stage, wish).await
    }

    async fn pay(&self, card: &str, clicks: usize) -> Option<Said> {
        let wish = Wish::Pay { amount: self.order.amount, card: card.to_owned() };
        let said =
            self.stage.ask_at_once(clicks, &self.order.name, self.order.two_stage, wish).await;
        self.or_its_standing(said).await
    }

    /// A wish that was refused has changed nothing; then it is as it was.
    async fn or_its_standing(&self, said: Option<Said>) -> Option<Said> {
        match said {
            Some(Said::Error(_)) => self.ask(Wish::PaymentStatus).await,
            said => said,
        }
    }

    async fn may_ask_again(&mut self) -> bool {
        self.permit = None;
        TokioClock.sleep(PAUSE).await;
        self.questions = self.questions.saturating_sub(1);
        self.questions > 0
    }

    async fn at_the_page(&self, state: String, pa_req: &str, md: &str) -> Option<Said> {
        let choice = match self.order.payer {
            Payer::Approves => PayerChoice::Approve,
            Payer::Refuses => PayerChoice::Decline,
            Payer::Leaves => return self.ask(Wish::PaymentStatus).await,
            Payer::Cancels => {
                let said = self.ask(Wish::Abandon).await;
                return self.or_its_standing(said).await;
            }
        };
        let form = self.stage.bank.at_the_page(pa_req, md, choice).await;
        let said = match form {
            Some(form) => {
                let wish = Wish::Confirm { state, form };
                self.stage
                    .ask_at_once(
                        self.order.step_clicks,
                        &self.order.name,
                        self.order.two_stage,
                        wish,
                    )
                    .await
            }
            None => self.ask(Wish::PaymentStatus).await,
        };
        self.or_its_standing(said).await
    }

    /// Posts what the bank never said: about this invoice with a wrong hash, and about one that nobody has.
    async fn somebody_lies(&self, said: &Option<Said>) {
        let Some(Said::Payment { invoice, .. }) = said else { return };
        if !self.order.forged_hint {
            return;
        }
        for (invoice, code) in
            [(invoice.as_str(), "error"), (invoice, "ok"), ("987654321012345", "ok")]
        {
            let lie = json!({ "invoiceId": invoice, "code": code, "reasonCode": 484, "secret_hash": "made up" });
            self.ask(Wish::Hint { body: lie.to_string() }).await;
            count(&self.stage.tally.forged, 1);
        }
    }

    async fn end_the_hold(&mut self) -> Option<StepIs> {
        if self.order.ships_later {
            self.permit = None;
            TokioClock.sleep(MORE_THAN_A_DAY / FACTOR).await;
        }
        let amount = self.order.amount;
        let wish = |name: &str| match self.order.hold {
            Hold::ChargeHalf => {
                Wish::Capture { step: format!("charge-{name}"), amount: amount / 2 }
            }
            Hold::Cancel => Wish::Void { step: format!("cancel-{name}") },
            Hold::ChargeAll | Hold::Keep => {
                Wish::Capture { step: format!("charge-{name}"), amount }
            }
        };
        let wishes = ["1", "2", "3"].map(wish);
        for wish in wishes {
            // One that had no effect may be asked for again, by another name.
            match self.step(wish, QUESTIONS).await {
                Some(StepIs::NotSent | StepIs::GivenUp) => {}
                ended => return ended,
            }
        }
        None
    }

    async fn refund(&mut self, kept: u64) {
        for (at, part) in self.order.refunds.iter().enumerate() {
            let wish = Wish::Refund { step: format!("refund-{at}"), amount: kept * part / 1_000 };
            if self.step(wish, REFUND_QUESTIONS).await != Some(StepIs::Done) {
                return;
            }
        }
    }

    /// Asks for a step several times at once, and then under the same name until there is an answer, and once more.
    async fn step(&mut self, wish: Wish, questions: usize) -> Option<StepIs> {
        let (order, two_stage) = (self.order.name.clone(), self.order.two_stage);
        let mut said =
            self.stage.ask_at_once(self.order.step_clicks, &order, two_stage, wish.clone()).await;
        for _ in 0..questions {
            match said {
                Some(Said::Step(StepIs::Unknown) | Said::Error(_))
                    if self.may_ask_again().await => {}
                _ => break,
            }
            said = self.ask(wish.clone()).await;
        }
        count(&self.stage.tally.doubles, 1);
        match self.ask(wish).await {
            Some(Said::Step(is)) => Some(is),
            _ => None,
        }
    }
}
