//! The structured form of a statement: what the legal-person card signs, for
//! machines. Version 2 holds all that a verification needs to say who signed
//! what, where and when, so that it believes no column; version 1 named the
//! enterprise and not the signer, and is only read any more.

use card_domain::{Action, CardId, CardState, Cause, EnterpriseId, Role};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::certificate::InstanceId;

/// The version that is made.
pub const VERSION: u8 = 2;

/// How a statement was signed. The name stands under the signature: another
/// algorithm (SM2 with SM3) is another name here, and no other version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureAlgorithm {
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    #[serde(rename = "ES256")]
    Es256,
}

/// Version 2. The order of the fields is the order in the JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementV2 {
    /// [`VERSION`].
    pub version: u8,
    /// What is to be done.
    pub act: Action,
    /// Why, of 挂失 and 冻结. What was signed before it could be said has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// When a 冻结 ends by itself; none of one that somebody has to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// To which cards, one at least.
    pub cards: Vec<SignedCard>,
    /// In which enterprise.
    pub enterprise: SignedEnterprise,
    /// Who signs.
    pub signer: SignedSigner,
    /// The installation in which it is to be done: another one's cards, with the
    /// same numbers, are not meant.
    pub instance: InstanceId,
    /// The server's nonce, base64, as in the message.
    pub nonce: String,
    /// The origin of the page that shows it, as in the message.
    pub origin: String,
    /// When it was proposed.
    pub time: Timestamp,
    /// How it is signed.
    pub algorithm: SignatureAlgorithm,
}

/// A card of a statement, as it was when it was proposed to change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedCard {
    /// The key in the register.
    pub card: CardId,
    /// IC卡号.
    pub card_no: String,
    /// 操作员编号.
    pub operator_no: String,
    /// The state that the act begins from.
    pub state_before: CardState,
    /// The version of the card's row.
    pub state_version: i64,
}

/// The enterprise of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedEnterprise {
    /// The key in the register.
    pub id: EnterpriseId,
    /// 统一社会信用代码.
    pub code: String,
}

/// The signer of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedSigner {
    /// The key in the register.
    pub card: CardId,
    /// IC卡号.
    pub card_no: String,
    /// As what: the legal person.
    pub role: Role,
    /// SHA-256 of the certificate, lower-case hex.
    pub certificate_sha256: String,
}

/// What is read of version 1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StatementV1 {
    /// What was to be done.
    act: Action,
    /// The card of an act.
    card: Option<CardId>,
    /// The cards of an operation.
    #[serde(default)]
    cards: Vec<CardV1>,
    /// When it was proposed.
    #[serde(default)]
    proposed_at: Option<Timestamp>,
}

/// A card of an operation in version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct CardV1 {
    card: CardId,
}

/// A structured form of either version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Structured {
    /// Version 1.
    V1(StatementV1),
    /// Version 2.
    V2(Box<StatementV2>),
}

/// The structured form is none that this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the structured form is of no version that this program knows")]
pub struct UnknownForm;

impl Structured {
    /// When it was proposed, where it says so.
    pub(crate) const fn proposed_at(&self) -> Option<Timestamp> {
        match self {
            Self::V1(signed) => signed.proposed_at,
            Self::V2(signed) => Some(signed.time),
        }
    }

    /// Reads the form that was signed.
    ///
    /// # Errors
    ///
    /// [`UnknownForm`]
    pub fn read(json: &str) -> Result<Self, UnknownForm> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u8,
        }
        let unknown = |_json| UnknownForm;
        let Versioned { version } = serde_json::from_str(json).map_err(unknown)?;
        match version {
            1 => serde_json::from_str(json).map(Self::V1).map_err(unknown),
            VERSION => serde_json::from_str(json).map(Self::V2).map_err(unknown),
            _ => Err(UnknownForm),
        }
    }

    /// Why, where it says so.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::V1(_) => None,
            Self::V2(signed) => signed.cause.as_ref(),
        }
    }

    /// When a 冻结 ends by itself, where it says so.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::V1(_) => None,
            Self::V2(signed) => signed.until,
        }
    }

    /// The cards that it is about.
    pub fn cards(&self) -> impl Iterator<Item = CardId> {
        let (first, second): (_, &[SignedCard]) = match self {
            Self::V1(signed) => (Some(signed), &[]),
            Self::V2(signed) => (None, &signed.cards),
        };
        let first = first.into_iter();
        let first = first.flat_map(|signed| {
            signed
                .card
                .into_iter()
                .chain(signed.cards.iter().map(|one| one.card))
        });
        first.chain(second.iter().map(|one| one.card))
    }

    /// Whether it was signed that `act` be done to `card`.
    #[must_use]
    pub fn decides(&self, act: &str, card: CardId) -> bool {
        match self {
            Self::V1(signed) => {
                let mut cards = signed.cards.iter();
                signed.act.name() == act
                    && (signed.card == Some(card) || cards.any(|one| one.card == card))
            }
            Self::V2(signed) => {
                signed.act.name() == act && signed.cards.iter().any(|one| one.card == card)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms are for ever: these were written down once.
    const SECOND: &str = concat!(
        r#"{"version":2,"act":"freeze","cards":[{"card":"018f0000-0000-7000-8000-000000000001","#,
        r#""card_no":"8930000000017","operator_no":"0017","state_before":{"name":"normal"},"#,
        r#""state_version":4}],"enterprise":{"id":"018f0000-0000-7000-8000-000000000002","#,
        r#""code":"91000000DEMO000001"},"signer":{"card":"018f0000-0000-7000-8000-000000000003","#,
        r#""card_no":"8930000000009","role":"legal_person","certificate_sha256":"00ff"},"#,
        r#""instance":"0000000000000000000000000000000000000000000000000000000000000001","#,
        r#""nonce":"AAAA","origin":"https://ic.example.cn","time":"2026-11-22T08:00:00Z","#,
        r#""algorithm":"ES256"}"#,
    );
    const FIRST: &str = concat!(
        r#"{"version":1,"act":"renew","cards":[{"card":"018f0000-0000-7000-8000-000000000001","#,
        r#""card_no":"8930000000017","operator_no":"0017","state_before":{"name":"normal"},"#,
        r#""state_version":4}],"enterprise":"91000000DEMO000001","#,
        r#""proposed_at":"2026-11-22T08:00:00Z"}"#,
    );

    fn card(number: u128) -> CardId {
        CardId(uuid::Uuid::from_u128(
            0x018f_0000_0000_7000_8000_0000_0000_0000 + number,
        ))
    }

    #[test]
    fn the_second_form_is_what_it_was() {
        let read = Structured::read(SECOND).unwrap();
        let Structured::V2(signed) = &read else {
            panic!("{read:?}");
        };
        assert_eq!(serde_json::to_string(signed).unwrap(), SECOND);
        assert_eq!(signed.signer.card, card(3));
        assert!(read.decides("freeze", card(1)));
        assert!(!read.decides("unfreeze", card(1)));
        assert!(!read.decides("freeze", card(3)));
    }

    #[test]
    fn a_cause_stands_inside_and_changes_nothing_else() {
        assert_eq!(Structured::read(SECOND).unwrap().cause(), None);
        for (json, cause) in [
            (r#""off_duty""#, Cause::OffDuty),
            (r#"{"other":"出国"}"#, Cause::Other(String::from("出国"))),
        ] {
            let with = format!(r#""act":"freeze","cause":{json},"#);
            let with = SECOND.replace(r#""act":"freeze","#, &with);
            let read = Structured::read(&with).unwrap();
            assert_eq!(read.cause(), Some(&cause));
            let Structured::V2(signed) = &read else {
                panic!("{read:?}");
            };
            assert_eq!(serde_json::to_string(signed).unwrap(), with);
        }
    }

    #[test]
    fn the_first_form_is_still_read() {
        let read = Structured::read(FIRST).unwrap();
        assert!(matches!(read, Structured::V1(_)));
        assert!(read.decides("renew", card(1)));
        assert!(!read.decides("renew", card(2)));
    }

    #[test]
    fn what_is_not_known_is_no_statement() {
        for (from, to) in [
            (r#""version":2"#, r#""version":3"#),
            (r#""version":2"#, r#""version":1"#),
            (r#""version":2,"#, ""),
            (r#""version":2"#, r#""version":2,"version":1"#),
            (r#""act":"freeze""#, r#""act":"freeze","act":"unfreeze""#),
            (r#""act":"freeze""#, r#""act":"cease""#),
            (r#""nonce""#, r#""more":1,"nonce""#),
            (r#""cards""#, r#""cause":"bored","cards""#),
            (r#""cards""#, r#""cause":"lost","cause":"stolen","cards""#),
            (r#""operator_no""#, r#""more":1,"operator_no""#),
            (r#""algorithm":"ES256""#, r#""algorithm":"none""#),
            (r#","algorithm":"ES256""#, ""),
            (r#""instance":"00"#, r#""instance":"0"#),
            (r#""instance":"00"#, r#""instance":"0G"#),
            ("legal_person", "nobody"),
        ] {
            let changed = SECOND.replacen(from, to, 1);
            assert_ne!(changed, SECOND);
            let read = Structured::read(&changed);
            // Version 1 was read leniently, and names nobody for it.
            let is_none = matches!(read, Err(UnknownForm) | Ok(Structured::V1(_)));
            assert!(is_none, "{to}: {read:?}");
        }
    }
}
