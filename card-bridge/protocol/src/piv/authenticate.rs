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

/// The one field `tag` that the answer has to hold.
pub(super) fn answer(data: &[u8], tag: Tag) -> Result<&[u8], PivError> {
    Ok(tlv::read_only(tlv::read_only(data, TEMPLATE)?, tag)?)
}
