//! Selecting the PIV card application (SP 800-73-4 part 2, §3.1.1).

use super::PivError;
use crate::{
    apdu::{Command, Ins},
    tlv::{self, Tag},
};

/// NIST's registered application provider identifier.
pub const RID: [u8; 5] = [0xA0, 0x00, 0x00, 0x03, 0x08];
/// The PIV application of any version: what is selected.
pub const AID_PREFIX: [u8; 9] = [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00];
/// The full identifier, with version 1.0 (SP 800-73-4 part 1, §2.2).
pub const AID: [u8; 11] = [
    0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
];

const APPLICATION: Tag = Tag::known(0x61);
const APPLICATION_IDENTIFIER: Tag = Tag::known(0x4F);

/// SELECT the PIV application, without its version.
#[must_use]
pub fn select() -> Command {
    Command::new(0x00, Ins::Select.code(), 0x04, 0x00)
        .with_data(AID_PREFIX)
        .expecting_all()
}

/// Whether SELECT with this identifier means the PIV application: the full one,
/// or one of the two right-truncated forms in use (five bytes, nine bytes).
#[must_use]
pub fn is_piv_aid(aid: &[u8]) -> bool {
    aid.len() >= RID.len() && AID.starts_with(aid)
}

/// Reads the application property template that SELECT answers, and returns the
/// application identifier in it: the full one, or only its part after the RID
/// (SP 800-73-4 part 2, table 3).
///
/// # Errors
/// [`PivError::Tlv`], or [`PivError::Contents`] for another application.
pub fn parse_application(data: &[u8]) -> Result<&[u8], PivError> {
    let template = tlv::read_only(data, APPLICATION)?;
    let aid = tlv::require(template, APPLICATION_IDENTIFIER)?;
    let pix = aid.strip_prefix(&RID).unwrap_or(aid);
    if pix.starts_with(&[0x00, 0x00, 0x10, 0x00]) {
        Ok(aid)
    } else {
        Err(PivError::Contents(APPLICATION_IDENTIFIER))
    }
}
