//! The list of all faults: each one's name, where it strikes, and whether it makes the bank lie.

use serde::{Deserialize, Serialize};

/// Where a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Site {
    /// The call for a token of the bank.
    Token,
    /// The payment call.
    Cryptopay,
    /// The answer of a payer's 3-D Secure page, on its way to the bank.
    Confirm,
    /// The capture of a hold, in the bank's word.
    Charge,
    /// The void of a hold, in the bank's word.
    Cancel,
    /// A refund.
    Refund,
    /// A status check.
    Status,
    /// A callback of the bank.
    Callback,
    /// The store opens an attempt.
    Create,
    /// The store reads an attempt.
    Load,
    /// The store writes events.
    Append,
    /// The shop is notified.
    Notify,
}

impl Site {
    /// As scenarios and traces print it.
    pub const fn name(self) -> &'static str {
        match self {
            Site::Token => "token",
            Site::Cryptopay => "cryptopay",
            Site::Confirm => "confirm",
            Site::Charge => "charge",
            Site::Cancel => "cancel",
            Site::Refund => "refund",
            Site::Status => "status",
            Site::Callback => "callback",
            Site::Create => "create",
            Site::Load => "load",
            Site::Append => "append",
            Site::Notify => "notify",
        }
    }
}

const MONEY: &[Site] = &[Site::Cryptopay, Site::Confirm, Site::Charge, Site::Cancel, Site::Refund];
const CALL: &[Site] = &[
    Site::Token,
    Site::Cryptopay,
    Site::Confirm,
    Site::Charge,
    Site::Cancel,
    Site::Refund,
    Site::Status,
];
const ANSWER: &[Site] =
    &[Site::Cryptopay, Site::Confirm, Site::Charge, Site::Cancel, Site::Refund, Site::Status];
const HOLD: &[Site] = &[Site::Charge, Site::Cancel];
const BOOKS: &[Site] = &[Site::Cryptopay, Site::Confirm];
const TWICE: &[Site] = &[Site::Cryptopay, Site::Confirm, Site::Charge, Site::Cancel];
const STATUS: &[Site] = &[Site::Status];
const NAMES: &[Site] = &[Site::Cryptopay, Site::Status];
const POST: &[Site] = &[Site::Callback];
const WRITE: &[Site] = &[Site::Create, Site::Append];
const STORE: &[Site] = &[Site::Create, Site::Load, Site::Append];
const SHOP: &[Site] = &[Site::Notify];
/// What an act brings: it strikes where the scenario says.
const ACT: &[Site] = &[];

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident $name:literal $sites:ident $(lies $lies:tt)?;)+) => {
        /// What goes wrong. The name is the one that scenarios, tables and counters print.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Fault { $($(#[$doc])* #[serde(rename = $name)] $variant),+ }

        impl Fault {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant),+];

            /// As scenarios, tables and counters print it.
            pub const fn name(self) -> &'static str {
                match self { $(Fault::$variant => $name),+ }
            }

            /// Where it can strike; nowhere for what comes with an act of the scenario.
            pub const fn sites(self) -> &'static [Site] {
                match self { $(Fault::$variant => $sites),+ }
            }

            /// Whether the bank says by it what is not so. Nobody can know the truth of such an
            /// attempt: what must hold is that money is safe, and that a person hears.
            pub const fn lies(self) -> bool {
                match self { $(Fault::$variant => faults!(@lies $($lies)?)),+ }
            }
        }
    };
    (@lies) => { false };
    (@lies $lies:tt) => { true };
}

faults! {
    /// No connection: provably not sent.
    Refused "refused" CALL;
    /// Cut before the bank has read it.
    CutBefore "cut_before_effect" CALL;
    /// Done, then cut.
    CutAfter "cut_after_effect" CALL;
    /// The request vanishes, and no answer ever comes.
    LostBefore "request_lost" CALL;
    /// Done, and no answer ever comes, of this call or for a while of any about the order.
    LostAfter "answer_lost" CALL;
    /// The request arrives late, at times after its deadline.
    RequestDelayed "request_delayed" CALL;
    /// The answer is late, at times after its deadline.
    AnswerDelayed "answer_delayed" CALL;
    /// A proxy on the way sends the request twice.
    Doubled "doubled_by_proxy" TWICE;
    /// 401, nothing done.
    Unauthorized "http_401" CALL;
    /// 403, nothing done.
    Forbidden "http_403" CALL;
    /// 403 with a page of a proxy; nobody can tell whether it was done: it was.
    ForbiddenAfter "http_403_after_effect" MONEY;
    /// 400 with a code that says nothing of the money; nobody can tell whether it was done: it was.
    RefusedYetDone "http_400_after_effect" MONEY;
    /// 404 with a page, nothing done.
    WrongRoute "http_404" CALL;
    /// 429, nothing done.
    TooMany "http_429" CALL;
    /// 500, nothing done.
    ErrorBefore "http_500_before_effect" CALL;
    /// Done, then 500.
    ErrorAfter "http_500_after_effect" CALL;
    /// 502 with a page of a proxy; nobody can tell whether it was done: it was.
    BadGateway "http_502_after_effect" CALL;
    /// 503, under maintenance, nothing done.
    Maintenance "http_503" CALL;
    /// Done, and 200 without a body.
    EmptyBody "empty_body" ANSWER;
    /// Done, and the JSON of the answer ends in the middle.
    TruncatedJson "truncated_json" ANSWER;
    /// Done, and 200 with a page.
    HtmlBody "html_body" ANSWER;
    /// Done, and the answer is longer than anybody reads.
    HugeBody "huge_body" ANSWER;
    /// Done, and the answer is nested without end.
    DeepBody "deep_body" ANSWER;
    /// Done, and the answer says everything twice.
    DoubledKeys "doubled_keys" ANSWER;
    /// Done, and what the answer says is not UTF-8.
    NotUtf8 "not_utf8" ANSWER;
    /// Status shows it only later.
    LateVisible "late_visible" MONEY;
    /// It is not done, and the answer says that it is.
    SaysDone "says_done" HOLD;
    /// Status says in progress, once or for hours.
    InProgress "says_in_progress" STATUS;
    /// Status says not found, once or for longer than a day.
    NotFound "says_not_found" STATUS;
    /// Status answers as it did before.
    Stale "stale_status" STATUS;
    /// Status with a name nobody has seen, once or for a while.
    UnknownStatus "unknown_status_name" STATUS;
    /// A code nobody has seen, and no final one.
    UnknownCode "unknown_code" BOOKS;
    /// The challenge in the answer has no `md`.
    NoMd "challenge_without_md" BOOKS;
    /// The answer names no operation.
    NoId "answer_without_id" NAMES;
    /// The sum is split with a bonus that is not added.
    BonusSplit "bonus_split" STATUS;
    /// What we sent along does not come back.
    NoEcho "echo_missing" STATUS;
    /// The answer names another operation.
    OtherOperation "other_operation" NAMES lies (yes);
    /// The answer names another invoice.
    OtherInvoice "other_invoice" NAMES lies (yes);
    /// The answer carries another attempt's tag.
    OtherTag "other_tag" STATUS lies (yes);
    /// Another sum.
    OtherSum "other_sum" NAMES lies (yes);
    /// Another currency.
    OtherCurrency "other_currency" NAMES lies (yes);
    /// Another terminal.
    OtherTerminal "other_terminal" NAMES lies (yes);
    /// A hold that the status calls a capture.
    StageSkipped "stage_skipped" STATUS lies (yes);
    /// Approved, and then refused by the status.
    ThenRefused "ok_then_refused" STATUS lies (yes);
    /// The callback never comes.
    CallbackLost "callback_lost" POST;
    /// It comes three times.
    CallbackDoubled "callback_doubled" POST;
    /// It comes before the answer.
    CallbackEarly "callback_early" POST;
    /// It comes days late.
    CallbackLate "callback_late" POST;
    /// Its secret was lost on the way.
    CallbackUnproven "callback_unproven" POST;
    /// The store fails and has written nothing.
    StoreFailedBefore "store_failed_before_commit" WRITE;
    /// The store has written and says that it failed.
    StoreFailedAfter "store_failed_after_commit" WRITE;
    /// The store can't read.
    StoreUnreadable "store_unreadable" STORE;
    /// The store is slow.
    StoreSlow "store_slow" STORE;
    /// The handler answers that it failed, and has not heard.
    HandlerFailed "handler_failed" SHOP;
    /// The handler has heard, and its answer is lost.
    HandlerForgot "handler_answer_lost" SHOP;
    /// The handler hangs.
    HandlerHangs "handler_hangs" SHOP;
    /// The handler panics.
    HandlerPanics "handler_panics" SHOP;
    /// A process dies, and another starts.
    Kill "process_killed" ACT;
    /// A process dies at once after it has sent something.
    KillAfterCall "process_killed_in_call" MONEY;
    /// A process is replaced by one with other settings.
    Deploy "deployed" ACT;
    /// The machine of a process sleeps.
    Suspend "machine_suspended" ACT;
    /// A wall clock jumps forward.
    WallForward "wall_clock_forward" ACT;
    /// A wall clock jumps back.
    WallBack "wall_clock_back" ACT;
    /// The caller of the facade is dropped.
    CallerDropped "caller_dropped" ACT;
    /// Somebody posts callbacks that the bank never sent.
    Forged "forged_callbacks" ACT;
    /// Somebody gives money back in the bank's portal.
    PortalRefund "portal_refund" ACT;
    /// Somebody releases a hold in the bank's portal.
    PortalVoid "portal_void" ACT;
    /// A hold lapses.
    HoldLapsed "hold_lapsed" ACT;
    /// The bank's number was used before, by somebody else.
    NumberUsed "number_used_before" ACT lies (yes);
    /// The payer clicks twice.
    DoubleClick "double_click" ACT;
    /// The payer's page is loaded again after they have answered.
    ReturnedAgain "returned_again" ACT;
    /// What the payer's browser brings is damaged.
    Tampered "tampered_return" ACT;
    /// The payer pays with another sum.
    SumChanged "sum_changed" ACT;
    /// A person acknowledges without looking.
    PersonHasty "person_acknowledges_unseen" ACT;
    /// A person ends what may still happen.
    PersonCloses "person_closes" ACT;
}

impl Fault {
    /// Whether a strike of it may go on for a while, at each of its sites.
    pub(crate) const fn lasts(self) -> bool {
        matches!(
            self,
            Fault::LostAfter
                | Fault::InProgress
                | Fault::NotFound
                | Fault::UnknownStatus
                | Fault::OtherInvoice
                | Fault::OtherOperation
                | Fault::OtherSum
                | Fault::OtherTag
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_are_what_a_scenario_reads() {
        let mut seen = std::collections::BTreeSet::new();
        for fault in Fault::ALL {
            assert!(seen.insert(fault.name()), "{}", fault.name());
            let json = format!("\"{}\"", fault.name());
            assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), *fault);
        }
    }
}
