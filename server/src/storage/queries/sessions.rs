//! Sessions.

use jiff::Timestamp;

use super::{certificates, events, journal::contradict};
use crate::storage::{
    NewEvent, NewSession, SessionOpening, SessionRecord, SqlStore, StoreError, TokenHash,
    connection::Connection,
    database::WriteQuery,
    rows::{
        session::{select_session, session},
        state::{state, state_columns},
    },
    value::arguments,
};

impl SqlStore {
    /// Opens a session in one transaction: the card is 正常 still and the certificate
    /// its confirmed one, then session, 最后登录日期 and event. A first login with a key
    /// confirms it, with an event of its own.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] where a key is to be confirmed of a card whose row is
    /// not what its event says. Those of every write besides. See [`SqlStore`].
    pub async fn open_session(
        &self,
        session: NewSession,
        event: NewEvent,
    ) -> Result<SessionOpening, StoreError> {
        self.write(OpenSession { session, event }).await
    }

    /// The session with this token and its card as they are now, in one query.
    /// Ended and expired sessions are found too; the caller decides.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn session(&self, token: TokenHash) -> Result<Option<SessionRecord>, StoreError> {
        let row = self
            .fetch(
                select_session!("WHERE s.token_hash = $1"),
                arguments![&token],
            )
            .await?;
        row.as_ref().map(session).transpose()
    }

    /// Notes that an open session was used. Never goes back in time.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn touch_session(&self, token: TokenHash, at: Timestamp) -> Result<(), StoreError> {
        self.write(TouchSession { token, at }).await
    }

    /// Locks a session until then. False, and nothing written, when it is locked
    /// already or not alive any more.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn lock_session(
        &self,
        token: TokenHash,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(LockSession { token, until }).await
    }

    /// Ends a session whose time is over, if nothing ended it before.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn end_session(&self, token: TokenHash, at: Timestamp) -> Result<(), StoreError> {
        self.write(EndSession { token, at }).await
    }

    /// Ends a session by 退出登录, with its event. False, and nothing written, when it
    /// is not there or was ended before.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn close_session(
        &self,
        token: TokenHash,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<bool, StoreError> {
        self.write(CloseSession { token, at, event }).await
    }

    /// Ends the lock of a session, with its event. False, and nothing written, when
    /// it is not locked or not alive any more.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn unlock_session(
        &self,
        token: TokenHash,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<bool, StoreError> {
        self.write(UnlockSession { token, at, event }).await
    }
}

/// Opens a session.
struct OpenSession {
    session: NewSession,
    event: NewEvent,
}

impl WriteQuery for OpenSession {
    type Output = SessionOpening;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<SessionOpening, StoreError> {
        let new = &self.session;
        let done = connection.let_in(new, &self.event).await?;
        if !done.is_let_in {
            return self.refusal(connection).await;
        }
        if new.holds_superseded {
            contradict(connection, new.card, new.created_at).await?;
        }
        if let Some(event) = done.event {
            return Ok(SessionOpening::Opened { event });
        }
        certificates::confirm_key(connection, new.card, &self.event).await?;
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

/// Notes that an open session was used.
struct TouchSession {
    token: TokenHash,
    at: Timestamp,
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

/// The card that logged in is out.
struct LockSession {
    token: TokenHash,
    until: Timestamp,
}

impl WriteQuery for LockSession {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let locked = connection
            .execute(
                "UPDATE sessions SET locked_until = $2 \
                 WHERE token_hash = $1 AND locked_until IS NULL AND ended_at IS NULL",
                arguments![&self.token, self.until],
            )
            .await?;
        Ok(locked == 1)
    }
}

/// The legal-person card is back: the session is not locked any more.
struct UnlockSession {
    token: TokenHash,
    at: Timestamp,
    event: NewEvent,
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

/// Ends a session whose time is over.
struct EndSession {
    token: TokenHash,
    at: Timestamp,
}

impl WriteQuery for EndSession {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        connection
            .execute(
                "UPDATE sessions SET ended_at = $2, ended_by = 'time' \
                 WHERE token_hash = $1 AND ended_at IS NULL",
                arguments![&self.token, self.at],
            )
            .await?;
        Ok(())
    }
}

/// Ends a session by 退出登录.
struct CloseSession {
    token: TokenHash,
    at: Timestamp,
    event: NewEvent,
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
