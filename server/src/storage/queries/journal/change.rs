//! A change of one operation: its row, and what of the card's record changes
//! with it, at the version that the caller saw.

use card_domain::OperationState;
use event_log::CardFacts;

use crate::storage::{
    CertificateChange, Explained, NewCertificate, OperationUpdate, SqlStore, StoreError,
    connection::Connection,
    database::WriteQuery,
    queries::{cards, certificates, register},
    rows::register::hex,
    value::arguments,
};

impl SqlStore {
    /// Changes an operation. False, and nothing written, when it is not at the
    /// version that the caller saw.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn save_operation(&self, change: OperationUpdate) -> Result<bool, StoreError> {
        self.write(SaveOperation(change)).await
    }
}

/// A change of an operation. False, and nothing written, when it is not at the
/// version that the caller saw.
struct SaveOperation(OperationUpdate);

impl WriteQuery for SaveOperation {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let change = &self.0;
        lock_card(connection, change).await?;
        let before = register::explained(connection, change.card).await?;
        if !save(connection, change).await? {
            return Ok(false);
        }
        let facts = facts_after(&before, change);
        record(connection, &before, &facts, change).await?;
        Ok(true)
    }
}

/// The card's row is locked before the journal's, as everywhere.
pub(super) async fn lock_card(
    connection: &mut Connection<'_>,
    change: &OperationUpdate,
) -> Result<(), StoreError> {
    connection
        .execute(
            "UPDATE cards SET version = version WHERE id = $1 AND enterprise_id = $2",
            arguments![change.card, change.enterprise],
        )
        .await?;
    Ok(())
}

/// Writes the journal's row and what changes with it, all but the event, unless it is not at the version that the caller saw.
pub(super) async fn save(
    connection: &mut Connection<'_>,
    change: &OperationUpdate,
) -> Result<bool, StoreError> {
    let since = |state| (change.state == state).then_some(change.at);
    let (from, to) = match change.puk {
        Some((from, to)) => (Some(from), Some(to)),
        None => (None, None),
    };
    let reached = |state| {
        // A confirmed operation was written and read back, if no earlier then now.
        (change.state == OperationState::Confirmed || change.state == state).then_some(change.at)
    };
    let saved = connection
        .execute(
            "UPDATE operations SET version = version + 1, state = $4, payload = $5, \
             touched_at = $6, puk_from = $7, puk_to = $8, puk_tries = $9, problem = $10, \
             settled_at = $11, issued_at = coalesce(issued_at, $12), \
             written_at = coalesce(written_at, $13), read_back_at = coalesce(read_back_at, $14), \
             confirmed_at = coalesce(confirmed_at, $15), abandoned_at = coalesce(abandoned_at, $16) \
             WHERE id = $1 AND card_id = $2 AND version = $3 AND (state NOT IN \
             ('confirmed', 'abandoned') OR (state = 'abandoned' AND $4 = 'abandoned') \
             OR (contradicted_at IS NOT NULL AND $4 = 'confirmed'))",
            arguments![
                change.id,
                change.card,
                change.version,
                change.state.name(),
                &change.payload,
                change.touched_at,
                from,
                to,
                change.puk_tries,
                change.problem.as_deref(),
                change.settled_at,
                since(OperationState::Issued),
                reached(OperationState::Written),
                reached(OperationState::ReadBack),
                since(OperationState::Confirmed),
                since(OperationState::Abandoned),
            ],
        )
        .await?;
    if saved == 0 {
        return Ok(false);
    }
    match &change.held {
        CertificateChange::Keep => {}
        CertificateChange::Revoke => certificates::revoke_held(connection, change.card).await?,
        CertificateChange::Hold(certificate) => hold(connection, change, certificate).await?,
    }
    if let Some(puk) = change.card_puk {
        connection
            .execute(
                "UPDATE cards SET puk_generation = $2, puk_known = $3 WHERE id = $1",
                arguments![change.card, puk.generation, puk.known],
            )
            .await?;
    }
    if let Some(key) = change.card_key {
        let key = key.to_column();
        connection
            .execute(
                "UPDATE cards SET card_key = $2 WHERE id = $1",
                arguments![change.card, key.as_slice()],
            )
            .await?;
    }
    if let Some(pin) = change.pin {
        cards::note_pin(connection, change.enterprise, change.card, pin).await?;
    }
    Ok(true)
}

/// What decides about the card after the change.
pub(super) fn facts_after(before: &Explained, change: &OperationUpdate) -> CardFacts {
    let mut facts = before.facts.clone();
    match &change.held {
        CertificateChange::Keep => {}
        CertificateChange::Revoke => facts.held = None,
        CertificateChange::Hold(new) => facts.held = Some(hex(&new.sha256)),
    }
    if let Some(puk) = change.card_puk {
        (facts.puk_generation, facts.puk_known) = (puk.generation, puk.known);
    }
    facts
}

/// Writes the event of the change, which says what decides about the card now.
pub(super) async fn record(
    connection: &mut Connection<'_>,
    before: &Explained,
    facts: &CardFacts,
    change: &OperationUpdate,
) -> Result<(), StoreError> {
    let event = change.event.as_ref();
    register::record_step(connection, change.card, event, before, facts, change.at).await
}

async fn hold(
    connection: &mut Connection<'_>,
    change: &OperationUpdate,
    new: &NewCertificate,
) -> Result<(), StoreError> {
    certificates::hold(connection, change.card, new).await?;
    connection
        .execute(
            "UPDATE operations SET certificate_id = $2 WHERE id = $1",
            arguments![change.id, new.id],
        )
        .await?;
    Ok(())
}
