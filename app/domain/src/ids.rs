//! The names by which cards, enterprises and operators are known.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The key of a card in the register (a UUID version 7). It says nothing to a
/// person; [`CardNo`] is what is printed on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CardId(pub Uuid);

/// The key of an enterprise in the register (a UUID version 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnterpriseId(pub Uuid);

impl fmt::Display for CardId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::str::FromStr for CardId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for EnterpriseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// IC卡号, as printed on the card. Absent until the card is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CardNo(pub String);

/// 操作员编号, unique in its enterprise; the default order of every list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperatorNo(pub String);

/// Whose card it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 法人卡: looks after the operator cards of its enterprise.
    LegalPerson,
    /// 操作员卡: sees itself only.
    Operator,
}

impl Role {
    /// The stable name used on the wire and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LegalPerson => "legal_person",
            Self::Operator => "operator",
        }
    }
}
