//! The dynamic authentication template of GENERAL AUTHENTICATE (SP 800-73-4
//! part 2, §3.2.4, table 7), which signing and both ways of authenticating the
//! management key share.

use super::{Algorithm, PivError};
use crate::{
    apdu::{Command, Ins},
    tlv::{self, Tag, Writer},
};

const TEMPLATE: Tag = Tag::known(0x7C);
/// Proves, without giving it away, that one has the key.
pub(super) const WITNESS: Tag = Tag::known(0x80);
/// What the other side is to work on.
pub(super) const CHALLENGE: Tag = Tag::known(0x81);
/// The result.
pub(super) const RESPONSE: Tag = Tag::known(0x82);

/// The command, with `fields` in the template.
pub(super) fn command(algorithm: Algorithm, reference: u8, fields: &Writer) -> Command {
    Command::new(
        0x00,
        Ins::GeneralAuthenticate.code(),
        algorithm.identifier(),
        reference,
    )
    .with_data(template(fields))
    .expecting_all()
}

/// The template around `fields`.
pub(super) fn template(fields: &Writer) -> Vec<u8> {
    Writer::new().nest(TEMPLATE, fields).into_bytes()
}

/// The values of the two fields `first` and `second` that it has to hold.
pub(super) fn two_fields(data: &[u8], first: Tag, second: Tag) -> Result<(&[u8], &[u8]), PivError> {
    let (one, rest) = tlv::read(tlv::read_only(data, TEMPLATE)?)?;
    if one.tag != first {
        return Err(PivError::Contents(TEMPLATE));
    }
    Ok((one.value, tlv::read_only(rest, second)?))
}

/// The one field `tag` that the answer has to hold.
pub(super) fn answer(data: &[u8], tag: Tag) -> Result<&[u8], PivError> {
    Ok(tlv::read_only(tlv::read_only(data, TEMPLATE)?, tag)?)
}
