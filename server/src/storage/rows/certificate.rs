//! A certificate of a card: the confirmed one, or the one that an operation issued.

use crate::storage::{CertificateRecord, StoreError, row::Row};

/// Reads a certificate that may be absent from its two columns.
pub(in crate::storage) fn certificate(
    row: &Row,
    serial: &'static str,
    der: &'static str,
) -> Result<Option<CertificateRecord>, StoreError> {
    let Some(serial) = row.optional(serial)? else {
        return Ok(None);
    };
    Ok(Some(CertificateRecord {
        serial,
        der: row.get(der)?,
    }))
}
