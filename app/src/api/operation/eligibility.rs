//! Whether 延期 or 解锁 of a card can begin, and why not.

use card_domain::{Action, CardId, OperatorNo, Refusal};
use serde::{Deserialize, Serialize};

/// Why an operation on a card can't begin. None of these depends on what is in
/// a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CannotOperate {
    /// The card's state does not allow it.
    State(Refusal),
    /// An operation on this card is not finished; its next insertion, or its
    /// own ticket, finishes it.
    Unfinished(Action),
    /// The certificate is good for longer than the warning window, and the
    /// server is configured to renew only within it.
    NotDue {
        /// Calendar days that are left.
        days_left: i64,
    },
    /// The CA of this installation ends before the ten years of a new certificate
    /// would: the server's administrator has to renew it first.
    IssuerEnds,
    /// Nobody knows which PUK is on the card: it was pulled in the very moment
    /// in which the PUK changed, or the card refused the PUK. It is never
    /// tried again; only a new card helps.
    PukUnknown,
}

/// A card that was asked for and can't be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The card.
    pub card: CardId,
    /// 操作员编号.
    pub operator_no: OperatorNo,
    /// 操作员姓名.
    pub holder_name: String,
    /// Why.
    pub why: CannotOperate,
}

/// Whether an operation on a card of a list is possible, and how urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// It is possible. `due` says that it is called for: the certificate is
    /// expired or expiring, the PIN was seen blocked.
    Yes {
        /// See above.
        due: bool,
    },
    /// It is not.
    No {
        /// Why.
        why: CannotOperate,
    },
}
