//! The relay under a ticket: what happened at the reader, what to do next.

use app::api::{
    ErrorCode,
    operation::{CardReport, FoundCard, Next, OperationReply},
};
use card_domain::{EventOutcome, Reason};
use card_protocol::{CardError, ProgramRefusal, bridge::Identity, program::ProgramOutcome};
use event_log::EventFacts;
use uuid::Uuid;

use super::{
    authority::Conversation,
    drive::{Advance, reported, start},
    identify::{card_in_reader, found, note_pin},
    ticket::ticket_holder,
    view::operations_view,
};
use crate::{
    bearer::Bearer,
    context::{Actor, RequestContext},
    service::ServiceError,
    storage::{BatchRecord, OperationRecord},
};

/// Takes what happened at the reader, and says what happens there next. Once nothing is
/// open any more it is that it is finished, as often as it is asked.
pub(crate) async fn next(
    ctx: &RequestContext,
    ticket: &str,
    report: CardReport,
) -> Result<OperationReply, ServiceError> {
    let (actor, batch) = ticket_holder(ctx, ticket).await?;
    let operations = ctx.service.store.operations_of_batch(batch.id).await?;
    let open: Vec<_> = operations
        .iter()
        .filter(|operation| operation.state.is_open())
        .collect();
    let next = match report {
        CardReport::Inserted => match open.as_slice() {
            [] => Next::Finished,
            [only] => Next::from(start(ctx, only, Conversation::TICKET).await?),
            _ => Next::Identify,
        },
        CardReport::Identified { identity } => {
            identified(ctx, &actor, &batch, &open, &identity).await?
        }
        CardReport::Ran { outcome } => ran(ctx, &operations, &outcome).await?,
        CardReport::Failed { error } => after_error(error, open.is_empty()),
    };
    let operations = operations_view(ctx, &batch).await?;
    if operations.cards.iter().any(|card| card.state.is_open()) {
        return Ok(OperationReply { next, operations });
    }
    // The last report may come again, for its answer can be lost: a ticket of what is
    // over opens nothing. What a healing has to put right must not wait for it.
    let records = ctx.service.store.operations_of_batch(batch.id).await?;
    if records.iter().any(OperationRecord::is_unsettled) {
        let ticket = Bearer::shown(ticket).hash();
        ctx.service.store.void_ticket(batch.id, ticket).await?;
    }
    Ok(OperationReply {
        next: Next::Finished,
        operations,
    })
}

/// A card said who it is: goes on if it is one of the batch.
async fn identified(
    ctx: &RequestContext,
    actor: &Actor,
    batch: &BatchRecord,
    open: &[&OperationRecord],
    identity: &Identity,
) -> Result<Next, ServiceError> {
    let card = card_in_reader(ctx, identity.chip).await?;
    if let Some(card) = &card {
        note_pin(ctx, actor, card, identity).await?;
    }
    let ours = card
        .as_ref()
        .and_then(|card| open.iter().find(|operation| operation.card.id == card.id));
    if let Some(operation) = ours {
        return Ok(Next::from(
            start(ctx, operation, Conversation::TICKET).await?,
        ));
    }
    let found = found(actor, card.as_ref());
    // Its own legal-person card is in the reader until it is pulled: that
    // is no event. Which other card it was is the terminal's word: the event names it
    // not, or a page could write into the record of any card.
    if !matches!(found, FoundCard::LegalPerson { .. }) {
        let mut event = ctx.event(batch.action.into(), EventOutcome::Refused);
        event.enterprise = Some(actor.enterprise);
        event.actor = Some(batch.actor);
        event.detail = Some(String::from("another card was in the reader"));
        event.facts = Some(EventFacts::because(Reason::WrongCard).to_json()?);
        ctx.service.store.record_event(event).await?;
    }
    Ok(Next::WrongCard { found })
}

/// A program ran, of one of the operations.
async fn ran(
    ctx: &RequestContext,
    operations: &[OperationRecord],
    outcome: &ProgramOutcome,
) -> Result<Next, ServiceError> {
    let id: Uuid = outcome
        .operation
        .parse()
        .map_err(|_no_uuid| ErrorCode::BadRequest)?;
    let operation = operations
        .iter()
        .find(|operation| operation.id == id)
        .ok_or(ErrorCode::BadRequest)?;
    Ok(Next::from(
        reported(ctx, operation, Conversation::TICKET, outcome).await?,
    ))
}

/// What follows from an error of the bridge: nothing was run, or nobody knows
/// what was; the next look at the card tells.
const fn after_error(error: CardError, is_over: bool) -> Next {
    match error {
        _ if is_over => Next::Finished,
        // Another card, or the same one in a new connection: it is looked at again.
        CardError::ProgramRefused {
            reason: ProgramRefusal::Chip | ProgramRefusal::Exchange,
        } => Next::Identify,
        CardError::UnsupportedCard | CardError::UnfitCard { .. } => Next::WrongCard {
            found: FoundCard::NotPiv,
        },
        _ => Next::Insert,
    }
}

/// What the terminal does, of an operation under the ticket.
impl From<Advance> for Next {
    fn from(advance: Advance) -> Self {
        match advance {
            Advance::Run {
                program,
                new_pin,
                doing,
                sequence: _,
            } => Self::Run {
                program,
                new_pin,
                doing,
            },
            Advance::Over | Advance::Waiting => Self::Insert,
            Advance::NotGenuine => Self::WrongCard {
                found: FoundCard::NotGenuine,
            },
        }
    }
}
