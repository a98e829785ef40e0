//! 综合查询: timelines and single events, each verified for the answer.

mod cursor;
mod reason;

use std::collections::HashMap;

use app::api::{
    ErrorCode,
    history::{
        CheckpointView, EventDetail, HISTORY_PAGE_SIZE, HistoryPage, HistoryQuery, HistoryRow,
        PersonView, ProofView, Serials, SignerView, StatementView,
    },
    operation::StepTime,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{CardId, CardNo, EnterpriseId, EventAct, OperationState, TimelineOf};

use super::{Actor, RequestContext, ServiceError};
use crate::{
    audit::{
        Checkpoint, EventFacts, SignerProof,
        check::{Checked, Checker},
    },
    pki,
    storage::{EventRecord, OperationRecord, Signer, StatementRecord, StoreError, TimelineQuery},
};

pub(crate) use reason::reason;

/// The people of a request, each read once. What was a card of the enterprise
/// and is none any more stays without a name.
#[derive(Default)]
pub(crate) struct People(HashMap<CardId, Option<PersonView>>);

impl People {
    /// Somebody of the enterprise.
    pub(crate) async fn get(
        &mut self,
        backend: &RequestContext,
        enterprise: EnterpriseId,
        card: Option<CardId>,
    ) -> Result<Option<PersonView>, ServiceError> {
        let Some(card) = card else { return Ok(None) };
        if let Some(person) = self.0.get(&card) {
            return Ok(person.clone());
        }
        let person = match backend.service.store.card(enterprise, card).await {
            Ok(record) => Some(PersonView {
                card,
                role: record.holder.role(),
                operator_no: record.holder.operator_no().cloned(),
                holder_name: record.holder_name,
                card_no: record.chip.map(|chip| chip.card_no),
            }),
            Err(StoreError::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        self.0.insert(card, person.clone());
        Ok(person)
    }
}

fn checkpoint_view(checkpoint: &Checkpoint) -> CheckpointView {
    CheckpointView {
        size: checkpoint.size,
        root: STANDARD.encode(checkpoint.root),
        at: checkpoint.at,
    }
}

impl RequestContext {
    /// What a page or an export is asked for, in the store's terms.
    pub(crate) async fn timeline_query(
        &self,
        actor: &Actor,
        query: &HistoryQuery,
        page_size: u32,
    ) -> Result<TimelineQuery, ServiceError> {
        if let TimelineOf::Card(card) = query.of {
            // Another enterprise's card is not there, rather than empty.
            self.service.store.card(actor.enterprise, card).await?;
        }
        let cursor = query.cursor.as_ref().map(cursor::decode).transpose()?;
        Ok(TimelineQuery {
            of: query.of,
            act: query.act,
            outcome: query.outcome,
            from: query.from,
            to: query.to,
            cursor,
            page_size,
        })
    }

    /// What checks the events of this request.
    pub(crate) async fn checker(&self) -> Result<Checker<'_>, ServiceError> {
        let service = &self.service;
        let public = service.keys.audit.public();
        let (store, anchors) = (service.store.as_ref(), &service.keys.anchors);
        let checker = Checker::new(store, &public.log, anchors, self.request.now).await?;
        Ok(checker.with(&service.tiles))
    }

    pub(super) async fn history_page(
        &self,
        query: HistoryQuery,
    ) -> Result<HistoryPage, ServiceError> {
        let actor = self.require_legal_person().await?;
        let query = self
            .timeline_query(&actor, &query, HISTORY_PAGE_SIZE)
            .await?;
        let page = self
            .service
            .store
            .timeline(actor.enterprise, &query)
            .await?;
        let mut checker = self.checker().await?;
        let mut people = People::default();
        let mut rows = Vec::with_capacity(page.rows.len());
        for event in &page.rows {
            let found = checker.check(event).await?;
            rows.push(self.history_row(&actor, event, &found, &mut people).await?);
        }
        Ok(HistoryPage {
            rows,
            previous: page.newer.map(cursor::encode),
            next: page.older.map(cursor::encode),
            cut_short: page.cut_short,
            checkpoint: checker.checkpoint().map(checkpoint_view),
        })
    }

    pub(crate) async fn history_row(
        &self,
        actor: &Actor,
        event: &EventRecord,
        checked: &Checked,
        people: &mut People,
    ) -> Result<HistoryRow, ServiceError> {
        let facts = EventFacts::read(event.facts.as_deref());
        let has_serials = facts.serial_before.is_some() || facts.serial_after.is_some();
        Ok(HistoryRow {
            seq: event.seq,
            at: event.at,
            act: EventAct::from_name(&event.act),
            outcome: event.outcome,
            actor: people.get(self, actor.enterprise, event.actor).await?,
            target: people.get(self, actor.enterprise, event.target).await?,
            signed: event.statement.is_some(),
            serials: has_serials.then_some(Serials {
                before: facts.serial_before,
                after: facts.serial_after,
            }),
            healed: facts.healed,
            verified: checked.verified,
        })
    }

    pub(super) async fn event_detail(&self, seq: i64) -> Result<EventDetail, ServiceError> {
        let actor = self.require_legal_person().await?;
        let store = &self.service.store;
        let event = store.event(actor.enterprise, seq).await?;
        let event = event.ok_or(ErrorCode::NotFound)?;
        let facts = EventFacts::read(event.facts.as_deref());
        let mut checker = self.checker().await?;
        let found = checker.check(&event).await?;
        let certificate = checker.signer(&event).await?.cloned();
        let row = self
            .history_row(&actor, &event, &found, &mut People::default())
            .await?;
        let operation = match facts.operation {
            Some(id) => store.operation(id).await?,
            None => None,
        };
        let operation = operation.filter(|operation| operation.card.enterprise == actor.enterprise);
        let proof = match (found.position, checker.checkpoint()) {
            (Some(position), Some(checkpoint)) => Some(ProofView {
                leaf_index: position.index,
                leaf_hash: STANDARD.encode(position.leaf),
                checkpoint: checkpoint_view(checkpoint),
                bytes: u32::try_from(position.proof.len()).unwrap_or(u32::MAX),
            }),
            _ => None,
        };
        Ok(EventDetail {
            row,
            before: facts.before,
            after: facts.after,
            reason: reason(&event),
            statement: event
                .statement
                .map(|signed| statement_view(signed, certificate, found.signer)),
            client: event.client,
            steps: operation.as_ref().map(steps).unwrap_or_default(),
            proof,
            enterprise_name: actor.enterprise_name,
            enterprise_code: actor.enterprise_code,
            now: self.request.now,
        })
    }
}

fn statement_view(
    signed: StatementRecord,
    certificate: Option<Signer>,
    proof: Option<SignerProof>,
) -> StatementView {
    let summary = certificate.and_then(|signer| pki::summary(&signer.der).ok());
    StatementView {
        text: signed.text,
        structured: signed.structured,
        origin: signed.origin,
        nonce: signed.nonce,
        signature: card_protocol::hex::encode(&signed.signature),
        certificate_serial: summary.map(|(serial, _)| serial),
        signer: proof.map(|signer| match signer {
            SignerProof::Signed { card_no } => SignerView::Signed(CardNo(card_no)),
            SignerProof::Certificate { card_no } => SignerView::Certificate(CardNo(card_no)),
            SignerProof::Unnamed => SignerView::Unnamed,
        }),
    }
}

/// When an operation came into each state, in its order.
fn steps(operation: &OperationRecord) -> Vec<StepTime> {
    let times = &operation.times;
    let mut steps: Vec<StepTime> = [
        (OperationState::Prepared, Some(times.prepared)),
        (OperationState::Issued, times.issued),
        (OperationState::Written, times.written),
        (OperationState::ReadBack, times.read_back),
        (OperationState::Confirmed, times.confirmed),
        (OperationState::Abandoned, times.abandoned),
    ]
    .into_iter()
    .filter_map(|(state, at)| at.map(|at| StepTime { state, at }))
    .collect();
    steps.sort_by_key(|step| step.at);
    steps
}
