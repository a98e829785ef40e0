//! What a verification can find, each precise enough to look for its cause.

use std::path::PathBuf;

use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use crate::{note::NoteError, signer::SignatureFault};

/// Something is wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each has its sentence")]
pub enum Finding {
    #[error("event {seq} was edited: it is not what stands at position {position} of the log")]
    Edited { seq: i64, position: u64 },
    #[error("event {seq} is missing: position {position} of the log has it")]
    Missing { seq: i64, position: u64 },
    #[error("events {one} and {other} were swapped")]
    Swapped { one: i64, other: i64 },
    #[error("event {seq} stands in the log twice, at position {first} and again at {second}")]
    Duplicated { seq: i64, first: u64, second: u64 },
    #[error("event {seq} is not in the log: it was put into the table past the log")]
    NotInLog { seq: i64 },
    #[error("the table has several events with the number {seq}")]
    TwiceInTable { seq: i64 },
    #[error("the table has {more} rows more than its events' numbers lead to")]
    MoreRows { more: u64 },
    #[error("event {seq} is a copy of event {of}")]
    Copied { seq: i64, of: i64 },
    #[error("tile {tile} of the log's leaves is missing")]
    LeavesMissing { tile: u64 },
    #[error("tile {tile} of the log's leaves has another number of hashes than of events")]
    LeavesDiffer { tile: u64 },
    #[error("tile {index} of level {level} of the log is not the one that its leaves give")]
    TileDiffers { level: u32, index: u64 },
    #[error("the checkpoint of {size} events is not good: {fault}")]
    CheckpointBad { size: u64, fault: NoteError },
    #[error("there are events in the log but there is no checkpoint")]
    CheckpointMissing,
    #[error(
        "the log is not the one that was signed with {size} events; the change is among positions \
         {after} to {}", size.saturating_sub(1)
    )]
    RootDiffers { size: u64, after: u64 },
    #[error("the log was truncated at {size} events: {signed} were signed")]
    Truncated { size: u64, signed: u64 },
    #[error("the log has {size} events, but only {signed} were signed")]
    BeyondCheckpoint { size: u64, signed: u64 },
    #[error("the log's head says {head} events, the log has {size}")]
    HeadDiffers { head: u64, size: u64 },
    #[error(
        "the database was rolled back: it knows {size} events, the witness file knows \
         {witnessed} at {at}"
    )]
    RolledBack {
        size: u64,
        witnessed: u64,
        at: Timestamp,
    },
    #[error(
        "the log was rewritten and signed again: it is not the one of {size} events that was \
         witnessed at {at}; the change is among positions {after} to {}", size.saturating_sub(1)
    )]
    Rewritten {
        size: u64,
        at: Timestamp,
        after: u64,
    },
    #[error(
        "the witness file ends at {witnessed} events although {signed} were signed: it was cut \
         off, or it can't be written"
    )]
    WitnessBehind { witnessed: u64, signed: u64 },
    #[error("the witness file {} is not there", .0.display())]
    WitnessMissing(PathBuf),
    #[error("line {line} of the witness file is not good: {fault}")]
    WitnessLine { line: u64, fault: NoteError },
    #[error("event {seq} can't be read: the server did not write it")]
    Unreadable { seq: i64 },
    #[error("the signature of event {seq}: {fault}")]
    Signature { seq: i64, fault: SignatureFault },
    #[error("event {seq} is an act that needs the legal person's signature and has none")]
    Unsigned { seq: i64 },
    #[error(
        "event {seq} has a statement of the old form, which names no signer, although since \
         event {since} statements name theirs"
    )]
    Downgraded { seq: i64, since: i64 },
    #[error("event {seq} ends an operation that no event began under its signature")]
    NotBegun { seq: i64 },
    #[error(
        "event {seq} ends an operation that event {first} had given up: it was taken up again \
         past the server"
    )]
    TakenUpAgain { seq: i64, first: i64 },
    #[error("event {seq} uses the signature of event {first} once more")]
    Replayed { seq: i64, first: i64 },
    #[error(
        "card {card}: its {column} is not what event {seq} ({act}), the newest that says it, \
         left: the row was changed past the server"
    )]
    CardDiffers {
        card: Uuid,
        column: &'static str,
        seq: i64,
        act: String,
    },
    #[error("card {card}: no event of the log made it")]
    CardNotInLog { card: Uuid },
    #[error("card {card} is not in the register any more; event {seq} is the newest about it")]
    CardMissing { card: Uuid, seq: i64 },
    #[error(
        "card {card}: its row names {} as what made it so, the newest is event {seq}",
        .named.map_or_else(|| String::from("no event"), |named| format!("event {named}"))
    )]
    StateEvent {
        card: Uuid,
        named: Option<i64>,
        seq: i64,
    },
    #[error("event {seq} ({act}) changed {column} of card {card}, which does not fit the act")]
    ChangeDoesNotFit {
        seq: i64,
        card: Uuid,
        act: String,
        column: &'static str,
    },
    #[error("event {seq} ({act}) does not say what it made of card {card}")]
    ChangeNotSaid { seq: i64, card: Uuid, act: String },
    #[error("event {seq} is a second baseline of card {card}, which the log explains already")]
    SecondBaseline { seq: i64, card: Uuid },
    #[error(
        "event {seq} vouches for card {card} after the baseline had ended: the card was made past \
         the server"
    )]
    LateBaseline { seq: i64, card: Uuid },
    #[error(
        "event {seq} is signed with a certificate that was never the confirmed one of card {card}"
    )]
    SignerNeverGood { seq: i64, card: Uuid },
    #[error(
        "event {seq} ({act}) was signed for another state of card {card} than the card had: the \
         signature was kept back"
    )]
    SignedForAnotherState { seq: i64, card: Uuid, act: String },
    #[error("card {card}: certificate {serial} does not count as what event {seq} ({act}) left")]
    CertificateDiffers {
        card: Uuid,
        serial: String,
        seq: i64,
        act: String,
    },
    #[error("card {card}: one of its certificates is that of card {first}, or not what it says")]
    CertificateOfAnother { card: Uuid, first: Uuid },
    #[error("card {card}: its certificate is not there, of no trusted CA, or another card's")]
    CertificateNotTheCards { card: Uuid },
    #[error(
        "card {card}: event {seq} takes the key of its certificate for confirmed by a login with \
         another key"
    )]
    KeyNeverConfirmed { card: Uuid, seq: i64 },
    #[error("the archive of events {first} to {last} has no good note: {fault}")]
    ArchiveNote {
        first: i64,
        last: i64,
        fault: NoteError,
    },
    #[error("line {line} of {}: {problem}", file.display())]
    File {
        file: PathBuf,
        line: u64,
        problem: &'static str,
    },
}

impl Finding {
    /// Whether it is about the register beside the log, and not about the log itself.
    #[must_use]
    pub const fn is_of_register(&self) -> bool {
        matches!(
            self,
            Self::CardDiffers { .. }
                | Self::CardNotInLog { .. }
                | Self::CardMissing { .. }
                | Self::StateEvent { .. }
                | Self::ChangeDoesNotFit { .. }
                | Self::ChangeNotSaid { .. }
                | Self::SecondBaseline { .. }
                | Self::LateBaseline { .. }
                | Self::SignerNeverGood { .. }
                | Self::SignedForAnotherState { .. }
                | Self::CertificateDiffers { .. }
                | Self::CertificateOfAnother { .. }
                | Self::CertificateNotTheCards { .. }
                | Self::KeyNeverConfirmed { .. }
        )
    }
}
