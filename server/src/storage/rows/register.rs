//! What of a card's row decides something.

use event_log::{
    CardFacts,
    card_facts::{CardNames, CertificateFacts, CertificateStanding, EnterpriseNames},
};
use uuid::Uuid;

use super::state::state;
use crate::{
    digest::sha256,
    storage::{CertificateDigest, Standing, StoreError, row::Row},
};

/// The columns of [`card_facts`], of `cards AS c`, its `certificates AS k` and the
/// one on hold, `AS h`, its `enterprises AS e`, and the event that the row names. `also`
/// are further columns, each with a comma before it, of the tables that `join` joins.
macro_rules! select_card_facts {
    ($rest:literal) => {
        $crate::storage::rows::register::select_card_facts!(also "", join "", $rest)
    };
    (also $also:literal, join $join:expr, $rest:literal) => {
        concat!(
            "SELECT c.id AS card_id, c.state_event, c.enterprise_id, c.role, c.operator_no, \
             c.card_no, c.chip_id, c.card_key, c.attestation, c.puk_generation, c.puk_known, \
             k.sha256 AS good_sha256, k.standing AS good_standing, k.key_confirmed, \
             h.sha256 AS held_sha256, c.holder_name, e.code AS enterprise_code, \
             e.name AS enterprise_name, ",
            $crate::storage::rows::state::state_columns!(),
            $also,
            " FROM cards c LEFT JOIN enterprises e ON e.id = c.enterprise_id LEFT JOIN certificates k ON k.id = c.certificate_id \
             LEFT JOIN certificates h ON h.card_id = c.id AND h.standing = 'held' ",
            $join,
            " ",
            $rest
        )
    };
}
pub(in crate::storage) use select_card_facts;

/// Reads what decides about a card.
pub(in crate::storage) fn card_facts(row: &Row) -> Result<CardFacts, StoreError> {
    let good = row.optional::<CertificateDigest>("good_sha256")?;
    let certificate = match good {
        Some(digest) => Some(CertificateFacts {
            sha256: hex(&digest),
            standing: standing(row.get("good_standing")?),
            key: row.optional("key_confirmed")?,
        }),
        None => None,
    };
    Ok(CardFacts {
        enterprise: row.get("enterprise_id")?,
        role: row.get("role")?,
        operator_no: row.optional("operator_no")?,
        state: state(row)?,
        card_no: row.optional("card_no")?,
        chip_id: row.optional::<Uuid>("chip_id")?,
        certificate,
        held: row
            .optional::<CertificateDigest>("held_sha256")?
            .as_ref()
            .map(hex),
        card_key: row.optional::<&[u8]>("card_key")?.map(card_key),
        attestation: row
            .optional::<CertificateDigest>("attestation")?
            .as_ref()
            .map(hex),
        puk_generation: row.get("puk_generation")?,
        puk_known: row.get("puk_known")?,
        names: names(row)?,
    })
}

/// The names; none of a card that was moved to an enterprise that is none.
fn names(row: &Row) -> Result<Option<CardNames>, StoreError> {
    let Some(name) = row.optional("enterprise_name")? else {
        return Ok(None);
    };
    Ok(Some(CardNames {
        holder: row.get("holder_name")?,
        enterprise: EnterpriseNames {
            code: row.get("enterprise_code")?,
            name,
        },
    }))
}

/// A digest as facts have it.
pub(in crate::storage) fn hex(digest: &CertificateDigest) -> String {
    card_protocol::hex::encode(&digest.0)
}

/// The column of a card's own key as facts have it.
pub(in crate::storage) fn card_key(column: &[u8]) -> String {
    hex(&CertificateDigest(sha256(column)))
}

/// A standing as facts have it.
pub(in crate::storage) const fn standing(standing: Standing) -> CertificateStanding {
    match standing {
        Standing::Held => CertificateStanding::Held,
        Standing::Good => CertificateStanding::Good,
        Standing::Superseded => CertificateStanding::Superseded,
        Standing::Revoked => CertificateStanding::Revoked,
    }
}
