//! The end of an operation that went well: in one transaction its certificate
//! is good and the one before is superseded.

use card_domain::{CardId, KeyConfirmation};
use event_log::CardFacts;

use super::change::{facts_after, lock_card, record, save};
use crate::storage::{
    CertifiedKey, ConfirmedCertificate, ConfirmedOperation, SqlStore, StoreError,
    connection::Connection,
    database::WriteQuery,
    error::corrupt,
    queries::{certificates, register, search_keys},
    rows::register::hex,
    value::arguments,
};

impl SqlStore {
    /// Ends an operation well, in one transaction: the held certificate is good and
    /// the one before superseded, what was abandoned before is settled, the event
    /// is written. False, and nothing written, when it is not at the version that the
    /// caller saw.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn confirm_operation(&self, end: ConfirmedOperation) -> Result<bool, StoreError> {
        self.write(ConfirmOperation(end)).await
    }
}

/// The end of an operation.
struct ConfirmOperation(ConfirmedOperation);

impl WriteQuery for ConfirmOperation {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let change = &self.0.change;
        lock_card(connection, change).await?;
        let before = register::explained(connection, change.card).await?;
        let mut facts = facts_after(&before, change);
        if !save(connection, change).await? {
            return Ok(false);
        }
        if let Some(ConfirmedCertificate { digest, key }) = &self.0.certificate {
            let key = confirm_key(connection, change.card, key, &mut facts).await?;
            let good = certificates::confirm_held(connection, change.card, digest, key).await?;
            let valid_until = search_keys::end_of_good(connection, change.card).await?;
            let named = connection
                .execute(
                    "UPDATE cards SET version = version + 1, valid_until = $3, certificate_id = \
                     (SELECT id FROM certificates WHERE card_id = $1 AND standing = 'good') \
                     WHERE id = $1 AND enterprise_id = $2",
                    arguments![change.card, change.enterprise, valid_until],
                )
                .await?;
            // What is not held can't become good: everything is undone.
            if !good || named != 1 {
                return Err(corrupt("certificates.standing"));
            }
            facts.certificate = Some(certificates::good(digest, key));
            facts.held = None;
        }
        record(connection, &before, &facts, change).await?;
        // What was abandoned, or contradicted, before of the same act does not matter
        // any more: this one put it right. Another act's is still to be put right.
        connection
            .execute(
                "UPDATE operations SET settled_at = $2, version = version + 1 WHERE card_id = $1 \
                 AND settled_at IS NULL AND (contradicted_at IS NOT NULL \
                 OR (state = 'abandoned' AND touched_at IS NOT NULL)) AND batch_id IN (SELECT b.id FROM operation_batches b WHERE b.act = \
                 (SELECT own.act FROM operation_batches own JOIN operations o \
                 ON o.batch_id = own.id WHERE o.id = $3))",
                arguments![change.card, change.at, change.id],
            )
            .await?;
        Ok(true)
    }
}

/// How the key of the new certificate is confirmed, and what the card is known by
/// from then on.
async fn confirm_key(
    connection: &mut Connection<'_>,
    card: CardId,
    key: &CertifiedKey,
    facts: &mut CardFacts,
) -> Result<Option<KeyConfirmation>, StoreError> {
    let attestation = match key {
        CertifiedKey::Same => return Ok(facts.key()),
        CertifiedKey::New { attestation: None } => return Ok(None),
        CertifiedKey::New {
            attestation: Some(attestation),
        } => attestation,
    };
    let digest = hex(attestation);
    if facts.attestation.as_ref().is_some_and(|own| *own != digest) {
        return Err(corrupt("cards.attestation"));
    }
    connection
        .execute(
            "UPDATE cards SET attestation = $2 WHERE id = $1",
            arguments![card, attestation],
        )
        .await?;
    facts.attestation = Some(digest);
    Ok(Some(KeyConfirmation::Attested))
}
