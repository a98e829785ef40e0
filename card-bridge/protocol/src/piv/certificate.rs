//! The contents of a certificate's data object (SP 800-73-4 part 1, table 10):
//! the certificate in 70, how it is stored in 71, an empty checksum in FE.

use super::PivError;
use crate::tlv::{Reader, Tag, Writer};

const CERTIFICATE: Tag = Tag::known(0x70);
const CERT_INFO: Tag = Tag::known(0x71);
const ERROR_DETECTION: Tag = Tag::known(0xFE);
/// The bit of 71 that says the certificate is gzip.
const COMPRESSED: u8 = 0x01;

/// Longest certificate that fits the object of every card: SP 800-73-4 part 1,
/// table 10, gives it 1856 bytes; most cards take more.
pub const MAX_CERTIFICATE: usize = 1856;

/// The contents of a certificate's data object, from a certificate in DER.
#[must_use]
pub fn build_certificate_object(der: &[u8]) -> Vec<u8> {
    Writer::new()
        .push(CERTIFICATE, der)
        .push(CERT_INFO, &[0])
        .push(ERROR_DETECTION, &[])
        .into_bytes()
}

/// The certificate (DER) in the contents of its data object.
///
/// # Errors
/// [`PivError::CompressedCertificate`], or what is wrong with the contents. An
/// empty object (a deleted certificate) is [`TlvError::Missing`](crate::tlv::TlvError::Missing).
pub fn parse_certificate_object(contents: &[u8]) -> Result<&[u8], PivError> {
    let (mut certificate, mut info) = (None, None);
    for tlv in Reader::new(contents) {
        let tlv = tlv?;
        let field = match tlv.tag {
            CERTIFICATE => &mut certificate,
            CERT_INFO => &mut info,
            // 72 (MSCUID, obsolete) and FE say nothing that we use.
            _ => continue,
        };
        if field.replace(tlv.value).is_some() {
            return Err(PivError::Twice(tlv.tag));
        }
    }
    match info {
        Some([flags]) if flags & COMPRESSED == 0 => {}
        Some([_]) => return Err(PivError::CompressedCertificate),
        Some(other) => {
            return Err(PivError::Length {
                tag: CERT_INFO,
                length: other.len(),
            });
        }
        // Some issuers leave it out; a certificate is then not compressed.
        None => {}
    }
    match certificate {
        Some([]) => Err(PivError::Length {
            tag: CERTIFICATE,
            length: 0,
        }),
        Some(der) => Ok(der),
        None => Err(crate::tlv::TlvError::Missing(CERTIFICATE).into()),
    }
}
