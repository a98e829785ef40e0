//! 综合查询: timelines and single events, each verified for the answer.

mod cursor;
mod export;
mod people;
mod reason_in_words;
mod receipt;

use app::api::{
    ErrorCode,
    history::{
        CheckpointView, EventDetail, HISTORY_PAGE_SIZE, HistoryPage, HistoryQuery, HistoryRow,
        ProofView, Serials, SignerView, StatementView,
    },
    operation::StepTime,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{CardNo, EventAct, EventOutcome, OperationState, Reason, TimelineOf};
use event_log::{Checkpoint, EventFacts, SignerProof, certificate};

use self::people::People;
use crate::{
    audit::check::Checked,
    context::{Actor, RequestContext},
    service::ServiceError,
    storage::{EventRecord, OperationRecord, Signer, StatementRecord, TimelineQuery},
};

pub(crate) use self::{export::Exporter, receipt::receipt};

fn checkpoint_view(checkpoint: &Checkpoint) -> CheckpointView {
    CheckpointView {
        size: checkpoint.size,
        root: STANDARD.encode(checkpoint.root),
        at: checkpoint.at,
    }
}

/// What a page or an export is asked for, in the store's terms.
async fn timeline_query(
    ctx: &RequestContext,
    actor: &Actor,
    query: &HistoryQuery,
    page_size: u32,
) -> Result<TimelineQuery, ServiceError> {
    if let TimelineOf::Card(card) = query.of {
        // Another enterprise's card is not there, rather than empty.
        ctx.service.store.card(actor.enterprise, card).await?;
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

/// A page of the enterprise's events. For the legal person.
pub(crate) async fn history(
    ctx: &RequestContext,
    query: HistoryQuery,
) -> Result<HistoryPage, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let query = timeline_query(ctx, &actor, &query, HISTORY_PAGE_SIZE).await?;
    let store = &ctx.service.store;
    let page = store.timeline(actor.enterprise, &query).await?;
    let mut checker = ctx.checker().await?;
    let mut people = People::default();
    let mut rows = Vec::with_capacity(page.rows.len());
    for event in &page.rows {
        let found = checker.check(event).await?;
        rows.push(row(ctx, &actor, event, &found, &mut people).await?);
    }
    Ok(HistoryPage {
        rows,
        previous: page.newer.map(cursor::encode),
        next: page.older.map(cursor::encode),
        cut_short: page.cut_short,
        checkpoint: checker.checkpoint().map(checkpoint_view),
    })
}

async fn row(
    ctx: &RequestContext,
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
        actor: people.get(ctx, actor.enterprise, event.actor).await?,
        target: people.get(ctx, actor.enterprise, event.target).await?,
        signed: event.statement.is_some(),
        cause: checked.cause(event),
        serials: has_serials.then_some(Serials {
            before: facts.serial_before,
            after: facts.serial_after,
        }),
        healed: facts.healed,
        holds_superseded: facts.holds_superseded,
        verified: checked.verified,
    })
}

/// Everything about one event of the enterprise. For the legal person.
pub(crate) async fn event(ctx: &RequestContext, seq: i64) -> Result<EventDetail, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let store = &ctx.service.store;
    let event = store.event(actor.enterprise, seq).await?;
    let event = event.ok_or(ErrorCode::NotFound)?;
    let facts = EventFacts::read(event.facts.as_deref());
    let mut checker = ctx.checker().await?;
    let found = checker.check(&event).await?;
    let certificate = checker.signer(&event).await?.cloned();
    let row = row(ctx, &actor, &event, &found, &mut People::default()).await?;
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
        freeze: facts.freeze,
        reason: reason(&event),
        statement: event
            .statement
            .map(|signed| statement_view(signed, certificate, found.signer)),
        client: event.client,
        steps: operation.as_ref().map(steps).unwrap_or_default(),
        proof,
        enterprise_name: actor.enterprise_name,
        enterprise_code: actor.enterprise_code,
        now: ctx.request.now,
    })
}

/// Why an event was refused or not finished; none for what was done. Events from
/// before reasons were codes have words.
fn reason(event: &EventRecord) -> Option<Reason> {
    if event.outcome == EventOutcome::Done {
        return None;
    }
    let facts = EventFacts::read(event.facts.as_deref());
    facts.reason.or_else(|| Some(reason_in_words::read(event)))
}

fn statement_view(
    signed: StatementRecord,
    certificate: Option<Signer>,
    proof: Option<SignerProof>,
) -> StatementView {
    let summary = certificate.and_then(|signer| certificate::summary(&signer.der).ok());
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
