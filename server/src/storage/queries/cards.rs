//! Cards, one at a time. Everything but the certificate of a login begins
//! from the enterprise.

use card_domain::{CardId, CardState, EnterpriseId};

use super::events;
use crate::storage::{
    CardRecord, CertificateDigest, CertificateHit, Holder, NewCard, NewEvent, PinRecord, Signer,
    Standing, StoreError,
    database::Operation,
    rows::{
        card::{CARD_COLUMNS, card, card_columns},
        state::{StateColumns, state},
    },
    sql::{Columns, Sql, arguments, needed},
};

/// Registers a person who is to get a card.
pub(in crate::storage) struct AddCard {
    pub(in crate::storage) card: NewCard,
    pub(in crate::storage) event: NewEvent,
}

impl Operation for AddCard {
    type Output = ();

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<(), StoreError> {
        let new = &self.card;
        let operator_no = new.holder.operator_no().map(|number| number.0.as_str());
        connection
            .execute(
                "INSERT INTO cards (id, enterprise_id, role, operator_no, holder_name, \
                 id_number_cipher, id_number_index, state, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                arguments![
                    new.id,
                    new.enterprise,
                    new.holder.role().name(),
                    operator_no,
                    &new.holder_name,
                    &new.id_number_cipher,
                    &new.id_number_index,
                    StateColumns::from(CardState::NotIssued).state,
                    new.created_at,
                ],
            )
            .await?;
        events::insert(connection, &self.event).await?;
        Ok(())
    }
}

/// A card of the enterprise.
pub(in crate::storage) async fn of_enterprise<C: Sql>(
    connection: &mut C,
    enterprise: EnterpriseId,
    id: CardId,
) -> Result<CardRecord, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "SELECT ",
                card_columns!(),
                " FROM cards c LEFT JOIN certificates k ON k.id = c.certificate_id \
                 WHERE c.enterprise_id = $1 AND c.id = $2"
            ),
            arguments![enterprise, id],
        )
        .await?;
    card(&row.ok_or(StoreError::NotFound)?)
}

/// The card of a person; of a legal person the one that is not cancelled.
pub(in crate::storage) async fn of_holder<C: Sql>(
    connection: &mut C,
    enterprise: EnterpriseId,
    holder: &Holder,
) -> Result<Option<CardRecord>, StoreError> {
    let row = match holder.operator_no() {
        Some(number) => {
            connection
                .fetch(
                    concat!(
                        "SELECT ",
                        card_columns!(),
                        " FROM cards c LEFT JOIN certificates k ON k.id = c.certificate_id \
                         WHERE c.enterprise_id = $1 AND c.role = 'operator' AND c.operator_no = $2"
                    ),
                    arguments![enterprise, &number.0],
                )
                .await?
        }
        None => {
            connection
                .fetch(
                    concat!(
                        "SELECT ",
                        card_columns!(),
                        " FROM cards c LEFT JOIN certificates k ON k.id = c.certificate_id \
                         WHERE c.enterprise_id = $1 AND c.role = 'legal_person' \
                         AND c.state <> 'cancelled'"
                    ),
                    arguments![enterprise],
                )
                .await?
        }
    };
    row.as_ref().map(card).transpose()
}

/// The certificate with this digest, and the card that it was issued for.
pub(in crate::storage) async fn signer<C: Sql>(
    connection: &mut C,
    certificate: CertificateDigest,
) -> Result<Option<Signer>, StoreError> {
    let row = connection
        .fetch(
            "SELECT card_id, der FROM certificates WHERE sha256 = $1",
            arguments![&certificate],
        )
        .await?;
    row.map(|row| {
        Ok(Signer {
            card: CardId(needed(row.uuid(0)?, "certificates.card_id")?),
            der: needed(row.bytes(1)?, "certificates.der")?,
        })
    })
    .transpose()
}

/// The state of a card of the enterprise now.
pub(in crate::storage) async fn state_now<C: Sql>(
    connection: &mut C,
    enterprise: EnterpriseId,
    id: CardId,
) -> Result<Option<CardState>, StoreError> {
    let row = connection
        .fetch(
            "SELECT state, state_since, lost_from, lost_from_since FROM cards \
             WHERE enterprise_id = $1 AND id = $2",
            arguments![enterprise, id],
        )
        .await?;
    row.as_ref().map(|row| state(row, 0)).transpose()
}

/// The card to which a certificate belongs.
pub(in crate::storage) async fn of_certificate<C: Sql>(
    connection: &mut C,
    sha256: CertificateDigest,
) -> Result<Option<CertificateHit>, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "SELECT ",
                card_columns!(),
                ", asked.standing FROM certificates asked \
                 JOIN cards c ON c.id = asked.card_id \
                 LEFT JOIN certificates k ON k.id = c.certificate_id \
                 WHERE asked.sha256 = $1"
            ),
            arguments![&sha256],
        )
        .await?;
    row.map(|row| {
        let name = needed(row.text(CARD_COLUMNS)?, "certificates.standing")?;
        Ok(CertificateHit {
            card: card(&row)?,
            standing: needed(Standing::from_name(&name), "certificates.standing")?,
        })
    })
    .transpose()
}

/// Notes what a card said of its PIN.
pub(in crate::storage) struct PinSeen {
    pub(in crate::storage) enterprise: EnterpriseId,
    pub(in crate::storage) card: CardId,
    pub(in crate::storage) pin: PinRecord,
}

impl Operation for PinSeen {
    type Output = ();

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<(), StoreError> {
        note_pin(connection, self.enterprise, self.card, self.pin).await
    }
}

/// Notes what a card said of its PIN, unless something newer is known.
pub(in crate::storage) async fn note_pin<C: Sql>(
    connection: &mut C,
    enterprise: EnterpriseId,
    card: CardId,
    pin: PinRecord,
) -> Result<(), StoreError> {
    connection
        .execute(
            "UPDATE cards SET pin_tries_seen = $3, pin_seen_at = $4 \
             WHERE enterprise_id = $1 AND id = $2 \
             AND (pin_seen_at IS NULL OR pin_seen_at <= $4)",
            arguments![enterprise, card, Some(pin.tries_left), pin.at],
        )
        .await?;
    Ok(())
}
