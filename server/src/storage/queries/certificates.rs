//! The standing of a card's certificates: at most one is held, at most one good.

use card_domain::{CardId, EventAct, KeyConfirmation};
use event_log::{
    CardFacts,
    card_facts::{CertificateFacts, CertificateStanding},
};

use super::register;
use crate::storage::{
    CertificateDigest, NewCertificate, NewEvent, Signer, SqlStore, StoreError,
    connection::Connection, rows::register::hex, value::arguments,
};

impl SqlStore {
    /// The certificate of a signature and its card, of whatever enterprise.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn signer(
        &self,
        certificate: CertificateDigest,
    ) -> Result<Option<Signer>, StoreError> {
        let row = self
            .fetch(
                "SELECT card_id, standing, der FROM certificates WHERE sha256 = $1",
                arguments![&certificate],
            )
            .await?;
        row.map(|row| {
            Ok(Signer {
                card: row.get("card_id")?,
                standing: row.get("standing")?,
                der: row.get("der")?,
            })
        })
        .transpose()
    }
}

/// A certificate was issued for a card and waits for its confirmation; the one
/// that the card held before is revoked.
pub(in crate::storage) async fn hold(
    connection: &mut Connection<'_>,
    card: CardId,
    new: &NewCertificate,
) -> Result<(), StoreError> {
    revoke_held(connection, card).await?;
    connection
        .execute(
            "INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
             VALUES ($1, $2, $3, $4, $5, 'held', $6)",
            arguments![
                new.id,
                card,
                &new.serial,
                &new.der,
                &new.sha256,
                new.created_at
            ],
        )
        .await?;
    Ok(())
}

/// The certificate that a card holds will never become good.
pub(in crate::storage) async fn revoke_held(
    connection: &mut Connection<'_>,
    card: CardId,
) -> Result<(), StoreError> {
    connection
        .execute(
            "UPDATE certificates SET standing = 'revoked' \
             WHERE card_id = $1 AND standing = 'held'",
            arguments![card],
        )
        .await?;
    Ok(())
}

/// The certificate that a card holds was read back from it: it is good now, and
/// the one that was good before is superseded. `key` is how its key was confirmed.
/// False when the card does not hold
/// this certificate; what was written until then is for the caller to undo.
pub(in crate::storage) async fn confirm_held(
    connection: &mut Connection<'_>,
    card: CardId,
    held: &CertificateDigest,
    key: Option<KeyConfirmation>,
) -> Result<bool, StoreError> {
    connection
        .execute(
            "UPDATE certificates SET standing = 'superseded' \
             WHERE card_id = $1 AND standing = 'good'",
            arguments![card],
        )
        .await?;
    let good = connection
        .execute(
            "UPDATE certificates SET standing = 'good', key_confirmed = $3 \
             WHERE card_id = $1 AND sha256 = $2 AND standing = 'held'",
            arguments![card, held, key],
        )
        .await?;
    Ok(good == 1)
}

/// A card logged in with its good certificate: its key is confirmed, if it was not
/// yet. `login` is the login's event, beside which this one stands.
pub(in crate::storage) async fn confirm_key(
    connection: &mut Connection<'_>,
    card: CardId,
    login: &NewEvent,
) -> Result<(), StoreError> {
    let open = connection
        .fetch(
            "SELECT sha256 FROM certificates \
             WHERE card_id = $1 AND standing = 'good' AND key_confirmed IS NULL",
            arguments![card],
        )
        .await?;
    let Some(open) = open else {
        return Ok(());
    };
    let before = register::explained(connection, card).await?;
    let digest: CertificateDigest = open.get("sha256")?;
    let key = Some(KeyConfirmation::Login);
    connection
        .execute(
            "UPDATE certificates SET key_confirmed = $2 WHERE card_id = $1 AND standing = 'good'",
            arguments![card, key],
        )
        .await?;
    let after = CardFacts {
        certificate: Some(good(&digest, key)),
        ..before.facts
    };
    let event = NewEvent {
        act: EventAct::KeyConfirmed,
        facts: None,
        ..login.clone()
    };
    register::record(connection, card, &event, &after).await?;
    Ok(())
}

/// The confirmed certificate in what decides about a card.
pub(in crate::storage) fn good(
    digest: &CertificateDigest,
    key: Option<KeyConfirmation>,
) -> CertificateFacts {
    CertificateFacts {
        sha256: hex(digest),
        standing: CertificateStanding::Good,
        key,
    }
}
