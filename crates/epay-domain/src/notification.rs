//! The kinds of notification to a shop, one word each.

use core::fmt;

/// The kind of a notification. Its word goes into the log and to the shop, and stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NotificationKind {
    /// The money is held: capture it or void it.
    Held,
    /// The money is taken: ship. Once for an attempt.
    Captured,
    /// Some or all of it was given back, by us or in the bank's own portal.
    Refunded,
    /// The hold is gone.
    Voided,
    /// The card was verified; no money moved.
    Verified,
    /// The bank declined; the payer may try again.
    Declined,
    /// The attempt ended without money moving, as far as the bank knows; the payer may try again.
    NotExecuted,
    /// A person has to look: facts contradict each other, or something stays unknown for too long.
    NeedsAttention,
}

impl NotificationKind {
    /// All of them.
    pub const ALL: [NotificationKind; 8] = [
        NotificationKind::Held,
        NotificationKind::Captured,
        NotificationKind::Refunded,
        NotificationKind::Voided,
        NotificationKind::Verified,
        NotificationKind::Declined,
        NotificationKind::NotExecuted,
        NotificationKind::NeedsAttention,
    ];

    /// One word for it, for logs and programs.
    pub const fn name(self) -> &'static str {
        match self {
            NotificationKind::Held => "held",
            NotificationKind::Captured => "captured",
            NotificationKind::Refunded => "refunded",
            NotificationKind::Voided => "voided",
            NotificationKind::Verified => "verified",
            NotificationKind::Declined => "declined",
            NotificationKind::NotExecuted => "not_executed",
            NotificationKind::NeedsAttention => "needs_attention",
        }
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
