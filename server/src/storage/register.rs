//! The trait [`Store`] over either database: which operation each method is.

use crate::audit::{
    leaves::Leaves,
    tree::{Hash, Tile},
};
use async_trait::async_trait;
use card_domain::{CardId, CardNo, EnterpriseId, Role};
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
    Signer, Store, StoreError, StoreLoad, Timeline, TimelineQuery, TokenHash, UnprovenRefusal,
    database::Database,
    operations::{
        admin::{self, PutAdminToken},
        archives,
        cards::{self, AddCard, PinSeen},
        confirm::ReserveCardNo,
        enrolments::{self, AbandonEnrolment, BeginEnrolment, HoldCertificate, SaveEnrolment},
        enterprises::{self, AddEnterprise},
        events::{self, RecordEvent},
        health::{self, WriteNothing},
        journal::{self, BeginBatch, ConfirmOperation, RenewTicket, SaveOperation, VoidTicket},
        list, log,
        nonces::{self, PutNonce, SpendNonce, TakeNonce},
        purge::Purge,
        sessions::{self, CloseSession, OpenSession, TouchSession, UnlockSession},
        timeline,
        unproven::{CloseUnproven, CountUnproven},
    },
};

/// A store over a database.
pub(super) struct Register<D>(pub(super) D);

#[async_trait]
impl<D: Database> Store for Register<D> {
    async fn add_enterprise(
        &self,
        enterprise: NewEnterprise,
        event: NewEvent,
    ) -> Result<(), StoreError> {
        self.0.write(AddEnterprise { enterprise, event }).await
    }

    async fn enterprise_by_code(&self, code: &str) -> Result<Option<EnterpriseRecord>, StoreError> {
        enterprises::by_code(&mut *self.0.reader().await?, code).await
    }

    async fn add_card(&self, card: NewCard, event: NewEvent) -> Result<(), StoreError> {
        self.0.write(AddCard { card, event }).await
    }

    async fn card(&self, enterprise: EnterpriseId, card: CardId) -> Result<CardRecord, StoreError> {
        cards::of_enterprise(&mut *self.0.reader().await?, enterprise, card).await
    }

    async fn operator_card(
        &self,
        enterprise: EnterpriseId,
        card: CardId,
    ) -> Result<CardRecord, StoreError> {
        let card = self.card(enterprise, card).await?;
        match card.holder.role() {
            Role::Operator => Ok(card),
            Role::LegalPerson => Err(StoreError::NotFound),
        }
    }

    async fn card_of_holder(
        &self,
        enterprise: EnterpriseId,
        holder: &Holder,
    ) -> Result<Option<CardRecord>, StoreError> {
        cards::of_holder(&mut *self.0.reader().await?, enterprise, holder).await
    }

    async fn list_cards(
        &self,
        enterprise: EnterpriseId,
        query: &ListQuery,
    ) -> Result<CardList, StoreError> {
        list::page(&mut *self.0.reader().await?, enterprise, query).await
    }

    async fn pin_seen(
        &self,
        enterprise: EnterpriseId,
        card: CardId,
        pin: PinRecord,
    ) -> Result<(), StoreError> {
        let seen = PinSeen {
            enterprise,
            card,
            pin,
        };
        self.0.write(seen).await
    }

    async fn certificate(
        &self,
        sha256: CertificateDigest,
    ) -> Result<Option<CertificateHit>, StoreError> {
        cards::of_certificate(&mut *self.0.reader().await?, sha256).await
    }

    async fn put_nonce(&self, nonce: Nonce) -> Result<(), StoreError> {
        self.0.write(PutNonce(nonce)).await
    }

    async fn nonce(&self, hash: NonceHash) -> Result<Option<Nonce>, StoreError> {
        nonces::look(&mut *self.0.reader().await?, hash).await
    }

    async fn take_nonce(&self, hash: NonceHash) -> Result<Option<Nonce>, StoreError> {
        self.0.write(TakeNonce(hash)).await
    }

    async fn spend_nonce(&self, hash: NonceHash, event: NewEvent) -> Result<i64, StoreError> {
        self.0.write(SpendNonce { hash, event }).await
    }

    async fn count_unproven(
        &self,
        refusal: UnprovenRefusal,
        spent: Option<NonceHash>,
    ) -> Result<(), StoreError> {
        self.0.write(CountUnproven { refusal, spent }).await
    }

    async fn close_unproven(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.0.write(CloseUnproven { now }).await
    }

    async fn open_session(
        &self,
        session: NewSession,
        event: NewEvent,
    ) -> Result<SessionOpening, StoreError> {
        self.0.write(OpenSession { session, event }).await
    }

    async fn session(&self, token: TokenHash) -> Result<Option<SessionRecord>, StoreError> {
        sessions::by_token(&mut *self.0.reader().await?, token).await
    }

    async fn touch_session(&self, token: TokenHash, at: Timestamp) -> Result<(), StoreError> {
        self.0.write(TouchSession { token, at }).await
    }

    async fn close_session(
        &self,
        token: TokenHash,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<bool, StoreError> {
        self.0.write(CloseSession { token, at, event }).await
    }

    async fn apply_act(&self, act: Act) -> Result<ActOutcome, StoreError> {
        self.0.act(act).await
    }

    async fn record_event(&self, event: NewEvent) -> Result<i64, StoreError> {
        self.0.write(RecordEvent(event)).await
    }

    async fn events(
        &self,
        enterprise: EnterpriseId,
        card: Option<CardId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError> {
        let reader = &mut *self.0.reader().await?;
        events::newest(reader, enterprise, card, before, limit).await
    }

    async fn timeline(
        &self,
        enterprise: EnterpriseId,
        query: &TimelineQuery,
    ) -> Result<Timeline, StoreError> {
        timeline::page(&mut *self.0.reader().await?, enterprise, query).await
    }

    async fn count_timeline(
        &self,
        enterprise: EnterpriseId,
        query: &TimelineQuery,
        limit: u32,
    ) -> Result<u64, StoreError> {
        timeline::count(&mut *self.0.reader().await?, enterprise, query, limit).await
    }

    async fn event(
        &self,
        enterprise: EnterpriseId,
        seq: i64,
    ) -> Result<Option<EventRecord>, StoreError> {
        timeline::one(&mut *self.0.reader().await?, enterprise, seq).await
    }

    async fn log_head(&self) -> Result<LogHead, StoreError> {
        log::head(&mut *self.0.reader().await?).await
    }

    async fn log_tiles(&self, places: &[(u32, u64)]) -> Result<Vec<Tile>, StoreError> {
        log::tiles(&mut *self.0.reader().await?, places).await
    }

    async fn leaf_hash_tiles(&self, first: u64, limit: u32) -> Result<Vec<Tile>, StoreError> {
        log::leaf_hash_tiles(&mut *self.0.reader().await?, first, limit).await
    }

    async fn leaf_tiles(&self, first: u64, limit: u32) -> Result<Vec<LeafTile>, StoreError> {
        log::leaf_tiles(&mut *self.0.reader().await?, first, limit).await
    }

    async fn leaf_tiles_after(&self, seq: i64) -> Result<Vec<LeafTile>, StoreError> {
        log::leaf_tiles_after(&mut *self.0.reader().await?, seq).await
    }

    async fn leaf_tile_of(&self, seq: i64) -> Result<Option<LeafTile>, StoreError> {
        log::leaf_tile_of(&mut *self.0.reader().await?, seq).await
    }

    async fn newest_checkpoint(&self) -> Result<Option<String>, StoreError> {
        log::newest_checkpoint(&mut *self.0.reader().await?).await
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>, StoreError> {
        log::checkpoints(&mut *self.0.reader().await?, after, limit).await
    }

    async fn events_in_flight(&self) -> Result<InFlight, StoreError> {
        log::in_flight(&mut *self.0.reader().await?).await
    }

    async fn leaves(&self, first: i64, last: i64, limit: u32) -> Result<Leaves, StoreError> {
        self.0.leaves(first, last, limit).await
    }

    async fn leaf_hashes(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Hash)>, StoreError> {
        self.0.leaf_hashes(first, last, limit).await
    }

    async fn event_numbers(&self, first: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.0.event_numbers(first, limit).await
    }

    async fn event_count(&self) -> Result<u64, StoreError> {
        self.0.event_count().await
    }

    async fn signer(&self, certificate: CertificateDigest) -> Result<Option<Signer>, StoreError> {
        cards::signer(&mut *self.0.reader().await?, certificate).await
    }

    async fn append_log(&self, append: LogAppend) -> Result<bool, StoreError> {
        self.0.write(log::Append(append)).await
    }

    async fn archives(&self) -> Result<Vec<ArchiveRecord>, StoreError> {
        archives::all(&mut *self.0.reader().await?).await
    }

    async fn first_event_since(&self, time: Timestamp) -> Result<Option<i64>, StoreError> {
        archives::first_since(&mut *self.0.reader().await?, time).await
    }

    async fn events_between(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError> {
        archives::between(&mut *self.0.reader().await?, first, last, limit).await
    }

    async fn remove_archived(
        &self,
        archive: ArchiveRecord,
        count: u64,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<(), StoreError> {
        let remove = archives::Remove {
            archive,
            count,
            at,
            event,
        };
        self.0.write(remove).await
    }

    async fn begin_enrolment(
        &self,
        enrolment: NewEnrolment,
        event: NewEvent,
    ) -> Result<EnrolmentStart, StoreError> {
        self.0.write(BeginEnrolment { enrolment, event }).await
    }

    async fn enrolment(&self, token: TokenHash) -> Result<Option<EnrolmentRecord>, StoreError> {
        enrolments::by_token(&mut *self.0.reader().await?, token).await
    }

    async fn save_enrolment(&self, step: SavedEnrolment) -> Result<bool, StoreError> {
        self.0.write(SaveEnrolment(step)).await
    }

    async fn hold_certificate(
        &self,
        step: SavedEnrolment,
        certificate: NewCertificate,
    ) -> Result<bool, StoreError> {
        self.0.write(HoldCertificate { step, certificate }).await
    }

    async fn reserve_card_no(&self) -> Result<CardNo, StoreError> {
        self.0.write(ReserveCardNo).await
    }

    async fn confirm_enrolment(
        &self,
        confirmation: Confirmation,
    ) -> Result<ConfirmOutcome, StoreError> {
        self.0.write(confirmation).await
    }

    async fn abandon_enrolment(&self, id: Uuid, event: NewEvent) -> Result<bool, StoreError> {
        self.0.write(AbandonEnrolment { id, event }).await
    }

    async fn begin_batch(&self, batch: NewBatch) -> Result<BatchStart, StoreError> {
        self.0.write(BeginBatch(batch)).await
    }

    async fn renew_ticket(
        &self,
        enterprise: EnterpriseId,
        batch: Uuid,
        session: TokenHash,
        ticket: NewTicket,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let renew = RenewTicket {
            enterprise,
            batch,
            session,
            ticket,
            at,
        };
        self.0.write(renew).await
    }

    async fn void_ticket(&self, batch: Uuid) -> Result<(), StoreError> {
        self.0.write(VoidTicket(batch)).await
    }

    async fn batch_by_ticket(&self, ticket: TokenHash) -> Result<Option<BatchRecord>, StoreError> {
        journal::by_ticket(&mut *self.0.reader().await?, ticket).await
    }

    async fn batch(&self, id: Uuid) -> Result<Option<BatchRecord>, StoreError> {
        journal::batch_by_id(&mut *self.0.reader().await?, id).await
    }

    async fn operations_of_batch(&self, batch: Uuid) -> Result<Vec<OperationRecord>, StoreError> {
        journal::of_batch(&mut *self.0.reader().await?, batch).await
    }

    async fn operation(&self, id: Uuid) -> Result<Option<OperationRecord>, StoreError> {
        journal::by_id(&mut *self.0.reader().await?, id).await
    }

    async fn unfinished_operation(
        &self,
        card: CardId,
    ) -> Result<Option<OperationRecord>, StoreError> {
        journal::unfinished_on(&mut *self.0.reader().await?, card).await
    }

    async fn open_operations(
        &self,
        enterprise: Option<EnterpriseId>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        journal::open(&mut *self.0.reader().await?, enterprise, limit).await
    }

    async fn overdue_operations(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        journal::overdue(&mut *self.0.reader().await?, before, limit).await
    }

    async fn count_journal(&self, most: u32) -> Result<JournalCounts, StoreError> {
        journal::count(&mut *self.0.reader().await?, most).await
    }

    async fn save_operation(&self, change: SavedOperation) -> Result<bool, StoreError> {
        self.0.write(SaveOperation(change)).await
    }

    async fn confirm_operation(&self, end: ConfirmedOperation) -> Result<bool, StoreError> {
        self.0.write(ConfirmOperation(end)).await
    }

    async fn card_of_chip(&self, chip: ChipId) -> Result<Option<CardRecord>, StoreError> {
        let chip = Uuid::from_bytes(chip.0);
        journal::card_of_chip(&mut *self.0.reader().await?, chip).await
    }

    async fn unlock_session(
        &self,
        token: TokenHash,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<bool, StoreError> {
        self.0.write(UnlockSession { token, at, event }).await
    }

    async fn put_admin_token(&self, token: AdminToken) -> Result<(), StoreError> {
        self.0.write(PutAdminToken(token)).await
    }

    async fn admin_token(&self, hash: TokenHash) -> Result<Option<AdminToken>, StoreError> {
        admin::by_hash(&mut *self.0.reader().await?, hash).await
    }

    fn load(&self) -> StoreLoad {
        self.0.load()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        health::read(&mut *self.0.reader().await?).await?;
        self.0.write(WriteNothing).await
    }

    async fn purge(
        &self,
        expired: Timestamp,
        ended: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let purge = Purge {
            expired,
            ended,
            limit,
        };
        self.0.write(purge).await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}
