//! The words of an act on several cards under one signature.

use card_domain::{CardId, OperatorNo, StateName};
use card_protocol::{proposal::SignedProposal, statement::Statement};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::operation::LeftOut;

/// Acts that may be done once their statement is signed: one signature for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActsProposal {
    /// What the legal-person card has to sign.
    pub statement: Statement,
    /// The service's signature for the bridge, which has the card sign nothing
    /// else.
    pub signed: SignedProposal,
    /// After this the proposal is void.
    #[serde(with = "card_domain::micros")]
    pub expires_at: Timestamp,
    /// Those that were asked for and can't be acted on; the statement does not name
    /// them.
    pub left_out: Vec<LeftOut>,
}

/// What became of each card that the statement names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActsDone {
    /// In the statement's order.
    pub cards: Vec<CardDone>,
}

/// What became of one of several cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardDone {
    /// The card.
    pub card: CardId,
    /// 操作员编号.
    pub operator_no: OperatorNo,
    /// 操作员姓名.
    pub holder_name: String,
    /// Its state now.
    pub state: StateName,
    /// The number of the event that records the act; none where it was not done, since
    /// somebody changed the card meanwhile.
    pub event: Option<i64>,
}
