//! The words of 综合查询: what was done to whom and by whom, whether that was
//! verified, and the proof of it.
//!
//! The log is one Merkle tree (RFC 6962) over all events of all enterprises.
//! [`Verified`] is never an opinion of the page: the server checked signature
//! and inclusion in the very request that answered.

use card_domain::{CardId, CardNo, CardState, OperationState, OperatorNo, Role};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LoginRefusal, model::Cursor};

/// What was done. The names on the wire are those in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryAct {
    /// 延期, its end: done, refused or given up.
    Renew,
    /// 延期 was signed and began.
    RenewBegin,
    /// 挂失.
    ReportLoss,
    /// 解挂.
    CancelLoss,
    /// 冻结.
    Freeze,
    /// 解冻.
    Unfreeze,
    /// 解锁, its end.
    Unlock,
    /// 解锁 was signed and began.
    UnlockBegin,
    /// A login, or one that was refused.
    Login,
    /// 退出登录.
    Logout,
    /// The legal-person card came back to a locked session.
    UnlockSession,
    /// The full 证件编号 was shown.
    Reveal,
    /// Events were exported.
    Export,
    /// 制卡, its end.
    Issue,
    /// 制卡 began.
    Enrol,
    /// 注销.
    Cancel,
    /// The enterprise was registered.
    AddEnterprise,
    /// A person was registered.
    AddCard,
    /// An act that was refused before it was known which.
    Act,
    /// An operation that was refused before it was known which.
    Operation,
    /// Events of sealed months were moved to a file.
    Archive,
    /// A name that this version does not know.
    Unknown,
}

impl HistoryAct {
    /// All that a person can ask for, in the order in which a page offers them.
    pub const ALL: [Self; 21] = [
        Self::Renew,
        Self::RenewBegin,
        Self::ReportLoss,
        Self::CancelLoss,
        Self::Freeze,
        Self::Unfreeze,
        Self::Unlock,
        Self::UnlockBegin,
        Self::Login,
        Self::Logout,
        Self::UnlockSession,
        Self::Reveal,
        Self::Export,
        Self::Issue,
        Self::Enrol,
        Self::Cancel,
        Self::AddEnterprise,
        Self::AddCard,
        Self::Act,
        Self::Operation,
        Self::Archive,
    ];

    /// The stable name in addresses and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Renew => "renew",
            Self::RenewBegin => "renew_begin",
            Self::ReportLoss => "report_loss",
            Self::CancelLoss => "cancel_loss",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Unlock => "unlock",
            Self::UnlockBegin => "unlock_begin",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::UnlockSession => "unlock_session",
            Self::Reveal => "reveal",
            Self::Export => "export",
            Self::Issue => "issue",
            Self::Enrol => "enrol",
            Self::Cancel => "cancel",
            Self::AddEnterprise => "add_enterprise",
            Self::AddCard => "add_card",
            Self::Act => "act",
            Self::Operation => "operation",
            Self::Archive => "archive",
            Self::Unknown => "unknown",
        }
    }

    /// The act with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// It could not be finished.
    Failed,
}

impl EventOutcome {
    /// Every outcome, in the order in which a page offers them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// The stable name in addresses and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// Whose events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryOf {
    /// All of the enterprise.
    Everything,
    /// What was done to one card of the enterprise, its logins included.
    Card(CardId),
    /// What the legal person did: acts, logins, exports.
    LegalPerson,
}

/// What a timeline is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// Whose events.
    pub of: HistoryOf,
    /// Only this act.
    pub act: Option<HistoryAct>,
    /// Only this outcome.
    pub outcome: Option<EventOutcome>,
    /// From this time on.
    #[serde(with = "card_domain::micros::optional")]
    pub from: Option<Timestamp>,
    /// Before this time.
    #[serde(with = "card_domain::micros::optional")]
    pub to: Option<Timestamp>,
    /// Where the page begins; the newest events when absent.
    pub cursor: Option<Cursor>,
}

impl HistoryQuery {
    /// Everything about somebody, the newest first.
    #[must_use]
    pub const fn about(of: HistoryOf) -> Self {
        Self {
            of,
            act: None,
            outcome: None,
            from: None,
            to: None,
            cursor: None,
        }
    }

    /// The address that downloads all that this query finds, cursor or not.
    #[must_use]
    pub fn export_address(&self, export: Export) -> String {
        let mut address = format!("/export/{}", export.file());
        let mut separator = '?';
        let mut add = |name: &str, value: &str| {
            address.push(separator);
            address.push_str(name);
            address.push('=');
            address.push_str(value);
            separator = '&';
        };
        match self.of {
            HistoryOf::Everything => {}
            HistoryOf::Card(card) => add("card", &card.to_string()),
            HistoryOf::LegalPerson => add("of", "legal_person"),
        }
        if let Some(act) = self.act {
            add("act", act.name());
        }
        if let Some(outcome) = self.outcome {
            add("outcome", outcome.name());
        }
        for (name, time) in [("from", self.from), ("to", self.to)] {
            if let Some(time) = time {
                add(name, &time.as_microsecond().to_string());
            }
        }
        address
    }
}

/// What can be downloaded. A plain link does it: the response is streamed, and
/// its header `x-total-rows` says how many events will follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// A table for people: CSV.
    Csv,
    /// The proof: verifies offline with `server audit verify --export FILE`.
    Proof,
}

impl Export {
    /// The last part of the address.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Csv => "events.csv",
            Self::Proof => "events.proof",
        }
    }
}

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
    /// What.
    pub act: HistoryAct,
    /// How it came out.
    pub outcome: EventOutcome,
    /// Who did it. Absent for what the issuer's command line did, and for a
    /// login that was refused.
    pub actor: Option<PersonView>,
    /// To which card.
    pub target: Option<PersonView>,
    /// Whether the legal-person card's signature is with it.
    pub signed: bool,
    /// The certificates of 延期.
    pub serials: Option<Serials>,
    /// Whether it was verified.
    pub verified: Verified,
}

/// Whether signature (where there is one) and inclusion in the log were
/// verified for this answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// They were, against the newest signed checkpoint.
    Yes,
    /// They were not.
    No(Unverified),
}

/// Why an event is not verified. Only the first two are no reason to worry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unverified {
    /// It is newer than the newest checkpoint; a second later it is in.
    NotYetSequenced,
    /// It was signed before nonce and origin were kept with the signature.
    SignedBeforeProof,
    /// It is not in the log although newer events are.
    NotIncluded,
    /// It is not the event that was taken into the log: it was changed.
    LeafDiffers,
    /// The log's own hashes contradict the checkpoint.
    LogDiffers,
    /// There is no checkpoint with a good signature.
    CheckpointBad,
    /// The legal person's signature does not fit the statement.
    SignatureBad,
    /// The certificate of the signature is not one of the actor's card, or no
    /// trusted CA issued it.
    CertificateForeign,
}

impl Unverified {
    /// Whether somebody has to look into it.
    #[must_use]
    pub const fn is_alarming(self) -> bool {
        !matches!(self, Self::NotYetSequenced | Self::SignedBeforeProof)
    }
}

/// Everything about an event, also for its printed receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDetail {
    /// What the list shows too.
    pub row: HistoryRow,
    /// The card's state before, for acts that were done.
    pub before: Option<CardState>,
    /// The card's state after.
    pub after: Option<CardState>,
    /// The statement exactly as it was signed.
    pub statement: Option<StatementView>,
    /// From where.
    pub client: ClientView,
    /// Why it was refused or not finished, where that is known.
    pub reason: Option<Reason>,
    /// The steps of 延期 or 解锁, in their order.
    pub steps: Vec<StepView>,
    /// The proof that it is in the log.
    pub proof: Option<ProofView>,
    /// The enterprise's name, for the receipt.
    pub enterprise_name: String,
    /// The enterprise's code.
    pub enterprise_code: String,
    /// The server's time, for the receipt.
    #[serde(with = "card_domain::micros")]
    pub now: Timestamp,
}

/// A signed statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementView {
    /// The sentence that was shown and signed.
    pub text: String,
    /// The structured form, exactly as it was signed.
    pub structured: String,
    /// For which origin; absent in old events.
    pub origin: Option<String>,
    /// The nonce; absent in old events.
    pub nonce: Option<String>,
    /// The signature, hex.
    pub signature: String,
    /// The serial number of the certificate that it verifies with, hex.
    pub certificate_serial: Option<String>,
}

/// From where a request came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientView {
    /// The client's IP address; empty for the command line.
    pub address: String,
    /// The terminal, where there is one.
    pub terminal: Option<String>,
    /// The browser.
    pub user_agent: String,
    /// The request's id.
    pub request_id: String,
}

/// A step of 延期 or 解锁.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// The state that it came into.
    pub state: OperationState,
    /// When.
    #[serde(with = "card_domain::micros")]
    pub at: Timestamp,
}

/// The proof of inclusion, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofView {
    /// The event's place in the log, from 0.
    pub leaf_index: u64,
    /// The hash of the event in the log, base64.
    pub leaf_hash: String,
    /// The checkpoint that the proof leads to.
    pub checkpoint: CheckpointView,
    /// The length of the proof in bytes.
    pub bytes: u32,
}

/// Why something was refused or not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A login was refused.
    Login(LoginRefusal),
    /// The proposal was unknown, used already, too old or another session's.
    ProposalVoid,
    /// The statement was not signed by the session's card.
    StatementSignature,
    /// Somebody else changed the card meanwhile.
    Conflict,
    /// The session was over.
    SessionEnded,
    /// The card's state did not allow it.
    RuleSaysNo,
    /// Another card was in the reader.
    WrongCard,
    /// The card could not prove that it is ours.
    NotGenuine,
    /// It was rolled back: the card holds what the register says.
    RolledBack,
    /// Nobody finished it, or it was given up.
    Abandoned,
    /// It could not begin.
    NotBegun,
    /// It could not be finished.
    NotDone,
    /// The database could not write.
    Unavailable,
    /// Something else, which the server's administrator can look up by the
    /// request id.
    Other,
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
    use super::*;

    #[test]
    fn names_lead_back_and_are_the_wire_s() {
        for act in HistoryAct::ALL {
            assert_eq!(HistoryAct::from_name(act.name()), Some(act));
            assert_eq!(
                serde_json::to_value(act).unwrap(),
                serde_json::json!(act.name())
            );
        }
        for outcome in EventOutcome::ALL {
            assert_eq!(EventOutcome::from_name(outcome.name()), Some(outcome));
        }
        assert_eq!(HistoryAct::from_name("unknown"), None);
    }

    #[test]
    fn an_export_is_what_was_filtered() {
        let mut query = HistoryQuery::about(HistoryOf::Everything);
        assert_eq!(query.export_address(Export::Csv), "/export/events.csv");
        query.of = HistoryOf::LegalPerson;
        query.act = Some(HistoryAct::Freeze);
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
