//! The states of a card. What can be derived (expired, expiring, PIN blocked)
//! is not a state: see [`crate::validity`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The state that a lost card came from and returns to with 解挂.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeforeLoss {
    /// The card was 正常.
    Normal,
    /// The card was 已冻结, since the given time.
    Frozen {
        /// When it had been frozen.
        #[serde(with = "crate::micros")]
        since: Timestamp,
        /// When it ends by itself; none of a freeze that somebody has to end.
        #[serde(
            with = "crate::micros::optional",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        until: Option<Timestamp>,
    },
}

/// The state of a card in the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum CardState {
    /// 未制卡: the operator is registered, no card was made yet.
    NotIssued,
    /// 正常.
    Normal,
    /// 已挂失.
    Lost {
        /// Where 解挂 leads back to.
        from: BeforeLoss,
        /// When the loss was reported.
        #[serde(with = "crate::micros")]
        since: Timestamp,
    },
    /// 已冻结.
    Frozen {
        /// When the card was frozen.
        #[serde(with = "crate::micros")]
        since: Timestamp,
        /// When it ends by itself; none of a freeze that somebody has to end.
        #[serde(
            with = "crate::micros::optional",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        until: Option<Timestamp>,
    },
    /// 已注销. Nothing leads out of it.
    Cancelled {
        /// When the card was cancelled.
        #[serde(with = "crate::micros")]
        since: Timestamp,
    },
}

/// The bare name of a state: what lists filter by and storage indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// 未制卡.
    NotIssued,
    /// 正常.
    Normal,
    /// 已挂失.
    Lost,
    /// 已冻结.
    Frozen,
    /// 已注销.
    Cancelled,
}

impl StateName {
    /// Every state's name, in the order in which lists offer them.
    pub const ALL: [Self; 5] = [
        Self::Normal,
        Self::Lost,
        Self::Frozen,
        Self::NotIssued,
        Self::Cancelled,
    ];

    /// The stable name used on the wire and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotIssued => "not_issued",
            Self::Normal => "normal",
            Self::Lost => "lost",
            Self::Frozen => "frozen",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl CardState {
    /// The state without what it remembers.
    #[must_use]
    pub const fn name(self) -> StateName {
        match self {
            Self::NotIssued => StateName::NotIssued,
            Self::Normal => StateName::Normal,
            Self::Lost { .. } => StateName::Lost,
            Self::Frozen { .. } => StateName::Frozen,
            Self::Cancelled { .. } => StateName::Cancelled,
        }
    }

    /// The state at a time: a freeze that had its end by then is none any more, whether
    /// or not anybody has written that down yet.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        match self {
            Self::Frozen {
                until: Some(until), ..
            } if until <= now => Self::Normal,
            Self::Lost {
                from:
                    BeforeLoss::Frozen {
                        until: Some(until), ..
                    },
                since,
            } if until <= now => Self::Lost {
                from: BeforeLoss::Normal,
                since,
            },
            state => state,
        }
    }

    /// When a freeze ends by itself.
    #[must_use]
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Frozen { until, .. } => until,
            _ => None,
        }
    }

    /// Since when the card is in this state, where the state remembers it.
    #[must_use]
    pub const fn since(self) -> Option<Timestamp> {
        match self {
            Self::NotIssued | Self::Normal => None,
            Self::Lost { since, .. } | Self::Frozen { since, .. } | Self::Cancelled { since } => {
                Some(since)
            }
        }
    }

    /// Whether a card in this state may log in.
    #[must_use]
    pub const fn may_log_in(self) -> bool {
        matches!(self, Self::Normal)
    }
}
