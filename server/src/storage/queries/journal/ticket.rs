//! The ticket of a batch, and the session that holds it.

use card_domain::EnterpriseId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::storage::{
    NewTicket, SqlStore, StoreError, TokenHash, connection::Connection, database::WriteQuery,
    rows::session::legal_person_at_work, value::arguments,
};

impl SqlStore {
    /// Gives a batch a new ticket; the old one is void. False, and nothing written,
    /// when the enterprise has no such batch or the session is over.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn renew_ticket(
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
        self.write(renew).await
    }

    /// Makes this ticket of a batch void; a newer one stays.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn void_ticket(&self, batch: Uuid, ticket: TokenHash) -> Result<(), StoreError> {
        self.write(VoidTicket { batch, ticket }).await
    }
}

/// Locks the legal person's session if the ticket says so; false when it is
/// not alive any more.
pub(super) async fn lock_session(
    connection: &mut Connection<'_>,
    enterprise: EnterpriseId,
    session: &TokenHash,
    ticket: &NewTicket,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let alive = connection
        .execute(
            "UPDATE sessions SET locked_until = coalesce($4, locked_until) \
             WHERE token_hash = $1 AND enterprise_id = $2 AND role = 'legal_person' \
             AND ended_at IS NULL AND ends_at > $3 AND EXISTS \
             (SELECT 1 FROM cards a WHERE a.id = sessions.card_id AND a.state = 'normal')",
            arguments![session, enterprise, at, ticket.lock_until],
        )
        .await?;
    Ok(alive == 1)
}

/// A new ticket for a batch. False, and nothing written, when the enterprise
/// has no such batch or the session is not alive any more.
struct RenewTicket {
    enterprise: EnterpriseId,
    batch: Uuid,
    session: TokenHash,
    ticket: NewTicket,
    at: Timestamp,
}

impl WriteQuery for RenewTicket {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let renewed = connection
            .execute(
                concat!(
                    "UPDATE operation_batches SET session_hash = $3, ticket_hash = $4, \
                     ticket_ends_at = $5 WHERE id = $1 AND enterprise_id = $2 AND EXISTS (",
                    legal_person_at_work!("$3", "$2", "$6"),
                    ")"
                ),
                arguments![
                    self.batch,
                    self.enterprise,
                    &self.session,
                    &self.ticket.hash,
                    self.ticket.ends_at,
                    self.at
                ],
            )
            .await?;
        if renewed == 0 {
            return Ok(false);
        }
        lock_session(
            connection,
            self.enterprise,
            &self.session,
            &self.ticket,
            self.at,
        )
        .await
    }
}

/// A ticket is void from now on.
struct VoidTicket {
    batch: Uuid,
    ticket: TokenHash,
}

impl WriteQuery for VoidTicket {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        connection
            .execute(
                "UPDATE operation_batches SET ticket_hash = NULL, session_hash = NULL \
                 WHERE id = $1 AND ticket_hash = $2",
                arguments![self.batch, &self.ticket],
            )
            .await?;
        Ok(())
    }
}
