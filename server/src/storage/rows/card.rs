//! A card with its confirmed certificate.

use card_domain::{CardId, CardNo, EnterpriseId, OperatorNo, Role};
use card_protocol::piv::ChipId;

use super::{operation::generation, state::state};
use crate::storage::{
    CardRecord, CertificateRecord, ChipRecord, Holder, PinRecord, PukRecord, StoreError,
    error::corrupt,
    sql::{Columns, needed},
};

/// The columns of [`card`], of the tables `cards AS c` and `certificates AS k`.
macro_rules! card_columns {
    () => {
        "c.id, c.enterprise_id, c.role, c.operator_no, c.holder_name, c.id_number_cipher, \
         c.card_no, c.chip_id, c.issued_at, \
         c.state, c.state_since, c.lost_from, c.lost_from_since, c.version, \
         c.pin_tries_seen, c.pin_seen_at, c.last_login_at, c.created_at, k.serial, k.der, \
         c.puk_generation, c.puk_known"
    };
}
pub(in crate::storage) use card_columns;

/// How many columns [`card`] reads.
pub(in crate::storage) const CARD_COLUMNS: usize = 22;

/// Reads a card.
pub(in crate::storage) fn card(row: &impl Columns) -> Result<CardRecord, StoreError> {
    Ok(CardRecord {
        id: CardId(needed(row.uuid(0)?, "cards.id")?),
        enterprise: EnterpriseId(needed(row.uuid(1)?, "cards.enterprise_id")?),
        holder: holder(
            &needed(row.text(2)?, "cards.role")?,
            row.text(3)?.map(OperatorNo),
        )?,
        holder_name: needed(row.text(4)?, "cards.holder_name")?,
        id_number_cipher: needed(row.bytes(5)?, "cards.id_number_cipher")?,
        chip: chip(row, 6)?,
        state: state(row, 9)?,
        version: needed(row.int(13)?, "cards.version")?,
        pin: pin(row, 14)?,
        last_login_at: row.time(16)?,
        created_at: needed(row.time(17)?, "cards.created_at")?,
        certificate: match (row.bytes(18)?, row.bytes(19)?) {
            (Some(serial), Some(der)) => Some(CertificateRecord { serial, der }),
            _ => None,
        },
        puk: PukRecord {
            generation: generation(needed(row.int(20)?, "cards.puk_generation")?)?,
            known: needed(row.int(21)?, "cards.puk_known")? == 1,
        },
    })
}

/// A role by its stable name.
pub(in crate::storage) fn role(name: &str) -> Result<Role, StoreError> {
    [Role::LegalPerson, Role::Operator]
        .into_iter()
        .find(|role| role.name() == name)
        .ok_or_else(|| corrupt("role"))
}

fn holder(role_name: &str, operator_no: Option<OperatorNo>) -> Result<Holder, StoreError> {
    match (role(role_name)?, operator_no) {
        (Role::LegalPerson, None) => Ok(Holder::LegalPerson),
        (Role::Operator, Some(number)) => Ok(Holder::Operator(number)),
        _ => Err(corrupt("cards.operator_no")),
    }
}

fn chip(row: &impl Columns, first: usize) -> Result<Option<ChipRecord>, StoreError> {
    let Some(card_no) = row.text(first)? else {
        return Ok(None);
    };
    Ok(Some(ChipRecord {
        card_no: CardNo(card_no),
        chip_id: ChipId(needed(row.uuid(first + 1)?, "cards.chip_id")?.into_bytes()),
        issued_at: needed(row.time(first + 2)?, "cards.issued_at")?,
    }))
}

fn pin(row: &impl Columns, first: usize) -> Result<Option<PinRecord>, StoreError> {
    let Some(tries) = row.int(first)? else {
        return Ok(None);
    };
    Ok(Some(PinRecord {
        tries_left: u8::try_from(tries).map_err(|_range| corrupt("cards.pin_tries_seen"))?,
        at: needed(row.time(first + 1)?, "cards.pin_seen_at")?,
    }))
}
