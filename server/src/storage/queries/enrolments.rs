//! 制卡 under way.

use card_domain::CardId;
use uuid::Uuid;

use super::{cards, certificates, events};
use crate::storage::{
    EnrolmentRecord, EnrolmentStart, EnrolmentUpdate, NewCertificate, NewEnrolment, NewEvent,
    StoreError, TokenHash,
    connection::Connection,
    database::WriteQuery,
    rows::enrolment::{enrolment, select_enrolment},
    value::arguments,
};

/// Begins an enrolment.
pub(in crate::storage) struct BeginEnrolment {
    pub(in crate::storage) enrolment: NewEnrolment,
    pub(in crate::storage) event: NewEvent,
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
        events::insert(connection, &self.event).await?;
        Ok(EnrolmentStart::Begun)
    }
}

/// The enrolment with this token.
pub(in crate::storage) async fn by_token(
    connection: &mut Connection<'_>,
    token: TokenHash,
) -> Result<Option<EnrolmentRecord>, StoreError> {
    let row = connection
        .fetch(
            select_enrolment!("WHERE n.token_hash = $1"),
            arguments![&token],
        )
        .await?;
    row.as_ref().map(enrolment).transpose()
}

/// Notes a step.
pub(in crate::storage) struct SaveEnrolment(pub(in crate::storage) EnrolmentUpdate);

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
pub(in crate::storage) struct HoldCertificate {
    pub(in crate::storage) step: EnrolmentUpdate,
    pub(in crate::storage) certificate: NewCertificate,
}

impl WriteQuery for HoldCertificate {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let Some(card) = save(connection, &self.step).await? else {
            return Ok(false);
        };
        certificates::hold(connection, card, &self.certificate).await?;
        Ok(true)
    }
}

/// Ends an enrolment badly.
pub(in crate::storage) struct AbandonEnrolment {
    pub(in crate::storage) id: Uuid,
    pub(in crate::storage) event: NewEvent,
}

impl WriteQuery for AbandonEnrolment {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let row = connection
            .fetch(
                "DELETE FROM enrolments WHERE id = $1 RETURNING card_id",
                arguments![self.id],
            )
            .await?;
        let Some(row) = row else {
            return Ok(false);
        };
        certificates::revoke_held(connection, row.get("card_id")?).await?;
        events::insert(connection, &self.event).await?;
        Ok(true)
    }
}
