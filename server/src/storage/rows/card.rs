//! A card with its confirmed certificate.

use card_domain::{CardNo, Role};

use super::{certificate::certificate, state::state};
use crate::storage::{
    CardKeyRecord, CardRecord, ChipRecord, Holder, PinRecord, PukRecord, StoreError,
    error::corrupt, row::Row,
};

/// The columns of [`card`], of `cards AS c` and `certificates AS k`.
macro_rules! card_columns {
    () => {
        concat!(
            "c.id AS card_id, c.enterprise_id, c.role, c.operator_no, c.holder_name, \
             c.id_number_cipher, c.card_no, c.chip_id, c.issued_at AS card_issued_at, \
             c.version AS card_version, c.pin_tries_seen, c.pin_seen_at, c.last_login_at, \
             c.created_at, c.puk_generation, c.puk_known, c.card_key, \
             c.attestation, k.key_confirmed, k.serial AS certificate_serial, k.der AS certificate_der, ",
            $crate::storage::rows::state::state_columns!()
        )
    };
}
pub(in crate::storage) use card_columns;

/// The `SELECT` of cards, up to what follows the tables. Where cards are found by
/// way of other tables, `from` names them and joins `cards AS c`; `also` are
/// further columns, each with a comma before it.
macro_rules! select_card {
    ($rest:literal) => {
        $crate::storage::rows::card::select_card!(also "", from "cards c", $rest)
    };
    (also $also:literal, from $from:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $crate::storage::rows::card::card_columns!(),
            $also,
            " FROM ",
            $from,
            " LEFT JOIN certificates k ON k.id = c.certificate_id ",
            $rest
        )
    };
}
pub(in crate::storage) use select_card;

/// Reads a card.
pub(in crate::storage) fn card(row: &Row) -> Result<CardRecord, StoreError> {
    Ok(CardRecord {
        id: row.get("card_id")?,
        enterprise: row.get("enterprise_id")?,
        holder: holder(row)?,
        holder_name: row.get("holder_name")?,
        id_number_cipher: row.get("id_number_cipher")?,
        chip: chip(row)?,
        state: state(row)?,
        version: row.get("card_version")?,
        pin: pin(row)?,
        last_login_at: row.optional("last_login_at")?,
        created_at: row.get("created_at")?,
        certificate: certificate(row, "certificate_serial", "certificate_der")?,
        key_confirmed: row.optional("key_confirmed")?,
        puk: PukRecord {
            generation: row.get("puk_generation")?,
            known: row.get("puk_known")?,
        },
    })
}

fn holder(row: &Row) -> Result<Holder, StoreError> {
    match (row.get("role")?, row.optional("operator_no")?) {
        (Role::LegalPerson, None) => Ok(Holder::LegalPerson),
        (Role::Operator, Some(number)) => Ok(Holder::Operator(number)),
        _ => Err(corrupt("operator_no")),
    }
}

fn chip(row: &Row) -> Result<Option<ChipRecord>, StoreError> {
    let Some(card_no) = row.optional::<CardNo>("card_no")? else {
        return Ok(None);
    };
    Ok(Some(ChipRecord {
        card_no,
        chip_id: row.get("chip_id")?,
        issued_at: row.get("card_issued_at")?,
        card_key: row
            .optional::<Vec<u8>>("card_key")?
            .map(|column| CardKeyRecord::from_column(&column).ok_or(corrupt("card_key")))
            .transpose()?,
        attestation: row.optional("attestation")?,
    }))
}

fn pin(row: &Row) -> Result<Option<PinRecord>, StoreError> {
    let Some(tries_left) = row.optional("pin_tries_seen")? else {
        return Ok(None);
    };
    Ok(Some(PinRecord {
        tries_left,
        at: row.get("pin_seen_at")?,
    }))
}
