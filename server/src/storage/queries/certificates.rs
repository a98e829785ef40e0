//! The standing of a card's certificates: at most one is held, at most one good.

use card_domain::CardId;
use event_log::card_facts::{CertificateFacts, CertificateStanding};

use crate::storage::{
    CertificateDigest, NewCertificate, Signer, SqlStore, StoreError, connection::Connection,
    rows::register::hex, value::arguments,
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
                "SELECT card_id, der FROM certificates WHERE sha256 = $1",
                arguments![&certificate],
            )
            .await?;
        row.map(|row| {
            Ok(Signer {
                card: row.get("card_id")?,
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
/// the one that was good before is superseded. False when the card does not hold
/// this certificate; what was written until then is for the caller to undo.
pub(in crate::storage) async fn confirm_held(
    connection: &mut Connection<'_>,
    card: CardId,
    held: &CertificateDigest,
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
            "UPDATE certificates SET standing = 'good' \
             WHERE card_id = $1 AND sha256 = $2 AND standing = 'held'",
            arguments![card, held],
        )
        .await?;
    Ok(good == 1)
}

/// The confirmed certificate in what decides about a card.
pub(in crate::storage) fn good(digest: &CertificateDigest) -> CertificateFacts {
    CertificateFacts {
        sha256: hex(digest),
        standing: CertificateStanding::Good,
    }
}
