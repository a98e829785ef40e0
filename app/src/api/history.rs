//! The words of 综合查询: what was done to whom and by whom, whether that was
//! verified, and the proof of it.
//!
//! The log is one Merkle tree (RFC 6962) over all events of all enterprises.
//! [`Verified`] is never an opinion of the page: the server checked signature
//! and inclusion in the very request that answered.

use card_domain::{CardId, CardNo, Cause, EventAct, EventOutcome, OperatorNo, Role};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::Cursor;

mod detail;
mod query;
mod verified;

pub use detail::{EventDetail, ProofView, SignerView, StatementView};
pub use query::{Export, HistoryQuery};
pub use verified::{Unverified, Verified};

/// Events on a page.
pub const HISTORY_PAGE_SIZE: u32 = 20;

/// A page of a timeline, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// At most [`HISTORY_PAGE_SIZE`].
    pub rows: Vec<HistoryRow>,
    /// The page of newer events, when there is one.
    pub previous: Option<Cursor>,
    /// The page of older events, when there is one.
    pub next: Option<Cursor>,
    /// The search stopped before the page was full, for what is asked for is
    /// rare; `next` goes on from there.
    pub cut_short: bool,
    /// The newest signed checkpoint of the log.
    pub checkpoint: Option<CheckpointView>,
}

/// A signed checkpoint of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointView {
    /// How many events it covers.
    pub size: u64,
    /// The root of the tree, base64.
    pub root: String,
    /// When it was signed.
    #[serde(with = "card_domain::micros")]
    pub at: Timestamp,
}

/// Somebody with a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The card's key.
    pub card: CardId,
    /// Legal person or operator.
    pub role: Role,
    /// The name.
    pub holder_name: String,
    /// IC卡号; absent until the card is made.
    pub card_no: Option<CardNo>,
    /// 操作员编号; the legal person has none.
    pub operator_no: Option<OperatorNo>,
}

/// The certificates of 延期, serial numbers in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serials {
    /// The one that was good before.
    pub before: Option<String>,
    /// The one that is good after.
    pub after: Option<String>,
}

/// An event in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Its number.
    pub seq: i64,
    /// When.
    #[serde(with = "card_domain::micros")]
    pub at: Timestamp,
    /// What; none when the event's code is of a newer version.
    pub act: Option<EventAct>,
    /// How it came out.
    pub outcome: EventOutcome,
    /// Who did it. Absent for what the issuer's command line did, and for a
    /// login that was refused.
    pub actor: Option<PersonView>,
    /// To which card.
    pub target: Option<PersonView>,
    /// Whether the legal-person card's signature is with it.
    pub signed: bool,
    /// Why, out of a statement whose signature is good.
    pub cause: Option<Cause>,
    /// The certificates of 延期.
    pub serials: Option<Serials>,
    /// It had been interrupted, and this came of it when the card was inserted next.
    pub healed: bool,
    /// The card that logged in holds a superseded certificate over its key: it
    /// needs its certificate written again.
    pub holds_superseded: bool,
    /// Whether it was verified.
    pub verified: Verified,
}

/// The proof of one event, to be taken along by who has a camera and no file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What the code says, for `event-log-verify`.
    pub text: String,
    /// The code's modules in a row; it has as many rows.
    pub size: u32,
    /// The dark modules as the path of an SVG, in which each is 1 × 1.
    pub modules: String,
}

/// A 证件编号 in full. That it was shown is an event.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// The number.
    pub id_number: String,
    /// The event that records it.
    pub event: i64,
}

impl std::fmt::Debug for Revealed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Revealed")
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use card_domain::TimelineOf;

    use super::*;

    #[test]
    fn an_export_is_what_was_filtered() {
        let mut query = HistoryQuery::about(TimelineOf::Everything);
        assert_eq!(query.export_address(Export::Csv), "/export/events.csv");
        query.of = TimelineOf::LegalPerson;
        query.act = Some(EventAct::Freeze);
        query.outcome = Some(EventOutcome::Done);
        query.from = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(
            query.export_address(Export::Proof),
            "/export/events.proof?of=legal_person&act=freeze&outcome=done&from=0"
        );
    }

    #[test]
    fn a_revealed_number_is_not_printed() {
        let revealed = Revealed {
            id_number: String::from("11010119900307001X"),
            event: 7,
        };
        assert!(!format!("{revealed:?}").contains("1101"));
    }
}
