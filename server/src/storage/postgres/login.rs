//! A login on PostgreSQL: three statements, of which the first locks the card's row. A
//! freeze at the same time either is seen here, or waits and then ends the session that
//! is made here.

use card_domain::{EnterpriseId, KeyConfirmation};

use super::Lease;
use crate::storage::{
    NewEvent, NewSession, StoreError,
    connection::{Connection, LetIn},
    queries::events,
    rows::session::certificate_that_may_log_in,
    value::arguments,
};

/// Lets a card in, if it may log in still, and writes the event of that, unless another
/// one comes before it.
pub(in crate::storage) async fn let_in(
    connection: &mut Lease,
    new: &NewSession,
    event: &NewEvent,
) -> Result<LetIn, StoreError> {
    let mut connection = Connection::Postgres(connection);
    let card = connection
        .fetch(
            concat!(
                "UPDATE cards SET last_login_at = $3 \
                 WHERE id = $1 AND state = 'normal' AND certificate_id = (",
                certificate_that_may_log_in!("$2", "$1"),
                ") RETURNING enterprise_id, role, \
                 (SELECT key_confirmed FROM certificates k WHERE k.id = certificate_id) \
                 AS key_confirmed"
            ),
            arguments![new.card, &new.certificate, new.created_at],
        )
        .await?;
    let Some(card) = card else {
        return Ok(LetIn::default());
    };
    let enterprise: EnterpriseId = card.get("enterprise_id")?;
    let role: &str = card.get("role")?;
    connection
        .execute(
            "INSERT INTO sessions (token_hash, card_id, enterprise_id, role, \
             created_at, last_seen_at, ends_at) VALUES ($1, $2, $3, $4, $5, $5, $6)",
            arguments![
                &new.token,
                new.card,
                enterprise,
                role,
                new.created_at,
                new.ends_at,
            ],
        )
        .await?;
    let is_confirmed = card.optional::<KeyConfirmation>("key_confirmed")?.is_some();
    let event = if is_confirmed {
        Some(events::insert(&mut connection, event).await?)
    } else {
        None
    };
    Ok(LetIn {
        is_let_in: true,
        event,
    })
}
