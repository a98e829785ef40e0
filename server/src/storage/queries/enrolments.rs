//! 制卡 under way.

use card_domain::CardId;
use event_log::CardFacts;
use uuid::Uuid;

use super::{cards, certificates, register};
use crate::storage::{
    EnrolmentRecord, EnrolmentStart, EnrolmentUpdate, Explained, NewCertificate, NewEnrolment,
    NewEvent, SqlStore, StoreError, TokenHash,
    connection::Connection,
    database::WriteQuery,
    rows::{
        enrolment::{enrolment, select_enrolment},
        register::hex,
    },
    value::arguments,
};

impl SqlStore {
    /// Begins an enrolment; takes over from an older open one of the same card.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] when the enterprise has no such card. Those of
    /// every write besides. See [`SqlStore`].
    pub async fn begin_enrolment(
        &self,
        enrolment: NewEnrolment,
        event: NewEvent,
    ) -> Result<EnrolmentStart, StoreError> {
        self.write(BeginEnrolment { enrolment, event }).await
    }

    /// The enrolment with this token.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn enrolment(&self, token: TokenHash) -> Result<Option<EnrolmentRecord>, StoreError> {
        let row = self
            .fetch(
                select_enrolment!("WHERE n.token_hash = $1"),
                arguments![&token],
            )
            .await?;
        row.as_ref().map(enrolment).transpose()
    }

    /// Notes a step. False, and nothing written, when the enrolment is gone or is
    /// not at the step that the caller saw.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn save_enrolment(&self, step: EnrolmentUpdate) -> Result<bool, StoreError> {
        self.write(SaveEnrolment(step)).await
    }

    /// Notes a step together with the certificate that was issued in it, on hold;
    /// one that the card held before is revoked. False, and nothing written, when the
    /// enrolment is gone or is not at the step that the caller saw.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when the certificate is there already. Those of
    /// every write besides. See [`SqlStore`].
    pub async fn hold_certificate(
        &self,
        step: EnrolmentUpdate,
        certificate: NewCertificate,
    ) -> Result<bool, StoreError> {
        self.write(HoldCertificate { step, certificate }).await
    }

    /// Ends an enrolment badly, with its event: its held certificate is revoked.
    /// False, and nothing written, when it is gone already, or has made its card.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn abandon_enrolment(&self, id: Uuid, event: NewEvent) -> Result<bool, StoreError> {
        self.write(AbandonEnrolment { id, event }).await
    }
}

/// Begins an enrolment.
struct BeginEnrolment {
    enrolment: NewEnrolment,
    event: NewEvent,
}

impl WriteQuery for BeginEnrolment {
    type Output = EnrolmentStart;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<EnrolmentStart, StoreError> {
        let new = &self.enrolment;
        // Changes nothing, but locks the row: of two that begin at once the
        // later one takes over in an orderly way.
        let open = connection
            .execute(
                "UPDATE cards SET version = version \
                 WHERE enterprise_id = $1 AND id = $2 AND state = 'not_issued'",
                arguments![new.enterprise, new.card],
            )
            .await?;
        if open == 0 {
            let now = cards::state_now(connection, new.enterprise, new.card).await?;
            return now.map(EnrolmentStart::CardIs).ok_or(StoreError::NotFound);
        }
        let before = register::explained(connection, new.card).await?;
        certificates::revoke_held(connection, new.card).await?;
        connection
            .execute(
                "DELETE FROM enrolments WHERE card_id = $1",
                arguments![new.card],
            )
            .await?;
        connection
            .execute(
                "INSERT INTO enrolments \
                 (id, card_id, token_hash, step, payload, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                arguments![
                    new.id,
                    new.card,
                    &new.token,
                    &new.step,
                    &new.payload,
                    new.created_at,
                    new.expires_at,
                ],
            )
            .await?;
        let facts = without_held(&before);
        let (event, at) = (Some(&self.event), self.event.at);
        register::record_step(connection, new.card, event, &before, &facts, at).await?;
        Ok(EnrolmentStart::Begun)
    }
}

/// Notes a step.
struct SaveEnrolment(EnrolmentUpdate);

impl WriteQuery for SaveEnrolment {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        Ok(save(connection, &self.0).await?.is_some())
    }
}

/// Notes a step; gives the card's key, or nothing when the enrolment is gone
/// or elsewhere.
async fn save(
    connection: &mut Connection<'_>,
    step: &EnrolmentUpdate,
) -> Result<Option<CardId>, StoreError> {
    let row = connection
        .fetch(
            "UPDATE enrolments SET step = $3, payload = $4 WHERE id = $1 AND step = $2 \
             RETURNING card_id",
            arguments![step.id, &step.before, &step.step, &step.payload],
        )
        .await?;
    row.map(|row| row.get("card_id")).transpose()
}

/// Notes a step with the certificate that was issued in it.
struct HoldCertificate {
    step: EnrolmentUpdate,
    certificate: NewCertificate,
}

impl WriteQuery for HoldCertificate {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let Some(card) = save(connection, &self.step).await? else {
            return Ok(false);
        };
        let new = &self.certificate;
        lock_card(connection, card).await?;
        let before = register::explained(connection, card).await?;
        certificates::hold(connection, card, new).await?;
        let facts = CardFacts {
            held: Some(hex(&new.sha256)),
            ..before.facts.clone()
        };
        register::record_step(connection, card, None, &before, &facts, new.created_at).await?;
        Ok(true)
    }
}

/// Ends an enrolment badly.
struct AbandonEnrolment {
    id: Uuid,
    event: NewEvent,
}

impl WriteQuery for AbandonEnrolment {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let row = connection
            .fetch(
                "DELETE FROM enrolments WHERE id = $1 AND step <> 'made' RETURNING card_id",
                arguments![self.id],
            )
            .await?;
        let Some(row) = row else {
            return Ok(false);
        };
        let card = row.get("card_id")?;
        lock_card(connection, card).await?;
        let before = register::explained(connection, card).await?;
        certificates::revoke_held(connection, card).await?;
        let facts = without_held(&before);
        let (event, at) = (Some(&self.event), self.event.at);
        register::record_step(connection, card, event, &before, &facts, at).await?;
        Ok(true)
    }
}

/// What decides about a card once nothing is on hold for it.
pub(super) fn without_held(before: &Explained) -> CardFacts {
    CardFacts {
        held: None,
        ..before.facts.clone()
    }
}

/// Locks the row of a card.
pub(super) async fn lock_card(
    connection: &mut Connection<'_>,
    card: CardId,
) -> Result<(), StoreError> {
    connection
        .execute(
            "UPDATE cards SET version = version WHERE id = $1",
            arguments![card],
        )
        .await?;
    Ok(())
}
