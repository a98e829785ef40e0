//! The trait that the service codes against. Two implementations behave the
//! same; one suite of tests runs on both.

use crate::audit::{
    leaves::Leaves,
    tree::{Hash, Tile},
};
use async_trait::async_trait;
use card_domain::{CardId, CardNo, EnterpriseId};
use card_protocol::ChipId;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Act, ActOutcome, AdminToken, ArchiveRecord, BatchRecord, BatchStart, CardList, CardRecord,
    CertificateDigest, CertificateHit, ConfirmOutcome, Confirmation, ConfirmedOperation,
    EnrolmentRecord, EnrolmentStart, EnterpriseRecord, EventRecord, Holder, InFlight,
    JournalCounts, LeafTile, ListQuery, LogAppend, LogHead, NewBatch, NewCard, NewCertificate,
    NewEnrolment, NewEnterprise, NewEvent, NewSession, NewTicket, Nonce, NonceHash,
    OperationRecord, PinRecord, SavedEnrolment, SavedOperation, SessionOpening, SessionRecord,
    Signer, StoreError, StoreLoad, Timeline, TimelineQuery, TokenHash, UnprovenRefusal,
};

/// The register, its sessions and its events.
///
/// A write returns after it is durable. Every method can fail with
/// [`StoreError::Unavailable`], [`StoreError::Closed`] or
/// [`StoreError::Corrupt`]; other errors are named where they can happen.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Registers an enterprise. [`StoreError::Conflict`] when its code is taken.
    async fn add_enterprise(
        &self,
        enterprise: NewEnterprise,
        event: NewEvent,
    ) -> Result<(), StoreError>;

    /// The enterprise with this code. For making cards, where no session exists.
    async fn enterprise_by_code(&self, code: &str) -> Result<Option<EnterpriseRecord>, StoreError>;

    /// Registers a person who is to get a card: 未制卡. [`StoreError::Conflict`]
    /// when the operator number is taken or a legal person is there already.
    async fn add_card(&self, card: NewCard, event: NewEvent) -> Result<(), StoreError>;

    /// A card of the enterprise, the legal person's included.
    /// [`StoreError::NotFound`] for another enterprise's.
    async fn card(&self, enterprise: EnterpriseId, card: CardId) -> Result<CardRecord, StoreError>;

    /// An operator's card of the enterprise. [`StoreError::NotFound`] for
    /// another enterprise's and for the legal person's.
    async fn operator_card(
        &self,
        enterprise: EnterpriseId,
        card: CardId,
    ) -> Result<CardRecord, StoreError>;

    /// The card of this person; of a legal person the one that is not cancelled.
    async fn card_of_holder(
        &self,
        enterprise: EnterpriseId,
        holder: &Holder,
    ) -> Result<Option<CardRecord>, StoreError>;

    /// A page of the enterprise's operator cards.
    async fn list_cards(
        &self,
        enterprise: EnterpriseId,
        query: &ListQuery,
    ) -> Result<CardList, StoreError>;

    /// Notes what a card said of its PIN, unless something newer is known.
    async fn pin_seen(
        &self,
        enterprise: EnterpriseId,
        card: CardId,
        pin: PinRecord,
    ) -> Result<(), StoreError>;

    /// The card to which a certificate belongs. The only read that begins
    /// from no enterprise: at a login there is none yet.
    async fn certificate(
        &self,
        sha256: CertificateDigest,
    ) -> Result<Option<CertificateHit>, StoreError>;

    /// Keeps a nonce. [`StoreError::Conflict`] when it was given out before.
    async fn put_nonce(&self, nonce: Nonce) -> Result<(), StoreError>;

    /// Looks at a nonce without using it up.
    async fn nonce(&self, hash: NonceHash) -> Result<Option<Nonce>, StoreError>;

    /// Looks a nonce up and takes it out at once, even one that has expired:
    /// the caller tells late from unknown. Of two callers one gets it.
    async fn take_nonce(&self, hash: NonceHash) -> Result<Option<Nonce>, StoreError>;

    /// Takes a nonce out, if it is still there, and writes the event that says
    /// why, in one transaction. Gives the event's sequence number.
    async fn spend_nonce(&self, hash: NonceHash, event: NewEvent) -> Result<i64, StoreError>;

    /// Counts a refusal of somebody who proved nothing, for its hour. `spent` is
    /// the nonce that it used up, which is taken out in the same transaction.
    async fn count_unproven(
        &self,
        refusal: UnprovenRefusal,
        spent: Option<NonceHash>,
    ) -> Result<(), StoreError>;

    /// Makes of the counts of each hour that was over at `now` one event, in one
    /// transaction. Gives how many events.
    async fn close_unproven(&self, now: Timestamp) -> Result<u64, StoreError>;

    /// Opens a session in one transaction: the card is 正常 still and the
    /// certificate its confirmed one, then session, 最后登录日期 and event.
    async fn open_session(
        &self,
        session: NewSession,
        event: NewEvent,
    ) -> Result<SessionOpening, StoreError>;

    /// The session with this token and its card as they are now, in one
    /// query. Ended and expired sessions are found too; the caller decides.
    async fn session(&self, token: TokenHash) -> Result<Option<SessionRecord>, StoreError>;

    /// Notes that an open session was used. Never goes back in time.
    async fn touch_session(&self, token: TokenHash, at: Timestamp) -> Result<(), StoreError>;

    /// Ends a session by 退出登录, with its event. False, and nothing
    /// written, when it is not there or was ended before.
    async fn close_session(
        &self,
        token: TokenHash,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<bool, StoreError>;

    /// Does an act in one transaction: takes the nonce, changes the state if
    /// it is still the one that was seen, ends the card's sessions if it left
    /// 正常, writes the event.
    async fn apply_act(&self, act: Act) -> Result<ActOutcome, StoreError>;

    /// Writes an event by itself: a refusal, a reveal. Gives its sequence number.
    async fn record_event(&self, event: NewEvent) -> Result<i64, StoreError>;

    /// The enterprise's events, newest first: those about `card` if given,
    /// those before the sequence number `before` if given, at most `limit`
    /// and never more than 1000.
    async fn events(
        &self,
        enterprise: EnterpriseId,
        card: Option<CardId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError>;

    /// A page of a timeline of the enterprise.
    async fn timeline(
        &self,
        enterprise: EnterpriseId,
        query: &TimelineQuery,
    ) -> Result<Timeline, StoreError>;

    /// How many events the query finds, counted up to `limit`.
    async fn count_timeline(
        &self,
        enterprise: EnterpriseId,
        query: &TimelineQuery,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// An event of the enterprise.
    async fn event(
        &self,
        enterprise: EnterpriseId,
        seq: i64,
    ) -> Result<Option<EventRecord>, StoreError>;

    /// How far the log is.
    async fn log_head(&self) -> Result<LogHead, StoreError>;

    /// Those of the tiles that are there, by level and index.
    async fn log_tiles(&self, places: &[(u32, u64)]) -> Result<Vec<Tile>, StoreError>;

    /// Tiles of level 0 by their hashes, from an index on, each with its index.
    async fn leaf_hash_tiles(&self, first: u64, limit: u32) -> Result<Vec<Tile>, StoreError>;

    /// Tiles of level 0 by their events, from an index on.
    async fn leaf_tiles(&self, first: u64, limit: u32) -> Result<Vec<LeafTile>, StoreError>;

    /// Tiles that have an event after this number.
    async fn leaf_tiles_after(&self, seq: i64) -> Result<Vec<LeafTile>, StoreError>;

    /// The tile that has this event.
    async fn leaf_tile_of(&self, seq: i64) -> Result<Option<LeafTile>, StoreError>;

    /// The newest signed checkpoint.
    async fn newest_checkpoint(&self) -> Result<Option<String>, StoreError>;

    /// Checkpoints of trees larger than `after`, with the sizes under which
    /// they are kept, the smallest first.
    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>, StoreError>;

    /// Which writes of events may still commit.
    async fn events_in_flight(&self) -> Result<InFlight, StoreError>;

    /// Events of all enterprises as leaves, by their numbers, at most `limit`.
    async fn leaves(&self, first: i64, last: i64, limit: u32) -> Result<Leaves, StoreError>;

    /// The hashes of these leaves, each with the event's number.
    async fn leaf_hashes(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Hash)>, StoreError>;

    /// The numbers of all events from one on, at most `limit`.
    async fn event_numbers(&self, first: i64, limit: u32) -> Result<Vec<i64>, StoreError>;

    /// How many events the table has, whatever its indices say.
    async fn event_count(&self) -> Result<u64, StoreError>;

    /// The certificate of a signature and its card, of whatever enterprise.
    async fn signer(&self, certificate: CertificateDigest) -> Result<Option<Signer>, StoreError>;

    /// Gives events their places. False, and nothing written, when the log is
    /// not of the size that the caller saw.
    async fn append_log(&self, append: LogAppend) -> Result<bool, StoreError>;

    /// The archives, the oldest first.
    async fn archives(&self) -> Result<Vec<ArchiveRecord>, StoreError>;

    /// The number of the first event that did not happen before `time`.
    async fn first_event_since(&self, time: Timestamp) -> Result<Option<i64>, StoreError>;

    /// Events of all enterprises by their numbers, at most `limit`: for the
    /// archive, where no session is.
    async fn events_between(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError>;

    /// Takes the events of an archive out of the table, with the event that
    /// records it. [`StoreError::Corrupt`], and nothing removed, when they are
    /// not as many as `count`.
    async fn remove_archived(
        &self,
        archive: ArchiveRecord,
        count: u64,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<(), StoreError>;

    /// Begins an enrolment; takes over from an older open one of the same
    /// card. [`StoreError::NotFound`] when the enterprise has no such card.
    async fn begin_enrolment(
        &self,
        enrolment: NewEnrolment,
        event: NewEvent,
    ) -> Result<EnrolmentStart, StoreError>;

    /// The enrolment with this token.
    async fn enrolment(&self, token: TokenHash) -> Result<Option<EnrolmentRecord>, StoreError>;

    /// Notes a step. False, and nothing written, when the enrolment is gone
    /// or is not at the step that the caller saw.
    async fn save_enrolment(&self, step: SavedEnrolment) -> Result<bool, StoreError>;

    /// Notes a step together with the certificate that was issued in it, on
    /// hold; one that the card held before is revoked. False as above.
    /// [`StoreError::Conflict`] when the certificate is there already.
    async fn hold_certificate(
        &self,
        step: SavedEnrolment,
        certificate: NewCertificate,
    ) -> Result<bool, StoreError>;

    /// Reserves the next IC卡号, for good.
    async fn reserve_card_no(&self) -> Result<CardNo, StoreError>;

    /// Ends an enrolment well, in one transaction: the held certificate is
    /// good and an older good one superseded; the card gets its number, its
    /// chip id and the state 正常; the event is written.
    /// [`StoreError::Conflict`] when the chip id is another card's.
    async fn confirm_enrolment(
        &self,
        confirmation: Confirmation,
    ) -> Result<ConfirmOutcome, StoreError>;

    /// Ends an enrolment badly, with its event: its held certificate is
    /// revoked. False, and nothing written, when it is gone already.
    async fn abandon_enrolment(&self, id: Uuid, event: NewEvent) -> Result<bool, StoreError>;

    /// Begins operations in one transaction: takes the nonce, locks the
    /// session if the ticket says so, and opens a journal row for every card
    /// that is still as it was seen and has none open.
    async fn begin_batch(&self, batch: NewBatch) -> Result<BatchStart, StoreError>;

    /// Gives a batch a new ticket; the old one is void. False, and nothing
    /// written, when the enterprise has no such batch or the session is over.
    async fn renew_ticket(
        &self,
        enterprise: EnterpriseId,
        batch: Uuid,
        session: TokenHash,
        ticket: NewTicket,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Makes a batch's ticket void.
    async fn void_ticket(&self, batch: Uuid) -> Result<(), StoreError>;

    /// The batch with this ticket, even one that is too late: the caller checks.
    async fn batch_by_ticket(&self, ticket: TokenHash) -> Result<Option<BatchRecord>, StoreError>;

    /// A batch. The caller checks whose it is.
    async fn batch(&self, id: Uuid) -> Result<Option<BatchRecord>, StoreError>;

    /// The operations of a batch, in the order of its statement.
    async fn operations_of_batch(&self, batch: Uuid) -> Result<Vec<OperationRecord>, StoreError>;

    /// An operation. The caller checks whose it is.
    async fn operation(&self, id: Uuid) -> Result<Option<OperationRecord>, StoreError>;

    /// What is unfinished on a card: what is open and touched it, or else what
    /// was abandoned after it touched the card and never settled, or else what
    /// is open.
    async fn unfinished_operation(
        &self,
        card: CardId,
    ) -> Result<Option<OperationRecord>, StoreError>;

    /// The open operations of an enterprise, or of all (for administrators),
    /// the newest first.
    async fn open_operations(
        &self,
        enterprise: Option<EnterpriseId>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError>;

    /// Operations that touched no card and were prepared before `before`.
    async fn overdue_operations(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError>;

    /// How many operations of all enterprises are unfinished, at most `most` of
    /// each kind: for those who watch over the service.
    async fn count_journal(&self, most: u32) -> Result<JournalCounts, StoreError>;

    /// Changes an operation. False, and nothing written, when it is not at the
    /// version that the caller saw.
    async fn save_operation(&self, change: SavedOperation) -> Result<bool, StoreError>;

    /// Ends an operation well, in one transaction: the held certificate is
    /// good and the one before superseded, what was abandoned before is
    /// settled, the event is written. False as above.
    async fn confirm_operation(&self, end: ConfirmedOperation) -> Result<bool, StoreError>;

    /// The card with this chip id, whosever it is: before a card was
    /// recognised there is no enterprise. The caller keeps the wall.
    async fn card_of_chip(&self, chip: ChipId) -> Result<Option<CardRecord>, StoreError>;

    /// Ends the lock of a session, with its event. False, and nothing
    /// written, when it is not locked or not alive any more.
    async fn unlock_session(
        &self,
        token: TokenHash,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<bool, StoreError>;

    /// Keeps an administrator's token.
    async fn put_admin_token(&self, token: AdminToken) -> Result<(), StoreError>;

    /// The administrator's token with this hash, even one that has expired.
    async fn admin_token(&self, hash: TokenHash) -> Result<Option<AdminToken>, StoreError>;

    /// How busy the store is at this moment.
    fn load(&self) -> StoreLoad;

    /// Whether the store can be read and written just now.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Takes away at most `limit` nonces, enrolments and administrators'
    /// tokens that expired before `expired`, and as many sessions that ended
    /// before `ended`. Gives how many there were; ask again until it is 0.
    async fn purge(
        &self,
        expired: Timestamp,
        ended: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Finishes what is under way and closes the store.
    async fn close(&self);
}
