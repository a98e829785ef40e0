//! The store: cards, certificates, sessions, nonces, enrolments and events.
//! One type, [`SqlStore`], over SQLite (embedded, the default) or PostgreSQL.
//! Nothing outside this module knows SQL.
//!
//! `queries` has what can be asked, `rows` how rows become `records`; below them
//! are a `connection` to either database and, in `sqlite` and `postgres`, what the
//! two do differently (ADR 18).
//!
//! Every change of a card and its event commit in one transaction, or neither
//! does; every read begins from the enterprise of the session.

mod connection;
mod database;
mod error;
mod migrations;
mod open;
mod open_error;
mod postgres;
mod queries;
mod records;
pub mod roles;
mod row;
mod rows;
mod snapshot;
mod sqlite;
mod store;
mod value;

pub use error::{Constraint, StoreError};
pub use migrations::Migrated;
pub(crate) use migrations::version as tables_version;
pub use open::{check_address, is_empty, migrate, open, open_to_read};
pub(crate) use open::{clear_postgres, open_counting};
pub use open_error::OpenError;
pub use queries::{clock::KeptTime, freezes::EndedFreeze};
pub use records::{
    act::{Act, ActOrNot, ActOutcome, Acts, ActsOutcome, EachOutcome},
    admin::AdminToken,
    card::{
        CardKeyRecord, CardRecord, CertificateRecord, ChipRecord, Holder, MadeCard, NewCard,
        NewEnterprise, PinRecord, PukRecord,
    },
    certificate::{
        CertificateHit, CertifiedKey, ConfirmedCertificate, NewCertificate, Signer, Standing,
    },
    digest::{CertificateDigest, IdNumberIndex, NonceHash, TokenHash},
    enrolment::{
        ConfirmOutcome, Confirmation, EnrolmentRecord, EnrolmentStart, EnrolmentUpdate,
        NewEnrolment,
    },
    enterprise::EnterpriseRecord,
    event::{EventRecord, NewEvent, StatementRecord},
    list::{CardList, CardNeed, Direction, ListCursor, ListQuery, Order, Position},
    load::{JournalCounts, OpenOperations},
    log::{
        ArchiveRecord, InFlight, LeafTile, LogAppend, LogHead, Timeline, TimelineCursor,
        TimelineQuery,
    },
    nonce::{Nonce, NonceKind},
    operation::{
        BatchRecord, BatchStart, CertificateChange, ConfirmedOperation, NewBatch, NewOperation,
        NewTicket, OperationCourse, OperationRecord, OperationTimes, OperationUpdate, SkipReason,
    },
    register::{Explained, Unexplained},
    session::{EndedBy, NewSession, SessionOpening, SessionRecord},
    unproven::UnprovenRefusal,
};
pub use snapshot::SnapshotError;
pub(crate) use snapshot::{SHORT_LIVED, Snapshot};
pub use store::SqlStore;

/// How the service holds the store.
pub type SharedStore = std::sync::Arc<SqlStore>;
