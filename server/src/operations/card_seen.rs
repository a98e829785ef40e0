//! A card was inserted, anywhere, by anybody: what the one who asks may know of
//! it, and the challenge of its healing, if there is something to heal.

use app::api::{
    ErrorCode,
    operation::{Healing, SeenReply},
};
use card_domain::Role;
use card_protocol::bridge::Identity;

use super::{
    heal::{anybody, challenge},
    identify::{card_in_reader, found, note_pin},
};
use crate::{context::RequestContext, metrics::Rated, service::ServiceError};

/// Says what is in the reader, to a legal person, and challenges a card that waits for
/// its healing.
pub(crate) async fn card_seen(
    ctx: &RequestContext,
    identity: Identity,
) -> Result<SeenReply, ServiceError> {
    if identity.chip.is_none() && identity.certificate.is_none() && identity.pin_tries.is_none() {
        // That is what no card says.
        return Err(ErrorCode::BadRequest.into());
    }
    let session = anybody(ctx).await?;
    if session.is_none() {
        ctx.limit(Rated::Insertion)?;
    }
    let card = card_in_reader(ctx, identity.chip).await?;
    if let (Some((actor, role)), Some(card)) = (&session, &card)
        && (*role == Role::LegalPerson || actor.card == card.id)
    {
        note_pin(ctx, actor, card, &identity).await?;
    }
    let healing = match &card {
        Some(card) => match ctx.service.store.unfinished_operation(card.id).await? {
            Some(record) => challenge(ctx, &record).await?,
            None => Healing::None,
        },
        None => Healing::None,
    };
    let found = session
        .filter(|(_, role)| *role == Role::LegalPerson)
        .map(|(actor, _)| found(&actor, card.as_ref()));
    Ok(SeenReply { found, healing })
}
