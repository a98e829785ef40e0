//! The store: cards, certificates, sessions, nonces, enrolments and events.
//! One trait, [`Store`], with two small implementations, SQLite (embedded, the
//! default) and PostgreSQL. Nothing outside this module knows SQL.
//!
//! Every change of a card and its event commit in one transaction, or neither
//! does; every read begins from the enterprise of the session.

mod connection;
mod database;
pub mod error;
mod migrations;
pub mod open;
mod operations;
mod postgres;
pub mod records;
mod register;
mod rows;
mod sql;
mod sqlite;
pub mod store;

pub use error::{Constraint, StoreError};
pub(crate) use open::open_counting;
pub use open::{OpenError, open, open_to_read};
pub use records::{
    act::{Act, ActOutcome},
    admin::AdminToken,
    card::{
        CardRecord, CertificateRecord, ChipRecord, Holder, NewCard, NewEnterprise, PinRecord,
        PukRecord,
    },
    certificate::{CertificateHit, NewCertificate, Signer, Standing},
    digest::{CertificateDigest, IdNumberIndex, NonceHash, TokenHash},
    enrolment::{
        ConfirmOutcome, Confirmation, EnrolmentRecord, EnrolmentStart, NewEnrolment, SavedEnrolment,
    },
    enterprise::EnterpriseRecord,
    event::{EventRecord, NewEvent, StatementRecord},
    list::{CardList, Direction, ListCursor, ListQuery, Order, Position},
    load::{JournalCounts, OpenOperations, StoreLoad},
    log::{
        ArchiveRecord, InFlight, LeafTile, LogAppend, LogHead, Timeline, TimelineCursor,
        TimelineQuery,
    },
    nonce::{Nonce, NonceKind},
    operation::{
        BatchRecord, BatchStart, ConfirmedOperation, HeldChange, NewBatch, NewOperation, NewTicket,
        OperationRecord, OperationTimes, SavedOperation, Taken,
    },
    session::{EndedBy, NewSession, SessionOpening, SessionRecord},
    unproven::UnprovenRefusal,
};
pub use store::Store;

/// What an event says, whose events a timeline has.
pub use card_domain::{ClientInfo, EventOutcome as Outcome, TimelineOf};

/// What an act and a batch have to bring.
pub use crate::proposal::SignedStatement;

/// How the service holds the store.
pub type SharedStore = std::sync::Arc<dyn Store>;
