//! Everything that happens in one run, decided before it begins: who does what when, and which fault
//! strikes where. A run of the same scenario is the same run.

use std::fmt;

use epay_fakebank::{PayerChoice, Switches};
use serde::{Deserialize, Serialize};

use crate::{Fault, Site};

/// One run, as it is drawn from a seed, read from a file, or made smaller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Decides how long calls take and what the bank names its operations.
    pub seed: u64,
    /// How many processes of the shop share the store; at least one.
    pub processes: usize,
    /// How many of them run the reconciler; the others only serve payers.
    pub reconcilers: usize,
    /// How many milliseconds a call of the store takes at most, where it takes any.
    #[serde(default, skip_serializing_if = "no_time")]
    pub store_millis: u64,
    /// What the bank's documents leave open.
    #[serde(default)]
    pub bank: Switches,
    /// What the shop has set.
    #[serde(default)]
    pub shop: Shop,
    /// What payers buy; the first is `order-0`.
    #[serde(rename = "order")]
    pub orders: Vec<Order>,
    /// Who does what, in order of time.
    #[serde(default, rename = "act")]
    pub acts: Vec<Act>,
    /// Which fault strikes where.
    #[serde(default, rename = "strike")]
    pub strikes: Vec<Strike>,
}

/// The shop's settings that decide about money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shop {
    /// Ships on a reply that names the captured sum.
    pub fulfil_on_reply: bool,
    /// Leaves every late success to a person.
    pub asks_person_when_late: bool,
    /// Minutes after which a payer may choose to pay again; none where they may not.
    pub reopen_after: Option<u32>,
}

/// What one payer buys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Minor units.
    pub amount: u64,
    /// Whether an approval is a hold.
    #[serde(default)]
    pub two_stage: bool,
    /// What the payer pays with.
    pub card: Card,
}

/// What a payer pays with, and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Card {
    /// Approves.
    Good,
    /// Wants 3-D Secure.
    ThreeDs,
    /// Recognises the device first, then approves.
    Fingerprint,
    /// Declines for good.
    Declined,
    /// Fails with a code that is not final, and books nothing.
    NotFinal,
    /// Apple Pay, opened by the shop, approves.
    ApplePay,
    /// Apple Pay, passed on for the bank to open, approves.
    ApplePayToken,
    /// Google Pay, passed on for the bank to open, approves.
    GooglePayToken,
    /// A card that the bank keeps, chosen by the payer, approves.
    Saved,
    /// The same, and the shop asks by itself.
    Recurrent,
}

/// Somebody does something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Milliseconds since the run began.
    pub at: u64,
    /// Which order it is about.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub order: usize,
    /// Which process it goes to.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub process: usize,
    /// What is done.
    #[serde(flatten)]
    pub deed: Deed,
    /// The call is dropped when it has waited so often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_after: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it in so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What somebody does. What makes no sense when its time has come is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum Deed {
    /// The payer pays.
    Pay {
        /// With another card than the order's, such as after a decline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<Card>,
        /// For so many minor units more than the order's sum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<u64>,
    },
    /// The shop hands the payer over to the bank's own form.
    HandOver,
    /// The payer types this card there.
    AtTheForm {
        /// Which one.
        card: Card,
    },
    /// The payer answers the 3-D Secure page that the form has sent them to.
    AnswersAtTheForm {
        /// What they do there.
        choice: PayerChoice,
    },
    /// The payer answers the 3-D Secure page they were shown, and the browser returns.
    Answer {
        /// What they do there.
        choice: PayerChoice,
    },
    /// The browser returns once more with what it brought before.
    ReturnAgain,
    /// The browser brings something damaged.
    Tamper,
    /// The payer cancels at the shop.
    Abandon,
    /// The payer chooses to pay again while nobody knows.
    Reopen,
    /// The shop lets an order that is over be paid anew.
    PayAgain,
    /// A page asks how it stands.
    CheckStatus,
    /// The shop captures so many percent of the sum, under the name `capture-{name}`.
    Capture {
        /// Which capture.
        name: u8,
        /// Of the order's sum.
        percent: u8,
    },
    /// The shop voids, under the name `void-{name}`.
    Void {
        /// Which void.
        name: u8,
    },
    /// The shop gives so many percent back, under the name `refund-{name}`.
    Refund {
        /// Which refund.
        name: u8,
        /// Of the order's sum.
        percent: u8,
    },
    /// A person acknowledges whatever is shown, right or wrong.
    Acknowledge,
    /// A person ends the attempt.
    Close,
    /// A process dies, and another starts.
    Kill,
    /// A process is drained and replaced by one that ships on the other evidence.
    Deploy,
    /// The machine of a process sleeps.
    Suspend {
        /// Seconds.
        seconds: u32,
    },
    /// The wall clock of a process jumps.
    WallJump {
        /// Seconds; back where it is negative.
        seconds: i64,
    },
    /// Somebody gives so many percent back in the bank's portal.
    PortalRefund {
        /// Of what was captured.
        percent: u8,
    },
    /// Somebody releases a hold in the bank's portal.
    PortalVoid,
    /// All holds at the bank lapse.
    HoldsLapse,
    /// The devices of all payers are recognised.
    DevicesPass,
    /// Somebody posts so many callbacks that the bank never sent, about all numbers.
    Forge {
        /// How many.
        count: u16,
    },
    /// Before the order is paid, somebody else has paid under its next number.
    UseNumber {
        /// A moment ago, and not a month.
        #[serde(default)]
        lately: bool,
    },
}

/// A fault strikes the n-th time that something is done about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strike {
    /// What goes wrong.
    pub fault: Fault,
    /// Where.
    pub site: Site,
    /// About which order.
    pub order: usize,
    /// How many times it goes well first.
    #[serde(default)]
    pub after: u32,
    /// For how many milliseconds, where it is about time.
    #[serde(default, skip_serializing_if = "no_time")]
    pub millis: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it in so")]
fn no_time(millis: &u64) -> bool {
    *millis == 0
}

/// What is wrong with the text of a scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError(String);

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl std::error::Error for ScenarioError {}

impl Scenario {
    /// The scenario of a file.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn read(text: &str) -> Result<Scenario, ScenarioError> {
        toml::from_str(text).map_err(|error| ScenarioError(error.to_string()))
    }

    /// The file of a scenario.
    ///
    /// # Panics
    /// Never: every scenario has a text.
    #[expect(clippy::expect_used, reason = "there is no value in it that TOML can't hold")]
    pub fn to_text(&self) -> String {
        toml::to_string(self).expect("numbers, words and lists of them")
    }

    /// How many things happen: acts, and faults that strike.
    pub fn events(&self) -> usize {
        self.acts.len() + self.strikes.len()
    }
}
