//! A login shows that a card does not hold the certificate that the journal says
//! was written to it and read back: a terminal lied. The newest 延期 of the card is
//! to be healed again, by writing the register's certificate.

use card_domain::CardId;
use jiff::Timestamp;

use crate::storage::{StoreError, connection::Connection, value::arguments};

/// Notes that the card contradicts its newest confirmed 延期.
///
/// # Errors
///
/// [`StoreError`]
pub(in crate::storage) async fn contradict(
    connection: &mut Connection<'_>,
    card: CardId,
    at: Timestamp,
) -> Result<(), StoreError> {
    connection
        .execute(
            "UPDATE operations SET contradicted_at = $2, settled_at = NULL, \
             version = version + 1 WHERE id = (SELECT o.id FROM operations o \
             JOIN operation_batches b ON b.id = o.batch_id \
             WHERE o.card_id = $1 AND o.state = 'confirmed' AND b.act = 'renew' \
             ORDER BY o.confirmed_at DESC, o.id DESC LIMIT 1)",
            arguments![card, at],
        )
        .await?;
    Ok(())
}
