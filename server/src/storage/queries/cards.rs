//! Cards, one at a time. Everything but the certificate of a login begins
//! from the enterprise.

use card_domain::{CardId, CardState, EnterpriseId, Role};
use card_protocol::piv::ChipId;
use event_log::{
    CardFacts,
    card_facts::{CardNames, EnterpriseNames},
};

use super::register;
use crate::{
    name_key,
    storage::{
        CardRecord, CertificateDigest, CertificateHit, Holder, NewCard, NewEvent, PinRecord,
        SqlStore, StoreError,
        connection::Connection,
        database::WriteQuery,
        error::corrupt,
        rows::{
            card::{card, select_card},
            state::{StateColumns, state, state_columns},
        },
        value::arguments,
    },
};

impl SqlStore {
    /// Registers a person who is to get a card: 未制卡.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when the operator number is taken or a legal person
    /// is there already. Those of every write besides. See [`SqlStore`].
    pub async fn add_card(&self, card: NewCard, event: NewEvent) -> Result<(), StoreError> {
        self.write(AddCard { card, event }).await
    }

    /// A card of the enterprise, the legal person's included.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] for another enterprise's. Those of every read
    /// besides. See [`SqlStore`].
    pub async fn card(
        &self,
        enterprise: EnterpriseId,
        id: CardId,
    ) -> Result<CardRecord, StoreError> {
        let row = self
            .fetch(
                select_card!("WHERE c.enterprise_id = $1 AND c.id = $2"),
                arguments![enterprise, id],
            )
            .await?;
        card(&row.ok_or(StoreError::NotFound)?)
    }

    /// An operator's card of the enterprise.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] for another enterprise's and for the legal
    /// person's. Those of every read besides. See [`SqlStore`].
    pub async fn operator_card(
        &self,
        enterprise: EnterpriseId,
        card: CardId,
    ) -> Result<CardRecord, StoreError> {
        let card = self.card(enterprise, card).await?;
        match card.holder.role() {
            Role::Operator => Ok(card),
            Role::LegalPerson => Err(StoreError::NotFound),
        }
    }

    /// The card of this person; of a legal person the one that is not cancelled.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn card_of_holder(
        &self,
        enterprise: EnterpriseId,
        holder: &Holder,
    ) -> Result<Option<CardRecord>, StoreError> {
        let row = match holder.operator_no() {
            Some(number) => {
                self.fetch(
                    select_card!(
                        "WHERE c.enterprise_id = $1 AND c.role = 'operator' AND c.operator_no = $2"
                    ),
                    arguments![enterprise, &number.0],
                )
                .await?
            }
            None => {
                self.fetch(
                    select_card!(
                        "WHERE c.enterprise_id = $1 AND c.role = 'legal_person' \
                         AND c.state <> 'cancelled'"
                    ),
                    arguments![enterprise],
                )
                .await?
            }
        };
        row.as_ref().map(card).transpose()
    }

    /// The card with this chip id, whosever it is: before a card was recognised
    /// there is no enterprise. The caller keeps enterprises
    /// apart.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn card_of_chip(&self, chip: ChipId) -> Result<Option<CardRecord>, StoreError> {
        let row = self
            .fetch(select_card!("WHERE c.chip_id = $1"), arguments![chip])
            .await?;
        row.as_ref().map(card).transpose()
    }

    /// Notes what a card said of its PIN, unless something newer is known.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn pin_seen(
        &self,
        enterprise: EnterpriseId,
        card: CardId,
        pin: PinRecord,
    ) -> Result<(), StoreError> {
        let seen = PinSeen {
            enterprise,
            card,
            pin,
        };
        self.write(seen).await
    }

    /// The card to which a certificate belongs, of whatever enterprise: at a login
    /// there is none yet to begin from.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn certificate(
        &self,
        sha256: CertificateDigest,
    ) -> Result<Option<CertificateHit>, StoreError> {
        let row = self
            .fetch(
                select_card!(
                    also ", asked.standing",
                    from "certificates asked JOIN cards c ON c.id = asked.card_id",
                    "WHERE asked.sha256 = $1"
                ),
                arguments![&sha256],
            )
            .await?;
        row.map(|row| {
            Ok(CertificateHit {
                card: card(&row)?,
                standing: row.get("standing")?,
            })
        })
        .transpose()
    }
}

/// Registers a person who is to get a card.
struct AddCard {
    card: NewCard,
    event: NewEvent,
}

impl WriteQuery for AddCard {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let new = &self.card;
        let name_key = name_key::of(&new.holder_name);
        let operator_no = new.holder.operator_no().map(|number| number.0.as_str());
        connection
            .execute(
                "INSERT INTO cards (id, enterprise_id, role, operator_no, holder_name, \
                 id_number_cipher, id_number_index, state, created_at, name_key) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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
                    &name_key,
                ],
            )
            .await?;
        let enterprise = connection
            .fetch(
                "SELECT code, name FROM enterprises WHERE id = $1",
                arguments![new.enterprise],
            )
            .await?
            .ok_or(corrupt("cards.enterprise_id"))?;
        let facts = CardFacts {
            enterprise: new.enterprise.0,
            role: new.holder.role(),
            operator_no: operator_no.map(str::to_owned),
            state: CardState::NotIssued,
            card_no: None,
            chip_id: None,
            certificate: None,
            held: None,
            card_key: None,
            attestation: None,
            puk_generation: 0,
            puk_known: true,
            names: Some(CardNames {
                holder: new.holder_name.clone(),
                enterprise: EnterpriseNames {
                    code: enterprise.get("code")?,
                    name: enterprise.get("name")?,
                },
            }),
        };
        register::record(connection, new.id, &self.event, &facts).await?;
        Ok(())
    }
}

/// The state of a card of the enterprise now.
pub(in crate::storage) async fn state_now(
    connection: &mut Connection<'_>,
    enterprise: EnterpriseId,
    id: CardId,
) -> Result<Option<CardState>, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "SELECT ",
                state_columns!(),
                " FROM cards c WHERE c.enterprise_id = $1 AND c.id = $2"
            ),
            arguments![enterprise, id],
        )
        .await?;
    row.as_ref().map(state).transpose()
}

/// Notes what a card said of its PIN.
struct PinSeen {
    enterprise: EnterpriseId,
    card: CardId,
    pin: PinRecord,
}

impl WriteQuery for PinSeen {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        note_pin(connection, self.enterprise, self.card, self.pin).await
    }
}

/// Notes what a card said of its PIN, unless something newer is known.
pub(in crate::storage) async fn note_pin(
    connection: &mut Connection<'_>,
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
