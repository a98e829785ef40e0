//! Everything about one event.

use card_domain::{CardNo, CardState, ClientInfo, Reason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CheckpointView, HistoryRow};
use crate::api::operation::StepTime;

/// Everything about an event, also for its printed receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDetail {
    /// What the list shows too.
    pub row: HistoryRow,
    /// The card's state before, for acts that were done.
    pub before: Option<CardState>,
    /// The card's state after.
    pub after: Option<CardState>,
    /// The number of the 冻结 that had its end, whose statement says when.
    pub freeze: Option<i64>,
    /// The statement exactly as it was signed.
    pub statement: Option<StatementView>,
    /// From where.
    pub client: ClientInfo,
    /// Why it was refused or not finished, where that is known.
    pub reason: Option<Reason>,
    /// The steps of 延期 or 解锁, in their order.
    pub steps: Vec<StepTime>,
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
    /// How far it is proven who signed; absent where the signature is not good.
    pub signer: Option<SignerView>,
}

/// How far it is proven who signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignerView {
    /// Card, role and enterprise stand inside what was signed, and the CA certified
    /// the same. With IC卡号.
    Signed(CardNo),
    /// The certificate names the card; role and enterprise are under no signature.
    /// With IC卡号.
    Certificate(CardNo),
    /// Neither names anybody.
    Unnamed,
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
