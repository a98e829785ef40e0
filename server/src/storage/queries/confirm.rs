//! The end of a 制卡 that went well: one transaction that makes the card.

use card_domain::{CardId, CardNo, CardState, EnterpriseId, KeyConfirmation};
use event_log::CardFacts;
use jiff::Timestamp;
use uuid::Uuid;

use super::{cards, certificates, register, search_keys};
use crate::storage::{
    ConfirmOutcome, Confirmation, SqlStore, StoreError, connection::Connection,
    database::WriteQuery, error::corrupt, rows::register as register_row, value::arguments,
};

impl SqlStore {
    /// Reserves the next IC卡号, for good.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn reserve_card_no(&self) -> Result<CardNo, StoreError> {
        self.write(ReserveCardNo).await
    }

    /// Ends an enrolment well, in one transaction: the held certificate is good and
    /// an older good one superseded; the card gets its number, its chip id and the
    /// state 正常; the event is written. The enrolment stays, as `made`, until it is
    /// void: its last report may come again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when the chip id is another card's. Those of every
    /// write besides. See [`SqlStore`].
    pub async fn confirm_enrolment(
        &self,
        confirmation: Confirmation,
    ) -> Result<ConfirmOutcome, StoreError> {
        self.write(confirmation).await
    }
}

impl WriteQuery for Confirmation {
    type Output = ConfirmOutcome;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<ConfirmOutcome, StoreError> {
        let Some((card, enterprise)) = subject(connection, self.enrolment).await? else {
            return Ok(ConfirmOutcome::Gone);
        };
        let Some((held, valid_until)) = held_certificate(connection, card, self).await? else {
            return Ok(ConfirmOutcome::NotHeld);
        };
        let state = cards::state_now(connection, enterprise, card).await?;
        let state = state.ok_or(corrupt("card_id"))?;
        if state != CardState::NotIssued {
            return Ok(ConfirmOutcome::CardIs(state));
        }
        let before = register::explained(connection, card).await?;
        let key = self.attestation.map(|_attested| KeyConfirmation::Attested);
        if !certificates::confirm_held(connection, card, &self.certificate, key).await? {
            return Err(corrupt("certificates.standing"));
        }
        let card_key = self.card_key.to_column();
        let made = connection
            .execute(
                "UPDATE cards SET state = 'normal', version = version + 1, card_no = $2, \
                 chip_id = $3, certificate_id = $4, issued_at = $5, \
                 pin_tries_seen = $6, pin_seen_at = $7, card_key = $8, attestation = $9, \
                 valid_until = $10 \
                 WHERE id = $1 AND state = 'not_issued'",
                arguments![
                    card,
                    &self.card_no.0,
                    self.chip_id,
                    held,
                    self.at,
                    self.pin_tries,
                    self.pin_tries.map(|_tries| self.at),
                    card_key.as_slice(),
                    self.attestation.as_ref().map(|digest| digest.0.as_slice()),
                    valid_until,
                ],
            )
            .await?;
        if made != 1 {
            return Err(corrupt("cards.state"));
        }
        connection
            .execute(
                "UPDATE enrolments SET step = 'made', payload = $2 WHERE id = $1",
                arguments![self.enrolment, &self.payload],
            )
            .await?;
        let facts = CardFacts {
            state: CardState::Normal,
            card_no: Some(self.card_no.0.clone()),
            chip_id: Some(Uuid::from_bytes(self.chip_id.0)),
            certificate: Some(certificates::good(&self.certificate, key)),
            held: None,
            card_key: Some(register_row::card_key(&card_key)),
            attestation: self.attestation.as_ref().map(register_row::hex),
            ..before.facts
        };
        let event = register::record(connection, card, &self.event, &facts).await?;
        Ok(ConfirmOutcome::Confirmed {
            card,
            card_no: self.card_no.clone(),
            event,
        })
    }
}

/// The card that is made, and its enterprise. Locks the card's row.
async fn subject(
    connection: &mut Connection<'_>,
    enrolment: Uuid,
) -> Result<Option<(CardId, EnterpriseId)>, StoreError> {
    let row = connection
        .fetch(
            "UPDATE cards SET version = version \
             WHERE id = (SELECT card_id FROM enrolments WHERE id = $1) \
             RETURNING id, enterprise_id",
            arguments![enrolment],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    // Another enrolment may have taken over while this one waited for the lock.
    let still = connection
        .fetch(
            "SELECT 1 FROM enrolments WHERE id = $1",
            arguments![enrolment],
        )
        .await?;
    if still.is_none() {
        return Ok(None);
    }
    Ok(Some((row.get("id")?, row.get("enterprise_id")?)))
}

/// The certificate that is to be good, and its end.
async fn held_certificate(
    connection: &mut Connection<'_>,
    card: CardId,
    confirmation: &Confirmation,
) -> Result<Option<(Uuid, Option<Timestamp>)>, StoreError> {
    let row = connection
        .fetch(
            "SELECT id, der FROM certificates WHERE card_id = $1 AND sha256 = $2 AND standing = 'held'",
            arguments![card, &confirmation.certificate],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let der: Vec<u8> = row.get("der")?;
    Ok(Some((row.get("id")?, search_keys::end_of(&der))))
}

/// Reserves the next IC卡号: 13 digits, of which the first three are ours (an
/// invented range), nine count, and the last is the check digit of ISO/IEC
/// 7812-1. The number stands in the certificate, so it has to be known before
/// that is issued; one whose enrolment fails is not used again.
struct ReserveCardNo;

impl WriteQuery for ReserveCardNo {
    type Output = CardNo;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<CardNo, StoreError> {
        let row = connection
            .fetch(
                "UPDATE counters SET last = last + 1 WHERE name = 'card_no' RETURNING last",
                arguments![],
            )
            .await?;
        let row = row.ok_or(corrupt("counters"))?;
        Ok(CardNo(card_no(row.get("last")?)))
    }
}

fn card_no(count: i64) -> String {
    let body = format!("893{count:09}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit) {
                (0, 5..) => digit * 2 - 9,
                (0, _) => digit * 2,
                _ => digit,
            }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::card_no;

    #[test]
    fn card_numbers_have_thirteen_digits_and_a_check_digit() {
        assert_eq!(card_no(1), "8930000000018");
        assert_eq!(card_no(2), "8930000000026");
        assert_eq!(card_no(999_999_999).len(), 13);
    }
}
