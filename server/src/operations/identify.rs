//! What is in the reader, as far as the one who asks may know it. The chip id
//! is what the card says of itself; nothing rests on it but a sentence.

use app::api::operation::FoundCard;
use card_domain::Role;
use card_protocol::{ChipId, bridge::Identity};

use super::view::operator_no;
use crate::{
    context::{Actor, RequestContext},
    service::ServiceError,
    storage::{CardRecord, PinRecord},
};

/// The card with this chip id, whosever it is.
pub(super) async fn card_in_reader(
    ctx: &RequestContext,
    chip: Option<ChipId>,
) -> Result<Option<CardRecord>, ServiceError> {
    match chip {
        Some(chip) => Ok(ctx.service.store.card_of_chip(chip).await?),
        None => Ok(None),
    }
}

/// Notes the PIN's tries of a card of the actor's own enterprise, as its page
/// says: a hint for the list of 解锁, the one thing that a claim may change
/// in `cards`. It decides nothing; before an operation the card is asked.
pub(super) async fn note_pin(
    ctx: &RequestContext,
    actor: &Actor,
    card: &CardRecord,
    identity: &Identity,
) -> Result<(), ServiceError> {
    if let Some(tries_left) = identity.pin_tries
        && card.enterprise == actor.enterprise
    {
        let pin = PinRecord {
            tries_left,
            at: ctx.request.now,
        };
        ctx.service
            .store
            .pin_seen(actor.enterprise, card.id, pin)
            .await?;
    }
    Ok(())
}

/// A card as a legal person may know it: nothing of another enterprise's.
pub(super) fn found(actor: &Actor, card: Option<&CardRecord>) -> FoundCard {
    let Some(card) = card else {
        return FoundCard::Unknown;
    };
    if card.enterprise != actor.enterprise {
        return FoundCard::OtherEnterprise;
    }
    match (card.holder.role(), &card.chip) {
        (Role::LegalPerson, _) => FoundCard::LegalPerson {
            holder_name: card.holder_name.clone(),
        },
        (Role::Operator, Some(chip)) => FoundCard::Operator {
            card: card.id,
            card_no: chip.card_no.clone(),
            operator_no: operator_no(&card.holder),
            holder_name: card.holder_name.clone(),
            state: card.state.name(),
        },
        (Role::Operator, None) => FoundCard::Unknown,
    }
}
