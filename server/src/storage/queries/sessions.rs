//! Sessions.

use card_domain::EnterpriseId;
use jiff::Timestamp;

use super::events;
use crate::storage::{
    NewEvent, NewSession, SessionOpening, SessionRecord, StoreError, TokenHash,
    connection::Connection,
    database::WriteQuery,
    rows::{
        session::{select_session, session},
        state::{state, state_columns},
    },
    value::arguments,
};

/// Opens a session.
pub(in crate::storage) struct OpenSession {
    pub(in crate::storage) session: NewSession,
    pub(in crate::storage) event: NewEvent,
}

impl WriteQuery for OpenSession {
    type Output = SessionOpening;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<SessionOpening, StoreError> {
        let new = &self.session;
        // The update locks the card's row: a freeze at the same time either
        // is seen here, or waits and then ends the session that is made here.
        let card = connection
            .fetch(
                "UPDATE cards SET last_login_at = $3 \
                 WHERE id = $1 AND state = 'normal' AND certificate_id = \
                 (SELECT id FROM certificates \
                 WHERE sha256 = $2 AND card_id = $1 AND standing = 'good') \
                 RETURNING enterprise_id, role",
                arguments![new.card, &new.certificate, new.created_at],
            )
            .await?;
        let Some(card) = card else {
            return self.refusal(connection).await;
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
        let event = events::insert(connection, &self.event).await?;
        Ok(SessionOpening::Opened { event })
    }
}

impl OpenSession {
    /// Why the card could not open a session.
    async fn refusal(&self, connection: &mut Connection<'_>) -> Result<SessionOpening, StoreError> {
        let row = connection
            .fetch(
                concat!(
                    "SELECT k.standing, ",
                    state_columns!(),
                    " FROM cards c JOIN certificates k ON k.card_id = c.id \
                     WHERE c.id = $1 AND k.sha256 = $2"
                ),
                arguments![self.session.card, &self.session.certificate],
            )
            .await?;
        let Some(row) = row else {
            return Ok(SessionOpening::Unknown);
        };
        let state = state(&row)?;
        if !state.may_log_in() {
            return Ok(SessionOpening::CardIs(state));
        }
        Ok(SessionOpening::NotConfirmed(row.get("standing")?))
    }
}

/// The session with this token and its card as they are now.
pub(in crate::storage) async fn by_token(
    connection: &mut Connection<'_>,
    token: TokenHash,
) -> Result<Option<SessionRecord>, StoreError> {
    let row = connection
        .fetch(
            select_session!("WHERE s.token_hash = $1"),
            arguments![&token],
        )
        .await?;
    row.as_ref().map(session).transpose()
}

/// Notes that an open session was used.
pub(in crate::storage) struct TouchSession {
    pub(in crate::storage) token: TokenHash,
    pub(in crate::storage) at: Timestamp,
}

impl WriteQuery for TouchSession {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        connection
            .execute(
                "UPDATE sessions SET last_seen_at = $2 \
                 WHERE token_hash = $1 AND ended_at IS NULL AND last_seen_at < $2",
                arguments![&self.token, self.at],
            )
            .await?;
        Ok(())
    }
}

/// The legal-person card is back: the session is not locked any more.
pub(in crate::storage) struct UnlockSession {
    pub(in crate::storage) token: TokenHash,
    pub(in crate::storage) at: Timestamp,
    pub(in crate::storage) event: NewEvent,
}

impl WriteQuery for UnlockSession {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let unlocked = connection
            .execute(
                "UPDATE sessions SET locked_until = NULL, last_seen_at = $2 \
                 WHERE token_hash = $1 AND locked_until > $2 AND ended_at IS NULL \
                 AND ends_at > $2",
                arguments![&self.token, self.at],
            )
            .await?;
        if unlocked == 0 {
            return Ok(false);
        }
        events::insert(connection, &self.event).await?;
        Ok(true)
    }
}

/// Ends a session by 退出登录.
pub(in crate::storage) struct CloseSession {
    pub(in crate::storage) token: TokenHash,
    pub(in crate::storage) at: Timestamp,
    pub(in crate::storage) event: NewEvent,
}

impl WriteQuery for CloseSession {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let closed = connection
            .execute(
                "UPDATE sessions SET ended_at = $2, ended_by = 'logout' \
                 WHERE token_hash = $1 AND ended_at IS NULL",
                arguments![&self.token, self.at],
            )
            .await?;
        if closed == 0 {
            return Ok(false);
        }
        events::insert(connection, &self.event).await?;
        Ok(true)
    }
}
